/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The node's journal: a log of the same format (leaf = JournalRow), origin
 * <federation>/<region>/journal/1, not replicated. Written by the writer in whatever
 * transaction is open, read by anyone in a read transaction.
 */
#ifndef VIEW_JOURNAL_H
#define VIEW_JOURNAL_H

#include "base/arena.h"
#include "ims/err.h"
#include "ledger/ledger.h"
#include "wire/entry.h"

enum journal_event {
#define JOURNAL(NAME, name, help) JOURNAL_##NAME,
#include "journal.def"
#undef JOURNAL
	JOURNAL_EVENT_MAX,
};
const char *journal_event_name(enum journal_event e);

/* Append a row; its index is given here, a detail over 400 bytes is cut. */
IMS_MUST_CHECK int journal_append(struct store_txn *t, struct ledger_log *journal, struct journal_row *row);

struct journal_filter {
	struct bytes peer, origin;	/* empty: all */
	int64_t since_ms, until_ms;	/* until 0: no end */
	int outcome;			/* -1: all; 0: ok; 1: every refusal; else this code (positive) */
	bool outcome_any_refusal;
	bool newest_first;
	uint64_t after;			/* rows with a higher index (lower, newest first); see `from_start` */
	bool from_start;		/* ignore `after` */
};
/* Call fn for matching rows until it returns non-zero or `max_rows` (2 or more) were looked at;
 * *ret_next is where to go on (as `after`), 0 at the end. Who stops at row 0 sees 0, too. */
typedef int journal_each_fn(void *ctx, const struct journal_row *row);
IMS_MUST_CHECK int journal_each(struct store_txn *t, const char *origin, const struct journal_filter *f,
				uint64_t max_rows, journal_each_fn *fn, void *ctx, uint64_t *ret_next);

#endif
