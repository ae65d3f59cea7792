/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the roster share; nobody else includes this. */
#ifndef REPLICATION_ROSTER_INT_H
#define REPLICATION_ROSTER_INT_H

#include "replication/roster.h"

#define ROSTER_WORDS_MAX (2 + ROSTER_REGIONS_MAX) /* `replicated` is the longest line */

/* Where a parse stands: the words of a line, the section (head, or a region) and its rules. */
struct roster_parser {
	struct roster *r;
	struct roster_region *g;	/* of the last `region` line */
	bool is_card;
	const struct roster_rule *rules;
	size_t n_rules, at;		/* the rule of the line before, which stood `count` times */
	unsigned count, line;
	struct bytes words[ROSTER_WORDS_MAX];
	size_t n_words;
	struct errtext *e;
};

/* One kind of line. The rows of a section stand in the order of the text. */
struct roster_rule {
	const char *word;
	unsigned char min_words, max_words;	/* the word itself counts */
	unsigned short min, max;		/* how often it stands in the head or in a region */
	int (*take)(struct roster_parser *p);
};

extern const struct roster_rule roster_region_rules[];
extern const size_t roster_n_region_rules;

/* "line N: what", and err. */
int roster_fail(struct roster_parser *p, int err, const char *what);
int roster_fail_nomem(struct roster_parser *p);
/* Forms of one word; true and *ret on success. */
bool roster_word_hash(struct bytes word, struct hash *ret);
bool roster_word_size(struct bytes word, uint64_t *ret);

/* Room for row number `n` of an array in the roster's memory: the array moves when n is 0 or a
 * power of two, to twice its size. NULL: no memory. */
void *roster_rows_grow(struct arena *a, void *rows, size_t n, size_t elem_bytes);
#define ROSTER_ROW(p, rows, n)                                                                                \
	(((rows) = roster_rows_grow(&(p)->r->memory, (rows), (n), sizeof(*(rows)))) ? &(rows)[(n)++] : NULL)

/* Rules that hold between the lines of a parsed text: unique keys and pins, references to regions,
 * what a region must have. `whole` is false for a card, which has no other regions to refer to. */
IMS_MUST_CHECK int roster_check_form(const struct roster *r, bool whole, struct errtext *e);

/* Is `name` the `<federation>/<code>`, followed by `tail` ("", "/delegation", "/1")? */
bool roster_name_is(const char *name, const char *federation, const char *code, const char *tail);

/* What of a region's own differs between two versions so that R4 wants its signature; NULL: nothing. */
const char *roster_own_change(const struct roster_region *was, const struct roster_region *is);
/* What in a region no signature can change like this; 0 or IMS_E_ROSTER. */
IMS_MUST_CHECK int roster_check_history(const struct roster_region *was, const struct roster_region *is,
					struct errtext *e);

#endif
