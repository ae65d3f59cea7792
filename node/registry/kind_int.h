/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a file of a kind works with: a collector of problems with checks of common fields, and a
 * collector of keys. The two functions of a kind are straight lines of these calls; nothing
 * returns early, so that every wrong field is named at once. Inside registry/ only.
 *
 * A check takes the field's name as in registry.proto and says "<where>/<field>: <what>", where
 * <where> is what problem_enter() has put in front. The header (field 1) is checked for all
 * kinds alike, before the kind's own function.
 */
#ifndef REGISTRY_KIND_INT_H
#define REGISTRY_KIND_INT_H

#include "registry/registry.h"

struct Ims__Registry__Header;
struct Ims__Registry__Link;
struct Ims__Registry__Source;
struct Ims__Registry__Text;

/* The functions of each kind. */
#define KIND(name, letter, Message, message, max_bytes, audience, erase, help)                               \
	void registry_validate_##name(const struct ProtobufCMessage *m, struct problems *p);                 \
	void registry_keys_##name(const struct ProtobufCMessage *m, struct registry_keys *keys);
#include "kinds.def"
#undef KIND

/* ---- problems */
#define PROBLEMS_MAX 100 /* lines; the rest is counted */
#define PROBLEMS_DEPTH_MAX 4
struct problems {
	const struct reference *ref; /* NULL: codes are checked for their form alone */
	struct buf *lines;	     /* NULL: only counted */
	size_t n;
	struct {
		const char *field;
		size_t i;
	} in[PROBLEMS_DEPTH_MAX]; /* where the checks are: told only when there is a problem */
	size_t depth;
};

void problem_add(struct problems *p, const char *field, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Between these two, fields are those of item i of a list (or, with PROBLEM_ONE, of a message). An item
 * that is no message is its own field: "". */
#define PROBLEM_ONE ((size_t)-1)
void problem_enter(struct problems *p, const char *field, size_t i);
void problem_leave(struct problems *p);

/* "domains/3": the field name of such an item, to name one in passing. */
struct item_name {
	char text[48];
};
struct item_name item_name(const char *field, size_t i);

/* ---- checks; an empty optional field is always fine */
enum need { FIELD_OPTIONAL, FIELD_REQUIRED };

/* One line of text: at most max_chars characters, none of them a line break or tab. */
void check_line(struct problems *p, const char *field, const char *text, enum need need, size_t max_chars);
/* A word of [A-Za-z0-9-], at most 32, that stands in the reference list. */
void check_code(struct problems *p, const char *field, const char *text, enum need need, const char *list);
/* ISO 3166-1 alpha-2 (countries.csv), ISO 4217 (currencies.csv). */
void check_country(struct problems *p, const char *field, const char *text, enum need need);
void check_currency(struct problems *p, const char *field, const char *text, enum need need);
/* A day of the calendar, YYYY-MM-DD, year 1900 or later. */
void check_day(struct problems *p, const char *field, const char *text);
/* A record id of the kind with this letter. */
void check_record(struct problems *p, const char *field, const char *text, enum need need,
		  const char *letter);
/* A language tag: two or three letters, then subtags of one to eight letters or digits. */
void check_language(struct problems *p, const char *field, const char *text);
void check_email(struct problems *p, const char *field, const char *text);
void check_phone(struct problems *p, const char *field, const char *text);
void check_not_negative(struct problems *p, const char *field, int64_t value);
void check_count(struct problems *p, const char *field, size_t n, size_t max);
/* No two equal texts, ASCII case aside; looks at the first DISTINCT_MAX (bound lists with
 * check_count()). */
#define DISTINCT_MAX 512
void check_distinct(struct problems *p, const char *field, char *const *text, size_t n);

/* Lists and messages that several kinds have. NULL message: absent. */
void check_header(struct problems *p, const struct Ims__Registry__Header *h);
enum text_form { TEXT_LINE, TEXT_LONG }; /* 500 characters of a line, 20,000 bytes */
void check_texts(struct problems *p, const char *field, struct Ims__Registry__Text *const *text, size_t n,
		 enum need need, enum text_form form);
void check_links(struct problems *p, const char *field, struct Ims__Registry__Link *const *link, size_t n);
void check_source(struct problems *p, const char *field, size_t i, const struct Ims__Registry__Source *s);

/* ---- keys: rules in registry.h */
/* `name` is static; the value is copied. */
void key_put(struct registry_keys *k, const char *name, struct bytes value);
void key_put_text(struct registry_keys *k, const char *name, const char *text);
/* `a`, the character, `b`, in the arena; {NULL, 0} when it failed. */
struct bytes key_join(struct registry_keys *k, struct bytes a, char between, struct bytes b);
void key_put_source(struct registry_keys *k, const char *name, const struct Ims__Registry__Source *s);

#endif
