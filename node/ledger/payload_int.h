/* SPDX-License-Identifier: Apache-2.0 */
/* The row of a payload (tables.def, p/), which three read and one writes. */
#ifndef LEDGER_PAYLOAD_INT_H
#define LEDGER_PAYLOAD_INT_H

#include "ledger/ledger.h"

/* Writes it, packed where that pays; what has no payload has no row. `leaf`: of its entry. `append`: its index is the
 * greatest. */
IMS_MUST_CHECK int ledger_payload_put(struct store_txn *t, store_table table, const struct ledger_item *item,
				      const struct hash *leaf, bool append);
/* The row as it was before it was cut: lent by the store, or, if it was cut, made in the arena. IMS_E_NOT_FOUND: none.
 * IMS_E_CORRUPT: its parts are not whole. arena_error(), the store's. */
IMS_MUST_CHECK int ledger_payload_row(struct store_txn *t, store_table table, uint64_t index, struct arena *a,
				      struct bytes *ret);
/* State, salt, payload and eraser of an item from its row, unchecked; what was packed is unpacked in the arena, the
 * rest is lent by the row. Errors: IMS_E_CORRUPT (the row), IMS_E_COMMITMENT (what is packed), arena_error(),
 * IMS_E_NOMEM. */
IMS_MUST_CHECK int ledger_payload_take(struct bytes row, struct arena *a, struct ledger_item *ret);
/* The same of a packed one that is as it was written for the entry of this leaf: it stays packed, lent by the row.
 * False, and nothing is changed: it is not packed, has no sum, or not this one. */
bool ledger_payload_take_packed(struct bytes row, const struct hash *leaf, struct ledger_item *ret);

#endif
