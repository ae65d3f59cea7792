/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/csv.h"

#include <stdlib.h>

#include "base/text.h"

void csv_fini(struct csv *c)
{
	free(c->field);
	free(c->doubled);
	free(c->unquoted);
	free(c->column);
	*c = (struct csv){0};
}

static char delimiter_of(struct bytes text)
{
	static const char candidates[] = {',', ';', '\t'};
	size_t count[sizeof(candidates)] = {0}, best = 0;
	bool quoted = false;

	for (size_t i = 0; i < text.n && (quoted || text.p[i] != '\n'); i++) {
		if (text.p[i] == '"')
			quoted = !quoted;
		for (size_t k = 0; k < sizeof(candidates) && !quoted; k++)
			count[k] += text.p[i] == (uint8_t)candidates[k];
	}
	for (size_t k = 1; k < sizeof(candidates); k++)
		if (count[k] > count[best])
			best = k;
	return candidates[best];
}

void csv_init(struct csv *c, struct bytes text, char delimiter)
{
	static const struct bytes mark = BYTES_LIT("\xef\xbb\xbf");

	if (bytes_has_prefix(text, mark))
		text = BYTES(text.p + mark.n, text.n - mark.n);
	*c = (struct csv){.text = text, .next_line = 1};
	c->delimiter = delimiter ? delimiter : delimiter_of(text);
}

/* Does the row end at `at`: at a line break or where the text does? */
static bool row_ends(const struct csv *c, size_t at)
{
	const uint8_t *p = c->text.p + at;
	size_t n = c->text.n - at;

	return n == 0 || p[0] == '\n' || (p[0] == '\r' && (n == 1 || p[1] == '\n'));
}

/* A quoted field: *at goes from its opening quote behind its closing one. */
static const char *field_quoted(const struct csv *c, size_t *at, struct bytes *ret, bool *ret_doubled)
{
	size_t begin = *at + 1, i = begin;

	*ret_doubled = false;
	for (;;) {
		size_t n = c->text.n - i < CSV_ROW_MAX_BYTES ? c->text.n - i : CSV_ROW_MAX_BYTES;
		const uint8_t *quote = n ? memchr(c->text.p + i, '"', n) : NULL;

		if (!quote)
			return "a quote is not closed";
		i = (size_t)(quote - c->text.p);
		if (i + 1 == c->text.n || c->text.p[i + 1] != '"')
			break;
		*ret_doubled = true;
		i += 2;
	}
	*ret = BYTES(c->text.p + begin, i - begin);
	*at = i + 1;
	if (!row_ends(c, *at) && c->text.p[*at] != (uint8_t)c->delimiter)
		return "text after a closing quote";
	return NULL;
}

static void field_plain(const struct csv *c, size_t *at, struct bytes *ret)
{
	size_t begin = *at;

	while (!row_ends(c, *at) && c->text.p[*at] != (uint8_t)c->delimiter)
		++*at;
	*ret = BYTES(c->text.p + begin, *at - begin);
}

/* The raw fields of the row at *at, which moves to its end. */
static const char *row_scan(struct csv *c, size_t *at)
{
	size_t begin = *at;

	for (;;) {
		const char *problem = NULL;

		if (c->n == CSV_FIELDS_MAX)
			return "too many fields";
		c->doubled[c->n] = false;
		if (*at < c->text.n && c->text.p[*at] == '"')
			problem = field_quoted(c, at, &c->field[c->n], &c->doubled[c->n]);
		else
			field_plain(c, at, &c->field[c->n]);
		if (problem)
			return problem;
		if (*at - begin > CSV_ROW_MAX_BYTES)
			return "row too long";
		c->n++;
		if (row_ends(c, *at))
			return NULL;
		++*at; /* the delimiter */
	}
}

/* Copies of the fields that hold doubled quotes, with single ones; `room` bounds them together. */
static const char *row_unquote(struct csv *c, size_t room)
{
	uint8_t *out = c->unquoted;

	if (room > c->unquoted_size) {
		out = realloc(c->unquoted, room);
		if (!out)
			return "out of memory";
		c->unquoted = out;
		c->unquoted_size = room;
	}
	for (size_t i = 0; i < c->n; i++) {
		struct bytes raw = c->field[i];
		uint8_t *begin = out;

		if (!c->doubled[i])
			continue;
		for (size_t k = 0; k < raw.n; k++) {
			*out++ = raw.p[k];
			if (raw.p[k] == '"')
				k++;
		}
		c->field[i] = BYTES(begin, (size_t)(out - begin));
	}
	return NULL;
}

static size_t line_end(const struct csv *c, size_t at)
{
	const uint8_t *nl = at < c->text.n ? memchr(c->text.p + at, '\n', c->text.n - at) : NULL;

	return nl ? (size_t)(nl - c->text.p) + 1 : c->text.n;
}

static const char *row_room(struct csv *c)
{
	if (!c->field)
		c->field = calloc(CSV_FIELDS_MAX, sizeof(*c->field));
	if (!c->doubled)
		c->doubled = calloc(CSV_FIELDS_MAX, sizeof(*c->doubled));
	return c->field && c->doubled ? NULL : "out of memory";
}

bool csv_next(struct csv *c)
{
	size_t begin, end;

	while (c->at < c->text.n && row_ends(c, c->at)) {
		c->at = line_end(c, c->at);
		c->next_line++;
	}
	if (c->at >= c->text.n)
		return false;
	begin = end = c->at;
	c->line = c->next_line;
	c->n = 0;
	c->problem = row_room(c);
	if (!c->problem)
		c->problem = row_scan(c, &end);
	if (!c->problem)
		c->problem = row_unquote(c, end - begin);
	if (c->problem) {
		c->n = 0;
		end = begin;
	}
	c->at = line_end(c, end);
	for (size_t i = begin; i < c->at; i++)
		c->next_line += c->text.p[i] == '\n';
	return true;
}

bool csv_header(struct csv *c)
{
	size_t bytes = 0;
	uint8_t *out;

	if (!csv_next(c) || c->problem)
		return false;
	for (size_t i = 0; i < c->n; i++)
		bytes += c->field[i].n;
	free(c->column);
	c->n_columns = 0;
	c->column = malloc(c->n * sizeof(*c->column) + bytes);
	if (!c->column)
		return false;
	out = (uint8_t *)(c->column + c->n);
	for (size_t i = 0; i < c->n; i++) {
		struct bytes name = text_trim(c->field[i]);

		if (name.n)
			memcpy(out, name.p, name.n);
		c->column[i] = BYTES(out, name.n);
		out += name.n;
	}
	c->n_columns = c->n;
	return true;
}

size_t csv_column(const struct csv *c, const char *name)
{
	for (size_t i = 0; i < c->n_columns; i++)
		if (bytes_eq_text(c->column[i], name))
			return i;
	return CSV_NO_COLUMN;
}

struct bytes csv_field(const struct csv *c, size_t column)
{
	return column < c->n ? text_trim(c->field[column]) : BYTES_NONE;
}
