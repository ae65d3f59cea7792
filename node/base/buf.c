/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"

void buf_init(struct buf *b, size_t limit_bytes)
{
	*b = (struct buf){.limit_bytes = limit_bytes};
}

void buf_fini(struct buf *b)
{
	free(b->p);
	*b = (struct buf){0};
}

void buf_clear(struct buf *b)
{
	b->n = 0;
	b->failed = false;
}

/* n bytes at the end, counted in, and a NUL's room behind them, which the limit does not see. */
static uint8_t *buf_grow(struct buf *b, size_t n, size_t n_nul)
{
	size_t need;
	uint8_t *p;

	if (b->failed || n > SIZE_MAX / 4 || (b->limit_bytes && b->n + n > b->limit_bytes))
		goto fail;
	need = b->n + n + n_nul;
	if (need > b->size) {
		size_t size = b->size ? b->size : 256;

		while (size < need)
			size *= 2;
		p = mem_try_again(b->p, size);
		if (!p)
			goto fail;
		b->p = p;
		b->size = size;
	}
	p = b->p + b->n;
	b->n += n;
	return p;
fail:
	b->failed = true;
	return NULL;
}

uint8_t *buf_reserve(struct buf *b, size_t n)
{
	return buf_grow(b, n, 0);
}

void buf_put(struct buf *b, struct bytes v)
{
	uint8_t *p = v.n ? buf_reserve(b, v.n) : NULL;

	if (p)
		memcpy(p, v.p, v.n);
}

void buf_put_u8(struct buf *b, uint8_t v)
{
	buf_put(b, BYTES(&v, 1));
}

void buf_put_u16(struct buf *b, uint16_t v)
{
	uint8_t *p = buf_reserve(b, 2);

	if (p)
		be16_put(p, v);
}

void buf_put_u32(struct buf *b, uint32_t v)
{
	uint8_t *p = buf_reserve(b, 4);

	if (p)
		be32_put(p, v);
}

void buf_put_u64(struct buf *b, uint64_t v)
{
	uint8_t *p = buf_reserve(b, 8);

	if (p)
		be64_put(p, v);
}

void buf_put_dec(struct buf *b, uint64_t v)
{
	uint8_t digits[20];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (uint8_t)('0' + v % 10);
		v /= 10;
	} while (v);
	buf_put(b, BYTES(digits + at, sizeof(digits) - at));
}

void buf_put_varint(struct buf *b, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		buf_put_u8(b, (uint8_t)(v | 0x80));
	buf_put_u8(b, (uint8_t)v);
}

void buf_put_text(struct buf *b, const char *text)
{
	buf_put(b, bytes_of(text));
}

void buf_put_span(struct buf *b, struct bytes v)
{
	if (v.n > UINT32_MAX) {
		b->failed = true;
		return;
	}
	buf_put_u32(b, (uint32_t)v.n);
	buf_put(b, v);
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	uint8_t *p;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	p = n < 0 ? NULL : buf_grow(b, (size_t)n, 1);
	if (!p)
		return;
	va_start(ap, fmt);
	vsnprintf((char *)p, (size_t)n + 1, fmt, ap);
	va_end(ap);
}

const char *buf_text(struct buf *b)
{
	uint8_t *p = buf_grow(b, 0, 1);

	if (!p)
		return "";
	*p = '\0';
	return (const char *)b->p;
}

struct bytes rd_take(struct rd *r, size_t n)
{
	struct bytes out = BYTES_NONE;

	if (r->failed || n > r->rest.n) {
		r->failed = true;
		return out;
	}
	out = BYTES(r->rest.p, n);
	r->rest.p += n;
	r->rest.n -= n;
	return out;
}

uint8_t rd_u8(struct rd *r)
{
	struct bytes b = rd_take(r, 1);

	return b.n ? b.p[0] : 0;
}

uint16_t rd_u16(struct rd *r)
{
	struct bytes b = rd_take(r, 2);

	return b.n ? be16_get(b.p) : 0;
}

uint32_t rd_u32(struct rd *r)
{
	struct bytes b = rd_take(r, 4);

	return b.n ? be32_get(b.p) : 0;
}

uint64_t rd_u64(struct rd *r)
{
	struct bytes b = rd_take(r, 8);

	return b.n ? be64_get(b.p) : 0;
}

uint64_t rd_varint(struct rd *r)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < VARINT_MAX_BYTES; i++) {
		uint8_t b = rd_u8(r);

		v |= (uint64_t)(b & 0x7f) << (7 * i);
		if (b < 0x80)
			return v;
	}
	r->failed = true;
	return 0;
}

struct hash rd_hash(struct rd *r)
{
	struct hash h = {{0}};
	struct bytes b = rd_take(r, sizeof(h.b));

	if (b.n)
		memcpy(h.b, b.p, b.n);
	return h;
}

struct bytes rd_span(struct rd *r)
{
	return rd_take(r, rd_u32(r));
}
