/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which entries cite the bytes of a document: those that put a document, open or sealed, had an effect, and whose
 * payload is here, as long as their record has not been withdrawn since. A later revision takes nothing from the
 * ones before it: what was signed under one stays readable.
 *
 * Made by the fold and like everything it makes a function of entries and payloads; but of the payloads that this
 * node may see, so no part of the digest. The bytes go with the last entry that cites them (ledger/blobs.h).
 */
#ifndef VIEW_CITES_H
#define VIEW_CITES_H

#include "ims/err.h"
#include "ledger/blobs.h"
#include "ledger/ledger.h"
#include "view/series.h"

/* An entry with its payload has taken effect for the record at `at`. `kind` as the entry says. Nothing happens
 * unless it is a document's. */
IMS_MUST_CHECK int cites_add(struct store_txn *t, const struct ledger_log *log, const struct ledger_item *item,
			     struct bytes kind, const struct series_id *at);
/* The record is withdrawn, by this revision: whatever cited for it does no more. `anew`: all is being folded again,
 * and another entry that has not had its turn yet may cite the same bytes: they stay until cites_settle(). */
IMS_MUST_CHECK int cites_end(struct store_txn *t, const struct series_id *at, uint64_t revision, bool anew);
/* Has the record been withdrawn after this revision? (A payload may come late.) IMS_E_CORRUPT. */
IMS_MUST_CHECK int cites_ended_after(struct store_txn *t, const struct series_id *at, uint64_t revision, bool *ret);
/* After the view was folded anew: what nothing cites any more waits to be swept. */
IMS_MUST_CHECK int cites_settle(struct store_txn *t);

/* The entries of its log that cite a blob: the first ones, at most max. */
#define CITES_MAX 32 /* looked at, of one blob, for whether somebody may have it */
size_t cites_of(struct store_txn *t, const struct blob_ref *of, uint64_t *ret_indexes, size_t max);

#endif
