/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/fill.h"

#include <protobuf-c/protobuf-c.h>

#include "wire/codec.h"

#define HEADER_FIELD 1

static uint8_t *member(ProtobufCMessage *m, unsigned offset)
{
	return (uint8_t *)m + offset;
}

static bool is_empty(const ProtobufCFieldDescriptor *f, ProtobufCMessage *m)
{
	uint8_t *p = member(m, f->offset);

	switch (f->type) {
	case PROTOBUF_C_TYPE_STRING:
		return !*(char **)(void *)p || !**(char **)(void *)p;
	case PROTOBUF_C_TYPE_MESSAGE:
		return !*(ProtobufCMessage **)(void *)p;
	case PROTOBUF_C_TYPE_BYTES:
		return ((ProtobufCBinaryData *)(void *)p)->len == 0;
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_UINT64:
		return *(uint64_t *)(void *)p == 0;
	case PROTOBUF_C_TYPE_BOOL:
		return *(protobuf_c_boolean *)(void *)p == 0;
	default:
		return *(uint32_t *)(void *)p == 0;
	}
}

static size_t width_of(const ProtobufCFieldDescriptor *f)
{
	switch (f->type) {
	case PROTOBUF_C_TYPE_STRING:
	case PROTOBUF_C_TYPE_MESSAGE:
		return sizeof(void *);
	case PROTOBUF_C_TYPE_BYTES:
		return sizeof(ProtobufCBinaryData);
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_UINT64:
		return sizeof(uint64_t);
	case PROTOBUF_C_TYPE_BOOL:
		return sizeof(protobuf_c_boolean);
	default:
		return sizeof(uint32_t);
	}
}

static bool same_element(const ProtobufCFieldDescriptor *f, const uint8_t *a, const uint8_t *b)
{
	struct buf pa = {0}, pb = {0};
	bool same;

	if (f->type == PROTOBUF_C_TYPE_STRING)
		return strcmp(*(char *const *)(const void *)a, *(char *const *)(const void *)b) == 0;
	if (f->type != PROTOBUF_C_TYPE_MESSAGE)
		return memcmp(a, b, width_of(f)) == 0;
	codec_pack(*(ProtobufCMessage *const *)(const void *)a, &pa);
	codec_pack(*(ProtobufCMessage *const *)(const void *)b, &pb);
	same = bytes_eq(buf_bytes(&pa), buf_bytes(&pb));
	buf_fini(&pa);
	buf_fini(&pb);
	return same;
}

static int unite(const ProtobufCFieldDescriptor *f, ProtobufCMessage *have, ProtobufCMessage *offered,
		 struct arena *a)
{
	size_t *n = (void *)member(have, f->quantifier_offset), w = width_of(f);
	size_t more = *(size_t *)(void *)member(offered, f->quantifier_offset);
	uint8_t *old = *(uint8_t **)(void *)member(have, f->offset);
	uint8_t *add = *(uint8_t **)(void *)member(offered, f->offset);
	uint8_t *all = arena_array(a, *n + more + 1, w);

	if (!all)
		return IMS_E_NOMEM;
	if (*n)
		memcpy(all, old, *n * w);
	for (size_t i = 0; i < more; i++) {
		bool known = false;

		for (size_t k = 0; k < *n && !known; k++)
			known = same_element(f, all + k * w, add + i * w);
		if (!known)
			memcpy(all + (*n)++ * w, add + i * w, w);
	}
	*(uint8_t **)(void *)member(have, f->offset) = all;
	return 0;
}

int registry_fill(const struct kind *k, struct bytes have_bytes, struct bytes offered_bytes, struct arena *a,
		  struct buf *out)
{
	ProtobufCMessage *have, *offered;
	int err = codec_unpack(k->descriptor, have_bytes, a, &have, NULL);

	if (!err)
		err = codec_unpack(k->descriptor, offered_bytes, a, &offered, NULL);
	for (unsigned i = 0; !err && i < k->descriptor->n_fields; i++) {
		const ProtobufCFieldDescriptor *f = &k->descriptor->fields[i];

		if (f->id == HEADER_FIELD)
			*(void **)(void *)member(have, f->offset) = NULL;
		else if (f->label == PROTOBUF_C_LABEL_REPEATED)
			err = unite(f, have, offered, a);
		else if (is_empty(f, have))
			memcpy(member(have, f->offset), member(offered, f->offset), width_of(f));
	}
	if (err)
		return err;
	codec_pack(have, out);
	return out->failed ? IMS_E_NOMEM : 0;
}
