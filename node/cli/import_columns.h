/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A table's columns as fields of a kind, and its cells as their values.
 *
 * A heading is a field's name ("short_name", "Short name"), with a language for a text ("title@de"), or a member
 * of the items of a list ("participants.role"); "id" is the record's own. What a cell holds:
 *
 *   amounts       heading with or without "_hundredths"; without: "1234.5" or "1234,50" of the unit
 *   countries     code, alias or English name (countries.csv)
 *   lists         words between ';'; or as JSON
 *   texts         in the column's language, else that of the options
 *   sources       scheme:id; links: a URL, of which `rel` is "homepage"
 *   formulas      a "'" in front of = + - @ or ' is taken away (export_cells.h)
 *   anything      of messages, and lists: JSON of the whole field, if it is such
 *
 * White space in words is made single spaces; texts keep their lines (import_text.c). `ims export csv` writes the
 * same (export_cells.h), so its tables come back; its columns about the entry are passed over.
 */
#ifndef CLI_IMPORT_COLUMNS_H
#define CLI_IMPORT_COLUMNS_H

#include "cli/import_int.h"
#include "registry/csv.h"
#include "registry/registry.h"

#define IMPORT_COLUMNS_MAX 256

struct json_t;
struct ProtobufCFieldDescriptor;

enum column_form {
	COLUMN_ASIDE, /* no field */
	COLUMN_ID,
	COLUMN_WORD,
	COLUMN_LINES,
	COLUMN_NUMBER,
	COLUMN_TRUTH,
	COLUMN_AMOUNT,
	COLUMN_COUNTRY,
	COLUMN_TEXT,
	COLUMN_SOURCE,
	COLUMN_LINK,
	COLUMN_JSON,
};

struct import_column {
	const char *heading, *lang;
	const struct ProtobufCFieldDescriptor *field, *member; /* member NULL: the field itself */
	enum column_form form;
};

struct import_columns {
	struct import_column of[IMPORT_COLUMNS_MAX];
	size_t n;
	bool has_members; /* some are of list items: rows go on a record */
};

/* From the header row that csv has taken; what is no field is said as a remark. IMS_E_SYNTAX, said: not one is. */
IMS_MUST_CHECK int import_columns_take(struct import_run *run, const char *file, const struct csv *csv,
				       struct import_columns *ret);
/* A cell into the record, or into `item`, the row's item of its list. An empty cell changes nothing. False, said:
 * it is not what the column holds. */
bool import_cell_put(struct import_run *run, const struct import_column *c, const char *file, unsigned line,
		     struct bytes cell, struct json_t *record, struct json_t *item);

/* Name of the list that a column with a member is of. */
const char *import_list_name(const struct import_column *c);

#endif
