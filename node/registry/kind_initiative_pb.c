/* SPDX-License-Identifier: Apache-2.0 */
#include "pb/registry.pb-c.h"

#include "registry/kind_int.h"

#define PARTICIPANTS_MAX 500

static void validate_participants(const Ims__Registry__Initiative *m, struct problems *p)
{
	check_count(p, "participants", m->n_participants, PARTICIPANTS_MAX);
	for (size_t i = 0; i < m->n_participants; i++) {
		const Ims__Registry__Participant *who = m->participants[i];

		problem_enter(p, "participants", i);
		check_record(p, "organisation", who->organisation, FIELD_REQUIRED, "o");
		check_code(p, "role", who->role, FIELD_REQUIRED, "participant-roles");
		check_country(p, "country", who->country, FIELD_REQUIRED);
		check_not_negative(p, "share_hundredths", who->share_hundredths);
		for (size_t k = 0; k < i && i < PARTICIPANTS_MAX; k++)
			if (strcmp(who->organisation, m->participants[k]->organisation) == 0) {
				problem_add(p, "organisation", "takes part already");
				break;
			}
		problem_leave(p);
	}
}

static void validate_money_and_time(const Ims__Registry__Initiative *m, struct problems *p)
{
	check_not_negative(p, "budget_hundredths", m->budget_hundredths);
	check_currency(p, "currency", m->currency,
		       m->budget_hundredths > 0 ? FIELD_REQUIRED : FIELD_OPTIONAL);
	check_days(p, "start", m->start, "end", m->end);
}

void registry_validate_initiative(const ProtobufCMessage *base, struct problems *p)
{
	const Ims__Registry__Initiative *m = (const Ims__Registry__Initiative *)base;

	check_texts(p, "title", m->title, m->n_title, FIELD_REQUIRED, TEXT_LINE);
	check_texts(p, "abstract", m->abstract, m->n_abstract, FIELD_OPTIONAL, TEXT_LONG);
	check_line(p, "acronym", m->acronym, FIELD_OPTIONAL, 60);
	check_code(p, "platform", m->platform, FIELD_OPTIONAL, "platforms");
	check_codes(p, "domains", m->domains, m->n_domains, DOMAINS_MAX, "technology-domains");
	validate_money_and_time(m, p);
	check_code(p, "state", m->state, FIELD_REQUIRED, "initiative-states");
	validate_participants(m, p);
	check_links(p, "links", m->links, m->n_links);
	if (m->source)
		check_source(p, "source", PROBLEM_ONE, m->source);
	check_lines(p, "keywords", m->keywords, m->n_keywords, KEYWORDS_MAX, 200);
	check_line(p, "programme", m->programme, FIELD_OPTIONAL, 200);
	check_record(p, "originator", m->originator, FIELD_OPTIONAL, "o");
}

void registry_keys_initiative(const ProtobufCMessage *base, struct registry_keys *keys)
{
	const Ims__Registry__Initiative *m = (const Ims__Registry__Initiative *)base;

	key_put_source(keys, "natural.source", m->source);
	key_put_source(keys, "source", m->source);
	key_put(keys, "acronym", registry_fold(bytes_of(m->acronym), keys->arena));
	key_put_text(keys, "state", m->state);
	key_put_text(keys, "platform", m->platform);
	key_put_texts(keys, "domain", m->domains, m->n_domains);
	for (size_t i = 0; i < m->n_participants; i++)
		key_put_text(keys, "participant", m->participants[i]->organisation);
	for (size_t i = 0; i < m->n_participants; i++)
		key_put_text(keys, "country", m->participants[i]->country);
	key_put_text(keys, "originator", m->originator);
}
