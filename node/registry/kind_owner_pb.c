/* SPDX-License-Identifier: Apache-2.0 */
#include "pb/registry.pb-c.h"

#include "registry/kind_int.h"

void registry_validate_owner(const ProtobufCMessage *base, struct problems *p)
{
	const Ims__Registry__NeedOwner *m = (const Ims__Registry__NeedOwner *)base;

	check_own_record(p, "need", m->need, FIELD_REQUIRED, "n");
	check_own_record(p, "initiative", m->initiative, FIELD_REQUIRED, "i");
}

void registry_keys_owner(const ProtobufCMessage *base, struct registry_keys *keys)
{
	const Ims__Registry__NeedOwner *m = (const Ims__Registry__NeedOwner *)base;

	key_put_text(keys, "about", m->need);
	key_put_text(keys, "about", m->initiative);
}
