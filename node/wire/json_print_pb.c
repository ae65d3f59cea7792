/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/codec.h"

#include <inttypes.h>

#include <protobuf-c/protobuf-c.h>

#include "base/check.h"
#include "base/text.h"
#include "wire/json_field.h"

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/* Where the printing stands. Depth is bounded by the schema, which does not recurse. */
struct printer {
	struct buf *out;
	unsigned indent, depth;
};

bool json_field_is_text(const ProtobufCFieldDescriptor *f)
{
	return f->type == PROTOBUF_C_TYPE_BYTES &&
	       (strcmp(f->name, "note") == 0 || strcmp(f->name, "text") == 0 || strcmp(f->name, "json") == 0);
}

bool json_field_is_map(const ProtobufCFieldDescriptor *f)
{
	const ProtobufCMessageDescriptor *d = f->descriptor;

	return f->type == PROTOBUF_C_TYPE_MESSAGE && f->label == PROTOBUF_C_LABEL_REPEATED &&
	       d->n_fields == 2 && strcmp(d->fields[0].name, "key") == 0 &&
	       d->fields[0].type == PROTOBUF_C_TYPE_STRING && strcmp(d->fields[1].name, "value") == 0 &&
	       d->fields[1].label != PROTOBUF_C_LABEL_REPEATED;
}

size_t json_field_value_bytes(const ProtobufCFieldDescriptor *f)
{
	switch (f->type) {
	case PROTOBUF_C_TYPE_INT32:
	case PROTOBUF_C_TYPE_SINT32:
	case PROTOBUF_C_TYPE_SFIXED32:
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_FIXED32:
	case PROTOBUF_C_TYPE_FLOAT:
		return sizeof(uint32_t);
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_SINT64:
	case PROTOBUF_C_TYPE_SFIXED64:
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_FIXED64:
	case PROTOBUF_C_TYPE_DOUBLE:
		return sizeof(uint64_t);
	case PROTOBUF_C_TYPE_BOOL:
		return sizeof(protobuf_c_boolean);
	case PROTOBUF_C_TYPE_ENUM:
		return sizeof(int);
	case PROTOBUF_C_TYPE_BYTES:
		return sizeof(ProtobufCBinaryData);
	case PROTOBUF_C_TYPE_STRING:
	case PROTOBUF_C_TYPE_MESSAGE:
		break;
	}
	return sizeof(void *);
}

static void newline(struct printer *p)
{
	if (!p->indent)
		return;
	buf_put_u8(p->out, '\n');
	for (unsigned i = 0; i < p->indent * p->depth; i++)
		buf_put_u8(p->out, ' ');
}

/* Items of an object or list: open, each (is it the first?), close. */
static void open_list(struct printer *p, char bracket)
{
	buf_put_u8(p->out, (uint8_t)bracket);
	p->depth++;
}

static void next_item(struct printer *p, bool first)
{
	if (!first)
		buf_put_u8(p->out, ',');
	newline(p);
}

static void close_list(struct printer *p, char bracket, bool empty)
{
	p->depth--;
	if (!empty)
		newline(p);
	buf_put_u8(p->out, (uint8_t)bracket);
}

static void put_escaped(struct buf *out, uint8_t c)
{
	switch (c) {
	case '"':
		buf_put_text(out, "\\\"");
		break;
	case '\\':
		buf_put_text(out, "\\\\");
		break;
	case '\n':
		buf_put_text(out, "\\n");
		break;
	case '\r':
		buf_put_text(out, "\\r");
		break;
	case '\t':
		buf_put_text(out, "\\t");
		break;
	default:
		buf_printf(out, "\\u%04x", c);
	}
}

/* Length of the well-formed character at the front, 0 if there is none. */
static size_t character_bytes(struct bytes b)
{
	size_t n = b.p[0] < 0x80 ? 1 : b.p[0] < 0xe0 ? 2 : b.p[0] < 0xf0 ? 3 : 4;

	return n <= b.n && utf8_valid(BYTES(b.p, n)) ? n : 0;
}

static void put_text(struct buf *out, struct bytes text)
{
	buf_put_u8(out, '"');
	while (text.n) {
		uint8_t c = text.p[0];
		size_t n = character_bytes(text);

		if (n == 0)
			buf_put_text(out, REPLACEMENT);
		else if (c < 0x20 || c == 0x7f || c == '"' || c == '\\')
			put_escaped(out, c);
		else
			buf_put(out, BYTES(text.p, n));
		n = n ? n : 1;
		text = BYTES(text.p + n, text.n - n);
	}
	buf_put_u8(out, '"');
}

static void put_hex(struct buf *out, struct bytes b)
{
	uint8_t *p;

	buf_put_u8(out, '"');
	p = buf_reserve(out, 2 * b.n + 1);
	if (!p)
		return;
	hex_put((char *)p, b);
	out->n--; /* the NUL */
	buf_put_u8(out, '"');
}

static void put_name(struct printer *p, struct bytes name)
{
	put_text(p->out, name);
	buf_put_text(p->out, p->indent ? ": " : ":");
}

static void put_message(struct printer *p, const ProtobufCMessage *m);

static void put_enum(struct buf *out, const ProtobufCEnumDescriptor *d, int v)
{
	const ProtobufCEnumValue *row = protobuf_c_enum_descriptor_get_value(d, v);

	if (row)
		put_text(out, bytes_of(row->name));
	else
		buf_printf(out, "%d", v);
}

/* Six digits: figures of this kind are measures. */
static void put_double(struct buf *out, double v)
{
	if (v - v == 0)
		buf_printf(out, "%.6g", v);
	else
		buf_put_text(out, "null"); /* JSON has no word for infinite ones */
}

/* A number as it lies in the message's struct. */
static void put_number(struct buf *out, ProtobufCType type, const void *at)
{
	switch (type) {
	case PROTOBUF_C_TYPE_INT32:
	case PROTOBUF_C_TYPE_SINT32:
	case PROTOBUF_C_TYPE_SFIXED32:
		buf_printf(out, "%" PRId32, *(const int32_t *)at);
		break;
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_FIXED32:
		buf_printf(out, "%" PRIu32, *(const uint32_t *)at);
		break;
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_SINT64:
	case PROTOBUF_C_TYPE_SFIXED64:
		buf_printf(out, "%" PRId64, *(const int64_t *)at);
		break;
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_FIXED64: /* beyond 63 bits readers of JSON, our own too, take no number */
		buf_printf(out, *(const uint64_t *)at > INT64_MAX ? "\"%" PRIu64 "\"" : "%" PRIu64,
			   *(const uint64_t *)at);
		break;
	case PROTOBUF_C_TYPE_DOUBLE:
		put_double(out, *(const double *)at);
		break;
	default:
		(void)BUG("a field of a type that the schema does not have");
		buf_put_text(out, "null");
	}
}

static void put_value(struct printer *p, const ProtobufCFieldDescriptor *f, const void *at)
{
	const ProtobufCBinaryData *data = at;

	switch (f->type) {
	case PROTOBUF_C_TYPE_STRING:
		put_text(p->out, bytes_of(*(const char *const *)at));
		break;
	case PROTOBUF_C_TYPE_BYTES:
		if (json_field_is_text(f))
			put_text(p->out, BYTES(data->data, data->len));
		else
			put_hex(p->out, BYTES(data->data, data->len));
		break;
	case PROTOBUF_C_TYPE_MESSAGE:
		put_message(p, *(const ProtobufCMessage *const *)at);
		break;
	case PROTOBUF_C_TYPE_BOOL:
		buf_put_text(p->out, *(const protobuf_c_boolean *)at ? "true" : "false");
		break;
	case PROTOBUF_C_TYPE_ENUM:
		put_enum(p->out, f->descriptor, *(const int *)at);
		break;
	default:
		put_number(p->out, f->type, at);
	}
}

static void put_map(struct printer *p, size_t n, const ProtobufCMessage *const *entries)
{
	open_list(p, '{');
	for (size_t i = 0; i < n; i++) {
		const ProtobufCFieldDescriptor *f = entries[i]->descriptor->fields;
		const char *base = (const char *)entries[i];

		next_item(p, i == 0);
		put_name(p, bytes_of(*(const char *const *)(const void *)(base + f[0].offset)));
		put_value(p, &f[1], base + f[1].offset);
	}
	close_list(p, '}', n == 0);
}

static void put_repeated(struct printer *p, const ProtobufCFieldDescriptor *f, size_t n, const char *values)
{
	size_t value_bytes = json_field_value_bytes(f);

	open_list(p, '[');
	for (size_t i = 0; i < n; i++) {
		next_item(p, i == 0);
		put_value(p, f, values + i * value_bytes);
	}
	close_list(p, ']', n == 0);
}

static void put_field(struct printer *p, const ProtobufCFieldDescriptor *f, const char *base)
{
	const void *at = base + f->offset;
	size_t n;

	if (f->label != PROTOBUF_C_LABEL_REPEATED) {
		put_value(p, f, at);
		return;
	}
	memcpy(&n, base + f->quantifier_offset, sizeof(n));
	if (json_field_is_map(f))
		put_map(p, n, *(const ProtobufCMessage *const *const *)at);
	else
		put_repeated(p, f, n, *(const char *const *)at);
}

static void put_message(struct printer *p, const ProtobufCMessage *m)
{
	const ProtobufCMessageDescriptor *d;

	if (!m) {
		buf_put_text(p->out, "null");
		return;
	}
	d = m->descriptor;
	open_list(p, '{');
	for (unsigned i = 0; i < d->n_fields; i++) {
		next_item(p, i == 0);
		put_name(p, bytes_of(d->fields[i].name));
		put_field(p, &d->fields[i], (const char *)m);
	}
	close_list(p, '}', d->n_fields == 0);
}

void codec_json(const ProtobufCMessage *m, unsigned indent, struct buf *out)
{
	struct printer p = {.out = out, .indent = indent};

	put_message(&p, m);
}
