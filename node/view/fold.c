/* SPDX-License-Identifier: Apache-2.0 */
#include "view/fold.h"

#include <stdio.h>

#include "base/buf.h"
#include "base/failpoint.h"
#include "crypto/hash.h"
#include "registry/audience.h"
#include "registry/registry.h"
#include "store/key.h"
#include "view/record.h"
#include "wire/entry.h"

#define FOLD_ARENA_BYTES (2u << 20)

static int problem_note(const struct fold *f, const struct ledger_log *log, uint64_t index, int code,
			const char *why)
{
	struct store_key k;
	struct buf b;
	int err;

	buf_init(&b, 512);
	buf_put_u16(&b, (uint16_t)-code);
	buf_put_text(&b, why ? why : "");
	err = store_put(f->txn, TABLE_PROBLEMS, store_key(&k, "IL", log->slot, index), buf_bytes(&b));
	buf_fini(&b);
	return err;
}

static int key_change(const struct fold *f, const char *name, struct bytes value, struct bytes id, bool put)
{
	struct store_key k;
	struct bytes key;
	int err;

	if (value.n == 0 || memchr(value.p, 0, value.n))
		return 0;
	key = store_key(&k, "SSD", bytes_of(name), value, id);
	if (put)
		return store_put(f->txn, TABLE_KEYS, key, BYTES_LIT("k"));
	err = store_del(f->txn, TABLE_KEYS, key);
	return err == IMS_E_NOT_FOUND ? 0 : err;
}

/* Put or remove the keys of a payload that passed registry_check(). */
static int keys_change(const struct fold *f, const struct kind *kind, struct bytes payload, struct bytes id,
		       bool put)
{
	struct registry_keys keys;
	struct arena a;
	int err;

	arena_init(&a, FOLD_ARENA_BYTES);
	err = registry_keys_of(kind, payload, &a, &keys);
	for (size_t i = 0; !err && i < keys.n; i++)
		err = key_change(f, keys.key[i].name, keys.key[i].value, id, put);
	arena_fini(&a);
	return err;
}

static const struct ledger_log *log_of(const struct fold *f, uint32_t slot)
{
	for (size_t i = 0; i < f->n_logs; i++)
		if (f->logs[i]->slot == slot)
			return f->logs[i];
	return NULL;
}

/* The keys that the current state of a record put there. */
static int keys_remove(const struct fold *f, struct bytes id, const struct record *r)
{
	const struct kind *kind = kind_by_name(bytes_of(r->kind));
	const struct ledger_log *log = log_of(f, r->slot);
	struct bytes payload;
	uint8_t *copy;
	struct buf b;
	int err;

	if (r->state != RECORD_LIVE || !kind || !log)
		return 0;
	err = ledger_peek_payload(f->txn, log, r->index, &payload);
	if (err)
		return err == IMS_E_NOT_FOUND ? 0 : err;
	buf_init(&b, 0); /* the span dies with the first write */
	copy = buf_reserve(&b, payload.n ? payload.n : 1);
	if (!copy)
		return IMS_E_NOMEM;
	memcpy(copy, payload.p, payload.n);
	err = keys_change(f, kind, BYTES(copy, payload.n), id, false);
	buf_fini(&b);
	return err;
}

/* State of a put from its payload. */
static void judge(const struct ledger_item *item, const struct kind *kind, struct record *r)
{
	struct arena a;

	r->reason = 0;
	if (item->payload_state == LEDGER_PAYLOAD_ERASED) {
		r->state = RECORD_ERASED;
	} else if (item->payload_state != LEDGER_PAYLOAD_HERE) {
		r->state = RECORD_WANTED;
	} else if (!kind) {
		r->state = RECORD_UNKNOWN_KIND;
	} else {
		arena_init(&a, FOLD_ARENA_BYTES);
		r->reason = registry_check(kind, item->payload, &a, NULL);
		r->state = r->reason ? RECORD_INVALID : RECORD_LIVE;
		arena_fini(&a);
	}
}

static int serial_note(const struct fold *f, struct bytes id, const struct record_id *rid)
{
	struct store_key k;
	struct bytes v, key = store_key(&k, "S", BYTES(id.p, rid->region.n + 1 + rid->letter.n));
	uint8_t b[8];
	int err = store_get(f->txn, TABLE_SERIALS, key, &v);

	if (err && err != IMS_E_NOT_FOUND)
		return err;
	if (err == 0 && v.n == 8 && be64_get(v.p) >= rid->number)
		return 0;
	be64_put(b, rid->number);
	return store_put(f->txn, TABLE_SERIALS, key, BYTES(b, 8));
}

static int record_write(const struct fold *f, struct bytes id, const struct record *r, const struct kind *kind,
			const struct ledger_item *item)
{
	int err = record_put(f->txn, id, r);

	if (!err && r->state != RECORD_SEALED)
		err = key_change(f, "kind", bytes_of(r->kind), id, true);
	if (!err && r->state == RECORD_LIVE)
		err = keys_change(f, kind, item->payload, id, true);
	return err;
}

/* What stands against this entry having an effect; 0: nothing. */
static int inadmissible(const struct ledger_log *log, const struct ledger_item *item, const struct entry *en,
			const struct record *now, struct record_id *rid, const char **ret_why)
{
	const struct kind *kind = kind_by_name(en->kind);
	struct origin_parts from;

	*ret_why = NULL;
	if (!bytes_eq_text(en->origin, log->origin) || origin_parse(en->origin, &from))
		return IMS_E_ORIGIN;
	if (en->index != item->index)
		return IMS_E_INDEX;
	*ret_why = "record id";
	if (record_id_parse(en->record, rid) || en->kind.n == 0 || en->kind.n >= sizeof(now->kind))
		return IMS_E_INVALID;
	*ret_why = "the record's home is another region";
	if (!bytes_eq(rid->region, from.region))
		return IMS_E_PERMISSION; /* F3 */
	*ret_why = "operation or audience";
	if ((en->operation != ENTRY_PUT && en->operation != ENTRY_WITHDRAW) || en->audience < ENTRY_PUBLIC ||
	    en->audience > ENTRY_NAMED)
		return IMS_E_UNSUPPORTED;
	*ret_why = "a put without commitment";
	if (en->operation == ENTRY_PUT && !en->has_commitment)
		return IMS_E_MISSING;
	*ret_why = "kind of the record";
	if ((now->state && !bytes_eq_text(en->kind, now->kind)) ||
	    (kind && !bytes_eq_text(rid->letter, kind->letter)))
		return IMS_E_INVALID;
	*ret_why = "a limited entry is a put of kind " SEALED_KIND " without revision, and nothing else is";
	if ((en->audience == ENTRY_NAMED) != bytes_eq_text(en->kind, SEALED_KIND) ||
	    (en->audience == ENTRY_NAMED && (en->revision != 0 || en->operation != ENTRY_PUT)))
		return IMS_E_INVALID;
	*ret_why = "revision";
	if (en->audience == ENTRY_NAMED ? now->state != 0 : en->revision != now->revision + 1)
		return IMS_E_STALE;
	return 0;
}

static int apply(const struct fold *f, const struct ledger_log *log, const struct ledger_item *item,
		 const struct entry *en)
{
	const struct kind *kind = kind_by_name(en->kind);
	struct record now = {0}, next = {.operation = en->operation, .audience = en->audience};
	struct record_id rid;
	struct store_key k;
	const char *why;
	int err = record_get(f->txn, en->record, &now);

	if (err && err != IMS_E_NOT_FOUND)
		return err;
	err = inadmissible(log, item, en, &now, &rid, &why);
	if (err)
		return problem_note(f, log, item->index, err, why);
	next.revision = en->revision;
	next.slot = log->slot;
	next.index = item->index;
	next.time_ms = en->time_ms;
	next.leaf = item->leaf;
	memcpy(next.kind, en->kind.p, en->kind.n);
	if (en->audience == ENTRY_NAMED)
		next.state = RECORD_SEALED;
	else if (en->operation == ENTRY_WITHDRAW)
		next.state = RECORD_WITHDRAWN;
	else
		judge(item, kind, &next);
	err = store_put(f->txn, TABLE_HISTORY, store_key(&k, "SIL", en->record, log->slot, item->index),
			BYTES_LIT("h"));
	if (!err)
		err = keys_remove(f, en->record, &now);
	if (!err)
		err = record_write(f, en->record, &next, kind, item);
	return err ? err : serial_note(f, en->record, &rid);
}

int fold_entry(const struct fold *f, const struct ledger_log *log, const struct ledger_item *item)
{
	struct arena a;
	struct entry en;
	struct errtext why = {""};
	int err;

	arena_init(&a, 65536);
	err = FAILPOINT_AT(FOLD_ENTRY, log->origin, item->index);
	if (!err) {
		err = entry_decode(item->entry, &a, &en, &why);
		err = err ? problem_note(f, log, item->index, err, why.text) : apply(f, log, item, &en);
	}
	arena_fini(&a);
	return err;
}

int fold_orphan(const struct fold *f, const struct ledger_log *log, const struct ledger_item *item)
{
	struct origin_parts from;
	struct record_id rid;
	struct arena a;
	struct entry en;
	int err = 0;

	arena_init(&a, 65536);
	if (entry_decode(item->entry, &a, &en, NULL) == 0 && record_id_parse(en.record, &rid) == 0 &&
	    origin_parse(bytes_of(log->origin), &from) == 0 && bytes_eq(rid.region, from.region))
		err = serial_note(f, en.record, &rid);
	arena_fini(&a);
	return err;
}

int fold_payload(const struct fold *f, const struct ledger_log *log, const struct ledger_item *item)
{
	struct arena a;
	struct entry en;
	struct record r;
	int err;

	arena_init(&a, 65536);
	err = entry_decode(item->entry, &a, &en, NULL);
	if (err) {
		err = 0; /* it had no effect and has none now */
		goto out;
	}
	err = record_get(f->txn, en.record, &r);
	if (err == IMS_E_NOT_FOUND || (!err && (r.slot != log->slot || r.index != item->index ||
					       r.state == RECORD_SEALED || r.state == RECORD_WITHDRAWN))) {
		err = 0; /* a later entry speaks for the record */
		goto out;
	}
	if (err)
		goto out;
	err = keys_remove(f, en.record, &r);
	if (!err) {
		judge(item, kind_by_name(en.kind), &r);
		err = record_write(f, en.record, &r, kind_by_name(en.kind), item);
	}
out:
	arena_fini(&a);
	return err;
}

int fold_quarantined(const struct fold *f, const struct ledger_log *log, const struct ledger_item *item)
{
	return problem_note(f, log, item->index, IMS_E_QUARANTINED, "");
}

int fold_clear(struct store_txn *t)
{
	static const enum ledger_table tables[] = {TABLE_RECORDS, TABLE_HISTORY, TABLE_KEYS, TABLE_SERIALS,
						   TABLE_PROBLEMS};
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(tables) / sizeof(tables[0]); i++)
		err = store_clear(t, tables[i]);
	return err;
}

void fold_fingerprint(struct hash *ret)
{
	struct crypto_hasher *h = crypto_hasher_new();
	uint8_t rules[2];
	size_t n;
	const struct kind *k = kind_all(&n);

	be16_put(rules, REGISTRY_RULES_VERSION);
	crypto_hasher_add(h, BYTES(rules, 2));
	for (size_t i = 0; i < n; i++)
		crypto_hasher_add(h, BYTES(k[i].name, strlen(k[i].name) + 1));
	crypto_hasher_finish(h, ret);
}
