/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Borrowed spans of bytes, SHA-256 values, big-endian integers.
 *
 * A struct bytes owns nothing: it is valid as long as what it points into. {NULL, 0} is empty.
 */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct bytes {
	const uint8_t *p;
	size_t n;
};

/* A SHA-256 value. */
struct hash {
	uint8_t b[32];
};

#define BYTES(ptr, len) ((struct bytes){(const uint8_t *)(ptr), (len)})
#define BYTES_LIT(lit) ((struct bytes){(const uint8_t *)(lit), sizeof(lit) - 1})
#define BYTES_NONE ((struct bytes){NULL, 0})

/* The bytes of a NUL-terminated text, without the NUL; NULL gives the empty span. */
static inline struct bytes bytes_of(const char *text)
{
	return text ? BYTES(text, strlen(text)) : BYTES_NONE;
}

static inline struct bytes bytes_of_hash(const struct hash *h)
{
	return BYTES(h->b, sizeof(h->b));
}

static inline bool bytes_eq(struct bytes a, struct bytes b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool bytes_eq_text(struct bytes a, const char *text)
{
	return bytes_eq(a, bytes_of(text));
}

static inline bool bytes_has_prefix(struct bytes a, struct bytes prefix)
{
	return a.n >= prefix.n && (prefix.n == 0 || memcmp(a.p, prefix.p, prefix.n) == 0);
}

/* Lexicographic order of unsigned bytes, shorter first on a tie: the order of store keys. */
int bytes_cmp(struct bytes a, struct bytes b);

static inline bool hash_eq(const struct hash *a, const struct hash *b)
{
	return memcmp(a->b, b->b, sizeof(a->b)) == 0;
}

static inline void be16_put(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static inline void be32_put(uint8_t *p, uint32_t v)
{
	be16_put(p, (uint16_t)(v >> 16));
	be16_put(p + 2, (uint16_t)v);
}

static inline void be64_put(uint8_t *p, uint64_t v)
{
	be32_put(p, (uint32_t)(v >> 32));
	be32_put(p + 4, (uint32_t)v);
}

static inline uint16_t be16_get(const uint8_t *p)
{
	return (uint16_t)((uint16_t)p[0] << 8 | p[1]);
}

static inline uint32_t be32_get(const uint8_t *p)
{
	return (uint32_t)be16_get(p) << 16 | be16_get(p + 2);
}

static inline uint64_t be64_get(const uint8_t *p)
{
	return (uint64_t)be32_get(p) << 32 | be32_get(p + 4);
}

#endif
