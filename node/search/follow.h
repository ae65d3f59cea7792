/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One turn of following the view: which entries of which logs have not been looked at, what the records that they
 * speak of are now, and that into the corpus. What has been looked at stands in the index itself, in the same
 * transaction: per log its size and the last leaf, and the view (roster, kinds, rules) that it was read under.
 *
 * Sans thread, for tests; the store is only read.
 */
#ifndef SEARCH_FOLLOW_H
#define SEARCH_FOLLOW_H

#include "search/corpus.h"
#include "store/store.h"

struct follow_turn {
	size_t entries;		/* looked at in this turn */
	uint64_t left;		/* and not yet */
	bool removed;		/* something left the index: it is to be scrubbed */
	bool other;		/* the index is of another view or history: it is to be made anew; nothing was done */
	bool broken;		/* the error is of the index */
};

/* At most `max` entries; with `waited` also some of the records whose payload had not come: `waited`, of
 * RECORD_ID_MAX_BYTES + 1 and empty at first, says which was the last one. Entries of the log that are
 * damaged are passed over, others report them. Errors: the store's, without effect; those of the index, with
 * `broken`: what the corpus counts is no longer what the file holds, it is to be opened anew, or, after
 * IMS_E_CORRUPT, made anew. */
IMS_MUST_CHECK int follow(struct store *s, struct corpus *c, size_t max, char *waited, struct follow_turn *ret);

#endif
