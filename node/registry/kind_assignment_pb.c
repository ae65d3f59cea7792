/* SPDX-License-Identifier: Apache-2.0 */
#include "pb/registry.pb-c.h"

#include "registry/kind_int.h"

void registry_validate_assignment(const ProtobufCMessage *base, struct problems *p)
{
	const Ims__Registry__CoachAssignment *m = (const Ims__Registry__CoachAssignment *)base;

	check_own_record(p, "initiative", m->initiative, FIELD_REQUIRED, "i");
	check_line(p, "coach", m->coach, FIELD_REQUIRED, 64);
	check_record(p, "contact", m->contact, FIELD_OPTIONAL, "c");
	if (!m->start[0])
		problem_add(p, "start", "required");
	check_days(p, "start", m->start, "end", m->end);
}

void registry_keys_assignment(const ProtobufCMessage *base, struct registry_keys *keys)
{
	const Ims__Registry__CoachAssignment *m = (const Ims__Registry__CoachAssignment *)base;

	key_put_text(keys, "about", m->initiative);
	key_put_text(keys, "coach", m->coach);
}
