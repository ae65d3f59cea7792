/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of note/ share. */
#ifndef NOTE_NOTE_INT_H
#define NOTE_NOTE_INT_H

#include "note/note.h"

#define NOTE_KEY_ID_BYTES 4
#define NOTE_TIME_BYTES 8
/* The longest blob that a known type of key makes: id, time, signature. */
#define NOTE_BLOB_MAX_BYTES (NOTE_KEY_ID_BYTES + NOTE_TIME_BYTES + SIGN_BYTES)

/* A name as it may stand in a signature line: a key's name, of any length. */
bool note_name_is_well_formed(struct bytes name);

/*
 * `<name>+<8 hex>+<base64(type || raw)>`: the shape of verifier keys, where raw is the public
 * key, and of key files, where it is the seed. Errors: IMS_E_SYNTAX, IMS_E_UNSUPPORTED.
 * ret->public_key is zero; ret_raw may be it.
 */
IMS_MUST_CHECK int note_key_text_parse(struct bytes text, struct note_vkey *ret, uint8_t ret_raw[32]);
/* Returns out; it holds a secret if raw is one. */
char *note_key_text(const struct note_vkey *k, const uint8_t raw[32], char out[NOTE_VKEY_BYTES]);

/* Well-formed UTF-8 whose only control character below U+0020 is the newline. */
bool note_text_is_well_formed(struct bytes text);

/* What a cosigner's signature covers: a header with the time, then the checkpoint. */
void note_cosign_message_put(struct buf *out, uint64_t time_s, struct bytes text);

#endif
