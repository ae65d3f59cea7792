/* SPDX-License-Identifier: Apache-2.0 */
/* CORDIS tables in the .zip they come in, among others. */
#include <unistd.h>

#include <archive.h>
#include <archive_entry.h>

#include "unit/cli/import_sink.h"

static void put(struct archive *a, const char *name, struct bytes data)
{
	struct archive_entry *e = archive_entry_new();

	archive_entry_set_pathname(e, name);
	archive_entry_set_filetype(e, AE_IFREG);
	archive_entry_set_perm(e, 0644);
	archive_entry_set_size(e, (la_int64_t)data.n);
	assert_int_equal(archive_write_header(a, e), ARCHIVE_OK);
	assert_int_equal(archive_write_data(a, data.p, data.n), data.n);
	archive_entry_free(e);
}

static void put_fixture(struct archive *a, const char *name)
{
	static char bytes[16384];
	char path[512];
	FILE *f;

	fixture(name, path, sizeof(path));
	f = fopen(path, "r");
	assert_non_null(f);
	put(a, name, BYTES(bytes, fread(bytes, 1, sizeof(bytes), f)));
	fclose(f);
}

static void make(const char *path)
{
	struct archive *a = archive_write_new();

	archive_write_set_format_zip(a);
	assert_int_equal(archive_write_open_filename(a, path), ARCHIVE_OK);
	put(a, "euroSciVoc.csv", BYTES_LIT("projectID;euroSciVocCode\n900001;/1\n"));
	put_fixture(a, "organization.csv");
	put(a, "readme.txt", BYTES_LIT("id;title\n"));
	put_fixture(a, "project.csv");
	assert_int_equal(archive_write_close(a), ARCHIVE_OK);
	archive_write_free(a);
}

static void test_zip(void **state)
{
	const char *tmp = getenv("TMPDIR");
	char *path = mem_printf("%s/ims-cordis-XXXXXX", tmp ? tmp : "/tmp");
	const char *files[] = {path};
	int fd = mkstemp(path);
	struct keeper k;

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	make(path);
	keeper_init(&k);
	assert_int_equal(import_cordis(&k.opts, files, 1, &k.sink, &k.report), 0);
	assert_int_equal(k.report.initiatives, 3);
	assert_int_equal(k.report.organisations, 6);
	assert_int_equal(k.report.problems, 12); /* those of the plain files */
	assert_non_null(strstr(buf_text(&k.problems), ":project.csv:11: /end: before the start\n"));
	keeper_fini(&k);
	unlink(path);
	free(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_zip)};

	return cmocka_run_group_tests_name("import_cordis_archive", tests, NULL, NULL);
}
