/* SPDX-License-Identifier: Apache-2.0 */
#include "pb/registry.pb-c.h"

#include "registry/kind_int.h"

void registry_validate_note(const ProtobufCMessage *base, struct problems *p)
{
	const Ims__Registry__CaseNote *m = (const Ims__Registry__CaseNote *)base;

	check_record(p, "initiative", m->initiative, FIELD_REQUIRED, "i");
	check_day(p, "day", m->day, FIELD_REQUIRED);
	check_code(p, "topic", m->topic, FIELD_REQUIRED, "case-topics");
	check_texts(p, "text", m->text, m->n_text, FIELD_REQUIRED, TEXT_LONG);
	check_day(p, "next_action", m->next_action, FIELD_OPTIONAL);
}

void registry_keys_note(const ProtobufCMessage *base, struct registry_keys *keys)
{
	const Ims__Registry__CaseNote *m = (const Ims__Registry__CaseNote *)base;

	key_put_text(keys, "about", m->initiative);
	key_put_text(keys, "topic", m->topic);
}
