/* SPDX-License-Identifier: Apache-2.0 */
#include "store/key.h"

#include <stdarg.h>

#include "base/check.h"

static uint8_t *take(struct store_key *k, size_t n)
{
	CHECK(n <= sizeof(k->b) - k->n);
	k->n += n;
	return k->b + k->n - n;
}

static void put_span(struct store_key *k, struct bytes v)
{
	if (v.n)
		memcpy(take(k, v.n), v.p, v.n);
}

struct bytes store_key(struct store_key *k, const char *format, ...)
{
	va_list ap;

	k->n = 0;
	va_start(ap, format);
	for (const char *f = format; *f; f++) {
		struct bytes v;

		switch (*f) {
		case 'B':
			*take(k, 1) = (uint8_t)va_arg(ap, unsigned);
			break;
		case 'H':
			be16_put(take(k, 2), (uint16_t)va_arg(ap, unsigned));
			break;
		case 'I':
			be32_put(take(k, 4), va_arg(ap, uint32_t));
			break;
		case 'L':
			be64_put(take(k, 8), va_arg(ap, uint64_t));
			break;
		case 'S':
			v = va_arg(ap, struct bytes);
			CHECK(v.n == 0 || memchr(v.p, 0, v.n) == NULL);
			put_span(k, v);
			*take(k, 1) = 0;
			break;
		case 'D':
			CHECK(f[1] == '\0');
			put_span(k, va_arg(ap, struct bytes));
			break;
		default:
			CHECK(!"letter of a key format");
		}
	}
	va_end(ap);
	return BYTES(k->b, k->n);
}

/* The first n bytes of *rest; NULL when there are fewer. */
static const uint8_t *next(struct bytes *rest, size_t n)
{
	const uint8_t *p = rest->p;

	if (rest->n < n)
		return NULL;
	rest->p += n;
	rest->n -= n;
	return p;
}

static bool next_text(struct bytes *rest, struct bytes *ret)
{
	const uint8_t *end = rest->n ? memchr(rest->p, 0, rest->n) : NULL;

	if (!end)
		return false;
	*ret = BYTES(rest->p, (size_t)(end - rest->p));
	next(rest, ret->n + 1);
	return true;
}

static bool parse_one(char letter, struct bytes *rest, va_list *ap)
{
	const uint8_t *p;

	switch (letter) {
	case 'B':
		p = next(rest, 1);
		if (p)
			*va_arg(*ap, uint8_t *) = *p;
		return p;
	case 'H':
		p = next(rest, 2);
		if (p)
			*va_arg(*ap, uint16_t *) = be16_get(p);
		return p;
	case 'I':
		p = next(rest, 4);
		if (p)
			*va_arg(*ap, uint32_t *) = be32_get(p);
		return p;
	case 'L':
		p = next(rest, 8);
		if (p)
			*va_arg(*ap, uint64_t *) = be64_get(p);
		return p;
	case 'S':
		return next_text(rest, va_arg(*ap, struct bytes *));
	case 'D':
		*va_arg(*ap, struct bytes *) = *rest;
		*rest = BYTES_NONE;
		return true;
	default:
		CHECK(!"letter of a key format");
		return false;
	}
}

int store_key_parse(struct bytes key, const char *format, ...)
{
	bool ok = true;
	va_list ap;

	va_start(ap, format);
	for (const char *f = format; ok && *f; f++)
		ok = parse_one(*f, &key, &ap);
	va_end(ap);
	return ok && key.n == 0 ? 0 : IMS_E_CORRUPT;
}

bool store_key_after_prefix(struct store_key *k, struct bytes prefix)
{
	CHECK(prefix.n <= sizeof(k->b));
	while (prefix.n && prefix.p[prefix.n - 1] == 0xff)
		prefix.n--;
	if (prefix.n == 0)
		return false;
	k->n = 0;
	put_span(k, prefix);
	k->b[k->n - 1]++;
	return true;
}
