/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Golden rosters, byte for byte: tests/vectors/roster/v1.note, its successor v2.note (a log key
 * rotates, a region joins, an operator is added, the rules go on) and genesis.hash. With
 * VECTORS_UPDATE set they are written instead.
 */
#include <stdio.h>

#include "unit/replication/roster_world.h"

#define DIR "tests/vectors/roster/"

static void golden(const char *path, struct bytes made)
{
	uint8_t *stored = malloc(ROSTER_NOTE_MAX_BYTES);
	FILE *f = fopen(path, getenv("VECTORS_UPDATE") ? "w+" : "r");
	size_t n;

	if (!f)
		fail_msg("%s cannot be opened", path);
	if (getenv("VECTORS_UPDATE")) {
		assert_int_equal(fwrite(made.p, 1, made.n, f), made.n);
		rewind(f);
	}
	n = fread(stored, 1, ROSTER_NOTE_MAX_BYTES, f);
	fclose(f);
	assert_int_equal(n, made.n);
	assert_memory_equal(stored, made.p, n);
	free(stored);
}

static void notes_are_what_they_were(void **state)
{
	struct world_edit second[] = {
		{"version 1", "version 2"},
		{"previous " WORLD_ZEROS, NULL},
		{"rules 1", "rules 2"},
		{"{eu/l1a} 0 -", "{eu/l1a} 0 99\nlog-key 1 {eu/l1b} 100 -"},
		{"auditor otto", "operator bela {eu/pv}\nauditor otto"},
		{"region eu", WORLD_REGION("cl", "participant", "address 192.0.2.7:7443\n") "region eu"},
	};
	static const char second_signers[] = "eu/da mx/da eu/l1b cl/da cl/l1a cl/ca";
	struct roster *v1 = world_roster(WORLD, "eu/da mx/da us/da irs/da"), *v2;
	char hex[HEX_HASH_BYTES], *previous, *template, *pin;

	(void)state;
	previous = mem_printf("previous %s", hex_hash(&v1->hash, hex));
	pin = mem_printf("%s\n", hex);
	second[1].to = previous;
	template = world_edit(WORLD, second, 6);
	v2 = world_roster(template, second_signers);
	assert_int_equal(roster_check_genesis(v1, &v1->hash, NULL), 0);
	assert_int_equal(roster_check_successor(v1, v2, NULL), 0);
	golden(DIR "v1.note", BYTES(v1->note, v1->note_bytes));
	golden(DIR "v2.note", BYTES(v2->note, v2->note_bytes));
	golden(DIR "genesis.hash", bytes_of(pin));
	roster_unref(v1);
	roster_unref(v2);
	free(previous);
	free(template);
	free(pin);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(notes_are_what_they_were)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
