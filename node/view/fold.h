/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fold: from verified entries and payloads to records and index keys, inside the
 * transaction that appends them.
 *
 *  F1. Pure (invariant 7): reads the entry, its payload and the view, no clock, no randomness,
 *      no local file, no slot number in anything that the digest sees.
 *  F2. Total (invariant 6): any bytes give a result. What is inadmissible has no effect and
 *      leaves a row in PROBLEMS with its reason; only what is this node's fault is returned: the
 *      store's failures, and IMS_E_NOMEM.
 *  F3. Authority (invariant 8): an entry changes records of its own region only.
 *
 *   entry ── not decodable, other origin or index, not its home, wrong revision ──> PROBLEMS
 *     └── put ── payload missing ──> wanted ── fold_payload() ──┐
 *          ├── kind unknown ──> unknown-kind (folded by a rebuild after an upgrade)
 *          ├── payload breaks a rule ──> invalid <───────────────┤
 *          └── else ──> live, with its keys <────────────────────┘
 *        withdraw ──> withdrawn        named audience ──> sealed, and what is here of it into LIMITED (limited.h)
 */
#ifndef VIEW_FOLD_H
#define VIEW_FOLD_H

#include "ims/err.h"
#include "ledger/ledger.h"
#include "view/keys.h"

/* The log that an entry stands in, and all open logs (to look at a record's former payload). */
struct fold {
	struct store_txn *txn;
	struct ledger_log *const *logs;
	size_t n_logs;
	/* The keys of the item's payload, when admission has just judged it: it is not judged again. */
	const struct registry_keys *admitted;
	struct keys *keys; /* take the changes of index keys */
	bool anew;	   /* all is folded again: a later entry may need what this one lets go */
};

/* The open log of a slot, or NULL. */
const struct ledger_log *fold_log_of(const struct fold *f, uint32_t slot);

typedef int fold_fn(const struct fold *f, const struct ledger_log *log, const struct ledger_item *item);
IMS_MUST_CHECK int fold_entry(const struct fold *f, const struct ledger_log *log, const struct ledger_item *item);
/* An entry above what the roster kept of its log: without effect, but the number of its record is in use. */
IMS_MUST_CHECK int fold_orphan(const struct fold *f, const struct ledger_log *log, const struct ledger_item *item);
/* The payload of an entry folded before has come (or is known to be erased). */
IMS_MUST_CHECK int fold_payload(const struct fold *f, const struct ledger_log *log,
				const struct ledger_item *item);
/* It is not looked at (view/poison.h): a hole with its reason. */
IMS_MUST_CHECK int fold_quarantined(const struct fold *f, const struct ledger_log *log,
				    const struct ledger_item *item);
/* Empty every table that the fold fills. */
IMS_MUST_CHECK int fold_clear(struct store_txn *t);
/* What the fold depends on besides its input: kinds known and rules version. A view made with
 * another fingerprint is rebuilt at start. */
void fold_fingerprint(struct hash *ret);

#endif
