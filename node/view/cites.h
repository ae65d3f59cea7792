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

/* What is known here of a document that something names by its record and the hash of its bytes. */
enum named_record {
	NAMED_LIVE,	 /* it says what its bytes are */
	NAMED_WITHDRAWN,
	NAMED_UNREAD,	 /* its payload has not come yet, or breaks a rule */
	NAMED_NONE,	 /* no such document here */
};
enum named_bytes { NAMED_HERE, NAMED_WANTED, NAMED_NO_BYTES /* none of its revisions, nor so any bytes */ };
struct named {
	enum named_record record;
	bool is_now;		 /* its newest revision has that hash; */
	bool is_once;		 /* or an older one of the record that is not withdrawn */
	enum named_bytes bytes;	 /* those of that hash, */
	uint32_t slot;		 /* and an entry that cites them so: the record's, if is_once */
	uint64_t index;
	struct hash sha256;	 /* of a live one, now */
};
IMS_MUST_CHECK int cites_named(struct store_txn *t, struct bytes record, const struct hash *sha256,
			       struct named *ret);
/* "no such document is here (yet)" */
const char *named_words(enum named_record r);

#endif
