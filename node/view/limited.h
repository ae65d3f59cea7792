/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What this node may read of sealed records: the table LIMITED finds them by their own kind and by what they are
 * about. It differs from node to node, so it is in no digest and no shared rule reads it (inv. 7, 10): it is for
 * verbs of this region's people and for what this node itself admits. Filled by the fold from the sealed payloads
 * that are here, emptied and filled again by a rebuild; a payload that goes takes its rows with it. A sealed record
 * is not withdrawn (it has one revision): a later one of the same sense takes its place.
 *
 * A row a value of the kind's index key `about`; without one a single row whose `about` is "". What is inside and
 * breaks its kind's rules has no rows.
 */
#ifndef VIEW_LIMITED_H
#define VIEW_LIMITED_H

#include "base/arena.h"
#include "ims/err.h"
#include "ledger/ledger.h"
#include "registry/registry.h"
#include "view/series.h"

/* ---- the fold's side */
struct limited_rows {
	const struct kind *kind;	/* NULL: none */
	const struct bytes *about;
	size_t n;
};
#define LIMITED_ARENA_BYTES ((size_t)4 << 20)
/* Rows of a sealed item, none when its payload is not here or does not read; in the arena. `home` is the region of
 * the record. IMS_E_NOMEM. */
IMS_MUST_CHECK int limited_of(const struct ledger_item *sealed, struct bytes home, struct arena *a,
			      struct limited_rows *ret);
IMS_MUST_CHECK int limited_change(struct store_txn *t, const struct series_id *at, const struct limited_rows *rows,
				  bool put);

/* ---- the readers' side, in one transaction */
/* A sealed record as it is inside. All memory is an arena's. */
struct limited_item {
	const char *record;		/* id of the sealed record */
	const char *region;		/* home: of the record and the log */
	const char *origin;
	uint64_t incarnation, index;	/* place in the region's logs */
	struct hash leaf;
	int64_t time_ms;		/* as its origin says */
	const struct kind *kind;	/* of what is inside */
	const struct ProtobufCMessage *m;
	size_t bytes;			/* of its payload */
};
/* By its id. IMS_E_NOT_FOUND: no such record; IMS_E_PERMISSION: it is sealed for others; IMS_E_INVALID: it is none,
 * or what is inside breaks its rules; IMS_E_AGAIN: its payload has not come yet; IMS_E_CORRUPT, IMS_E_NOMEM,
 * IMS_E_LIMIT. */
IMS_MUST_CHECK int limited_get(struct store_txn *t, struct bytes id, struct arena *a, struct limited_item *ret);
/* Those of a kind about a record (NULL: about anything, once for each that it is about), at most `max` and
 * LIMITED_REGION_BYTES of each region, so that one that floods hides nobody else's, and of all LIMITED_LIST_MAX and
 * LIMITED_LIST_BYTES; *ret_cut says whether there are more. */
#define LIMITED_LIST_MAX 5000
#define LIMITED_REGION_BYTES ((size_t)4 << 20) /* of payloads; unpacked they take up to three times as much */
#define LIMITED_LIST_BYTES ((size_t)24 << 20)
IMS_MUST_CHECK int limited_list(struct store_txn *t, const char *kind, const char *about, size_t max, struct arena *a,
				struct limited_item **ret, size_t *ret_n, bool *ret_cut);
/* Is a before b in its region's logs? Both of one region. */
static inline bool limited_is_before(const struct limited_item *a, const struct limited_item *b)
{
	return a->incarnation != b->incarnation ? a->incarnation < b->incarnation : a->index < b->index;
}

#endif
