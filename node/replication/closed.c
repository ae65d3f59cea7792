/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A log that the roster has closed: size and root that it kept are the truth about it, whoever signed
 * what. It is fetched up to there from anybody, each package proven to the kept root itself, so that
 * nobody can lead a newcomer onto the branch of a fork that was not kept. Above there nothing is
 * fetched, shown or served.
 *
 *   open, frozen ──roster──> behind ── packages proven to the kept root ──> ended
 *                              └────── what is stored is another history ──> frozen
 *
 * Of the own log what is stored may be what nobody has seen: it stays behind until the next incarnation begins, which
 * sets that aside, or it is recovered.
 */
#include "replication/conflict.h"

void closed_checkpoint(const struct sync_log *l, struct checkpoint *ret)
{
	*ret = (struct checkpoint){.origin = bytes_of(l->origin), .size = l->end_size, .root = l->end_root};
}

/* Nothing above the end is shown; a signed head of exactly the end stays with what was kept. */
static void drop_heads(struct sync_log *l)
{
	if (l->head.size > l->end_size && l->named.size && l->named.size <= l->end_size)
		head_copy(&l->head, &l->named);
	if (l->head.size > l->end_size)
		head_clear(&l->head);
	if (l->named.size > l->end_size)
		head_clear(&l->named);
	head_clear(&l->target);
}

void closed_set(struct sync *s, struct sync_log *l, const struct roster_incarnation *inc)
{
	if (inc->open || l->closed)
		return;
	l->closed = true;
	l->end_size = inc->kept_size;
	l->end_root = inc->kept_root;
	l->frozen = false; /* the dispute is decided */
	pull_reset(s, l);
	memset(l->distrusted, 0, sizeof(l->distrusted)); /* who was of no use for the whole may be for this */
	l->fruitless = 0;
	drop_heads(l);
	closed_settle(s, l);
}

static int root_at_end(struct sync *s, struct sync_log *l, struct hash *ret)
{
	if (l->end_size)
		return sync_root_at(s, l, l->end_size, ret);
	merkle_empty_root(ret);
	return 0;
}

void closed_settle(struct sync *s, struct sync_log *l)
{
	struct hash root;
	bool signed_other;

	if (!l->closed || l->ended || l->frozen || l->stored < l->end_size || root_at_end(s, l, &root))
		return;
	drop_heads(l);
	signed_other = l->head.note.n && l->head.size == l->end_size && !hash_eq(&l->head.root, &root);
	if (signed_other || !hash_eq(&root, &l->end_root)) {
		conflict_with_roster(s, l, BYTES_NONE);
		return;
	}
	l->ended = true;
	if (l->head.size != l->end_size || !l->head.note.n) { /* no signature is needed, and there may be none */
		head_clear(&l->head);
		l->head.size = l->end_size;
		l->head.root = l->end_root;
	}
	if (l->named.size != l->end_size)
		head_clear(&l->named);
	serve_advanced(s, l);
}

/* Of the end itself it is kept for outsiders, who verify by signatures. What else peers show of this log
 * is a part of the same, or of no account. */
void closed_head_shown(struct sync *s, struct sync_log *l, const struct note *n, const struct checkpoint *c)
{
	if (!l->ended || l->head.note.n || c->size != l->end_size || !hash_eq(&c->root, &l->end_root))
		return;
	if (head_set(s, &l->head, c, n) == 0 && c->size == l->stored)
		heads_store(s, l, &l->head, false, l->region);
}
