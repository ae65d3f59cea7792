/* SPDX-License-Identifier: Apache-2.0 */
#include "search/follow.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "ledger/ledger.h"
#include "store/key.h"
#include "view/fold.h"
#include "view/record.h"
#include "wire/codec.h"
#include "wire/entry.h"

#define TURN_ARENA_BYTES ((size_t)64 << 20)
#define TURN_PAYLOAD_BYTES ((size_t)4 << 20) /* read in a turn, about */
#define ENTRY_ARENA_BYTES ((size_t)256 << 10)

/* What the index is to say of a record. */
struct change {
	struct bytes id;
	bool is_there, waits;
	struct doc doc;
};

struct log_mark {
	char origin[ORIGIN_MAX_BYTES + 1];
	uint64_t size, leaf; /* looked at up to here; the last one's first eight bytes */
};

struct turn {
	struct store_txn *txn;
	struct corpus *c;
	struct arena arena;
	struct change *change;
	size_t n_changes, capacity;
	struct log_mark logs[LEDGER_LOGS_MAX];
	size_t n_logs;
	uint64_t view;
	size_t max, payload_bytes;
	struct follow_turn *ret;
};

static bool is_damage(int err)
{
	return err == IMS_E_LEAF || err == IMS_E_COMMITMENT || err == IMS_E_CORRUPT;
}

/* ---- names of marks */
static const char *mark_name(const char *what, const char *origin, char out[ORIGIN_MAX_BYTES + 16])
{
	snprintf(out, ORIGIN_MAX_BYTES + 16, "%s %s", what, origin);
	return out;
}

static int read_marks(struct turn *t, const char *origin, struct log_mark *m)
{
	struct index *ix = corpus_index(t->c);
	char name[ORIGIN_MAX_BYTES + 16];
	int err = index_mark(ix, mark_name("size", origin, name), &m->size);

	if (!err)
		err = index_mark(ix, mark_name("leaf", origin, name), &m->leaf);
	t->ret->broken |= err != 0;
	return err;
}

/* ---- which view: newest roster, and what folded it */
static int view_of(struct store_txn *txn, uint64_t *ret)
{
	struct store_cursor c;
	struct hash h;
	uint64_t version = 0;
	int err;

	store_seek(&c, txn, TABLE_ROSTER, BYTES_NONE, BYTES_NONE, true);
	if (store_cursor_ok(&c) && store_key_parse(c.key, "L", &version))
		version = 0;
	store_cursor_fini(&c);
	err = store_txn_error(txn);
	fold_fingerprint(&h);
	*ret = (be64_get(h.b) ^ version * 0x9e3779b97f4a7c15u) | 1;
	return err;
}

static int check_view(struct turn *t)
{
	uint64_t was;
	int err = view_of(t->txn, &t->view);

	if (err)
		return err;
	err = index_mark(corpus_index(t->c), "view", &was);
	t->ret->broken |= err != 0;
	if (!err && was && was != t->view)
		t->ret->other = true;
	return err;
}

/* ---- records */
static struct change *change_of(struct turn *t, struct bytes id)
{
	for (size_t i = 0; i < t->n_changes; i++)
		if (bytes_eq(t->change[i].id, id))
			return NULL; /* looked at in this turn already */
	t->change = mem_grow(t->change, &t->capacity, t->n_changes + 1, sizeof(*t->change));
	t->change[t->n_changes] = (struct change){.id = arena_dup(&t->arena, id)};
	return &t->change[t->n_changes++];
}

static int read_item(struct turn *t, const struct record *r, struct ledger_item *ret)
{
	char origin[ORIGIN_MAX_BYTES + 1];
	struct ledger_reader reader;
	int err = ledger_origin_of(t->txn, r->slot, origin);

	if (!err)
		err = ledger_read_open(t->txn, origin, &reader);
	return err ? err : ledger_read_item(&reader, r->index, &t->arena, ret);
}

/* A payload that breaks a rule of ours is the record's own fault, and no document. */
static int read_doc(struct turn *t, const struct record *r, struct change *ch)
{
	struct ledger_item item;
	struct bytes payload;
	int err = read_item(t, r, &item);

	if (err)
		return is_damage(err) ? 0 : err;
	if (item.payload_state != LEDGER_PAYLOAD_HERE)
		return 0;
	payload = arena_dup(&t->arena, item.payload);
	t->payload_bytes += payload.n;
	err = doc_read(bytes_of(r->kind), ch->id, payload, &t->arena, &ch->doc);
	ch->is_there = !err;
	return err == IMS_E_NOMEM ? err : 0;
}

static int look_at(struct turn *t, struct bytes id)
{
	struct change *ch = change_of(t, id);
	struct record r;
	int err = ch ? record_get(t->txn, id, &r, NULL) : 0;

	if (err == IMS_E_NOT_FOUND || !ch)
		return 0; /* the entry had no effect */
	if (err)
		return err;
	ch->waits = r.state == RECORD_WANTED;
	if (r.state != RECORD_LIVE || r.audience == ENTRY_NAMED || doc_kind_of(bytes_of(r.kind)) == DOC_OTHER)
		return 0;
	return read_doc(t, &r, ch);
}

/* ---- entries */
static bool is_full(const struct turn *t)
{
	return t->ret->entries >= t->max || t->payload_bytes >= TURN_PAYLOAD_BYTES;
}

static int look_at_entry(struct turn *t, struct ledger_reader *reader, struct log_mark *m)
{
	struct ledger_item item;
	struct errtext e;
	struct entry en;
	struct arena a;
	struct hash leaf;
	int err = ledger_leaf(reader, m->size, &leaf), damage;

	if (err)
		return err;
	damage = ledger_read_entry(reader, m->size, &item);
	if (damage && !is_damage(damage))
		return damage;
	arena_init(&a, ENTRY_ARENA_BYTES);
	if (!damage && entry_decode(item.entry, &a, &en, &e) == 0 && en.record.n <= RECORD_ID_MAX_BYTES)
		err = look_at(t, en.record);
	arena_fini(&a);
	m->size++;
	m->leaf = be64_get(leaf.b);
	t->ret->entries++;
	return err;
}

/* Is what was looked at still what stands there? */
static int check_log(struct turn *t, struct ledger_reader *reader, const struct log_mark *m)
{
	struct hash leaf;
	int err;

	if (!m->size)
		return 0;
	if (m->size > reader->size) {
		t->ret->other = true;
		return 0;
	}
	err = ledger_leaf(reader, m->size - 1, &leaf);
	if (!err && be64_get(leaf.b) != m->leaf)
		t->ret->other = true;
	return err;
}

static int each_log(void *ctx, const char *origin, uint32_t slot, uint64_t size)
{
	struct turn *t = ctx;
	struct ledger_reader reader;
	struct origin_parts parts;
	struct log_mark *m;
	int err;

	(void)slot;
	if (t->n_logs == LEDGER_LOGS_MAX || size == 0 || origin_parse(bytes_of(origin), &parts))
		return 0; /* a journal holds no records */
	m = &t->logs[t->n_logs++];
	snprintf(m->origin, sizeof(m->origin), "%s", origin);
	err = read_marks(t, origin, m);
	if (!err)
		err = ledger_read_open(t->txn, origin, &reader);
	if (!err)
		err = check_log(t, &reader, m);
	while (!err && !t->ret->other && m->size < size && !is_full(t))
		err = look_at_entry(t, &reader, m);
	if (!err && !t->ret->other)
		t->ret->left += size - m->size;
	return err;
}

/* ---- what had no payload */
struct ids {
	struct turn *t;
	struct bytes *of;
	size_t n;
};

static int take_id(void *ctx, struct bytes id)
{
	struct ids *list = ctx;

	list->of[list->n++] = arena_dup(&list->t->arena, id);
	return 0;
}

/* Those behind `waited`, and from the front again when there are no more: each has its turn. */
static int look_again(struct turn *t, char *waited)
{
	struct ids list = {t, arena_array(&t->arena, t->max, sizeof(struct bytes)), 0};
	int err = list.of ? index_waiting(corpus_index(t->c), bytes_of(waited), t->max, take_id, &list)
			  : IMS_E_NOMEM;
	size_t i = 0;

	t->ret->broken |= list.of && err;
	for (; !err && i < list.n && t->payload_bytes < TURN_PAYLOAD_BYTES; i++)
		err = look_at(t, list.of[i]);
	if (i && list.of[i - 1].n <= RECORD_ID_MAX_BYTES)
		snprintf(waited, RECORD_ID_MAX_BYTES + 1, "%.*s", (int)list.of[i - 1].n,
			 (const char *)list.of[i - 1].p);
	if (i == list.n && list.n < t->max)
		*waited = '\0';
	return err;
}

/* ---- into the index */
static int apply_change(struct turn *t, struct change *ch)
{
	struct index *ix = corpus_index(t->c);
	bool was = false;
	int err = ch->is_there ? corpus_put(t->c, &ch->doc) : corpus_remove(t->c, ch->id, &was);

	t->ret->removed |= was;
	return err ? err : index_set_waiting(ix, ch->id, ch->waits);
}

static int put_marks(struct turn *t)
{
	struct index *ix = corpus_index(t->c);
	char name[ORIGIN_MAX_BYTES + 16];
	int err = index_set_mark(ix, "view", t->view);

	for (size_t i = 0; !err && i < t->n_logs; i++) {
		err = index_set_mark(ix, mark_name("size", t->logs[i].origin, name), t->logs[i].size);
		if (!err)
			err = index_set_mark(ix, mark_name("leaf", t->logs[i].origin, name), t->logs[i].leaf);
	}
	if (!err && t->ret->removed)
		err = index_set_mark(ix, "scrub", 1);
	return err;
}

static int apply(struct turn *t)
{
	struct index *ix = corpus_index(t->c);
	int err;

	if (!t->n_changes && !t->ret->entries)
		return 0;
	err = index_begin(ix);
	if (err)
		return err;
	for (size_t i = 0; !err && i < t->n_changes; i++)
		err = apply_change(t, &t->change[i]);
	if (!err)
		err = put_marks(t);
	if (!err)
		err = index_commit(ix);
	if (err)
		index_rollback(ix);
	return err;
}

/* ---- a turn */
static int read_turn(struct store *s, struct turn *t, char *waited)
{
	int err = store_begin_read(s, &t->txn);

	if (err)
		return err;
	err = check_view(t);
	if (!err && waited && !t->ret->other)
		err = look_again(t, waited);
	if (!err && !t->ret->other)
		err = ledger_each(t->txn, each_log, t);
	store_abort(t->txn);
	return err;
}

int follow(struct store *s, struct corpus *c, size_t max, char *waited, struct follow_turn *ret)
{
	struct turn *t = mem_new(struct turn);
	int err;

	*ret = (struct follow_turn){0};
	t->c = c;
	t->max = max;
	t->ret = ret;
	arena_init(&t->arena, TURN_ARENA_BYTES);
	err = read_turn(s, t, waited);
	if (!err && arena_failed(&t->arena))
		err = IMS_E_NOMEM;
	if (!err && !ret->other) {
		err = apply(t);
		ret->broken = err != 0;
	}
	arena_fini(&t->arena);
	free(t->change);
	free(t);
	return err;
}
