/* SPDX-License-Identifier: Apache-2.0 */
/* Why an entry of a case has no effect, in words. */
#include "pb/registry.pb-c.h"

#include "programme/agreement.h"

static const char *keep(struct arena *a, const char *text)
{
	return arena_text(a, bytes_of(text));
}

static const char *why_not_signature(const struct programme_case *c, const struct case_entry *e,
				     struct arena *a)
{
	const Ims__Registry__Signature *m = (const Ims__Registry__Signature *)e->m;
	struct agreement moa;

	if (!m->agreement || agreement_judge(c, m->agreement->record, NULL, a, &moa))
		return "pending: the agreement that it signs is not here yet";
	for (size_t i = 0; i < moa.n_signings; i++) {
		const struct signing *s = &moa.signings[i];

		if (s->entry == e)
			return s->state == SIGNING_PENDING ? arena_printf(a, "pending: %s", s->why) : s->why;
	}
	return e->is_newest ? "it is not about this agreement" : "a later revision speaks for it";
}

static const char *why_not_conclusion(const struct programme_case *c, const struct case_entry *e,
				      struct arena *a)
{
	const Ims__Registry__Conclusion *m = (const Ims__Registry__Conclusion *)e->m;
	struct agreement moa;
	struct errtext why;
	int err = conclusion_judge(c, e, &why);

	if (err)
		return err == IMS_E_AGAIN ? arena_printf(a, "pending: %s", why.text) : keep(a, why.text);
	if (agreement_judge(c, m->agreement->record, NULL, a, &moa) == 0 && moa.conclusion &&
	    moa.conclusion != e)
		return arena_printf(a, "the agreement was concluded before, by %s", moa.conclusion->record);
	return NULL;
}

/* Kinds that speak only where they are at home. */
static const char *why_not_elsewhere(const struct programme_case *c, const struct case_entry *e,
				     struct arena *a)
{
	if (strcmp(e->kind->name, "notice") == 0 && strcmp(e->region, "irs") != 0)
		return "only the IRS asks all regions";
	if (strcmp(e->kind->name, "note") == 0 && strcmp(e->region, c->home) != 0 &&
	    strcmp(((const Ims__Registry__CaseNote *)e->m)->topic, "manufacturing") == 0)
		return arena_printf(a, "confirmed by %s; what counts is a coach of %s", e->region, c->home);
	return NULL;
}

const char *case_why_not(const struct programme_case *c, const struct case_entry *e, struct arena *a)
{
	switch (e->state) {
	case CASE_WANTED:
		return "its payload has not come yet";
	case CASE_INVALID:
		return e->reason;
	case CASE_WITHDRAWN:
	case CASE_ERASED:
		return NULL;
	case CASE_LIVE:
		break;
	}
	if (strcmp(e->kind->name, "signature") == 0)
		return why_not_signature(c, e, a);
	if (strcmp(e->kind->name, "conclusion") == 0)
		return why_not_conclusion(c, e, a);
	return why_not_elsewhere(c, e, a);
}
