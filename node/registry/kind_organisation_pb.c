/* SPDX-License-Identifier: Apache-2.0 */
#include "pb/registry.pb-c.h"

#include "registry/kind_int.h"

#define SOURCES_MAX 20

void registry_validate_organisation(const ProtobufCMessage *base, struct problems *p)
{
	const Ims__Registry__Organisation *m = (const Ims__Registry__Organisation *)base;

	check_line(p, "name", m->name, FIELD_REQUIRED, 300);
	check_line(p, "short_name", m->short_name, FIELD_OPTIONAL, 100);
	check_country(p, "country", m->country, FIELD_REQUIRED);
	check_line(p, "city", m->city, FIELD_OPTIONAL, 200);
	check_code(p, "type", m->type, FIELD_OPTIONAL, "organisation-types");
	check_links(p, "links", m->links, m->n_links);
	check_count(p, "sources", m->n_sources, SOURCES_MAX);
	for (size_t i = 0; i < m->n_sources; i++)
		check_source(p, "sources", i, m->sources[i]);
}

void registry_keys_organisation(const ProtobufCMessage *base, struct registry_keys *keys)
{
	const Ims__Registry__Organisation *m = (const Ims__Registry__Organisation *)base;
	struct bytes name = registry_fold(bytes_of(m->name), keys->arena);

	key_put(keys, "natural.name", key_join(keys, name, '|', bytes_of(m->country)));
	key_put_text(keys, "country", m->country);
	key_put_text(keys, "type", m->type);
	for (size_t i = 0; i < m->n_sources; i++)
		key_put_source(keys, "source", m->sources[i]);
}
