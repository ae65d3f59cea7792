/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/payload_int.h"

#include "base/buf.h"
#include "store/crc32c.h"
#include "store/key.h"
#include "wire/entry.h"
#include "wire/pack.h"

/* Beside enum ledger_payload, in rows only. Never renumber. */
#define ROW_PACKED 5 /* a HERE whose payload is packed, as store format 3 wrote it */
#define ROW_SUMMED 6 /* the same with a sum, which is wrong in the row of another entry, too */

static uint32_t sum_of(const struct hash *leaf, struct bytes salt, struct bytes packed)
{
	return crc32c(crc32c(crc32c(0, bytes_of_hash(leaf)), salt), packed);
}

static bool put_packed(const struct ledger_item *item, const struct hash *leaf, struct buf *row)
{
	size_t at;

	buf_put_u8(row, ROW_SUMMED);
	buf_put(row, item->salt);
	at = row->n;
	buf_put_u32(row, 0);
	if (item->packed.n)
		buf_put(row, item->packed);
	else if (!payload_pack(item->payload, row))
		return false;
	if (!row->failed)
		be32_put(row->p + at, sum_of(leaf, item->salt, BYTES(row->p + at + 4, row->n - at - 4)));
	return true;
}

static void put_here(const struct ledger_item *item, const struct hash *leaf, struct buf *row)
{
	if (put_packed(item, leaf, row) || row->failed)
		return;
	buf_clear(row);
	buf_put_u8(row, LEDGER_PAYLOAD_HERE);
	buf_put(row, item->salt);
	buf_put(row, item->payload);
}

int ledger_payload_put(struct store_txn *t, store_table table, const struct ledger_item *item, const struct hash *leaf,
		       bool append)
{
	struct store_key k;
	struct bytes key = store_key(&k, "L", item->index);
	struct buf row = {0};
	int err;

	if (item->payload_state == LEDGER_PAYLOAD_NONE)
		return 0;
	if (item->payload_state == LEDGER_PAYLOAD_HERE)
		put_here(item, leaf, &row);
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

static int take_here(uint8_t state, struct rd *r, struct arena *a, struct ledger_item *ret)
{
	ret->salt = rd_take(r, SALT_BYTES);
	if (state == ROW_SUMMED)
		rd_u32(r);
	if (r->failed)
		return IMS_E_CORRUPT;
	ret->payload_state = LEDGER_PAYLOAD_HERE;
	ret->payload = r->rest;
	return state == LEDGER_PAYLOAD_HERE ? 0 : unpack(r->rest, a, &ret->payload);
}

int ledger_payload_take(struct bytes row, struct arena *a, struct ledger_item *ret)
{
	struct rd r = rd_of(row);
	uint8_t state = rd_u8(&r);

	switch (state) {
	case LEDGER_PAYLOAD_HERE:
	case ROW_PACKED:
	case ROW_SUMMED:
		return take_here(state, &r, a, ret);
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

bool ledger_payload_take_packed(struct bytes row, const struct hash *leaf, struct ledger_item *ret)
{
	struct rd r = rd_of(row);
	uint8_t state = rd_u8(&r);
	struct bytes salt = rd_take(&r, SALT_BYTES);
	uint32_t sum = rd_u32(&r);

	if (state != ROW_SUMMED || r.failed || sum != sum_of(leaf, salt, r.rest))
		return false;
	ret->payload_state = LEDGER_PAYLOAD_HERE;
	ret->salt = salt;
	ret->packed = r.rest;
	return true;
}
