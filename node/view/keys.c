/* SPDX-License-Identifier: Apache-2.0 */
#include "view/keys.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/mem.h"
#include "ledger/ledger.h"
#include "view/key_cursor.h"
#include "view/waiting.h"

#define WAITING_MAX (1u << 16)		/* changes: of some 4,000 records, 4 MB */
/* Of all runs, or so much of the set, whichever is more: then each of the set's pages takes in some eighty changes
 * at a time, how large it may be. */
#define MANY_BYTES (8u << 20)
#define MANY_OF_SET 8
/* Changes that came, before a part is due. A part pays for three quarters of what it takes in, and to drop some runs
 * for less than a fifth of what they held: so a round ends. */
#define OWED_PART (KEYS_PART / 4 * 3)
#define DROPPED_FOR 3000
#define DROPPED_BYTES (512u << 10)	/* of runs at a time */
#define MERGED 4			/* runs become one, when the oldest of them is no larger than the rest */
#define KEY_MEAN_BYTES 128		/* at most, of those of a part; what is longer makes it shorter */

struct keys {
	const struct store *store;
	uint64_t changes, own_writes;	/* of others here; of this in the store */
	struct waiting waiting;
	bool known;			/* `run` is what the transaction has */
	struct run {
		uint64_t number, bytes;
	} run[RUNS_MAX + 1];		/* the oldest first */
	size_t n_runs;
	uint64_t many_bytes, full_bytes;
	size_t owed;			/* changes that came since the set has taken some in */
	/* K2: runs up to this number are being taken in, from behind this key; 0: none is */
	uint64_t settling;
	uint8_t from[RUN_KEY_MAX_BYTES];
	size_t from_bytes;
	bool taken_in;			/* all of it: what is left is to drop them */
};

static int look(struct keys *k, struct store_txn *t)
{
	uint64_t number[RUNS_MAX];
	int err = k->known ? 0 : runs_list(t, number, &k->n_runs);

	if (err || k->known)
		return err;
	for (size_t i = 0; i < k->n_runs; i++)
		k->run[i] = (struct run){number[i], run_bytes(t, number[i])};
	k->many_bytes = store_table_bytes(t, TABLE_KEYS) / MANY_OF_SET;
	if (k->many_bytes < MANY_BYTES)
		k->many_bytes = MANY_BYTES;
	k->full_bytes = k->many_bytes / (RUNS_MAX / 4);
	k->known = true;
	return store_txn_error(t);
}

static uint64_t total_bytes(const struct keys *k)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < k->n_runs; i++)
		bytes += k->run[i].bytes;
	return bytes;
}

/* ---- waiting */
int keys_find(struct keys *k, struct store_txn *t, struct bytes prefix, uint64_t *ret_number)
{
	uint64_t least = waiting_least(&k->waiting, prefix);
	struct key_cursor c;

	for (key_seek(&c, t, prefix, BYTES_NONE); key_cursor_ok(&c); key_next(&c)) {
		bool put = true;

		waiting_last(&k->waiting, c.key, &put);
		if (c.key.n == prefix.n + WAITING_NUMBER_BYTES && put) {
			if (be64_get(c.key.p + prefix.n) < least)
				least = be64_get(c.key.p + prefix.n);
			break;
		}
	}
	key_cursor_fini(&c);
	*ret_number = least;
	return store_txn_error(t) ? store_txn_error(t) : least == UINT64_MAX ? IMS_E_NOT_FOUND : 0;
}

int keys_wait(struct keys *k, struct store_txn *t, struct bytes key, bool put)
{
	int err = k->waiting.n == WAITING_MAX ? keys_keep(k, t) : 0;

	if (!err)
		err = waiting_add(&k->waiting, key, put);
	if (!err)
		k->changes++;
	return err;
}

uint64_t keys_and_store_writes(const struct keys *k)
{
	return store_writes(k->store) - k->own_writes + k->changes;
}

/* ---- into runs */
static int add_to_run(void *w, struct bytes key, bool put)
{
	return run_add(w, key, put);
}

/* The newest n runs as one, which has their place. */
static int merge(struct keys *k, struct store_txn *t, size_t n)
{
	struct run_writer w = {0};
	uint64_t number[RUNS_MAX], last = k->run[k->n_runs - 1].number;
	size_t first = k->n_runs - n;
	int err;

	for (size_t i = 0; i < n; i++)
		number[i] = k->run[first + i].number;
	err = runs_walk(t, number, n, BYTES_NONE, add_to_run, &w);
	for (size_t i = 0; !err && i < n; i++)
		err = run_drop(t, number[i]);
	k->n_runs = first;
	k->run[first].number = last;
	if (!err)
		err = run_store(&w, t, last, &k->run[first].bytes);
	run_writer_fini(&w);
	k->n_runs += !err;
	return err;
}

/* Small ones do not become many: each change is merged as often as its run has grown fourfold. */
static bool should_merge(const struct keys *k)
{
	const struct run *r;

	if (k->n_runs < MERGED)
		return false;
	r = k->run + k->n_runs - MERGED;
	return r->number > k->settling && r->bytes <= k->full_bytes &&
	       r[0].bytes <= r[1].bytes + r[2].bytes + r[3].bytes;
}

/* ---- into the set */
struct part {
	struct arena arena;
	struct store_change *change;
	size_t n, bytes;
};

static int take(void *ctx, struct bytes key, bool put)
{
	struct part *p = ctx;

	if (p->n == KEYS_PART || p->bytes > (size_t)KEYS_PART * KEY_MEAN_BYTES)
		return 1;
	p->change[p->n] = (struct store_change){.key = arena_dup(&p->arena, key), .put = put};
	p->bytes += key.n;
	return p->change[p->n++].key.p ? 0 : IMS_E_NOMEM;
}

/* Everything up to `settling` is in the set. The oldest go first, a part of them at a time: to delete a page copies
 * it, and those that are left say what the set says. */
static int drop_some(struct keys *k, struct store_txn *t)
{
	uint64_t bytes = 0;
	size_t n = 0;
	int err = 0;

	for (; !err && bytes < DROPPED_BYTES && n < k->n_runs && k->run[n].number <= k->settling; n++) {
		bytes += k->run[n].bytes;
		err = run_drop(t, k->run[n].number);
	}
	memmove(k->run, k->run + n, (k->n_runs - n) * sizeof(k->run[0]));
	k->n_runs -= n;
	if (k->n_runs && k->run[0].number <= k->settling)
		return err;
	k->settling = 0;
	k->known = false; /* the set is larger */
	return err;
}

static size_t runs_to_settle(const struct keys *k, uint64_t number[RUNS_MAX])
{
	size_t n = 0;

	for (; n < k->n_runs && k->run[n].number <= k->settling; n++)
		number[n] = k->run[n].number;
	return n;
}

static void pay(struct keys *k, size_t changes)
{
	k->owed -= k->owed < changes ? k->owed : changes;
}

static int take_in(struct keys *k, struct store_txn *t)
{
	struct part p = {0};
	uint64_t number[RUNS_MAX];
	size_t n;
	int r;

	arena_init(&p.arena, (size_t)KEYS_PART * (KEY_MEAN_BYTES + 32) + (1u << 20));
	p.change = mem_zalloc(KEYS_PART * sizeof(*p.change));
	n = runs_to_settle(k, number);
	r = runs_walk(t, number, n, BYTES(k->from, k->from_bytes), take, &p);
	if (r >= 0 && p.n) {
		struct bytes last = p.change[p.n - 1].key;
		int err;

		memcpy(k->from, last.p, last.n);
		k->from_bytes = last.n;
		err = store_change_set(t, TABLE_KEYS, p.change, p.n);
		r = err ? err : r;
	}
	free(p.change);
	arena_fini(&p.arena);
	k->taken_in = r == 0;
	pay(k, p.n / 4 * 3 + 1);
	return r < 0 ? r : 0;
}

int keys_settle(struct keys *k, struct store_txn *t)
{
	int err = look(k, t);

	if (err || k->n_runs == 0)
		return err;
	if (k->settling == 0) {
		k->settling = k->run[k->n_runs - 1].number;
		k->from_bytes = 0;
		k->taken_in = false;
	}
	if (!k->taken_in)
		return take_in(k, t);
	pay(k, DROPPED_FOR);
	return drop_some(k, t);
}

/* ---- */
static int keep(struct keys *k, struct store_txn *t)
{
	struct run_writer w = {0};
	struct run *r = k->run + k->n_runs;
	int err = waiting_each(&k->waiting, add_to_run, &w);

	k->owed += k->waiting.n;
	waiting_drop(&k->waiting);
	r->number = k->n_runs ? r[-1].number + 1 : 1;
	if (!err)
		err = run_store(&w, t, r->number, &r->bytes);
	run_writer_fini(&w);
	k->n_runs += !err;
	while (!err && should_merge(k))
		err = merge(k, t, MERGED);
	return err;
}

int keys_keep(struct keys *k, struct store_txn *t)
{
	uint64_t before = store_writes(k->store);
	int err = k->waiting.n ? look(k, t) : 0;

	if (k->waiting.n == 0 || err)
		return err;
	err = keep(k, t);
	/* a transaction that is large by itself, or there is no room for one more */
	while (!err && (k->n_runs == RUNS_MAX || total_bytes(k) > 2 * k->many_bytes))
		err = keys_settle(k, t);
	k->own_writes += store_writes(k->store) - before;
	if (err) /* half of them may be lost: nothing of the transaction is of use */
		store_txn_fail(t, err);
	return err;
}

bool keys_owe(struct keys *k)
{
	if (!k->settling && total_bytes(k) <= k->many_bytes && k->n_runs < RUNS_MAX / 2)
		k->owed = 0;
	return k->owed >= OWED_PART;
}

bool keys_may_settle(const struct keys *k)
{
	return !k->known || k->n_runs > 0;
}

void keys_drop(struct keys *k)
{
	waiting_drop(&k->waiting);
	k->known = false;
	k->n_runs = 0;
	k->settling = 0;
}

struct keys *keys_new(const struct store *s, uint64_t secret)
{
	struct keys *k = mem_new(struct keys);

	k->store = s;
	waiting_init(&k->waiting, secret);
	return k;
}

void keys_free(struct keys *k)
{
	if (!k)
		return;
	keys_drop(k);
	waiting_fini(&k->waiting);
	free(k);
}
