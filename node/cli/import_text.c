/* SPDX-License-Identifier: Apache-2.0 */
/* Texts and numbers of foreign files. */
#include <strings.h>

#include "base/text.h"
#include "cli/import_int.h"

static bool is_blank(uint8_t c)
{
	return c <= ' ' || c == 0x7f;
}

char *import_line(struct arena *a, struct bytes text)
{
	char *out = utf8_valid(text) ? arena_alloc(a, text.n + 1) : NULL;
	size_t n = 0;

	if (!out)
		return NULL;
	for (size_t i = 0; i < text.n; i++)
		if (!is_blank(text.p[i]))
			out[n++] = (char)text.p[i];
		else if (n && out[n - 1] != ' ')
			out[n++] = ' ';
	if (n && out[n - 1] == ' ')
		n--;
	out[n] = '\0';
	return out;
}

/* End a line at out[0..n): no spaces before the break, at most one empty line, none at the front. */
static size_t line_break(char *out, size_t n)
{
	while (n && out[n - 1] == ' ')
		n--;
	if (n && !(n >= 2 && out[n - 1] == '\n' && out[n - 2] == '\n'))
		out[n++] = '\n';
	return n;
}

char *import_lines(struct arena *a, struct bytes text)
{
	char *out = utf8_valid(text) ? arena_alloc(a, text.n + 1) : NULL;
	size_t n = 0;

	if (!out)
		return NULL;
	for (size_t i = 0; i < text.n; i++) {
		uint8_t c = text.p[i];

		if (c == '\n')
			n = line_break(out, n);
		else if (!is_blank(c))
			out[n++] = (char)c;
		else if (c != '\r' && n && out[n - 1] != '\n')
			out[n++] = ' ';
	}
	while (n && is_blank((uint8_t)out[n - 1]))
		n--;
	out[n] = '\0';
	return out;
}

/* ---- markup */

/* Value of "#8195" or "#x2003"; 0 when it is no character. */
static uint32_t numbered(struct bytes name)
{
	bool hex = name.n > 1 && (name.p[1] == 'x' || name.p[1] == 'X');
	uint32_t v = 0;

	for (size_t i = hex ? 2 : 1; i < name.n && v <= 0x10ffff; i++) {
		uint8_t c = name.p[i], low = c | 0x20;

		if (c >= '0' && c <= '9')
			v = v * (hex ? 16 : 10) + (uint32_t)(c - '0');
		else if (hex && low >= 'a' && low <= 'f')
			v = v * 16 + (uint32_t)(low - 'a' + 10);
		else
			return 0;
	}
	return v > 0x10ffff || (v >= 0xd800 && v <= 0xdfff) ? 0 : v;
}

static uint32_t entity(struct bytes name)
{
	static const struct {
		const char *name;
		uint32_t c;
	} named[] = {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}, {"nbsp", ' '}};

	if (name.n > 1 && name.p[0] == '#')
		return numbered(name);
	for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++)
		if (bytes_eq_text(name, named[i].name))
			return named[i].c;
	return 0;
}

/* Length of "<br>", "<br/>", "<BR />" at the front, else 0. */
static size_t break_tag(struct bytes text)
{
	size_t n = 3;

	if (text.n < 4 || strncasecmp((const char *)text.p, "<br", 3) != 0)
		return 0;
	while (n < text.n && (text.p[n] == ' ' || text.p[n] == '/'))
		n++;
	return n < text.n && text.p[n] == '>' ? n + 1 : 0;
}

/* Length of "&name;" at the front with its character, else 0. */
static size_t entity_at(struct bytes text, uint32_t *ret)
{
	struct bytes head = BYTES(text.p, text.n < 12 ? text.n : 12);
	const uint8_t *end = memchr(head.p, ';', head.n);

	*ret = end ? entity(BYTES(text.p + 1, (size_t)(end - text.p) - 1)) : 0;
	return *ret ? (size_t)(end - text.p) + 1 : 0;
}

/* What replaces something is never longer: "<br>" by one byte, "&#xN;" by at most four. */
struct bytes import_unescape(struct arena *a, struct bytes text)
{
	char *out = arena_alloc(a, text.n);
	size_t n = 0, skip;
	uint32_t c;

	if (!out)
		return BYTES_NONE;
	while (text.n) {
		if (text.p[0] == '<' && (skip = break_tag(text)) != 0) {
			out[n++] = '\n';
		} else if (text.p[0] == '&' && (skip = entity_at(text, &c)) != 0) {
			n += utf8_put(c, out + n);
		} else {
			out[n++] = (char)text.p[0];
			skip = 1;
		}
		text = BYTES(text.p + skip, text.n - skip);
	}
	return BYTES(out, n);
}

/* ---- numbers */

bool import_money(struct bytes text, int64_t *ret_hundredths)
{
	int64_t v = 0;
	size_t i = 0, whole, decimals;

	for (; i < text.n && text.p[i] >= '0' && text.p[i] <= '9'; i++) {
		if (i == 16)
			return false;
		v = v * 10 + (text.p[i] - '0');
	}
	whole = i;
	if (i < text.n && (text.p[i] == '.' || text.p[i] == ','))
		i++;
	for (decimals = 0; i < text.n && text.p[i] >= '0' && text.p[i] <= '9'; i++, decimals++) {
		if (decimals < 2)
			v = v * 10 + (text.p[i] - '0');
		else if (decimals == 2 && text.p[i] >= '5')
			v++;
	}
	if (i < text.n || whole == 0 || (i > whole && decimals == 0))
		return false;
	for (; decimals < 2; decimals++)
		v *= 10;
	*ret_hundredths = v;
	return true;
}
