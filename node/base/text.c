/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

static const char hex_digits[] = "0123456789abcdef";
static const char b64_digits[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

char *hex_put(char *out, struct bytes b)
{
	for (size_t i = 0; i < b.n; i++) {
		out[2 * i] = hex_digits[b.p[i] >> 4];
		out[2 * i + 1] = hex_digits[b.p[i] & 15];
	}
	out[2 * b.n] = '\0';
	return out;
}

char *hex_hash(const struct hash *h, char out[HEX_HASH_BYTES])
{
	return hex_put(out, bytes_of_hash(h));
}

static int hex_value(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool hex_get(struct bytes text, uint8_t *out, size_t out_n)
{
	if (text.n != 2 * out_n)
		return false;
	for (size_t i = 0; i < out_n; i++) {
		int hi = hex_value(text.p[2 * i]), lo = hex_value(text.p[2 * i + 1]);

		if (hi < 0 || lo < 0)
			return false;
		out[i] = (uint8_t)(hi << 4 | lo);
	}
	return true;
}

char *base64_put(char *out, struct bytes b)
{
	char *o = out;
	size_t i;

	for (i = 0; i + 2 < b.n; i += 3) {
		uint32_t v = (uint32_t)b.p[i] << 16 | (uint32_t)b.p[i + 1] << 8 | b.p[i + 2];

		for (int s = 18; s >= 0; s -= 6)
			*o++ = b64_digits[v >> s & 63];
	}
	if (i < b.n) {
		uint32_t v = (uint32_t)b.p[i] << 16;

		if (i + 1 < b.n)
			v |= (uint32_t)b.p[i + 1] << 8;
		*o++ = b64_digits[v >> 18 & 63];
		*o++ = b64_digits[v >> 12 & 63];
		*o++ = i + 1 < b.n ? b64_digits[v >> 6 & 63] : '=';
		*o++ = '=';
	}
	*o = '\0';
	return out;
}

/* Every head is decoded by every node that hears it: a table, as comparisons took most of its parsing.
 * One more than the value; 0: no digit. */
static const uint8_t b64_digit[256] = {
	['A'] = 1,  2,	3,  4,	5,  6,	7,  8,	9,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26,
	['a'] = 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52,
	['0'] = 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, ['+'] = 63, ['/'] = 64,
};

static int b64_value(uint8_t c)
{
	return b64_digit[c] - 1;
}

bool base64_get(struct bytes text, uint8_t *out, size_t cap, size_t *ret_n)
{
	size_t n = 0;

	if (text.n % 4)
		return false;
	for (size_t i = 0; i < text.n; i += 4) {
		bool last = i + 4 == text.n;
		int pad = last ? (text.p[i + 3] == '=') + (text.p[i + 2] == '=') : 0;
		uint32_t v = 0;

		if (pad && text.p[i + 3] != '=')
			return false;
		for (int k = 0; k < 4; k++) {
			int d = k < 4 - pad ? b64_value(text.p[i + (size_t)k]) : 0;

			if (d < 0)
				return false;
			v = v << 6 | (uint32_t)d;
		}
		if ((pad == 1 && (v & 0xff)) || (pad == 2 && (v & 0xffff)))
			return false;
		for (int k = 0; k < 3 - pad; k++) {
			if (n == cap)
				return false;
			out[n++] = (uint8_t)(v >> (16 - 8 * k));
		}
	}
	*ret_n = n;
	return true;
}

/* Length of the well-formed sequence at the front, 0 if there is none (RFC 3629). */
static size_t utf8_step(struct bytes b)
{
	uint8_t c = b.p[0];
	size_t n;
	uint32_t v;

	if (c < 0x80)
		return 1;
	if (c >= 0xc2 && c <= 0xdf)
		n = 2, v = c & 0x1f;
	else if ((c & 0xf0) == 0xe0)
		n = 3, v = c & 0x0f;
	else if (c >= 0xf0 && c <= 0xf4)
		n = 4, v = c & 0x07;
	else
		return 0;
	if (b.n < n)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((b.p[i] & 0xc0) != 0x80)
			return 0;
		v = v << 6 | (b.p[i] & 0x3f);
	}
	if ((n == 3 && (v < 0x800 || (v >= 0xd800 && v <= 0xdfff))) ||
	    (n == 4 && (v < 0x10000 || v > 0x10ffff)))
		return 0;
	return n;
}

size_t utf8_put(uint32_t c, char *out)
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3f));
		out[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 0x3f));
	out[2] = (char)(0x80 | (c >> 6 & 0x3f));
	out[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

bool utf8_valid(struct bytes b)
{
	while (b.n) {
		size_t n = utf8_step(b);

		if (!n)
			return false;
		b.p += n;
		b.n -= n;
	}
	return true;
}

#define EACH_BYTE(v) (0x0101010101010101u * (uint64_t)(v))

/* Eight bytes at once, which is what texts mostly are: every one of them in 0x20..0x7e. */
static bool is_printable_word(const uint8_t *p)
{
	uint64_t w, below_space, deleted;

	memcpy(&w, p, sizeof(w));
	below_space = (w - EACH_BYTE(0x20)) & ~w;
	deleted = (w ^ EACH_BYTE(0x7f)) - EACH_BYTE(1);
	return ((w | below_space | deleted) & EACH_BYTE(0x80)) == 0;
}

bool utf8_is_text(struct bytes b)
{
	while (b.n) {
		size_t n = b.n >= 8 && is_printable_word(b.p) ? 8 : utf8_step(b);

		if (!n || (b.p[0] < 0x20 && b.p[0] != '\t' && b.p[0] != '\n') || b.p[0] == 0x7f)
			return false;
		b.p += n;
		b.n -= n;
	}
	return true;
}

bool dec_get_u64(struct bytes text, uint64_t *ret)
{
	uint64_t v = 0;

	if (text.n == 0 || text.n > 20 || (text.n > 1 && text.p[0] == '0'))
		return false;
	for (size_t i = 0; i < text.n; i++) {
		uint8_t d = (uint8_t)(text.p[i] - '0');

		if (d > 9 || v > (UINT64_MAX - d) / 10)
			return false;
		v = v * 10 + d;
	}
	*ret = v;
	return true;
}

bool text_split(struct bytes *rest, char sep, struct bytes *ret_part)
{
	const uint8_t *at;

	if (!rest->p)
		return false;
	at = rest->n ? memchr(rest->p, sep, rest->n) : NULL;
	if (!at) {
		*ret_part = *rest;
		*rest = BYTES_NONE;
		return true;
	}
	*ret_part = BYTES(rest->p, (size_t)(at - rest->p));
	*rest = BYTES(at + 1, rest->n - ret_part->n - 1);
	return true;
}

struct bytes text_trim(struct bytes b)
{
	while (b.n && (b.p[0] == ' ' || b.p[0] == '\t' || b.p[0] == '\r' || b.p[0] == '\n'))
		b = BYTES(b.p + 1, b.n - 1);
	while (b.n &&
	       (b.p[b.n - 1] == ' ' || b.p[b.n - 1] == '\t' || b.p[b.n - 1] == '\r' || b.p[b.n - 1] == '\n'))
		b.n--;
	return b;
}
