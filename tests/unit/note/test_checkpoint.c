/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/note/help.h"

#define ROOT64 "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="
#define SUMDB_VKEY "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"
#define SUMDB_ORIGIN "go.sum database tree"

static int parse(const char *text)
{
	struct checkpoint c;

	return checkpoint_parse(bytes_of(text), &c);
}

/* Two heads of Go's checksum database; its key's name is not its origin. */
static void test_real_heads(void **state)
{
	static const struct {
		const char *text, *line;
		uint64_t size;
		const char *root;
	} heads[] = {
		{SUMDB_ORIGIN "\n30055305\nmXfgRcJ0bG0j3CPdKwgGWtUzBUbX67saZGRmFuJGGsM=\n",
		 DASH "sum.golang.org "
		      "Az3grpgEild5qw7+5dtV13Kf1C2Xurm8q4fhdxvcsDHnqNTaxL2AFjBY+2TyGKevucFcAAlWFJJYle3EJlDC"
		      "rQ+y3A8=\n",
		 30055305, "mXfgRcJ0bG0j3CPdKwgGWtUzBUbX67saZGRmFuJGGsM="},
		{SUMDB_ORIGIN "\n35225469\nvt5T6GaLCXvyHFl9VUvvItR43XZxfLgftEcTyO3eJCQ=\n",
		 DASH "sum.golang.org "
		      "Az3grpukl5AXaVfYkLiDGORx/DN2nlcS5kZHR5uYOBV2KA2HgXpD+gu9HHONebHLAyaKbbTM75QTtPydhKCE"
		      "xixSfwQ=\n",
		 35225469, "vt5T6GaLCXvyHFl9VUvvItR43XZxfLgftEcTyO3eJCQ="},
	};
	struct note_vkey k = vkey_of(SUMDB_VKEY);

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct hash root = hash_of_base64(heads[i].root);
		struct buf b = {0}, again = {0};
		struct checkpoint c;
		struct note n;

		buf_printf(&b, "%s\n%s", heads[i].text, heads[i].line);
		assert_int_equal(note_parse(buf_bytes(&b), &n), 0);
		assert_int_equal(note_verify(&n, &k, NULL), 0);
		assert_int_equal(checkpoint_parse(n.text, &c), 0);
		assert_bytes(c.origin, SUMDB_ORIGIN);
		assert_int_equal(c.size, heads[i].size);
		assert_true(hash_eq(&c.root, &root));
		assert_int_equal(c.extension.n, 0);
		checkpoint_put(&again, c.origin, c.size, &c.root);
		assert_string_equal(buf_text(&again), heads[i].text);
		buf_fini(&b);
		buf_fini(&again);
	}
}

/* The example in C2SP's documents verifies only under the origin that it was made from. */
static void test_the_printed_example(void **state)
{
#define EXAMPLE_BLOB                                                                                         \
	"Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8="
	struct note_vkey k = vkey_of(SUMDB_VKEY), printed = k;
	struct checkpoint c;
	struct note n;

	(void)state;
	strcpy(printed.name, "example.com/behind-the-sofa");
	assert_int_equal(note_parse(BYTES_LIT("example.com/behind-the-sofa\n20852163\n" ROOT64 "\n\n" DASH
					      "example.com/behind-the-sofa " EXAMPLE_BLOB "\n"),
				    &n),
			 0);
	assert_int_equal(checkpoint_parse(n.text, &c), 0);
	assert_bytes(c.origin, "example.com/behind-the-sofa");
	assert_int_equal(c.size, 20852163);
	assert_int_equal(note_verify(&n, &k, NULL), IMS_E_NO_KEY);
	assert_int_equal(note_verify(&n, &printed, NULL), IMS_E_SIGNATURE);
	assert_int_equal(verdict(SUMDB_ORIGIN "\n20852163\n" ROOT64 "\n\n" DASH "sum.golang.org " EXAMPLE_BLOB
					      "\n",
				 &k),
			 0);
}

static void test_extension_lines(void **state)
{
	struct checkpoint c;

	(void)state;
	assert_int_equal(checkpoint_parse(BYTES_LIT("o\n0\n" ROOT64 "\nmore\nand more\n"), &c), 0);
	assert_bytes(c.extension, "more\nand more\n");
	assert_int_equal(c.size, 0);
	assert_int_equal(checkpoint_parse(BYTES_LIT("o\n18446744073709551615\n" ROOT64 "\n"), &c), 0);
	assert_true(c.size == UINT64_MAX);
}

static void test_malformed(void **state)
{
	static const char *const bad[] = {
		"",
		"\n",
		"\n\n\n",
		"o\n1\n",	     /* two lines */
		"o\n1\n" ROOT64,     /* no newline at the end */
		"\n1\n" ROOT64 "\n", /* no origin */
		"o\n\n" ROOT64 "\n", /* no size */
		"o\n1\n\n",	     /* no root */
		"o\nbananas\n" ROOT64 "\n",
		"o\n-34\n" ROOT64 "\n",
		"o\n+1\n" ROOT64 "\n",
		"o\n 1\n" ROOT64 "\n",
		"o\n1 \n" ROOT64 "\n",
		"o\n01\n" ROOT64 "\n",
		"o\n00\n" ROOT64 "\n",
		"o\n0x1\n" ROOT64 "\n",
		"o\n1\r\n" ROOT64 "\n",
		"o\n18446744073709551616\n" ROOT64 "\n",
		"o\n99999999999999999999999999\n" ROOT64 "\n",
		"o\n1\nnot base64\n",
		"o\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxqw==\n", /* 31 bytes */
		"o\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2IA\n", /* 33 bytes */
		"o\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2J=\n", /* bits behind the end */
		"o\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I\n",	/* no padding */
		"o\n1\nCsUYapGGPo4dkMgIAUqom_Xajj7h2fB2MPA3j2jxq2I=\n", /* another alphabet */
		"o\n1\n" ROOT64 "\n\n",					/* an empty extension line */
		"o\n1\n" ROOT64 "\nmore\n\nand more\n",
		"o\n1\n" ROOT64 "\nmore",
	};
	struct checkpoint c = {.size = 7};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(parse(bad[i]), IMS_E_SYNTAX);
	assert_int_equal(checkpoint_parse(BYTES_NONE, &c), IMS_E_SYNTAX);
	assert_int_equal(c.size, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_real_heads),
		cmocka_unit_test(test_the_printed_example),
		cmocka_unit_test(test_extension_lines),
		cmocka_unit_test(test_malformed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
