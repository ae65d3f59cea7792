/* SPDX-License-Identifier: Apache-2.0 */
#include "view/fold.h"

#include <stdio.h>

#include "base/buf.h"
#include "base/failpoint.h"
#include "crypto/hash.h"
#include "registry/audience.h"
#include "registry/document.h"
#include "registry/registry.h"
#include "store/key.h"
#include "view/cites.h"
#include "view/limited.h"
#include "view/record.h"
#include "wire/entry.h"

#define FOLD_ARENA_BYTES (2u << 20)
#define FOLD_LAYOUT 2 /* of what is kept beside the shared view, which no rules version tells of */

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

static int key_change(const struct fold *f, const char *name, struct bytes value, const struct series_id *at,
		      bool put)
{
	struct store_key k;

	if (value.n == 0 || memchr(value.p, 0, value.n))
		return 0;
	return keys_wait(f->keys, f->txn, store_key(&k, "SSIL", value, bytes_of(name), at->series, at->number),
			 put);
}

static bool has_key(const struct registry_keys *keys, const struct registry_key *key)
{
	for (size_t i = 0; i < keys->n; i++)
		if (strcmp(keys->key[i].name, key->name) == 0 && bytes_eq(keys->key[i].value, key->value))
			return true;
	return false;
}

/* Put or remove those of `keys` that are not among `others`. */
static int keys_change(const struct fold *f, const struct registry_keys *keys,
		       const struct registry_keys *others, const struct series_id *at, bool put)
{
	int err = 0;

	for (size_t i = 0; !err && i < keys->n; i++)
		if (!has_key(others, &keys->key[i]))
			err = key_change(f, keys->key[i].name, keys->key[i].value, at, put);
	return err;
}

const struct ledger_log *fold_log_of(const struct fold *f, uint32_t slot)
{
	for (size_t i = 0; i < f->n_logs; i++)
		if (f->logs[i]->slot == slot)
			return f->logs[i];
	return NULL;
}

/* The keys that a record's state put there, in the arena. */
static int keys_of(const struct fold *f, const struct record *r, struct arena *a, struct registry_keys *ret)
{
	const struct kind *kind = kind_by_name(bytes_of(r->kind));
	const struct ledger_log *log = fold_log_of(f, r->slot);
	struct bytes payload;
	int err;

	*ret = (struct registry_keys){0};
	if (r->state != RECORD_LIVE || !kind || !log)
		return 0;
	err = ledger_peek_payload(f->txn, log, r->index, a, &payload);
	if (err)
		return err == IMS_E_NOT_FOUND ? 0 : err;
	return registry_keys_of(kind, payload, a, ret);
}

/* F2: that this node has no memory says nothing of the entry. */
static bool is_ours(int err)
{
	return err == IMS_E_NOMEM;
}

/* State of a put from its payload, and its keys. */
static int judge(const struct fold *f, const struct ledger_item *item, const struct kind *kind,
		 struct bytes home, struct arena *a, struct record *r, struct registry_keys *ret)
{
	r->reason = 0;
	if (item->payload_state == LEDGER_PAYLOAD_ERASED) {
		r->state = RECORD_ERASED;
	} else if (item->payload_state != LEDGER_PAYLOAD_HERE) {
		r->state = RECORD_WANTED;
	} else if (!kind) {
		r->state = RECORD_UNKNOWN_KIND;
	} else {
		if (f->admitted)
			*ret = *f->admitted;
		else
			r->reason = registry_judge(kind, item->payload, home, NULL, a, NULL, ret);
		r->state = r->reason ? RECORD_INVALID : RECORD_LIVE;
	}
	return is_ours(r->reason) ? r->reason : 0;
}

/* A record as the fold finds it. */
struct place {
	struct record_id rid;
	struct series_id at;
	struct record now; /* state 0: nothing yet */
};

static int place_find(const struct fold *f, struct bytes id, struct place *ret)
{
	int err;

	*ret = (struct place){0};
	err = record_id_parse(id, &ret->rid);
	if (!err)
		err = series_find(f->txn, &ret->rid, &ret->at);
	if (!err)
		err = record_at(f->txn, &ret->at, ret->rid.letter, &ret->now);
	return err == IMS_E_NOT_FOUND || err == IMS_E_SYNTAX ? 0 : err;
}

/* From the state that is there to the next one, and from its keys to those of the payload. */
static int place_change(const struct fold *f, struct place *p, const struct ledger_item *item,
			bool has_payload, struct record *next)
{
	struct registry_keys was, keys = {0};
	struct arena old, new;
	int err = 0;

	arena_init(&old, FOLD_ARENA_BYTES + LEDGER_ITEM_BYTES);
	arena_init(&new, FOLD_ARENA_BYTES);
	if (has_payload)
		err = judge(f, item, kind_by_name(bytes_of(next->kind)), p->rid.region, &new, next, &keys);
	if (!err) /* before anything is written: the payload is read in place */
		err = keys_of(f, &p->now, &old, &was);
	if (!err)
		err = series_use(f->txn, &p->rid, &p->at);
	if (!err)
		err = keys_change(f, &was, &keys, &p->at, false);
	if (!err)
		err = keys_change(f, &keys, &was, &p->at, true);
	if (!err)
		err = record_put(f->txn, &p->at, p->rid.letter, next);
	if (!err && !p->now.state && next->state != RECORD_SEALED)
		err = key_change(f, "kind", bytes_of(next->kind), &p->at, true);
	arena_fini(&new);
	arena_fini(&old);
	return err;
}

/* What stands against this entry having an effect; 0: nothing. */
static int inadmissible(const struct ledger_log *log, const struct ledger_item *item, const struct entry *en,
			const struct place *place, const char **ret_why)
{
	const struct kind *kind = kind_by_name(en->kind);
	const struct record_id *rid = &place->rid;
	const struct record *now = &place->now;
	struct origin_parts from;

	*ret_why = NULL;
	if (!bytes_eq_text(en->origin, log->origin) || origin_parse(en->origin, &from))
		return IMS_E_ORIGIN;
	if (en->index != item->index)
		return IMS_E_INDEX;
	*ret_why = "record id";
	if (rid->number == 0 || en->kind.n == 0 || en->kind.n >= sizeof(now->kind))
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
	*ret_why = "a record of this kind is for named regions alone";
	if (kind && kind->audience == ENTRY_NAMED)
		return IMS_E_INVALID;
	*ret_why = "what it closes stays closed: a record of this kind has one revision";
	if (kind && kind_is_once(kind) && (now->state || en->operation != ENTRY_PUT))
		return IMS_E_INVALID;
	*ret_why = "revision";
	if (en->audience == ENTRY_NAMED ? now->state != 0 : en->revision != now->revision + 1)
		return IMS_E_STALE;
	return 0;
}

/* Rows of HISTORY are of entries that a later one has superseded: the record's row names the last one. */
static int history_note(const struct fold *f, const struct place *p)
{
	struct store_key k;

	if (!p->now.state)
		return 0;
	return store_put(f->txn, TABLE_HISTORY,
			 store_key(&k, "ILIL", p->at.series, p->at.number, p->now.slot, p->now.index),
			 BYTES_LIT("h"));
}

/* What the entry says has taken effect: of the bytes that it cites, or of its record's. */
static int cites_change(const struct fold *f, const struct ledger_log *log, const struct ledger_item *item,
			const struct entry *en, const struct place *p, enum record_state state)
{
	if (state == RECORD_WITHDRAWN)
		return bytes_eq_text(en->kind, DOCUMENT_KIND) ? cites_end(f->txn, &p->at, en->revision, f->anew) : 0;
	return state == RECORD_LIVE || state == RECORD_SEALED ? cites_add(f->txn, log, item, en->kind, &p->at) : 0;
}

/* A sealed record: its row, and what this node knows of it beside the shared view. */
static int apply_sealed(const struct fold *f, struct place *p, const struct ledger_item *item, struct record *next)
{
	struct limited_rows rows;
	struct arena a;
	int err;

	arena_init(&a, LIMITED_ARENA_BYTES);
	err = limited_of(item, p->rid.region, &a, &rows); /* before anything is written */
	if (!err)
		err = place_change(f, p, item, false, next);
	if (!err)
		err = limited_change(f->txn, &p->at, &rows, true);
	arena_fini(&a);
	return err;
}

static int apply(const struct fold *f, const struct ledger_log *log, const struct ledger_item *item,
		 const struct entry *en)
{
	struct record next = {.operation = en->operation, .audience = en->audience};
	bool is_put = en->operation == ENTRY_PUT;
	struct place place;
	const char *why;
	int err = place_find(f, en->record, &place);

	if (err)
		return err;
	err = inadmissible(log, item, en, &place, &why);
	if (err)
		return problem_note(f, log, item->index, err, why);
	next.revision = en->revision;
	next.slot = log->slot;
	next.index = item->index;
	memcpy(next.kind, en->kind.p, en->kind.n);
	if (en->audience == ENTRY_NAMED)
		next.state = RECORD_SEALED;
	else if (en->operation == ENTRY_WITHDRAW)
		next.state = RECORD_WITHDRAWN;
	err = en->audience == ENTRY_NAMED ? apply_sealed(f, &place, item, &next)
					  : place_change(f, &place, item, is_put, &next);
	if (!err)
		err = cites_change(f, log, item, en, &place, next.state);
	return err ? err : history_note(f, &place);
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
		if (!err)
			err = apply(f, log, item, &en);
		else if (!is_ours(err))
			err = problem_note(f, log, item->index, err, why.text);
	}
	arena_fini(&a);
	return err;
}

int fold_orphan(const struct fold *f, const struct ledger_log *log, const struct ledger_item *item)
{
	struct origin_parts from;
	struct record_id rid;
	struct series_id at;
	struct arena a;
	struct entry en;
	int err;

	arena_init(&a, 65536);
	err = entry_decode(item->entry, &a, &en, NULL);
	if (err)
		err = is_ours(err) ? err : 0;
	else if (record_id_parse(en.record, &rid) == 0 && origin_parse(bytes_of(log->origin), &from) == 0 &&
		 bytes_eq(rid.region, from.region))
		err = series_use(f->txn, &rid, &at);
	arena_fini(&a);
	return err;
}

/* Had an entry that is not its record's last one an effect, and has none withdrawn the record since? */
static int still_counts(const struct fold *f, const struct ledger_log *log, const struct entry *en,
			const struct place *p, bool *ret)
{
	struct store_key k;
	struct bytes v;
	bool ended = false;
	int err = store_get(f->txn, TABLE_HISTORY,
			    store_key(&k, "ILIL", p->at.series, p->at.number, log->slot, en->index), &v);

	if (!err)
		err = cites_ended_after(f->txn, &p->at, en->revision, &ended);
	*ret = !err && !ended;
	return err == IMS_E_NOT_FOUND ? 0 : err;
}

/* The payload of a revision that a later one has superseded: it changes nothing but what it cites. */
static int fold_superseded(const struct fold *f, const struct ledger_log *log, const struct ledger_item *item,
			   const struct entry *en, const struct place *p)
{
	struct record was = {0};
	struct registry_keys keys;
	struct arena memory;
	bool counts;
	int err = 0;

	if (!bytes_eq_text(en->kind, DOCUMENT_KIND))
		return 0;
	err = still_counts(f, log, en, p, &counts);
	if (err || !counts)
		return err;
	arena_init(&memory, FOLD_ARENA_BYTES);
	err = judge(f, item, kind_by_name(en->kind), p->rid.region, &memory, &was, &keys);
	arena_fini(&memory);
	return err ? err : cites_change(f, log, item, en, p, was.state);
}

/* What this node knew of a sealed record goes when its payload does. */
static int forget(const struct fold *f, const struct ledger_log *log, const struct place *p, struct arena *a,
		  struct limited_rows *ret)
{
	struct ledger_item was = {.payload_state = LEDGER_PAYLOAD_HERE};
	int err = ledger_peek_payload(f->txn, log, p->now.index, a, &was.payload);

	if (err == IMS_E_NOT_FOUND)
		was.payload_state = LEDGER_PAYLOAD_NONE;
	return err && err != IMS_E_NOT_FOUND ? err : limited_of(&was, p->rid.region, a, ret);
}

static int fold_sealed_payload(const struct fold *f, const struct ledger_log *log, const struct ledger_item *item,
			       const struct place *p)
{
	bool is_here = item->payload_state == LEDGER_PAYLOAD_HERE;
	struct limited_rows rows;
	struct arena a;
	int err;

	arena_init(&a, LIMITED_ARENA_BYTES);
	err = is_here ? limited_of(item, p->rid.region, &a, &rows) : forget(f, log, p, &a, &rows);
	if (!err)
		err = limited_change(f->txn, &p->at, &rows, is_here);
	arena_fini(&a);
	return err;
}

int fold_payload(const struct fold *f, const struct ledger_log *log, const struct ledger_item *item)
{
	struct place place;
	struct record next;
	struct arena a;
	struct entry en;
	int err;

	arena_init(&a, 65536);
	err = entry_decode(item->entry, &a, &en, NULL);
	if (err) {
		err = is_ours(err) ? err : 0; /* it had no effect and has none now */
		goto out;
	}
	err = place_find(f, en.record, &place);
	if (err)
		goto out;
	next = place.now;
	if (!next.state)
		goto out; /* it has no effect */
	if (next.slot != log->slot || next.index != item->index) { /* nor this one, or a later entry speaks */
		err = fold_superseded(f, log, item, &en, &place);
		goto out;
	}
	if (next.state == RECORD_SEALED)
		err = fold_sealed_payload(f, log, item, &place);
	else if (next.state != RECORD_WITHDRAWN)
		err = place_change(f, &place, item, true, &next);
	if (!err && next.state != RECORD_WITHDRAWN)
		err = cites_change(f, log, item, &en, &place, next.state);
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
	static const enum ledger_table tables[] = {TABLE_RECORDS, TABLE_HISTORY,  TABLE_KEYS,    TABLE_RUNS,
						   TABLE_SERIALS, TABLE_PROBLEMS, TABLE_LIMITED, TABLE_CITES};
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(tables) / sizeof(tables[0]); i++)
		err = store_clear(t, tables[i]);
	return err;
}

void fold_fingerprint(struct hash *ret)
{
	struct crypto_hasher *h = crypto_hasher_new();
	uint8_t rules[3] = {0, 0, FOLD_LAYOUT};
	size_t n;
	const struct kind *k = kind_all(&n);

	be16_put(rules, REGISTRY_RULES_VERSION);
	crypto_hasher_add(h, BYTES(rules, sizeof(rules)));
	for (size_t i = 0; i < n; i++)
		crypto_hasher_add(h, BYTES(k[i].name, strlen(k[i].name) + 1));
	crypto_hasher_finish(h, ret);
}
