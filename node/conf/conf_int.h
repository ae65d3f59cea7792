/* SPDX-License-Identifier: Apache-2.0 */
/* Inside conf/: the options as rows of data, and a configuration while it is being read. */
#ifndef CONF_CONF_INT_H
#define CONF_CONF_INT_H

#include <stdbool.h>

#include "conf/conf.h"

enum conf_type {
#define TYPE(name, ctype, text) CONF_##name,
#include "conf/types.def"
#undef TYPE
	CONF_TYPE_MAX,
	CONF_GROUP = CONF_TYPE_MAX, /* not an option: a heading */
};

/* A row of options.def. Of a GROUP only name (the title) and help (the introduction) count. */
struct conf_row {
	const char *name;
	enum conf_type type;
	int64_t min, max;
	const char *def;
	const char *unit;
	bool reloadable;
	const char *help;
	size_t offset; /* of the field in struct conf */
};

#define CONF_ROWS_MAX 64
extern const struct conf_row conf_rows[];
extern const size_t conf_rows_count;

/* "size: a whole number with ..." */
const char *conf_type_text(enum conf_type type);

/* Check a value as written in the file and store it in its field, once. `dir` resolves relative
 * paths. Errors: IMS_E_INVALID; the text says what is wrong, without the option's name. */
IMS_MUST_CHECK int conf_value_parse(const struct conf_row *row, const char *text, const char *dir,
				    struct conf *c, struct errtext *e);
/* The value as a person would write it, without quotes. */
void conf_value_print(const struct conf_row *row, const struct conf *c, struct buf *out);
/* Number with its unit: 65536 of BYTES is "64KiB". */
void conf_number_print(enum conf_type type, int64_t v, struct buf *out);
/* Free what the field owns. */
void conf_value_fini(const struct conf_row *row, struct conf *c);

/* Reads the syntax: calls conf_draft_set() for each option in the order of the file. */
struct conf_draft {
	struct conf *conf;
	const char *name, *dir;
	bool seen[CONF_ROWS_MAX];
	struct errtext *e;
	int err; /* first failure, 0 until then; e then holds its text */
};
/* `text` is changed. Errors as conf_draft.err; the message has file and line. */
IMS_MUST_CHECK int conf_read(struct conf_draft *d, char *text);
/* One option; false and d->err set when it is not acceptable. `line` for the message. */
bool conf_draft_set(struct conf_draft *d, size_t row, const char *value, int line);

#endif
