/* SPDX-License-Identifier: Apache-2.0 */
#include "note/note_int.h"

#include <stdio.h>

#include "base/text.h"
#include "crypto/hash.h"

#define RAW_KEY_BYTES 32
#define ID_DIGITS 8

/* Length of the Unicode space or control character (C0, DEL, C1) that well-formed `b` begins with, or 0. */
static size_t space_or_control(struct bytes b)
{
	static const struct {
		uint8_t prefix[2], first, last; /* of a three-byte sequence: two fixed bytes, a range */
	} wide[] = {
		{{0xe1, 0x9a}, 0x80, 0x80}, /* U+1680 */
		{{0xe2, 0x80}, 0x80, 0x8a}, /* U+2000..200A */
		{{0xe2, 0x80}, 0xa8, 0xa9}, /* U+2028, U+2029 */
		{{0xe2, 0x80}, 0xaf, 0xaf}, /* U+202F */
		{{0xe2, 0x81}, 0x9f, 0x9f}, /* U+205F */
		{{0xe3, 0x80}, 0x80, 0x80}, /* U+3000 */
	};

	if (b.p[0] <= 0x20 || b.p[0] == 0x7f)
		return 1;
	if (b.n >= 2 && b.p[0] == 0xc2 && b.p[1] <= 0xa0) /* U+0080..009F, U+00A0 */
		return 2;
	for (size_t i = 0; b.n >= 3 && i < sizeof(wide) / sizeof(wide[0]); i++)
		if (memcmp(b.p, wide[i].prefix, 2) == 0 && b.p[2] >= wide[i].first && b.p[2] <= wide[i].last)
			return 3;
	return 0;
}

bool note_name_is_well_formed(struct bytes name)
{
	if (name.n == 0 || !utf8_valid(name))
		return false;
	for (struct bytes rest = name; rest.n; rest = BYTES(rest.p + 1, rest.n - 1))
		if (rest.p[0] == '+' || space_or_control(rest))
			return false;
	return true;
}

bool note_name_is_valid(struct bytes name)
{
	return name.n <= NOTE_NAME_MAX_BYTES && note_name_is_well_formed(name);
}

uint32_t note_key_id(struct bytes name, uint8_t type, const uint8_t public_key[SIGN_PUBLIC_BYTES])
{
	struct bytes parts[] = {name, BYTES_LIT("\n"), BYTES(&type, 1), BYTES(public_key, SIGN_PUBLIC_BYTES)};
	struct hash h;

	crypto_sha256_parts(parts, 4, &h);
	return be32_get(h.b);
}

static bool id_get(struct bytes text, uint32_t *ret)
{
	uint8_t id[ID_DIGITS / 2];

	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] >= 'A' && text.p[i] <= 'F')
			return false; /* one text for one key */
	if (!hex_get(text, id, sizeof(id)))
		return false;
	*ret = be32_get(id);
	return true;
}

static int typed_get(struct bytes text, uint8_t *ret_type, uint8_t ret_raw[RAW_KEY_BYTES])
{
	uint8_t typed[1 + RAW_KEY_BYTES] = {0};
	size_t n = 0;
	int err = 0;

	if (!base64_get(text, typed, sizeof(typed), &n) || n != sizeof(typed))
		err = IMS_E_SYNTAX;
	else if (typed[0] != NOTE_KEY_ED25519 && typed[0] != NOTE_KEY_COSIGN_V1)
		err = IMS_E_UNSUPPORTED;
	if (!err) {
		*ret_type = typed[0];
		memcpy(ret_raw, typed + 1, RAW_KEY_BYTES);
	}
	explicit_bzero(typed, sizeof(typed)); /* it may be a seed */
	return err;
}

int note_key_text_parse(struct bytes text, struct note_vkey *ret, uint8_t ret_raw[32])
{
	struct note_vkey k = {.id = 0};
	uint8_t raw[RAW_KEY_BYTES];
	struct bytes name, id;
	int err;

	/* base64 has '+' among its digits: only the first two separate */
	if (!text_split(&text, '+', &name) || !text_split(&text, '+', &id) || !text.p)
		return IMS_E_SYNTAX;
	if (!note_name_is_valid(name) || !id_get(id, &k.id))
		return IMS_E_SYNTAX;
	err = typed_get(text, &k.type, raw);
	if (err)
		return err;
	memcpy(k.name, name.p, name.n);
	*ret = k;
	memcpy(ret_raw, raw, sizeof(raw));
	explicit_bzero(raw, sizeof(raw));
	return 0;
}

char *note_key_text(const struct note_vkey *k, const uint8_t raw[32], char out[NOTE_VKEY_BYTES])
{
	uint8_t typed[1 + RAW_KEY_BYTES];
	char text[BASE64_BYTES(sizeof(typed))];

	typed[0] = k->type;
	memcpy(typed + 1, raw, RAW_KEY_BYTES);
	base64_put(text, BYTES(typed, sizeof(typed)));
	snprintf(out, NOTE_VKEY_BYTES, "%s+%08x+%s", k->name, k->id, text);
	explicit_bzero(typed, sizeof(typed));
	explicit_bzero(text, sizeof(text));
	return out;
}

int note_vkey_parse(struct bytes text, struct note_vkey *ret)
{
	struct note_vkey k;
	int err = note_key_text_parse(text, &k, k.public_key);

	if (err)
		return err;
	if (note_key_id(bytes_of(k.name), k.type, k.public_key) != k.id)
		return IMS_E_INVALID;
	*ret = k;
	return 0;
}

char *note_vkey_text(const struct note_vkey *k, char out[NOTE_VKEY_BYTES])
{
	return note_key_text(k, k->public_key, out);
}

bool note_vkey_eq(const struct note_vkey *a, const struct note_vkey *b)
{
	return a->type == b->type && a->id == b->id && strcmp(a->name, b->name) == 0 &&
	       memcmp(a->public_key, b->public_key, SIGN_PUBLIC_BYTES) == 0;
}
