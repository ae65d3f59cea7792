/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Output for programs. A reply is printed by codec_json(); jansson is for what that cannot know:
 * the payload of a record, and results that are no messages.
 */
#include <stdlib.h>

#include <jansson.h>

#include "pb/ctl.pb-c.h"

#include "base/text.h"
#include "cli/out.h"
#include "cli/show.h"
#include "wire/codec.h"

#define REAL JSON_REAL_PRECISION(6) /* as codec_json() prints measures */

/* json_dumps() of a value, which this drops. */
static void put_json(struct buf *out, json_t *v, unsigned indent)
{
	char *text = json_dumps(v, (indent ? JSON_INDENT(indent) : JSON_COMPACT) | JSON_ENCODE_ANY | REAL);

	buf_put_text(out, text ? text : "null");
	free(text);
	json_decref(v);
}

/* The members of a message as codec_json() prints them, as a value. */
static json_t *message_value(const ProtobufCMessage *m)
{
	struct buf b = {0};
	json_t *v;

	codec_json(m, 0, &b);
	v = json_loadb((const char *)b.p, b.n, 0, NULL);
	buf_fini(&b);
	return v;
}

static json_t *payload_value(const Ims__Ctl__Record *r)
{
	struct arena a;
	const ProtobufCMessage *m = payload_open(r, &a);
	json_t *v = m ? message_value(m) : NULL;

	arena_fini(&a);
	return v;
}

/* {"id","kind","revision","origin","index","payload":{…},…}; a payload that cannot be decoded is
 * null, with its bytes as hex in "payload_bytes". */
static json_t *record_value(const Ims__Ctl__Record *r)
{
	static const char *const first[] = {"id", "kind", "revision", "origin", "index"};
	json_t *all = message_value(&r->base), *v = json_object(), *member;
	json_t *payload = payload_value(r);
	const char *key;

	for (size_t i = 0; i < sizeof(first) / sizeof(first[0]); i++)
		json_object_set(v, first[i], json_object_get(all, first[i]));
	json_object_set_new(v, "payload", payload ? payload : json_null());
	if (!payload && r->payload.len)
		json_object_set(v, "payload_bytes", json_object_get(all, "payload"));
	json_object_foreach(all, key, member) if (!json_object_get(v, key)) json_object_set(v, key, member);
	json_decref(all);
	return v;
}

static void put_history(const Ims__Ctl__RecordHistoryReply *h, unsigned indent, struct buf *out)
{
	json_t *list = json_array(), *v = json_object();

	for (size_t i = 0; i < h->n_revisions; i++)
		json_array_append_new(list, record_value(h->revisions[i]));
	json_object_set_new(v, "revisions", list);
	put_json(out, v, indent);
}

/* {"matches":[{"id","source","score","alarm","reasons"}]}: title and state are for people, and a record's
 * own. */
static void put_overlap(const Ims__Ctl__OverlapReply *r, unsigned indent, struct buf *out)
{
	static const char *const left_out[] = {"title", "state"};
	json_t *v = message_value(&r->base), *match;
	size_t at;

	json_array_foreach(json_object_get(v, "matches"), at,
			   match) for (size_t i = 0; i < sizeof(left_out) / sizeof(left_out[0]); i++)
		json_object_del(match, left_out[i]);
	put_json(out, v, indent);
}

static void put_message(const ProtobufCMessage *m, unsigned indent, struct buf *out)
{
	if (m->descriptor == &ims__ctl__record__descriptor)
		put_json(out, record_value((const Ims__Ctl__Record *)m), indent);
	else if (m->descriptor == &ims__ctl__record_history_reply__descriptor)
		put_history((const Ims__Ctl__RecordHistoryReply *)m, indent, out);
	else if (m->descriptor == &ims__ctl__overlap_reply__descriptor)
		put_overlap((const Ims__Ctl__OverlapReply *)m, indent, out);
	else
		codec_json(m, indent, out);
}

static json_t *words_value(const char *text)
{
	struct bytes rest = bytes_of(text ? text : ""), word;
	json_t *list = json_array();

	while (text_split(&rest, ' ', &word))
		if (word.n)
			json_array_append_new(list, json_stringn((const char *)word.p, word.n));
	return list;
}

static json_t *json_or_null(const char *text)
{
	json_t *v = text ? json_loads(text, JSON_DECODE_ANY, NULL) : NULL;

	return v ? v : json_null();
}

static json_t *field_value(const struct out_field *f)
{
	switch (f->type) {
	case OUT_NUMBER:
		return json_integer((json_int_t)f->number);
	case OUT_TRUTH:
		return json_boolean(f->number);
	case OUT_WORDS:
		return words_value(f->text);
	case OUT_JSON:
		return json_or_null(f->text);
	default:
		return json_string(f->text ? f->text : "");
	}
}

static void put_fields(const struct out_field *f, size_t n, unsigned indent, struct buf *out)
{
	json_t *v = json_object();

	for (size_t i = 0; i < n; i++)
		json_object_set_new(v, f[i].name, field_value(&f[i]));
	put_json(out, v, indent);
}

/* Print the buffer and empty it. */
static void emit(struct out *o, struct buf *b, const char *after)
{
	fprintf(o->file, "%s%s", buf_text(b), after);
	buf_fini(b);
}

static void json_message(struct out *o, const ProtobufCMessage *m)
{
	struct buf b = {0};

	put_message(m, o->indent, &b);
	emit(o, &b, "\n");
}

static void json_fields(struct out *o, const struct out_field *f, size_t n)
{
	struct buf b = {0};

	put_fields(f, n, o->indent, &b);
	emit(o, &b, "\n");
}

static void json_note(struct out *o, const char *name, struct bytes text)
{
	json_t *v = json_object();
	struct buf b = {0};

	json_object_set_new(v, name, json_stringn((const char *)text.p, text.n));
	put_json(&b, v, o->indent);
	emit(o, &b, "\n");
}

static void json_list_begin(struct out *o, const char *name, const ProtobufCMessageDescriptor *d)
{
	(void)d;
	fprintf(o->file, "{\"%s\":[", name);
}

static void json_item(struct out *o, const ProtobufCMessage *m)
{
	struct buf b = {0};

	fputs(o->items ? ",\n" : "\n", o->file);
	put_message(m, 0, &b);
	emit(o, &b, "");
}

static void json_item_fields(struct out *o, const struct out_field *f, size_t n)
{
	struct buf b = {0};

	fputs(o->items ? ",\n" : "\n", o->file);
	put_fields(f, n, 0, &b);
	emit(o, &b, "");
}

static void json_list_end(struct out *o, const struct out_field *tail, size_t n)
{
	fputs(o->items ? "\n]" : "]", o->file);
	for (size_t i = 0; i < n; i++) {
		struct buf b = {0};

		fprintf(o->file, ",\"%s\":", tail[i].name);
		put_json(&b, field_value(&tail[i]), 0);
		emit(o, &b, "");
	}
	fputs("}\n", o->file);
}

const struct out_ops out_json_ops = {
	.message = json_message,
	.note = json_note,
	.fields = json_fields,
	.list_begin = json_list_begin,
	.item = json_item,
	.item_fields = json_item_fields,
	.list_end = json_list_end,
};
