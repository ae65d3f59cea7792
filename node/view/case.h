/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cases (programme/case.h) from the store: an initiative, what speaks about it by the index keys `about`, and
 * what that cites, in one transaction; now, or as the logs were at given sizes.
 *
 * Bounded: of each series (a region's records of a kind) about one record at most CASE_SERIES_MAX, of all
 * together CASE_ENTRIES_MAX and CASE_PAYLOAD_BYTES, the home's first. A region that floods an initiative with
 * records cuts itself off; what was left out is said in the case. A function of what is there, not of the order
 * in which it came.
 *
 * In a write transaction what waits is kept (keys_keep()) and the logs are flushed (commit_flush_logs()) before.
 */
#ifndef VIEW_CASE_H
#define VIEW_CASE_H

#include "programme/case.h"
#include "view/past.h"

#define CASE_SERIES_MAX 200
#define CASE_ENTRIES_MAX 10000
#define CASE_PAYLOAD_BYTES (8u << 20)
#define CASE_HISTORY_MAX 100000	/* revisions that are looked at for an earlier time */
/* Budget of an arena that one case goes into. */
#define CASE_ARENA_BYTES ((size_t)128 << 20)

/* What is asked besides the initiative. */
struct case_wish {
	const struct past_sizes *as_of;		/* NULL: now */
	/* A payload that is not in a log yet: what it cites is wanted too. NULL: none. */
	const struct kind *kind;
	const struct ProtobufCMessage *m;
};

/* `wish` NULL: nothing. Everything is in the arena. Errors: IMS_E_SYNTAX (no record id), IMS_E_NOT_FOUND (no such
 * initiative), IMS_E_INVALID (another kind), IMS_E_CORRUPT, IMS_E_NOMEM, IMS_E_LIMIT, the store's. */
IMS_MUST_CHECK int case_load(struct store_txn *t, struct bytes initiative, const struct case_wish *wish,
			     struct arena *a, struct programme_case *ret, struct errtext *why);
/* Of a merged one: in words where it goes on, from one to the next as far as CASE_ONWARD_MAX, and what that is like.
 * `wish` is for its `as_of`. */
#define CASE_ONWARD_MAX 5
IMS_MUST_CHECK int case_goes_on(struct store_txn *t, const struct programme_case *c, const struct case_wish *wish,
				struct errtext *ret_words);
/* The initiative that a record of any kind is about, through others if need be; the record itself when it is one.
 * IMS_E_NOT_FOUND: about none, or what leads there is not here. */
IMS_MUST_CHECK int case_initiative_of(struct store_txn *t, struct bytes record, char ret[RECORD_ID_MAX_BYTES + 1]);

#endif
