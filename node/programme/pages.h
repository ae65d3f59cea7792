/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long a description is, measured on the text as it is laid out: lines of `columns` character cells,
 * pages of `lines` lines. Pure; the same on every node.
 *
 *  - A line breaks at spaces; a word longer than a line, and text without spaces, breaks where the line is
 *    full; between two wide characters (East Asian scripts) a line may break anywhere.
 *  - A wide character takes two cells, a combining one none, every other one cell. A tab is a space.
 *  - A line break in the text ends a line; an empty line is a line. Spaces at the end of a line take nothing.
 *  - A section is its title, laid out like text, and its text; one empty line stands between sections.
 */
#ifndef PROGRAMME_PAGES_H
#define PROGRAMME_PAGES_H

#include <stdint.h>

#include "base/bytes.h"

#define PAGES_COLUMNS_MIN 10

/* A line of the layout, without its end; borrowed for the call. */
typedef void pages_line_fn(void *ctx, struct bytes line);

struct pages {
	unsigned columns;	/* cells a line, at least PAGES_COLUMNS_MIN */
	pages_line_fn *line;	/* NULL: only counted */
	void *ctx;
	uint64_t lines;		/* so far */
};

/* Valid UTF-8, as every text of a record is. */
void pages_section(struct pages *p, struct bytes title, struct bytes text);
/* How many pages of so many lines that is; 0: none. */
uint64_t pages_count(const struct pages *p, unsigned lines_per_page);
/* Cells that a character takes: 0, 1 or 2. */
unsigned pages_cells(uint32_t character);

#endif
