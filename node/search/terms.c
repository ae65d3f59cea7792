/* SPDX-License-Identifier: Apache-2.0 */
#include "search/terms.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"

#define SEED_STEM 0x9e3779b97f4a7c15u
#define SEED_PIECE 0xc2b2ae3d27d4eb4fu
#define EDGE '_' /* before and behind a word: no letter */

static uint64_t mix(uint64_t h, uint32_t c)
{
	h = (h ^ c) * 0xff51afd7ed558ccdu;
	return h ^ h >> 32;
}

static uint32_t number_of(uint64_t h)
{
	h *= 0xc4ceb9fe1a85ec53u;
	return (uint32_t)(h >> (64 - TERMS_BITS));
}

uint32_t terms_stem(const struct word *w)
{
	uint64_t h = SEED_STEM;

	for (size_t i = 0; i < w->n && i < WORDS_STEM_CHARS; i++)
		h = mix(h, w->chars[i]);
	return number_of(h);
}

void terms_begin(struct terms_builder *b)
{
	*b = (struct terms_builder){.weight = 1};
}

static void put(struct terms_builder *b, enum terms_set set, uint32_t number)
{
	if (b->n[set] >= TERMS_MAX)
		return;
	b->list[set] = mem_grow(b->list[set], &b->capacity[set], b->n[set] + 1, sizeof(struct term));
	b->list[set][b->n[set]++] = (struct term){number, b->weight};
}

static void put_word(void *ctx, const struct word *w)
{
	uint32_t edged[WORDS_CHARS_MAX + 2];
	struct terms_builder *b = ctx;
	size_t n = w->n + 2, piece = n < TERMS_PIECE_CHARS ? n : TERMS_PIECE_CHARS;

	put(b, TERMS_STEMS, terms_stem(w));
	edged[0] = EDGE;
	memcpy(edged + 1, w->chars, w->n * sizeof(w->chars[0]));
	edged[n - 1] = EDGE;
	for (size_t i = 0; i + piece <= n; i++) {
		uint64_t h = SEED_PIECE;

		for (size_t k = 0; k < piece; k++)
			h = mix(h, edged[i + k]);
		put(b, TERMS_PIECES, number_of(h));
	}
}

void terms_add(struct terms_builder *b, struct bytes text, double weight)
{
	b->weight = (float)weight;
	words_each(text, put_word, b);
}

static int compare(const void *a, const void *b)
{
	const struct term *x = a, *y = b;

	return x->number < y->number ? -1 : x->number > y->number;
}

/* Sorted, equal ones as one. */
static size_t merge(struct term *t, size_t n)
{
	size_t kept = 0;

	if (!n)
		return 0;
	qsort(t, n, sizeof(*t), compare);
	for (size_t i = 0; i < n; i++) {
		if (kept && t[kept - 1].number == t[i].number)
			t[kept - 1].often += t[i].often;
		else
			t[kept++] = t[i];
	}
	for (size_t i = 0; i < kept; i++)
		t[i].often = sqrtf(t[i].often);
	return kept;
}

void terms_end(struct terms_builder *b, struct terms *ret)
{
	for (int set = 0; set < TERMS_SETS; set++) {
		size_t n = merge(b->list[set], b->n[set]);

		ret->of[set] = n ? mem_realloc(b->list[set], n * sizeof(struct term)) : NULL;
		ret->n[set] = (uint32_t)n;
		if (!n)
			free(b->list[set]);
	}
	*b = (struct terms_builder){0};
}

void terms_fini(struct terms *t)
{
	for (int set = 0; set < TERMS_SETS; set++)
		free(t->of[set]);
	*t = (struct terms){0};
}

size_t terms_bytes(const struct terms *t)
{
	return sizeof(*t) + (t->n[TERMS_STEMS] + t->n[TERMS_PIECES]) * sizeof(struct term);
}
