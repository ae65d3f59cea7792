/* SPDX-License-Identifier: Apache-2.0 */
#include "pb/registry.pb-c.h"

#include "registry/kind_int.h"

/* Who it is: a record of its region, or in words. */
static void validate_who(const Ims__Registry__Interest *m, struct problems *p)
{
	bool in_words = !m->organisation[0] && m->name[0];

	if (!m->organisation[0] && !m->name[0])
		problem_add(p, "organisation",
			    "required: a record of this region, or name and country instead");
	check_own_record(p, "organisation", m->organisation, FIELD_OPTIONAL, "o");
	check_line(p, "name", m->name, FIELD_OPTIONAL, 300);
	check_country(p, "country", m->country, in_words ? FIELD_REQUIRED : FIELD_OPTIONAL);
	check_code(p, "organisation_type", m->organisation_type, FIELD_OPTIONAL, "organisation-types");
}

void registry_validate_interest(const ProtobufCMessage *base, struct problems *p)
{
	const Ims__Registry__Interest *m = (const Ims__Registry__Interest *)base;

	check_citation(p, "need", m->need, FIELD_REQUIRED, "n");
	validate_who(m, p);
	check_texts(p, "cooperation", m->cooperation, m->n_cooperation, FIELD_REQUIRED, TEXT_LONG);
	check_texts(p, "questions", m->questions, m->n_questions, FIELD_OPTIONAL, TEXT_LONG);
	check_texts(p, "about", m->about, m->n_about, FIELD_OPTIONAL, TEXT_LONG);
	check_record(p, "contact", m->contact, FIELD_OPTIONAL, "c");
	check_day(p, "answer_by", m->answer_by, FIELD_OPTIONAL);
}

void registry_keys_interest(const ProtobufCMessage *base, struct registry_keys *keys)
{
	const Ims__Registry__Interest *m = (const Ims__Registry__Interest *)base;

	key_put_cited(keys, "about", m->need);
	key_put_text(keys, "organisation", m->organisation);
}
