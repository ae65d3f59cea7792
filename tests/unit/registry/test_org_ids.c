/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ROR ids and participant codes. IMS_DATA names a directory whose ror/ holds files in which real ids stand;
 * without it a handful is enough.
 */
#include "registry/org_ids.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"

#define FILE_MAX_BYTES ((size_t)64 << 20)
#define FRONT "https://ror.org/"

static bool is_right(struct bytes id)
{
	return ror_is_formed(id) && ror_sum_is_right(id);
}

/* Ids of the registry of ROR: research organisations of several countries. */
static void test_real_ids(void **state)
{
	static const char *const real[] = {"03yrm5c26", "0004vyj87", "0008wzh48",
					   "00097mb19", "000e0be47", "000nbq540"};

	(void)state;
	for (size_t i = 0; i < sizeof(real) / sizeof(real[0]); i++)
		assert_true(is_right(bytes_of(real[i])));
}

static void test_forms(void **state)
{
	static const char *const bad[] = {"",
					  "03yrm5c2",
					  "03yrm5c266",
					  "13yrm5c26",
					  "03YRM5C26",
					  "03yrm5ca6",
					  "03yrm5c2a",
					  "0iyrm5c26",
					  "0lyrm5c26",
					  "0oyrm5c26",
					  "0uyrm5c26",
					  "03yrm5 26",
					  "https://ror.org/03yrm5c26"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(ror_is_formed(bytes_of(bad[i])));
	assert_false(ror_is_formed(BYTES("0\0yrm5c26", 9)));
}

/* ISO/IEC 7064 finds every single wrong character and every two neighbours that were swapped. */
static void test_mistypes_are_found(void **state)
{
	static const char digits[] = "0123456789abcdefghjkmnpqrstvwxyz";
	char id[] = "03yrm5c26";

	(void)state;
	for (size_t i = 1; i < 9; i++)
		for (const char *c = digits; *c; c++) {
			char was = id[i];

			id[i] = *c;
			assert_int_equal(is_right(bytes_of(id)), *c == was);
			id[i] = was;
		}
	for (size_t i = 1; i < 8; i++) {
		char was = id[i];

		if (was == id[i + 1])
			continue;
		id[i] = id[i + 1];
		id[i + 1] = was;
		assert_false(is_right(bytes_of(id)));
		id[i + 1] = id[i];
		id[i] = was;
	}
	assert_true(is_right(bytes_of(id)));
}

static void test_trim(void **state)
{
	static const char *const pasted[] = {"03yrm5c26", "https://ror.org/03yrm5c26",
					     " http://ror.org/03yrm5c26/\n", "ror.org/03yrm5c26",
					     "HTTPS://ROR.ORG/03yrm5c26"};

	(void)state;
	for (size_t i = 0; i < sizeof(pasted) / sizeof(pasted[0]); i++)
		assert_true(bytes_eq_text(ror_trim(bytes_of(pasted[i])), "03yrm5c26"));
	assert_int_equal(ror_trim(BYTES_NONE).n, 0);
	assert_true(bytes_eq_text(ror_trim(BYTES_LIT("https://example.org/x")), "example.org/x"));
}

static void test_pic(void **state)
{
	(void)state;
	assert_true(pic_is_formed(BYTES_LIT("999997930")));
	assert_true(pic_is_formed(BYTES_LIT("000000001")));
	assert_false(pic_is_formed(BYTES_LIT("000000000")));
	assert_false(pic_is_formed(BYTES_LIT("99999793")));
	assert_false(pic_is_formed(BYTES_LIT("9999979300")));
	assert_false(pic_is_formed(BYTES_LIT("99999793a")));
	assert_false(pic_is_formed(BYTES_NONE));
}

/* Every whole id that stands in the text; what is cut or has a wildcard in it is no id. */
static size_t count_ids(const struct buf *text)
{
	const char *at = (const char *)text->p, *end = at + text->n;
	size_t n = 0, front = strlen(FRONT);

	while ((at = memmem(at, (size_t)(end - at), FRONT, front)) != NULL) {
		at += front;
		if ((size_t)(end - at) > ROR_CHARS && at[ROR_CHARS] == '"') {
			if (!is_right(BYTES(at, ROR_CHARS)))
				fail_msg("%.*s", ROR_CHARS, at);
			n++;
		}
	}
	return n;
}

static void test_published_ids(void **state)
{
	const char *data = getenv("IMS_DATA");
	char *folder = mem_printf("%s/ror", data ? data : "");
	DIR *dir = data && data[0] ? opendir(folder) : NULL;
	struct dirent *e;
	size_t n = 0;

	(void)state;
	if (!dir) {
		free(folder);
		print_message("skipped: IMS_DATA is not set, or has no ror\n");
		skip();
	}
	while ((e = readdir(dir)) != NULL) {
		size_t length = strlen(e->d_name);
		struct buf text = {0};
		char *path;

		if (length < 5 || strcmp(e->d_name + length - 5, ".json") != 0 ||
		    strstr(e->d_name, "schema") || strstr(e->d_name, "template"))
			continue;
		path = mem_printf("%s/%s", folder, e->d_name);
		assert_int_equal(file_load(path, FILE_MAX_BYTES, &text, NULL), 0);
		n += count_ids(&text);
		buf_fini(&text);
		free(path);
	}
	closedir(dir);
	free(folder);
	assert_true(n > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_real_ids),
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_mistypes_are_found),
		cmocka_unit_test(test_trim),
		cmocka_unit_test(test_pic),
		cmocka_unit_test(test_published_ids),
	};

	return cmocka_run_group_tests_name("ids of organisations", tests, NULL, NULL);
}
