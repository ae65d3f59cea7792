/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/log_info.h"

#include "pb/ctl.pb-c.h"

#include "ctl/ctl_int.h"
#include "ledger/heads.h"
#include "store/key.h"
#include "wire/entry.h"
#include "wire/span_pb.h"

/* ---- the loop's side */
static void copy_facts(const struct sync_log_info *from, struct arena *a, struct log_facts *to)
{
	*to = (struct log_facts){
		.origin = arena_text(a, bytes_of(from->origin)),
		.region = arena_text(a, bytes_of(from->region)),
		.known_size = from->known_size,
		.head_size = from->head_size,
		.own = from->own,
		.frozen = from->frozen,
		.closed = from->closed,
		.incomplete = from->incomplete,
		.cosigners = arena_array(a, from->n_cosigners + 1, sizeof(char *)),
		.n_cosigners = from->n_cosigners,
	};
	for (size_t i = 0; to->cosigners && i < from->n_cosigners; i++)
		to->cosigners[i] = arena_text(a, bytes_of(from->cosigners[i]));
}

struct log_facts *log_facts_all(struct ctl_call *call, size_t *ret_n)
{
	const struct sync *s = bridge_sync(node_bridge(call->node));
	size_t n = sync_log_count(s);
	struct log_facts *all = arena_array(&call->arena, n + 1, sizeof(*all));
	const char *reason;

	for (size_t i = 0; all && i < n; i++) {
		struct sync_log_info info;

		sync_log_at(s, i, &info);
		copy_facts(&info, &call->arena, &all[i]);
		all[i].rolled_back = info.own && commit_is_behind(node_state(call->node, &reason));
	}
	*ret_n = n;
	return arena_failed(&call->arena) ? NULL : all;
}

const struct log_facts *log_facts_find(const struct log_facts *all, size_t n, const char *origin)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(all[i].origin, origin) == 0)
			return &all[i];
	return NULL;
}

/* ---- inside a transaction */
static uint64_t count_holes(struct ledger_reader *r)
{
	struct store_cursor c;
	struct store_key k;
	uint64_t n = 0;

	for (store_seek(&c, r->txn, TABLE_WANTED, store_key(&k, "I", r->slot), BYTES_NONE, false);
	     store_cursor_ok(&c); store_next(&c))
		n += c.key.n == 12 && be64_get(c.key.p + 4) < r->kept_size;
	store_cursor_fini(&c);
	return n;
}

static uint64_t largest_cosigned(struct store_txn *t, const char *origin, uint64_t counted)
{
	struct bytes log, region;
	struct store_cursor c;
	struct store_key k;
	uint64_t size = 0;

	store_seek(&c, t, TABLE_COSIGS, store_key(&k, "S", bytes_of(origin)), BYTES_NONE, true);
	while (store_cursor_ok(&c) && !store_key_parse(c.key, "SLS", &log, &size, &region) && size > counted)
		store_next(&c); /* of an orphaned tail */
	size = store_cursor_ok(&c) && size <= counted ? size : 0;
	store_cursor_fini(&c);
	return size;
}

int64_t log_info_last_time(struct ledger_reader *r)
{
	struct ledger_item item;
	struct entry en;
	struct arena a;
	int64_t ms = 0;

	if (ledger_counted(r) == 0 || ledger_read_entry(r, ledger_counted(r) - 1, &item))
		return 0;
	arena_init(&a, 65536);
	if (entry_decode(item.entry, &a, &en, NULL) == 0)
		ms = en.time_ms;
	arena_fini(&a);
	return ms;
}

/* Names in ascending order, each once. */
struct names {
	struct arena *arena;
	char **name;
	size_t n, max;
};

static void add_name(struct names *l, struct bytes name)
{
	size_t at = 0;
	int order = 1;

	while (at < l->n && (order = bytes_cmp(name, bytes_of(l->name[at]))) > 0)
		at++;
	if ((at < l->n && order == 0) || l->n == l->max)
		return;
	memmove(&l->name[at + 1], &l->name[at], (l->n - at) * sizeof(*l->name));
	l->name[at] = arena_text(l->arena, name);
	if (l->name[at])
		l->n++;
	else
		memmove(&l->name[at], &l->name[at + 1], (l->n - at) * sizeof(*l->name));
}

static void each_cosigner(void *ctx, struct bytes region, uint64_t time_s, struct bytes line)
{
	(void)time_s;
	(void)line;
	add_name(ctx, region);
}

/* Of the newest head: those that are stored, and those on their way to the store. */
static void put_cosigners(struct store_txn *t, const struct log_facts *f, struct arena *a,
			  Ims__Ctl__LogInfo *ret)
{
	struct names l = {a, arena_array(a, 2 * ROSTER_REGIONS_MAX + 1, sizeof(char *)), 0,
			  2 * ROSTER_REGIONS_MAX};
	struct head_row head;

	if (!l.name || heads_newest(t, f->origin, ret->size, &head))
		return;
	ret->head_size = head.size;
	cosigs_each(t, f->origin, head.size, each_cosigner, &l);
	for (size_t i = 0; f->head_size == head.size && i < f->n_cosigners; i++)
		add_name(&l, bytes_of(f->cosigners[i]));
	ret->cosigners = l.name;
	ret->n_cosigners = l.n;
}

static const char *state_name(const struct log_facts *f, const struct ledger_reader *r, uint64_t size)
{
	if (f->frozen || (size && r->frozen))
		return "frozen";
	if (f->closed)
		return f->incomplete ? "behind" : "closed";
	if (f->own) /* what the ring holds beyond the transaction is no lag */
		return f->rolled_back ? "behind" : "ok";
	return f->known_size > size ? "behind" : "ok";
}

int log_info_read(struct store_txn *t, const struct log_facts *f, struct arena *a, Ims__Ctl__LogInfo *ret)
{
	struct ledger_reader *r = arena_alloc(a, sizeof(*r));
	struct hash root;
	int err = r ? ledger_read_open(t, f->origin, r) : IMS_E_NOMEM;

	if (err && err != IMS_E_NOT_FOUND)
		return err;
	*ret = CTL_NEW(LogInfo, log_info);
	ret->origin = ctl_lend(f->origin);
	ret->region = ctl_lend(f->region);
	merkle_empty_root(&root);
	if (!err) {
		ret->size = ledger_counted(r);
		ret->orphaned = r->size - ret->size;
		ret->kept_size = r->kept_size == UINT64_MAX ? 0 : r->kept_size;
		ret->time_ms = log_info_last_time(r);
		ret->holes = count_holes(r);
		ret->cosigned_size = largest_cosigned(t, f->origin, ret->size);
		put_cosigners(t, f, a, ret);
		err = ledger_root(r, ret->size, &root);
		if (!err && ret->size == r->size && !hash_eq(&root, &r->root))
			err = IMS_E_CORRUPT;
	} else {
		err = 0;
	}
	if (!err)
		ret->root = PB_DATA(arena_dup(a, bytes_of_hash(&root)));
	ret->state = ctl_lend(state_name(f, r, ret->size));
	return arena_failed(a) ? IMS_E_NOMEM : store_txn_error(t);
}

int log_info_read_all(struct store_txn *t, const struct log_facts *f, size_t n, struct arena *a,
		      Ims__Ctl__LogInfo ***ret)
{
	Ims__Ctl__LogInfo **all = arena_array(a, n + 1, sizeof(Ims__Ctl__LogInfo *));
	int err = all ? 0 : IMS_E_NOMEM;

	for (size_t i = 0; !err && i < n; i++) {
		all[i] = arena_alloc(a, sizeof(Ims__Ctl__LogInfo));
		err = all[i] ? log_info_read(t, &f[i], a, all[i]) : IMS_E_NOMEM;
	}
	if (!err)
		*ret = all;
	return err;
}
