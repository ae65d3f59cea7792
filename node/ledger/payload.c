/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/payload_int.h"

#include "base/buf.h"
#include "ledger/pack.h"
#include "store/key.h"
#include "wire/entry.h"

/* Beside enum ledger_payload, in rows only: a HERE whose payload is packed. Never renumber. */
#define ROW_PACKED 5

static void put_here(const struct ledger_item *item, struct buf *row)
{
	bool packed;

	buf_put_u8(row, ROW_PACKED);
	buf_put(row, item->salt);
	packed = item->packed.n > 0;
	if (packed)
		buf_put(row, item->packed);
	else
		packed = payload_pack(item->payload, row);
	if (packed || row->failed)
		return;
	row->p[0] = LEDGER_PAYLOAD_HERE;
	buf_put(row, item->payload);
}

int ledger_payload_put(struct store_txn *t, store_table table, const struct ledger_item *item, bool append)
{
	struct store_key k;
	struct bytes key = store_key(&k, "L", item->index);
	struct buf row = {0};
	int err;

	if (item->payload_state == LEDGER_PAYLOAD_NONE)
		return 0;
	if (item->payload_state == LEDGER_PAYLOAD_HERE)
		put_here(item, &row);
	else
		buf_put_u8(&row, (uint8_t)item->payload_state);
	if (item->payload_state == LEDGER_PAYLOAD_ERASED)
		buf_put_u64(&row, item->erased_by);
	if (row.failed)
		err = IMS_E_NOMEM;
	else if (append) /* keep pages full */
		err = store_append(t, table, key, buf_bytes(&row));
	else
		err = store_put(t, table, key, buf_bytes(&row));
	buf_fini(&row);
	return err;
}

/* What does not unpack is not what the entry commits to, as if a byte of it had changed unpacked. */
static int unpack(struct bytes packed, struct arena *a, struct bytes *ret)
{
	int err = payload_unpack(packed, a, ret);

	return err == IMS_E_CORRUPT ? IMS_E_COMMITMENT : err;
}

int ledger_payload_take(struct bytes row, struct arena *a, struct ledger_item *ret)
{
	struct rd r = rd_of(row);
	uint8_t state = rd_u8(&r);

	switch (state) {
	case LEDGER_PAYLOAD_HERE:
	case ROW_PACKED:
		ret->salt = rd_take(&r, SALT_BYTES);
		if (r.failed)
			return IMS_E_CORRUPT;
		ret->payload_state = LEDGER_PAYLOAD_HERE;
		ret->payload = r.rest;
		return state == ROW_PACKED ? unpack(r.rest, a, &ret->payload) : 0;
	case LEDGER_PAYLOAD_ERASED:
		ret->erased_by = rd_u64(&r);
		break;
	case LEDGER_PAYLOAD_WANTED:
	case LEDGER_PAYLOAD_NOT_FOR_ME:
		break;
	default:
		return IMS_E_CORRUPT;
	}
	ret->payload_state = state;
	return rd_done(&r) ? 0 : IMS_E_CORRUPT;
}
