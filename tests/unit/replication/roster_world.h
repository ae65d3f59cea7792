/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small federation for tests of the roster: texts are templates in which `{eu/da}` stands for a
 * key or a pin, made from these words alone: da delegation, l1a log key of incarnation 1, ca
 * cosigner key, pa pin; the last letter is a variant. `{#eu/ca}` is the id of a key. The same
 * words name who signs.
 */
#ifndef TESTS_UNIT_ROSTER_WORLD_H
#define TESTS_UNIT_ROSTER_WORLD_H

#include "unit/hex.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "crypto/hash.h"
#include "replication/roster.h"

#define WORLD_ZEROS "0000000000000000000000000000000000000000000000000000000000000000"

#define WORLD_REGION(code, class, extra)                                                                     \
	"region " code " " class "\n"                                                                        \
				 "delegation {" code "/da}\n"                                                \
				 "incarnation 1 open\n"                                                      \
				 "log-key 1 {" code "/l1a} 0 -\n"                                            \
				 "cosigner-key {" code "/ca} current\n"                                      \
				 "tls-pin {" code "/pa}\n" extra

/* Three voters (eu, mx, us), one suspended (jp), one associate (br), the secretariat. */
#define WORLD                                                                                                \
	"ims-roster/1\nfederation ims.example\nversion 1\nprevious " WORLD_ZEROS "\nrules 1\n"               \
	"replicated 2 irs mx us\n" WORLD_REGION("br", "associate", "")                                       \
		WORLD_REGION("eu", "participant",                                                            \
			     "address 192.0.2.1:7443\noperator anna {eu/po}\nauditor otto {eu/pu}\n")        \
			WORLD_REGION("irs", "secretariat", "address [2001:db8::1]:7443\n")                   \
				WORLD_REGION("jp", "participant suspended", "")                              \
					WORLD_REGION("mx", "participant", "")                                \
						WORLD_REGION("us", "participant", "")

struct world_edit {
	const char *from, *to; /* the first `from` becomes `to` */
};

static inline void world_seed(struct bytes words, struct hash *ret)
{
	crypto_sha256(words, ret);
}

/* What keys are named after. */
static const char *world_federation = "ims.example";

/* "eu/l1a" → signer named ims.example/eu/1. as_note: a cosigner key signs a note (R3). */
static inline struct note_signer world_signer(struct bytes words, bool as_note)
{
	const char *slash = memchr(words.p, '/', words.n);
	const char *kind = slash + 1;
	size_t n_kind = words.n - (size_t)(kind - (const char *)words.p);
	struct note_signer s;
	struct hash seed;
	char name[64];
	int n_code = (int)(slash - (const char *)words.p);

	world_seed(words, &seed);
	if (kind[0] == 'd')
		snprintf(name, sizeof(name), "%s/%.*s/delegation", world_federation, n_code,
			 (const char *)words.p);
	else if (kind[0] == 'l')
		snprintf(name, sizeof(name), "%s/%.*s/%.*s", world_federation, n_code, (const char *)words.p,
			 (int)n_kind - 2, kind + 1);
	else
		snprintf(name, sizeof(name), "%s/%.*s", world_federation, n_code, (const char *)words.p);
	assert_int_equal(
		note_signer_from_seed(
			name, kind[0] == 'c' && !as_note ? NOTE_KEY_COSIGN_V1 : NOTE_KEY_ED25519, seed.b, &s),
		0);
	return s;
}

static inline void world_put_word(struct buf *out, struct bytes words)
{
	bool only_id = words.p[0] == '#';
	const uint8_t *slash = memchr(words.p, '/', words.n);
	char key[NOTE_VKEY_BYTES], hex[HEX_HASH_BYTES];
	struct note_signer s;
	struct hash pin;

	if (only_id)
		words = BYTES(words.p + 1, words.n - 1);
	if (slash[1] == 'p') {
		world_seed(words, &pin);
		buf_put_text(out, hex_hash(&pin, hex));
		return;
	}
	s = world_signer(words, false);
	if (only_id)
		buf_printf(out, "%08" PRIx32, s.vkey.id);
	else
		buf_put_text(out, note_vkey_text(&s.vkey, key));
	note_signer_fini(&s);
}

static inline void world_expand(struct buf *out, const char *template)
{
	while (*template) {
		size_t n = strcspn(template, "{");

		buf_put(out, BYTES(template, n));
		template += n;
		if (*template) {
			n = strcspn(template, "}");
			world_put_word(out, BYTES(template + 1, n - 1));
			template += n + 1;
		}
	}
}

/* A heap copy of the template with edits, up to a row without `from`. */
static inline char *world_edit(const char *template, const struct world_edit *edits, size_t n_edits)
{
	char *now = mem_strdup(template);

	for (size_t i = 0; i < n_edits && edits[i].from; i++) {
		char *at = strstr(now, edits[i].from), *next;

		if (!at)
			fail_msg("the template lacks '%s'", edits[i].from);
		next = mem_printf("%.*s%s%s", (int)(at - now), now, edits[i].to, at + strlen(edits[i].from));
		free(now);
		now = next;
	}
	return now;
}

/* Text, an empty line, a line for each of the words in `signers` ("eu/da mx/da"). */
static inline void world_sign(struct buf *note, struct bytes text, const char *signers)
{
	struct bytes rest = bytes_of(signers), words;

	buf_put(note, text);
	buf_put_text(note, "\n");
	while (rest.n && text_split(&rest, ' ', &words)) {
		struct note_signer s = world_signer(words, true);

		assert_int_equal(note_sign_line(text, &s, 0, note), 0);
		note_signer_fini(&s);
	}
}

/* Parse a template, signed by `signers`; NULL: as a text that nobody has signed. */
static inline int world_parse(const char *template, const char *signers, struct roster **ret,
			      struct errtext *e)
{
	struct buf text = {0}, note = {0};
	int err;

	world_expand(&text, template);
	if (signers)
		world_sign(&note, buf_bytes(&text), signers);
	err = signers ? roster_parse(buf_bytes(&note), ret, e) : roster_parse_text(buf_bytes(&text), ret, e);
	buf_fini(&note);
	buf_fini(&text);
	return err;
}

static inline struct roster *world_roster(const char *template, const char *signers)
{
	struct errtext e = {""};
	struct roster *r = NULL;

	if (world_parse(template, signers, &r, &e))
		fail_msg("%s", e.text);
	return r;
}

#endif
