/* SPDX-License-Identifier: Apache-2.0 */
#include "pb/registry.pb-c.h"

#include "registry/kind_int.h"

#define COUNTED_MAX 200

static void validate_counted(const Ims__Registry__Conclusion *m, struct problems *p)
{
	if (m->n_counted == 0)
		problem_add(p, "counted", "one signature at least");
	check_count(p, "counted", m->n_counted, COUNTED_MAX);
	for (size_t i = 0; i < m->n_counted; i++) {
		const Ims__Registry__Counted *c = m->counted[i];

		problem_enter(p, "counted", i);
		check_citation(p, "signature", c->signature, FIELD_REQUIRED, "sg");
		check_region(p, "region", c->region, FIELD_REQUIRED);
		if (c->signature)
			check_home_of(p, "region", c->region, c->signature->record);
		for (size_t k = 0; k < i && i < COUNTED_MAX; k++)
			if (c->signature && m->counted[k]->signature &&
			    strcmp(c->signature->record, m->counted[k]->signature->record) == 0) {
				problem_add(p, "signature", "stands twice");
				break;
			}
		problem_leave(p);
	}
}

void registry_validate_conclusion(const ProtobufCMessage *base, struct problems *p)
{
	const Ims__Registry__Conclusion *m = (const Ims__Registry__Conclusion *)base;

	check_own_citation(p, "agreement", m->agreement, FIELD_REQUIRED, "m");
	check_own_record(p, "initiative", m->initiative, FIELD_REQUIRED, "i");
	check_range(p, "roster_version", m->roster_version, 1, INT64_MAX);
	validate_counted(m, p);
}

void registry_keys_conclusion(const ProtobufCMessage *base, struct registry_keys *keys)
{
	const Ims__Registry__Conclusion *m = (const Ims__Registry__Conclusion *)base;

	key_put_text(keys, "about", m->initiative);
	key_put_cited(keys, "about", m->agreement);
	for (size_t i = 0; i < m->n_counted; i++)
		key_put_cited(keys, "signature", m->counted[i]->signature);
}
