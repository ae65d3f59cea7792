/* SPDX-License-Identifier: Apache-2.0 */
#include "pb/registry.pb-c.h"

#include "registry/kind_int.h"

#define TYPES_MAX 20

/* Whose it is: named, or kept in an owner record, which only the home sees; of that one the country shows. */
static void validate_owner(const Ims__Registry__Need *m, struct problems *p)
{
	if (m->anonymous && m->initiative[0])
		problem_add(p, "initiative", "an anonymous need names none (an owner record does)");
	else
		check_own_record(p, "initiative", m->initiative,
				 m->anonymous ? FIELD_OPTIONAL : FIELD_REQUIRED, "i");
	check_country(p, "owner_country", m->owner_country, m->anonymous ? FIELD_REQUIRED : FIELD_OPTIONAL);
	check_code(p, "owner_type", m->owner_type, FIELD_OPTIONAL, "organisation-types");
}

void registry_validate_need(const ProtobufCMessage *base, struct problems *p)
{
	const Ims__Registry__Need *m = (const Ims__Registry__Need *)base;

	validate_owner(m, p);
	check_texts(p, "title", m->title, m->n_title, FIELD_REQUIRED, TEXT_LINE);
	check_texts(p, "description", m->description, m->n_description, FIELD_OPTIONAL, TEXT_LONG);
	check_codes(p, "domains", m->domains, m->n_domains, DOMAINS_MAX, "technology-domains");
	check_codes(p, "platforms", m->platforms, m->n_platforms, PLATFORMS_MAX, "platforms");
	check_lines(p, "keywords", m->keywords, m->n_keywords, KEYWORDS_MAX, 200);
	check_codes(p, "organisation_types", m->organisation_types, m->n_organisation_types, TYPES_MAX,
		    "organisation-types");
	check_regions(p, "regions", m->regions, m->n_regions);
	check_countries(p, "countries", m->countries, m->n_countries, FIELD_OPTIONAL);
	check_code(p, "role", m->role, FIELD_OPTIONAL, "participant-roles");
	check_day(p, "deadline", m->deadline, FIELD_OPTIONAL);
	check_day(p, "expiry", m->expiry, FIELD_REQUIRED);
	check_code(p, "state", m->state, FIELD_REQUIRED, "need-states");
}

void registry_keys_need(const ProtobufCMessage *base, struct registry_keys *keys)
{
	const Ims__Registry__Need *m = (const Ims__Registry__Need *)base;

	key_put_text(keys, "about", m->initiative);
	key_put_text(keys, "state", m->state);
	key_put_texts(keys, "domain", m->domains, m->n_domains);
	key_put_texts(keys, "platform", m->platforms, m->n_platforms);
	key_put_texts(keys, "type", m->organisation_types, m->n_organisation_types);
	key_put_texts(keys, "region", m->regions, m->n_regions);
	key_put_texts(keys, "country", m->countries, m->n_countries);
	key_put_text(keys, "role", m->role);
}
