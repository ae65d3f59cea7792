/* SPDX-License-Identifier: Apache-2.0 */
#include "note/note_int.h"

#include "base/text.h"

#define DASH "\u2014 " /* begins a signature line */

bool note_text_is_well_formed(struct bytes text)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] < 0x20 && text.p[i] != '\n')
			return false;
	return utf8_valid(text);
}

/* Split after the last empty line. */
static bool split(struct bytes input, struct bytes *ret_text, struct bytes *ret_sigs)
{
	for (size_t i = input.n; i >= 2; i--) {
		if (input.p[i - 1] != '\n' || input.p[i - 2] != '\n')
			continue;
		*ret_text = BYTES(input.p, i - 1);
		*ret_sigs = BYTES(input.p + i, input.n - i);
		return true;
	}
	return false;
}

/*
 * Check base64 of any length piece by piece; the first bytes of what it encodes go to `head`.
 * Only the last piece may be padded, so the others have to be full.
 */
static bool blob_scan(struct bytes text, uint8_t *head, size_t cap, size_t *ret_n)
{
	uint8_t piece[192];
	const size_t piece_digits = sizeof(piece) / 3 * 4;
	size_t total = 0, n;

	while (text.n) {
		size_t digits = text.n < piece_digits ? text.n : piece_digits;

		if (!base64_get(BYTES(text.p, digits), piece, sizeof(piece), &n))
			return false;
		text = BYTES(text.p + digits, text.n - digits);
		if (text.n && n != sizeof(piece))
			return false;
		if (total < cap)
			memcpy(head + total, piece, n < cap - total ? n : cap - total);
		total += n;
	}
	*ret_n = total;
	return true;
}

/* IMS_E_TRUNCATED: well-formed, but too short to be of any key. */
static int parse_line(struct bytes line, struct note_sig *ret)
{
	struct bytes rest = BYTES(line.p, line.n - 1), dash = BYTES_LIT(DASH);
	uint8_t id[NOTE_KEY_ID_BYTES];
	size_t n;

	if (!bytes_has_prefix(rest, dash))
		return IMS_E_SYNTAX;
	rest = BYTES(rest.p + dash.n, rest.n - dash.n);
	if (!text_split(&rest, ' ', &ret->name) || rest.n == 0 || !note_name_is_well_formed(ret->name))
		return IMS_E_SYNTAX;
	if (!blob_scan(rest, id, sizeof(id), &n))
		return IMS_E_SYNTAX;
	if (n <= sizeof(id))
		return IMS_E_TRUNCATED;
	ret->line = line;
	ret->id = be32_get(id);
	ret->blob64 = rest;
	return 0;
}

int note_parse(struct bytes input, struct note *ret)
{
	struct bytes sigs;
	size_t n_lines = 0;

	if (input.n > NOTE_MAX_BYTES)
		return IMS_E_LIMIT;
	if (!note_text_is_well_formed(input))
		return IMS_E_UTF8;
	if (!split(input, &ret->text, &sigs) || sigs.n == 0 || sigs.p[sigs.n - 1] != '\n')
		return IMS_E_SYNTAX;
	ret->all = input;
	ret->n_sigs = 0;
	while (sigs.n) {
		const uint8_t *end = memchr(sigs.p, '\n', sigs.n);
		struct bytes line = BYTES(sigs.p, (size_t)(end - sigs.p) + 1);
		int err;

		if (n_lines++ == NOTE_SIGNATURES_MAX)
			return IMS_E_TOO_MANY;
		err = parse_line(line, &ret->sigs[ret->n_sigs]);
		if (err && err != IMS_E_TRUNCATED)
			return err;
		if (!err)
			ret->n_sigs++;
		sigs = BYTES(sigs.p + line.n, sigs.n - line.n);
	}
	return 0;
}

static size_t blob_bytes(uint8_t type)
{
	return type == NOTE_KEY_COSIGN_V1 ? NOTE_BLOB_MAX_BYTES : NOTE_KEY_ID_BYTES + SIGN_BYTES;
}

static int verify_cosignature(struct bytes text, const struct note_vkey *key, const uint8_t *blob,
			      uint64_t *ret_time_s)
{
	uint64_t time_s = be64_get(blob + NOTE_KEY_ID_BYTES);
	struct buf message = {0};
	int err;

	if (time_s > INT64_MAX)
		return IMS_E_SIGNATURE;
	note_cosign_message_put(&message, time_s, text);
	err = message.failed ? IMS_E_NOMEM
			     : sign_verify(key->public_key, buf_bytes(&message),
					   blob + NOTE_KEY_ID_BYTES + NOTE_TIME_BYTES);
	buf_fini(&message);
	if (!err)
		*ret_time_s = time_s;
	return err;
}

/* IMS_E_NO_KEY: the line is not of this key. */
static int verify_line(const struct note *n, const struct note_sig *sig, const struct note_vkey *key,
		       uint64_t *ret_time_s)
{
	uint8_t blob[NOTE_BLOB_MAX_BYTES];
	size_t blob_n;

	if (sig->id != key->id || !bytes_eq_text(sig->name, key->name))
		return IMS_E_NO_KEY;
	if (!blob_scan(sig->blob64, blob, sizeof(blob), &blob_n) || blob_n != blob_bytes(key->type))
		return IMS_E_NO_KEY;
	if (key->type == NOTE_KEY_COSIGN_V1)
		return verify_cosignature(n->text, key, blob, ret_time_s);
	return sign_verify(key->public_key, n->text, blob + NOTE_KEY_ID_BYTES);
}

int note_verify(const struct note *n, const struct note_vkey *key, uint64_t *ret_time_s)
{
	uint64_t latest_s = 0;
	bool signed_by_key = false;

	for (size_t i = 0; i < n->n_sigs; i++) {
		uint64_t time_s = 0;
		int err = verify_line(n, &n->sigs[i], key, &time_s);

		if (err == IMS_E_NO_KEY)
			continue;
		if (err)
			return err;
		signed_by_key = true;
		if (time_s > latest_s)
			latest_s = time_s;
	}
	if (!signed_by_key)
		return IMS_E_NO_KEY;
	if (ret_time_s && key->type == NOTE_KEY_COSIGN_V1)
		*ret_time_s = latest_s;
	return 0;
}

int note_verify_any(const struct note *n, const struct note_vkey *keys, size_t n_keys, size_t *ret_which)
{
	size_t which = n_keys;

	for (size_t i = 0; i < n_keys; i++) {
		int err = note_verify(n, &keys[i], NULL);

		if (err && err != IMS_E_NO_KEY)
			return err;
		if (!err && which == n_keys)
			which = i;
	}
	if (which == n_keys)
		return IMS_E_NO_KEY;
	if (ret_which)
		*ret_which = which;
	return 0;
}
