/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ims export csv: records of a kind as a table (RFC 4180). Columns are the record's own and the
 * fields of the kind's message, so a new field is a new column without a line here. A list of words
 * is joined by "; ", one text in English stands as it is; other texts, other messages and lists of them are
 * JSON. `ims import csv` takes the same.
 */
#include <inttypes.h>

#include <protobuf-c/protobuf-c.h>

#include "pb/ctl.pb-c.h"

#include "cli/as_of.h"
#include "cli/commands.h"
#include "cli/human.h"
#include "cli/records.h"
#include "cli/show.h"
#include "wire/codec.h"

struct table_export {
	FILE *file;
	const struct kind *kind;
};

static void put_cell(FILE *f, const char *text, bool last)
{
	if (strpbrk(text, ",\"\r\n")) {
		fputc('"', f);
		for (; *text; text++) {
			if (*text == '"')
				fputc('"', f);
			fputc(*text, f);
		}
		fputc('"', f);
	} else {
		fputs(text, f);
	}
	fputs(last ? "\r\n" : ",", f);
}

static bool is_text_message(const ProtobufCFieldDescriptor *f)
{
	const ProtobufCMessageDescriptor *d = f->descriptor;

	return f->type == PROTOBUF_C_TYPE_MESSAGE &&
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

static void put_json_list(struct buf *b, ProtobufCMessage *const *item, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		buf_put_text(b, i ? "," : "[");
		codec_json(item[i], 0, b);
	}
	buf_put_text(b, n ? "]" : "");
}

/* Repeated fields: strings and messages are all our schema has (pointers, either way). */
static void put_list(struct buf *b, const ProtobufCFieldDescriptor *f, const void *items, size_t n)
{
	const void *const *item = items;

	if (f->type == PROTOBUF_C_TYPE_MESSAGE && n == 1 && is_text_message(f) && is_english(item[0]))
		buf_put_text(b, text_of(item[0]));
	else if (f->type == PROTOBUF_C_TYPE_MESSAGE)
		put_json_list(b, items, n);
	for (size_t i = 0; f->type == PROTOBUF_C_TYPE_STRING && i < n; i++) {
		buf_put_text(b, i ? "; " : "");
		put_value(b, f, &item[i]);
	}
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
	put_cell(out, buf_text(&b), last);
	buf_fini(&b);
}

static int put_record(void *ctx, const Ims__Ctl__Record *r)
{
	const struct table_export *t = ctx;
	struct arena a;
	const ProtobufCMessage *m = payload_open(r, &a);
	char number[HUMAN_BYTES];

	put_cell(t->file, r->id, false);
	snprintf(number, sizeof(number), "%" PRIu64, r->revision);
	put_cell(t->file, number, false);
	put_cell(t->file, r->state, false);
	put_cell(t->file, r->origin, false);
	snprintf(number, sizeof(number), "%" PRIu64, r->index);
	put_cell(t->file, number, false);
	put_cell(t->file, human_time(r->time_ms, number), false);
	/* field 0 is the header, which says who acted, not what the record is */
	for (unsigned i = 1; i < t->kind->descriptor->n_fields; i++)
		put_field(t->file, m, &t->kind->descriptor->fields[i],
			  i + 1 == t->kind->descriptor->n_fields);
	arena_fini(&a);
	return 0;
}

static void put_headings(const struct table_export *t)
{
	const ProtobufCMessageDescriptor *d = t->kind->descriptor;

	fputs("id,revision,state,origin,index,time", t->file);
	for (unsigned i = 1; i < d->n_fields; i++)
		fprintf(t->file, ",%s", d->fields[i].name);
	fputs("\r\n", t->file);
}

int cmd_export_csv(struct cli *cli)
{
	const char *name = args_word(&cli->args, 0);
	struct table_export t = {.file = cli->out.file, .kind = kind_by_name(bytes_of(name))};
	struct as_of as_of;
	struct records_walk w = {.kind = name, .as_of = &as_of, .ctx = &t, .each = put_record};
	int err = cli_limit(cli, &w.limit);

	if (err)
		return err;
	if (!t.kind)
		return cli_fail(name, IMS_E_UNKNOWN_KIND, "%s", "");
	err = cli_connect(cli);
	if (!err)
		err = as_of_init(cli, &as_of);
	if (err)
		return err;
	put_headings(&t);
	err = records_walk(cli, &w);
	as_of_fini(&as_of);
	return err;
}
