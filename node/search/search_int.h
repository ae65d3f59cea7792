/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shared by search.c (the indexer's thread) and search_query.c (queries beside it).
 *
 * Who wants the lock counts itself in `in_line`; the indexer, which would have it again at once, lets those go first,
 * and those whom it has woken (`woken`). It gives the lock up between two pieces of work, and then all may have
 * changed.
 */
#ifndef SEARCH_SEARCH_INT_H
#define SEARCH_SEARCH_INT_H

#include <pthread.h>
#include <time.h>

#include "base/clock.h"
#include "search/search.h"

struct search {
	char *dir, *path, *path_new;
	struct store *store;
	const struct reference *reference;
	struct match_weights weights;
	pthread_t thread;

	pthread_mutex_t lock;	  /* all below */
	pthread_cond_t wake;	  /* of the indexer: a query waits, or the end */
	pthread_cond_t turned;	  /* of queries that wait: `wakes` is another */
	pthread_cond_t gone;	  /* of the indexer: no query stands in line, or was woken */
	_Atomic unsigned in_line; /* queries that want the lock, or have it; not under it */
	_Atomic bool stop;	  /* set before the lock is asked for: who holds it is soon done */
	struct corpus *corpus; /* NULL: none, `why` says more */
	bool is_new;	       /* it is at path_new */
	bool loaded, settled, calibrated, scrubbing;
	char waited[RECORD_ID_MAX_BYTES + 1]; /* the last record that was looked at again */
	uint64_t left, wakes;		      /* wakes: times that all who wait were told to go on */
	unsigned waiting;  /* queries that wait for the indexer to have looked at everything, */
	struct mono since; /* the first of them since then; */
	unsigned woken;	   /* those that were told, and do not have the lock yet */
	struct errtext why;
	int err;
	struct mono waiting_at, scrub_at, retry_at, settle_at;
	struct mono asked_until; /* so long after the last query it is kept ready for the next one */
};

/* The lock is held: it cannot be used, will be tried again; what is damaged goes at once. */
void search_fail(struct search *s, int err);
/* The lock is held, by who asks: weights, and what is usual here, as far as they are not made. It is not left to the
 * indexer, which stands behind others. Errors: those of the index. */
IMS_MUST_CHECK int search_prepare(struct search *s);
/* An instant of CLOCK_MONOTONIC, from now. */
struct timespec search_after_ms(int64_t ms);

#endif
