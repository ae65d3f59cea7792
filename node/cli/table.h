/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Aligned columns for people. Rows are held until enough are there to know the widths; later rows
 * widen columns. Texts from the network lose their control characters here, so that nobody's data
 * drives our terminal.
 */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include <stdbool.h>
#include <stdio.h>

#include "base/buf.h"

#define TABLE_COLUMNS_MAX 16
#define TABLE_ROWS_HELD 256

enum mark { MARK_NONE, MARK_GOOD, MARK_WARN, MARK_BAD, MARK_DIM, MARK_BOLD };

struct cell {
	char *text;
	enum mark mark;
};

struct table {
	FILE *file;
	bool colour, heading_due;
	const char *indent;		/* before each row */
	const char *const *headings;
	size_t n_columns, at;		/* cell to fill next */
	size_t width[TABLE_COLUMNS_MAX];
	struct cell *cells;		/* n_rows * n_columns */
	size_t n_rows, capacity;
};

/* `headings` ends with NULL; one that begins with '>' aligns right. NULL: no headings, and
 * `n_columns` columns. Static texts. */
void table_init(struct table *t, FILE *f, bool colour, const char *const *headings, size_t n_columns);
/* Print what is held, free everything. A table without rows prints nothing. */
void table_fini(struct table *t);
void table_flush(struct table *t);

/* Fill the next cell of the row; the row ends with its last column. */
void table_put(struct table *t, enum mark mark, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* NULL and "" show as "-". */
void table_text(struct table *t, const char *text);
void table_number(struct table *t, uint64_t v);
/* At most so many columns of it, with … behind where it is cut. */
void table_cut(struct table *t, enum mark mark, const char *text, size_t columns);

/* Columns that a UTF-8 text takes (a code point each; combining ones none). */
size_t text_columns(const char *text);
/* Replace control characters (C0, DEL, C1) by '?', in place. */
void text_tame(char *text);
const char *mark_begin(enum mark m);
#define MARK_END "\x1b[0m"

#endif
