/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/audience.h"

#include "pb/registry.pb-c.h"

#include "base/text.h"
#include "registry/registry.h"
#include "wire/codec.h"

int registry_put_header(struct bytes operator_name, struct buf *out)
{
	if (operator_name.n > 100)
		return IMS_E_LIMIT;
	buf_put_u8(out, 0x0a);
	buf_put_u8(out, (uint8_t)(operator_name.n + 2));
	buf_put_u8(out, 0x0a);
	buf_put_u8(out, (uint8_t)operator_name.n);
	buf_put(out, operator_name);
	return 0;
}

bool registry_names_region(struct bytes sealed, struct bytes region, struct arena *a)
{
	ProtobufCMessage *m;
	const Ims__Registry__Sealed *s;

	if (codec_unpack(&ims__registry__sealed__descriptor, sealed, a, &m, NULL))
		return false;
	s = (const Ims__Registry__Sealed *)m;
	for (size_t i = 0; s->header && i < s->header->n_named; i++)
		if (bytes_eq_text(region, s->header->named[i]))
			return true;
	return false;
}

int registry_unseal(struct bytes sealed, struct arena *a, const struct kind **ret_kind, struct bytes *ret_payload)
{
	const Ims__Registry__Sealed *s;
	ProtobufCMessage *m;
	struct bytes operator_name;
	struct buf b = {0};
	int err = codec_unpack(&ims__registry__sealed__descriptor, sealed, a, &m, NULL);

	if (err)
		return err;
	s = (const Ims__Registry__Sealed *)m;
	*ret_kind = kind_by_name(bytes_of(s->kind));
	if (!*ret_kind)
		return IMS_E_UNKNOWN_KIND;
	operator_name = bytes_of(s->header ? s->header->operator_ : "");
	err = registry_put_header(operator_name, &b);
	buf_put(&b, BYTES(s->payload.data, s->payload.len));
	*ret_payload = arena_dup(a, buf_bytes(&b));
	if (!err && (b.failed || !ret_payload->n))
		err = IMS_E_NOMEM;
	buf_fini(&b);
	return err;
}

static void add_region(struct bytes regions[SEALED_REGIONS_MAX], size_t *n, struct bytes region)
{
	size_t place = *n;

	for (size_t i = 0; i < *n; i++)
		if (bytes_eq(regions[i], region))
			return;
	if (*n == SEALED_REGIONS_MAX)
		return;
	for (; place && bytes_cmp(regions[place - 1], region) > 0; place--)
		regions[place] = regions[place - 1];
	regions[place] = region;
	(*n)++;
}

int registry_recipients(const struct kind *k, struct bytes payload, struct bytes home, struct arena *a,
			struct buf *out)
{
	struct bytes regions[SEALED_REGIONS_MAX];
	struct record_id id;
	ProtobufCMessage *m;
	size_t n = 0;
	int err = codec_unpack(k->descriptor, payload, a, &m, NULL);

	if (err)
		return err;
	add_region(regions, &n, home);
	for (unsigned i = 0; i < k->descriptor->n_fields; i++) {
		const ProtobufCFieldDescriptor *f = &k->descriptor->fields[i];
		const Ims__Registry__Citation *c;

		if (f->descriptor != &ims__registry__citation__descriptor ||
		    f->label == PROTOBUF_C_LABEL_REPEATED)
			continue;
		c = *(Ims__Registry__Citation *const *)(const void *)((const char *)m + f->offset);
		if (c && record_id_parse(bytes_of(c->record), &id) == 0)
			add_region(regions, &n, id.region);
	}
	for (size_t i = 0; i < n; i++)
		buf_printf(out, "%s%.*s", i ? "," : "", (int)regions[i].n, (const char *)regions[i].p);
	return out->failed ? IMS_E_NOMEM : 0;
}

int registry_seal(struct bytes operator_name, struct bytes regions, struct bytes kind, struct bytes payload,
		  struct buf *out)
{
	Ims__Registry__Sealed s;
	Ims__Registry__Header h;
	char *named[SEALED_REGIONS_MAX];
	struct arena a;
	struct bytes part;
	int err = 0;

	ims__registry__sealed__init(&s);
	ims__registry__header__init(&h);
	arena_init(&a, 65536);
	for (h.named = named; text_split(&regions, ',', &part) && !err;) {
		if (!region_code_is_valid(part, true))
			err = IMS_E_INVALID;
		else if (h.n_named == SEALED_REGIONS_MAX)
			err = IMS_E_TOO_MANY;
		else
			named[h.n_named++] = arena_text(&a, part);
	}
	h.operator_ = arena_text(&a, operator_name);
	s.header = &h;
	s.kind = arena_text(&a, kind);
	s.payload = (ProtobufCBinaryData){payload.n, (uint8_t *)(uintptr_t)payload.p};
	if (!err && (arena_failed(&a) || h.n_named == 0))
		err = h.n_named ? IMS_E_NOMEM : IMS_E_INVALID;
	if (!err) {
		codec_pack(&s.base, out);
		err = out->failed ? IMS_E_NOMEM : 0;
	}
	arena_fini(&a);
	return err;
}
