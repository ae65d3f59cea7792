/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A growing buffer and a reading cursor, both with a sticky error: build or read in a straight
 * line, check once at the end. Owned by one thread.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>

#include "base/bytes.h"

struct buf {
	uint8_t *p;
	size_t n, size;
	size_t limit_bytes;	/* 0: none */
	bool failed;		/* a put did not fit, or large memory was short; p[0..n) is what went in */
};

/* All zero is a valid empty buffer without a limit. */
void buf_init(struct buf *b, size_t limit_bytes);
void buf_fini(struct buf *b);
/* Empty it, keep the memory, clear the error. */
void buf_clear(struct buf *b);

void buf_put(struct buf *b, struct bytes v);
void buf_put_u8(struct buf *b, uint8_t v);
void buf_put_u16(struct buf *b, uint16_t v);
void buf_put_u32(struct buf *b, uint32_t v);
void buf_put_u64(struct buf *b, uint64_t v);
void buf_put_text(struct buf *b, const char *text);
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Its decimal digits: what printf would print, at a tenth of the cost. */
void buf_put_dec(struct buf *b, uint64_t v);
/* Seven bits a byte, the lowest first: small numbers are short, the largest take VARINT_MAX_BYTES. */
#define VARINT_MAX_BYTES 10
void buf_put_varint(struct buf *b, uint64_t v);
/* u32 length, then the bytes. */
void buf_put_span(struct buf *b, struct bytes v);
/* Room for n more bytes at the end, counted in; NULL (and failed) if there is none. */
uint8_t *buf_reserve(struct buf *b, size_t n);

static inline struct bytes buf_bytes(const struct buf *b)
{
	return BYTES(b->p, b->n);
}

/*
 * NUL-terminated view; valid until the next put. The NUL is not counted, neither in n nor against
 * the limit. "" when empty, or when an earlier put or this failed.
 */
const char *buf_text(struct buf *b);

/* Reads big-endian values from the front; past the end everything is 0 and failed is set. */
struct rd {
	struct bytes rest;
	bool failed;
};

static inline struct rd rd_of(struct bytes b)
{
	return (struct rd){b, false};
}

struct bytes rd_take(struct rd *r, size_t n);
uint8_t rd_u8(struct rd *r);
uint16_t rd_u16(struct rd *r);
uint32_t rd_u32(struct rd *r);
uint64_t rd_u64(struct rd *r);
uint64_t rd_varint(struct rd *r);
struct hash rd_hash(struct rd *r);
/* The inverse of buf_put_span(). */
struct bytes rd_span(struct rd *r);
/* True when everything was read and nothing failed. */
static inline bool rd_done(const struct rd *r)
{
	return !r->failed && r->rest.n == 0;
}

#endif
