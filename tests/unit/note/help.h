/* SPDX-License-Identifier: Apache-2.0 */
/* Keys and notes from the texts of vectors. */
#ifndef TESTS_UNIT_NOTE_HELP_H
#define TESTS_UNIT_NOTE_HELP_H

#include "unit/hex.h"

#include "note/note.h"

#define DASH "\u2014 "

static inline struct note_vkey vkey_of(const char *text)
{
	struct note_vkey k;

	assert_int_equal(note_vkey_parse(bytes_of(text), &k), 0);
	return k;
}

static inline struct note_signer signer_of(const char *name, enum note_key_type type, const char *seed_hex)
{
	uint8_t seed[SIGN_SEED_BYTES];
	struct note_signer s;

	assert_true(hex_get(bytes_of(seed_hex), seed, sizeof(seed)));
	assert_int_equal(note_signer_from_seed(name, type, seed, &s), 0);
	return s;
}

/* What note_verify() says of a note's text. */
static inline int verdict(const char *text, const struct note_vkey *k)
{
	struct note n;

	assert_int_equal(note_parse(bytes_of(text), &n), 0);
	return note_verify(&n, k, NULL);
}

static inline int parse_err(const char *text)
{
	struct note n;

	return note_parse(bytes_of(text), &n);
}

#endif
