/* SPDX-License-Identifier: Apache-2.0 */
/* Logs, peers, hellos, and what the store reports. */
#include "replication/conflict.h"
#include "replication/sync.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/mem.h"
#include "replication/own.h"

struct sync_log *sync_find(const struct sync *s, struct bytes origin)
{
	for (size_t i = 0; i < s->n_logs; i++)
		if (bytes_eq_text(origin, s->logs[i]->origin))
			return s->logs[i];
	return NULL;
}

size_t sync_index(const struct sync *s, const struct sync_log *l)
{
	size_t i = 0;

	while (i < s->n_logs && s->logs[i] != l)
		i++;
	CHECK(i < s->n_logs);
	return i;
}

int sync_node(void *log_nodes, unsigned level, uint64_t index, struct hash *ret)
{
	struct log_nodes *n = log_nodes;

	if (tile_edge_node(n->log->edge, level, index, ret) == 0)
		return 0;
	return n->s->o.ops.node(n->s->o.ops.ctx, n->log->origin, level, index, ret);
}

int sync_root_at(const struct sync *s, struct sync_log *l, uint64_t size, struct hash *ret)
{
	struct log_nodes n = {s, l};

	if (size > l->edge->size)
		return IMS_E_RANGE;
	if (size == l->edge->size) {
		tile_edge_root(l->edge, ret);
		return 0;
	}
	return merkle_subtree_root(sync_node, &n, 0, size, ret);
}

static struct sync_log *add_log(struct sync *s, const char *origin, const char *region)
{
	struct sync_log *l = sync_find(s, bytes_of(origin));

	if (l || s->n_logs == SYNC_LOGS_MAX)
		return l;
	l = mem_new(struct sync_log);
	l->origin = mem_strdup(origin);
	snprintf(l->region, sizeof(l->region), "%s", region);
	l->own = strcmp(origin, s->o.own_origin) == 0;
	l->edge = mem_new(struct tile_edge);
	tile_edge_init(l->edge);
	quota_start(s, l);
	s->logs[s->n_logs++] = l;
	return l;
}

void sync_set_roster(struct sync *s, const struct roster *r)
{
	const struct roster *old = s->roster;

	s->roster = roster_ref(r);
	roster_unref(old);
	for (size_t i = 0; i < r->n_regions; i++)
		for (size_t k = 0; k < r->regions[i].n_incarnations; k++) {
			const struct roster_incarnation *inc = &r->regions[i].incarnations[k];
			struct sync_log *l;
			char origin[192];

			snprintf(origin, sizeof(origin), "%s/%s/%llu", r->federation, r->regions[i].code,
				 (unsigned long long)inc->number);
			l = add_log(s, origin, r->regions[i].code);
			if (l)
				closed_set(s, l, inc);
		}
	own_judge_again(s);
}

struct sync *sync_new(const struct sync_opts *o, const struct roster *r, struct mono now)
{
	struct sync *s = mem_new(struct sync);

	s->magic = SYNC_MAGIC;
	s->o = *o;
	s->now = now;
	s->next_id = (uint64_t)(now.ns / 1000); /* an answer to the life before is none to this one */
	/* Also while the roster does not name it: the writer learns of a new roster before the loop
	 * does, and what it then publishes is counted from the start. */
	add_log(s, o->own_origin, o->own_region);
	sync_set_roster(s, r);
	return s;
}

static void log_free(struct sync_log *l)
{
	head_clear(&l->head);
	head_clear(&l->named);
	head_clear(&l->target);
	head_clear(&l->shown);
	conflict_fini(l);
	free(l->edge);
	free(l->origin);
	free(l);
}

void sync_free(struct sync *s)
{
	if (!s)
		return;
	while (s->peers)
		sync_peer_down(s, s->peers);
	for (size_t i = 0; i < s->n_logs; i++)
		log_free(s->logs[i]);
	roster_unref(s->roster);
	s->magic = 0;
	free(s);
}

static void start_head(struct head *h, struct bytes note)
{
	struct note n;
	struct checkpoint c;

	if (note.n && note_parse(note, &n) == 0 && checkpoint_parse(n.text, &c) == 0 &&
	    head_set_kept(h, &c, &n))
		head_clear(h);
}

/* One that was shown since may be larger. */
static void start_target(struct sync_log *l, struct bytes note, bool named)
{
	struct head stored = {0};

	start_head(&stored, note);
	l->target_kept = stored.size;
	if (stored.size > l->target.size) {
		head_copy(&l->target, &stored);
		l->target_named = named;
	}
	if (l->closed || l->target.size <= l->stored)
		head_clear(&l->target);
	head_clear(&stored);
}

int sync_start_log(struct sync *s, const struct sync_start *st)
{
	struct sync_log *l = sync_find(s, bytes_of(st->origin));
	int err;

	if (!l)
		return 0; /* a log that the roster no longer names: kept, not replicated */
	err = s->o.ops.edge(s->o.ops.ctx, l->origin, l->edge);
	if (err)
		return err;
	l->stored = l->edge->size;
	l->frozen = st->frozen;
	l->quota.disk_bytes = l->own ? 0 : st->disk_bytes;
	l->wants = true;
	start_head(&l->head, st->head_note);
	start_head(&l->named, st->named_note);
	start_target(l, st->target_note, st->target_named);
	l->gossip_due = l->named.size > 0;
	if (l->frozen)
		conflict_start(s, l, &st->evidence);
	closed_settle(s, l);
	return 0;
}

void sync_start_cosignature(struct sync *s, const char *origin, uint64_t size, const char *region,
			    uint64_t time_s, struct bytes line)
{
	struct sync_log *l = sync_find(s, bytes_of(origin));

	if (!l || strlen(region) > 12)
		return;
	if (l->own)
		acks_note(s, region, size);
	if (l->head.size == size)
		head_add_cosig(&l->head, region, time_s, line);
	if (l->named.size == size)
		head_add_cosig(&l->named, region, time_s, line);
	acks_note_quorum(s, l, l->named.size == size ? &l->named : &l->head);
}

/* ---- peers */
struct sync_peer *sync_peer_up(struct sync *s, void *session, const char *region, struct mono now)
{
	struct sync_peer *p = mem_new(struct sync_peer);

	s->now = now;
	p->session = session;
	snprintf(p->region, sizeof(p->region), "%s", region);
	p->next = s->peers;
	s->peers = p;
	return p;
}

void sync_peer_down(struct sync *s, struct sync_peer *p)
{
	struct sync_peer **at = &s->peers;

	while (*at && *at != p)
		at = &(*at)->next;
	CHECK(*at == p);
	*at = p->next;
	p->ready = false;
	for (size_t i = 0; i < s->n_logs; i++)
		pull_forget_peer(s, s->logs[i], p);
	blobs_forget_peer(s, p);
	for (size_t i = 0; i < p->n_unjudged; i++)
		buf_fini(&p->unjudged[i]);
	free(p);
}

void sync_send(struct sync *s, struct sync_peer *p, const struct msg *m)
{
	int err = s->o.ops.send(s->o.ops.ctx, p->session, m);

	if (err == IMS_E_AGAIN || err == IMS_E_SLOW)
		p->blocked = true;
}

void sync_peer_drained(struct sync *s, struct sync_peer *p)
{
	p->blocked = false;
	serve_pump(s, p);
}

void sync_peer_roster(struct sync *s, struct sync_peer *p, uint64_t version)
{
	OBJ_CHECK(s, SYNC_MAGIC);
	if (version <= p->roster_version)
		return;
	p->roster_version = version;
	for (size_t i = 0; i < s->n_logs; i++) { /* heads it could not judge by the one before: once more */
		sync_peer_log(s, p, s->logs[i])->told_size = 0;
		s->logs[i]->gossip_due |= s->logs[i]->named.size > 0;
	}
}

static int on_heads(struct sync *s, struct sync_peer *p, const struct msg_heads *m)
{
	int err = m->n_heads > SYNC_HEADS_MAX ? IMS_E_TOO_MANY : 0;

	for (size_t i = 0; i < m->n_heads && !err; i++) {
		err = heads_take(s, p, &m->heads[i], NULL);
		if (heads_judge_by_another_roster(s, p, err)) {
			own_put_off(s, p, &m->heads[i]);
			err = 0;
		}
	}
	for (size_t i = 0; i < s->n_logs; i++)
		pull_tick(s, s->logs[i]);
	return err;
}

int sync_on_message(struct sync *s, struct sync_peer *p, const struct msg *m, struct mono now,
		    struct errtext *why)
{
	OBJ_CHECK(s, SYNC_MAGIC);
	s->now = now;
	switch (m->type) {
	case MSG_HEADS:
		return on_heads(s, p, &m->u.heads);
	case MSG_FETCH:
		return serve_on_fetch(s, p, &m->u.fetch);
	case MSG_ENTRIES:
		return pull_on_entries(s, p, &m->u.entries, why);
	case MSG_WANT:
		return serve_on_want(s, p, &m->u.want);
	case MSG_PAYLOADS:
		return payloads_on_payloads(s, p, &m->u.payloads);
	case MSG_BLOB_FETCH:
		return blobs_on_fetch(s, p, &m->u.blob_fetch);
	case MSG_BLOBS:
		return blobs_on_blobs(s, p, &m->u.blobs, why);
	case MSG_COSIGN:
		return heads_on_cosign(s, p, &m->u.cosign);
	case MSG_EVIDENCE:
		return conflict_on_evidence(s, p, &m->u.evidence, why);
	default:
		return IMS_E_STATE;
	}
}

/* ---- the store's side */
void sync_published(struct sync *s, uint64_t from, const struct hash *leaves, size_t n,
		    struct bytes note_bytes, bool named, struct mono now)
{
	struct sync_log *l = sync_own_log(s);
	struct note nt;
	struct checkpoint c;

	OBJ_CHECK(s, SYNC_MAGIC);
	s->now = now;
	CHECK(n == 0 || from <= l->edge->size);
	/* What sync_restart_own() has read from the store already is passed over. */
	for (size_t i = (size_t)(l->edge->size - from); i < n; i++)
		CHECK(tile_edge_append(l->edge, &leaves[i], NULL, NULL) == 0);
	l->stored = l->edge->size;
	if (n)
		l->news_at = now;
	closed_settle(s, l);
	if (l->closed || !note_bytes.n || note_parse(note_bytes, &nt) || checkpoint_parse(nt.text, &c) ||
	    c.size < l->head.size)
		return;
	if (c.size != l->head.size && head_set_kept(&l->head, &c, &nt))
		return;
	if (named && l->named.size != c.size) {
		head_copy(&l->named, &l->head);
		l->gossip_due = true;
	}
	serve_advanced(s, l);
}

void sync_batch_free(struct sync_batch *b)
{
	if (!b)
		return;
	arena_fini(&b->arena);
	free(b);
}

static void tell_cosignature(struct sync *s, struct sync_log *l, const struct sync_batch *b, uint64_t time_s,
			     struct bytes line)
{
	struct buf note = {0};
	struct msg m = {.type = MSG_COSIGN};

	if (l->head.size == b->head_size)
		head_add_cosig(&l->head, s->o.own_region, time_s, line);
	if (l->named.size == b->head_size)
		head_add_cosig(&l->named, s->o.own_region, time_s, line);
	acks_note_quorum(s, l, l->named.size == b->head_size ? &l->named : &l->head);
	buf_put(&note, b->note);
	buf_put(&note, line);
	m.u.cosign.note = buf_bytes(&note);
	for (struct sync_peer *p = s->peers; p && !note.failed; p = p->next)
		if (p->ready && !p->blocked)
			sync_send(s, p, &m);
	buf_fini(&note);
}

void sync_stored(struct sync *s, struct sync_batch *b, int err, uint64_t time_s, struct bytes own_line,
		 struct mono now)
{
	struct sync_log *l = sync_find(s, bytes_of(b->origin));

	OBJ_CHECK(s, SYNC_MAGIC);
	s->now = now;
	if (b->type == SYNC_BLOB) {
		blobs_stored(s, b, err);
		return;
	}
	if (b->type == SYNC_PACKAGE && l->n_batches) {
		l->n_batches--;
		l->quota.batch_bytes -= b->wire_bytes;
	}
	if (err == IMS_E_STALE && b->type == SYNC_HEAD) {
		/* The log had grown past it on its way: nothing is amiss. */
	} else if (err) {
		/* What was verified but not kept is fetched again; the edge goes back to the store's. */
		pull_reset(s, l);
		l->retry_at = mono_plus_ms(s->now, SYNC_RETRY_MS);
		if (b->type == SYNC_PACKAGE && l->n_batches == 0 &&
		    s->o.ops.edge(s->o.ops.ctx, l->origin, l->edge) == 0)
			l->stored = l->edge->size;
	} else {
		if (b->type == SYNC_PACKAGE)
			l->stored = b->from + b->n;
		if (b->type == SYNC_HEAD && b->head_size > l->stored)
			l->target_kept = b->head_size;
		if (b->type != SYNC_PAYLOADS)
			heads_reached(s, l, b);
		else
			payloads_stored(s, l);
		if (own_line.n)
			tell_cosignature(s, l, b, time_s, own_line);
		closed_settle(s, l);
	}
	sync_batch_free(b);
	pull_kick(s, l);
}

void sync_frozen(struct sync *s, const char *origin)
{
	struct sync_log *l = sync_find(s, bytes_of(origin));

	if (!l || l->closed) /* by what was shown before it was closed */
		return;
	l->frozen = true;
	pull_reset(s, l);
}

void sync_tick(struct sync *s, struct mono now)
{
	OBJ_CHECK(s, SYNC_MAGIC);
	s->now = now;
	for (size_t i = 0; i < s->n_logs; i++) {
		struct sync_log *l = s->logs[i];

		if (l->gossip_due && now.ns >= l->gossip_at.ns) {
			l->gossip_at = mono_plus_ms(now, SYNC_GOSSIP_MS);
			heads_gossip(s, l);
		}
		conflict_tell(s, l);
		closed_settle(s, l); /* nodes may have been on their way to the store */
		heads_tick(s, l);
		own_tick(s, l);
		pull_tick(s, l);
		payloads_tick(s, l);
	}
	blobs_tick(s);
	for (struct sync_peer *p = s->peers; p; p = p->next)
		serve_tick(s, p);
}

/* ---- what it knows */
size_t sync_log_count(const struct sync *s)
{
	return s->n_logs;
}

void sync_log_at(const struct sync *s, size_t i, struct sync_log_info *ret)
{
	const struct sync_log *l = s->logs[i];
	uint64_t known = l->closed ? l->end_size : l->target.size > l->stored ? l->target.size : l->stored;

	*ret = (struct sync_log_info){
		.origin = l->origin,
		.region = l->region,
		.size = l->stored < sync_end_of(l) ? l->stored : sync_end_of(l),
		.head_size = l->head.size,
		.known_size = known,
		.head_root = l->head.root,
		.own = l->own,
		.frozen = l->frozen,
		.closed = l->closed,
		.incomplete = l->closed && !l->ended,
		.over = l->quota.over,
		.n_over = l->quota.n_over,
		.disk_bytes = l->quota.disk_bytes,
	};
	for (size_t k = 0; k < l->head.n_cosigs && k < ROSTER_REGIONS_MAX; k++)
		ret->cosigners[ret->n_cosigners++] = l->head.cosigs[k].region;
}

void sync_peer_lag(const struct sync *s, const struct sync_peer *p, uint64_t *ret_theirs, uint64_t *ret_mine)
{
	*ret_theirs = *ret_mine = 0;
	for (size_t i = 0; i < s->n_logs; i++) {
		const struct sync_log *l = s->logs[i];
		const struct peer_log *pl = &p->logs[i];
		uint64_t theirs = pl->head_size > pl->holds ? pl->head_size : pl->holds, mine = l->stored;

		if (l->closed &&
		    (mine >= l->end_size || theirs <= mine)) /* who lacks some of it fetches it */
			continue;
		*ret_theirs += mine > theirs ? mine - theirs : 0;
		*ret_mine += theirs > mine ? theirs - mine : 0;
	}
}
