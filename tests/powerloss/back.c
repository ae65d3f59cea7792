/* SPDX-License-Identifier: Apache-2.0 */
#include "powerloss/back.h"

#include "view/commit_int.h"

/* Entries that another life of the node has written and peers hold, after what this one has signed. */
static void write_elsewhere(struct story *s)
{
	struct foreign *f = s->elsewhere;
	unsigned more = rng_range(&s->rng, 1, 40);
	struct ledger_reader r;
	struct ledger_item item;
	struct store_txn *t;
	char id[32], name[32];

	assert_int_equal(store_begin_read(s->node->store, &t), 0);
	assert_int_equal(ledger_read_open(t, FIXTURE_ORIGIN, &r), 0);
	while (f->size < s->back.signed_size) {
		assert_int_equal(ledger_read_entry(&r, f->size, &item), 0);
		foreign_raw(f, item.entry);
	}
	store_abort(t);
	while (more--) {
		snprintf(id, sizeof(id), "eu-o-%llu", (unsigned long long)(100000 + f->size));
		snprintf(name, sizeof(name), "Elsewhere %llu", (unsigned long long)f->size);
		foreign_org(f, id, 1, name);
	}
}

static uint64_t size_now(struct story *s)
{
	return ledger_size(s->node->commit->own);
}

static bool has_all(struct story *s)
{
	const struct foreign *f = s->elsewhere;
	struct ledger_reader r;
	struct store_txn *t;
	struct hash root, want;
	bool ret;

	assert_int_equal(node_run(s->node, commit_job_new(COMMIT_SYNC)), 0);
	assert_int_equal(store_begin_read(s->node->store, &t), 0);
	assert_int_equal(ledger_read_open(t, FIXTURE_ORIGIN, &r), 0);
	tile_edge_root(&f->edge, &want);
	ret = r.size >= f->size && ledger_root(&r, f->size, &root) == 0 && hash_eq(&root, &want);
	store_abort(t);
	return ret;
}

static int told_behind(struct story *s)
{
	struct commit_job *job = commit_job_new(COMMIT_ROLL_BACK);

	snprintf(job->u.text, sizeof(job->u.text), "peer mx shows more");
	return node_run(s->node, job);
}

/* Some packages, as peers give them; sometimes it is killed in between. */
static int pull(struct story *s, bool kills)
{
	struct foreign *f = s->elsewhere;
	int err = 0;

	while (!err && size_now(s) < f->size) {
		uint64_t from = size_now(s), left = f->size - from;
		uint64_t n = rng_range(&s->rng, 1, (unsigned)left);

		err = node_run(s->node, foreign_job(f, COMMIT_PACKAGE, from, from + n, false));
		if (!err && kills && rng_percent(&s->rng, 20)) {
			node_crash(s->node);
			err = story_open(s);
		}
	}
	return err;
}

static int come_back(struct story *s, bool kills)
{
	int err = 0;

	if (s->node->state == COMMIT_READY && has_all(s))
		return 0;
	if (s->node->state == COMMIT_READY)
		err = told_behind(s);
	if (!err && s->node->state == COMMIT_ROLLED_BACK)
		err = node_run(s->node, commit_job_new(COMMIT_RECOVER));
	if (!err)
		err = pull(s, kills);
	return err ? err : node_run(s->node, commit_job_new(COMMIT_RECOVERED));
}

void back_tell(struct story *s, void (*clients)(struct story *s, unsigned n))
{
	assert_int_equal(node_run(s->node, commit_job_new(COMMIT_SYNC)), 0);
	s->back.signed_size = s->node->commit->signed_size;
	if (s->back.signed_size == 0 || s->back.signed_size != size_now(s))
		return; /* at another time */
	write_elsewhere(s);
	s->back.began = s->now->n;
	s->back.ended = SIZE_MAX;
	s->back.is_on = true;
	node_crash(s->node);
	assert_int_equal(story_open(s), 0);
	for (unsigned n = rng_range(&s->rng, 0, 4); n; n--)
		clients(s, rng_range(&s->rng, 1, 4));
	assert_int_equal(come_back(s, true), 0);
	back_ends(s);
}

/* What was pulled and appended again was published by nobody here. */
static void note_leaves(struct story *s)
{
	struct ledger_reader r;
	struct ledger_item item;
	struct store_txn *t;
	struct arena a;

	assert_int_equal(store_begin_read(s->node->store, &t), 0);
	assert_int_equal(ledger_read_open(t, FIXTURE_ORIGIN, &r), 0);
	CHECK(r.size <= STORY_ENTRIES_MAX);
	for (uint64_t i = s->back.signed_size; i < r.size; i++) {
		arena_init(&a, LEDGER_ITEM_BYTES);
		assert_int_equal(ledger_read_item(&r, i, &a, &item), 0);
		arena_fini(&a);
		s->leaf[i] = item.leaf;
	}
	store_abort(t);
}

void back_ends(struct story *s)
{
	note_leaves(s);
	s->back.is_on = false;
	s->back.ended = s->now->n;
}

int back_go_on(struct story *s)
{
	return s->back.is_on ? come_back(s, false) : 0;
}

void back_cut(struct story *s, size_t cut)
{
	s->back.is_on = s->back.signed_size && s->back.began <= cut && cut < s->back.ended;
	s->back.began = 0;
	s->back.ended = s->back.is_on ? SIZE_MAX : 0;
}
