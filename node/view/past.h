/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records as the logs were: of each log the entries below a size. What the view keeps of now is not kept of
 * then; it is found again from the entries that a record's later ones have superseded (TABLE_HISTORY).
 *
 * One transaction, one thread; memory that is handed out is the arena's.
 */
#ifndef VIEW_PAST_H
#define VIEW_PAST_H

#include "ledger/ledger.h"
#include "view/record.h"

/* A log as it was; logs that are not listed were empty. */
struct past_size {
	const char *origin;
	uint64_t size;
};
struct past_sizes {
	const struct past_size *of;
	size_t n;
};
#define PAST_SIZES_MAX LEDGER_LOGS_MAX

/* A log that has been asked for. */
struct past_log {
	struct past_log *next;
	uint32_t slot;
	struct ledger_reader reader;
	const char *origin, *region;
	uint64_t incarnation;
	uint64_t bound; /* entries below it are looked at */
};

struct past {
	struct store_txn *txn;
	const struct past_sizes *sizes; /* NULL: now */
	struct arena *arena;
	struct past_log *logs;
};

static inline struct past past_of(struct store_txn *t, const struct past_sizes *sizes, struct arena *a)
{
	return (struct past){.txn = t, .sizes = sizes, .arena = a};
}

/* Errors: IMS_E_CORRUPT, IMS_E_NOMEM, the store's. */
IMS_MUST_CHECK int past_log_of(struct past *p, uint32_t slot, struct past_log **ret);

/* ---- the entries of one record */
struct past_revision {
	uint32_t slot;
	uint64_t index, incarnation;
	bool is_current, was_judged; /* is what the record is now; the fold has found its payload good */
};
struct past_revisions {
	struct past_revision *of; /* owned */
	size_t n, capacity;
};
#define PAST_REVISIONS_MAX 10000 /* that are looked at, the newest */

/* Those below the bounds, oldest first. `now` is the record's row. */
IMS_MUST_CHECK int past_revisions_load(struct past *p, const struct series_id *at, const struct record *now,
				       struct past_revisions *ret);
void past_revisions_fini(struct past_revisions *r);

/* What the record's row was, `now` being what it is. IMS_E_NOT_FOUND: it was not there yet. */
IMS_MUST_CHECK int past_record(struct past *p, const struct series_id *at, const struct record *now,
			       struct record *ret);
/* Had the record, whose row then was `r`, this index key? */
IMS_MUST_CHECK int past_has_key(struct past *p, const struct record *r, struct bytes name, struct bytes value,
				bool *ret);

/* ---- times */
/* The sizes of all logs at a time: of each the entries before the first one that says a later time. A log's
 * times do not go back (its origin sees to that), so this is a search by halves. Logs that were empty are left
 * out. */
IMS_MUST_CHECK int past_sizes_at(struct store_txn *t, int64_t time_ms, struct arena *a, struct past_sizes *ret);

#endif
