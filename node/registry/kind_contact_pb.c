/* SPDX-License-Identifier: Apache-2.0 */
#include "pb/registry.pb-c.h"

#include "registry/kind_int.h"

void registry_validate_contact(const ProtobufCMessage *base, struct problems *p)
{
	const Ims__Registry__Contact *m = (const Ims__Registry__Contact *)base;

	check_line(p, "name", m->name, FIELD_OPTIONAL, 200);
	if (!m->name[0] && !m->role[0])
		problem_add(p, "name", "a contact has a name or a role");
	check_email(p, "email", m->email);
	check_phone(p, "phone", m->phone);
	check_code(p, "role", m->role, FIELD_OPTIONAL, "contact-roles");
	check_record(p, "organisation", m->organisation, FIELD_OPTIONAL, "o");
	check_languages(p, "languages", m->languages, m->n_languages);
}

void registry_keys_contact(const ProtobufCMessage *base, struct registry_keys *keys)
{
	const Ims__Registry__Contact *m = (const Ims__Registry__Contact *)base;

	key_put_text(keys, "organisation", m->organisation);
	key_put_text(keys, "role", m->role);
}
