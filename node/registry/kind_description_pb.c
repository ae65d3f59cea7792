/* SPDX-License-Identifier: Apache-2.0 */
#include "pb/registry.pb-c.h"

#include "registry/kind_int.h"

#define SECTIONS_MAX 50

static void validate_sections(const Ims__Registry__Description *m, struct problems *p)
{
	if (m->n_sections == 0 && !m->document[0])
		problem_add(p, "sections", "one section at least, or a document");
	check_count(p, "sections", m->n_sections, SECTIONS_MAX);
	for (size_t i = 0; i < m->n_sections; i++) {
		problem_enter(p, "sections", i);
		check_slug(p, "id", m->sections[i]->id);
		check_once(p, "id", m->sections, i, offsetof(Ims__Registry__DescriptionSection, id));
		check_long(p, "text", m->sections[i]->text, FIELD_REQUIRED, LONG_MAX_BYTES);
		problem_leave(p);
	}
}

void registry_validate_description(const ProtobufCMessage *base, struct problems *p)
{
	const Ims__Registry__Description *m = (const Ims__Registry__Description *)base;

	check_own_record(p, "initiative", m->initiative, FIELD_REQUIRED, "i");
	check_citation(p, "template", m->template_, FIELD_REQUIRED, "t");
	check_language(p, "lang", m->lang);
	validate_sections(m, p);
	check_record(p, "document", m->document, FIELD_OPTIONAL, "b");
}

void registry_keys_description(const ProtobufCMessage *base, struct registry_keys *keys)
{
	const Ims__Registry__Description *m = (const Ims__Registry__Description *)base;

	struct bytes lang = registry_fold(bytes_of(m->lang), keys->arena);

	key_put(keys, "natural.description", key_join(keys, bytes_of(m->initiative), '|', lang));
	key_put_text(keys, "about", m->initiative);
	key_put(keys, "lang", lang);
	key_put_cited(keys, "template", m->template_);
}
