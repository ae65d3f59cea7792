/* SPDX-License-Identifier: Apache-2.0 */
#include "pb/registry.pb-c.h"

#include "registry/audience.h"
#include "registry/kind_int.h"

void registry_validate_answer(const ProtobufCMessage *base, struct problems *p)
{
	const Ims__Registry__InterestAnswer *m = (const Ims__Registry__InterestAnswer *)base;

	check_citation(p, "interest", m->interest, FIELD_REQUIRED, SEALED_LETTER);
	check_code(p, "decision", m->decision, FIELD_REQUIRED, "interest-decisions");
	check_texts(p, "reason", m->reason, m->n_reason, FIELD_OPTIONAL, TEXT_LONG);
	check_own_record(p, "initiative", m->initiative, FIELD_OPTIONAL, "i");
	if (m->initiative[0] && strcmp(m->decision, "accepted") != 0)
		problem_add(p, "initiative", "told with the decision \"accepted\" alone");
	check_record(p, "contact", m->contact, FIELD_OPTIONAL, "c");
	check_day(p, "meet_by", m->meet_by, FIELD_OPTIONAL);
}

void registry_keys_answer(const ProtobufCMessage *base, struct registry_keys *keys)
{
	const Ims__Registry__InterestAnswer *m = (const Ims__Registry__InterestAnswer *)base;

	key_put_cited(keys, "about", m->interest);
	key_put_text(keys, "about", m->initiative);
	key_put_text(keys, "decision", m->decision);
}
