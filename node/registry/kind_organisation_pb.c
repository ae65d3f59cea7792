/* SPDX-License-Identifier: Apache-2.0 */
#include "pb/registry.pb-c.h"

#include "registry/kind_int.h"

#define SOURCES_MAX 20
#define ALIASES_MAX 50

/* Other names: several of one language may stand, and an old name may have none. */
static void validate_aliases(const Ims__Registry__Organisation *m, struct problems *p)
{
	check_count(p, "aliases", m->n_aliases, ALIASES_MAX);
	for (size_t i = 0; i < m->n_aliases; i++) {
		problem_enter(p, "aliases", i);
		if (m->aliases[i]->lang[0])
			check_language(p, "lang", m->aliases[i]->lang);
		check_line(p, "text", m->aliases[i]->text, FIELD_REQUIRED, 300);
		problem_leave(p);
	}
}

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
	check_ror(p, "ror", m->ror);
	check_pic(p, "pic", m->pic);
	validate_aliases(m, p);
	check_texts(p, "about", m->about, m->n_about, FIELD_OPTIONAL, TEXT_LONG);
	check_codes(p, "domains", m->domains, m->n_domains, DOMAINS_MAX, "technology-domains");
	check_codes(p, "platforms", m->platforms, m->n_platforms, PLATFORMS_MAX, "platforms");
	check_lines(p, "keywords", m->keywords, m->n_keywords, KEYWORDS_MAX, 200);
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
	key_put_text(keys, "ror", m->ror);
	key_put_text(keys, "pic", m->pic);
	key_put_texts(keys, "domain", m->domains, m->n_domains);
	key_put_texts(keys, "platform", m->platforms, m->n_platforms);
}
