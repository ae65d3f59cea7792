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

struct Ims__Registry__Citation;
struct Ims__Registry__Header;
struct Ims__Registry__Link;
struct Ims__Registry__Source;
struct Ims__Registry__Text;
struct ProtobufCBinaryData;

/* The functions of each kind. */
#define KIND(name, letter, Message, message, max_bytes, audience, erase, key_names, help)                    \
	void registry_validate_##name(const struct ProtobufCMessage *m, struct problems *p);                 \
	void registry_keys_##name(const struct ProtobufCMessage *m, struct registry_keys *keys);
#include "kinds.def"
#undef KIND

/* ---- problems */
#define PROBLEMS_MAX 100 /* lines; the rest is counted */
#define PROBLEMS_DEPTH_MAX 4
struct problems {
	const struct reference *ref; /* NULL: codes are checked for their form alone */
	struct bytes home;	     /* region of the record; empty: not known here, so not asked for */
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
void check_day(struct problems *p, const char *field, const char *text, enum need need);
/* Two days, the second not before the first; either may be empty. */
void check_days(struct problems *p, const char *first, const char *from, const char *last, const char *to);
/* A record id of the kind with one of these letters ("i", or several: "i m"). */
void check_record(struct problems *p, const char *field, const char *text, enum need need,
		  const char *letters);
/* The same, of a record whose home is that of the record under check. */
void check_own_record(struct problems *p, const char *field, const char *text, enum need need,
		      const char *letters);
void check_region(struct problems *p, const char *field, const char *text, enum need need);
/* The region, if it is one, is where that record is at home, and this one too. */
void check_home_of(struct problems *p, const char *field, const char *region, const char *record);
/* A language tag: two or three letters, then subtags of one to eight letters or digits. */
void check_language(struct problems *p, const char *field, const char *text);
void check_email(struct problems *p, const char *field, const char *text);
void check_phone(struct problems *p, const char *field, const char *text);
/* fields_ids.c: a ROR id as nine characters, an EU participant code as nine digits. */
void check_ror(struct problems *p, const char *field, const char *text);
void check_pic(struct problems *p, const char *field, const char *text);
/* A word of [a-z0-9-], at most 32: a name that people give to a part. */
void check_slug(struct problems *p, const char *field, const char *text);
/* The name of an IANA media type, "application/pdf". */
void check_media_type(struct problems *p, const char *field, const char *text);
void check_not_negative(struct problems *p, const char *field, int64_t value);
void check_range(struct problems *p, const char *field, uint64_t value, uint64_t min, uint64_t max);
/* Not empty unless optional, and min to max bytes. */
void check_bytes(struct problems *p, const char *field, const struct ProtobufCBinaryData *b, enum need need,
		 size_t min, size_t max);
#define HASH_BYTES 32
#define VERSION_MAX 100000 /* of a template, of an agreement */
void check_count(struct problems *p, const char *field, size_t n, size_t max);
/* No two equal texts, ASCII case aside; looks at the first DISTINCT_MAX (bound lists with
 * check_count()). */
#define DISTINCT_MAX 512
/* In item i of a list of messages: no earlier one has the same text (ASCII case aside) in the member that
 * is `offset` bytes into the message. */
void check_once(struct problems *p, const char *field, const void *list, size_t i, size_t offset);
void check_distinct(struct problems *p, const char *field, char *const *text, size_t n);

/* ---- lists (fields_lists.c): how many, each item, none twice */
#define DOMAINS_MAX 40
#define PLATFORMS_MAX 10
#define KEYWORDS_MAX 100
void check_codes(struct problems *p, const char *field, char *const *code, size_t n, size_t max,
		 const char *list);
void check_countries(struct problems *p, const char *field, char *const *text, size_t n, enum need need);
void check_regions(struct problems *p, const char *field, char *const *text, size_t n);
void check_languages(struct problems *p, const char *field, char *const *text, size_t n);
void check_records(struct problems *p, const char *field, char *const *text, size_t n, size_t max,
		   const char *letters);
/* Lines of text that may repeat. */
void check_lines(struct problems *p, const char *field, char *const *text, size_t n, size_t max,
		 size_t max_chars);

/* ---- messages that several kinds have (fields_pb.c, fields_cite_pb.c). NULL message: absent. */
void check_header(struct problems *p, const struct Ims__Registry__Header *h);
enum text_form { TEXT_LINE, TEXT_LONG }; /* 500 characters of a line, 20,000 bytes */
/* A text of several lines. */
void check_long(struct problems *p, const char *field, const char *text, enum need need, size_t max_bytes);
#define LONG_MAX_BYTES 20000
void check_texts(struct problems *p, const char *field, struct Ims__Registry__Text *const *text, size_t n,
		 enum need need, enum text_form form);
void check_links(struct problems *p, const char *field, struct Ims__Registry__Link *const *link, size_t n);
void check_source(struct problems *p, const char *field, size_t i, const struct Ims__Registry__Source *s);
/* An entry that is spoken about: it made a record with one of these letters, and stands in a log of that
 * record's home (inv. 8). Whether it is there, and is that leaf, is not asked here. */
void check_citation(struct problems *p, const char *field, const struct Ims__Registry__Citation *c,
		    enum need need, const char *letters);
/* The same, of a record whose home is that of the record under check. */
void check_own_citation(struct problems *p, const char *field, const struct Ims__Registry__Citation *c,
			enum need need, const char *letters);

/* ---- keys: rules in registry.h */
/* `name` is static; the value is copied. */
void key_put(struct registry_keys *k, const char *name, struct bytes value);
void key_put_text(struct registry_keys *k, const char *name, const char *text);
/* `a`, the character, `b`, in the arena; {NULL, 0} when it failed. */
/* In decimal; in lower-case hex. In the arena, {NULL, 0} when it failed. */
struct bytes key_number(struct registry_keys *k, uint64_t number);
struct bytes key_hex(struct registry_keys *k, const struct ProtobufCBinaryData *b);
/* Value of a natural key of which a region has one record. */
#define KEY_ONLY "only"
struct bytes key_join(struct registry_keys *k, struct bytes a, char between, struct bytes b);
void key_put_texts(struct registry_keys *k, const char *name, char *const *text, size_t n);
/* The record that a citation is of. */
void key_put_cited(struct registry_keys *k, const char *name, const struct Ims__Registry__Citation *c);
void key_put_source(struct registry_keys *k, const char *name, const struct Ims__Registry__Source *s);

#endif
