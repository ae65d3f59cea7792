/* SPDX-License-Identifier: Apache-2.0 */
/* A backup opens as it was made, and not when a byte of it has changed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/save.h"
#include "ledger/backup.h"
#include "ledger/heads.h"
#include "ledger/meta.h"
#include "unit/ledger/shelf.h"

#define ENTRIES 20
#define NOTE SHELF_ORIGIN "\n20\nroot\n\n\xe2\x80\x94 " SHELF_ORIGIN " AAAAAAAA\n"

static const uint8_t life[RING_INSTANCE_BYTES] = "this life";
static const struct wall noon = {1763812800000};

/* A shelf whose log is filled, and the folder of a backup inside its own. */
struct safe {
	struct shelf shelf;
	char *dir;
};

static int setup(void **state)
{
	struct safe *s = mem_new(struct safe);
	struct store_txn *t;

	s->shelf.dir = tmpdir_new();
	shelf_open(&s->shelf);
	s->dir = tmpdir_path(s->shelf.dir, "backup");
	shelf_fill(&s->shelf, ENTRIES);
	t = shelf_write(&s->shelf);
	assert_int_equal(meta_put(t, META_INSTANCE, BYTES(life, sizeof(life))), 0);
	assert_int_equal(heads_put(t, SHELF_ORIGIN, ENTRIES, bytes_of(NOTE), true), 0);
	assert_int_equal(store_commit(t), 0);
	*state = s;
	return 0;
}

static void forget(struct safe *s)
{
	char *data = tmpdir_path(s->dir, "data");

	tmpdir_free(data);
	tmpdir_free(mem_strdup(s->dir));
}

static int teardown(void **state)
{
	struct safe *s = *state;

	forget(s);
	free(s->dir);
	store_close(s->shelf.store);
	tmpdir_free(s->shelf.dir);
	free(s);
	return 0;
}

static void make(struct safe *s, struct backup_facts *ret)
{
	struct errtext why = {""};

	if (backup_make(s->shelf.store, s->dir, SHELF_ORIGIN, noon, ret, &why))
		fail_msg("%s", why.text);
}

static void test_it_opens_as_it_was_made(void **state)
{
	struct safe *s = *state;
	struct backup_facts made, found;
	struct copy_marker m;
	struct ledger_reader r;
	struct store_txn *t;
	struct store *copy;

	make(s, &made);
	assert_int_equal(backup_open(s->dir, &copy, &found, NULL), 0);
	assert_int_equal(found.marker.size, ENTRIES);
	assert_int_equal(found.head_size, ENTRIES);
	assert_int_equal(found.data_bytes, made.data_bytes);
	assert_true(found.data_bytes < 4u << 20); /* not the map's length */
	assert_int_equal(store_begin_read(copy, &t), 0);
	assert_int_equal(copy_marker_get(t, &m), 0);
	assert_int_equal(m.time.ms, noon.ms);
	assert_memory_equal(m.instance, life, sizeof(life));
	assert_string_equal(m.origin, SHELF_ORIGIN);
	assert_int_equal(ledger_read_open(t, SHELF_ORIGIN, &r), 0);
	assert_int_equal(r.size, m.size);
	assert_true(hash_eq(&r.root, &m.root));
	store_abort(t);
	store_close(copy);
	t = shelf_read(&s->shelf); /* the original is none */
	assert_int_equal(copy_marker_get(t, &m), IMS_E_NOT_FOUND);
	store_abort(t);
}

static void test_its_text(void **state)
{
	struct safe *s = *state;
	char *path = tmpdir_path(s->dir, "backup.txt"), *end;
	struct backup_facts f;
	struct buf text = {0};

	make(s, &f);
	assert_int_equal(file_read(path, 10000, &text, NULL), 0);
	assert_ptr_equal(strstr(buf_text(&text), "imsd-backup/1\nfederation ims.example\nregion eu\n"
						 "origin ims.example/eu/1\ntime 2025-11-22T12:00:00.000Z\n"
						 "size 20\nroot "),
			 buf_text(&text));
	end = strstr(buf_text(&text), "\n\n");
	assert_non_null(end);
	assert_string_equal(end + 2, NOTE);
	buf_fini(&text);
	free(path);
}

static void flip(const char *path, long offset)
{
	FILE *f = fopen(path, "r+e");
	int c;

	assert_non_null(f);
	assert_int_equal(fseek(f, offset, offset < 0 ? SEEK_END : SEEK_SET), 0);
	c = fgetc(f);
	assert_int_equal(fseek(f, -1, SEEK_CUR), 0);
	fputc(c ^ 1, f);
	fclose(f);
}

static void test_a_changed_byte_is_found(void **state)
{
	static const struct {
		const char *file;
		long offset;
		const char *says;
	} cases[] = {
		{"data/data.mdb", 100, "data.mdb"}, {"data/data.mdb", -100, "data.mdb"},
		{"backup.txt", 30, "line 2"},	    {"backup.txt", 75, "line 5"},
		{"backup.txt", -3, "line "},
	};
	struct safe *s = *state;
	struct backup_facts f;
	struct store *copy;

	make(s, &f);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *path = tmpdir_path(s->dir, cases[i].file);
		struct errtext why = {""};

		flip(path, cases[i].offset);
		assert_int_equal(backup_open(s->dir, &copy, &f, &why), IMS_E_CORRUPT);
		if (!strstr(why.text, cases[i].says))
			fail_msg("%s", why.text);
		flip(path, cases[i].offset);
		free(path);
	}
	assert_int_equal(backup_open(s->dir, &copy, &f, NULL), 0);
	store_close(copy);
}

/* Nothing is written over, and what fails leaves nothing that looks like a backup. */
static void test_where_it_may_be_made(void **state)
{
	struct safe *s = *state;
	char *below = tmpdir_path(s->dir, "not/there");
	struct backup_facts f;
	struct store *copy;

	assert_int_equal(backup_open(s->dir, &copy, &f, NULL), IMS_E_NOT_FOUND);
	assert_int_equal(backup_make(s->shelf.store, below, SHELF_ORIGIN, noon, &f, NULL), IMS_E_NOT_FOUND);
	assert_int_equal(backup_make(s->shelf.store, s->dir, "ims.example/mx/1", noon, &f, NULL),
			 IMS_E_NOT_FOUND);
	assert_false(save_exists(s->dir));
	assert_int_equal(save_folder(s->dir, NULL), 0);
	make(s, &f);
	assert_int_equal(backup_make(s->shelf.store, s->dir, SHELF_ORIGIN, noon, &f, NULL), IMS_E_EXISTS);
	assert_int_equal(backup_open(s->dir, &copy, &f, NULL), 0);
	store_close(copy);
	free(below);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_it_opens_as_it_was_made, setup, teardown),
		cmocka_unit_test_setup_teardown(test_its_text, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_changed_byte_is_found, setup, teardown),
		cmocka_unit_test_setup_teardown(test_where_it_may_be_made, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
