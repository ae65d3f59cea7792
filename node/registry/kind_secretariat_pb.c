/* SPDX-License-Identifier: Apache-2.0 */
#include "pb/registry.pb-c.h"

#include "registry/kind_int.h"

#define ADDRESS_LINES_MAX 10
#define CONTACTS_MAX 50

void registry_validate_secretariat(const ProtobufCMessage *base, struct problems *p)
{
	const Ims__Registry__Secretariat *m = (const Ims__Registry__Secretariat *)base;

	check_texts(p, "name", m->name, m->n_name, FIELD_REQUIRED, TEXT_LINE);
	check_record(p, "host", m->host, FIELD_OPTIONAL, "o");
	check_lines(p, "address", m->address, m->n_address, ADDRESS_LINES_MAX, 200);
	check_country(p, "country", m->country, FIELD_OPTIONAL);
	check_email(p, "email", m->email);
	check_phone(p, "phone", m->phone);
	check_languages(p, "languages", m->languages, m->n_languages);
	check_records(p, "contacts", m->contacts, m->n_contacts, CONTACTS_MAX, "c");
	check_links(p, "links", m->links, m->n_links);
}

void registry_keys_secretariat(const ProtobufCMessage *base, struct registry_keys *keys)
{
	const Ims__Registry__Secretariat *m = (const Ims__Registry__Secretariat *)base;

	key_put_text(keys, "natural.secretariat", KEY_ONLY);
	key_put_text(keys, "country", m->country);
	key_put_text(keys, "host", m->host);
	key_put_texts(keys, "contact", m->contacts, m->n_contacts);
}
