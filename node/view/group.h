/* SPDX-License-Identifier: Apache-2.0 */
/* What a record of the commit log holds, for whoever looks into one that is not replayed. */
#ifndef VIEW_GROUP_H
#define VIEW_GROUP_H

#include "ims/err.h"
#include "ledger/ledger.h"

/* Each entry of a record, as a log would take it, if the record is of this origin; until fn returns
 * non-zero, which is returned. What is damaged ends the walk. Spans are borrowed from the body. */
IMS_MUST_CHECK int group_each_item(struct bytes body, const char *origin,
				   int (*fn)(void *ctx, const struct ledger_item *item), void *ctx);

#endif
