/* SPDX-License-Identifier: Apache-2.0 */
#include "view/past.h"

#include <stdlib.h>

#include "base/mem.h"
#include "store/key.h"
#include "wire/codec.h"
#include "wire/entry.h"

/* ---- logs */
static uint64_t bound_of(const struct past *p, const struct past_log *log)
{
	uint64_t counted = ledger_counted(&log->reader);

	if (!p->sizes)
		return counted;
	for (size_t i = 0; i < p->sizes->n; i++)
		if (strcmp(p->sizes->of[i].origin, log->origin) == 0)
			return p->sizes->of[i].size < counted ? p->sizes->of[i].size : counted;
	return 0;
}

static int open_log(struct past *p, uint32_t slot, struct past_log *ret)
{
	char origin[ORIGIN_MAX_BYTES + 1];
	struct origin_parts parts;
	int err = ledger_origin_of(p->txn, slot, origin);

	if (!err)
		err = ledger_read_open(p->txn, origin, &ret->reader);
	if (err)
		return err == IMS_E_NOT_FOUND ? IMS_E_CORRUPT : err;
	if (origin_parse(bytes_of(origin), &parts))
		return IMS_E_CORRUPT;
	ret->slot = slot;
	ret->incarnation = parts.incarnation;
	ret->region = arena_text(p->arena, parts.region);
	ret->origin = arena_text(p->arena, bytes_of(origin));
	if (!ret->region || !ret->origin)
		return arena_error(p->arena);
	ret->bound = bound_of(p, ret);
	return 0;
}

int past_log_of(struct past *p, uint32_t slot, struct past_log **ret)
{
	struct past_log *log;
	int err;

	for (log = p->logs; log; log = log->next)
		if (log->slot == slot) {
			*ret = log;
			return 0;
		}
	log = arena_alloc(p->arena, sizeof(*log));
	err = log ? open_log(p, slot, log) : arena_error(p->arena);
	if (err)
		return err;
	log->next = p->logs;
	p->logs = log;
	*ret = log;
	return 0;
}

/* ---- revisions */
static int by_age(const void *a, const void *b)
{
	const struct past_revision *x = a, *y = b;

	if (x->incarnation != y->incarnation)
		return x->incarnation < y->incarnation ? -1 : 1;
	return x->index < y->index ? -1 : x->index > y->index;
}

static int add_revision(struct past *p, struct past_revisions *r, const struct past_revision *v)
{
	struct past_log *log;
	int err = past_log_of(p, v->slot, &log);

	if (err || v->index >= log->bound)
		return err;
	r->of = mem_grow(r->of, &r->capacity, r->n + 1, sizeof(*r->of));
	r->of[r->n] = *v;
	r->of[r->n++].incarnation = log->incarnation;
	return 0;
}

int past_revisions_load(struct past *p, const struct series_id *at, const struct record *now,
			struct past_revisions *ret)
{
	struct past_revision v = {.slot = now->slot,
				  .index = now->index,
				  .is_current = true,
				  .was_judged = now->state == RECORD_LIVE};
	struct store_cursor c;
	struct store_key k;
	uint64_t number;
	uint32_t series;
	int err;

	*ret = (struct past_revisions){0};
	err = add_revision(p, ret, &v);
	v = (struct past_revision){0};
	/* from the end: of more than are looked at it is the newest that count */
	store_seek(&c, p->txn, TABLE_HISTORY, store_key(&k, "IL", at->series, at->number), BYTES_NONE, true);
	for (; !err && store_cursor_ok(&c) && ret->n < PAST_REVISIONS_MAX; store_next(&c)) {
		err = store_key_parse(c.key, "ILIL", &series, &number, &v.slot, &v.index);
		if (!err)
			err = add_revision(p, ret, &v);
	}
	store_cursor_fini(&c);
	if (ret->n > 1)
		qsort(ret->of, ret->n, sizeof(*ret->of), by_age);
	return err;
}

void past_revisions_fini(struct past_revisions *r)
{
	free(r->of);
	*r = (struct past_revisions){0};
}

/* ---- a row as it was */
static int judge(const struct past_log *log, const struct kind *kind, struct bytes payload, struct record *ret)
{
	struct registry_keys keys;
	struct arena a;
	int err;

	arena_init(&a, 2 * codec_budget(payload.n));
	err = registry_judge(kind, payload, bytes_of(log->region), NULL, &a, NULL, &keys);
	arena_fini(&a);
	if (err == IMS_E_NOMEM)
		return err;
	ret->state = err ? RECORD_INVALID : RECORD_LIVE;
	ret->reason = err;
	return 0;
}

static int row_of(const struct past_log *log, const struct ledger_item *item, struct record *ret)
{
	const struct kind *kind;
	struct entry en;
	struct arena a;
	int err = 0;

	arena_init(&a, codec_budget(item->entry.n));
	err = entry_decode(item->entry, &a, &en, NULL);
	if (!err && en.kind.n >= sizeof(ret->kind))
		err = IMS_E_CORRUPT;
	if (err) {
		arena_fini(&a);
		return err;
	}
	*ret = (struct record){.state = record_state_of(&en, item),
			       .operation = en.operation,
			       .audience = en.audience,
			       .revision = en.revision,
			       .slot = log->reader.slot,
			       .index = item->index};
	memcpy(ret->kind, en.kind.p, en.kind.n);
	kind = kind_by_name(en.kind);
	arena_fini(&a);
	if (ret->state != RECORD_LIVE)
		return 0;
	if (kind)
		return judge(log, kind, item->payload, ret);
	ret->state = RECORD_UNKNOWN_KIND;
	return 0;
}

int past_record(struct past *p, const struct series_id *at, const struct record *now, struct record *ret)
{
	struct past_revisions r;
	struct ledger_item item;
	struct past_log *log;
	struct arena held;
	int err = past_log_of(p, now->slot, &log);

	if (!err && now->index < log->bound) {
		*ret = *now;
		return 0;
	}
	if (!err)
		err = past_revisions_load(p, at, now, &r);
	if (err)
		return err;
	if (r.n == 0)
		return IMS_E_NOT_FOUND;
	err = past_log_of(p, r.of[r.n - 1].slot, &log);
	arena_init(&held, LEDGER_ITEM_BYTES);
	if (!err)
		err = ledger_read_item(&log->reader, r.of[r.n - 1].index, &held, &item);
	if (!err)
		err = row_of(log, &item, ret);
	arena_fini(&held);
	past_revisions_fini(&r);
	return err;
}

/* ---- keys */
static bool has(const struct registry_keys *keys, struct bytes name, struct bytes value)
{
	for (size_t i = 0; i < keys->n; i++)
		if (bytes_eq_text(name, keys->key[i].name) && bytes_eq(keys->key[i].value, value))
			return true;
	return false;
}

int past_has_key(struct past *p, const struct record *r, struct bytes name, struct bytes value, bool *ret)
{
	const struct kind *kind = kind_by_name(bytes_of(r->kind));
	struct registry_keys keys;
	struct ledger_item item;
	struct past_log *log;
	struct arena a, held;
	int err = past_log_of(p, r->slot, &log);

	*ret = !err && bytes_eq_text(name, "kind") && bytes_eq_text(value, r->kind); /* the fold's own key */
	if (err || !kind || *ret)
		return err;
	arena_init(&held, LEDGER_ITEM_BYTES);
	err = ledger_read_item(&log->reader, r->index, &held, &item);
	if (!err && item.payload_state == LEDGER_PAYLOAD_HERE) {
		arena_init(&a, 2 * codec_budget(item.payload.n));
		err = registry_judge(kind, item.payload, bytes_of(log->region), NULL, &a, NULL, &keys);
		*ret = !err && has(&keys, name, value);
		arena_fini(&a);
		if (err != IMS_E_NOMEM) /* of what is no good there are no keys */
			err = 0;
	}
	arena_fini(&held);
	return err;
}

/* ---- times */
struct sizing {
	struct store_txn *txn;
	struct arena *arena;
	int64_t time_ms;
	struct past_size *of;
	size_t n;
};

static int time_of(struct ledger_reader *r, uint64_t index, int64_t *ret)
{
	struct ledger_item item;
	struct entry en;
	struct arena a;
	int err = ledger_read_entry(r, index, &item);

	if (err)
		return err;
	arena_init(&a, codec_budget(item.entry.n));
	err = entry_decode(item.entry, &a, &en, NULL);
	if (!err)
		*ret = en.time_ms;
	arena_fini(&a);
	return err;
}

static int size_at(struct ledger_reader *r, int64_t time_ms, uint64_t *ret)
{
	uint64_t low = 0, high = ledger_counted(r); /* all below low are old enough, none from high on */
	int64_t t;

	while (low < high) {
		uint64_t middle = low + (high - low) / 2;
		int err = time_of(r, middle, &t);

		if (err)
			return err;
		if (t <= time_ms)
			low = middle + 1;
		else
			high = middle;
	}
	*ret = low;
	return 0;
}

static int add_size(void *ctx, const char *origin, uint32_t slot, uint64_t size)
{
	struct sizing *s = ctx;
	struct origin_parts parts;
	struct ledger_reader r;
	uint64_t at;
	int err;

	(void)slot;
	(void)size;
	if (origin_parse(bytes_of(origin), &parts)) /* a journal */
		return 0;
	err = ledger_read_open(s->txn, origin, &r);
	if (!err)
		err = size_at(&r, s->time_ms, &at);
	if (err || at == 0)
		return err;
	if (s->n == PAST_SIZES_MAX)
		return IMS_E_LIMIT;
	s->of[s->n] = (struct past_size){arena_text(s->arena, bytes_of(origin)), at};
	return s->of[s->n++].origin ? 0 : arena_error(s->arena);
}

int past_sizes_at(struct store_txn *t, int64_t time_ms, struct arena *a, struct past_sizes *ret)
{
	struct sizing s = {.txn = t, .arena = a, .time_ms = time_ms};
	int err;

	s.of = arena_array(a, PAST_SIZES_MAX, sizeof(*s.of));
	if (!s.of)
		return arena_error(a);
	err = ledger_each(t, add_size, &s);
	*ret = (struct past_sizes){s.of, s.n};
	return err;
}
