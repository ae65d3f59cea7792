/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes of documents: a few at a time, each piece by piece of one peer that may have them, until they are
 * whole and their hash is right (S8). What the store has of one stays when its peer goes: another goes on
 * from there. The logs take turns: what nobody gives delays the documents of its own log alone.
 *
 *   free ── blobs_wanted(), a peer ──> asked ── a piece ──> storing ── more to come ──> asked …
 *     ↑        none, too late, gone ─────┘                    └── whole, wrong, refused ──> free
 */
#include "base/mem.h"
#include "replication/sync_int.h"

#define TRIED_MAX 16	 /* wanted ones looked at in one go, */
#define QUESTIONS_MAX 64 /* and about so often for whom they are */

/* ---- asking */
static struct blob_pull *pull_of(struct sync *s, const struct sync_log *l, const struct hash *sha256)
{
	for (size_t i = 0; i < SYNC_BLOBS_IN_FLIGHT; i++)
		if (s->blobs.of[i].used && s->blobs.of[i].log == l &&
		    hash_eq(&s->blobs.of[i].sha256, sha256))
			return &s->blobs.of[i];
	return NULL;
}

static struct blob_pull *free_pull(struct sync *s)
{
	for (size_t i = 0; i < SYNC_BLOBS_IN_FLIGHT; i++)
		if (!s->blobs.of[i].used)
			return &s->blobs.of[i];
	return NULL;
}

static bool is_busy(const struct sync *s, const struct sync_peer *p)
{
	for (size_t i = 0; i < SYNC_BLOBS_IN_FLIGHT; i++)
		if (s->blobs.of[i].used && s->blobs.of[i].peer == p)
			return true;
	return false;
}

/* Who is outside the audience is not asked: it would learn of the hash. */
static bool may_be_asked(struct sync *s, const struct sync_peer *p, const struct sync_log *l,
			 const struct sync_blob *w)
{
	if (!p->ready || p->blocked || is_busy(s, p) || distrust_holds(s->blobs.distrusted, p->region, s->now))
		return false;
	s->blobs.n_questions++;
	return s->o.ops.blob_is_for(s->o.ops.ctx, l->origin, &w->sha256, p->region);
}

/* The home every other time, else one after the other. */
static struct sync_peer *next_holder(struct sync *s, const struct sync_log *l, const struct sync_blob *w)
{
	struct sync_peer *may[ROSTER_REGIONS_MAX];
	size_t n = 0;

	for (struct sync_peer *p = s->peers; p && n < ROSTER_REGIONS_MAX; p = p->next)
		if (may_be_asked(s, p, l, w))
			may[n++] = p;
	s->blobs.turn++;
	for (size_t i = 0; s->blobs.turn % 2 && i < n; i++)
		if (strcmp(may[i]->region, l->region) == 0)
			return may[i];
	return n ? may[s->blobs.turn / 2 % n] : NULL;
}

static void ask(struct sync *s, struct blob_pull *b)
{
	struct msg m = {.type = MSG_BLOB_FETCH};

	b->id = ++s->next_id;
	b->until = mono_plus_ms(s->now, SYNC_FETCH_TIMEOUT_MS);
	m.u.blob_fetch = (struct msg_blob_fetch){b->id, bytes_of(b->log->origin), b->sha256, b->offset,
						   SYNC_BLOB_BYTES};
	sync_send(s, b->peer, &m);
}

static void try_one(struct sync *s, struct sync_log *l, const struct sync_blob *w)
{
	struct blob_pull *b = free_pull(s);
	struct sync_peer *p;

	if (w->no_room || pull_of(s, l, &w->sha256))
		return;
	p = next_holder(s, l, w);
	if (!p)
		return;
	*b = (struct blob_pull){.used = true, .sha256 = w->sha256, .log = l, .peer = p, .most = w->bytes};
	memcpy(b->region, p->region, sizeof(b->region));
	b->offset = w->pure && strcmp(w->from, p->region) != 0 ? 0 : w->have;
	ask(s, b);
}

/* Of one log, on from where it stopped the last time. How many were looked at. */
static size_t try_log(struct sync *s, struct sync_log *l, size_t max)
{
	struct sync_blob w[TRIED_MAX];
	size_t n, i;

	if (quota_over(s, l) != SYNC_WITHIN)
		return 0;
	n = s->o.ops.blobs_wanted(s->o.ops.ctx, l->origin, l->blobs_go_on ? &l->blob_after : NULL, w, max);
	for (i = 0; i < n && free_pull(s) && s->blobs.n_questions < QUESTIONS_MAX; i++) {
		try_one(s, l, &w[i]);
		l->blob_after = w[i].sha256;
	}
	l->blobs_go_on = i > 0 ? n == max || i < n : l->blobs_go_on && n > 0;
	return i;
}

/* One log after the other; after the last document of all, a rest. */
static void try_some(struct sync *s)
{
	size_t left = TRIED_MAX, n = 0;
	bool more = false;

	s->blobs.n_questions = 0;
	for (; n < s->n_logs && left && free_pull(s) && s->blobs.n_questions < QUESTIONS_MAX; n++)
		left -= try_log(s, s->logs[s->blobs.log_turn++ % s->n_logs], left);
	for (size_t i = 0; i < s->n_logs; i++)
		more |= s->logs[i]->blobs_go_on;
	s->blobs.at = mono_plus_ms(s->now, more || n < s->n_logs ? SYNC_BLOB_PAUSE_MS : SYNC_WANT_MS);
}

void blobs_tick(struct sync *s)
{
	if (!s->o.ops.blobs_wanted)
		return;
	for (size_t i = 0; i < SYNC_BLOBS_IN_FLIGHT; i++) {
		struct blob_pull *b = &s->blobs.of[i];

		if (b->used && !b->storing && s->now.ns > b->until.ns) {
			distrust_note(s->blobs.distrusted, b->region, s->now);
			b->used = false;
		}
	}
	if (s->now.ns >= s->blobs.at.ns && free_pull(s))
		try_some(s);
}

void blobs_forget_peer(struct sync *s, struct sync_peer *p)
{
	for (size_t i = 0; i < SYNC_BLOBS_IN_FLIGHT; i++)
		if (s->blobs.of[i].used && s->blobs.of[i].peer == p) {
			s->blobs.of[i].peer = NULL;
			s->blobs.of[i].used = s->blobs.of[i].storing;
		}
}

/* ---- what comes */
static void store(struct sync *s, struct blob_pull *b, const struct msg_blobs *m)
{
	struct sync_batch *to = mem_new(struct sync_batch);

	to->type = SYNC_BLOB;
	arena_init(&to->arena, 2 * SYNC_BLOB_BYTES);
	to->origin = b->log->origin;
	to->peer = arena_text(&to->arena, bytes_of(b->region));
	to->wire_bytes = m->data.n;
	to->piece = (struct sync_piece){.sha256 = b->sha256,
					.offset = b->offset,
					.total = m->bytes,
					.data = arena_dup(&to->arena, m->data)};
	if (arena_failed(&to->arena)) {
		sync_batch_free(to);
		b->used = false;
		return;
	}
	b->storing = true;
	quota_take(b->log, 0, m->data.n);
	s->o.ops.store(s->o.ops.ctx, to);
}

/* What was asked for, no more, and something of it. */
static bool is_answer(const struct blob_pull *b, const struct msg_blobs *m)
{
	return hash_eq(&m->sha256, &b->sha256) && m->offset == b->offset && m->data.n > 0 &&
	       m->data.n <= SYNC_BLOB_BYTES && (b->total == 0 || m->bytes == b->total) &&
	       (m->data.n % SYNC_BLOB_PART_BYTES == 0 || m->offset + m->data.n == m->bytes);
}

int blobs_on_blobs(struct sync *s, struct sync_peer *p, const struct msg_blobs *m, struct errtext *why)
{
	struct blob_pull *b = NULL;

	for (size_t i = 0; i < SYNC_BLOBS_IN_FLIGHT; i++)
		if (s->blobs.of[i].used && !s->blobs.of[i].storing && s->blobs.of[i].peer == p &&
		    s->blobs.of[i].id == m->id)
			b = &s->blobs.of[i];
	if (!b || !m->id)
		return 0; /* an answer to what is no longer asked */
	if (!m->here) {
		b->used = false;
		return 0;
	}
	if (!is_answer(b, m)) {
		distrust_note(s->blobs.distrusted, p->region, s->now);
		b->used = false;
		return errtext_set(why, IMS_E_INVALID, "bytes of a document that were not asked for");
	}
	if (m->bytes > b->most) { /* its documents say less: it, or they, are wrong */
		distrust_note(s->blobs.distrusted, p->region, s->now);
		b->used = false;
		return 0;
	}
	b->total = m->bytes;
	store(s, b, m);
	return 0;
}

/* Bytes that one peer gave, all of them, and they are not what their name says. */
static void tell_liar(struct sync *s, const char *region, const char *origin)
{
	distrust_note(s->blobs.distrusted, region, s->now);
	for (struct sync_peer *p = s->peers; p; p = p->next)
		if (strcmp(p->region, region) == 0) {
			s->o.ops.misbehaved(s->o.ops.ctx, p->session, origin, IMS_E_HASH,
					    "bytes of a document");
			return;
		}
}

void blobs_stored(struct sync *s, struct sync_batch *batch, int err)
{
	struct sync_log *l = sync_find(s, bytes_of(batch->origin));
	struct blob_pull *b = l ? pull_of(s, l, &batch->piece.sha256) : NULL;
	struct sync_piece piece = batch->piece;
	const char *origin = b ? b->log->origin : "";
	char region[13] = "";

	sync_batch_free(batch);
	if (!b || !b->storing)
		return;
	memcpy(region, b->region, sizeof(region));
	b->storing = false;
	if (!err)
		distrust_end(s->blobs.distrusted, region);
	if (err || piece.whole || !b->peer || b->peer->blocked || piece.have >= b->total ||
	    quota_over(s, b->log) != SYNC_WITHIN) {
		b->used = false;
		if (piece.whole) /* there may be more where it came from */
			s->blobs.at = s->now;
		else if (err && err != IMS_E_HASH) /* no room, or other work */
			s->blobs.at = mono_plus_ms(s->now, SYNC_BLOB_RETRY_MS);
		if (err == IMS_E_HASH && !piece.mixed)
			tell_liar(s, region, origin);
		return;
	}
	b->offset = piece.have;
	ask(s, b);
}

/* ---- what others ask for */
int blobs_on_fetch(struct sync *s, struct sync_peer *p, const struct msg_blob_fetch *f)
{
	size_t most = f->budget_bytes < SYNC_BLOB_BYTES ? f->budget_bytes : SYNC_BLOB_BYTES;
	struct msg m = {.type = MSG_BLOBS};
	struct sync_log *l = sync_find(s, f->origin);
	struct msg_blobs *b = &m.u.blobs;
	struct arena a;

	if (p->blocked || !s->o.ops.blob_read) /* it has not read what was sent: it may ask again */
		return 0;
	arena_init(&a, 2 * SYNC_BLOB_BYTES + (2u << 20));
	*b = (struct msg_blobs){.id = f->id, .sha256 = f->sha256, .offset = f->offset};
	b->here = l && s->o.ops.blob_read(s->o.ops.ctx, l->origin, &f->sha256, f->offset, most, p->region, &a,
					  &b->bytes, &b->data) == 0;
	if (!b->here)
		b->data = BYTES_NONE;
	sync_send(s, p, &m);
	arena_fini(&a);
	return 0;
}
