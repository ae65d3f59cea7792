/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/document.h"

#include "pb/registry.pb-c.h"

#include "base/buf.h"
#include "registry/audience.h"
#include "registry/registry.h"
#include "wire/codec.h"

static int is_ours(int err)
{
	return err == IMS_E_NOMEM ? err : IMS_E_NOT_FOUND;
}

static int read_document(struct bytes payload, struct arena *a, struct document *ret)
{
	const struct kind *k = kind_by_name(BYTES_LIT(DOCUMENT_KIND));
	const Ims__Registry__Document *d;
	ProtobufCMessage *m;
	int err = registry_check(k, payload, a, NULL);

	if (!err)
		err = codec_unpack(k->descriptor, payload, a, &m, NULL);
	if (err)
		return is_ours(err);
	d = (const Ims__Registry__Document *)m;
	*ret = (struct document){.bytes = d->bytes,
				 .name = d->name,
				 .media_type = d->media_type,
				 .lang = d->lang,
				 .title = d->n_title ? d->title[0]->text : "",
				 .named = ""};
	memcpy(ret->sha256.b, d->sha256.data, sizeof(ret->sha256.b));
	return 0;
}

static const char *names_of(const Ims__Registry__Header *h, struct arena *a)
{
	struct buf b = {0};
	const char *ret;

	for (size_t i = 0; h && i < h->n_named && i < SEALED_REGIONS_MAX; i++)
		buf_printf(&b, "%s%s", i ? "," : "", h->named[i]);
	ret = arena_text(a, buf_bytes(&b));
	buf_fini(&b);
	return ret;
}

int document_of(struct bytes kind, struct bytes payload, struct arena *a, struct document *ret)
{
	const Ims__Registry__Sealed *s;
	ProtobufCMessage *m;
	int err;

	if (bytes_eq_text(kind, DOCUMENT_KIND))
		return read_document(payload, a, ret);
	if (!bytes_eq_text(kind, SEALED_KIND))
		return IMS_E_NOT_FOUND;
	err = codec_unpack(&ims__registry__sealed__descriptor, payload, a, &m, NULL);
	if (err)
		return is_ours(err);
	s = (const Ims__Registry__Sealed *)m;
	if (strcmp(s->kind, DOCUMENT_KIND) != 0)
		return IMS_E_NOT_FOUND;
	err = read_document(BYTES(s->payload.data, s->payload.len), a, ret);
	if (!err)
		ret->named = names_of(s->header, a);
	return err || ret->named ? err : IMS_E_NOMEM;
}
