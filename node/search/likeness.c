/* SPDX-License-Identifier: Apache-2.0 */
#include "search/likeness.h"

#include <math.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/mem.h"

struct likeness {
	unsigned version;
	size_t texts;
	uint32_t *df;  /* of every term, as counted */
	float *weight; /* as settled; NULL before */
	float *mean;   /* of the sample's normalised texts; likewise */
};

struct likeness *likeness_new(void)
{
	struct likeness *l = mem_new(struct likeness);

	l->df = mem_zalloc(TERMS_COUNT * sizeof(*l->df));
	return l;
}

void likeness_put_away(struct likeness *l)
{
	free(l->weight);
	free(l->mean);
	l->weight = l->mean = NULL;
}

void likeness_free(struct likeness *l)
{
	if (!l)
		return;
	free(l->df);
	free(l->weight);
	free(l->mean);
	free(l);
}

void likeness_count(struct likeness *l, const struct terms *t, int by)
{
	CHECK(by == 1 || (by == -1 && l->texts));
	l->texts += (size_t)by;
	for (int set = 0; set < TERMS_SETS; set++)
		for (uint32_t i = 0; i < t->n[set]; i++)
			l->df[t->of[set][i].number] += (uint32_t)by;
}

size_t likeness_texts(const struct likeness *l)
{
	return l->texts;
}

unsigned likeness_version(const struct likeness *l)
{
	return l->version;
}

/* ---- settling */
#define WEIGHTS_KNOWN 4096

static double weight_of(size_t texts, uint32_t df)
{
	double idf = log(((double)texts + 1) / (df + 0.5));

	return idf > 0 ? sqrt(idf) : 0;
}

static void settle_weights(struct likeness *l)
{
	float known[WEIGHTS_KNOWN];

	known[0] = 0; /* in no text: it can be shared with none */
	for (uint32_t df = 1; df < WEIGHTS_KNOWN; df++)
		known[df] = (float)weight_of(l->texts, df);
	for (size_t i = 0; i < TERMS_COUNT; i++)
		l->weight[i] =
			l->df[i] < WEIGHTS_KNOWN ? known[l->df[i]] : (float)weight_of(l->texts, l->df[i]);
}

static double length_of(const struct likeness *l, const struct terms *t, int set)
{
	double sum = 0;

	for (uint32_t i = 0; i < t->n[set]; i++) {
		double w = (double)t->of[set][i].often * (double)l->weight[t->of[set][i].number];

		sum += w * w;
	}
	return sqrt(sum);
}

static void add_to_mean(struct likeness *l, const struct terms *t, size_t n)
{
	for (int set = 0; set < TERMS_SETS; set++) {
		double length = length_of(l, t, set);

		for (uint32_t i = 0; length > 0 && i < t->n[set]; i++) {
			uint32_t number = t->of[set][i].number;

			l->mean[number] += (float)((double)t->of[set][i].often * (double)l->weight[number] /
						   (length * (double)n));
		}
	}
}

void likeness_settle(struct likeness *l, const struct terms *const *sample, size_t n)
{
	l->version++;
	if (!l->version)
		l->version = 1;
	likeness_put_away(l);
	l->weight = mem_zalloc(TERMS_COUNT * sizeof(*l->weight));
	l->mean = mem_zalloc(TERMS_COUNT * sizeof(*l->mean));
	settle_weights(l);
	for (size_t i = 0; i < n; i++)
		add_to_mean(l, sample[i], n);
}

void likeness_norm(const struct likeness *l, const struct terms *t, struct likeness_norm *ret)
{
	double background = 0;

	for (int set = 0; set < TERMS_SETS; set++) {
		double length = length_of(l, t, set), sum = 0;

		for (uint32_t i = 0; i < t->n[set]; i++) {
			uint32_t number = t->of[set][i].number;

			sum += (double)t->of[set][i].often * (double)l->weight[number] *
			       (double)l->mean[number];
		}
		ret->length[set] = (float)length;
		if (length > 0)
			background += sum / length / TERMS_SETS;
	}
	ret->background = (float)background;
	ret->version = l->version;
}

/* ---- a query: its terms with their weights, the vector's length being 1 */
struct likeness_query {
	const struct likeness *l;
	struct term *of[TERMS_SETS]; /* `often` holds the weight */
	uint32_t n[TERMS_SETS];
};

struct likeness_query *likeness_ask(const struct likeness *l, const struct terms *t)
{
	struct likeness_query *q = mem_new(struct likeness_query);

	CHECK(l->weight);
	q->l = l;
	for (int set = 0; set < TERMS_SETS; set++) {
		double length = length_of(l, t, set);

		q->of[set] = mem_zalloc((t->n[set] + 1) * sizeof(struct term));
		for (uint32_t i = 0; length > 0 && i < t->n[set]; i++) {
			double w = (double)t->of[set][i].often * (double)l->weight[t->of[set][i].number] /
				   length;

			if (w > 0)
				q->of[set][q->n[set]++] = (struct term){t->of[set][i].number, (float)w};
		}
	}
	return q;
}

void likeness_query_free(struct likeness_query *q)
{
	if (!q)
		return;
	for (int set = 0; set < TERMS_SETS; set++)
		free(q->of[set]);
	free(q);
}

/* ---- comparing */

/* Sum over the terms of both, and the strongest of them. */
struct overlap_sum {
	double sum, strongest[LIKENESS_TRIM];
};

static void add(struct overlap_sum *s, double part)
{
	s->sum += part;
	for (int i = 0; i < LIKENESS_TRIM; i++)
		if (part > s->strongest[i]) {
			double was = s->strongest[i];

			s->strongest[i] = part;
			part = was;
		}
}

static void sum_set(const struct likeness_query *q, const struct terms *t, int set, struct overlap_sum *s)
{
	const struct term *a = q->of[set], *a_end = a + q->n[set], *b = t->of[set], *b_end = b + t->n[set];

	while (a < a_end && b < b_end) {
		if (a->number < b->number)
			a++;
		else if (a->number > b->number)
			b++;
		else {
			add(s, (double)a->often * (double)b->often * (double)q->l->weight[b->number]);
			a++;
			b++;
		}
	}
}

void likeness_compare(const struct likeness_query *q, const struct terms *t, const struct likeness_norm *norm,
		      struct likeness_score *ret)
{
	*ret = (struct likeness_score){0};
	for (int set = 0; set < TERMS_SETS; set++) {
		struct overlap_sum s = {0};
		double length = (double)norm->length[set], trimmed;

		if (length <= 0)
			continue;
		sum_set(q, t, set, &s);
		ret->cosine += s.sum / length / TERMS_SETS;
		if (set != TERMS_STEMS)
			continue;
		trimmed = s.sum;
		for (int i = 0; i < LIKENESS_TRIM; i++)
			trimmed -= s.strongest[i];
		ret->breadth = trimmed > 0 ? trimmed / length : 0;
	}
	ret->likeness = ret->cosine - LIKENESS_BACKGROUND * (double)norm->background;
}

static int compare_number(const void *key, const void *row)
{
	uint32_t a = *(const uint32_t *)key, b = ((const struct term *)row)->number;

	return a < b ? -1 : a > b;
}

static const struct term *find(const struct term *list, uint32_t n, uint32_t number)
{
	return n ? bsearch(&number, list, n, sizeof(*list), compare_number) : NULL;
}

double likeness_share(const struct likeness_query *q, const struct terms *t, const struct likeness_norm *norm,
		      uint32_t stem)
{
	const struct term *a = find(q->of[TERMS_STEMS], q->n[TERMS_STEMS], stem);
	const struct term *b = find(t->of[TERMS_STEMS], t->n[TERMS_STEMS], stem);
	double length = (double)norm->length[TERMS_STEMS];

	if (!a || !b || length <= 0)
		return 0;
	return (double)a->often * (double)b->often * (double)q->l->weight[stem] / length;
}

static int compare_weight(const void *a, const void *b)
{
	const struct term *x = a, *y = b;

	if (x->often != y->often)
		return x->often > y->often ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

size_t likeness_heaviest(const struct likeness_query *q, uint32_t *ret, size_t max)
{
	uint32_t n = q->n[TERMS_STEMS];
	struct term *list = mem_dup(q->of[TERMS_STEMS], (n + 1) * sizeof(*list));

	qsort(list, n, sizeof(*list), compare_weight);
	for (size_t i = 0; i < n && i < max; i++)
		ret[i] = list[i].number;
	free(list);
	return n < max ? n : max;
}
