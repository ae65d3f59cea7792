/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/note/help.h"

#include <stdlib.h>

#define FOO_VKEY "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
#define FOO_TEXT "This is an example message.\n"
#define FOO_LINE                                                                                             \
	DASH "example.com/foo "                                                                              \
	     "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM="  \
	     "\n"

#define POEM                                                                                                 \
	"If you think cryptography is the answer to your problem,\nthen you don't know what your problem "   \
	"is.\n"
#define NEUMANN_VKEY "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
#define NEUMANN_SEED "810a1402d5146c8d84f2443330f54080ebf98ee17d9c74f6252fc5d5c7283173"
#define NEUMANN_LINE                                                                                         \
	DASH "PeterNeumann "                                                                                 \
	     "x08go/ZJkuBS9UG/"                                                                              \
	     "SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
#define ENOCH_SEED "0000000000000000000000000000000000000000000000000000000000000000"
#define ENOCH_LINE                                                                                           \
	DASH "EnochRoot "                                                                                    \
	     "rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/"                                                  \
	     "5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n"
/* The Neumann line under another id, and with its last byte of signature changed. */
#define STRANGER_LINE DASH "stranger AAAAAAECAwQ=\n"
#define NEUMANN_BAD_LINE                                                                                     \
	DASH "PeterNeumann "                                                                                 \
	     "x08go/ZJkuBS9UG/"                                                                              \
	     "SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnQM=\n"

static void test_published_notes_verify(void **state)
{
	struct note_vkey foo = vkey_of(FOO_VKEY), neumann = vkey_of(NEUMANN_VKEY);
	struct note n;

	(void)state;
	assert_int_equal(verdict(FOO_TEXT "\n" FOO_LINE, &foo), 0);
	assert_int_equal(verdict(POEM "\n" NEUMANN_LINE ENOCH_LINE, &neumann), 0);
	assert_int_equal(verdict("X" FOO_TEXT "\n" FOO_LINE, &foo), IMS_E_SIGNATURE);
	assert_int_equal(verdict(FOO_TEXT "\n" FOO_LINE, &neumann), IMS_E_NO_KEY);
	assert_int_equal(note_parse(BYTES_LIT(POEM "\n" NEUMANN_LINE ENOCH_LINE), &n), 0);
	assert_bytes(n.text, POEM);
	assert_int_equal(n.n_sigs, 2);
	assert_bytes(n.sigs[1].line, ENOCH_LINE);
	assert_bytes(n.sigs[1].name, "EnochRoot");
	assert_int_equal(n.sigs[1].id, 0xaf0cfe78);
	assert_int_equal(n.all.n, strlen(POEM "\n" NEUMANN_LINE ENOCH_LINE));
}

static void test_signing_gives_the_published_bytes(void **state)
{
	struct note_signer neumann = signer_of("PeterNeumann", NOTE_KEY_ED25519, NEUMANN_SEED);
	struct note_signer enoch = signer_of("EnochRoot", NOTE_KEY_ED25519, ENOCH_SEED);
	char text[NOTE_VKEY_BYTES];
	struct buf out = {0};

	(void)state;
	assert_string_equal(note_vkey_text(&neumann.vkey, text), NEUMANN_VKEY);
	assert_int_equal(enoch.vkey.id, 0xaf0cfe78);
	assert_int_equal(note_sign(BYTES_LIT(POEM), &neumann, &out), 0);
	assert_int_equal(note_sign_line(BYTES_LIT(POEM), &enoch, 0, &out), 0);
	assert_string_equal(buf_text(&out), POEM "\n" NEUMANN_LINE ENOCH_LINE);
	buf_fini(&out);
	note_signer_fini(&neumann);
	note_signer_fini(&enoch);
	note_signer_fini(&enoch); /* leaves zeroes */
}

static void test_a_set_of_keys(void **state)
{
	struct note_signer enoch = signer_of("EnochRoot", NOTE_KEY_ED25519, ENOCH_SEED);
	struct note_vkey keys[] = {vkey_of(FOO_VKEY), enoch.vkey, vkey_of(NEUMANN_VKEY)};
	struct note n;
	size_t which = 9;

	(void)state;
	assert_int_equal(note_parse(BYTES_LIT(POEM "\n" NEUMANN_LINE ENOCH_LINE), &n), 0);
	assert_int_equal(note_verify_any(&n, keys, 3, &which), 0);
	assert_int_equal(which, 1);
	assert_int_equal(note_verify_any(&n, keys, 1, &which), IMS_E_NO_KEY);
	assert_int_equal(note_verify_any(&n, keys, 0, NULL), IMS_E_NO_KEY);
	/* one known key's bad line rejects the note, also beside a good one, in either order */
	assert_int_equal(note_parse(BYTES_LIT(POEM "\n" NEUMANN_BAD_LINE ENOCH_LINE), &n), 0);
	assert_int_equal(note_verify_any(&n, keys, 3, &which), IMS_E_SIGNATURE);
	assert_int_equal(note_verify_any(&n, keys, 2, &which), 0); /* that key is not known */
	assert_int_equal(note_parse(BYTES_LIT(POEM "\n" NEUMANN_LINE NEUMANN_BAD_LINE), &n), 0);
	assert_int_equal(note_verify_any(&n, keys, 3, NULL), IMS_E_SIGNATURE);
	note_signer_fini(&enoch);
}

static void test_lines_that_are_ignored(void **state)
{
	struct note_vkey foo = vkey_of(FOO_VKEY), other_id = foo, other_name = foo;
	struct note n;

	(void)state;
	other_id.id++;
	other_name.name[0] = 'E';
	assert_int_equal(verdict(FOO_TEXT "\n" STRANGER_LINE FOO_LINE STRANGER_LINE, &foo), 0);
	assert_int_equal(verdict(FOO_TEXT "\n" FOO_LINE, &other_id), IMS_E_NO_KEY);
	assert_int_equal(verdict(FOO_TEXT "\n" FOO_LINE, &other_name), IMS_E_NO_KEY);
	/* too short for a key id and a signature: not counted among the signatures */
	assert_int_equal(note_parse(BYTES_LIT(FOO_TEXT "\n" DASH "example.com/foo DEAD\n" FOO_LINE), &n), 0);
	assert_int_equal(n.n_sigs, 1);
	assert_int_equal(note_verify(&n, &foo, NULL), 0);
	assert_int_equal(note_parse(BYTES_LIT(FOO_TEXT "\n" DASH "example.com/foo Uw2QOg==\n"), &n), 0);
	assert_int_equal(n.n_sigs, 0);
	/* of this key by name and id, but of another length */
	assert_int_equal(verdict(FOO_TEXT "\n" DASH "example.com/foo Uw2QOkn8\n", &foo), IMS_E_NO_KEY);
}

static void test_split_at_the_last_empty_line(void **state)
{
	struct note_signer s = signer_of("EnochRoot", NOTE_KEY_ED25519, ENOCH_SEED);
	static const char *const texts[] = {"one\n\ntwo\n", "\n", "\n\n", "a\n\n\n", POEM "\n" NEUMANN_LINE};
	struct buf out = {0};
	struct note n;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		buf_clear(&out);
		assert_int_equal(note_sign(bytes_of(texts[i]), &s, &out), 0);
		assert_int_equal(note_parse(buf_bytes(&out), &n), 0);
		assert_bytes(n.text, texts[i]);
		assert_int_equal(n.n_sigs, 1);
		assert_int_equal(note_verify(&n, &s.vkey, NULL), 0);
	}
	buf_fini(&out);
	note_signer_fini(&s);
}

static void test_malformed_notes(void **state)
{
	static const char *const bad[] = {
		"",
		"\n",
		"\n\n",
		"text",
		"text\n",
		"text\n\n",
		"text\n" FOO_LINE,
		"\n" FOO_LINE,
		"text\n\n" FOO_LINE "\n",
		"text\n\nnot a signature\n",
		"text\n\n" FOO_LINE "rest\n",
		"text\n\n" DASH "example.com/foo Uw2QOkn8",
		"text\n\n" DASH "example.com/foo DEADB\n",
		"text\n\n" DASH "example.com/foo \n",
		"text\n\n" DASH "example.com/foo\n",
		"text\n\n" DASH "\n",
		"text\n\n" DASH " Uw2QOkn8\n",
		"text\n\n" DASH "a+b Uw2QOkn8\n",
		"text\n\n" DASH "a b Uw2QOkn8\n",
		"text\n\n" DASH "a\u00a0b Uw2QOkn8\n",
		"text\n\n" DASH "a Uw2QOkn8 \n",
		"text\n\n" DASH "a Uw2Q=kn8\n",
		"text\n\n" DASH "a Uw2QOkn9Uh==\n", /* bits behind the end */
		"text\n\n" DASH "a Uw2-Okn8\n",
		"text\n\n-- a Uw2QOkn8\n",
		"text\n\n\u2014a Uw2QOkn8\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(parse_err(bad[i]), IMS_E_SYNTAX);
}

static void test_letters(void **state)
{
	(void)state;
	assert_int_equal(parse_err("a\tb\n\n" FOO_LINE), IMS_E_UTF8);
	assert_int_equal(parse_err("a\r\n\n" FOO_LINE), IMS_E_UTF8);
	assert_int_equal(parse_err("a\x1f\n\n" FOO_LINE), IMS_E_UTF8);
	assert_int_equal(parse_err("a\xff\n\n" FOO_LINE), IMS_E_UTF8);
	assert_int_equal(parse_err("a\xc0\x80\n\n" FOO_LINE), IMS_E_UTF8);
	assert_int_equal(parse_err("a\xed\xa0\x80\n\n" FOO_LINE), IMS_E_UTF8);
	assert_int_equal(parse_err("a\n\n" DASH "a\x01 Uw2QOkn8\n"), IMS_E_UTF8);
	assert_int_equal(parse_err("\u00e8 subito sera \U0001f319 \x7f\n\n" FOO_LINE), 0);
	{
		static const char nul[] = "a\0b\n\n" FOO_LINE;
		struct note n;

		assert_int_equal(note_parse(BYTES(nul, sizeof(nul) - 1), &n), IMS_E_UTF8);
	}
}

static void put_strangers(struct buf *out, size_t n)
{
	while (n--)
		buf_put_text(out, STRANGER_LINE);
}

static void test_number_of_signatures(void **state)
{
	static const struct {
		size_t before, after;
		int err;
	} rows[] = {{15, 0, 0}, {0, 15, 0}, {32, 31, 0}, {64, 0, IMS_E_TOO_MANY}, {500, 0, IMS_E_TOO_MANY}};
	struct note_vkey foo = vkey_of(FOO_VKEY);
	struct buf b = {0};
	struct note n;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		buf_clear(&b);
		buf_put_text(&b, FOO_TEXT "\n");
		put_strangers(&b, rows[i].before);
		buf_put_text(&b, FOO_LINE);
		put_strangers(&b, rows[i].after);
		assert_int_equal(note_parse(buf_bytes(&b), &n), rows[i].err);
		if (rows[i].err)
			continue;
		assert_int_equal(n.n_sigs, rows[i].before + rows[i].after + 1);
		assert_int_equal(note_verify(&n, &foo, NULL), 0);
	}
	buf_fini(&b);
}

/* Post-quantum signatures are of some 5 kB; base64 is checked to its end. */
static void test_long_lines(void **state)
{
	struct note_vkey foo = vkey_of(FOO_VKEY);
	struct buf b = {0};
	struct note n;

	(void)state;
	buf_put_text(&b, FOO_TEXT "\n" DASH "pq.example ");
	for (int i = 0; i < 1250; i++)
		buf_put_text(&b, "ABCD");
	buf_put_text(&b, "AA==\n" FOO_LINE);
	assert_int_equal(note_parse(buf_bytes(&b), &n), 0);
	assert_int_equal(n.n_sigs, 2);
	assert_int_equal(n.sigs[0].blob64.n, 5004);
	assert_int_equal(note_verify(&n, &foo, NULL), 0);
	for (size_t i = 0; i < 5000; i += 7) { /* a wrong digit, also a padding in the middle, anywhere */
		uint8_t *at = b.p + (n.sigs[0].blob64.p - b.p) + i, keep = *at;

		*at = i % 2 ? '=' : '_';
		assert_int_equal(note_parse(buf_bytes(&b), &n), IMS_E_SYNTAX);
		*at = keep;
		assert_int_equal(note_parse(buf_bytes(&b), &n), 0);
	}
	buf_fini(&b);
}

static void test_size_limit(void **state)
{
	struct note_vkey foo = vkey_of(FOO_VKEY);
	struct buf b = {0};
	struct note n;
	uint8_t *p;

	(void)state;
	p = buf_reserve(&b, NOTE_MAX_BYTES - strlen("\n\n" FOO_LINE));
	assert_non_null(p);
	memset(p, 'a', b.n);
	buf_put_text(&b, "\n\n" FOO_LINE);
	assert_int_equal(b.n, NOTE_MAX_BYTES);
	assert_int_equal(note_parse(buf_bytes(&b), &n), 0);
	assert_int_equal(note_verify(&n, &foo, NULL), IMS_E_SIGNATURE);
	buf_put_text(&b, "x");
	assert_int_equal(note_parse(buf_bytes(&b), &n), IMS_E_LIMIT);
	buf_fini(&b);
}

/* Every prefix of a note, and every note with one byte changed: no note or another, never a crash,
 * and never this text under this signature. */
static void test_every_byte_of_a_note(void **state)
{
	static const char good[] = POEM "\n" NEUMANN_LINE ENOCH_LINE;
	struct note_vkey neumann = vkey_of(NEUMANN_VKEY);
	size_t signed_n = strlen(POEM);
	struct note n;
	char *copy;

	(void)state;
	for (size_t i = 0; i < sizeof(good) - 1; i++) {
		copy = malloc(sizeof(good) - 1);
		assert_non_null(copy);
		memcpy(copy, good, sizeof(good) - 1);
		(void)!note_parse(BYTES(copy, i), &n);
		copy[i] ^= 4;
		if (note_parse(BYTES(copy, sizeof(good) - 1), &n) == 0 && i < signed_n)
			assert_int_equal(note_verify(&n, &neumann, NULL), IMS_E_SIGNATURE);
		free(copy);
	}
}

/* Only what note_parse() would take back is signed, and a failure leaves the buffer alone. */
static void test_texts_that_are_not_signed(void **state)
{
	struct note_signer s = signer_of("EnochRoot", NOTE_KEY_ED25519, ENOCH_SEED);
	struct buf out = {0}, small;

	(void)state;
	assert_int_equal(note_sign(BYTES_LIT("no newline"), &s, &out), IMS_E_SYNTAX);
	assert_int_equal(note_sign(BYTES_NONE, &s, &out), IMS_E_SYNTAX);
	assert_int_equal(note_sign(BYTES_LIT("tab\t\n"), &s, &out), IMS_E_UTF8);
	assert_int_equal(note_sign(BYTES_LIT("\xff\n"), &s, &out), IMS_E_UTF8);
	assert_int_equal(note_sign_line(BYTES_LIT("x"), &s, 0, &out), IMS_E_SYNTAX);
	assert_int_equal(out.n, 0);
	buf_init(&small, 40);
	assert_int_equal(note_sign(BYTES_LIT("text\n"), &s, &small), IMS_E_NOMEM);
	assert_int_equal(small.n, 0);
	buf_fini(&small);
	buf_fini(&out);
	note_signer_fini(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_published_notes_verify),
		cmocka_unit_test(test_signing_gives_the_published_bytes),
		cmocka_unit_test(test_a_set_of_keys),
		cmocka_unit_test(test_lines_that_are_ignored),
		cmocka_unit_test(test_split_at_the_last_empty_line),
		cmocka_unit_test(test_malformed_notes),
		cmocka_unit_test(test_letters),
		cmocka_unit_test(test_number_of_signatures),
		cmocka_unit_test(test_long_lines),
		cmocka_unit_test(test_size_limit),
		cmocka_unit_test(test_every_byte_of_a_note),
		cmocka_unit_test(test_texts_that_are_not_signed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
