/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/scan.h"

#include <stdio.h>

#include <protobuf-c/protobuf-c.h>

#include "base/check.h"
#include "base/text.h"

#define TAG_BYTES_MAX 5
#define VARINT_BYTES_MAX 10

const struct scan_limits scan_limits_default = {.max_depth = 5, .max_fields = 20000, .max_unknown = 64};

/* One field as it stands on the wire. */
struct field {
	uint32_t number; /* 0 when the tag could not be read */
	unsigned wire;
	uint64_t value;	   /* of a varint */
	struct bytes span; /* of a length-prefixed or fixed one */
};

/* A message that is being looked at. */
struct level {
	const ProtobufCMessageDescriptor *d;
	struct bytes whole, rest;
	const uint8_t *at; /* where the current field starts, for the path of an error */
	uint64_t seen;	   /* singular fields, by their place in the descriptor */
};

struct scan {
	const struct scan_limits *limits;
	unsigned n_fields, n_unknown;
	unsigned depth;
	struct level levels[SCAN_DEPTH_MAX];
};

static int varint_take(struct bytes *rest, unsigned max_bytes, uint64_t *ret)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < max_bytes; i++) {
		uint8_t c;

		if (i == rest->n)
			return IMS_E_TRUNCATED;
		c = rest->p[i];
		if (i == VARINT_BYTES_MAX - 1 && c > 1)
			return IMS_E_SYNTAX; /* more than 64 bits */
		v |= (uint64_t)(c & 0x7f) << (7 * i);
		if (c & 0x80)
			continue;
		*rest = BYTES(rest->p + i + 1, rest->n - i - 1);
		*ret = v;
		return 0;
	}
	return IMS_E_SYNTAX;
}

static int span_take(struct bytes *rest, uint64_t n, struct bytes *ret)
{
	if (n > rest->n)
		return IMS_E_TRUNCATED;
	*ret = BYTES(rest->p, (size_t)n);
	*rest = BYTES(rest->p + n, rest->n - (size_t)n);
	return 0;
}

/* Reads a field of any kind off the front; groups are no kind. What was read of a bad one is in *ret. */
static int field_take(struct bytes *rest, struct field *ret)
{
	uint64_t v;
	int r = varint_take(rest, TAG_BYTES_MAX, &v);

	*ret = (struct field){0};
	if (r)
		return r;
	/* protobuf-c keeps a tag in 32 bits */
	if (v > UINT32_MAX || v >> 3 == 0)
		return IMS_E_SYNTAX;
	ret->number = (uint32_t)(v >> 3);
	ret->wire = (unsigned)(v & 7);
	switch (ret->wire) {
	case PROTOBUF_C_WIRE_TYPE_VARINT:
		return varint_take(rest, VARINT_BYTES_MAX, &ret->value);
	case PROTOBUF_C_WIRE_TYPE_64BIT:
		return span_take(rest, 8, &ret->span);
	case PROTOBUF_C_WIRE_TYPE_32BIT:
		return span_take(rest, 4, &ret->span);
	case PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED:
		r = varint_take(rest, VARINT_BYTES_MAX, &v);
		return r ? r : span_take(rest, v, &ret->span);
	default:
		return IMS_E_SYNTAX;
	}
}

static unsigned wire_of(ProtobufCType type)
{
	switch (type) {
	case PROTOBUF_C_TYPE_STRING:
	case PROTOBUF_C_TYPE_BYTES:
	case PROTOBUF_C_TYPE_MESSAGE:
		return PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED;
	case PROTOBUF_C_TYPE_SFIXED32:
	case PROTOBUF_C_TYPE_FIXED32:
	case PROTOBUF_C_TYPE_FLOAT:
		return PROTOBUF_C_WIRE_TYPE_32BIT;
	case PROTOBUF_C_TYPE_SFIXED64:
	case PROTOBUF_C_TYPE_FIXED64:
	case PROTOBUF_C_TYPE_DOUBLE:
		return PROTOBUF_C_WIRE_TYPE_64BIT;
	default:
		return PROTOBUF_C_WIRE_TYPE_VARINT;
	}
}

/* protobuf-c cuts a varint to the width of its type without a word: two readers, two values. */
static bool varint_fits(ProtobufCType type, uint64_t v)
{
	switch (type) {
	case PROTOBUF_C_TYPE_INT32:
	case PROTOBUF_C_TYPE_ENUM:
		return (int64_t)v >= INT32_MIN && (int64_t)v <= INT32_MAX;
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_SINT32:
		return v <= UINT32_MAX;
	case PROTOBUF_C_TYPE_BOOL:
		return v <= 1;
	default:
		return true;
	}
}

static int count_fields(struct scan *s, size_t n)
{
	if (n > s->limits->max_fields - s->n_fields)
		return IMS_E_TOO_MANY;
	s->n_fields += (unsigned)n;
	return 0;
}

/* The values of a packed field. The field itself is already counted. */
static int packed_check(struct scan *s, ProtobufCType type, struct bytes span)
{
	size_t wide = wire_of(type) == PROTOBUF_C_WIRE_TYPE_32BIT ? 4 : 8;

	if (wire_of(type) != PROTOBUF_C_WIRE_TYPE_VARINT)
		return span.n % wide ? IMS_E_SYNTAX : count_fields(s, span.n / wide);
	while (span.n) {
		uint64_t v;
		int r = varint_take(&span, VARINT_BYTES_MAX, &v);

		if (!r && !varint_fits(type, v))
			r = IMS_E_SYNTAX;
		if (!r)
			r = count_fields(s, 1);
		if (r)
			return r;
	}
	return 0;
}

static int level_push(struct scan *s, const ProtobufCMessageDescriptor *d, struct bytes whole)
{
	if (s->depth == s->limits->max_depth)
		return IMS_E_TOO_DEEP;
	CHECK(d->n_fields <= SCAN_FIELDS_MAX);
	s->levels[s->depth++] = (struct level){.d = d, .whole = whole, .rest = whole, .at = whole.p};
	return 0;
}

/* A field that the descriptor knows, against what it says. */
static int known_check(struct scan *s, struct level *l, const ProtobufCFieldDescriptor *fd,
		       const struct field *f)
{
	bool repeated = fd->label == PROTOBUF_C_LABEL_REPEATED;
	uint64_t bit = 1ULL << (fd - l->d->fields);

	if (!repeated && (l->seen & bit))
		return IMS_E_DUPLICATE;
	l->seen |= bit;
	if (f->wire != wire_of(fd->type)) {
		if (repeated && f->wire == PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED)
			return packed_check(s, fd->type, f->span);
		return IMS_E_SYNTAX;
	}
	if (f->wire == PROTOBUF_C_WIRE_TYPE_VARINT)
		return varint_fits(fd->type, f->value) ? 0 : IMS_E_SYNTAX;
	if (fd->type == PROTOBUF_C_TYPE_STRING)
		return utf8_is_text(f->span) ? 0 : IMS_E_UTF8;
	if (fd->type == PROTOBUF_C_TYPE_MESSAGE)
		return level_push(s, fd->descriptor, f->span);
	return 0;
}

static int field_check(struct scan *s)
{
	struct level *l = &s->levels[s->depth - 1];
	const ProtobufCFieldDescriptor *fd;
	struct field f;
	int r;

	l->at = l->rest.p;
	r = field_take(&l->rest, &f);
	if (!r)
		r = count_fields(s, 1);
	if (r)
		return r;
	fd = protobuf_c_message_descriptor_get_field(l->d, f.number);
	if (fd)
		return known_check(s, l, fd, &f);
	return ++s->n_unknown > s->limits->max_unknown ? IMS_E_TOO_MANY : 0;
}

/* The name of the level's current field, with its place among those of its number: counted again
 * from the level's start, so that nobody pays for it but those who fail. */
static int name_put(const struct level *l, char *out, size_t size)
{
	size_t before = (size_t)(l->at - l->whole.p), count = 0;
	struct bytes rest = BYTES(l->at, l->whole.n - before), earlier = BYTES(l->whole.p, before);
	const ProtobufCFieldDescriptor *fd;
	struct field f, other;

	(void)field_take(&rest, &f);
	if (!f.number)
		return snprintf(out, size, "?");
	fd = protobuf_c_message_descriptor_get_field(l->d, f.number);
	if (!fd)
		return snprintf(out, size, "%u", f.number);
	if (fd->label != PROTOBUF_C_LABEL_REPEATED)
		return snprintf(out, size, "%s", fd->name);
	while (earlier.n && field_take(&earlier, &other) == 0)
		count += other.number == f.number;
	return snprintf(out, size, "%s[%zu]", fd->name, count);
}

static int fail(const struct scan *s, int err, struct errtext *e)
{
	char path[sizeof(e->text)] = "";
	size_t n = 0;

	for (unsigned i = 0; i < s->depth && n < sizeof(path) - 1; i++) {
		if (i)
			path[n++] = '.';
		n += (size_t)name_put(&s->levels[i], path + n, sizeof(path) - n);
	}
	return errtext_set(e, err, "%s", path);
}

int scan_message(const ProtobufCMessageDescriptor *d, struct bytes b, const struct scan_limits *limits,
		 struct errtext *e)
{
	struct scan s = {.limits = limits};

	CHECK(limits->max_depth >= 1 && limits->max_depth <= SCAN_DEPTH_MAX);
	(void)level_push(&s, d, b);
	while (s.depth) {
		int r;

		if (s.levels[s.depth - 1].rest.n == 0) {
			s.depth--;
			continue;
		}
		r = field_check(&s);
		if (r)
			return fail(&s, r, e);
	}
	return 0;
}
