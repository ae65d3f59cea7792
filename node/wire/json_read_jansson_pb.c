/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/codec.h"

#include <inttypes.h>

#include <jansson.h>
#include <protobuf-c/protobuf-c.h>

#include "base/text.h"
#include "wire/json_field.h"

#define NAME_SHOWN_BYTES 64 /* of a member's name, in a problem */

struct reader {
	struct arena *arena;
	struct buf *problems;
	unsigned n_problems;
};

/* A place in the text, innermost first; the outermost has no parent and no name. */
struct place {
	const struct place *parent;
	const char *name; /* of a member; NULL: item `index` of a list */
	size_t index;
};

static bool read_value(struct reader *rd, const ProtobufCFieldDescriptor *f, const json_t *v, void *at,
		       const struct place *where);

/* One step of a JSON pointer (RFC 6901). A name is a stranger's: shortened, and kept on its line. */
static void step_put(struct buf *out, const char *name)
{
	size_t n = 0;

	buf_put_u8(out, '/');
	for (; name[n] && n < NAME_SHOWN_BYTES; n++) {
		uint8_t c = (uint8_t)name[n];

		if (c == '~' || c == '/')
			buf_put_text(out, c == '~' ? "~0" : "~1");
		else
			buf_put_u8(out, c < 0x20 || c == 0x7f ? '?' : c);
	}
	if (name[n])
		buf_put_text(out, "...");
}

static void pointer_put(struct buf *out, const struct place *at)
{
	if (!at->parent)
		return;
	/* as deep as the schema */
	pointer_put(out, at->parent);
	if (at->name)
		step_put(out, at->name);
	else
		buf_printf(out, "/%zu", at->index);
}

/* Always false, so that a failure is one statement. */
static bool problem(struct reader *rd, const struct place *at, const char *text)
{
	if (rd->n_problems++ < CODEC_JSON_PROBLEMS_MAX) {
		pointer_put(rd->problems, at);
		buf_printf(rd->problems, ": %s\n", text);
	}
	return false;
}

static struct bytes text_of(const json_t *v)
{
	return BYTES(json_string_value(v), json_string_length(v));
}

/* 64-bit integers: a number, or decimal digits in a string. */
static bool get_u64(const json_t *v, uint64_t *ret)
{
	if (json_is_integer(v) && json_integer_value(v) >= 0) {
		*ret = (uint64_t)json_integer_value(v);
		return true;
	}
	return json_is_string(v) && dec_get_u64(text_of(v), ret);
}

static bool get_i64(const json_t *v, int64_t *ret)
{
	struct bytes text;
	uint64_t u;

	if (json_is_integer(v)) {
		*ret = json_integer_value(v);
		return true;
	}
	if (!json_is_string(v))
		return false;
	text = text_of(v);
	if (text.n && text.p[0] == '-') {
		if (!dec_get_u64(BYTES(text.p + 1, text.n - 1), &u) || u > (uint64_t)INT64_MAX + 1)
			return false;
		*ret = (int64_t)(0 - u);
		return true;
	}
	if (!dec_get_u64(text, &u) || u > INT64_MAX)
		return false;
	*ret = (int64_t)u;
	return true;
}

static bool read_number(struct reader *rd, ProtobufCType type, const json_t *v, void *at,
			const struct place *where)
{
	json_int_t n = json_integer_value(v);

	switch (type) {
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_FIXED64:
		return get_u64(v, at) || problem(rd, where, "expected a whole number from 0 to 2^64-1");
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_SINT64:
	case PROTOBUF_C_TYPE_SFIXED64:
		return get_i64(v, at) || problem(rd, where, "expected a whole number of 64 bits");
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_FIXED32:
		if (!json_is_integer(v) || n < 0 || n > UINT32_MAX)
			return problem(rd, where, "expected a whole number from 0 to 2^32-1");
		*(uint32_t *)at = (uint32_t)n;
		return true;
	case PROTOBUF_C_TYPE_INT32:
	case PROTOBUF_C_TYPE_SINT32:
	case PROTOBUF_C_TYPE_SFIXED32:
		if (!json_is_integer(v) || n < INT32_MIN || n > INT32_MAX)
			return problem(rd, where, "expected a whole number of 32 bits");
		*(int32_t *)at = (int32_t)n;
		return true;
	default:
		return problem(rd, where, "cannot be read from JSON");
	}
}

static bool read_text(struct reader *rd, const json_t *v, char **ret, const struct place *where)
{
	if (!json_is_string(v))
		return problem(rd, where, "expected text");
	if (!utf8_is_text(text_of(v)))
		return problem(rd, where, "text holds a control character");
	*ret = arena_text(rd->arena, text_of(v));
	return *ret != NULL;
}

static bool read_bytes(struct reader *rd, const ProtobufCFieldDescriptor *f, const json_t *v,
		       ProtobufCBinaryData *ret, const struct place *where)
{
	bool is_text = json_field_is_text(f);
	struct bytes text = text_of(v);
	ProtobufCBinaryData out = {0};

	if (!json_is_string(v))
		return problem(rd, where, is_text ? "expected text" : "expected hex digits");
	out.len = is_text ? text.n : text.n / 2;
	out.data = arena_alloc(rd->arena, out.len);
	if (!out.data)
		return false;
	if (is_text)
		memcpy(out.data, text.p, text.n);
	else if (!hex_get(text, out.data, out.len))
		return problem(rd, where, "expected an even number of hex digits");
	*ret = out;
	return true;
}

static bool read_enum(struct reader *rd, const ProtobufCEnumDescriptor *d, const json_t *v, int *ret,
		      const struct place *where)
{
	json_int_t n = json_integer_value(v);
	const ProtobufCEnumValue *row = NULL;

	if (json_is_string(v))
		row = protobuf_c_enum_descriptor_get_value_by_name(d, json_string_value(v));
	else if (json_is_integer(v) && n >= INT32_MIN && n <= INT32_MAX)
		row = protobuf_c_enum_descriptor_get_value(d, (int)n);
	if (!row)
		return problem(rd, where, "not one of the values of this field");
	*ret = row->value;
	return true;
}

static ProtobufCMessage *message_new(struct reader *rd, const ProtobufCMessageDescriptor *d)
{
	ProtobufCMessage *m = arena_alloc(rd->arena, d->sizeof_message);

	if (m)
		protobuf_c_message_init(d, m);
	return m;
}

/* A list of `n` values in the message's struct, zeroed; NULL when memory is short. */
static char *list_new(struct reader *rd, const ProtobufCFieldDescriptor *f, size_t n, char *base)
{
	char *values = arena_array(rd->arena, n, json_field_value_bytes(f));

	if (values) {
		memcpy(base + f->quantifier_offset, &n, sizeof(n));
		memcpy(base + f->offset, &values, sizeof(values));
	}
	return values;
}

static bool read_list(struct reader *rd, const ProtobufCFieldDescriptor *f, json_t *v, char *base,
		      const struct place *where)
{
	size_t value_bytes = json_field_value_bytes(f), i;
	bool ok = true;
	json_t *item;
	char *values;

	if (!json_is_array(v))
		return problem(rd, where, "expected a list");
	values = list_new(rd, f, json_array_size(v), base);
	if (!values)
		return false;
	json_array_foreach(v, i, item)
	{
		struct place at = {.parent = where, .index = i};

		ok &= read_value(rd, f, item, values + i * value_bytes, &at);
	}
	return ok;
}

/* An object whose members are the items of a key/value list. */
static bool read_map(struct reader *rd, const ProtobufCFieldDescriptor *f, json_t *v, char *base,
		     const struct place *where)
{
	const ProtobufCMessageDescriptor *d = f->descriptor;
	ProtobufCMessage **items;
	bool ok = true;
	size_t i = 0;
	const char *key;
	json_t *value;

	if (!json_is_object(v))
		return problem(rd, where, "expected an object");
	items = (ProtobufCMessage **)(void *)list_new(rd, f, json_object_size(v), base);
	if (!items)
		return false;
	json_object_foreach(v, key, value)
	{
		struct place at = {.parent = where, .name = key};
		char **ret_key, *item;

		items[i] = message_new(rd, d);
		if (!items[i])
			return false;
		item = (char *)items[i++];
		ret_key = (char **)(void *)(item + d->fields[0].offset);
		if (!utf8_is_text(bytes_of(key)))
			ok = problem(rd, &at, "name holds a control character");
		*ret_key = arena_text(rd->arena, bytes_of(key));
		ok &= *ret_key && read_value(rd, &d->fields[1], value, item + d->fields[1].offset, &at);
	}
	return ok;
}

static bool read_message(struct reader *rd, const ProtobufCMessageDescriptor *d, json_t *v,
			 ProtobufCMessage **ret, const struct place *where)
{
	ProtobufCMessage *m = message_new(rd, d);
	char *base = (char *)m;
	bool ok = true;
	const char *name;
	json_t *member;

	if (!m)
		return false;
	if (!json_is_object(v))
		return problem(rd, where, "expected an object");
	json_object_foreach(v, name, member)
	{
		const ProtobufCFieldDescriptor *f = protobuf_c_message_descriptor_get_field_by_name(d, name);
		struct place at = {.parent = where, .name = name};

		if (!f)
			ok = problem(rd, &at, "unknown member");
		else if (json_is_null(member))
			continue;
		else if (f->label != PROTOBUF_C_LABEL_REPEATED)
			ok &= read_value(rd, f, member, base + f->offset, &at);
		else if (json_field_is_map(f))
			ok &= read_map(rd, f, member, base, &at);
		else
			ok &= read_list(rd, f, member, base, &at);
	}
	*ret = m;
	return ok;
}

static bool read_value(struct reader *rd, const ProtobufCFieldDescriptor *f, const json_t *v, void *at,
		       const struct place *where)
{
	switch (f->type) {
	case PROTOBUF_C_TYPE_STRING:
		return read_text(rd, v, at, where);
	case PROTOBUF_C_TYPE_BYTES:
		return read_bytes(rd, f, v, at, where);
	case PROTOBUF_C_TYPE_MESSAGE:
		return read_message(rd, f->descriptor, (json_t *)(uintptr_t)v, at, where);
	case PROTOBUF_C_TYPE_ENUM:
		return read_enum(rd, f->descriptor, v, at, where);
	case PROTOBUF_C_TYPE_BOOL:
		if (!json_is_boolean(v))
			return problem(rd, where, "expected true or false");
		*(protobuf_c_boolean *)at = json_is_true(v);
		return true;
	default:
		return read_number(rd, f->type, v, at, where);
	}
}

/* jansson recurses for each bracket, up to 2048: count them first, outside of strings. */
static int depth_check(struct bytes text)
{
	unsigned depth = 0;
	bool in_string = false;

	for (size_t i = 0; i < text.n; i++) {
		uint8_t c = text.p[i];

		if (in_string && c == '\\')
			i++;
		else if (c == '"')
			in_string = !in_string;
		else if (!in_string && (c == '[' || c == '{') && ++depth > CODEC_JSON_MAX_DEPTH)
			return IMS_E_TOO_DEEP;
		else if (!in_string && (c == ']' || c == '}') && depth)
			depth--;
	}
	return 0;
}

int codec_from_json(const ProtobufCMessageDescriptor *d, struct bytes text, struct arena *a,
		    ProtobufCMessage **ret, struct buf *problems, struct errtext *e)
{
	struct reader rd = {.arena = a, .problems = problems};
	struct place root = {0};
	ProtobufCMessage *m = NULL;
	json_error_t where;
	json_t *v;
	bool ok;

	if (text.n > CODEC_JSON_MAX_BYTES)
		return errtext_set(e, IMS_E_LIMIT, "%zu bytes of JSON, at most %d", text.n,
				   CODEC_JSON_MAX_BYTES);
	if (depth_check(text))
		return errtext_set(e, IMS_E_TOO_DEEP, "more than %d brackets", CODEC_JSON_MAX_DEPTH);
	v = json_loadb(text.n ? (const char *)text.p : "", text.n, JSON_REJECT_DUPLICATES, &where);
	if (!v)
		return errtext_set(e, IMS_E_SYNTAX, "line %d, column %d: %s", where.line, where.column,
				   where.text);
	ok = read_message(&rd, d, v, &m, &root);
	json_decref(v);
	if (ok) {
		*ret = m;
		return 0;
	}
	if (arena_failed(a) || problems->failed)
		return errtext_set(e, IMS_E_NOMEM, "%s of %zu bytes of JSON", d->short_name, text.n);
	return errtext_set(e, IMS_E_INVALID, "%u problems", rd.n_problems);
}
