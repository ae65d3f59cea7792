/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Documents as they compare with a query, and what is usual in this corpus: how much the nearest other text
 * stands out for texts that are here. That is of the corpus' own making: in one where all projects are of one
 * trade much is alike, and an alarm needs more.
 */
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "search/corpus.h"
#include "search/corpus_int.h"

struct hit_number {
	int64_t text, doc;
};

struct gathering {
	struct hit_number *of;
	size_t n;
};

static int gather(void *ctx, int64_t text, int64_t doc)
{
	struct gathering *g = ctx;

	g->of[g->n++] = (struct hit_number){text, doc};
	return 0;
}

static int compare_one(struct corpus *c, enum doc_kind kind, const struct likeness_query *q, unsigned variant,
		       int64_t without, size_t max, struct corpus_hits *ret)
{
	uint32_t stems[INDEX_STEMS_MAX];
	size_t n_stems = likeness_heaviest(q, stems, INDEX_STEMS_MAX);
	struct gathering g = {.of = mem_zalloc(CORPUS_CANDIDATES * sizeof(*g.of))};
	int err = index_candidates(c->ix, kind, stems, n_stems, max, gather, &g);

	for (size_t i = 0; !err && i < g.n; i++) {
		struct corpus_hit hit = {.doc = g.of[i].doc, .text = g.of[i].text, .variant = variant};
		const struct corpus_text *t;

		if (hit.doc == without)
			continue;
		err = corpus_text(c, hit.text, &t);
		if (err)
			break;
		likeness_compare(q, &t->terms, &t->norm, &hit.score);
		ret->of = mem_grow(ret->of, &ret->capacity, ret->n + 1, sizeof(*ret->of));
		ret->of[ret->n++] = hit;
	}
	free(g.of);
	return err;
}

static int by_doc(const void *a, const void *b)
{
	const struct corpus_hit *x = a, *y = b;

	if (x->doc != y->doc)
		return x->doc < y->doc ? -1 : 1;
	if (x->score.likeness != y->score.likeness)
		return x->score.likeness > y->score.likeness ? -1 : 1;
	return x->text < y->text ? -1 : x->text > y->text;
}

static int by_likeness(const void *a, const void *b)
{
	const struct corpus_hit *x = a, *y = b;

	if (x->score.likeness != y->score.likeness)
		return x->score.likeness > y->score.likeness ? -1 : 1;
	return x->doc < y->doc ? -1 : x->doc > y->doc;
}

static int compare_all(struct corpus *c, enum doc_kind kind, struct likeness_query *const *queries, size_t n,
		       int64_t without, size_t max, struct corpus_hits *ret)
{
	size_t kept = 0;
	int err = 0;

	*ret = (struct corpus_hits){0};
	for (size_t i = 0; !err && i < n; i++)
		err = compare_one(c, kind, queries[i], (unsigned)i, without, max, ret);
	if (ret->n)
		qsort(ret->of, ret->n, sizeof(*ret->of), by_doc);
	for (size_t i = 0; i < ret->n; i++)
		if (!kept || ret->of[kept - 1].doc != ret->of[i].doc)
			ret->of[kept++] = ret->of[i];
	ret->n = kept;
	if (ret->n)
		qsort(ret->of, ret->n, sizeof(*ret->of), by_likeness);
	if (err)
		corpus_hits_fini(ret);
	return err;
}

int corpus_compare(struct corpus *c, enum doc_kind kind, struct likeness_query *const *queries, size_t n,
		   int64_t without, struct corpus_hits *ret)
{
	return compare_all(c, kind, queries, n, without, CORPUS_CANDIDATES, ret);
}

void corpus_hits_fini(struct corpus_hits *h)
{
	free(h->of);
	*h = (struct corpus_hits){0};
}

/* ---- standing out */
#define PEERS 40	 /* hits behind the first one, of which */
#define PEERS_COUNTED 20 /* those with most in common are what it is measured by */
#define FLOOR 0.005	 /* of a cosine: less is nothing */
#define BREADTH_WEIGHT 0.75

static int descending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x > y ? -1 : x < y;
}

static double log_of(double cosine)
{
	return log(fmax(cosine, 0) + FLOOR);
}

double corpus_prominence(const struct corpus_hits *h)
{
	double breadth[PEERS], sum = 0, likeness = 0;
	size_t n = 0, counted;

	if (!h->n)
		return 0;
	for (size_t i = 1; i < h->n && n < PEERS; i++)
		breadth[n++] = h->of[i].score.breadth;
	qsort(breadth, n, sizeof(breadth[0]), descending);
	counted = n < PEERS_COUNTED ? n : PEERS_COUNTED;
	for (size_t i = 0; i < counted; i++) {
		sum += breadth[i];
		likeness += h->of[i + 1].score.likeness;
	}
	/* where there are fewer the missing ones have nothing in common */
	return BREADTH_WEIGHT * log_of(h->of[0].score.breadth) - log_of(sum / PEERS_COUNTED) +
	       (log_of(h->of[0].score.likeness) - log_of(likeness / PEERS_COUNTED)) / 2;
}

/* ---- what is usual */
#define PROBE_CANDIDATES 400 /* enough for those that are most alike */
#define PROBE_BODY_BYTES 700 /* about as long as what people ask with */

struct probing {
	struct terms terms;
	int64_t doc;
	bool found;
};

static int probe_text(void *ctx, const struct index_text *t)
{
	struct probing *p = ctx;
	struct index_text cut = *t;

	if (cut.body.n > PROBE_BODY_BYTES)
		cut.body.n = PROBE_BODY_BYTES;
	index_terms(&cut, &p->terms);
	p->doc = t->doc;
	p->found = true;
	return 0;
}

static int probe(struct corpus *c, int64_t text, double *ret)
{
	struct probing p = {.found = false};
	struct likeness_query *q;
	struct corpus_hits hits;
	int err = index_text(c->ix, text, probe_text, &p);

	*ret = 0;
	if (err || !p.found)
		return err;
	q = likeness_ask(c->likeness, &p.terms);
	err = compare_all(c, DOC_INITIATIVE, &q, 1, p.doc, PROBE_CANDIDATES, &hits);
	if (!err) {
		*ret = corpus_prominence(&hits);
		corpus_hits_fini(&hits);
	}
	likeness_query_free(q);
	terms_fini(&p.terms);
	return err;
}

/* The middle does not move with projects that are here twice, which stand out by far. */
static double middle(double *v, size_t n)
{
	qsort(v, n, sizeof(*v), descending);
	return n < PROBES_MIN ? USUAL_UNKNOWN : v[n / 2];
}

int corpus_calibrate(struct corpus *c, bool *ret_done)
{
	int err = 0;

	if (c->probes_done < c->n_probes) {
		err = probe(c, c->probe[c->probes_done], &c->probed[c->probes_done]);
		c->probes_done++;
	}
	*ret_done = err || c->probes_done >= c->n_probes;
	if (!err && *ret_done)
		c->usual = middle(c->probed, c->n_probes);
	return err;
}
