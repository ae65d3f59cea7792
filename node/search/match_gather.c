/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What organisations have done that speaks for them: initiatives like the one that is sought for, and
 * initiatives together with those who take part in it. For all of them at once, or for one.
 */
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "search/match_int.h"

#define ALIKE_MAX 400	 /* initiatives that are most alike */
#define SHARED_MAX 20000 /* initiatives of those who take part */

/* ---- a table by number */
static struct match_deeds *place(struct match_table *t, int64_t organisation)
{
	size_t i = (size_t)((uint64_t)organisation * 0x9e3779b97f4a7c15u >> 20) & (t->size - 1);

	while (t->of[i].organisation && t->of[i].organisation != organisation)
		i = (i + 1) & (t->size - 1);
	return &t->of[i];
}

static void grow(struct match_table *t)
{
	struct match_table more = {.size = t->size ? 2 * t->size : 1024, .n = t->n};

	more.of = mem_zalloc(more.size * sizeof(*more.of));
	for (size_t i = 0; i < t->size; i++)
		if (t->of[i].organisation)
			*place(&more, t->of[i].organisation) = t->of[i];
	free(t->of);
	*t = more;
}

static struct match_deeds *deeds_at(struct match_table *t, int64_t organisation)
{
	struct match_deeds *d;

	if (t->n * 2 >= t->size)
		grow(t);
	d = place(t, organisation);
	if (!d->organisation) {
		d->organisation = organisation;
		t->n++;
	}
	return d;
}

const struct match_deeds *deeds_of(const struct match_table *t, int64_t organisation)
{
	size_t i = (size_t)((uint64_t)organisation * 0x9e3779b97f4a7c15u >> 20) & (t->size - 1);

	for (; t->size && t->of[i].organisation; i = (i + 1) & (t->size - 1))
		if (t->of[i].organisation == organisation)
			return &t->of[i];
	return NULL;
}

void deeds_fini(struct match_table *t)
{
	free(t->of);
	*t = (struct match_table){0};
}

/* ---- initiatives that are alike */
static void add_alike(struct match_deeds *d, int64_t initiative, double likeness)
{
	d->track += likeness * likeness;
	d->alike++;
	if (likeness > d->best_likeness) {
		d->best_likeness = likeness;
		d->best = initiative;
	}
}

struct giving {
	struct match_table *table;
	int64_t initiative;
	double value;
};

static int give_alike(void *ctx, int64_t organisation)
{
	struct giving *g = ctx;

	add_alike(deeds_at(g->table, organisation), g->initiative, g->value);
	return 0;
}

static int gather_alike(struct corpus *c, const struct match_wish *w, struct match_table *t)
{
	struct corpus_hits hits;
	int err = corpus_compare(c, DOC_INITIATIVE, w->query, w->n_queries, w->initiative.number, &hits);

	if (err)
		return err;
	for (size_t i = 0; !err && i < hits.n && i < ALIKE_MAX && hits.of[i].score.likeness > 0; i++) {
		struct giving g = {t, hits.of[i].doc, hits.of[i].score.likeness};

		err = index_parties(corpus_index(c), hits.of[i].doc, give_alike, &g);
	}
	corpus_hits_fini(&hits);
	return err;
}

static int gather_texts(struct corpus *c, const struct match_wish *w, struct match_table *t)
{
	struct corpus_hits hits;
	int err = corpus_compare(c, DOC_ORGANISATION, w->query, w->n_queries, 0, &hits);

	if (err)
		return err;
	for (size_t i = 0; i < hits.n; i++)
		deeds_at(t, hits.of[i].doc)->text = fmax(0, hits.of[i].score.likeness);
	corpus_hits_fini(&hits);
	return 0;
}

/* ---- initiatives with those who take part */
struct shared {
	int64_t initiative;
	double weight;
};

struct sharing {
	const struct match_wish *w;
	struct shared *of;
	size_t n, capacity;
	double weight;
	/* the second pass */
	struct match_table *table;
	int64_t *parties;
	size_t n_parties;
};

static int take_shared(void *ctx, int64_t initiative)
{
	struct sharing *s = ctx;

	if (initiative == s->w->initiative.number || s->n >= SHARED_MAX)
		return 0;
	s->of = mem_grow(s->of, &s->capacity, s->n + 1, sizeof(*s->of));
	s->of[s->n++] = (struct shared){initiative, s->weight};
	return 0;
}

static int count_number(void *ctx, int64_t number)
{
	(void)number;
	++*(size_t *)ctx;
	return 0;
}

static int compare_shared(const void *a, const void *b)
{
	const struct shared *x = a, *y = b;

	if (x->initiative != y->initiative)
		return x->initiative < y->initiative ? -1 : 1;
	return x->weight < y->weight ? -1 : x->weight > y->weight;
}

/* Of each participant the initiatives, weighing less the more there are; those of several once, with the sum.
 */
static int collect_shared(struct corpus *c, struct sharing *s)
{
	size_t kept = 0;
	int err = 0;

	for (size_t i = 0; !err && i < s->w->n_parties; i++) {
		size_t n = 0;

		err = index_takes_part_in(corpus_index(c), s->w->parties[i], count_number, &n);
		s->weight = 1 / sqrt(n > 2 ? (double)n - 1 : 1);
		if (!err)
			err = index_takes_part_in(corpus_index(c), s->w->parties[i], take_shared, s);
	}
	if (s->n)
		qsort(s->of, s->n, sizeof(*s->of), compare_shared);
	for (size_t i = 0; i < s->n; i++) {
		if (kept && s->of[kept - 1].initiative == s->of[i].initiative)
			s->of[kept - 1].weight += s->of[i].weight;
		else
			s->of[kept++] = s->of[i];
	}
	s->n = kept;
	return err;
}

static int take_party(void *ctx, int64_t organisation)
{
	struct sharing *s = ctx;

	if (s->n_parties < MATCH_PARTIES_MAX)
		s->parties[s->n_parties++] = organisation;
	return 0;
}

static int gather_shared(struct corpus *c, const struct match_wish *w, struct match_table *t)
{
	struct sharing s = {.w = w, .table = t, .parties = mem_zalloc(MATCH_PARTIES_MAX * sizeof(int64_t))};
	int err = collect_shared(c, &s);

	for (size_t i = 0; !err && i < s.n; i++) {
		s.n_parties = 0;
		err = index_parties(corpus_index(c), s.of[i].initiative, take_party, &s);
		for (size_t k = 0; k < s.n_parties; k++) {
			struct match_deeds *d = deeds_at(t, s.parties[k]);

			d->partners += s.of[i].weight / sqrt((double)s.n_parties);
			d->shared++;
		}
	}
	free(s.parties);
	free(s.of);
	return err;
}

int deeds_gather(struct corpus *c, const struct match_wish *w, struct match_table *ret)
{
	struct match_table t = {0};
	int err;

	grow(&t);
	err = gather_alike(c, w, &t);
	if (!err)
		err = gather_texts(c, w, &t);
	if (!err)
		err = gather_shared(c, w, &t);
	if (err)
		deeds_fini(&t);
	else
		*ret = t;
	return err;
}
