/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/hex.h"

#include "note/note.h"

#define NEUMANN "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"

/* Published keys of both types; base64 may hold the '+' that separates. */
static const struct {
	const char *text, *name;
	uint8_t type;
	uint32_t id;
} good[] = {
	{"example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", "example.com/foo", 1,
	 0x530d903a},
	{NEUMANN, "PeterNeumann", 1, 0xc74f20a3},
	{"sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8", "sum.golang.org", 1,
	 0x033de0ae},
	{"monkeys+db4d9f7e+AULaJMvTtDLHPUcUrjdDad9vDlh/PTfC2VV60JUtCfWT", "monkeys", 1, 0xdb4d9f7e},
	{"witness.example.org+b8a2cf20+BFLN3yikSfFkVAJtrnh/CiY3Zozkoy7clp+P7XB28qUN", "witness.example.org",
	 4, 0xb8a2cf20},
	{"mirror.example.org+3fb148ef+BAAjjch9GyYz0sJsJx7ALhbdAtz2ov0unbzSl1vMp94O", "mirror.example.org", 4,
	 0x3fb148ef},
	{"region-a.example/registry+538fd2f4+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4",
	 "region-a.example/registry", 1, 0x538fd2f4},
	{"irs.example/witness+e9af7aec+BCmsuuFBvMrwsi4alNNNC8c2HlJtC/4SyJeUvJMilm3X", "irs.example/witness",
	 4, 0xe9af7aec},
};

static void test_good_keys(void **state)
{
	struct note_vkey k, first;
	char text[NOTE_VKEY_BYTES];

	(void)state;
	assert_int_equal(note_vkey_parse(bytes_of(good[0].text), &first), 0);
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(note_vkey_parse(bytes_of(good[i].text), &k), 0);
		assert_string_equal(k.name, good[i].name);
		assert_int_equal(k.type, good[i].type);
		assert_int_equal(k.id, good[i].id);
		assert_string_equal(note_vkey_text(&k, text), good[i].text);
		assert_int_equal(note_vkey_eq(&k, &first), i == 0);
		assert_true(note_vkey_eq(&k, &k));
	}
}

static void test_public_key_bytes(void **state)
{
	struct note_vkey k;
	char hex[65];

	(void)state;
	assert_int_equal(note_vkey_parse(bytes_of(good[0].text), &k), 0);
	assert_string_equal(hex_put(hex, BYTES(k.public_key, 32)),
			    "e932791ae6e7a840a46164c904786426d5e7821dd8b29a00d61cae72afdd4da4");
}

/* One key under two types has two ids: the witness of a published run. */
static void test_ids_depend_on_the_type(void **state)
{
	uint8_t k[32];

	(void)state;
	assert_true(hex_get(BYTES_LIT("d615d59b5a8ddf41bf28cfd87829c2ba982fa4e33b022318c3aaf01bb8db16cd"), k,
			    32));
	assert_int_equal(note_key_id(BYTES_LIT("witness"), 0x01, k), 0xf13a86db);
	assert_int_equal(note_key_id(BYTES_LIT("witness"), 0x04, k), 0x24b37851);
}

static void test_bad_keys(void **state)
{
	static const struct {
		const char *text;
		int err;
	} bad[] = {
		{"PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==", IMS_E_SYNTAX},
		{"PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", IMS_E_UNSUPPORTED},
		{"PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", IMS_E_INVALID},
		{"PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", IMS_E_SYNTAX},
		{"PeterNeumann+c74f20a+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", IMS_E_SYNTAX},
		{"PeterNeumann+c74f20a30+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", IMS_E_SYNTAX},
		{"Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", IMS_E_SYNTAX},
		{"+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", IMS_E_SYNTAX},
		{NEUMANN "\n", IMS_E_SYNTAX},
		{NEUMANN "AAAA", IMS_E_SYNTAX},
		{"PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10", IMS_E_SYNTAX},
		{"PeterNeumann+c74f20a3+", IMS_E_SYNTAX},
		{"PeterNeumann+c74f20a3", IMS_E_SYNTAX},
		{"PeterNeumann", IMS_E_SYNTAX},
		{"++", IMS_E_SYNTAX},
		{"", IMS_E_SYNTAX},
	};
	struct note_vkey k = {.id = 7};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(note_vkey_parse(bytes_of(bad[i].text), &k), bad[i].err);
	assert_int_equal(note_vkey_parse(BYTES_NONE, &k), IMS_E_SYNTAX);
	assert_int_equal(k.id, 7); /* written on success only */
}

/* Any byte of a good key made one greater or cut off makes it a bad one. */
static void test_every_byte_counts(void **state)
{
	struct note_vkey k;
	char text[NOTE_VKEY_BYTES];

	(void)state;
	for (size_t g = 0; g < sizeof(good) / sizeof(good[0]); g++) {
		size_t n = strlen(good[g].text);

		for (size_t i = 0; i < n; i++) {
			memcpy(text, good[g].text, n);
			text[i]++;
			assert_int_not_equal(note_vkey_parse(BYTES(text, n), &k), 0);
			assert_int_not_equal(note_vkey_parse(BYTES(good[g].text, i), &k), 0);
		}
	}
}

static void test_names(void **state)
{
	static const char *const ok[] = {
		"a", "ims.example/eu/1", "-", "\u00fcber", "\u65e5\u672c", "\u200b", "a\"b"};
	static const char *const no[] = {
		"",	    " ",	"a b",	   "a+b",	"+",	   "a\n",	   "a\t",    "\x7f",
		"\xc2\x80", "\xc2\x85", "\u00a0",  "a\u1680",	"\u2000b", "\u200a",	   "\u2028", "\u2029",
		"\u202f",   "\u205f",	"x\u3000", "a\x80\x62", "\xc3",	   "\xed\xa0\x80",
	};
	char longest[NOTE_NAME_MAX_BYTES + 1];

	(void)state;
	for (size_t i = 0; i < sizeof(ok) / sizeof(ok[0]); i++)
		assert_true(note_name_is_valid(bytes_of(ok[i])));
	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		assert_false(note_name_is_valid(bytes_of(no[i])));
	assert_false(note_name_is_valid(BYTES("a\0b", 3)));
	memset(longest, 'a', sizeof(longest));
	assert_true(note_name_is_valid(BYTES(longest, NOTE_NAME_MAX_BYTES)));
	assert_false(note_name_is_valid(BYTES(longest, sizeof(longest))));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good_keys),
		cmocka_unit_test(test_public_key_bytes),
		cmocka_unit_test(test_ids_depend_on_the_type),
		cmocka_unit_test(test_bad_keys),
		cmocka_unit_test(test_every_byte_counts),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
