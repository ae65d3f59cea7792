/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Damage one byte of a stopped node's database, as a disk might: the value of
 *
 *   flip DATA_DIR entry ORIGIN INDEX OFFSET
 *   flip DATA_DIR payload ORIGIN INDEX OFFSET
 *   flip DATA_DIR tile ORIGIN LEVEL N OFFSET
 *   flip DATA_DIR head ORIGIN SIZE OFFSET
 *
 * has its byte at OFFSET (negative: from the end) inverted. Prints the length of the value.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ledger/ledger.h"
#include "store/key.h"

struct place {
	store_table table;
	struct store_key key;
};

static uint64_t number(const char *text)
{
	return strtoull(text, NULL, 10);
}

static int of_log(struct store_txn *t, const char *prefix, const char *origin, store_table *ret)
{
	char *name = mem_printf("%s%s", prefix, origin);
	int err = store_table_open(t, name, ret);

	free(name);
	return err;
}

static int find(struct store_txn *t, char **args, struct place *ret)
{
	const char *what = args[0], *origin = args[1];

	if (strcmp(what, "tile") == 0) {
		store_key(&ret->key, "BL", (unsigned)number(args[2]), number(args[3]));
		return of_log(t, "t/", origin, &ret->table);
	}
	if (strcmp(what, "head") == 0) {
		store_key(&ret->key, "SL", bytes_of(origin), number(args[2]));
		ret->table = TABLE_HEADS;
		return 0;
	}
	store_key(&ret->key, "L", number(args[2]));
	return of_log(t, strcmp(what, "entry") == 0 ? "e/" : "p/", origin, &ret->table);
}

static int flip(struct store_txn *t, const struct place *p, long offset)
{
	struct bytes key = BYTES(p->key.b, p->key.n), value;
	int err = store_get(t, p->table, key, &value);
	uint8_t *copy;

	if (err)
		return err;
	if (offset < 0)
		offset += (long)value.n;
	if (offset < 0 || (size_t)offset >= value.n)
		return IMS_E_RANGE;
	copy = mem_dup(value.p, value.n);
	copy[offset] ^= 0xff;
	err = store_put(t, p->table, key, BYTES(copy, value.n));
	if (!err)
		printf("%zu\n", value.n);
	free(copy);
	return err;
}

static int run(const char *dir, int argc, char **args)
{
	const struct store_opts o = {.dir = dir,
				     .tables = ledger_tables,
				     .n_tables = TABLE_COUNT,
				     .max_extra_tables = 3 * LEDGER_LOGS_MAX,
				     .map_bytes = 1 << 24,
				     .map_max_bytes = (uint64_t)1 << 40};
	struct errtext why = {""};
	struct place place;
	struct store_txn *t;
	struct store *s;
	int err = store_open(&o, &s, &why);

	if (err) {
		fprintf(stderr, "flip: %s\n", why.text);
		return err;
	}
	err = store_begin_write(s, &t);
	if (!err) {
		err = find(t, args, &place);
		if (!err)
			err = flip(t, &place, strtol(args[argc - 1], NULL, 10));
		if (err)
			store_abort(t);
		else
			err = store_commit(t);
	}
	store_close(s);
	return err;
}

int main(int argc, char **argv)
{
	int wanted = argc > 2 && strcmp(argv[2], "tile") == 0 ? 7 : 6, err;

	if (argc != wanted) {
		fprintf(stderr, "usage: flip DATA_DIR entry|payload|head ORIGIN NUMBER OFFSET\n"
				"       flip DATA_DIR tile ORIGIN LEVEL N OFFSET\n");
		return 2;
	}
	err = run(argv[1], argc - 2, argv + 2);
	if (err)
		fprintf(stderr, "flip: %s\n", ims_strerror(err));
	return err ? 1 : 0;
}
