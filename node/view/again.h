/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entries that were set aside (aside.h), appended to the own log again: unchanged where the log has them
 * or ends just where they go on, so that an acknowledged index stays; else as new entries of the same
 * records, at the log's end, in the order in which they were acknowledged. A new record whose id another
 * one has by now gets the next free id, and what was set aside after it names that.
 */
#ifndef VIEW_AGAIN_H
#define VIEW_AGAIN_H

#include "view/commit_int.h"

struct again_counts {
	uint64_t kept;		/* unchanged: index and bytes as acknowledged */
	uint64_t moved;		/* under a new index */
	uint64_t moot;		/* the record says so already, or the payload is damaged: journaled */
};

/* In the open transaction, which the caller commits; uses neither clock nor ring. */
IMS_MUST_CHECK int again_append_all(struct commit *c, struct again_counts *ret);

#endif
