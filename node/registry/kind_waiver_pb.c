/* SPDX-License-Identifier: Apache-2.0 */
#include "pb/registry.pb-c.h"

#include "registry/kind_int.h"

void registry_validate_waiver(const ProtobufCMessage *base, struct problems *p)
{
	const Ims__Registry__Waiver *m = (const Ims__Registry__Waiver *)base;

	check_own_record(p, "initiative", m->initiative, FIELD_REQUIRED, "i");
	check_code(p, "step", m->step, FIELD_REQUIRED, "mtp-steps");
	if (p->ref && reference_has(p->ref, "mtp-steps", bytes_of(m->step)) &&
	    !bytes_eq_text(reference_get(p->ref, "mtp-steps", bytes_of(m->step), "waivable"), "yes"))
		problem_add(p, "step", "\"%s\" is no step that may be waived", m->step);
	check_texts(p, "reason", m->reason, m->n_reason, FIELD_REQUIRED, TEXT_LONG);
}

void registry_keys_waiver(const ProtobufCMessage *base, struct registry_keys *keys)
{
	const Ims__Registry__Waiver *m = (const Ims__Registry__Waiver *)base;

	key_put(keys, "natural.waiver", key_join(keys, bytes_of(m->initiative), '|', bytes_of(m->step)));
	key_put_text(keys, "about", m->initiative);
	key_put_text(keys, "step", m->step);
}
