/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who could take part: organisations for an initiative or a need, open needs for an organisation. Each is scored by
 * what match.def lists, every part of the score with a line that explains it. Of equal scores the lower id stands
 * first.
 *
 *   track       ln(1 + 20 * sum over its initiatives of likeness^2) / 3
 *   partners    ln(1 + 20 * sum over the initiatives q it shares with a participant r of
 *               1 / sqrt(initiatives of r) / sqrt(participants of q)) / 3
 *   text        3 * likeness of what it says of itself
 *   others      the part of what is wanted that it has
 *   experience  ln(1 + initiatives) / ln(1 + 100)
 *
 * each at most 1. The initiative asked about counts neither as track record nor as experience.
 */
#ifndef SEARCH_MATCH_H
#define SEARCH_MATCH_H

#include "search/corpus.h"

enum match_feature {
#define FEATURE(NAME, id) MATCH_##NAME,
#include "search/match.def"
#undef FEATURE
	MATCH_FEATURES
};
const char *match_feature_id(enum match_feature f);

struct match_weights {
	double of[MATCH_FEATURES];
	struct bytes name[MATCH_FEATURES];	/* borrowed from the reference */
};
/* From the list match-weights. Errors: IMS_E_NOT_FOUND (no row of a feature), IMS_E_SYNTAX (a weight that is no
 * number from 0 to 100), with detail. */
IMS_MUST_CHECK int match_weights_load(const struct reference *ref, struct match_weights *ret, struct errtext *e);

struct match_line {
	enum match_feature feature;
	double value, points;
	char *text;		/* may be NULL */
};

struct match_item {
	struct bytes id, name, country, type;
	double score;
	struct match_line lines[MATCH_FEATURES];	/* those with points, most first */
	size_t n_lines;
};

struct match {
	struct match_item *items;	/* best first */
	size_t n;
};

#define MATCH_ITEMS_MAX 4000

struct match_ask {
	struct bytes id;		/* of an initiative, a need or an organisation */
	struct bytes hide;		/* an organisation that is taken for one that takes no part; may be empty */
	const struct reference *ref;
	const struct match_weights *weights;
	const char *today;		/* YYYY-MM-DD: needs that have expired are left out */
	size_t max;
};

/* Everything in the arena. Errors: IMS_E_NOT_FOUND (not in the index, or of another kind), those of the
 * index. */
IMS_MUST_CHECK int match_find(struct corpus *c, const struct match_ask *q, struct arena *a, struct match *ret);

#endif
