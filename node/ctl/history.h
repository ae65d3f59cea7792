/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a history says of entries without effect (inv. 8): those that the fold gave none, those whose payload
 * breaks a rule, and those that the programme's rules do not count.
 */
#ifndef CTL_HISTORY_H
#define CTL_HISTORY_H

#include "ctl/ctl_int.h"

#define HISTORY_MAX 1000
#define HISTORY_PROBLEMS_MAX 20000	/* entries without effect, of all logs, that are looked through */

struct Ims__Ctl__RecordHistoryReply;
struct past_sizes;

/* Give each revision of the reply its reason, as it is now (sizes NULL) or was then. */
IMS_MUST_CHECK int history_explain(struct ctl_call *call, struct store_txn *t, struct bytes id,
				   const struct past_sizes *sizes, struct Ims__Ctl__RecordHistoryReply *reply);
/* Where the entries about a record stand that had no effect: calls `found` for each. */
typedef int history_found_fn(void *ctx, uint32_t slot, uint64_t index, const char *why);
IMS_MUST_CHECK int history_each_problem(struct ctl_call *call, struct store_txn *t, struct bytes id,
					history_found_fn *found, void *ctx);

#endif
