/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signed notes, checkpoints and cosignatures as C2SP specifies (signed-note v1.0.0,
 * tlog-checkpoint v1.0.0, tlog-cosignature v1.0.1). Pure; parsing never allocates: results
 * point into the input.
 */
#ifndef NOTE_NOTE_H
#define NOTE_NOTE_H

#include "base/buf.h"
#include "base/bytes.h"
#include "crypto/sign.h"
#include "ims/err.h"

#define NOTE_NAME_MAX_BYTES 255
#define NOTE_SIGNATURES_MAX 64 /* lines looked at; a note with more is refused */
#define NOTE_MAX_BYTES 65536
#define NOTE_VKEY_BYTES 384 /* text of a key, with its NUL */

enum note_key_type {
	NOTE_KEY_ED25519 = 0x01,   /* signs a note */
	NOTE_KEY_COSIGN_V1 = 0x04, /* signs a checkpoint with a time */
};

/* A verifier key: `<name>+<8 hex>+<base64(type || public key)>`. */
struct note_vkey {
	char name[NOTE_NAME_MAX_BYTES + 1];
	uint8_t type; /* enum note_key_type */
	uint32_t id;
	uint8_t public_key[SIGN_PUBLIC_BYTES];
};

/* A signer: key with its name and type. Owns the sign_key. */
struct note_signer {
	struct note_vkey vkey;
	struct sign_key *key;
};

/* 1..255 bytes of UTF-8 without Unicode spaces, '+' or control characters. */
bool note_name_is_valid(struct bytes name);
uint32_t note_key_id(struct bytes name, uint8_t type, const uint8_t public_key[SIGN_PUBLIC_BYTES]);
/* Errors: IMS_E_SYNTAX, IMS_E_UNSUPPORTED (type), IMS_E_INVALID (id is not that of the key). */
IMS_MUST_CHECK int note_vkey_parse(struct bytes text, struct note_vkey *ret);
char *note_vkey_text(const struct note_vkey *k, char out[NOTE_VKEY_BYTES]);
bool note_vkey_eq(const struct note_vkey *a, const struct note_vkey *b);

/*
 * Signers. note_signer_fini() takes what any of the makers filled in, or zeroes.
 * Key files: `PRIVATE+KEY+<name>+<8 hex>+<base64(type || seed)>\n`, created 0600 and synced with
 * their directory, never overwritten.
 * Errors: IMS_E_INVALID (name, or an id that is not that of the key), IMS_E_UNSUPPORTED (type),
 * IMS_E_SYNTAX, IMS_E_BUG; of files also IMS_E_EXISTS, IMS_E_NOT_FOUND, IMS_E_IO and
 * IMS_E_PERMISSION (not ours to read, or open to group or others).
 */
IMS_MUST_CHECK int note_signer_generate(const char *name, enum note_key_type type, struct note_signer *ret);
IMS_MUST_CHECK int note_signer_from_seed(const char *name, enum note_key_type type,
					 const uint8_t seed[SIGN_SEED_BYTES], struct note_signer *ret);
IMS_MUST_CHECK int note_signer_store(const struct note_signer *s, const char *path, struct errtext *e);
IMS_MUST_CHECK int note_signer_load(const char *path, struct note_signer *ret, struct errtext *e);
IMS_MUST_CHECK int note_signer_parse(struct bytes text, struct note_signer *ret);
void note_signer_fini(struct note_signer *s);

/* One signature line. */
struct note_sig {
	struct bytes line; /* whole, with its newline */
	struct bytes name;
	uint32_t id;
	struct bytes blob64; /* base64 of key id and signature */
};

/* A parsed note: borrows the input. */
struct note {
	struct bytes all;  /* the input */
	struct bytes text; /* signed part, with its last newline */
	size_t n_sigs;
	struct note_sig sigs[NOTE_SIGNATURES_MAX];
};

/* Split at the last empty line and check the form; signatures are not verified. Lines of unknown
 * keys and long lines are kept, lines too short for a key id are left out.
 * Errors: IMS_E_SYNTAX, IMS_E_UTF8 (or a control character other than newline), IMS_E_LIMIT
 * (over NOTE_MAX_BYTES), IMS_E_TOO_MANY (signature lines). */
IMS_MUST_CHECK int note_parse(struct bytes input, struct note *ret);

/* Verify with one key: 0; IMS_E_NO_KEY when no line is of this key (a line whose size is not
 * that of the key's type is of no key); IMS_E_SIGNATURE when any line of this key does not
 * verify; IMS_E_NOMEM. For NOTE_KEY_COSIGN_V1 keys *ret_time_s (may be NULL) is the time the
 * cosigner claims, the latest if it signed twice; for others it is left alone. */
IMS_MUST_CHECK int note_verify(const struct note *n, const struct note_vkey *key, uint64_t *ret_time_s);
/* With a set: C2SP's rule. 0 when at least one key signed; *ret_which (may be NULL) is its number.
 * Errors: IMS_E_SIGNATURE if any known key's line is bad, IMS_E_NO_KEY if none of the keys signed. */
IMS_MUST_CHECK int note_verify_any(const struct note *n, const struct note_vkey *keys, size_t n_keys,
				   size_t *ret_which);

/* Put text + "\n" + one signature line. `text` must end with a newline and be as note_parse()
 * wants it, for cosign keys a checkpoint. Errors: IMS_E_SYNTAX, IMS_E_UTF8, IMS_E_NOMEM (also
 * when `out` is full), IMS_E_BUG. A cosign key signs with note_sign_line(), as it needs a time:
 * IMS_E_USAGE here. */
IMS_MUST_CHECK int note_sign(struct bytes text, const struct note_signer *s, struct buf *out);
/* Put only the line: for countersigning a note that exists. time_s (at most INT64_MAX, else
 * IMS_E_RANGE) is used by cosign keys only. */
IMS_MUST_CHECK int note_sign_line(struct bytes text, const struct note_signer *s, uint64_t time_s,
				  struct buf *out);

/* The text of a checkpoint. Borrows what it was parsed from. */
struct checkpoint {
	struct bytes origin; /* one line, not empty; may hold spaces */
	uint64_t size;
	struct hash root;
	struct bytes extension; /* further lines as they stand; usually empty */
};

/* The text is a note's (note.text): control characters were looked at there. Errors: IMS_E_SYNTAX. */
IMS_MUST_CHECK int checkpoint_parse(struct bytes note_text, struct checkpoint *ret);
void checkpoint_put(struct buf *out, struct bytes origin, uint64_t size, const struct hash *root);

#endif
