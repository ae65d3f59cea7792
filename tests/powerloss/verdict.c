/* SPDX-License-Identifier: Apache-2.0 */
#include "powerloss/verdict.h"

#include "ledger/verify.h"
#include "powerloss/back.h"

struct verdict {
	struct story *story;
	struct store_txn *txn;
	const char *origin; /* of the log being verified */
	struct buf *wrong;
};

static unsigned long long ull(uint64_t n)
{
	return n;
}

/* ---- promises */

static void check_leaf(struct verdict *v, struct ledger_reader *r, uint64_t index, const struct hash *leaf)
{
	struct ledger_item item;
	struct arena a;
	int err;

	arena_init(&a, LEDGER_ITEM_BYTES);
	err = ledger_read_item(r, index, &a, &item);
	arena_fini(&a);
	if (err)
		buf_printf(v->wrong, "acknowledged entry %llu is lost: %s\n", ull(index), ims_strerror(err));
	else if (!hash_eq(&item.leaf, leaf))
		buf_printf(v->wrong, "acknowledged entry %llu is another one\n", ull(index));
}

static void check_root(struct verdict *v, struct ledger_reader *r, uint64_t size, const struct hash *root)
{
	struct hash now;
	int err = size > r->size ? IMS_E_NOT_FOUND : ledger_root(r, size, &now);

	if (err)
		buf_printf(v->wrong, "published head %llu is beyond the log, which has %llu: %s\n", ull(size),
			   ull(r->size), ims_strerror(err));
	else if (!hash_eq(&now, root))
		buf_printf(v->wrong, "published head %llu has another root\n", ull(size));
}

static bool names(struct bytes payload, const char *name)
{
	size_t n = strlen(name);
	const uint8_t *at = payload.n ? memmem(payload.p, payload.n, name, n) : NULL;

	return at && (at + n == payload.p + payload.n || at[n] < '0' || at[n] > '9');
}

/* What was acknowledged before it could be signed may have another index by now. */
static void check_told(struct verdict *v, struct ledger_reader *r, const char *name)
{
	bool found = false;

	for (uint64_t i = 0; !found && i < r->size; i++) {
		struct ledger_item item;
		struct arena a;

		arena_init(&a, LEDGER_ITEM_BYTES);
		found = ledger_read_item(r, i, &a, &item) == 0 && names(item.payload, name);
		arena_fini(&a);
	}
	if (found)
		return;
	buf_printf(v->wrong, "acknowledged write of %s is lost\n", name);
}

static void check_stored(struct verdict *v, struct ledger_reader *r, uint64_t size)
{
	if (r->size < size)
		buf_printf(v->wrong, "stored log has %llu entries, not %llu\n", ull(r->size), ull(size));
	for (uint64_t i = 0; i < size && i < r->size; i++)
		check_leaf(v, r, i, &v->story->foreign->items[i].leaf);
}

static void check_facts(struct verdict *v, size_t cut, struct ledger_reader *own,
			struct ledger_reader *foreign)
{
	const struct story *s = v->story;
	uint64_t stored = 0;

	for (size_t i = 0; i < s->n_facts; i++) {
		const struct fact *f = &s->facts[i];

		if (f->at > cut)
			continue;
		if (f->type == FACT_ACKNOWLEDGED)
			check_leaf(v, own, f->n, &s->leaf[f->n]);
		else if (f->type == FACT_TOLD)
			check_told(v, own, f->name);
		else if (f->type == FACT_PUBLISHED)
			check_root(v, own, f->n, &f->hash);
		else if (f->n > stored)
			stored = f->n;
	}
	check_stored(v, foreign, stored);
}

/* ---- what is stored */

static void on_finding(void *ctx, const char *object, int err, const char *detail)
{
	struct verdict *v = ctx;

	buf_printf(v->wrong, "verify %s: %s: %s %s\n", v->origin, object, ims_strerror(err), detail);
}

static int on_note(void *ctx, const char *origin, uint64_t size, const struct hash *root, struct bytes note,
		   const char *region, struct bytes cosignature)
{
	struct verdict *v = ctx;
	struct checkpoint c;
	struct note n;
	int err;

	(void)cosignature;
	if (*region)
		return 0;
	err = roster_verify_checkpoint(v->story->node->roster, note, &n, &c);
	if (err)
		return err;
	if (!bytes_eq_text(c.origin, origin) || c.size != size)
		return IMS_E_ORIGIN;
	return root && !hash_eq(root, &c.root) ? IMS_E_ROOT : 0;
}

/* Inv. 5: no head of a log that this node signs is beyond what is there. */
static void check_heads(struct verdict *v, const char *origin, uint64_t size)
{
	struct head_row head;

	if (heads_newest(v->txn, origin, UINT64_MAX, &head) == 0 && head.size > size)
		buf_printf(v->wrong, "%s has %llu entries and a signed head of %llu\n", origin, ull(size),
			   ull(head.size));
}

static int check_log(void *ctx, const char *origin, uint32_t slot, uint64_t size)
{
	struct verdict *v = ctx;
	struct verify_counts n;
	bool journal = strcmp(origin, FIXTURE_JOURNAL) == 0;
	int err;

	(void)slot;
	v->origin = origin;
	err = verify_log(v->txn, origin, !journal, on_finding, on_note, v, &n);
	if (err)
		on_finding(v, "log", err, "");
	if (journal || strcmp(origin, FIXTURE_ORIGIN) == 0)
		check_heads(v, origin, size);
	return 0;
}

static uint64_t check_store(struct verdict *v, size_t cut)
{
	struct ledger_reader own = {0}, foreign = {0};
	int err = store_begin_read(v->story->node->store, &v->txn);

	if (!err)
		err = ledger_read_open(v->txn, FIXTURE_ORIGIN, &own);
	if (!err)
		err = ledger_read_open(v->txn, v->story->foreign->origin, &foreign);
	if (err) {
		buf_printf(v->wrong, "the logs are not there: %s\n", ims_strerror(err));
	} else {
		check_facts(v, cut, &own, &foreign);
		(void)!ledger_each(v->txn, check_log, v);
	}
	store_abort(v->txn);
	return own.size;
}

/* A client goes on at the end of the log. */
static void check_write(struct verdict *v, uint64_t size)
{
	struct node *n = v->story->node;
	int err = story_put_one(v->story);

	if (err)
		buf_printf(v->wrong, "a write after the loss is refused: %s\n", ims_strerror(err));
	else if (n->published_size != size + 1)
		buf_printf(v->wrong, "a write after the loss goes to %llu, not %llu\n",
			   ull(n->published_size), ull(size));
	if (n->fatal)
		buf_printf(v->wrong, "fatal: %s\n", ims_strerror(n->fatal));
}

void verdict_of(struct story *s, size_t cut, struct buf *wrong)
{
	struct verdict v = {.story = s, .wrong = wrong};
	uint64_t size;
	int err;

	back_cut(s, cut);
	err = story_open(s);
	if (!err)
		err = back_go_on(s);

	if (err) {
		buf_printf(wrong, "does not start: %s: %s\n", ims_strerror(err), s->node->why.text);
		return;
	}
	if (s->node->state != COMMIT_READY)
		buf_printf(wrong, "is not ready: %s\n", s->node->reason);
	size = check_store(&v, cut);
	if (s->node->state == COMMIT_READY)
		check_write(&v, size);
	node_crash(s->node);
}
