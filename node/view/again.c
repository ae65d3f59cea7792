/* SPDX-License-Identifier: Apache-2.0 */
#include "view/again.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "registry/audience.h"
#include "registry/rename.h"
#include "store/key.h"
#include "view/admit_int.h"
#include "view/aside.h"

#define AGAIN_ARENA_BYTES ((4u << 20) + LEDGER_ITEM_BYTES)

struct renamed {
	char from[RECORD_ID_MAX_BYTES + 1], to[RECORD_ID_MAX_BYTES + 1];
};

struct again {
	struct commit *c;
	uint64_t size_before;
	bool diverged; /* the log went another way than what was set aside */
	struct renamed *renamed;
	size_t n_renamed, capacity;
	struct again_counts n;
};

/* ---- records that have another id now */
static const char *renamed_to(void *ctx, const char *id)
{
	const struct again *g = ctx;

	for (size_t i = g->n_renamed; i > 0; i--)
		if (strcmp(g->renamed[i - 1].from, id) == 0)
			return g->renamed[i - 1].to;
	return NULL;
}

static void note_renamed(struct again *g, struct bytes from, const char *to)
{
	struct renamed *r;

	if (bytes_eq_text(from, to) || from.n >= sizeof(r->from))
		return;
	g->renamed = mem_grow(g->renamed, &g->capacity, g->n_renamed + 1, sizeof(*g->renamed));
	r = &g->renamed[g->n_renamed++];
	*r = (struct renamed){0};
	memcpy(r->from, from.p, from.n);
	snprintf(r->to, sizeof(r->to), "%s", to);
}

/* ---- unchanged */
static int append(struct commit *c, const struct ledger_item *item)
{
	int err;

	c->dirty = true;
	c->dirty_bytes += item->entry.n + item->payload.n;
	err = ledger_append(c->txn, c->own, item);
	return err ? err : quarantine_fold(c, c->own, item, fold_entry);
}

/* A payload that no peer gave may still stand in the row. */
static int give_payload(struct commit *c, const struct ledger_log *log, const struct ledger_item *item)
{
	struct store_key k;
	struct bytes wanted;
	int err = store_get(c->txn, TABLE_WANTED, store_key(&k, "IL", log->slot, item->index), &wanted);

	if (err || item->payload_state != LEDGER_PAYLOAD_HERE)
		return err == IMS_E_NOT_FOUND ? 0 : err;
	err = ledger_set_payload(c->txn, log->payloads, log->slot, item);
	return err ? err : quarantine_fold(c, log, item, fold_payload);
}

/* *ret_done: the log that it was acknowledged in holds it at that index, and that counts. */
static int keep_held(struct again *g, const struct ledger_log *log, const struct aside_row *row, bool *ret_done)
{
	struct commit *c = g->c;
	struct store_key k;
	struct bytes held;
	int err = store_get(c->txn, log->entries, store_key(&k, "L", row->item.index), &held);

	if (err)
		return err;
	*ret_done = bytes_eq(held, row->item.entry);
	g->diverged |= !*ret_done;
	return *ret_done ? give_payload(c, log, &row->item) : 0;
}

/* *ret_done: it is there already, or could still be appended at its index. */
static int keep(struct again *g, const struct aside_row *row, bool *ret_done)
{
	struct commit *c = g->c;
	struct ledger_log *log;
	uint64_t size;
	int err = commit_log(c, row->origin, false, &log);

	*ret_done = false;
	if (err && err != IMS_E_NOT_FOUND)
		return err;
	size = err ? 0 : log == c->own ? g->size_before : ledger_size(log);
	if (!err && row->item.index < size && row->item.index < log->kept_size)
		return keep_held(g, log, row, ret_done);
	if (err || log != c->own || g->diverged || row->item.index != ledger_size(c->own)) {
		g->diverged = true;
		return 0;
	}
	*ret_done = true;
	err = append(c, &row->item);
	commit_note_time(c, row->item.entry);
	return err;
}

/* ---- as a new entry */
/* Which record it is about now. */
static int find_record(struct again *g, struct admission *a, const struct entry *en)
{
	const char *to;
	char id[RECORD_ID_MAX_BYTES + 1];
	struct registry_keys keys;
	const struct registry_key *natural = NULL;
	int err;

	snprintf(id, sizeof(id), "%.*s", (int)en->record.n, (const char *)en->record.p);
	to = renamed_to(g, id);
	snprintf(a->id, sizeof(a->id), "%s", to ? to : id);
	err = record_get(g->c->txn, bytes_of(a->id), &a->now, NULL);
	if (err == IMS_E_NOT_FOUND) { /* its number is free, or its creation was lost */
		a->now = (struct record){0};
		err = 0;
	}
	if (err || to || en->revision != 1 || a->withdraw)
		return err;
	/* A new record: whoever has its name or its number by now is the same one, or another. */
	if (a->kind) {
		err = registry_keys_of(a->kind, a->payload, &a->arena, &keys);
		if (err)
			return err;
		natural = registry_natural_key(&keys);
	}
	err = natural ? admit_find_by_key(a, natural) : IMS_E_NOT_FOUND;
	if (err == 0)
		return record_get(g->c->txn, bytes_of(a->id), &a->now, NULL);
	if (err != IMS_E_NOT_FOUND || !a->now.state)
		return err == IMS_E_NOT_FOUND ? 0 : err;
	a->now = (struct record){0};
	if (a->kind)
		return admit_new_id(a);
	admit_sealed_id(a);
	return 0;
}

/* What no peer would take for its length names its records as it did: it was acknowledged. */
static int rename_ids(struct again *g, struct admission *a)
{
	struct buf b = {0};
	bool changed;
	int err = a->audience == ENTRY_NAMED
			  ? registry_rename_sealed(a->payload, renamed_to, g, &a->arena, &changed, &b)
			  : registry_rename_ids(a->kind, a->payload, renamed_to, g, &a->arena, &changed, &b);

	if (!err && changed && b.n <= PAYLOAD_MAX_BYTES)
		a->payload = arena_dup(&a->arena, buf_bytes(&b));
	if (!err && arena_failed(&a->arena))
		err = IMS_E_NOMEM;
	buf_fini(&b);
	return err;
}

static bool says_nothing_new(struct admission *a)
{
	struct bytes old;

	if (a->withdraw)
		return a->now.state != RECORD_LIVE;
	return a->now.state == RECORD_LIVE && a->now.slot == a->c->own->slot &&
	       a->audience == a->now.audience &&
	       ledger_peek_payload(a->c->txn, a->c->own, a->now.index, &a->arena, &old) == 0 &&
	       bytes_eq(admit_without_header(old), admit_without_header(a->payload));
}

static int note(struct again *g, const struct aside_row *row, const struct entry *en, const char *id,
		bool moot)
{
	char text[160];

	snprintf(text, sizeof(text), "%.*s, acknowledged at %llu of %s%s%s", (int)en->record.n,
		 (const char *)en->record.p, (unsigned long long)row->item.index, row->origin,
		 moot ? ": nothing to append" : ", is ", moot ? "" : id);
	return commit_note(g->c, JOURNAL_APPENDED_AGAIN, "", g->c->own->origin,
			   ledger_size(g->c->own) - !moot, ledger_size(g->c->own), 0, 0, text);
}

static bool is_lost(const struct admission *a, const struct aside_row *row)
{
	return !a->withdraw && row->item.payload_state == LEDGER_PAYLOAD_WANTED;
}

/* What to append, and to which record. */
static int prepare(struct again *g, struct admission *a, const struct aside_row *row, struct entry *en)
{
	int err = entry_decode(row->item.entry, &a->arena, en, NULL);

	if (err || en->record.n > RECORD_ID_MAX_BYTES)
		return err ? err : IMS_E_LIMIT;
	a->kind = kind_by_name(en->kind);
	a->withdraw = en->operation == ENTRY_WITHDRAW;
	a->audience = (int)en->audience;
	a->payload = row->item.payload;
	a->time_ms = en->time_ms > g->c->last_time_ms ? en->time_ms : g->c->last_time_ms;
	if (is_lost(a, row))
		return 0;
	if ((a->kind || a->audience == ENTRY_NAMED) && g->n_renamed && !a->withdraw)
		err = rename_ids(g, a);
	return err ? err : find_record(g, a, en);
}

/* By a later version, or damaged: it must not keep the rest, and the node, from going on. */
static int note_unreadable(struct again *g, const struct aside_row *row, int err)
{
	char text[160];

	if (err == IMS_E_NOMEM || err == IMS_E_CORRUPT || store_txn_error(g->c->txn))
		return err;
	g->n.moot++;
	snprintf(text, sizeof(text), "acknowledged at %llu of %s, cannot be read (%s): nothing to append",
		 (unsigned long long)row->item.index, row->origin, ims_error(err)->name);
	return commit_note(g->c, JOURNAL_APPENDED_AGAIN, "", g->c->own->origin, ledger_size(g->c->own),
			   ledger_size(g->c->own), 0, err, text);
}

static int move_entry(struct again *g, struct admission *a, const struct aside_row *row)
{
	struct ledger_item item;
	struct entry en;
	int err = prepare(g, a, row, &en);

	if (err)
		return note_unreadable(g, row, err);
	if (!is_lost(a, row))
		note_renamed(g, en.record, a->id);
	if (is_lost(a, row) || says_nothing_new(a)) {
		g->n.moot++;
		return note(g, row, &en, a->id, true);
	}
	err = admit_make_item(a, &a->arena, &item);
	if (err)
		return note_unreadable(g, row, err);
	g->n.moved++;
	err = append(g->c, &item);
	return err ? err : note(g, row, &en, a->id, false);
}

static int move(struct again *g, const struct aside_row *row)
{
	struct admission a = {.c = g->c};
	int err;

	arena_init(&a.arena, AGAIN_ARENA_BYTES);
	err = move_entry(g, &a, row);
	arena_fini(&a.arena);
	return err;
}

int again_append_all(struct commit *c, struct again_counts *ret)
{
	struct again g = {.c = c, .size_before = ledger_size(c->own)};
	struct aside_row row;
	struct arena memory;
	int err;

	arena_init(&memory, AGAIN_ARENA_BYTES);
	while ((err = aside_first(c->txn, &memory, &row)) == 0) {
		bool kept;

		err = keep(&g, &row, &kept);
		g.n.kept += kept;
		if (!err && !kept)
			err = move(&g, &row);
		if (!err)
			err = aside_drop(c->txn, &row);
		if (err)
			break;
		arena_fini(&memory);
		arena_init(&memory, AGAIN_ARENA_BYTES);
	}
	arena_fini(&memory);
	free(g.renamed);
	*ret = g.n;
	return err == IMS_E_NOT_FOUND ? 0 : err;
}
