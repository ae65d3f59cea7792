/* SPDX-License-Identifier: Apache-2.0 */
/* What one organisation has done, for a wish: the same sums as match_gather.c makes for all, from its side.
 */
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "search/match_int.h"

#define INITIATIVES_MAX 200 /* of an organisation that are looked at */

struct looking {
	struct corpus *c;
	const struct match_wish *w;
	double best; /* of the texts that are looked at */
	int64_t list[INITIATIVES_MAX];
	size_t n;
	double weight;
	size_t n_parties;
};

static int look_at_text(void *ctx, const struct index_text *t)
{
	struct looking *l = ctx;
	const struct corpus_text *text;
	int err = corpus_text(l->c, t->number, &text);

	for (size_t i = 0; !err && i < l->w->n_queries; i++) {
		struct likeness_score s;

		likeness_compare(l->w->query[i], &text->terms, &text->norm, &s);
		l->best = fmax(l->best, s.likeness);
	}
	return err;
}

/* The most alike of a document's texts, not below 0. */
static int likeness_to(struct looking *l, int64_t doc, double *ret)
{
	int err;

	l->best = 0;
	err = index_texts_of(corpus_index(l->c), doc, look_at_text, l);
	*ret = l->best;
	return err;
}

static int take(void *ctx, int64_t initiative)
{
	struct looking *l = ctx;

	if (initiative != l->w->initiative.number && l->n < INITIATIVES_MAX)
		l->list[l->n++] = initiative;
	return 0;
}

static int count(void *ctx, int64_t number)
{
	(void)number;
	++*(size_t *)ctx;
	return 0;
}

struct party_list {
	int64_t *of;
	size_t n;
};

static int take_party(void *ctx, int64_t organisation)
{
	struct party_list *p = ctx;

	if (p->n < MATCH_PARTIES_MAX)
		p->of[p->n++] = organisation;
	return 0;
}

/* What this initiative gives to "partners": those of its participants who are sought with. */
static int share_of(struct looking *l, int64_t initiative, double *ret)
{
	struct party_list p = {.of = mem_zalloc(MATCH_PARTIES_MAX * sizeof(int64_t))};
	int err = index_parties(corpus_index(l->c), initiative, take_party, &p);

	*ret = 0;
	for (size_t i = 0; !err && i < p.n; i++) {
		size_t n = 0;

		if (!wish_has_party(l->w, p.of[i]))
			continue;
		err = index_takes_part_in(corpus_index(l->c), p.of[i], count, &n);
		*ret += 1 / sqrt(n > 2 ? (double)n - 1 : 1) / sqrt((double)p.n);
	}
	free(p.of);
	return err;
}

static int look_at_initiative(struct looking *l, int64_t initiative, struct match_deeds *d)
{
	double likeness, share = 0;
	int err = likeness_to(l, initiative, &likeness);

	if (!err)
		err = share_of(l, initiative, &share);
	if (err)
		return err;
	d->track += likeness * likeness;
	d->alike += likeness > 0;
	d->partners += share;
	d->shared += share > 0;
	if (likeness > d->best_likeness) {
		d->best_likeness = likeness;
		d->best = initiative;
	}
	return 0;
}

int deeds_of_one(struct corpus *c, const struct match_wish *w, const struct index_doc *organisation,
		 struct match_deeds *ret)
{
	struct looking *l = mem_new(struct looking);
	struct match_deeds d = {.organisation = organisation->number};
	int err;

	l->c = c;
	l->w = w;
	err = likeness_to(l, organisation->number, &d.text);
	if (!err)
		err = index_takes_part_in(corpus_index(c), organisation->number, take, l);
	for (size_t i = 0; !err && i < l->n; i++)
		err = look_at_initiative(l, l->list[i], &d);
	free(l);
	*ret = d;
	return err;
}

/* ---- needs by their words */
#define POOL_MAX 50 /* initiatives whose words are taken */

static int pool_text(void *ctx, const struct index_text *t)
{
	struct terms_builder *b = ctx;

	terms_add(b, t->title, DOC_TITLE_WEIGHT);
	terms_add(b, t->keywords, DOC_TITLE_WEIGHT);
	terms_add(b, t->body, DOC_BODY_WEIGHT);
	return 0;
}

struct initiatives {
	int64_t of[POOL_MAX];
	size_t n;
};

static int take_initiative(void *ctx, int64_t number)
{
	struct initiatives *list = ctx;

	if (list->n < POOL_MAX)
		list->of[list->n++] = number;
	return 0;
}

static int pool(struct corpus *c, int64_t organisation, struct terms *ret)
{
	struct initiatives list = {.n = 0};
	struct terms_builder b;
	int err;

	terms_begin(&b);
	err = index_texts_of(corpus_index(c), organisation, pool_text, &b);
	if (!err)
		err = index_takes_part_in(corpus_index(c), organisation, take_initiative, &list);
	for (size_t i = 0; !err && i < list.n; i++)
		err = index_texts_of(corpus_index(c), list.of[i], pool_text, &b);
	terms_end(&b, ret);
	return err;
}

struct found {
	int64_t *of;
	size_t n;
};

static int take_found(void *ctx, int64_t text, int64_t doc)
{
	struct found *f = ctx;

	(void)text;
	f->of[f->n++] = doc;
	return 0;
}

static int ascending(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

int needs_like(struct corpus *c, int64_t organisation, size_t max, int64_t *ret, size_t *ret_n)
{
	uint32_t stems[INDEX_STEMS_MAX];
	struct found f = {.of = ret};
	struct likeness_query *q;
	struct terms terms;
	size_t n;
	int err = pool(c, organisation, &terms);

	q = likeness_ask(corpus_likeness(c), &terms);
	n = likeness_heaviest(q, stems, INDEX_STEMS_MAX);
	if (!err)
		err = index_candidates(corpus_index(c), DOC_NEED, stems, n, max, take_found, &f);
	if (f.n)
		qsort(ret, f.n, sizeof(*ret), ascending);
	*ret_n = f.n;
	likeness_query_free(q);
	terms_fini(&terms);
	return err;
}
