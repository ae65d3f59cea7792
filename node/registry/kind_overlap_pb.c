/* SPDX-License-Identifier: Apache-2.0 */
#include "pb/registry.pb-c.h"

#include "registry/kind_int.h"

void registry_validate_overlap(const ProtobufCMessage *base, struct problems *p)
{
	const Ims__Registry__OverlapLink *m = (const Ims__Registry__OverlapLink *)base;

	check_citation(p, "one", m->one, FIELD_REQUIRED, "i");
	check_citation(p, "other", m->other, FIELD_REQUIRED, "i");
	if (m->one && m->other && strcmp(m->one->record, m->other->record) == 0)
		problem_add(p, "other", "the same initiative as the one");
	check_code(p, "relation", m->relation, FIELD_REQUIRED, "overlap-relations");
	check_texts(p, "reason", m->reason, m->n_reason, FIELD_OPTIONAL, TEXT_LONG);
}

void registry_keys_overlap(const ProtobufCMessage *base, struct registry_keys *keys)
{
	const Ims__Registry__OverlapLink *m = (const Ims__Registry__OverlapLink *)base;

	if (m->one && m->other) {
		bool in_order = strcmp(m->one->record, m->other->record) <= 0;

		key_put(keys, "natural.overlap",
			key_join(keys, bytes_of((in_order ? m->one : m->other)->record), '|',
				 bytes_of((in_order ? m->other : m->one)->record)));
	}
	key_put_cited(keys, "about", m->one);
	key_put_cited(keys, "about", m->other);
	key_put_text(keys, "relation", m->relation);
}
