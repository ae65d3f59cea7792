/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What commands print: the same walk for people (tables, humane units) and for programs (JSON),
 * chosen once. Messages of ctl.proto print by their descriptor: as ProtoJSON, or by their row in
 * show.h. Goes to one FILE; failures to write are seen once, in out_finish().
 */
#ifndef CLI_OUT_H
#define CLI_OUT_H

#include <stdbool.h>
#include <stdio.h>

#include "base/bytes.h"
#include "cli/table.h"
#include "ims/err.h"

struct ProtobufCMessage;
struct ProtobufCMessageDescriptor;

enum out_type { OUT_TEXT, OUT_NUMBER, OUT_TRUTH, OUT_WORDS, OUT_JSON };

/* A field of a result that is no message. Borrowed for the call. */
struct out_field {
	const char *name;
	enum out_type type;
	const char *text;	/* OUT_WORDS: separated by spaces, a JSON array; OUT_JSON: a JSON value, NULL: null */
	uint64_t number;	/* OUT_TRUTH: 0 or 1 */
};
#define OUT_FIELD_TEXT(n, t) {.name = (n), .type = OUT_TEXT, .text = (t)}
#define OUT_FIELD_WORDS(n, t) {.name = (n), .type = OUT_WORDS, .text = (t)}
#define OUT_FIELD_JSON(n, t) {.name = (n), .type = OUT_JSON, .text = (t)}
#define OUT_FIELD_NUMBER(n, v) {.name = (n), .type = OUT_NUMBER, .number = (v)}
#define OUT_FIELD_TRUTH(n, v) {.name = (n), .type = OUT_TRUTH, .number = (v)}

struct out;
struct out_ops {
	void (*message)(struct out *o, const struct ProtobufCMessage *m);
	void (*note)(struct out *o, const char *name, struct bytes text);
	void (*fields)(struct out *o, const struct out_field *f, size_t n);
	void (*list_begin)(struct out *o, const char *name, const struct ProtobufCMessageDescriptor *d);
	void (*item)(struct out *o, const struct ProtobufCMessage *m);
	void (*item_fields)(struct out *o, const struct out_field *f, size_t n);
	void (*list_end)(struct out *o, const struct out_field *tail, size_t n);
};
extern const struct out_ops out_text_ops, out_json_ops;

struct out {
	const struct out_ops *ops;
	FILE *file;
	bool json, colour;
	unsigned indent;	/* of JSON; 0: one line */
	uint64_t items;		/* of the open list */
	struct table table;	/* of the open list, in text */
};

/* Colours and indented JSON when f is a terminal, unless the environment forbids colours. */
void out_init(struct out *o, bool json, FILE *f);
/* Flush. IMS_E_IO when something could not be written. */
IMS_MUST_CHECK int out_finish(struct out *o);
/* Has writing failed already (whoever read us has gone)? Long walks stop then. */
bool out_is_broken(const struct out *o);

/* A whole reply. */
static inline void out_message(struct out *o, const struct ProtobufCMessage *m)
{
	o->ops->message(o, m);
}

/* A text others verify: as it is, or {"name":"…"}. */
static inline void out_note(struct out *o, const char *name, struct bytes text)
{
	o->ops->note(o, name, text);
}

/* A small result of our own. */
static inline void out_fields(struct out *o, const struct out_field *f, size_t n)
{
	o->ops->fields(o, f, n);
}

/* A list, item by item; `d` NULL: items are fields. {"name":[…],<tail>} in JSON; people see no tail. */
static inline void out_list_begin(struct out *o, const char *name, const struct ProtobufCMessageDescriptor *d)
{
	o->items = 0;
	o->ops->list_begin(o, name, d);
}

static inline void out_item(struct out *o, const struct ProtobufCMessage *m)
{
	o->ops->item(o, m);
	o->items++;
}

static inline void out_item_fields(struct out *o, const struct out_field *f, size_t n)
{
	o->ops->item_fields(o, f, n);
	o->items++;
}

static inline void out_list_end(struct out *o, const struct out_field *tail, size_t n)
{
	o->ops->list_end(o, tail, n);
}

#endif
