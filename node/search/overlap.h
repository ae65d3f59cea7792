/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Initiatives that may be the same as a text, most alike first, each with reasons. An alarm says that somebody
 * should look: its first hit stands out among the rest OVERLAP_UNUSUAL times as much as is usual in this corpus, by
 * much that is in common and not by one rare word; or it is nearly the same text.
 */
#ifndef SEARCH_OVERLAP_H
#define SEARCH_OVERLAP_H

#include "search/corpus.h"

#define OVERLAP_MATCHES_MAX 100
#define OVERLAP_REASONS_MAX 8
/*
 * The value at which 4 of 100 texts of one programme raise an alarm when another one's are asked, the mean of both
 * ways: of NSF's awards of 2017 asked of CORDIS' projects about 3, the other way 5, some of which have a like there;
 * 700 bytes of each. tests/bench/search measures it anew.
 */
#define OVERLAP_UNUSUAL 1.8
#define OVERLAP_BREADTH 0.03	/* of a cosine, that is in common beyond the strongest words; less is no alarm */
#define OVERLAP_COPY 0.6	/* a cosine from which on texts are nearly the same */

struct overlap_match {
	struct bytes id, source, title, state;
	double score;		/* likeness, 0 to 1 */
	bool alarm;
	char *reasons[OVERLAP_REASONS_MAX];
	size_t n_reasons;
};

struct overlap {
	struct overlap_match *matches;
	size_t n;
	double unusual;		/* times that the first one stands out more than is usual */
};

/* `d`: its texts, acronym, keywords, domains and source are what is compared; `d->id` (may be empty) is left out.
 * Everything in the arena. Errors: those of the index, IMS_E_NOMEM. */
IMS_MUST_CHECK int overlap_find(struct corpus *c, const struct doc *d, size_t max, struct arena *a,
				struct overlap *ret);

#endif
