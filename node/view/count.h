/* SPDX-License-Identifier: Apache-2.0 */
/* How many records there are, from the view's tables alone: no entry and no payload is read. Linear in what is
 * counted; in one transaction. Both: IMS_E_CORRUPT, the store's errors. */
#ifndef VIEW_COUNT_H
#define VIEW_COUNT_H

#include "view/series.h"

/* Of a series ("eu-i"): live ones. A series that is not here has none. */
IMS_MUST_CHECK int count_live(struct store_txn *t, const char *code, uint64_t *ret);
/* Of a series: live ones with the index key name=value. */
IMS_MUST_CHECK int count_key(struct store_txn *t, const char *code, const char *name, struct bytes value,
			     uint64_t *ret);

#endif
