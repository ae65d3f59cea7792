/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows of the view: what the registry says of a record now. A row points at the entry that made
 * it and keeps no copy of what that says: neither payload nor time nor leaf.
 *
 *   B state << 4 | operation << 2 | audience, varints revision, slot, index, of an invalid one varint
 *   reason; then the kind's name, left out where state or letter says it: "sealed", or the known kind
 *   whose letter it is
 */
#ifndef VIEW_RECORD_H
#define VIEW_RECORD_H

#include "base/arena.h"
#include "base/bytes.h"
#include "ims/err.h"
#include "ledger/ledger.h"
#include "registry/registry.h"
#include "store/store.h"
#include "view/series.h"
#include "wire/entry.h"

/* Stored and part of the view digest by name: never renumber, never rename. */
enum record_state {
	RECORD_LIVE = 1,
	RECORD_WITHDRAWN = 2,
	RECORD_UNKNOWN_KIND = 3,	/* folded after an upgrade */
	RECORD_INVALID = 4,		/* the payload breaks a shared rule: `reason` */
	RECORD_WANTED = 5,		/* its payload has not come yet: a hole */
	RECORD_ERASED = 6,
	RECORD_SEALED = 7,		/* for named regions; nothing shared may be read from it */
	RECORD_STATE_MAX,
};

struct record {
	enum record_state state;
	int operation, audience;
	int reason;			/* IMS_E_* or 0 */
	uint64_t revision;
	uint32_t slot;			/* log and place of the entry that made this state */
	uint64_t index;
	char kind[64];
};

const char *record_state_name(enum record_state s);
const char *record_operation_name(int operation);
const char *record_audience_name(int audience);

/* By its id; *ret_at (may be NULL) is its number in the store. */
IMS_MUST_CHECK int record_get(struct store_txn *t, struct bytes id, struct record *ret, struct series_id *ret_at);
/* By number; `letter` of its id. */
IMS_MUST_CHECK int record_at(struct store_txn *t, const struct series_id *at, struct bytes letter,
			     struct record *ret);
IMS_MUST_CHECK int record_put(struct store_txn *t, const struct series_id *at, struct bytes letter,
			      const struct record *r);
/* `code` of the row's series. */
IMS_MUST_CHECK int record_decode(struct bytes row, const char *code, struct record *ret);
/* The state that an entry and what is here of its payload make; RECORD_LIVE stands for all that show it. */
enum record_state record_state_of(const struct entry *en, const struct ledger_item *item);
/* The entry that made a row, in the arena, if the row says what the entry says: the database has no
 * checksums, and an entry is bound to its leaf. IMS_E_CORRUPT. */
IMS_MUST_CHECK int record_entry(const struct record *r, struct bytes id, const struct ledger_item *item,
				struct arena *a, struct entry *ret);

#endif
