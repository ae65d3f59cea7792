/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Heads: taken from peers, checked against what is known, shown when reached, passed on with
 * their cosignatures. What happens when two of them cannot both be true: conflict.c.
 */
#include "base/mem.h"
#include "replication/conflict.h"
#include "replication/own.h"

/* ---- cosignatures that came with a note */
struct cosig_walk {
	struct sync *s;
	struct sync_log *l;
	const struct checkpoint *c;
};

/* A verified cosignature of a head that is shown, or will be when it is reached. */
static void keep_cosig(struct sync *s, struct sync_log *l, uint64_t size, const char *region, uint64_t time_s,
		       struct bytes line)
{
	bool news = false;

	if (l->own)
		acks_note(s, region, size);
	if (l->named.size == size)
		news |= head_add_cosig(&l->named, region, time_s, line);
	if (l->head.size == size)
		news |= head_add_cosig(&l->head, region, time_s, line);
	if (l->target.size == size)
		head_add_cosig(&l->target, region, time_s, line);
	if (!news)
		return;
	acks_note_quorum(s, l, l->named.size == size ? &l->named : &l->head);
	l->gossip_due = true;
	s->o.ops.cosignature(s->o.ops.ctx, l->origin, size, region, time_s, line);
}

static void take_cosig(void *ctx, const struct roster_region *by, uint64_t time_s, struct bytes line)
{
	struct cosig_walk *w = ctx;

	if (strcmp(by->code, w->l->region) == 0)
		return; /* a region's word for itself is no other's */
	if (strcmp(by->code, w->s->o.own_region) == 0 &&
	    w->c->size > w->l->stored) { /* my word on what I lack */
		if (w->c->size > w->l->own_word)
			w->l->own_word = w->c->size;
		w->s->o.ops.ahead(w->s->o.ops.ctx, w->l->origin, w->c->size, "");
	} else {
		keep_cosig(w->s, w->l, w->c->size, by->code, time_s, line);
	}
}

static bool line_is_known(const struct head *h, struct bytes line)
{
	for (size_t i = 0; i < h->n_cosigs; i++)
		if (bytes_eq(buf_bytes(&h->cosigs[i].line), line))
			return true;
	return false;
}

/* Verifying costs: only when a line is new, of a head that is shown, or perhaps my own. */
static void take_cosigs(struct sync *s, struct sync_log *l, const struct note *n, const struct checkpoint *c)
{
	struct cosig_walk w = {s, l, c};
	const struct head *h = l->named.size == c->size	   ? &l->named
			       : l->target.size == c->size ? &l->target
							   : &l->head;
	bool news = false;

	if (h->size != c->size)
		return;
	for (size_t i = 0; i < n->n_sigs && !news; i++)
		news = !bytes_eq(n->sigs[i].name, c->origin) && !line_is_known(h, n->sigs[i].line);
	if (news)
		roster_verify_cosignatures(s->roster, n, c, take_cosig, &w);
}

static bool note_has_cosigner(const struct sync *s, const struct note *n, const char *region)
{
	struct bytes federation = bytes_of(s->roster->federation);

	for (size_t i = 0; i < n->n_sigs; i++) {
		struct bytes name = n->sigs[i].name;

		if (name.n > federation.n && bytes_has_prefix(name, federation) &&
		    name.p[federation.n] == '/' &&
		    bytes_eq_text(BYTES(name.p + federation.n + 1, name.n - federation.n - 1), region))
			return true;
	}
	return false;
}

/* What I told a peer it may have had no use for at the time: who shows less than I know is told again. */
static void note_lacks(struct sync *s, struct sync_log *l, struct sync_peer *p, const struct note *n,
		       const struct checkpoint *c)
{
	for (size_t i = 0; l->named.size == c->size && i < l->named.n_cosigs; i++)
		if (!note_has_cosigner(s, n, l->named.cosigs[i].region)) {
			sync_peer_log(s, p, l)->told_size = 0;
			l->gossip_due = true;
			return;
		}
}

/* ---- a head that a peer shows */
void heads_store(struct sync *s, struct sync_log *l, const struct head *h, bool named, const char *peer)
{
	struct sync_batch *b = mem_new(struct sync_batch);

	b->type = SYNC_HEAD;
	arena_init(&b->arena, 65536);
	b->origin = l->origin;
	b->peer = arena_text(&b->arena, bytes_of(peer));
	b->from = l->stored;
	b->note = arena_dup(&b->arena, buf_bytes(&h->note));
	b->head_size = h->size;
	b->head_root = h->root;
	b->named = named;
	s->o.ops.store(s->o.ops.ctx, b);
}

/* Do the stored nodes below make the root that was verified? The edge is memory, they are a disk's:
 * a bit that fell over there must not accuse anybody. */
static bool is_sound_at(struct sync *s, struct sync_log *l, uint64_t size, const struct hash *root)
{
	struct log_nodes nodes = {s, l};
	struct merkle_proof proof;
	struct hash now;

	tile_edge_root(l->edge, &now);
	return merkle_prove_consistency(sync_node, &nodes, size, l->edge->size, &proof) == 0 &&
	       merkle_verify_consistency(size, l->edge->size, root, &now, proof.hash, proof.n) == 0;
}

/* Another log's head at or below what I have verified must be on my history. */
static int check_below(struct sync *s, struct sync_log *l, const struct note *n, const struct checkpoint *c)
{
	struct hash mine;
	int err = sync_root_at(s, l, c->size, &mine);

	if (err)
		return 0; /* nodes on their way to the store: the next showing will be checked */
	if (hash_eq(&mine, &c->root) || !is_sound_at(s, l, c->size, &mine))
		return 0;
	if (l->own && !l->recovering)
		return IMS_E_CONFLICT;
	conflict_below(s, l, n, c);
	return IMS_E_CONFLICT;
}

static bool has_cosig_of(const struct head *h, const char *region)
{
	for (size_t i = 0; i < h->n_cosigs; i++)
		if (strcmp(h->cosigs[i].region, region) == 0)
			return true;
	return false;
}

/* A head at exactly what is stored: to be kept, or named and not yet cosigned by me (I was not
 * allowed to sign when it was reached). */
static bool is_to_be_kept(const struct sync *s, const struct sync_log *l, uint64_t size, bool named)
{
	if (size != l->stored || size == 0)
		return false;
	if (l->head.size != size || (named && l->named.size != size))
		return true;
	return named && !has_cosig_of(&l->named, s->o.own_region);
}

/* At most once a while: a node that may not cosign is shown the same head again and again. */
static void keep_head(struct sync *s, struct sync_log *l, const struct head *h, bool named, const char *peer)
{
	if (h->size == l->kept_size && s->now.ns < l->kept_until.ns && (l->kept_named || !named)) {
		l->kept_again = named;
		return;
	}
	l->kept_size = h->size;
	l->kept_until = mono_plus_ms(s->now, SYNC_KEEP_MS);
	l->kept_named = named;
	l->kept_again = false;
	heads_store(s, l, h, named, peer);
}

void heads_tick(struct sync *s, struct sync_log *l)
{
	if (!l->kept_again || s->now.ns < l->kept_until.ns)
		return;
	l->kept_again = false;
	if (!l->frozen && is_to_be_kept(s, l, l->named.size, true))
		keep_head(s, l, &l->named, true, l->region);
}

void heads_cosign_again(struct sync *s, struct sync_log *l)
{
	if (l->own || l->frozen || !is_to_be_kept(s, l, l->named.size, true))
		return;
	l->kept_again = true;
	l->kept_until = s->now;
}

void sync_may_sign(struct sync *s)
{
	for (size_t i = 0; i < s->n_logs; i++)
		heads_cosign_again(s, s->logs[i]);
}

static int own_head_judged(struct sync *s, struct sync_log *l, struct sync_peer *p, const struct note *n,
			   const struct checkpoint *c)
{
	if (c->size > l->stored || check_below(s, l, n, c)) {
		s->o.ops.ahead(s->o.ops.ctx, l->origin, c->size, p->region);
		return 0;
	}
	take_cosigs(s, l, n, c);
	return 0;
}

/* Above what is stored: what to reach, and what will be known of it when it is reached. */
static int take_target(struct sync *s, struct sync_log *l, const struct note *n, const struct checkpoint *c,
		       bool named)
{
	int err = 0;

	if (l->target.size == c->size && !hash_eq(&l->target.root, &c->root)) {
		conflict_of_targets(s, l, n);
		return 0;
	}
	if (c->size > l->target.size) {
		err = head_set(s, &l->target, c, n);
		l->target_named = false;
	}
	if (c->size == l->target.size)
		l->target_named |= named;
	heads_tell_origin(s, l);
	return err;
}

static int other_head_shown(struct sync *s, struct sync_log *l, struct sync_peer *p, const struct note *n,
			    const struct checkpoint *c, bool named)
{
	int err = 0;

	if (c->size <= l->edge->size && check_below(s, l, n, c))
		return 0; /* the log's fault, not the messenger's */
	if (c->size > l->stored) {
		err = take_target(s, l, n, c, named);
	} else if (is_to_be_kept(s, l, c->size, named)) {
		struct head h = {0};

		err = head_set(s, &h, c, n);
		if (!err)
			keep_head(s, l, &h, named, p->region);
		head_clear(&h);
	}
	if (!err && !l->frozen)
		take_cosigs(s, l, n, c);
	return err;
}

static bool is_known_text(const struct sync_log *l, struct bytes text)
{
	return head_has_text(&l->head, text) || head_has_text(&l->named, text) ||
	       head_has_text(&l->target, text);
}

/* The log's signature was checked before when text and signature are those we keep: with another
 * signature below a known text the note would be stored and passed on. */
static bool is_known_note(const struct sync *s, const struct sync_log *l, const struct note *n)
{
	const struct head *const known[] = {&l->head, &l->named, &l->target};
	struct buf note = {0};
	bool same = false;

	if (!is_known_text(l, n->text))
		return false;
	heads_put_log_note(s, n, bytes_of(l->origin), &note);
	for (size_t i = 0; i < 3 && !same && !note.failed; i++)
		same = known[i]->size && bytes_eq(buf_bytes(&known[i]->note), buf_bytes(&note));
	buf_fini(&note);
	return same;
}

static void note_size(struct sync *s, struct sync_peer *p, struct sync_log *l, uint64_t size)
{
	struct peer_log *pl = sync_peer_log(s, p, l);

	size = size < sync_end_of(l) ? size : sync_end_of(l);
	pl->head_size = size > pl->head_size ? size : pl->head_size;
}

static void closed_shown(struct sync *s, struct sync_log *l, const struct note *n, const struct checkpoint *c)
{
	if (l->ended && c->size <= l->end_size && check_below(s, l, n, c))
		return;
	closed_head_shown(s, l, n, c);
	if (l->ended && c->size == l->end_size && l->head.note.n)
		take_cosigs(s, l, n, c);
}

/* A key that is not valid here may be so by the peer's roster, which is another one: what it signed is
 * left alone, and nobody is at fault. */
bool heads_judge_by_another_roster(const struct sync *s, const struct sync_peer *p, int err)
{
	return (err == IMS_E_NO_KEY || err == IMS_E_RANGE) && p->roster_version != s->roster->version;
}

int heads_take(struct sync *s, struct sync_peer *p, const struct msg_head *h, struct checkpoint *ret)
{
	struct note n;
	struct checkpoint c;
	struct sync_log *l;
	int err = note_parse(h->note, &n);

	if (!err)
		err = checkpoint_parse(n.text, &c);
	if (err)
		return err;
	l = sync_find(s, c.origin);
	if (!l) /* a log of a roster version that one of us lacks */
		return ret ? IMS_E_ORIGIN : 0;
	if (!is_known_note(s, l, &n)) {
		err = roster_verify_checkpoint(s->roster, h->note, &n, &c);
		if (err) /* the own log's next incarnation has no key in a roster that has not opened it */
			return err == IMS_E_ORIGIN ? IMS_E_NO_KEY : err;
	}
	if (ret)
		*ret = c;
	if (!h->unreached)
		note_size(s, p, l, c.size);
	if (l->closed) {
		closed_shown(s, l, &n, &c);
		return 0;
	}
	if (l->frozen && !l->own)
		return 0;
	note_lacks(s, l, p, &n, &c);
	if (l->own)
		own_head_shown(s, l, p->region, &n, &c);
	if (l->own && !l->recovering)
		return own_head_judged(s, l, p, &n, &c);
	return other_head_shown(s, l, p, &n, &c, h->named);
}

static struct sync_peer *origin_of(const struct sync *s, const struct sync_log *l)
{
	struct sync_peer *p = s->peers;

	while (p && !(p->ready && strcmp(p->region, l->region) == 0))
		p = p->next;
	return p;
}

static void tell_head(struct sync *s, struct sync_peer *p, const struct head *head, bool named,
		      bool unreached)
{
	struct buf note = {0};
	struct msg_head h = {.named = named, .unreached = unreached};
	struct msg m = {.type = MSG_HEADS, .u.heads = {&h, 1}};

	head_put_note(head, &note);
	h.note = buf_bytes(&note);
	if (!note.failed && note.n)
		sync_send(s, p, &m);
	buf_fini(&note);
}

/* Has another peer shown one since my hello? Its origin, which shows less, may have lost it, and sign another
 * of that size (inv. 5). */
static bool origin_lacks_target(const struct sync *s, const struct sync_log *l, struct sync_peer *origin)
{
	return !l->frozen && !l->closed && l->target.size > l->stored && l->target.size > l->told_unreached &&
	       sync_peer_log(s, origin, l)->head_size < l->target.size;
}

void heads_tell_origin(struct sync *s, struct sync_log *l)
{
	struct sync_peer *p = l->own ? NULL : origin_of(s, l);

	if (!p)
		return;
	if ((l->told_unreached && l->head.size >= l->told_unreached) || (l->told_nothing && l->head.size)) {
		l->told_unreached = 0;
		l->told_nothing = false;
		tell_head(s, p, &l->head, l->named.size == l->head.size, false);
	}
	if (origin_lacks_target(s, l, p)) {
		l->told_unreached = l->target.size;
		tell_head(s, p, &l->target, l->target_named, true);
	}
}

void heads_reached(struct sync *s, struct sync_log *l, const struct sync_batch *b)
{
	struct note n;
	struct checkpoint c;
	bool fresh = l->head.size != b->head_size;
	bool named_since = l->target.size == b->head_size && l->target_named && !b->named;
	struct head met = {0};

	if (!b->note.n || b->head_size != l->stored || note_parse(b->note, &n) ||
	    checkpoint_parse(n.text, &c))
		return;
	if (l->target.size == b->head_size)
		head_copy(&met, &l->target);
	if (fresh && head_set(s, &l->head, &c, &n))
		return;
	if (b->named && l->named.size != b->head_size) {
		head_copy(&l->named, &l->head);
		l->gossip_due = true;
	}
	if (l->target.size <= l->stored)
		head_clear(&l->target);
	for (size_t i = 0; i < met.n_cosigs; i++)
		keep_cosig(s, l, c.size, met.cosigs[i].region, met.cosigs[i].time_s,
			   buf_bytes(&met.cosigs[i].line));
	head_clear(&met);
	if (named_since) /* while it was on its way to the store */
		heads_store(s, l, &l->head, true, b->peer);
	if (fresh) {
		heads_tell_origin(s, l);
		serve_advanced(s, l);
	}
}

void heads_gossip(struct sync *s, struct sync_log *l)
{
	struct buf note = {0};
	bool left = false;

	if (!l->named.note.n) { /* of a closed log */
		l->gossip_due = false;
		return;
	}
	head_put_note(&l->named, &note);
	for (struct sync_peer *p = s->peers; p && !note.failed; p = p->next) {
		struct peer_log *pl = sync_peer_log(s, p, l);
		struct msg_head h = {buf_bytes(&note), true, false};
		struct msg m = {.type = MSG_HEADS, .u.heads = {&h, 1}};

		if (!p->ready || (pl->told_size == l->named.size && pl->told_cosigs == l->named.n_cosigs))
			continue;
		if (p->blocked) {
			left = true;
			continue;
		}
		pl->told_size = l->named.size;
		pl->told_cosigs = l->named.n_cosigs;
		sync_send(s, p, &m);
	}
	buf_fini(&note);
	l->gossip_due = left;
}

int heads_on_cosign(struct sync *s, struct sync_peer *p, const struct msg_cosign *m)
{
	struct note n;
	struct checkpoint c;
	struct sync_log *l;
	int err = note_parse(m->note, &n);

	if (!err)
		err = checkpoint_parse(n.text, &c);
	if (err)
		return err;
	l = sync_find(s, c.origin);
	if (l && l->own && !is_known_text(l, n.text))
		acks_take_late(s, l, &n, &c);
	if (!l || !is_known_text(l, n.text))
		return 0; /* of a head that is gone: late, and harmless */
	note_size(s, p, l, c.size);
	take_cosigs(s, l, &n, &c);
	return 0;
}
