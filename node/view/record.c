/* SPDX-License-Identifier: Apache-2.0 */
#include "view/record.h"

#include <stdio.h>

#include "base/buf.h"
#include "store/key.h"
#include "wire/entry.h"

static const char *const state_names[RECORD_STATE_MAX] = {
	[RECORD_LIVE] = "live",	      [RECORD_WITHDRAWN] = "withdrawn", [RECORD_UNKNOWN_KIND] = "unknown-kind",
	[RECORD_INVALID] = "invalid", [RECORD_WANTED] = "wanted",	[RECORD_ERASED] = "erased",
	[RECORD_SEALED] = "sealed",
};

const char *record_state_name(enum record_state s)
{
	return s > 0 && s < RECORD_STATE_MAX ? state_names[s] : "unknown";
}

const char *record_operation_name(int operation)
{
	switch (operation) {
	case ENTRY_PUT:
		return "put";
	case ENTRY_WITHDRAW:
		return "withdraw";
	case ENTRY_ERASE:
		return "erase";
	default:
		return "unknown";
	}
}

const char *record_audience_name(int audience)
{
	switch (audience) {
	case ENTRY_PUBLIC:
		return "public";
	case ENTRY_FEDERATION:
		return "federation";
	case ENTRY_NAMED:
		return "named";
	default:
		return "unknown";
	}
}

int record_decode(struct bytes row, struct record *ret)
{
	struct rd r = rd_of(row);
	struct bytes kind;

	ret->state = rd_u8(&r);
	ret->operation = rd_u8(&r);
	ret->audience = rd_u8(&r);
	ret->reason = -(int)rd_u16(&r);
	ret->revision = rd_u64(&r);
	ret->slot = rd_u32(&r);
	ret->index = rd_u64(&r);
	ret->time_ms = (int64_t)rd_u64(&r);
	ret->leaf = rd_hash(&r);
	kind = rd_span(&r);
	if (!rd_done(&r) || kind.n >= sizeof(ret->kind) || ret->state >= RECORD_STATE_MAX)
		return IMS_E_CORRUPT;
	memcpy(ret->kind, kind.p, kind.n);
	ret->kind[kind.n] = '\0';
	return 0;
}

int record_get(struct store_txn *t, struct bytes id, struct record *ret)
{
	struct store_key k;
	struct bytes row;
	int err;

	if (id.n == 0 || id.n > RECORD_ID_MAX_BYTES)
		return IMS_E_NOT_FOUND;
	err = store_get(t, TABLE_RECORDS, store_key(&k, "D", id), &row);
	return err ? err : record_decode(row, ret);
}

/* The states that a payload's own state allows; RECORD_LIVE stands for all that show it. */
static enum record_state state_of(const struct entry *en, const struct ledger_item *item)
{
	if (en->audience == ENTRY_NAMED)
		return RECORD_SEALED;
	if (en->operation == ENTRY_WITHDRAW)
		return RECORD_WITHDRAWN;
	if (item->payload_state == LEDGER_PAYLOAD_ERASED)
		return RECORD_ERASED;
	return item->payload_state == LEDGER_PAYLOAD_HERE ? RECORD_LIVE : RECORD_WANTED;
}

int record_check(const struct record *r, struct bytes id, const struct ledger_item *item)
{
	enum record_state shown = r->state;
	struct arena a;
	struct entry en;
	bool same;
	int err;

	if (shown == RECORD_INVALID || shown == RECORD_UNKNOWN_KIND)
		shown = RECORD_LIVE;
	arena_init(&a, 65536);
	err = entry_decode(item->entry, &a, &en, NULL);
	same = !err && hash_eq(&r->leaf, &item->leaf) && bytes_eq(en.record, id) && bytes_eq_text(en.kind, r->kind) &&
	       en.revision == r->revision && en.time_ms == r->time_ms && en.operation == r->operation &&
	       en.audience == r->audience && shown == state_of(&en, item) &&
	       (r->reason != 0) == (r->state == RECORD_INVALID);
	arena_fini(&a);
	return same ? 0 : IMS_E_CORRUPT;
}

int record_put(struct store_txn *t, struct bytes id, const struct record *r)
{
	struct store_key k;
	struct buf b;
	int err;

	buf_init(&b, 0);
	buf_put_u8(&b, (uint8_t)r->state);
	buf_put_u8(&b, (uint8_t)r->operation);
	buf_put_u8(&b, (uint8_t)r->audience);
	buf_put_u16(&b, (uint16_t)-r->reason);
	buf_put_u64(&b, r->revision);
	buf_put_u32(&b, r->slot);
	buf_put_u64(&b, r->index);
	buf_put_u64(&b, (uint64_t)r->time_ms);
	buf_put(&b, bytes_of_hash(&r->leaf));
	buf_put_span(&b, bytes_of(r->kind));
	err = b.failed ? IMS_E_NOMEM : store_put(t, TABLE_RECORDS, store_key(&k, "D", id), buf_bytes(&b));
	buf_fini(&b);
	return err;
}
