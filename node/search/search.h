/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The search of a node: a corpus (corpus.h) in a folder of its own, and the indexer, a thread that follows the
 * view by the sizes of the logs. Derived, and never the truth: what is missing, damaged, of another version, or of
 * another history is removed and made anew, beside ("search.db.new") until it is whole, then renamed.
 *
 *  S1. Only payloads that all may see are in it; records that are withdrawn, erased or without effect leave it, and
 *      what is left in the file is overwritten once the indexer rests (index_scrub()).
 *  S2. The indexer reads the view in transactions of SEARCH_TURN_ENTRIES entries, and holds the lock for as many; it
 *      never waits for loop or writer, and neither waits for it; it stands behind both (base/sched.h), and waits for
 *      no disk (index.h).
 *  S3. Whatever fails here fails the search alone: search_state() tells it, and it is tried again.
 *
 *   absent, damaged ──> being made (queries answer from what is there: `behind`) ──> whole <──> a turn behind
 *
 * Threads: search_start and search_stop are the owner's; the rest any thread's, one at a time inside (a lock; the
 * longest wait is a turn).
 */
#ifndef SEARCH_SEARCH_H
#define SEARCH_SEARCH_H

#include "search/match.h"
#include "search/overlap.h"
#include "store/store.h"

#define SEARCH_TURN_ENTRIES 100
#define SEARCH_PAUSE_MS 500	/* between two looks at the logs' sizes */
#define SEARCH_RETRY_MS 30000
#define SEARCH_FRESH_MS 3000	/* how long a query waits for the indexer that is behind */
#define SEARCH_USUAL_MS 15000	/* and looks for what is usual here, when that is not known */
#define SEARCH_KEPT_MS 600000	/* after the last query these are kept */

struct search;

struct search_opts {
	const char *dir;		/* made when it is not there; copied */
	struct store *store;		/* outlives the search */
	const struct reference *reference;	/* likewise */
};

/* Starts the thread; a folder that cannot be used is told by queries and search_state(). IMS_E_NOMEM without threads;
 * IMS_E_NOT_FOUND, IMS_E_SYNTAX: the list match-weights. */
IMS_MUST_CHECK int search_start(const struct search_opts *o, struct search **ret, struct errtext *e);
/* Queries that wait go, later ones fail, the thread ends within a turn: whoever serves queries can be ended then. */
void search_quit(struct search *s);
/* Ends the thread within a turn, keeps what is done, frees. NULL is fine. */
void search_stop(struct search *s);

struct search_state {
	bool ready;		/* everything up to the logs' sizes at the last look is in it */
	uint64_t texts;		/* of initiatives */
	uint64_t left;		/* entries that are not looked at yet */
	int err;		/* not 0: it cannot be used, why, and it is tried again */
	struct errtext why;
};
void search_state(struct search *s, struct search_state *ret);

/* Both wait until the indexer has seen what the database holds now, SEARCH_FRESH_MS at most; the first one in a while
 * makes weights and looks for what is usual here, SEARCH_USUAL_MS at most. Errors: IMS_E_AGAIN
 * (no index: why), those of overlap_find() and match_find(). */
IMS_MUST_CHECK int search_overlap(struct search *s, const struct doc *d, size_t max, struct arena *a,
				  struct overlap *ret, struct errtext *e);
/* `ask` without reference and weights, which are the search's own. */
IMS_MUST_CHECK int search_match(struct search *s, const struct match_ask *ask, struct arena *a, struct match *ret,
				struct errtext *e);

/* The weights that it ranks by, immutable. */
const struct match_weights *search_weights(const struct search *s);

#endif
