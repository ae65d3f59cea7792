/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by case.c (what belongs to a case), case_entry.c (one entry of it) and case_roster.c. */
#ifndef VIEW_CASE_INT_H
#define VIEW_CASE_INT_H

#include "ledger/ledger.h"
#include "view/case.h"
#include "view/record.h"

/* Where an entry stands. */
struct case_place {
	uint32_t slot;
	uint64_t index;
};

struct case_loading {
	struct past past; /* the transaction, and the logs as of when */
	struct arena *arena;
	struct case_entry *entries;
	struct case_place *places; /* of the entries */
	size_t n, capacity;
	size_t payload_bytes;
	const char *cut;
	struct series_list series;
	char home[16];
};

/* case_entry.c */
/* The slot of an origin; IMS_E_NOT_FOUND. */
IMS_MUST_CHECK int case_slot_of(struct case_loading *l, const char *origin, uint32_t *ret);
/* Add an entry, unless it is there or above the bound. `was_judged`: the fold has found its payload good. *ret (may
 * be NULL): the number of the entry, SIZE_MAX when there is none. */
IMS_MUST_CHECK int case_add(struct case_loading *l, const struct case_place *at, bool is_newest, bool was_judged,
			    size_t *ret);

/* case_roster.c: the newest version and those that the conclusions name. */
IMS_MUST_CHECK int case_load_rosters(struct case_loading *l, struct programme_case *c);

#endif
