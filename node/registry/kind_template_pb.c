/* SPDX-License-Identifier: Apache-2.0 */
#include "pb/registry.pb-c.h"

#include "registry/kind_int.h"

#define SECTIONS_MAX 50
#define PAGES_MAX 100
#define COLUMNS_MIN 20
#define COLUMNS_MAX 400
#define LINES_MIN 10
#define LINES_MAX 400

static void validate_sections(const Ims__Registry__Template *m, struct problems *p)
{
	if (m->n_sections == 0)
		problem_add(p, "sections", "one section at least");
	check_count(p, "sections", m->n_sections, SECTIONS_MAX);
	for (size_t i = 0; i < m->n_sections; i++) {
		const Ims__Registry__TemplateSection *s = m->sections[i];

		problem_enter(p, "sections", i);
		check_slug(p, "id", s->id);
		check_once(p, "id", m->sections, i, offsetof(Ims__Registry__TemplateSection, id));
		check_texts(p, "title", s->title, s->n_title, FIELD_REQUIRED, TEXT_LINE);
		check_texts(p, "guidance", s->guidance, s->n_guidance, FIELD_OPTIONAL, TEXT_LONG);
		problem_leave(p);
	}
}

void registry_validate_template(const ProtobufCMessage *base, struct problems *p)
{
	const Ims__Registry__Template *m = (const Ims__Registry__Template *)base;

	check_slug(p, "name", m->name);
	check_range(p, "version", m->version, 1, VERSION_MAX);
	check_texts(p, "title", m->title, m->n_title, FIELD_REQUIRED, TEXT_LINE);
	check_range(p, "pages_max", m->pages_max, 1, PAGES_MAX);
	check_range(p, "columns", m->columns, COLUMNS_MIN, COLUMNS_MAX);
	check_range(p, "lines", m->lines, LINES_MIN, LINES_MAX);
	validate_sections(m, p);
}

void registry_keys_template(const ProtobufCMessage *base, struct registry_keys *keys)
{
	const Ims__Registry__Template *m = (const Ims__Registry__Template *)base;

	key_put(keys, "natural.template",
		key_join(keys, bytes_of(m->name), '|', key_number(keys, m->version)));
	key_put_text(keys, "name", m->name);
}
