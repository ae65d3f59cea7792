/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows of a CSV text in memory, as RFC 4180 writes them and as exports really look: a byte order
 * mark, LF or CRLF, one of `,` `;` tab between fields, quoted fields with delimiters, line breaks
 * and doubled quotes inside, no line break at the end, empty lines (skipped). A quote inside an
 * unquoted field is an ordinary character. Fields are handed out untrimmed and may hold any bytes.
 *
 * A malformed row is handed out with `problem` set and no fields; reading goes on at the line
 * after the one it began on, so one stray quote costs one row. Owned by one thread.
 */
#ifndef REGISTRY_CSV_H
#define REGISTRY_CSV_H

#include "base/bytes.h"

#define CSV_FIELDS_MAX 1024
#define CSV_ROW_MAX_BYTES (8u << 20)

struct csv {
	struct bytes *field; /* of the row: into the text or `unquoted`, valid until the next row */
	size_t n;
	unsigned line;	     /* the row began on, from 1 */
	const char *problem; /* NULL: the row is well-formed; static */

	/* private */
	struct bytes text;
	size_t at;
	unsigned next_line;
	char delimiter;
	bool *doubled; /* field i holds doubled quotes */
	uint8_t *unquoted;
	size_t unquoted_size;
	struct bytes *column; /* the header's fields: one allocation with their bytes */
	size_t n_columns;
};

/* `text` is borrowed until csv_fini(). Delimiter 0: the one that stands most often in the first
 * line outside quotes, a comma if none does. */
void csv_init(struct csv *c, struct bytes text, char delimiter);
void csv_fini(struct csv *c);
/* The next row; false at the end. */
bool csv_next(struct csv *c);

#define CSV_NO_COLUMN ((size_t)-1)
/* Take the next row as header: names are trimmed and kept. False: no row, or a malformed one. */
bool csv_header(struct csv *c);
/* Number of a column, CSV_NO_COLUMN when the header lacks it. */
size_t csv_column(const struct csv *c, const char *name);
/* Field of the row without white space around it; {NULL, 0} for CSV_NO_COLUMN or past the end. */
struct bytes csv_field(const struct csv *c, size_t column);

#endif
