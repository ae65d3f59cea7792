/* SPDX-License-Identifier: Apache-2.0 */
#include "pb/registry.pb-c.h"

#include "registry/document.h"
#include "registry/kind_int.h"

void registry_validate_document(const ProtobufCMessage *base, struct problems *p)
{
	const Ims__Registry__Document *m = (const Ims__Registry__Document *)base;

	check_line(p, "name", m->name, FIELD_REQUIRED, 200);
	check_media_type(p, "media_type", m->media_type);
	check_range(p, "bytes", m->bytes, 1, DOCUMENT_MAX_BYTES);
	check_bytes(p, "sha256", &m->sha256, FIELD_REQUIRED, HASH_BYTES, HASH_BYTES);
	check_texts(p, "title", m->title, m->n_title, FIELD_OPTIONAL, TEXT_LINE);
	if (m->lang[0])
		check_language(p, "lang", m->lang);
}

void registry_keys_document(const ProtobufCMessage *base, struct registry_keys *keys)
{
	const Ims__Registry__Document *m = (const Ims__Registry__Document *)base;

	key_put(keys, "natural.sha256", key_hex(keys, &m->sha256));
	key_put(keys, "sha256", key_hex(keys, &m->sha256));
	key_put_text(keys, "type", m->media_type);
}
