/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/rename.h"

#include "pb/registry.pb-c.h"

#include "wire/codec.h"

struct rename {
	registry_renamed_fn *fn;
	void *ctx;
	bool changed;
};

static void rename_text(struct rename *r, char **text)
{
	struct record_id rid;
	const char *now;

	if (!*text || record_id_parse(bytes_of(*text), &rid))
		return;
	now = r->fn(r->ctx, *text);
	if (now) {
		*text = (char *)(uintptr_t)now; /* only packed from here on */
		r->changed = true;
	}
}

/* As deep as the schema is, which has no recursion. */
static void rename_message(struct rename *r, ProtobufCMessage *m)
{
	for (unsigned i = 0; m && i < m->descriptor->n_fields; i++) {
		const ProtobufCFieldDescriptor *f = &m->descriptor->fields[i];
		void *at = (uint8_t *)m + f->offset;
		size_t n = 1;

		if (f->label == PROTOBUF_C_LABEL_REPEATED) {
			n = *(size_t *)(void *)((uint8_t *)m + f->quantifier_offset);
			at = *(void **)at;
		}
		for (size_t k = 0; k < n; k++) {
			if (f->type == PROTOBUF_C_TYPE_STRING)
				rename_text(r, (char **)at + k);
			else if (f->type == PROTOBUF_C_TYPE_MESSAGE)
				rename_message(r, ((ProtobufCMessage **)at)[k]);
		}
	}
}

int registry_rename_ids(const struct kind *k, struct bytes payload, registry_renamed_fn *fn, void *ctx,
			struct arena *a, bool *ret_changed, struct buf *out)
{
	struct rename r = {fn, ctx, false};
	ProtobufCMessage *m;
	int err = codec_unpack(k->descriptor, payload, a, &m, NULL);

	if (err)
		return err;
	rename_message(&r, m);
	*ret_changed = r.changed;
	if (r.changed)
		codec_pack(m, out);
	return out->failed ? IMS_E_NOMEM : 0;
}

int registry_rename_sealed(struct bytes sealed, registry_renamed_fn *fn, void *ctx, struct arena *a,
			   bool *ret_changed, struct buf *out)
{
	Ims__Registry__Sealed *s;
	ProtobufCMessage *m;
	const struct kind *k;
	struct buf inner = {0};
	int err = codec_unpack(&ims__registry__sealed__descriptor, sealed, a, &m, NULL);

	*ret_changed = false;
	if (err)
		return err;
	s = (Ims__Registry__Sealed *)m;
	k = s->kind ? kind_by_name(bytes_of(s->kind)) : NULL;
	if (k)
		err = registry_rename_ids(k, BYTES(s->payload.data, s->payload.len), fn, ctx, a, ret_changed,
					  &inner);
	if (!err && *ret_changed) {
		s->payload = (ProtobufCBinaryData){inner.n, (uint8_t *)(uintptr_t)buf_bytes(&inner).p};
		codec_pack(m, out); /* only packed from here on */
		err = out->failed ? IMS_E_NOMEM : 0;
	}
	buf_fini(&inner);
	return err;
}
