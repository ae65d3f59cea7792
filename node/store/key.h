/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Store keys from parts, big-endian so that byte order is number order: one codec for all.
 * Format letters: B u8, H u16, I u32, L u64, S text with a closing 0 byte (the text must not
 * hold one), D bytes to the end (last). Arguments: unsigned for B and H, uint32_t, uint64_t,
 * struct bytes for S and D. Parsing writes values as it goes: after an error some are set.
 */
#ifndef STORE_KEY_H
#define STORE_KEY_H

#include "base/bytes.h"
#include "ims/err.h"

#define STORE_KEY_MAX_BYTES 511

struct store_key {
	size_t n;
	uint8_t b[STORE_KEY_MAX_BYTES];
};

/* Build; too long or a 0 inside S aborts (our bug: callers bound their texts). The span
 * points into `k`. */
struct bytes store_key(struct store_key *k, const char *format, ...);
/* Take apart; pointers to uint8_t, uint16_t, uint32_t, uint64_t, struct bytes.
 * Errors: IMS_E_CORRUPT when the key does not have this form. */
IMS_MUST_CHECK int store_key_parse(struct bytes key, const char *format, ...);

/* The least key greater than every key that starts with `prefix`; false when there is none
 * (an empty prefix, or nothing but 0xff). */
bool store_key_after_prefix(struct store_key *k, struct bytes prefix);

#endif
