/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/export_cells.h"

#include <inttypes.h>
#include <stdlib.h>

#include <jansson.h>
#include <protobuf-c/protobuf-c.h>

#include "cli/import_int.h"
#include "wire/codec.h"

void export_cell(FILE *f, const char *text, bool last)
{
	/* another region's name is no formula of ours */
	const char *before = *text && strchr(EXPORT_FORMULA, *text) ? "'" : "";

	if (strpbrk(text, ",\"\r\n")) {
		fprintf(f, "\"%s", before);
		for (; *text; text++) {
			if (*text == '"')
				fputc('"', f);
			fputc(*text, f);
		}
		fputc('"', f);
	} else {
		fprintf(f, "%s%s", before, text);
	}
	fputs(last ? "\r\n" : ",", f);
}

static bool is_text_message(const ProtobufCFieldDescriptor *f)
{
	const ProtobufCMessageDescriptor *d = f->descriptor;

	return f->type == PROTOBUF_C_TYPE_MESSAGE && d->n_fields == 2 &&
	       protobuf_c_message_descriptor_get_field_by_name(d, "lang") &&
	       protobuf_c_message_descriptor_get_field_by_name(d, "text");
}

static void put_hex(struct buf *b, const ProtobufCBinaryData *data)
{
	for (size_t i = 0; i < data->len; i++)
		buf_printf(b, "%02x", data->data[i]);
}

static void put_value(struct buf *b, const ProtobufCFieldDescriptor *f, const void *at)
{
	switch (f->type) {
	case PROTOBUF_C_TYPE_STRING:
		buf_put_text(b, *(char *const *)at);
		break;
	case PROTOBUF_C_TYPE_INT64:
		buf_printf(b, "%" PRId64, *(const int64_t *)at);
		break;
	case PROTOBUF_C_TYPE_UINT64:
		buf_printf(b, "%" PRIu64, *(const uint64_t *)at);
		break;
	case PROTOBUF_C_TYPE_INT32:
	case PROTOBUF_C_TYPE_ENUM:
		buf_printf(b, "%" PRId32, *(const int32_t *)at);
		break;
	case PROTOBUF_C_TYPE_UINT32:
		buf_printf(b, "%" PRIu32, *(const uint32_t *)at);
		break;
	case PROTOBUF_C_TYPE_BOOL:
		buf_put_text(b, *(const protobuf_c_boolean *)at ? "true" : "false");
		break;
	case PROTOBUF_C_TYPE_BYTES:
		put_hex(b, at);
		break;
	case PROTOBUF_C_TYPE_MESSAGE:
		if (*(ProtobufCMessage *const *)at)
			codec_json(*(ProtobufCMessage *const *)at, 0, b);
		break;
	default:
		break;
	}
}

static const char *text_of(const ProtobufCMessage *m)
{
	const ProtobufCFieldDescriptor *f =
		protobuf_c_message_descriptor_get_field_by_name(m->descriptor, "text");

	return *(char *const *)((const uint8_t *)m + f->offset);
}

static bool is_english(const ProtobufCMessage *m)
{
	const ProtobufCFieldDescriptor *f =
		protobuf_c_message_descriptor_get_field_by_name(m->descriptor, "lang");

	return strcmp(*(char *const *)((const uint8_t *)m + f->offset), "en") == 0;
}

static bool begins_json(const char *text)
{
	return *text == '[' || *text == '{';
}

/* Is it what an importer makes of itself? */
static bool is_as_imported(const char *text, char *(*clean)(struct arena *a, struct bytes text))
{
	struct arena a;
	const char *again;
	bool same;

	arena_init(&a, strlen(text) + 1024);
	again = clean(&a, bytes_of(text));
	same = again && strcmp(again, text) == 0;
	arena_fini(&a);
	return same;
}

static void put_messages(struct buf *b, ProtobufCMessage *const *item, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		buf_put_text(b, i ? "," : "[");
		codec_json(item[i], 0, b);
	}
	buf_put_text(b, n ? "]" : "");
}

static bool are_words(const char *const *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!*text[i] || strchr(text[i], ';') || begins_json(text[i]) || !is_as_imported(text[i], import_line))
			return false;
	return true;
}

static void put_words(struct buf *b, const char *const *text, size_t n)
{
	json_t *list;
	char *json;

	if (are_words(text, n)) {
		for (size_t i = 0; i < n; i++)
			buf_printf(b, "%s%s", i ? "; " : "", text[i]);
		return;
	}
	list = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, json_string(text[i]));
	json = json_dumps(list, JSON_COMPACT);
	buf_put_text(b, json ? json : "");
	free(json);
	json_decref(list);
}

static bool is_plain_text(const ProtobufCFieldDescriptor *f, ProtobufCMessage *const *item, size_t n)
{
	return n == 1 && is_text_message(f) && is_english(item[0]) && !begins_json(text_of(item[0])) &&
	       is_as_imported(text_of(item[0]), import_lines);
}

/* Repeated fields: strings and messages are all our schema has (pointers, either way). */
static void put_list(struct buf *b, const ProtobufCFieldDescriptor *f, const void *items, size_t n)
{
	if (f->type == PROTOBUF_C_TYPE_STRING)
		put_words(b, items, n);
	else if (f->type == PROTOBUF_C_TYPE_MESSAGE && is_plain_text(f, items, n))
		buf_put_text(b, text_of(*(ProtobufCMessage *const *)items));
	else if (f->type == PROTOBUF_C_TYPE_MESSAGE)
		put_messages(b, items, n);
}

static void put_field(FILE *out, const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f, bool last)
{
	const uint8_t *base = (const uint8_t *)m;
	struct buf b = {0};

	if (m && f->label == PROTOBUF_C_LABEL_REPEATED)
		put_list(&b, f, *(const void *const *)(base + f->offset),
			 *(const size_t *)(base + f->quantifier_offset));
	else if (m)
		put_value(&b, f, base + f->offset);
	export_cell(out, buf_text(&b), last);
	buf_fini(&b);
}

void export_headings(FILE *f, const struct kind *kind)
{
	const ProtobufCMessageDescriptor *d = kind->descriptor;

	for (unsigned i = 1; i < d->n_fields; i++)
		fprintf(f, "%s%s", i > 1 ? "," : "", d->fields[i].name);
	fputs("\r\n", f);
}

void export_fields(FILE *f, const struct kind *kind, const ProtobufCMessage *m)
{
	const ProtobufCMessageDescriptor *d = kind->descriptor;

	for (unsigned i = 1; i < d->n_fields; i++)
		put_field(f, m, &d->fields[i], i + 1 == d->n_fields);
}
