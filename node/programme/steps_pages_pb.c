/* SPDX-License-Identifier: Apache-2.0 */
/* The third step: described on the template, within its pages. */
#include "pb/registry.pb-c.h"

#include "programme/pages.h"
#include "programme/steps_int.h"

static const Ims__Registry__DescriptionSection *find_section(const Ims__Registry__Description *d,
							     const char *id)
{
	for (size_t i = 0; i < d->n_sections; i++)
		if (strcmp(d->sections[i]->id, id) == 0)
			return d->sections[i];
	return NULL;
}

static bool has_section(const Ims__Registry__Template *t, const char *id)
{
	for (size_t i = 0; i < t->n_sections; i++)
		if (strcmp(t->sections[i]->id, id) == 0)
			return true;
	return false;
}

/* In the description's language, else in English, else the first. */
static const char *title_in(Ims__Registry__Text *const *title, size_t n, const char *lang)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(title[i]->lang, lang) == 0)
			return title[i]->text;
	return case_text(title, n);
}

static void note(const char **list, size_t *n, size_t max, const char *id)
{
	if (*n < max)
		list[(*n)++] = id;
}

void description_measure(const Ims__Registry__Template *t, const Ims__Registry__Description *d,
			 void (*line)(void *ctx, struct bytes line), void *ctx, struct page_measure *ret)
{
	struct pages p = {
		.columns = t->columns > PAGES_COLUMNS_MIN ? t->columns : PAGES_COLUMNS_MIN,
		.line = line,
		.ctx = ctx,
	};
	struct page_measure m = {.pages_max = t->pages_max};
	const size_t max = sizeof(m.missing) / sizeof(m.missing[0]);

	for (size_t i = 0; i < t->n_sections; i++) {
		const Ims__Registry__TemplateSection *s = t->sections[i];
		const Ims__Registry__DescriptionSection *text = find_section(d, s->id);

		if (text)
			pages_section(&p, bytes_of(title_in(s->title, s->n_title, d->lang)),
				      bytes_of(text->text));
		else if (s->required)
			note(m.missing, &m.n_missing, max, s->id);
	}
	for (size_t i = 0; i < d->n_sections; i++)
		if (!has_section(t, d->sections[i]->id)) { /* it takes its room all the same */
			note(m.unknown, &m.n_unknown, max, d->sections[i]->id);
			pages_section(&p, bytes_of(d->sections[i]->id), bytes_of(d->sections[i]->text));
		}
	m.lines = p.lines;
	m.pages = pages_count(&p, t->lines);
	*ret = m;
}

/* One description against the template that it cites. */
static bool is_fit(struct step_check *k, const struct case_entry *e)
{
	const Ims__Registry__Description *d = (const Ims__Registry__Description *)e->m;
	const struct case_entry *cited;
	const Ims__Registry__Template *t;
	struct page_measure m;
	int err = case_cited(k->c, d->template_, &cited);

	if (err || cited->state != CASE_LIVE || strcmp(cited->kind->name, "template") != 0) {
		step_say(k, STEP_MISSING, e->record, "%s",
			 err == IMS_E_NOT_FOUND ? "the template that it is written on is not here yet"
						: "it cites no template that can be read");
		return false;
	}
	t = (const Ims__Registry__Template *)cited->m;
	description_measure(t, d, NULL, NULL, &m);
	for (size_t i = 0; i < m.n_missing; i++)
		step_say(k, STEP_MISSING, e->record, "section '%s' of template %s %u", m.missing[i], t->name,
			 t->version);
	for (size_t i = 0; i < m.n_unknown; i++)
		step_say(k, STEP_REMARK, e->record, "section '%s' is not in the template", m.unknown[i]);
	step_say(k, m.pages <= m.pages_max && m.lines ? STEP_EVIDENCE : STEP_MISSING, e->record,
		 "%llu lines on template %s %u in '%s': %llu page%s, at most %u", (unsigned long long)m.lines,
		 t->name, t->version, d->lang, (unsigned long long)m.pages, m.pages == 1 ? "" : "s",
		 m.pages_max);
	return !m.n_missing && m.lines && m.pages <= m.pages_max;
}

void step_description(struct step_check *k)
{
	bool any = false, fit = false;

	for (const struct case_entry *e = NULL; (e = case_next_live(k->c, "description", e)) != NULL; e++) {
		any = true;
		fit |= is_fit(k, e);
	}
	if (!any)
		step_say(k, STEP_MISSING, NULL, "a description on the template");
	if (!fit)
		step_say(k, STEP_NEXT, NULL,
			 "the originator or a coach of %s writes it ('ims template show' has the form)",
			 k->c->home);
	k->step->verdict = fit ? STEP_MET : STEP_NOT;
}
