/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "registry/csv.h"
#include "unit/registry/payload.h"

static struct reference *shipped;

static int load_shipped(void **state)
{
	char *dir = mem_printf("%s/config/reference", top_dir());
	struct errtext e = {""};

	(void)state;
	if (reference_load(dir, &shipped, &e))
		fail_msg("%s (IMS_TOP?)", e.text);
	free(dir);
	return 0;
}

static int free_shipped(void **state)
{
	(void)state;
	reference_free(shipped);
	return 0;
}

/* Call `each` (or NULL) with the id of every row of a shipped list; how many there are. */
static size_t rows_of(const char *list, void (*each)(void *ctx, struct bytes id), void *ctx)
{
	char *path = mem_printf("%s/config/reference/%s.csv", top_dir(), list);
	struct errtext e = {""};
	struct buf text = {0};
	struct csv c;
	size_t n = 0;

	if (file_load(path, 1 << 20, &text, &e))
		fail_msg("%s", e.text);
	csv_init(&c, buf_bytes(&text), ',');
	assert_true(csv_header(&c));
	for (; csv_next(&c); n++)
		if (each)
			each(ctx, csv_field(&c, 0));
	csv_fini(&c);
	buf_fini(&text);
	free(path);
	return n;
}

static void test_shipped(void **state)
{
	static const char *const needed[] = {"countries",	  "currencies",	       "organisation-types",
					     "participant-roles", "initiative-states", "contact-roles",
					     "languages",	  "country-aliases"};

	(void)state;
	assert_int_equal(rows_of("platforms", NULL, NULL), 5);
	assert_int_equal(rows_of("technology-domains", NULL, NULL), 33);
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		assert_true(rows_of(needed[i], NULL, NULL) > 0);
	assert_true(reference_has(shipped, "platforms", BYTES_LIT("P3")));
	assert_false(reference_has(shipped, "platforms", BYTES_LIT("P6")));
	assert_false(reference_has(shipped, "nowhere", BYTES_LIT("P1")));
	assert_true(bytes_eq_text(reference_get(shipped, "countries", BYTES_LIT("DE"), "region"), "eu"));
	assert_int_equal(reference_get(shipped, "countries", BYTES_LIT("CH"), "region").n, 0);
	assert_int_equal(reference_get(shipped, "countries", BYTES_LIT("DE"), "none").n, 0);
}

static void alias_has_a_country(void *ctx, struct bytes id)
{
	(void)ctx;
	assert_true(reference_has(shipped, "countries",
				  reference_get(shipped, "country-aliases", id, "country")));
}

static void country_has_a_region(void *ctx, struct bytes id)
{
	struct bytes region = reference_get(shipped, "countries", id, "region");
	size_t *members = ctx;

	assert_int_equal(id.n, 2);
	assert_true(region.n == 0 || region_code_is_valid(region, false));
	*members += bytes_eq_text(region, "eu");
}

/* Lists that point into each other agree. */
static void test_shipped_agrees(void **state)
{
	size_t members = 0;

	(void)state;
	rows_of("country-aliases", alias_has_a_country, NULL);
	rows_of("countries", country_has_a_region, &members);
	assert_int_equal(members, 27);
}

static void test_find(void **state)
{
	struct bytes completed = reference_find(shipped, "initiative-states", "cordis", BYTES_LIT("Closed"));

	(void)state;
	assert_true(bytes_eq_text(completed, "completed"));
	assert_true(bytes_eq_text(reference_find(shipped, "countries", "name", BYTES_LIT("United States")),
				  "US"));
	assert_int_equal(reference_find(shipped, "initiative-states", "cordis", BYTES_NONE).n, 0);
	assert_int_equal(
		reference_find(shipped, "initiative-states", "cordis", BYTES_LIT("CLOSED;COMPLETED")).n, 0);
	assert_int_equal(reference_find(shipped, "initiative-states", "none", BYTES_LIT("CLOSED")).n, 0);
}

/* A directory with one list of this text; the error's detail must end in `want`. */
static void expect_refused(const char *text, const char *want)
{
	const char *tmp = getenv("TMPDIR");
	char *dir = mem_printf("%s/ims-reference-XXXXXX", tmp ? tmp : "/tmp"), *path;
	struct reference *r = NULL;
	struct errtext e = {""};
	FILE *f;

	assert_non_null(mkdtemp(dir));
	path = mem_printf("%s/things.csv", dir);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	assert_int_equal(reference_load(dir, &r, &e), IMS_E_SYNTAX);
	assert_null(r);
	assert_true(strncmp(e.text, path, strlen(path)) == 0);
	assert_string_equal(e.text + strlen(path), want);
	unlink(path);
	rmdir(dir);
	free(path);
	free(dir);
}

static void test_refused(void **state)
{
	struct reference *r = NULL;

	(void)state;
	expect_refused("", ":1: no header line");
	expect_refused("id,name\na,b\nc\n", ":3: 1 fields, the header has 2");
	expect_refused("id,name\na,b\na,c\n", ":3: second row with this id");
	expect_refused("id,name\n,b\n", ":2: row without id");
	expect_refused("id,name\n\"a,b\n", ":2: a quote is not closed");
	expect_refused("id,name\na,\xff\n", ":2: not valid UTF-8 text");
	assert_int_equal(reference_load("/nonexistent/reference", &r, NULL), IMS_E_NOT_FOUND);
	reference_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shipped),
		cmocka_unit_test(test_shipped_agrees),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests_name("reference", tests, load_shipped, free_shipped);
}
