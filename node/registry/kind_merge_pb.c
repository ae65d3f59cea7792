/* SPDX-License-Identifier: Apache-2.0 */
#include "pb/registry.pb-c.h"

#include "registry/kind_int.h"

void registry_validate_merge(const ProtobufCMessage *base, struct problems *p)
{
	const Ims__Registry__Merge *m = (const Ims__Registry__Merge *)base;

	check_own_record(p, "initiative", m->initiative, FIELD_REQUIRED, "i");
	check_citation(p, "into", m->into, FIELD_REQUIRED, "i");
	if (m->into && m->initiative[0] && strcmp(m->into->record, m->initiative) == 0)
		problem_add(p, "into", "the same initiative");
	check_texts(p, "reason", m->reason, m->n_reason, FIELD_OPTIONAL, TEXT_LONG);
}

void registry_keys_merge(const ProtobufCMessage *base, struct registry_keys *keys)
{
	const Ims__Registry__Merge *m = (const Ims__Registry__Merge *)base;

	key_put_text(keys, "natural.merge", m->initiative);
	key_put_text(keys, "about", m->initiative);
	key_put_cited(keys, "into", m->into);
}
