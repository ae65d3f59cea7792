/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two histories of one log (S2): the log is frozen, the evidence is kept, and told to every peer once
 * if it is such that anybody can verify it. Who cannot make it so keeps the two notes, and takes
 * portable evidence from a peer later.
 */
#include "replication/conflict.h"
#include "replication/package.h"

static bool has_proof(const struct sync_log *l)
{
	return l->proof.note_a.n > 0;
}

static struct evidence proof_of(const struct sync_log *l)
{
	return (struct evidence){buf_bytes(&l->proof.note_a), buf_bytes(&l->proof.note_b),
				 buf_bytes(&l->proof.nodes)};
}

void conflict_fini(struct sync_log *l)
{
	buf_fini(&l->proof.note_a);
	buf_fini(&l->proof.note_b);
	buf_fini(&l->proof.nodes);
}

/* Text and log signatures: what else stands on a note proves nothing here, and could make it too long
 * to be told. */
static void put_note(const struct sync *s, const struct sync_log *l, struct bytes note, struct buf *out)
{
	struct note n;

	if (note.n && note_parse(note, &n) == 0)
		heads_put_log_note(s, &n, bytes_of(l->origin), out);
}

/* Is it evidence about this log, by the roster alone? Then hold it. */
static bool hold_proof(const struct sync *s, struct sync_log *l, const struct evidence *e)
{
	struct proof_kept *k = &l->proof;
	struct evidence_verdict v;

	if (!e->note_a.n || !e->note_b.n || evidence_verify(e, s->roster, &v, NULL) ||
	    !bytes_eq_text(v.larger.origin, l->origin))
		return false;
	put_note(s, l, e->note_a, &k->note_a);
	put_note(s, l, e->note_b, &k->note_b);
	buf_put(&k->nodes, e->nodes);
	if (!k->note_a.failed && !k->note_b.failed && !k->nodes.failed)
		return true;
	buf_clear(&k->note_a);
	buf_clear(&k->note_b);
	buf_clear(&k->nodes);
	return false;
}

static void freeze(struct sync *s, struct sync_log *l, struct bytes note_a, struct bytes note_b,
		   struct bytes nodes)
{
	l->frozen = true;
	pull_reset(s, l);
	s->o.ops.evidence(s->o.ops.ctx, l->origin, note_a, note_b, nodes,
			    l->closed ? SYNC_NOT_KEPT : SYNC_FORK);
}

static void found(struct sync *s, struct sync_log *l, const struct evidence *e)
{
	struct evidence kept;

	if (l->frozen)
		return;
	if (hold_proof(s, l, e)) {
		kept = proof_of(l);
		freeze(s, l, kept.note_a, kept.note_b, kept.nodes);
	} else {
		freeze(s, l, e->note_a, e->note_b, BYTES_NONE);
	}
}

/* ---- what freezes nothing */

/* Of a log that the roster has closed all is decided. A key that the roster has retired, and that may be in
 * other hands by now, says nothing against what a quorum has cosigned. */
static bool is_of_no_account(const struct sync *s, const struct sync_log *l, struct bytes note, uint64_t size)
{
	return l->closed || (size <= l->quorum_size && roster_checkpoint_is_retired(s->roster, note));
}

static void record(struct sync *s, struct sync_log *l, const struct evidence *e)
{
	if (l->recorded)
		return;
	l->recorded = true;
	s->o.ops.evidence(s->o.ops.ctx, l->origin, e->note_a, e->note_b, e->nodes, SYNC_OF_NO_ACCOUNT);
}

void conflict_with_roster(struct sync *s, struct sync_log *l, struct bytes note)
{
	if (l->own && !l->recovering) /* what nobody has seen makes room when the next one begins, or it recovers */
		return;
	freeze(s, l, buf_bytes(&l->head.note), note, BYTES_NONE);
}

/* Is a checkpoint of a piece of evidence of our own history, or else of no account? */
static bool stands_aside(struct sync *s, struct sync_log *l, struct bytes note)
{
	struct checkpoint c;
	struct hash mine;
	struct note n;

	if (note_parse(note, &n) || checkpoint_parse(n.text, &c))
		return false;
	return (sync_root_at(s, l, c.size, &mine) == 0 && hash_eq(&mine, &c.root)) ||
	       is_of_no_account(s, l, note, c.size);
}

/* ---- found here */
static int own_span(void *log_nodes, uint64_t lo, uint64_t hi, struct hash *ret)
{
	return merkle_subtree_root(sync_node, log_nodes, lo, hi, ret);
}

/* The head to hold beside one of this size that conflicts: of its size, if we have that, so that the
 * notes alone are the evidence; else one whose tree is here. */
static const struct head *kept_beside(const struct sync_log *l, uint64_t size)
{
	const struct head *const heads[] = {&l->named, &l->head, &l->target};

	for (size_t i = 0; i < 3; i++)
		if (heads[i]->size && heads[i]->size == size)
			return heads[i];
	for (size_t i = 0; i < 3; i++)
		if (heads[i]->size > size && heads[i]->size <= l->edge->size)
			return heads[i];
	return l->head.size ? &l->head : &l->target;
}

void conflict_below(struct sync *s, struct sync_log *l, const struct note *n, const struct checkpoint *c)
{
	const struct head *mine = kept_beside(l, c->size);
	struct log_nodes own = {s, l};
	struct buf nodes = {0};

	/* without nodes it is what it is: not portable */
	if (mine->size > c->size && mine->size <= l->edge->size &&
	    evidence_put_nodes(own_span, &own, c->size, mine->size, &nodes))
		buf_clear(&nodes);
	if (is_of_no_account(s, l, n->all, c->size))
		record(s, l, &(struct evidence){buf_bytes(&mine->note), n->all, buf_bytes(&nodes)});
	else
		found(s, l, &(struct evidence){buf_bytes(&mine->note), n->all, buf_bytes(&nodes)});
	buf_fini(&nodes);
}

void conflict_of_targets(struct sync *s, struct sync_log *l, const struct note *n)
{
	found(s, l, &(struct evidence){buf_bytes(&l->target.note), n->all, BYTES_NONE});
}

/* Does the package tell enough of its tree to show that a head of ours is not in it? */
static bool is_shown_by(struct sync *s, struct package_view *v, const struct head *mine, struct bytes theirs,
			struct buf *nodes)
{
	struct evidence_verdict verdict;

	buf_clear(nodes);
	return mine->size && mine->size < v->size &&
	       evidence_put_nodes(package_span, v, mine->size, v->size, nodes) == 0 &&
	       evidence_verify(&(struct evidence){buf_bytes(&mine->note), theirs, buf_bytes(nodes)}, s->roster,
			       &verdict, NULL) == 0;
}

void conflict_by_package(struct sync *s, struct sync_log *l, const struct msg_entries *e,
			 const struct checkpoint *c)
{
	const struct head *const heads[] = {&l->head, &l->named, &l->target};
	const struct head *mine = l->head.size ? &l->head : NULL;
	struct package_view v;
	struct buf nodes = {0};
	bool shown = false;

	if (l->closed) { /* it is proven to what the roster kept */
		conflict_with_roster(s, l, e->checkpoint);
		return;
	}
	package_view(&v, &(struct log_nodes){s, l}, e, c->size);
	for (size_t i = 0; i < 3 && !shown; i++) {
		shown = is_shown_by(s, &v, heads[i], e->checkpoint, &nodes);
		if (shown)
			mine = heads[i];
	}
	if (!shown)
		buf_clear(&nodes);
	found(s, l, &(struct evidence){mine ? buf_bytes(&mine->note) : BYTES_NONE, e->checkpoint,
				       buf_bytes(&nodes)});
	buf_fini(&nodes);
}

/* ---- from the store, and from peers */
void conflict_start(struct sync *s, struct sync_log *l, const struct evidence *e)
{
	(void)hold_proof(s, l, e);
}

int conflict_on_evidence(struct sync *s, struct sync_peer *p, const struct msg_evidence *m, struct errtext *why)
{
	const struct evidence e = {m->note_a, m->note_b, m->nodes};
	struct sync_log *l = sync_find(s, m->origin);
	struct evidence_verdict v;
	int err;

	if (!l)
		return 0;
	sync_peer_log(s, p, l)->told_proof = true;
	if (has_proof(l)) /* one is enough (inv. 11) */
		return 0;
	err = evidence_verify(&e, s->roster, &v, why);
	if (!err && !bytes_eq(v.larger.origin, m->origin))
		err = IMS_E_ORIGIN;
	if (heads_judge_by_another_roster(s, p, err))
		return 0;
	if (err)
		return err;
	if (stands_aside(s, l, e.note_a) && stands_aside(s, l, e.note_b)) {
		record(s, l, &e);
		return 0;
	}
	if (hold_proof(s, l, &e)) {
		const struct evidence kept = proof_of(l);

		freeze(s, l, kept.note_a, kept.note_b, kept.nodes);
	}
	return 0;
}

void conflict_tell(struct sync *s, struct sync_log *l)
{
	struct msg m = {.type = MSG_EVIDENCE};

	if (!has_proof(l))
		return;
	m.u.evidence = (struct msg_evidence){bytes_of(l->origin), buf_bytes(&l->proof.note_a),
					     buf_bytes(&l->proof.note_b), buf_bytes(&l->proof.nodes)};
	for (struct sync_peer *p = s->peers; p; p = p->next) {
		struct peer_log *pl = sync_peer_log(s, p, l);

		if (!p->ready || p->blocked || pl->told_proof)
			continue;
		pl->told_proof = true;
		sync_send(s, p, &m);
	}
}
