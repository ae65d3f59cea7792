/* SPDX-License-Identifier: Apache-2.0 */
/* What differs between two values, as lines "pointer was is". */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/buf.h"
#include "cli/diff.h"

static void put(struct buf *b, const json_t *v)
{
	char *text = v ? json_dumps(v, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;

	buf_printf(b, " %s", text ? text : "-");
	free(text);
}

static void on_change(void *ctx, const char *pointer, const json_t *was, const json_t *is)
{
	buf_put_text(ctx, pointer);
	put(ctx, was);
	put(ctx, is);
	buf_put_text(ctx, "\n");
}

static void check(const char *was, const char *is, const char *expected)
{
	json_t *a = json_loads(was, JSON_DECODE_ANY, NULL), *b = json_loads(is, JSON_DECODE_ANY, NULL);
	struct buf lines = {0};

	assert_non_null(a);
	assert_non_null(b);
	json_diff(a, b, on_change, &lines);
	assert_string_equal(buf_text(&lines), expected);
	buf_fini(&lines);
	json_decref(a);
	json_decref(b);
}

static void test_members(void **state)
{
	(void)state;
	check("{}", "{}", "");
	check("{\"a\":1,\"b\":\"x\"}", "{\"a\":1,\"b\":\"y\"}", "/b \"x\" \"y\"\n");
	check("{\"a\":1}", "{\"c\":2}", "/a 1 -\n/c - 2\n");
	check("{\"a\":{\"b\":{\"c\":1}}}", "{\"a\":{\"b\":{\"c\":2}}}", "/a/b/c 1 2\n");
	check("{}", "{\"a\":{\"b\":1,\"c\":\"\"}}", "/a/b - 1\n");
	check("{\"a\":{\"b\":1}}", "{\"a\":null}", "/a/b 1 -\n");
	check("{\"a\":1}", "{\"a\":\"1\"}", "/a 1 \"1\"\n");
	check("{\"a/b\":1,\"c~d\":1}", "{}", "/a~1b 1 -\n/c~0d 1 -\n");
}

/* Fields without a value print as "", 0, false and []: none of these is a change. */
static void test_nothing_is_nothing(void **state)
{
	(void)state;
	check("{\"a\":\"\",\"b\":0,\"c\":[],\"d\":null,\"e\":false,\"f\":{}}", "{}", "");
	check("{}", "{\"a\":\"\",\"b\":[]}", "");
	check("{\"a\":\"\"}", "{\"a\":\"x\"}", "/a - \"x\"\n");
	check("null", "{\"a\":1}", " - {\"a\":1}\n");
}

static void test_lists(void **state)
{
	(void)state;
	check("[\"a\",\"b\"]", "[\"b\",\"c\"]", "/0 \"a\" -\n/1 - \"c\"\n");
	check("[\"a\",\"b\"]", "[\"b\",\"a\"]", " [\"a\",\"b\"] [\"b\",\"a\"]\n");
	check("[{\"lang\":\"en\",\"text\":\"x\"},{\"lang\":\"de\",\"text\":\"y\"}]",
	      "[{\"lang\":\"de\",\"text\":\"z\"},{\"lang\":\"en\",\"text\":\"x\"},{\"lang\":\"fr\",\"text\":\"w\"}]",
	      "/0/text \"y\" \"z\"\n/2 - {\"lang\":\"fr\",\"text\":\"w\"}\n");
	check("[{\"organisation\":\"eu-o-1\",\"role\":\"partner\"}]",
	      "[{\"organisation\":\"eu-o-2\",\"role\":\"partner\"}]",
	      "/0 {\"organisation\":\"eu-o-1\",\"role\":\"partner\"} -\n"
	      "/0 - {\"organisation\":\"eu-o-2\",\"role\":\"partner\"}\n");
	/* names that are there twice name nothing: by place then */
	check("[{\"lang\":\"en\",\"text\":\"x\"},{\"lang\":\"en\",\"text\":\"y\"}]",
	      "[{\"lang\":\"en\",\"text\":\"x\"},{\"lang\":\"en\",\"text\":\"z\"}]", "/1/text \"y\" \"z\"\n");
	check("[{\"n\":1},{\"n\":2}]", "[{\"n\":1}]", "/1 {\"n\":2} -\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_members),
		cmocka_unit_test(test_nothing_is_nothing),
		cmocka_unit_test(test_lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
