/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/archive.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <archive.h>
#include <archive_entry.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/mem.h"

static char *path;

static int setup(void **state)
{
	const char *tmp = getenv("TMPDIR");
	int fd;

	(void)state;
	path = mem_printf("%s/ims-archive-XXXXXX", tmp ? tmp : "/tmp");
	fd = mkstemp(path);
	return fd < 0 ? -1 : close(fd);
}

static int teardown(void **state)
{
	(void)state;
	unlink(path);
	free(path);
	return 0;
}

static void put(struct archive *a, const char *name, const char *text, unsigned type)
{
	struct archive_entry *e = archive_entry_new();

	archive_entry_set_pathname(e, name);
	archive_entry_set_filetype(e, type);
	archive_entry_set_perm(e, 0644);
	archive_entry_set_size(e, (la_int64_t)strlen(text));
	assert_int_equal(archive_write_header(a, e), ARCHIVE_OK);
	archive_write_data(a, text, strlen(text));
	archive_entry_free(e);
}

static void make(bool zip)
{
	struct archive *a = archive_write_new();

	if (zip) {
		archive_write_set_format_zip(a);
	} else {
		archive_write_set_format_pax_restricted(a);
		archive_write_add_filter_xz(a);
	}
	assert_int_equal(archive_write_open_filename(a, path), ARCHIVE_OK);
	put(a, "dir", "", AE_IFDIR);
	put(a, "dir/one.xml", "<one/>", AE_IFREG);
	put(a, "dir/readme.txt", "no", AE_IFREG);
	put(a, "../two.xml", "<two></two>", AE_IFREG); /* only a name */
	put(a, "empty.xml", "", AE_IFREG);
	assert_int_equal(archive_write_close(a), ARCHIVE_OK);
	archive_write_free(a);
}

static void write_plain(const char *text, size_t n)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fwrite(text, 1, n, f);
	fclose(f);
}

static int on_member(void *ctx, const char *name, bool from_archive, struct bytes data)
{
	struct buf *seen = ctx;

	assert_true(strncmp(name, path, strlen(path)) == 0);
	buf_printf(seen, "%s%s=%.*s\n", from_archive ? "" : "plain", name + strlen(path), (int)data.n,
		   data.p ? (const char *)data.p : "");
	return 0;
}

static void on_skipped(void *ctx, const char *name, const char *why)
{
	buf_printf(ctx, "%s! %s\n", name + strlen(path), why);
}

static int walk(size_t max_bytes, struct buf *seen, struct errtext *e)
{
	struct archive_walk w = {seen, max_bytes, ".xml", on_member, on_skipped, NULL};

	buf_clear(seen);
	return archive_walk(path, &w, e);
}

static void test_members(void **state)
{
	struct errtext e;
	struct buf seen;

	(void)state;
	buf_init(&seen, 0);
	for (int zip = 0; zip < 2; zip++) {
		make(zip);
		assert_int_equal(walk(100, &seen, &e), 0);
		assert_string_equal(buf_text(&seen),
				    ":dir/one.xml=<one/>\n:../two.xml=<two></two>\n:empty.xml=\n");
		assert_int_equal(walk(8, &seen, &e), 0); /* inv. 11: a bound for each member */
		assert_string_equal(buf_text(&seen),
				    ":dir/one.xml=<one/>\n:../two.xml! too large\n:empty.xml=\n");
	}
	buf_fini(&seen);
}

static void test_plain(void **state)
{
	struct errtext e;
	struct buf seen;

	(void)state;
	buf_init(&seen, 0);
	write_plain("<plain/>", 8);
	assert_int_equal(walk(100, &seen, &e), 0);
	assert_string_equal(buf_text(&seen), "plain=<plain/>\n");
	write_plain("", 0);
	assert_int_equal(walk(100, &seen, &e), 0);
	assert_string_equal(buf_text(&seen), "plain=\n");
	buf_fini(&seen);
}

static void test_damaged(void **state)
{
	char bytes[64];
	struct errtext e = {""};
	struct buf seen;
	FILE *f;

	(void)state;
	buf_init(&seen, 0);
	make(false);
	f = fopen(path, "r");
	assert_non_null(f);
	assert_int_equal(fread(bytes, 1, sizeof(bytes), f), sizeof(bytes));
	fclose(f);
	write_plain(bytes, sizeof(bytes));
	assert_int_equal(walk(100, &seen, &e), IMS_E_SYNTAX);
	assert_true(strncmp(e.text, path, strlen(path)) == 0);
	unlink(path);
	assert_int_equal(walk(100, &seen, &e), IMS_E_IO);
	buf_fini(&seen);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_members, setup, teardown),
		cmocka_unit_test_setup_teardown(test_plain, setup, teardown),
		cmocka_unit_test_setup_teardown(test_damaged, setup, teardown),
	};

	return cmocka_run_group_tests_name("archive", tests, NULL, NULL);
}
