/* SPDX-License-Identifier: Apache-2.0 */
/* One entry of a case: read, checked against its leaf, decoded, judged by the rules that all share. */
#include "base/buf.h"
#include "programme/about.h"
#include "store/key.h"
#include "view/case_int.h"
#include "wire/codec.h"
#include "wire/entry.h"

int case_slot_of(struct case_loading *l, const char *origin, uint32_t *ret)
{
	struct ledger_reader r;
	int err = ledger_read_open(l->past.txn, origin, &r);

	if (!err)
		*ret = r.slot;
	return err;
}

static bool find(const struct case_loading *l, const struct case_place *at, size_t *ret)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->places[i].index == at->index && l->places[i].slot == at->slot) {
			*ret = i;
			return true;
		}
	return false;
}

static bool grow(struct case_loading *l)
{
	size_t capacity = l->capacity ? 2 * l->capacity : 64;
	struct case_entry *entries;
	struct case_place *places;

	if (l->n < l->capacity)
		return true;
	entries = arena_array(l->arena, capacity, sizeof(*entries));
	places = arena_array(l->arena, capacity, sizeof(*places));
	if (!entries || !places)
		return false;
	if (l->n) {
		memcpy(entries, l->entries, l->n * sizeof(*entries));
		memcpy(places, l->places, l->n * sizeof(*places));
	}
	l->entries = entries;
	l->places = places;
	l->capacity = capacity;
	return true;
}

/* Why the fold gave the entry no effect, when it gave it none. */
static int look_for_problem(struct case_loading *l, const struct case_place *at, struct case_entry *e)
{
	struct store_key k;
	struct bytes row;
	int err = store_get(l->past.txn, TABLE_PROBLEMS, store_key(&k, "IL", at->slot, at->index), &row);

	if (err == IMS_E_NOT_FOUND)
		return 0;
	if (err)
		return err;
	e->state = CASE_INVALID;
	e->reason = row.n > 2	 ? arena_text(l->arena, BYTES(row.p + 2, row.n - 2))
		    : row.n == 2 ? ims_strerror(be16_get(row.p))
				 : "";
	return 0;
}

/* The payload's words, or why it has none. */
static int read_payload(struct case_loading *l, const struct ledger_item *item, bool was_judged,
			struct case_entry *e)
{
	struct registry_keys keys;
	struct buf problems = {0};
	struct arena scratch;
	int err = 0;

	if (!was_judged) {
		arena_init(&scratch, 2 * codec_budget(item->payload.n));
		err = registry_judge(e->kind, item->payload, bytes_of(e->region), NULL, &scratch, &problems,
				     &keys);
		arena_fini(&scratch);
	}
	if (err == IMS_E_NOMEM) {
		buf_fini(&problems);
		return err;
	}
	if (err) {
		e->state = CASE_INVALID;
		e->reason = problems.n ? arena_text(l->arena, buf_bytes(&problems)) : ims_strerror(err);
	}
	buf_fini(&problems);
	if (err)
		return 0;
	l->payload_bytes += item->payload.n;
	return codec_unpack(e->kind->descriptor, item->payload, l->arena,
			    (struct ProtobufCMessage **)(uintptr_t)&e->m, NULL);
}

static int describe(struct case_loading *l, const struct past_log *log, const struct ledger_item *item,
		    const struct entry *en, bool was_judged, struct case_entry *e)
{
	*e = (struct case_entry){
		.record = arena_text(l->arena, en->record),
		.kind = kind_by_name(en->kind),
		.region = log->region,
		.origin = log->origin,
		.incarnation = log->incarnation,
		.index = item->index,
		.leaf = item->leaf,
		.revision = en->revision,
		.roster_version = en->roster_version,
		.time_ms = en->time_ms,
		.state = CASE_LIVE,
	};
	if (!e->kind || !e->record)
		return e->record ? IMS_E_UNKNOWN_KIND : IMS_E_NOMEM;
	if (en->operation == ENTRY_WITHDRAW)
		e->state = CASE_WITHDRAWN;
	else if (item->payload_state == LEDGER_PAYLOAD_ERASED)
		e->state = CASE_ERASED;
	else if (item->payload_state != LEDGER_PAYLOAD_HERE)
		e->state = CASE_WANTED;
	return e->state == CASE_LIVE ? read_payload(l, item, was_judged, e) : 0;
}

int case_add(struct case_loading *l, const struct case_place *at, bool is_newest, bool was_judged,
	     size_t *ret)
{
	struct past_log *log;
	struct ledger_item item;
	struct case_entry e;
	struct arena held;
	struct entry en;
	size_t i = SIZE_MAX;
	int err;

	if (ret)
		*ret = SIZE_MAX;
	if (find(l, at, &i)) {
		l->entries[i].is_newest |= is_newest;
		if (ret)
			*ret = i;
		return 0;
	}
	err = past_log_of(&l->past, at->slot, &log);
	if (err || at->index >= log->bound)
		return err;
	if (l->n >= CASE_ENTRIES_MAX || l->payload_bytes >= CASE_PAYLOAD_BYTES) {
		l->cut = "more is said about it than is looked at";
		return 0;
	}
	arena_init(&held, LEDGER_ITEM_BYTES);
	err = ledger_read_item(&log->reader, at->index, &held, &item);
	if (!err)
		err = entry_decode(item.entry, l->arena, &en, NULL);
	if (!err)
		err = describe(l, log, &item, &en, was_judged, &e);
	arena_fini(&held);
	if (err == IMS_E_UNKNOWN_KIND)
		return 0;
	if (!err)
		err = look_for_problem(l, at, &e);
	if (!err && !grow(l))
		err = arena_error(l->arena);
	if (err)
		return err;
	e.is_newest = is_newest;
	l->places[l->n] = *at;
	l->entries[l->n] = e;
	if (ret)
		*ret = l->n;
	l->n++;
	return 0;
}
