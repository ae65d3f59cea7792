/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/table.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/mem.h"
#include "cli/human.h"

#define GAP 2

const char *mark_begin(enum mark m)
{
	switch (m) {
	case MARK_GOOD:
		return "\x1b[32m";
	case MARK_WARN:
		return "\x1b[33m";
	case MARK_BAD:
		return "\x1b[1;31m";
	case MARK_DIM:
		return "\x1b[2m";
	case MARK_BOLD:
		return "\x1b[1m";
	default:
		return "";
	}
}

size_t text_columns(const char *text)
{
	size_t n = 0;

	for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
		bool continuation = (*p & 0xc0) == 0x80;
		/* U+0300..U+036F, the combining marks that European names come with */
		bool combining = *p == 0xcc || (*p == 0xcd && p[1] >= 0x80 && p[1] <= 0xaf);

		n += !continuation && !combining;
	}
	return n;
}

void text_tame(char *text)
{
	for (unsigned char *p = (unsigned char *)text; *p; p++) {
		if (*p < 0x20 || *p == 0x7f)
			*p = '?';
		else if (*p == 0xc2 && p[1] >= 0x80 && p[1] <= 0x9f)
			p[0] = p[1] = '?';
	}
}

void table_init(struct table *t, FILE *f, bool colour, const char *const *headings, size_t n_columns)
{
	*t = (struct table){.file = f, .colour = colour, .headings = headings, .indent = ""};
	for (t->n_columns = headings ? 0 : n_columns; headings && headings[t->n_columns];)
		t->n_columns++;
	CHECK(t->n_columns > 0 && t->n_columns <= TABLE_COLUMNS_MAX);
	t->heading_due = headings != NULL;
	for (size_t i = 0; headings && i < t->n_columns; i++)
		t->width[i] = text_columns(headings[i]) - (headings[i][0] == '>');
}

static void print_cell(const struct table *t, size_t column, const char *text, enum mark mark, bool last)
{
	size_t pad = t->width[column] - text_columns(text);
	bool right = t->headings && t->headings[column][0] == '>';
	bool coloured = t->colour && mark != MARK_NONE;

	if (right)
		fprintf(t->file, "%*s", (int)pad, "");
	fprintf(t->file, "%s%s%s", coloured ? mark_begin(mark) : "", text, coloured ? MARK_END : "");
	if (!last)
		fprintf(t->file, "%*s", (int)((right ? 0 : pad) + GAP), "");
}

static void print_headings(struct table *t)
{
	fputs(t->indent, t->file);
	for (size_t i = 0; i < t->n_columns; i++)
		print_cell(t, i, t->headings[i] + (t->headings[i][0] == '>'), MARK_DIM,
			   i + 1 == t->n_columns);
	fputc('\n', t->file);
	t->heading_due = false;
}

/* Empty cells at the end leave no spaces behind. */
static void print_row(struct table *t, struct cell *row)
{
	size_t n = t->n_columns;

	while (n > 0 && row[n - 1].text[0] == '\0')
		n--;
	fputs(t->indent, t->file);
	for (size_t i = 0; i < n; i++)
		print_cell(t, i, row[i].text, row[i].mark, i + 1 == n);
	for (size_t i = 0; i < t->n_columns; i++)
		free(row[i].text);
	fputc('\n', t->file);
}

void table_flush(struct table *t)
{
	if (t->n_rows && t->heading_due)
		print_headings(t);
	for (size_t r = 0; r < t->n_rows; r++)
		print_row(t, &t->cells[r * t->n_columns]);
	t->n_rows = 0;
}

void table_fini(struct table *t)
{
	CHECK(t->at == 0);
	table_flush(t);
	free(t->cells);
	t->cells = NULL;
	t->capacity = 0;
}

/* Takes the text. */
static void take_cell(struct table *t, enum mark mark, char *text)
{
	size_t n = t->n_rows * t->n_columns + t->at;

	text_tame(text);
	if (text_columns(text) > t->width[t->at])
		t->width[t->at] = text_columns(text);
	t->cells = mem_grow(t->cells, &t->capacity, n + 1, sizeof(*t->cells));
	t->cells[n] = (struct cell){text, mark};
	if (++t->at < t->n_columns)
		return;
	t->at = 0;
	if (++t->n_rows == TABLE_ROWS_HELD)
		table_flush(t);
}

void table_put(struct table *t, enum mark mark, const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	take_cell(t, mark, n < 0 ? mem_strdup("?") : text);
}

void table_text(struct table *t, const char *text)
{
	take_cell(t, MARK_NONE, mem_strdup(text && *text ? text : "-"));
}

void table_number(struct table *t, uint64_t v)
{
	char text[HUMAN_BYTES];

	take_cell(t, MARK_NONE, mem_strdup(human_count(v, text)));
}

void table_cut(struct table *t, enum mark mark, const char *text, size_t columns)
{
	size_t n = 0;

	for (size_t at = 0; text[n]; n++) {
		at += ((unsigned char)text[n] & 0xc0) != 0x80;
		if (at > columns)
			break;
	}
	table_put(t, mark, "%.*s%s", (int)n, text, text[n] ? "…" : "");
}
