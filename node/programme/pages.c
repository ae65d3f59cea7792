/* SPDX-License-Identifier: Apache-2.0 */
#include "programme/pages.h"

#include <stdbool.h>

struct range {
	uint32_t from, to;
};

/* Unicode's East Asian Width W and F, in blocks. */
static const struct range wide[] = {
	{0x1100, 0x115f},   {0x2329, 0x232a},	{0x2e80, 0x303e},   {0x3041, 0x33ff}, {0x3400, 0x4dbf},
	{0x4e00, 0x9fff},   {0xa000, 0xa4cf},	{0xa960, 0xa97f},   {0xac00, 0xd7a3}, {0xf900, 0xfaff},
	{0xfe10, 0xfe19},   {0xfe30, 0xfe6f},	{0xff00, 0xff60},   {0xffe0, 0xffe6}, {0x1f300, 0x1f64f},
	{0x1f680, 0x1f6ff}, {0x1f900, 0x1faff}, {0x20000, 0x3fffd},
};
/* Combining marks and what shows nothing. */
static const struct range none[] = {
	{0x0300, 0x036f}, {0x0483, 0x0489}, {0x0591, 0x05bd}, {0x0610, 0x061a}, {0x064b, 0x065f},
	{0x0900, 0x0902}, {0x093c, 0x093c}, {0x0941, 0x0948}, {0x094d, 0x094d}, {0x0e31, 0x0e31},
	{0x0e34, 0x0e3a}, {0x0e47, 0x0e4e}, {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff}, {0x200b, 0x200f},
	{0x2028, 0x202e}, {0x2060, 0x2064}, {0x20d0, 0x20ff}, {0x302a, 0x302d}, {0x3099, 0x309a},
	{0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}, {0xfeff, 0xfeff},
};

static bool is_in(const struct range *r, size_t n, uint32_t c)
{
	for (size_t i = 0; i < n; i++)
		if (c >= r[i].from && c <= r[i].to)
			return true;
	return false;
}

unsigned pages_cells(uint32_t c)
{
	if (c < 0x300)
		return 1;
	if (is_in(none, sizeof(none) / sizeof(none[0]), c))
		return 0;
	return is_in(wide, sizeof(wide) / sizeof(wide[0]), c) ? 2 : 1;
}

/* One character of valid UTF-8; never past the end, whatever the bytes. */
static size_t take(struct bytes text, size_t at, uint32_t *ret)
{
	uint8_t b = text.p[at];
	size_t n = b < 0x80 ? 1 : b < 0xe0 ? 2 : b < 0xf0 ? 3 : 4;

	if (n > text.n - at)
		n = text.n - at;
	*ret = n == 1 ? b : b & (0xffu >> (n + 1));
	for (size_t i = 1; i < n; i++)
		*ret = *ret << 6 | (text.p[at + i] & 0x3fu);
	return n;
}

static bool is_space(uint32_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == 0x3000;
}

static void put_line(struct pages *p, struct bytes line)
{
	while (line.n &&
	       (line.p[line.n - 1] == ' ' || line.p[line.n - 1] == '\t' || line.p[line.n - 1] == '\r'))
		line.n--;
	p->lines++;
	if (p->line)
		p->line(p->ctx, line);
}

/* The part of `text` that fits into a line: how many bytes, and where the next line begins. */
static size_t fit(const struct pages *p, struct bytes text, size_t *ret_next)
{
	size_t at = 0, end = 0, next = 0;
	unsigned cells = 0, before = 0;
	uint32_t c;

	while (at < text.n) {
		size_t n = take(text, at, &c);
		unsigned w = is_space(c) ? 1 : pages_cells(c);

		if (at && is_space(c)) { /* a line may end before a space, which is then gone */
			end = at;
			next = at + n;
		} else if (at && w == 2 && before == 2) {
			end = next = at;
		}
		if (cells + w > p->columns && !is_space(c)) {
			if (!next)
				end = next = at; /* no place to break */
			while (next < text.n && is_space(text.p[next]))
				next++;
			*ret_next = next;
			return end;
		}
		cells += w;
		if (w)
			before = w;
		at += n;
	}
	*ret_next = text.n;
	return text.n;
}

static void put_paragraph(struct pages *p, struct bytes text)
{
	size_t n, next;

	do {
		n = fit(p, text, &next);
		put_line(p, BYTES(text.p, n));
		text = BYTES(text.p + next, text.n - next);
	} while (text.n);
}

static void put_text(struct pages *p, struct bytes text)
{
	while (text.n && text.p[text.n - 1] == '\n')
		text.n--;
	while (text.n) {
		const uint8_t *end = memchr(text.p, '\n', text.n);
		size_t n = end ? (size_t)(end - text.p) : text.n;

		put_paragraph(p, BYTES(text.p, n));
		n += end ? 1 : 0;
		text = BYTES(text.p + n, text.n - n);
	}
}

void pages_section(struct pages *p, struct bytes title, struct bytes text)
{
	if (p->lines)
		put_line(p, BYTES_NONE);
	put_text(p, title);
	put_text(p, text);
}

uint64_t pages_count(const struct pages *p, unsigned lines_per_page)
{
	return lines_per_page ? (p->lines + lines_per_page - 1) / lines_per_page : 0;
}
