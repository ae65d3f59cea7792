/* SPDX-License-Identifier: Apache-2.0 */
#include "view/record.h"

#include <stdio.h>

#include "base/buf.h"
#include "registry/audience.h"
#include "store/key.h"

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

/* What a row need not name. */
static const char *implied_kind(enum record_state state, struct bytes letter)
{
	const struct kind *k = state == RECORD_SEALED ? NULL : kind_by_letter(letter);

	return state == RECORD_SEALED ? SEALED_KIND : k ? k->name : "";
}

static int decode(struct bytes row, struct bytes letter, struct record *ret)
{
	struct rd r = rd_of(row);
	uint8_t head = rd_u8(&r);
	uint64_t slot, reason = 0;
	struct bytes kind;

	ret->state = head >> 4;
	ret->operation = head >> 2 & 3;
	ret->audience = head & 3;
	ret->revision = rd_varint(&r);
	slot = rd_varint(&r);
	ret->index = rd_varint(&r);
	if (ret->state == RECORD_INVALID)
		reason = rd_varint(&r);
	kind = r.rest.n ? r.rest : bytes_of(implied_kind(ret->state, letter));
	if (r.failed || kind.n == 0 || kind.n >= sizeof(ret->kind) || ret->state >= RECORD_STATE_MAX ||
	    slot > UINT32_MAX || reason > UINT16_MAX)
		return IMS_E_CORRUPT;
	ret->slot = (uint32_t)slot;
	ret->reason = -(int)reason;
	memcpy(ret->kind, kind.p, kind.n);
	ret->kind[kind.n] = '\0';
	return 0;
}

int record_decode(struct bytes row, const char *code, struct record *ret)
{
	const char *dash = strrchr(code, '-');

	return decode(row, bytes_of(dash ? dash + 1 : code), ret);
}

int record_at(struct store_txn *t, const struct series_id *at, struct bytes letter, struct record *ret)
{
	struct store_key k;
	struct bytes row;
	int err = store_get(t, TABLE_RECORDS, store_key(&k, "IL", at->series, at->number), &row);

	return err ? err : decode(row, letter, ret);
}

int record_get(struct store_txn *t, struct bytes id, struct record *ret, struct series_id *ret_at)
{
	struct record_id rid;
	struct series_id at;
	int err;

	if (record_id_parse(id, &rid))
		return IMS_E_NOT_FOUND;
	err = series_find(t, &rid, &at);
	if (!err)
		err = record_at(t, &at, rid.letter, ret);
	if (!err && ret_at)
		*ret_at = at;
	return err;
}

enum record_state record_state_of(const struct entry *en, const struct ledger_item *item)
{
	if (en->audience == ENTRY_NAMED)
		return RECORD_SEALED;
	if (en->operation == ENTRY_WITHDRAW)
		return RECORD_WITHDRAWN;
	if (item->payload_state == LEDGER_PAYLOAD_ERASED)
		return RECORD_ERASED;
	return item->payload_state == LEDGER_PAYLOAD_HERE ? RECORD_LIVE : RECORD_WANTED;
}

int record_entry(const struct record *r, struct bytes id, const struct ledger_item *item, struct arena *a,
		 struct entry *ret)
{
	enum record_state shown = r->state;
	struct entry en;
	bool same;

	if (shown == RECORD_INVALID || shown == RECORD_UNKNOWN_KIND)
		shown = RECORD_LIVE;
	same = entry_decode(item->entry, a, &en, NULL) == 0 && bytes_eq(en.record, id) &&
	       bytes_eq_text(en.kind, r->kind) && en.revision == r->revision &&
	       en.operation == r->operation && en.audience == r->audience && shown == record_state_of(&en, item) &&
	       (r->reason != 0) == (r->state == RECORD_INVALID);
	if (same)
		*ret = en;
	return same ? 0 : IMS_E_CORRUPT;
}

int record_put(struct store_txn *t, const struct series_id *at, struct bytes letter, const struct record *r)
{
	struct store_key k;
	struct buf b;
	int err;

	buf_init(&b, 0);
	buf_put_u8(&b, (uint8_t)(r->state << 4 | r->operation << 2 | r->audience));
	buf_put_varint(&b, r->revision);
	buf_put_varint(&b, r->slot);
	buf_put_varint(&b, r->index);
	if (r->state == RECORD_INVALID)
		buf_put_varint(&b, (uint64_t)-r->reason);
	if (strcmp(r->kind, implied_kind(r->state, letter)) != 0)
		buf_put_text(&b, r->kind);
	err = b.failed ? IMS_E_NOMEM
		       : store_put(t, TABLE_RECORDS, store_key(&k, "IL", at->series, at->number),
				   buf_bytes(&b));
	buf_fini(&b);
	return err;
}
