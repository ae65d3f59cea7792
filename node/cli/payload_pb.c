/* SPDX-License-Identifier: Apache-2.0 */
/* Payloads of records by their kind's descriptor: no code here knows a single kind. */
#include "pb/ctl.pb-c.h"

#include "cli/show.h"
#include "registry/registry.h"
#include "wire/codec.h"

ProtobufCMessage *payload_open(const Ims__Ctl__Record *r, struct arena *a)
{
	struct bytes payload = BYTES(r->payload.data, r->payload.len);
	const struct kind *k = kind_by_name(bytes_of(r->kind));
	ProtobufCMessage *m;

	arena_init(a, codec_budget(payload.n));
	return k && payload.n && codec_unpack(k->descriptor, payload, a, &m, NULL) == 0 ? m : NULL;
}

static const void *member(const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f)
{
	return (const uint8_t *)m + f->offset;
}

/* The string field `name`; NULL when there is no such field or it is not a single string. */
static const char *string_field(const ProtobufCMessage *m, const char *name)
{
	const ProtobufCFieldDescriptor *f =
		protobuf_c_message_descriptor_get_field_by_name(m->descriptor, name);

	if (!f || f->type != PROTOBUF_C_TYPE_STRING || f->label == PROTOBUF_C_LABEL_REPEATED)
		return NULL;
	return *(char *const *)member(m, f);
}

/* The text of the first of the repeated messages `name` (Text: language and text). */
static const char *first_text(const ProtobufCMessage *m, const char *name)
{
	const ProtobufCFieldDescriptor *f =
		protobuf_c_message_descriptor_get_field_by_name(m->descriptor, name);

	if (!f || f->type != PROTOBUF_C_TYPE_MESSAGE || f->label != PROTOBUF_C_LABEL_REPEATED)
		return NULL;
	if (*(const size_t *)((const uint8_t *)m + f->quantifier_offset) == 0)
		return NULL;
	return string_field((*(ProtobufCMessage * *const *)member(m, f))[0], "text");
}

const char *payload_label(const ProtobufCMessage *payload)
{
	const char *label = string_field(payload, "name");

	if (!label)
		label = first_text(payload, "title");
	return label ? label : "";
}
