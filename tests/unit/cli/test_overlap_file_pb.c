/* SPDX-License-Identifier: Apache-2.0 */
/* Texts as people have them: every form that is taken, and all that is wrong told at once with its place. */
#include "unit/registry/payload.h"

#include "pb/registry.pb-c.h"

#include "base/buf.h"
#include "cli/overlap_file.h"

static struct arena arena;
static Ims__Registry__Initiative m;
static struct errtext e;

static int read(const char *json)
{
	arena_fini(&arena);
	arena_init(&arena, 1u << 20);
	e.text[0] = '\0';
	return overlap_file_read(bytes_of(json), &arena, &m, &e);
}

static int teardown(void **state)
{
	(void)state;
	arena_fini(&arena);
	return 0;
}

static void test_forms(void **state)
{
	(void)state;
	assert_int_equal(read("{\"title\":\"Soil\",\"abstract\":\"Worms\",\"expect\":7}"), 0);
	assert_string_equal(m.title[0]->text, "Soil");
	assert_string_equal(m.title[0]->lang, "und");
	assert_string_equal(m.abstract[0]->text, "Worms");
	assert_int_equal(
		read("{\"title\":[{\"lang\":\"es\",\"text\":\"Suelo\"},{\"text\":\"Soil\"}],"
		     "\"keywords\":\"soil, worms\",\"domains\":[\"T01\",\"T02\"],\"acronym\":\"SOW\"}"),
		0);
	assert_int_equal(m.n_title, 2);
	assert_string_equal(m.title[0]->lang, "es");
	assert_int_equal(m.n_keywords, 1);
	assert_string_equal(m.domains[1], "T02");
	assert_string_equal(m.acronym, "SOW");
	assert_int_equal(read("{\"title\":\"Soil\",\"abstract\":null}"), 0);
	assert_int_equal(m.n_abstract, 0);
}

static void test_all_that_is_wrong(void **state)
{
	(void)state;
	assert_int_equal(
		read("{\"title\":7,\"abstract\":[{\"lang\":\"en\"},\"Worms\",{\"lang\":1,\"text\":\"\"}],"
		     "\"keywords\":[\"a\",2],\"acronym\":[]}"),
		IMS_E_INVALID);
	assert_non_null(strstr(e.text, "/title: expected a text"));
	assert_int_equal(read("{\"abstract\":[{\"lang\":\"en\"},{\"text\":\"\"},{\"lang\":1,\"text\":\"\"}],"
			      "\"keywords\":[\"a\",2],\"acronym\":[]}"),
			 IMS_E_INVALID);
	assert_non_null(strstr(e.text, "/abstract/0: expected"));
	assert_null(strstr(e.text, "/abstract/1"));
	assert_non_null(strstr(e.text, "/abstract/2: expected"));
	assert_non_null(strstr(e.text, "/keywords/1: expected a text"));
	assert_non_null(strstr(e.text, "/acronym: expected a text"));
	assert_int_equal(read("{}"), IMS_E_MISSING);
	assert_int_equal(read("[1]"), IMS_E_INVALID);
	assert_int_equal(read("{\"title\": "), IMS_E_SYNTAX);
	assert_non_null(strstr(e.text, "line 1"));
	assert_int_equal(read("{\"title\":\"a\\u0000b\"}"), IMS_E_SYNTAX);
	assert_int_equal(read("{\"title\":\"\xff\"}"), IMS_E_SYNTAX);
	assert_int_equal(read(""), IMS_E_SYNTAX);
}

static void test_sizes(void **state)
{
	struct buf b = {0};

	(void)state;
	buf_put_text(&b, "{\"keywords\":[");
	for (int i = 0; i < 101; i++)
		buf_put_text(&b, i ? ",\"x\"" : "\"x\"");
	buf_put_text(&b, "],\"title\":\"Soil\"}");
	assert_int_equal(read(buf_text(&b)), IMS_E_INVALID);
	assert_non_null(strstr(e.text, "at most 100"));
	while (b.n <= OVERLAP_FILE_MAX_BYTES)
		buf_put_text(&b, "                ");
	assert_int_equal(read(buf_text(&b)), IMS_E_LIMIT);
	buf_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_all_that_is_wrong),
		cmocka_unit_test(test_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
