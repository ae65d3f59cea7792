/* SPDX-License-Identifier: Apache-2.0 */
#include "programme/marketing.h"

#include "pb/registry.pb-c.h"

#include "programme/days.h"

static const struct case_entry *find_acknowledgement(const struct programme_case *c, const char *notice,
						     const char *region)
{
	for (const struct case_entry *e = NULL; (e = case_next_live(c, "acknowledgement", e)) != NULL; e++) {
		const Ims__Registry__Acknowledgement *m = (const Ims__Registry__Acknowledgement *)e->m;

		if (strcmp(e->region, region) == 0 && m->notice && strcmp(m->notice->record, notice) == 0)
			return e;
	}
	return NULL;
}

static void put_region(const struct programme_case *c, const struct case_entry *notice, const char *code,
		       int64_t today, struct notice_now *n)
{
	const struct case_entry *e = find_acknowledgement(c, notice->record, code);
	struct notice_region *r = &n->regions[n->n++];

	*r = (struct notice_region){.code = code, .entry = e};
	if (e) {
		uint64_t reach = ((const Ims__Registry__Acknowledgement *)e->m)->reach;

		n->n_acknowledged++;
		n->reach = reach > UINT64_MAX - n->reach ? UINT64_MAX : n->reach + reach;
	} else if (today > n->due) {
		r->late_days = today - n->due;
		n->n_late++;
	}
}

int notice_judge(const struct programme_case *c, const struct case_entry *notice, int64_t today,
		 struct arena *a, struct notice_now *ret)
{
	const Ims__Registry__Notice *m = (const Ims__Registry__Notice *)notice->m;
	const struct case_roster *r = case_roster_of(c, 0);

	*ret = (struct notice_now){.published = day_number(m->published)};
	if (ret->published == INT64_MIN)
		ret->published = day_of_ms(notice->time_ms);
	ret->due = ret->published + (m->due_days ? m->due_days : NOTICE_DAYS);
	ret->regions = arena_array(a, (r ? r->n_regions : 0) + 1, sizeof(*ret->regions));
	if (!ret->regions)
		return IMS_E_NOMEM;
	for (size_t i = 0; r && i < r->n_regions; i++)
		if (r->regions[i].is_asked)
			put_region(c, notice, r->regions[i].code, today, ret);
	return 0;
}
