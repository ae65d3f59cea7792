/* SPDX-License-Identifier: Apache-2.0 */
/* The steps in which other regions take part: the agreement, assistance and marketing. */
#include "pb/registry.pb-c.h"

#include "programme/agreement.h"
#include "programme/days.h"
#include "programme/marketing.h"
#include "programme/steps_int.h"

/* ---- agreement */
static void say_signings(struct step_check *k, const struct agreement *m)
{
	for (size_t i = 0; i < m->n_signings; i++) {
		const struct signing *s = &m->signings[i];

		if (s->state == SIGNING_COUNTS)
			step_say(k, STEP_EVIDENCE, s->entry->record, "%s signed for %s%s", s->organisation,
				 s->entry->region,
				 s->is_paper ? ", on paper: the word of its secretariat" : "");
		else
			step_say(k, STEP_REMARK, s->entry->record, "does not count%s: %s",
				 s->state == SIGNING_PENDING ? " yet" : "", s->why);
		if (s->remark)
			step_say(k, STEP_REMARK, s->entry->record, "%s", s->remark);
	}
}

/* Conclusions that do not stand. */
static void say_conclusions(struct step_check *k, const char *id)
{
	struct errtext why;

	for (const struct case_entry *e = NULL; (e = case_next(k->c, "conclusion", e)) != NULL; e++) {
		const Ims__Registry__Conclusion *m = (const Ims__Registry__Conclusion *)e->m;

		if (e->is_newest && m && strcmp(m->agreement->record, id) == 0 &&
		    conclusion_judge(k->c, e, &why))
			step_say(k, STEP_REMARK, e->record, "this conclusion does not stand: %s", why.text);
	}
}

static bool is_signed(struct step_check *k, const struct case_entry *e)
{
	const unsigned needed = CASE_REGIONS_NEEDED;
	struct agreement m;

	if (agreement_judge(k->c, e->record, k->ref, k->arena, &m))
		return false;
	if (m.version->state != CASE_LIVE) {
		step_say(k, STEP_MISSING, e->record, "the agreement has no version in force");
		return false;
	}
	say_signings(k, &m);
	if (m.conclusion)
		step_say(k, STEP_EVIDENCE, m.conclusion->record,
			 "concluded with %zu regions, by roster version %llu", m.n_regions,
			 (unsigned long long)m.roster_version);
	else
		say_conclusions(k, e->record);
	if (m.nothing_counts)
		step_say(k, STEP_MISSING, e->record, "no signature counts: %s", m.nothing_counts);
	else if (m.n_regions < needed)
		step_say(k, STEP_MISSING, e->record, "%zu of %u regions have signed revision %llu",
			 m.n_regions, needed, (unsigned long long)m.version->revision);
	else if (!m.conclusion)
		step_say(k, STEP_NEXT, NULL, "the secretariat of %s concludes it: 'ims moa conclude %s'",
			 k->c->home, e->record);
	if (!m.nothing_counts && m.n_regions < needed)
		step_say(k, STEP_NEXT, NULL,
			 "the secretariats of the parties hand in their signatures: 'ims moa sign %s' on "
			 "their nodes",
			 e->record);
	return m.n_regions >= needed;
}

void step_agreement(struct step_check *k)
{
	bool any = false, done = false;

	for (const struct case_entry *e = NULL; (e = case_next(k->c, "moa", e)) != NULL; e++)
		if (e->is_newest) {
			any = true;
			done |= is_signed(k, e);
		}
	if (!any) {
		step_say(k, STEP_MISSING, NULL, "a Memorandum of Agreement");
		step_say(k, STEP_NEXT, NULL, "a coach or the secretariat of %s drafts it: 'ims moa draft'",
			 k->c->home);
	}
	for (const struct case_entry *e = NULL; (e = case_next_live(k->c, "endorsement", e)) != NULL; e++)
		step_say(k, STEP_REMARK, e->record, "%s stands behind it", e->region);
	k->step->verdict = done ? STEP_MET : STEP_NOT;
}

/* ---- assistance and marketing */
static bool has_coach(struct step_check *k)
{
	bool has = false;

	for (const struct case_entry *e = NULL; (e = case_next_live(k->c, "assignment", e)) != NULL; e++) {
		const Ims__Registry__CoachAssignment *m = (const Ims__Registry__CoachAssignment *)e->m;
		bool over = m->end[0] && day_number(m->end) < k->today;

		if (strcmp(e->region, k->c->home) != 0)
			continue;
		has |= !over;
		step_say(k, over ? STEP_REMARK : STEP_EVIDENCE, e->record, "%s coaches it%s%s", m->coach,
			 m->end[0] ? ", until " : "", m->end);
	}
	if (!has) {
		step_say(k, STEP_MISSING, NULL, "a coach");
		step_say(k, STEP_NEXT, NULL, "the secretariat of %s assigns one", k->c->home);
	}
	return has;
}

/* Has each region that is asked acknowledged this notice? */
static bool all_acknowledged(struct step_check *k, const struct case_entry *notice)
{
	struct notice_now n;
	char text[DAY_BYTES];

	if (notice_judge(k->c, notice, k->today, k->arena, &n))
		return false;
	for (size_t i = 0; i < n.n; i++) {
		const struct notice_region *r = &n.regions[i];

		if (r->entry) {
			const Ims__Registry__Acknowledgement *m =
				(const Ims__Registry__Acknowledgement *)r->entry->m;

			step_say(k, STEP_EVIDENCE, r->entry->record, "made known in %s on %s, to %llu", r->code,
				 m->published, (unsigned long long)m->reach);
			continue;
		}
		if (r->late_days)
			step_say(k, STEP_MISSING, NULL,
				 "made known in %s: late by %lld days, it was due on %s", r->code,
				 (long long)r->late_days, day_text(n.due, text));
		else
			step_say(k, STEP_MISSING, NULL, "made known in %s: due on %s", r->code,
				 day_text(n.due, text));
		step_say(k, STEP_NEXT, NULL, "the secretariat of %s makes it known, then: 'ims acknowledge %s'",
			 r->code, notice->record);
	}
	return n.n && n.n_acknowledged == n.n;
}

static bool is_marketed(struct step_check *k)
{
	const struct case_entry *first = NULL;

	for (const struct case_entry *e = NULL; (e = case_next_live(k->c, "notice", e)) != NULL; e++) {
		if (strcmp(e->region, "irs") != 0)
			continue;
		if (!first)
			first = e;
		step_say(k, STEP_EVIDENCE, e->record, "the IRS has asked all regions on %s to make it known",
			 ((const Ims__Registry__Notice *)e->m)->published);
	}
	if (!first) {
		step_say(k, STEP_MISSING, NULL, "a notice of the IRS to all regions");
		step_say(k, STEP_NEXT, NULL, "the Inter-Regional Secretariat publishes one");
		return false;
	}
	return all_acknowledged(k, first);
}

void step_assistance(struct step_check *k)
{
	bool coached = has_coach(k), marketed = is_marketed(k);

	k->step->verdict = coached && marketed ? STEP_MET : STEP_NOT;
}
