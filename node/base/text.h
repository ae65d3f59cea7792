/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text: hex, base64 (RFC 4648 section 4, padded), UTF-8, decimal numbers.
 * Decoders accept exactly the canonical form and nothing else.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>

#include "base/bytes.h"

#define HEX_HASH_BYTES 65 /* 64 digits and the NUL */

/* Lower-case hex of n bytes into out[2n+1], NUL-terminated; returns out. */
char *hex_put(char *out, struct bytes b);
char *hex_hash(const struct hash *h, char out[HEX_HASH_BYTES]);
/* Exactly out_n bytes from exactly 2*out_n lower- or upper-case digits. */
bool hex_get(struct bytes text, uint8_t *out, size_t out_n);

#define BASE64_BYTES(n) (((n) + 2) / 3 * 4 + 1)
/* NUL-terminated base64 into out[BASE64_BYTES(b.n)]; returns out. */
char *base64_put(char *out, struct bytes b);
/* Decode into out[cap]; false on any byte outside the alphabet, wrong padding, non-zero
 * trailing bits or when it does not fit. */
bool base64_get(struct bytes text, uint8_t *out, size_t cap, size_t *ret_n);

/* Well-formed UTF-8 (no surrogates, no overlongs, up to U+10FFFF). */
bool utf8_valid(struct bytes b);
/* The bytes of a character up to U+10FFFF into out[4], without NUL; how many. */
size_t utf8_put(uint32_t c, char *out);
/* utf8_valid, and no NUL nor C0 control but tab and newline, nor DEL. */
bool utf8_is_text(struct bytes b);

/* Decimal without sign, leading zeros or overflow ("0" is fine). */
bool dec_get_u64(struct bytes text, uint64_t *ret);

/* Split off the part before the first `sep`; false when *rest is used up (rest->p == NULL). */
bool text_split(struct bytes *rest, char sep, struct bytes *ret_part);
/* Without white space (space, tab, carriage return, newline) at either end. */
struct bytes text_trim(struct bytes b);

#endif
