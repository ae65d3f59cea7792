/* SPDX-License-Identifier: Apache-2.0 */
/* Vectors are written as hex and base64 texts; cmocka's includes in their order. */
#ifndef TESTS_UNIT_HEX_H
#define TESTS_UNIT_HEX_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/text.h"

static inline struct hash hash_of_hex(const char *text)
{
	struct hash h;

	assert_true(hex_get(bytes_of(text), h.b, sizeof(h.b)));
	return h;
}

static inline struct hash hash_of_base64(const char *text)
{
	struct hash h;
	size_t n = 0;

	assert_true(base64_get(bytes_of(text), h.b, sizeof(h.b), &n));
	assert_int_equal(n, sizeof(h.b));
	return h;
}

static inline void assert_hash_hex(const struct hash *h, const char *hex)
{
	char text[HEX_HASH_BYTES];

	assert_string_equal(hex_hash(h, text), hex);
}

static inline void assert_bytes(struct bytes b, const char *text)
{
	assert_int_equal(b.n, strlen(text));
	assert_memory_equal(b.p, text, b.n);
}

#endif
