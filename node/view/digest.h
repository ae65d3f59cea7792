/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The view digest: SHA-256 over lines of text, each closed by a newline, so that anyone can
 * compute it from exported entries and payloads (DESIGN section 4, View digest):
 *
 *   imsd-view/1
 *   roster <version>
 *   rules <version>
 *   log <origin> <size> <root hex>                       by origin, journals left out
 *   record <id> <kind> <state> <revision> <origin> <index> <leaf hex>    by id
 *   key <name> <value> <id>                              by value and name, bytewise, and id
 *
 * Ids are ordered by region and letter, bytewise, then by number. Of a log that the roster has closed,
 * size and root are those of what counts: nothing above the kept size. States are those of
 * record_state_name(); a record whose payload is still wanted is a hole.
 */
#ifndef VIEW_DIGEST_H
#define VIEW_DIGEST_H

#include "ims/err.h"
#include "store/store.h"

struct digest_log {
	char origin[161];
	uint64_t size;
};

struct digest {
	struct hash digest;
	uint64_t roster, rules, holes, records, keys;
	struct digest_log *logs;	/* owned: digest_fini() */
	size_t n_logs;
};

/* In one read transaction: O(records + keys). Any thread. */
IMS_MUST_CHECK int digest_compute(struct store_txn *t, uint64_t roster_version, struct digest *ret);
void digest_fini(struct digest *d);

#endif
