/* SPDX-License-Identifier: Apache-2.0 */
#include "pb/registry.pb-c.h"

#include "registry/kind_int.h"

void registry_validate_endorsement(const ProtobufCMessage *base, struct problems *p)
{
	const Ims__Registry__Endorsement *m = (const Ims__Registry__Endorsement *)base;

	check_citation(p, "subject", m->subject, FIELD_REQUIRED, "i m");
	check_texts(p, "text", m->text, m->n_text, FIELD_OPTIONAL, TEXT_LONG);
}

void registry_keys_endorsement(const ProtobufCMessage *base, struct registry_keys *keys)
{
	const Ims__Registry__Endorsement *m = (const Ims__Registry__Endorsement *)base;

	key_put_cited(keys, "natural.endorsement", m->subject);
	key_put_cited(keys, "about", m->subject);
}
