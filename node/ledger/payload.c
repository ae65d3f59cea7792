/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/payload_int.h"

#include <string.h>

#include "base/buf.h"
#include "ledger/ledger_int.h"
#include "store/crc32c.h"
#include "store/key.h"
#include "wire/entry.h"
#include "wire/pack.h"

/* On the state of a row that was cut so that it fills the page it begins on: the rest follows in parts. On
 * average a fifth of a page would be left empty behind three or four whole payloads. */
#define ROW_GOES_ON 0x80
#define PART_MIN_BYTES 64				  /* what is less than that, a page's end keeps */
#define PARTS_MAX (LEDGER_ROW_BYTES / STORE_SMALL_BYTES + 2) /* a short first one, and a short last one */

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

static struct bytes part_key(struct store_key *k, uint64_t index, unsigned part)
{
	return part ? store_key(k, "LB", index, part) : store_key(k, "L", index);
}

/* The first part fills the page that the last row ends on; two others fill one. */
static size_t part_bytes(struct store_txn *t, store_table table, struct bytes key, unsigned part, size_t left)
{
	size_t room = part ? 0 : store_append_room(t, table, key.n);
	size_t n = room >= PART_MIN_BYTES && room < left ? room : left;

	return n < STORE_SMALL_BYTES ? n : STORE_SMALL_BYTES;
}

static int append_row(struct store_txn *t, store_table table, uint64_t index, struct buf *row)
{
	bool whole = row->n > LEDGER_ROW_BYTES;
	unsigned part = 0;
	int err = 0;

	for (size_t at = 0, n; !err && at < row->n; at += n, part++) {
		struct store_key k;
		struct bytes key = part_key(&k, index, part);

		n = whole ? row->n : part_bytes(t, table, key, part, row->n - at);
		if (part == 0 && n < row->n)
			row->p[0] |= ROW_GOES_ON;
		err = store_append(t, table, key, BYTES(row->p + at, n));
	}
	return err;
}

/* In the place of what is there, with every part of it, whatever is damaged: what is erased must be gone. */
static int replace_row(struct store_txn *t, store_table table, uint64_t index, const struct buf *row)
{
	struct store_key k, from;
	int err = ledger_drop_from(t, table, part_key(&k, index, 0), store_key(&from, "LB", index, 0));

	return err ? err : store_put(t, table, part_key(&k, index, 0), buf_bytes(row));
}

int ledger_payload_put(struct store_txn *t, store_table table, const struct ledger_item *item,
		       const struct hash *leaf, bool append)
{
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
	else if (append)
		err = append_row(t, table, item->index, &row);
	else
		err = replace_row(t, table, item->index, &row);
	buf_fini(&row);
	return err;
}

/* The parts of a row, the first of which is there. */
static int join(struct store_txn *t, store_table table, uint64_t index, struct arena *a, struct bytes *ret)
{
	struct bytes part[PARTS_MAX];
	size_t n = 0, bytes = 0;
	struct store_cursor c;
	struct store_key k;
	uint8_t *p;

	for (store_seek(&c, t, table, part_key(&k, index, 0), BYTES_NONE, false);
	     store_cursor_ok(&c) && n < PARTS_MAX; store_next(&c)) {
		if (n && (c.key.n != k.n + 1 || c.key.p[k.n] != n))
			break;
		part[n++] = c.value;
		bytes += c.value.n;
	}
	store_cursor_fini(&c);
	if (store_txn_error(t))
		return store_txn_error(t);
	if (n < 2 || bytes > LEDGER_ROW_BYTES)
		return IMS_E_CORRUPT;
	p = arena_alloc(a, bytes);
	if (!p)
		return arena_error(a);
	*ret = BYTES(p, bytes);
	for (size_t i = 0; i < n; p += part[i++].n)
		memcpy(p, part[i].p, part[i].n);
	((uint8_t *)(uintptr_t)ret->p)[0] &= (uint8_t)~ROW_GOES_ON;
	return 0;
}

int ledger_payload_row(struct store_txn *t, store_table table, uint64_t index, struct arena *a,
		       struct bytes *ret)
{
	struct store_key k;
	int err = store_get(t, table, part_key(&k, index, 0), ret);

	return err || ret->n == 0 || !(ret->p[0] & ROW_GOES_ON) ? err : join(t, table, index, a, ret);
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
