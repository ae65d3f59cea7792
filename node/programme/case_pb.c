/* SPDX-License-Identifier: Apache-2.0 */
#include "pb/registry.pb-c.h"

#include "programme/case.h"

const struct case_entry *case_newest(const struct programme_case *c, const char *record)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->entries[i].is_newest && strcmp(c->entries[i].record, record) == 0)
			return &c->entries[i];
	return NULL;
}

const struct case_entry *case_next(const struct programme_case *c, const char *kind,
				   const struct case_entry *from)
{
	for (size_t i = from ? (size_t)(from - c->entries) : 0; i < c->n; i++)
		if (strcmp(c->entries[i].kind->name, kind) == 0)
			return &c->entries[i];
	return NULL;
}

const struct case_entry *case_next_live(const struct programme_case *c, const char *kind,
					const struct case_entry *from)
{
	while ((from = case_next(c, kind, from)) != NULL) {
		if (from->is_newest && from->state == CASE_LIVE)
			return from;
		from++;
	}
	return NULL;
}

/* The order of a case's entries. */
static int compare_place(const struct case_entry *e, const struct origin_parts *at, uint64_t index)
{
	int r = bytes_cmp(bytes_of(e->region), at->region);

	if (r)
		return r;
	if (e->incarnation != at->incarnation)
		return e->incarnation < at->incarnation ? -1 : 1;
	return e->index < index ? -1 : e->index > index;
}

static const struct case_entry *find_at(const struct programme_case *c, const struct origin_parts *at,
					uint64_t index)
{
	size_t low = 0, high = c->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_place(&c->entries[middle], at, index) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < c->n && compare_place(&c->entries[low], at, index) == 0 ? &c->entries[low] : NULL;
}

int case_cited(const struct programme_case *c, const Ims__Registry__Citation *cited,
	       const struct case_entry **ret)
{
	const struct case_entry *e;
	struct origin_parts at;

	if (!cited || origin_parse(bytes_of(cited->origin), &at))
		return IMS_E_LEAF;
	e = find_at(c, &at, cited->index);
	if (!e)
		return IMS_E_NOT_FOUND;
	if (strcmp(e->origin, cited->origin) != 0 || strcmp(e->record, cited->record) != 0 ||
	    !bytes_eq(bytes_of_hash(&e->leaf), BYTES(cited->leaf.data, cited->leaf.len)))
		return IMS_E_LEAF;
	*ret = e;
	return 0;
}

bool case_is_before(const struct case_entry *a, const struct case_entry *b)
{
	return a->incarnation != b->incarnation ? a->incarnation < b->incarnation : a->index < b->index;
}

const struct case_entry *case_merge(const struct programme_case *c, const struct case_entry *before)
{
	for (const struct case_entry *e = NULL; (e = case_next(c, "merge", e)) != NULL; e++) {
		bool superseded = false;

		if (e->state != CASE_LIVE || strcmp(e->region, c->home) != 0 ||
		    (before && !case_is_before(e, before)))
			continue;
		for (const struct case_entry *o = e + 1; (o = case_next(c, "merge", o)) != NULL; o++)
			superseded |=
				strcmp(o->record, e->record) == 0 && (!before || case_is_before(o, before));
		if (!superseded)
			return e;
	}
	return NULL;
}

int case_state_before(const struct programme_case *c, const struct case_entry *before, unsigned *ret)
{
	const struct case_entry *last = NULL;

	for (const struct case_entry *e = NULL; (e = case_next(c, "initiative", e)) != NULL; e++)
		if (strcmp(e->record, c->initiative) == 0 && (!before || case_is_before(e, before)) &&
		    e->state != CASE_INVALID && e->state != CASE_ERASED)
			last = e;
	if (case_merge(c, before)) {
		*ret = INITIATIVE_MERGED;
		return 0;
	}
	if (!last)
		return IMS_E_NOT_FOUND;
	if (last->state == CASE_WANTED)
		return IMS_E_AGAIN;
	*ret = last->state == CASE_WITHDRAWN
		       ? INITIATIVE_WITHDRAWN
		       : initiative_state_of(bytes_of(((const Ims__Registry__Initiative *)last->m)->state));
	return 0;
}

unsigned case_state_before_hold(const struct programme_case *c)
{
	unsigned found = 0, state;

	for (const struct case_entry *e = NULL; (e = case_next(c, "initiative", e)) != NULL; e++) {
		if (strcmp(e->record, c->initiative) != 0 || e->state != CASE_LIVE)
			continue;
		state = initiative_state_of(bytes_of(((const Ims__Registry__Initiative *)e->m)->state));
		if (state != INITIATIVE_ON_HOLD)
			found = state;
	}
	return found;
}

bool case_is_imported(const struct programme_case *c)
{
	bool imported = false;

	for (size_t i = 0; i < c->n; i++) { /* the newest that can be read: a withdrawal says nothing of it */
		const struct case_entry *e = &c->entries[i];

		if (strcmp(e->record, c->initiative) == 0 && e->state == CASE_LIVE)
			imported = ((const Ims__Registry__Initiative *)e->m)->source;
	}
	return imported;
}

const struct case_roster *case_roster_of(const struct programme_case *c, uint64_t version)
{
	if (!version)
		return c->n_rosters ? &c->rosters[c->n_rosters - 1] : NULL;
	for (size_t i = 0; i < c->n_rosters; i++)
		if (c->rosters[i].version == version)
			return &c->rosters[i];
	return NULL;
}

bool case_region_counts(const struct case_roster *r, const char *code)
{
	for (size_t i = 0; r && i < r->n_regions; i++)
		if (strcmp(r->regions[i].code, code) == 0)
			return r->regions[i].counts;
	return false;
}

const char *case_text(Ims__Registry__Text *const *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(text[i]->lang, "en") == 0)
			return text[i]->text;
	return n ? text[0]->text : "";
}
