/* SPDX-License-Identifier: Apache-2.0 */
/* What is sought. */
#include <stdlib.h>

#include "base/mem.h"
#include "search/match_int.h"

struct loading {
	struct corpus *c;
	struct match_wish *w;
	bool texts;
};

static int ask_text(void *ctx, const struct index_text *t)
{
	struct loading *l = ctx;
	struct terms terms;

	if (l->w->n_queries == MATCH_QUERIES_MAX)
		return 0;
	index_terms(t, &terms);
	l->w->query[l->w->n_queries++] = likeness_ask(corpus_likeness(l->c), &terms);
	terms_fini(&terms);
	return 0;
}

static int add_party(void *ctx, int64_t number)
{
	struct match_wish *w = ctx;

	if (number == w->hidden)
		w->hidden_takes_part = true;
	else if (w->n_parties < MATCH_PARTIES_MAX)
		w->parties[w->n_parties++] = number;
	return 0;
}

static void add_region(struct match_wish *w, struct bytes id)
{
	struct record_id rid;

	if (record_id_parse(id, &rid) || rid.region.n >= MATCH_REGION_BYTES)
		return;
	for (size_t i = 0; i < w->n_regions; i++)
		if (bytes_eq_text(rid.region, w->region[i]))
			return;
	if (w->n_regions == MATCH_REGIONS_NEEDED)
		return;
	memcpy(w->region[w->n_regions], rid.region.p, rid.region.n);
	w->region[w->n_regions++][rid.region.n] = '\0';
}

static int find_initiative(void *ctx, int64_t number)
{
	struct match_wish *w = ctx;

	w->initiative.number = number;
	return 0;
}

static int load_initiative(struct loading *l, struct arena *a)
{
	struct match_wish *w = l->w;
	int err;

	if (!w->is_need) {
		w->initiative = w->doc;
	} else {
		err = index_parties(corpus_index(l->c), w->doc.number, find_initiative, w);
		if (!err && w->initiative.number)
			err = index_get(corpus_index(l->c), w->initiative.number, a, &w->initiative);
		if (err)
			return err;
	}
	if (!w->initiative.number || w->initiative.doc.kind != DOC_INITIATIVE) {
		w->initiative = (struct index_doc){.number = 0};
		return 0;
	}
	return index_parties(corpus_index(l->c), w->initiative.number, add_party, w);
}

static int load_regions(struct loading *l)
{
	struct match_wish *w = l->w;
	struct index_doc d;
	int err = 0;

	add_region(w, w->doc.doc.id);
	for (size_t i = 0; !err && i < w->n_parties && w->n_regions < MATCH_REGIONS_NEEDED; i++) {
		struct arena a;

		arena_init(&a, 1u << 20);
		err = index_get(corpus_index(l->c), w->parties[i], &a, &d);
		if (!err)
			add_region(w, d.doc.id);
		arena_fini(&a);
	}
	return err;
}

static struct bytes first_of(struct bytes a, struct bytes b)
{
	return a.n ? a : b;
}

static int load_rest(struct loading *l, struct arena *a)
{
	struct match_wish *w = l->w;
	int err = load_initiative(l, a);

	if (!err)
		err = load_regions(l);
	if (!err && l->texts)
		err = index_texts_of(corpus_index(l->c), w->doc.number, ask_text, l);
	if (!err && l->texts && w->is_need && w->initiative.number)
		err = index_texts_of(corpus_index(l->c), w->initiative.number, ask_text, l);
	w->domains = first_of(w->doc.doc.domains, w->initiative.doc.domains);
	w->platforms = first_of(w->doc.doc.platforms, w->initiative.doc.platforms);
	return err;
}

static int load(struct corpus *c, struct bytes id, struct bytes hide, bool texts, struct arena *a,
		struct match_wish *ret)
{
	struct match_wish w = {.parties = NULL};
	struct loading l = {c, &w, texts};
	struct index_doc hidden;
	int err = index_find(corpus_index(c), id, a, &w.doc);

	if (err)
		return err;
	w.is_need = w.doc.doc.kind == DOC_NEED;
	if (!w.is_need && w.doc.doc.kind != DOC_INITIATIVE)
		return IMS_E_INVALID;
	if (hide.n && index_find(corpus_index(c), hide, a, &hidden) == 0)
		w.hidden = hidden.number;
	w.parties = mem_zalloc(MATCH_PARTIES_MAX * sizeof(*w.parties));
	err = load_rest(&l, a);
	if (err)
		wish_fini(&w);
	else
		*ret = w;
	return err;
}

int wish_load(struct corpus *c, struct bytes id, struct bytes hide, struct arena *a, struct match_wish *ret)
{
	return load(c, id, hide, true, a, ret);
}

int wish_load_facts(struct corpus *c, struct bytes id, struct arena *a, struct match_wish *ret)
{
	return load(c, id, BYTES_NONE, false, a, ret);
}

void wish_fini(struct match_wish *w)
{
	for (size_t i = 0; i < w->n_queries; i++)
		likeness_query_free(w->query[i]);
	free(w->parties);
	*w = (struct match_wish){.parties = NULL};
}

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

bool wish_has_party(const struct match_wish *w, int64_t organisation)
{
	return w->n_parties &&
	       bsearch(&organisation, w->parties, w->n_parties, sizeof(organisation), compare);
}
