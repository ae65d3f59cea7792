/* SPDX-License-Identifier: Apache-2.0 */
/* A whole story, event by event, and what has to come of it. */
#ifndef TESTS_UNIT_VIEW_STORY_MAKE_OPENSSL_H
#define TESTS_UNIT_VIEW_STORY_MAKE_OPENSSL_H

#include "unit/view/story_sign_openssl.h"

/* ---- what counts, in the simplest terms: a region's first good signature of the version, in order of code;
 * one organisation for one region */
static inline unsigned story_count(const struct story *s, unsigned version, int ret[IRS])
{
	unsigned n = 0, rors = 0;

	for (int r = EU; r <= ZA; r++) {
		int best = -1;

		for (unsigned i = 0; i < s->n_signatures; i++) {
			const struct story_signature *g = &s->signature[i];
			bool taken = s->org[r][g->org].ror && rors;

			if (g->region == r && g->good && !g->withdrawn && g->version == version && !taken &&
			    (best < 0 || g->index < s->signature[best].index))
				best = (int)i;
		}
		ret[r] = best;
		n += best >= 0;
		rors += best >= 0 && s->org[r][s->signature[best].org].ror;
	}
	return n;
}

/* ---- conclusions: one that lists what counts, or one with a fault */
enum conclusion_fault { CONCLUDES, LISTS_TWO, LISTS_TWICE, LISTS_OLD, OTHER_ROSTER, CONCLUSION_FAULTS };

static inline void story_conclude(struct story *s, enum conclusion_fault fault)
{
	unsigned version = fault == LISTS_OLD && s->n_versions > 1 ? s->n_versions - 1 : s->n_versions, n,
		 k = 0;
	struct story_conclusion *c = &s->conclusion[s->n_conclusions];
	int of[IRS];
	struct buf list = {0};
	char id[32], *moa, *json;

	n = story_count(s, version, of);
	if (s->n_conclusions == STORY_CONCLUSIONS || n < CASE_REGIONS_NEEDED)
		return;
	*c = (struct story_conclusion){.stands = fault == CONCLUDES && !s->closed};
	for (int r = EU; r <= ZA; r++) {
		const struct story_signature *g = of[r] >= 0 ? &s->signature[of[r]] : NULL;
		char *cited;

		if (!g || (fault == LISTS_TWO && k == 2))
			continue;
		snprintf(id, sizeof(id), "%s-sg-%u", story_region[r], g->number);
		cited = story_cite(s, r, id, g->index, false);
		buf_printf(&list, "%s{'signature':%s,'region':'%s'}", k ? "," : "", cited, story_region[r]);
		c->lists[of[r]] = true;
		k++;
		free(cited);
	}
	if (fault == LISTS_OLD && version == s->n_versions)
		c->stands = !s->closed;
	if (fault == LISTS_TWICE) { /* which its own rule refuses */
		struct bytes first = buf_bytes(&list);
		char *twice = mem_printf("%.*s,%.*s", (int)first.n, (const char *)first.p, (int)first.n,
					 (const char *)first.p);

		buf_clear(&list);
		buf_put_text(&list, twice);
		free(twice);
	}
	moa = story_cite(s, EU, "eu-m-1", s->version[version - 1].index, false);
	snprintf(id, sizeof(id), "eu-cl-%u", ++s->n_conclusions);
	json = mem_printf("{'agreement':%s,'roster_version':%u,'initiative':'eu-i-1','counted':[%s]}", moa,
			  fault == OTHER_ROSTER ? 7 : 1, buf_text(&list));
	story_put(s, EU, "conclusion", id, 1, json);
	s->concluded |= c->stands;
	buf_fini(&list);
	free(json);
	free(moa);
}

/* ---- everything else */
static inline void story_fill(struct story *s)
{
	int r = (int)story_random(s, STORY_LOGS);
	char id[32], *json, *cited;

	switch (story_random(s, 3)) {
	case 0:
		snprintf(id, sizeof(id), "%s-cn-%u", story_region[r], ++s->next[r]);
		story_put(s, r, "note", id, 1,
			  "{'initiative':'eu-i-1','day':'2024-03-04','topic':'manufacturing',"
			  "'text':[{'lang':'en','text':'It is.'}]}");
		break;
	case 1:
		snprintf(id, sizeof(id), "%s-o-%u", story_region[r], 100 + ++s->next[r]);
		json = mem_printf("{'name':'Filler %u','country':'US'}", s->next[r]);
		story_put(s, r, "organisation", id, 1, json);
		free(json);
		break;
	default:
		if (r == IRS)
			return;
		snprintf(id, sizeof(id), "%s-ma-%u", story_region[r], ++s->next[r]);
		cited = story_cite(s, IRS, "irs-mn-1", s->notice, false);
		json = mem_printf("{'notice':%s,'published':'2024-03-05','reach':%u}", cited, s->next[r]);
		story_put(s, r, "acknowledgement", id, 1, json);
		free(json);
		free(cited);
	}
}

static inline void story_begin(struct story *s, uint64_t seed)
{
	char *cited, *json;

	*s = (struct story){.seed = seed * 0x9e3779b97f4a7c15u + 1};
	for (int r = 0; r < STORY_LOGS; r++)
		s->log[r] = foreign_new(story_region[r]);
	s->outsider = (unsigned)story_random(s, STORY_ORGS);
	for (int r = EU; r <= ZA; r++)
		for (unsigned i = 0; i < STORY_ORGS; i++)
			story_org(s, r, i);
	story_initiative(s, "signing");
	cited = story_cite(s, EU, "eu-i-1", s->log[EU]->size - 1, false);
	json = mem_printf("{'initiative':%s,'text':[{'lang':'en','text':'Please.'}],'published':'2024-03-01',"
			  "'due_days':30}",
			  cited);
	s->notice = story_put(s, IRS, "notice", "irs-mn-1", 1, json);
	free(cited);
	free(json);
	story_version(s);
}

static inline uint64_t story_size(const struct story *s)
{
	uint64_t n = 0;

	for (int r = 0; r < STORY_LOGS; r++)
		n += s->log[r]->size;
	return n;
}

static inline void story_event(struct story *s)
{
	unsigned what = (unsigned)story_random(s, 1000);

	if (what < 380)
		story_add_signature(s, story_chance(s, 55) ? FAULT_NONE
							   : (enum story_fault)story_random(s, FAULT_COUNT));
	else if (what < 430 && s->n_signatures)
		story_withdraw(s, &s->signature[story_random(s, s->n_signatures)]);
	else if (what < 470 && s->n_signatures)
		story_sign(s, &s->signature[story_random(s, s->n_signatures)],
			   (enum story_fault)story_random(s, 3));
	else if (what < 490 && s->n_versions < 30)
		story_version(s);
	else if (what < 530)
		story_conclude(s, (enum conclusion_fault)story_random(s, CONCLUSION_FAULTS));
	else if (what < 533 && !s->closed) {
		static const char *const ends[] = {"withdrawn", "declined", "merged"};

		story_initiative(s, ends[story_random(s, 3)]);
		s->closed = true;
	} else if (what < 550 && !s->closed)
		story_initiative(s, "signing");
	else
		story_fill(s);
}

static inline void story_make(struct story *s, uint64_t seed, uint64_t entries)
{
	story_begin(s, seed);
	while (story_size(s) < entries)
		story_event(s);
}

static inline void story_end(struct story *s)
{
	for (int r = 0; r < STORY_LOGS; r++)
		foreign_free(s->log[r]);
}

/* Which signatures have to count in the end. */
static inline void story_expect(const struct story *s, bool ret[STORY_SIGNATURES])
{
	int of[IRS];

	memset(ret, 0, STORY_SIGNATURES * sizeof(*ret));
	for (unsigned i = 0; i < s->n_conclusions; i++)
		if (s->conclusion[i].stands) {
			memcpy(ret, s->conclusion[i].lists, STORY_SIGNATURES * sizeof(*ret));
			return;
		}
	if (s->closed)
		return;
	story_count(s, s->n_versions, of);
	for (int r = EU; r <= ZA; r++)
		if (of[r] >= 0)
			ret[of[r]] = true;
}

#endif
