/* SPDX-License-Identifier: Apache-2.0 */
/* The answer: who could take part. */
#include "search/match.h"

#include <stdlib.h>

#include "base/mem.h"
#include "search/match_int.h"

/* A candidate with its score; the lines are made for those that are shown. */
struct ranked {
	const struct index_doc *doc;
	struct bytes id;
	double score;
};

static int by_score(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->score != y->score)
		return x->score > y->score ? -1 : 1;
	return bytes_cmp(x->id, y->id);
}

size_t match_limit(const struct match_ask *q, size_t n)
{
	size_t max = q->max < MATCH_ITEMS_MAX ? q->max : MATCH_ITEMS_MAX;

	return n < max ? n : max;
}

/* ---- organisations */
static size_t rank_all(const struct match_ask *q, const struct match_wish *w, const struct index_doc *list,
		       size_t n, const struct match_table *deeds, struct ranked *ranked)
{
	size_t n_ranked = 0;

	for (size_t i = 0; i < n; i++) {
		struct match_item item;

		if (wish_has_party(w, list[i].number))
			continue;
		score(q, w, &list[i], deeds_of(deeds, list[i].number), NULL, &item);
		if (item.score > 0)
			ranked[n_ranked++] = (struct ranked){&list[i], list[i].doc.id, item.score};
	}
	if (n_ranked)
		qsort(ranked, n_ranked, sizeof(*ranked), by_score);
	return n_ranked;
}

/* Names the initiative that is most alike. */
int match_name_best(struct corpus *c, const struct match_deeds *d, struct arena *a, struct match_item *item)
{
	struct index_doc best;
	int err = d && d->best ? index_get(corpus_index(c), d->best, a, &best) : IMS_E_NOT_FOUND;

	for (size_t i = 0; !err && i < item->n_lines; i++)
		if (item->lines[i].feature == MATCH_TRACK)
			item->lines[i].text = arena_printf(a, "%s: %.*s", item->lines[i].text,
							   (int)best.doc.id.n, (const char *)best.doc.id.p);
	return err == IMS_E_NOT_FOUND ? 0 : err;
}

/* The documents are the corpus' own, and their spans go with its next change. */
static void keep_spans(struct match_item *item, struct arena *a)
{
	item->id = arena_dup(a, item->id);
	item->name = arena_dup(a, item->name);
	item->country = arena_dup(a, item->country);
	item->type = arena_dup(a, item->type);
}

static int find_organisations(struct corpus *c, const struct match_ask *q, const struct match_wish *w,
			      struct arena *a, struct match *ret)
{
	struct match_table deeds = {0};
	const struct index_doc *list;
	struct ranked *ranked;
	size_t n, n_ranked, shown;
	int err = corpus_organisations(c, &list, &n);

	if (!err)
		err = deeds_gather(c, w, &deeds);
	if (err)
		return err;
	ranked = mem_zalloc((n + 1) * sizeof(*ranked));
	n_ranked = rank_all(q, w, list, n, &deeds, ranked);
	shown = match_limit(q, n_ranked);
	ret->items = arena_array(a, shown + 1, sizeof(*ret->items));
	for (; !err && ret->items && ret->n < shown; ret->n++) {
		const struct index_doc *d = ranked[ret->n].doc;
		struct match_item *item = &ret->items[ret->n];

		score(q, w, d, deeds_of(&deeds, d->number), a, item);
		keep_spans(item, a);
		err = match_name_best(c, deeds_of(&deeds, d->number), a, item);
	}
	free(ranked);
	deeds_fini(&deeds);
	return err ? err : arena_failed(a) ? IMS_E_NOMEM : 0;
}

int match_find(struct corpus *c, const struct match_ask *q, struct arena *a, struct match *ret)
{
	struct index_doc d;
	struct match_wish w;
	int err = index_find(corpus_index(c), q->id, a, &d);

	*ret = (struct match){0};
	if (err)
		return err;
	if (d.doc.kind == DOC_OTHER)
		return IMS_E_NOT_FOUND; /* something names it, but it is not here */
	if (d.doc.kind == DOC_ORGANISATION)
		return match_needs(c, q, &d, a, ret);
	err = wish_load(c, q->id, q->hide, a, &w);
	if (err)
		return err;
	err = find_organisations(c, q, &w, a, ret);
	wish_fini(&w);
	return err;
}
