/* SPDX-License-Identifier: Apache-2.0 */
#include "pb/registry.pb-c.h"

#include "registry/kind_int.h"

void registry_validate_region(const ProtobufCMessage *base, struct problems *p)
{
	const Ims__Registry__Region *m = (const Ims__Registry__Region *)base;

	check_texts(p, "name", m->name, m->n_name, FIELD_REQUIRED, TEXT_LINE);
	check_countries(p, "countries", m->countries, m->n_countries, FIELD_REQUIRED);
	check_record(p, "host", m->host, FIELD_OPTIONAL, "o");
	check_languages(p, "languages", m->languages, m->n_languages);
	check_links(p, "links", m->links, m->n_links);
	check_day(p, "joined", m->joined, FIELD_OPTIONAL);
	check_texts(p, "about", m->about, m->n_about, FIELD_OPTIONAL, TEXT_LONG);
}

void registry_keys_region(const ProtobufCMessage *base, struct registry_keys *keys)
{
	const Ims__Registry__Region *m = (const Ims__Registry__Region *)base;

	key_put_text(keys, "natural.region", KEY_ONLY);
	key_put_texts(keys, "country", m->countries, m->n_countries);
	key_put_text(keys, "host", m->host);
}
