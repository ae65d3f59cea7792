/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/note/help.h"

#define ZERO29 "0000000000000000000000000000000000000000000000000000000000"

/* A log's head with one cosignature/v1, all byte-exact from seeds (sigsum-go's vectors). */
#define SIGSUM_SEED "1100000000000000000000000000000000000000000000000000000000000000"
#define SIGSUM_ROOT "1c0e47" ZERO29
#define SIGSUM_ORIGIN "sigsum.org/v1/tree/e796172b92befd62d9dc67e41c2f5bc9d3100a3023b20b1ca40288dd1c679e69"
#define SIGSUM_LOG_LINE                                                                                      \
	DASH SIGSUM_ORIGIN                                                                                   \
		" gJ2ho0n8F8olcerUF1FFdv235A/5as/coWrpLrtE7ovMeP5whgwouYExowG/lTznxu6OUGjjt5yJQ6b"           \
		"XtTcf718MqAQ=\n"
#define WITNESSED "example.org/log\n10\nHA5HAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
#define WITNESS_BLOB                                                                                         \
	"ys8uUAAAAAAAAATSftMzceM8zssdZ9jin9SjwIxzx9iADMf63VqirX2hafol9RsqNqbofIz0LVRqHXI2kpEBSki5RTXFtxz1vo" \
	"9+"                                                                                                 \
	"Cg=="
#define WITNESS_LINE DASH "example.org/witness " WITNESS_BLOB "\n"

static void put_checkpoint(struct buf *out, const char *origin, uint64_t size, const char *root_hex)
{
	struct hash root = hash_of_hex(root_hex);

	checkpoint_put(out, bytes_of(origin), size, &root);
}

static void test_log_signature(void **state)
{
	struct note_signer s = signer_of(SIGSUM_ORIGIN, NOTE_KEY_ED25519, SIGSUM_SEED);
	struct buf text = {0}, line = {0};
	char hex[65];

	(void)state;
	assert_string_equal(hex_put(hex, BYTES(s.vkey.public_key, 32)),
			    "66e0b858e462a609e66fe71370c816d8846ff103d5499a22a7fec37fdbc424a7");
	assert_int_equal(s.vkey.id, 0x809da1a3);
	put_checkpoint(&text, SIGSUM_ORIGIN, 10, SIGSUM_ROOT);
	assert_int_equal(note_sign_line(buf_bytes(&text), &s, 99, &line), 0); /* such a key has no time */
	assert_string_equal(buf_text(&line), SIGSUM_LOG_LINE);
	note_signer_fini(&s);
	buf_fini(&text);
	buf_fini(&line);
}

static void test_cosignature(void **state)
{
	struct note_signer s = signer_of("example.org/witness", NOTE_KEY_COSIGN_V1, SIGSUM_SEED);
	struct buf text = {0}, line = {0};
	uint64_t time_s = 7;
	struct note n;

	(void)state;
	assert_int_equal(s.vkey.id, 0xcacf2e50);
	put_checkpoint(&text, "example.org/log", 10, SIGSUM_ROOT);
	assert_string_equal(buf_text(&text), WITNESSED);
	assert_int_equal(note_sign_line(buf_bytes(&text), &s, 1234, &line), 0);
	assert_string_equal(buf_text(&line), WITNESS_LINE);
	assert_int_equal(note_parse(BYTES_LIT(WITNESSED "\n" WITNESS_LINE), &n), 0);
	assert_int_equal(note_verify(&n, &s.vkey, &time_s), 0);
	assert_int_equal(time_s, 1234);
	assert_int_equal(note_verify(&n, &s.vkey, NULL), 0);
	note_signer_fini(&s);
	buf_fini(&text);
	buf_fini(&line);
}

static void test_cosignatures_that_do_not_count(void **state)
{
	struct note_signer s = signer_of("example.org/witness", NOTE_KEY_COSIGN_V1, SIGSUM_SEED);
	struct note_signer as_log = signer_of("example.org/witness", NOTE_KEY_ED25519, SIGSUM_SEED);
	static const struct {
		const char *line;
		int err;
	} rows[] = {
		/* another id; another name; two bytes more; too short */
		{DASH "example.org/witness "
		      "yX8uUAAAAAAAAATSftMzceM8zssdZ9jin9SjwIxzx9iADMf63VqirX2hafol9RsqNqbofIz0LVRqHXI2kpEBSk"
		      "i5RTXFtxz"
		      "1vo9+Cg==\n",
		 IMS_E_NO_KEY},
		{DASH "example.org/witness-2 " WITNESS_BLOB "\n", IMS_E_NO_KEY},
		{DASH "example.org/witness "
		      "ys8uUAAAAAAAAATSftMzceM8zssdZ9jin9SjwIxzx9iADMf63VqirX2hafol9RsqNqbofIz0LVRqHXI2kpEBSk"
		      "i5RTXFtxz"
		      "1vo9+CgAA\n",
		 IMS_E_NO_KEY},
		{DASH "example.org/witness DEAD\n", IMS_E_NO_KEY},
		/* another time; a time past 2^63; another signature */
		{DASH "example.org/witness "
		      "ys8uUAAAAAAAAATTftMzceM8zssdZ9jin9SjwIxzx9iADMf63VqirX2hafol9RsqNqbofIz0LVRqHXI2kpEBSk"
		      "i5RTXFtxz"
		      "1vo9+Cg==\n",
		 IMS_E_SIGNATURE},
		{DASH "example.org/witness "
		      "ys8uUIAAAAAAAATSftMzceM8zssdZ9jin9SjwIxzx9iADMf63VqirX2hafol9RsqNqbofIz0LVRqHXI2kpEBSk"
		      "i5RTXFtxz"
		      "1vo9+Cg==\n",
		 IMS_E_SIGNATURE},
		{DASH "example.org/witness "
		      "ys8uUAAAAAAAAATSftMzceM8zssdZ9jin9SjwIxzx9iADMf63VqirX2hafol9RsqNqbofIz0LVRqHXI2kpEBSk"
		      "i5RTXFtxz"
		      "1vo9+Cw==\n",
		 IMS_E_SIGNATURE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf b = {0};

		buf_put_text(&b, WITNESSED "\n");
		buf_put_text(&b, rows[i].line);
		assert_int_equal(verdict(buf_text(&b), &s.vkey), rows[i].err);
		buf_put_text(&b, WITNESS_LINE); /* ignored lines do no harm, bad ones do */
		assert_int_equal(verdict(buf_text(&b), &s.vkey),
				 rows[i].err == IMS_E_NO_KEY ? 0 : rows[i].err);
		buf_fini(&b);
	}
	assert_int_equal(parse_err(WITNESSED "\n" DASH "example.org/witness DEADB\n"), IMS_E_SYNTAX);
	assert_int_equal(
		verdict("example.org/log\n11\nHA5HAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n" WITNESS_LINE,
			&s.vkey),
		IMS_E_SIGNATURE);
	/* the same seed as a log's key is another key */
	assert_int_equal(verdict(WITNESSED "\n" WITNESS_LINE, &as_log.vkey), IMS_E_NO_KEY);
	note_signer_fini(&s);
	note_signer_fini(&as_log);
}

/* A key of one type never verifies a line of the other, even if id and name were made to fit. */
static void test_types_are_not_mixed(void **state)
{
	struct note_signer s = signer_of("example.org/witness", NOTE_KEY_COSIGN_V1, SIGSUM_SEED);
	struct note_vkey k = s.vkey;

	(void)state;
	k.type = NOTE_KEY_ED25519;
	assert_int_equal(verdict(WITNESSED "\n" WITNESS_LINE, &k), IMS_E_NO_KEY);
	note_signer_fini(&s);
}

static void test_latest_time_of_a_cosigner_that_signed_twice(void **state)
{
	struct note_signer s = signer_of("example.org/witness", NOTE_KEY_COSIGN_V1, SIGSUM_SEED);
	const struct bytes text = BYTES_LIT(WITNESSED);
	struct buf b = {0};
	uint64_t time_s = 0;
	struct note n;

	(void)state;
	buf_put(&b, text);
	buf_put_u8(&b, '\n');
	assert_int_equal(note_sign_line(text, &s, 5, &b), 0);
	assert_int_equal(note_sign_line(text, &s, INT64_MAX, &b), 0);
	assert_int_equal(note_sign_line(text, &s, 0, &b), 0);
	assert_int_equal(note_parse(buf_bytes(&b), &n), 0);
	assert_int_equal(note_verify(&n, &s.vkey, &time_s), 0);
	assert_int_equal(time_s, INT64_MAX);
	buf_fini(&b);
	note_signer_fini(&s);
}

static void test_what_a_cosigner_does_not_sign(void **state)
{
	struct note_signer s = signer_of("example.org/witness", NOTE_KEY_COSIGN_V1, SIGSUM_SEED);
	struct buf out = {0};

	(void)state;
	assert_int_equal(note_sign_line(BYTES_LIT("no checkpoint\n"), &s, 1, &out), IMS_E_SYNTAX);
	assert_int_equal(note_sign_line(BYTES_LIT(WITNESSED), &s, (uint64_t)INT64_MAX + 1, &out),
			 IMS_E_RANGE);
	assert_int_equal(note_sign(BYTES_LIT(WITNESSED), &s, &out), IMS_E_USAGE);
	assert_int_equal(out.n, 0);
	buf_fini(&out);
	note_signer_fini(&s);
}

/* A published run of a witness: log keys from Go's key text, cosignatures at a fixed time. */
static void test_witness_run(void **state)
{
	static const struct {
		uint64_t size;
		const char *root, *log, *cosignature;
	} heads[] = {
		{5, "41smjBUiAU70EtKlT6lIOIYtRTYxYXsDB+XHfcvu/BE=",
		 "202fftzGl3LVoqjXfwCFZZXs8I+5G22+Ek2K0AOyBuSJ/8/"
		 "CZawNF+6fNlTKOCd622pbzJNkkJFWuw9DbicZCkEx9AY=",
		 "JLN4UQAAAABlU/EAzdQIaFuhdtosLyxaH8FAF4cMuW7yGKC9ONQDGyW0fG6Ljye7I5+Y5UpY6+JexNUH/"
		 "MxRUz64S0SlJuPQUp2"
		 "TCA=="},
		{8, "V8K9aklZ4EPB+RMOk1/8VsJUdFZR77GDtZUQq84vSbo=",
		 "202ffoUEboiQYpHzICeaFmoy3RNviHTpAxYrq/"
		 "eO4QQVQMvu9UebKBMX2MJC76NLthZaKsnKbCA8GxrjePZhvDCH7Ag=",
		 "JLN4UQAAAABlU/"
		 "EAULwRn53qQOl2faLVTsoQZZwdIsbHrGSa7dr+KeUBhPQM5AnDXaUnwn1avsYVVbx0m4SqbgSXiTrlj0gK+2q"
		 "ADg=="},
	};
	struct note_signer w = signer_of("witness", NOTE_KEY_COSIGN_V1,
					 "a2dafdd7f2061ca8fe6d19ed60a2f7c10d5595adacff29c6044daf1eed216880");
	struct note_signer log;

	(void)state;
	assert_int_equal(w.vkey.id, 0x24b37851);
	assert_int_equal(
		note_signer_parse(
			BYTES_LIT(
				"PRIVATE+KEY+monkeys+db4d9f7e+ATWIAF3yVBG+Hv1rZFQoNt/BaURkLPtOFMAM2HrEeIr6"),
			&log),
		0);
	for (size_t i = 0; i < 2; i++) {
		struct hash root = hash_of_base64(heads[i].root);
		struct buf text = {0}, got = {0}, want = {0};

		checkpoint_put(&text, BYTES_LIT("monkeys"), heads[i].size, &root);
		assert_int_equal(note_sign(buf_bytes(&text), &log, &got), 0);
		assert_int_equal(note_sign_line(buf_bytes(&text), &w, 1700000000, &got), 0);
		buf_printf(&want, "%s\n" DASH "monkeys %s\n" DASH "witness %s\n", buf_text(&text),
			   heads[i].log, heads[i].cosignature);
		assert_string_equal(buf_text(&got), buf_text(&want));
		assert_int_equal(verdict(buf_text(&got), &log.vkey), 0);
		assert_int_equal(verdict(buf_text(&got), &w.vkey), 0);
		buf_fini(&text);
		buf_fini(&got);
		buf_fini(&want);
	}
	note_signer_fini(&log);
	note_signer_fini(&w);
}

static void test_mirror_checkpoint(void **state)
{
	struct note_vkey mirror =
		vkey_of("mirror.example.org+3fb148ef+BAAjjch9GyYz0sJsJx7ALhbdAtz2ov0unbzSl1vMp94O");
	uint64_t time_s = 0;
	struct note n;

	(void)state;
	assert_int_equal(note_parse(BYTES_LIT("rome2026h1.example.org\n300\ngw31yQrqZZCcEOPrzX+"
					      "bpy3nJ6QgngTKn8G1m0i62uU=\n\n" DASH "mirror.example.org "
					      "P7FI7wAAAABpVGeAjA1S4pJm6MbcXjX7UUImu4azZtrfcVW2uyr/"
					      "LXIYlwEJzXC0N0EiZkbqfLdXt/4gVEEuGmxJjAfXKMCISpsJAg==\n"),
				    &n),
			 0);
	assert_int_equal(note_verify(&n, &mirror, &time_s), 0);
	assert_int_equal(time_s, 1767139200);
}

/* The same checkpoint from both sides: a region's log and the secretariat's cosigner. */
static void test_region_and_cosigner(void **state)
{
	static const struct {
		uint64_t size;
		const char *root, *log, *cosignature;
	} heads[] = {
		{0, "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
		 "U4/S9OyNa+qQM0c9Zmb0JJPOfbtyLj/"
		 "YTDL90zXZpkGBKcTWnoxzKAghHsCGqfkaeNIfysViKTffAwTV65BzDcQ1aAQ=",
		 "6a967AAAAABlU/EA/1MV87pwn5En7QAEJ9eT8mll/"
		 "0WhJPJMYLv7IX6HHabJHQ9y9WDVAFBZAVNU5bm4E0h5zMj6HMcTRi7V8HwF"
		 "Dw=="},
		{5, "Tju7H3tHjc/nH7YxYxUZo7yhLJrvyhYSv85ME6hiZNQ=",
		 "U4/S9N90cvw4AvDGhjN07D+f5bS2B5Is+/V2BP6Z72JrIbAEglX3ujbREdxMXYCV8UsZLGx9P1UliMZ/"
		 "6YYwtSFERQ8=",
		 "6a967AAAAABlU/EFGt9Au9gidl7CqLMKx7YZWOJdMGCWlk/bFl+wVrc0ucxo7euy/"
		 "XZUcNnE5qgrLqmjD3VqWYyJCLdQ9D07k73x"
		 "Ag=="},
		{8, "XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=",
		 "U4/S9K0fCVstoxJzWyGytGYEo2icIUUJB2/"
		 "6lvrmab4cRMP8Ea6wviZ269hib3KbTBuZDdmbabtmR5DG4Cdhz0CxlAk=",
		 "6a967AAAAABlU/EIH/W8foeFx1oz9OFdBV4IXB/ai2/"
		 "9gzjdlaGzLtugGWcv76N1FkqVbvpxWplTa4GUPqgoBE5AuUFxiZkoeG2m"
		 "BQ=="},
	};
	struct note_signer log =
		signer_of("region-a.example/registry", NOTE_KEY_ED25519,
			  "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
	struct note_signer cos =
		signer_of("irs.example/witness", NOTE_KEY_COSIGN_V1,
			  "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f");

	(void)state;
	assert_int_equal(log.vkey.id, 0x538fd2f4);
	assert_int_equal(cos.vkey.id, 0xe9af7aec);
	for (size_t i = 0; i < 3; i++) {
		struct hash root = hash_of_base64(heads[i].root);
		struct buf text = {0}, got = {0}, want = {0};

		checkpoint_put(&text, BYTES_LIT("region-a.example/registry"), heads[i].size, &root);
		assert_int_equal(note_sign(buf_bytes(&text), &log, &got), 0);
		assert_int_equal(note_sign_line(buf_bytes(&text), &cos, 1700000000 + heads[i].size, &got), 0);
		buf_printf(&want,
			   "%s\n" DASH "region-a.example/registry %s\n" DASH "irs.example/witness %s\n",
			   buf_text(&text), heads[i].log, heads[i].cosignature);
		assert_string_equal(buf_text(&got), buf_text(&want));
		buf_fini(&text);
		buf_fini(&got);
		buf_fini(&want);
	}
	note_signer_fini(&log);
	note_signer_fini(&cos);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_log_signature),
		cmocka_unit_test(test_cosignature),
		cmocka_unit_test(test_cosignatures_that_do_not_count),
		cmocka_unit_test(test_types_are_not_mixed),
		cmocka_unit_test(test_latest_time_of_a_cosigner_that_signed_twice),
		cmocka_unit_test(test_what_a_cosigner_does_not_sign),
		cmocka_unit_test(test_witness_run),
		cmocka_unit_test(test_mirror_checkpoint),
		cmocka_unit_test(test_region_and_cosigner),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
