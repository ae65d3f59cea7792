/* SPDX-License-Identifier: Apache-2.0 */
/* What replication reads of the store: items for a peer's eyes, nodes, edges, wanted payloads. */
#include <stdio.h>

#include "base/check.h"
#include "peer/bridge_int.h"
#include "registry/audience.h"
#include "registry/registry.h"
#include "store/key.h"
#include "wire/entry.h"
#include "wire/pack.h"

/* Inv. 10: a payload for named regions leaves only towards them; its home always has it. */
static bool may_see(const struct ledger_item *it, const char *region)
{
	struct bytes payload = it->payload;
	struct arena a;
	struct entry en;
	struct origin_parts from;
	bool yes = false;

	arena_init(&a, 1u << 20);
	if (entry_decode(it->entry, &a, &en, NULL) == 0) {
		if (en.audience == ENTRY_PUBLIC || en.audience == ENTRY_FEDERATION)
			yes = true;
		else if (en.audience == ENTRY_NAMED)
			yes = (origin_parse(en.origin, &from) == 0 && bytes_eq_text(from.region, region)) ||
			      ((payload.n || !it->packed.n || payload_unpack(it->packed, &a, &payload) == 0) &&
			       registry_names_region(payload, bytes_of(region), &a));
	}
	arena_fini(&a);
	return yes;
}

static void item_for(const struct bridge *b, const struct ledger_item *from, const char *region, bool packed,
		     struct arena *a, struct msg_item *to)
{
	*to = (struct msg_item){.index = from->index, .entry = arena_dup(a, from->entry)};
	switch (from->payload_state) {
	case LEDGER_PAYLOAD_NONE:
		to->state = MSG_PAYLOAD_NONE;
		break;
	case LEDGER_PAYLOAD_HERE:
		if (strcmp(region, b->o.own_region) != 0 && !may_see(from, region)) {
			to->state = MSG_PAYLOAD_NOT_FOR_YOU;
			break;
		}
		to->state = MSG_PAYLOAD_HERE;
		to->salt = arena_dup(a, from->salt);
		if (packed && from->packed.n)
			to->packed = arena_dup(a, from->packed);
		else
			to->payload = arena_dup(a, from->payload);
		break;
	case LEDGER_PAYLOAD_ERASED:
		to->state = MSG_PAYLOAD_ERASED;
		to->erased_by = from->erased_by;
		break;
	case LEDGER_PAYLOAD_WANTED:
	case LEDGER_PAYLOAD_NOT_FOR_ME:
		to->state = MSG_PAYLOAD_ABSENT;
		break;
	}
}

bool bridge_may_tell_damage(struct bridge *b)
{
	struct mono now = b->o.ops.mono(b->o.ops.ctx);

	if (b->damage_told && mono_ms_between(b->damage_told_at, now) < DAMAGE_TOLD_MS)
		return false;
	b->damage_told = true;
	b->damage_told_at = now;
	return true;
}

/* Stored bytes are not served when they do not match their leaf: somebody must hear of it. */
static void tell_damage(struct bridge *b, const char *origin, uint64_t index, int err)
{
	char text[80];

	if (err != IMS_E_LEAF && err != IMS_E_COMMITMENT && err != IMS_E_CORRUPT)
		return;
	if (!bridge_may_tell_damage(b))
		return;
	snprintf(text, sizeof(text), "entry %llu as stored, so it is not served", (unsigned long long)index);
	b->o.ops.alarm(b->o.ops.ctx, origin, err, text);
}

/* A payload that is damaged here is one that this node lacks: the entry is sound and goes out. */
static int read_stored(struct bridge *b, struct ledger_reader *r, const char *origin, uint64_t index,
		       bool packed, struct arena *a, struct ledger_item *ret)
{
	int err = packed ? ledger_read_packed(r, index, a, ret) : ledger_read_item(r, index, a, ret);

	if ((err != IMS_E_COMMITMENT && err != IMS_E_CORRUPT) || ledger_read_entry(r, index, ret))
		return err;
	tell_damage(b, origin, index, err);
	ret->payload_state = LEDGER_PAYLOAD_WANTED;
	return 0;
}

int bridge_read(void *ctx, const char *origin, uint64_t from, uint64_t to, size_t budget_bytes,
		const char *for_region, bool packed, struct arena *a, struct msg_item *items, size_t max,
		size_t *ret_n)
{
	struct bridge *b = ctx;
	struct store_txn *t = NULL;
	struct ledger_reader *r = NULL;
	size_t n = 0, bytes = 0;
	int err = 0;

	for (uint64_t i = from; !err && i < to && n < max && (n == 0 || bytes < budget_bytes); i++) {
		const struct ledger_item *in_tail = tails_item(b->tails, origin, i);
		struct ledger_item item;
		struct arena unpacked;

		if (!in_tail && !r) {
			r = arena_alloc(a, sizeof(*r));
			err = r ? store_begin_read(b->o.store, &t) : IMS_E_NOMEM;
			if (!err)
				err = ledger_read_open(t, origin, r);
			if (err)
				break;
		}
		arena_init(&unpacked, LEDGER_ITEM_BYTES);
		if (!in_tail)
			err = read_stored(b, r, origin, i, packed, &unpacked, &item);
		if (!err)
			item_for(b, in_tail ? in_tail : &item, for_region, packed, a, &items[n]);
		arena_fini(&unpacked);
		if (err)
			break;
		bytes += msg_item_bytes(&items[n]) + 32;
		n++;
	}
	if (t)
		store_abort(t);
	if (arena_failed(a))
		err = IMS_E_NOMEM;
	if (err && n == 0)
		tell_damage(b, origin, from, err);
	*ret_n = err && n == 0 ? 0 : n;
	return n ? 0 : err;
}

static int with_reader(struct bridge *b, const char *origin, int (*fn)(struct ledger_reader *r, void *arg), void *arg)
{
	struct store_txn *t;
	struct ledger_reader r;
	int err = store_begin_read(b->o.store, &t);

	if (err)
		return err;
	err = ledger_read_open(t, origin, &r);
	if (!err)
		err = fn(&r, arg);
	store_abort(t);
	return err;
}

struct node_read {
	unsigned level;
	uint64_t index;
	struct hash *ret;
};

static int read_node(struct ledger_reader *r, void *arg)
{
	struct node_read *n = arg;

	return ledger_node(r, n->level, n->index, n->ret);
}

static int any_node(struct bridge *b, const char *origin, unsigned level, uint64_t index, struct hash *ret);

/* Of entries that are not, or not all, in the last commit: from the leaves that are in memory, as
 * many as the database may leave uncommitted. */
static int tail_node(struct bridge *b, const char *origin, unsigned level, uint64_t index, struct hash *ret)
{
	const struct ledger_item *in_tail;
	struct hash left, right;
	int err;

	if (level == 0) {
		in_tail = tails_item(b->tails, origin, index);
		if (in_tail)
			*ret = in_tail->leaf;
		return in_tail ? 0 : IMS_E_NOT_FOUND;
	}
	err = any_node(b, origin, level - 1, 2 * index, &left);
	if (!err)
		err = any_node(b, origin, level - 1, 2 * index + 1, &right);
	if (!err)
		merkle_node(&left, &right, ret);
	return err;
}

static int any_node(struct bridge *b, const char *origin, unsigned level, uint64_t index, struct hash *ret)
{
	uint64_t start = index << level, from = 0, end = 0;
	bool has_tail = tails_range(b->tails, origin, &from, &end);
	int err = IMS_E_NOT_FOUND;

	if (!has_tail || start < from)
		err = with_reader(b, origin, read_node, &(struct node_read){level, index, ret});
	if (err != IMS_E_NOT_FOUND || start >= end || end - start < (uint64_t)1 << level)
		return err;
	return tail_node(b, origin, level, index, ret);
}

int bridge_node(void *ctx, const char *origin, unsigned level, uint64_t index, struct hash *ret)
{
	return any_node(ctx, origin, level, index, ret);
}

static int read_edge(struct ledger_reader *r, void *arg)
{
	return tile_edge_load(arg, r->size, ledger_tile, r);
}

/* And on with the tail; of the own log its groups are told of one by one (sync_published()). */
int bridge_edge(void *ctx, const char *origin, struct tile_edge *ret)
{
	struct bridge *b = ctx;
	const struct ledger_item *item;
	int err = with_reader(b, origin, read_edge, ret);

	while (!err && strcmp(origin, b->o.own_origin) != 0 &&
	       (item = tails_item(b->tails, origin, ret->size)) != NULL)
		err = tile_edge_append(ret, &item->leaf, NULL, NULL);
	return err;
}

struct wanted_read {
	uint64_t from, *indexes;
	size_t max, n;
};

static int read_wanted(struct ledger_reader *r, void *arg)
{
	struct wanted_read *w = arg;
	struct store_key prefix, from;
	struct store_cursor c;

	for (store_seek(&c, r->txn, TABLE_WANTED, store_key(&prefix, "I", r->slot),
			store_key(&from, "IL", r->slot, w->from), false);
	     store_cursor_ok(&c) && w->n < w->max; store_next(&c))
		if (c.key.n == 12 && be64_get(c.key.p + 4) < r->kept_size) /* nobody serves an orphaned tail */
			w->indexes[w->n++] = be64_get(c.key.p + 4);
	store_cursor_fini(&c);
	return 0;
}

size_t bridge_wanted(void *ctx, const char *origin, uint64_t from, uint64_t *indexes, size_t max)
{
	struct wanted_read w = {from, indexes, max, 0};

	return with_reader(ctx, origin, read_wanted, &w) ? 0 : w.n;
}
