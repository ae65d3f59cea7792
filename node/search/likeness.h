/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How alike two texts are, knowing all the texts of a corpus. Nothing is taken from outside: what a term says
 * follows from how few texts of the corpus have it.
 *
 *   weight of a term    often * sqrt(ln((N + 1) / (df + 0.5))): rare ones weigh more, but not so much that one
 *                       of them outweighs many that are less rare, which is what a reworded text shares
 *   cosine              mean of the cosines of stems and of pieces (terms.h); a text's length falls out
 *   background          a text's cosine with the mean of the corpus: how alike it is to anything at all
 *   likeness            cosine - LIKENESS_BACKGROUND * background of the text that is compared with
 *
 * N and df are counted as texts come and go; they count from likeness_settle() on. Numbers of texts whose
 * terms are given to it are the sample that the mean is taken from.
 *
 * Pure; one thread at a time. Memory: 24 MiB, whatever the corpus; 8 MiB of it before settling, and put away.
 */
#ifndef SEARCH_LIKENESS_H
#define SEARCH_LIKENESS_H

#include <stddef.h>

#include "search/terms.h"

#define LIKENESS_BACKGROUND 0.75
#define LIKENESS_SAMPLE_MAX 1000	/* texts: more make the mean no better */

struct likeness;

struct likeness *likeness_new(void);
void likeness_free(struct likeness *l);
/* A text more (1), or one less (-1). */
void likeness_count(struct likeness *l, const struct terms *t, int by);
size_t likeness_texts(const struct likeness *l);
/* Take over what was counted; the mean is of these texts. `version` changes with each call. */
void likeness_settle(struct likeness *l, const struct terms *const *sample, size_t n);
unsigned likeness_version(const struct likeness *l);
/* Weights and mean go, to be settled anew: nothing may be asked until then. */
void likeness_put_away(struct likeness *l);

/* What is the same for every comparison with a text; of one version. */
struct likeness_norm {
	float length[TERMS_SETS];
	float background;
	unsigned version;	/* 0: not computed */
};
void likeness_norm(const struct likeness *l, const struct terms *t, struct likeness_norm *ret);

/* The text that others are compared with. */
struct likeness_query;
struct likeness_query *likeness_ask(const struct likeness *l, const struct terms *t);
void likeness_query_free(struct likeness_query *q);

#define LIKENESS_TRIM 3
struct likeness_score {
	double cosine, likeness;
	/* Cosine of the stems without what the LIKENESS_TRIM strongest of them give: one rare word in common is no
	 * common subject. */
	double breadth;
};
void likeness_compare(const struct likeness_query *q, const struct terms *t, const struct likeness_norm *norm,
		      struct likeness_score *ret);
/* What a stem gives to the cosine with that text; 0 when it is not in both. */
double likeness_share(const struct likeness_query *q, const struct terms *t, const struct likeness_norm *norm,
		      uint32_t stem);
/* The stems that weigh most in the query, heaviest first; how many there are, at most max. */
size_t likeness_heaviest(const struct likeness_query *q, uint32_t *ret, size_t max);

#endif
