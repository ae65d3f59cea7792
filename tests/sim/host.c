/* SPDX-License-Identifier: Apache-2.0 */
/* One node: start, crash, and what its loop and its writer hand each other. */
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/mem.h"
#include "ledger/ledger.h"
#include "sim/ring_fake.h"
#include "sim/sim.h"
#include "sim/store_fake.h"
#include "store/key.h"

#define WALL_START_MS 1790000000000
#define EXTRA_TABLES 48

/* ---- what the writer says: it waits until the loop has its turn */
static struct news *news_add(struct host *h, enum news_type type)
{
	struct news *n = mem_new(struct news);

	n->type = type;
	*h->news_end = n;
	h->news_end = &n->next;
	h->n_news++;
	return n;
}

static void writer_complete(void *ctx, struct commit_job *job)
{
	struct host *h = ctx;

	if (!h->fatal) /* the process would have ended before */
		oracle_completed(h, job);
	news_add(h, NEWS_COMPLETE)->job = job;
}

static void writer_published(void *ctx, struct commit_group *g)
{
	struct host *h = ctx;

	oracle_published(h, g);
	news_add(h, NEWS_PUBLISHED)->group = g;
}

static void writer_committed(void *ctx, uint64_t own_size)
{
	news_add(ctx, NEWS_COMMITTED)->size = own_size;
}

static void writer_state(void *ctx, enum commit_state state, const char *reason)
{
	struct host *h = ctx;

	sim_trace(h->sim, "%s state %d %s", h->who->code, state, reason);
	if (state == COMMIT_ROLLED_BACK)
		sim_fail(h->sim, "section 6", "%s thinks that it is rolled back: %s", h->who->code, reason);
	news_add(h, NEWS_STATE)->state = state;
}

static void writer_fatal(void *ctx, int err, const char *why)
{
	struct host *h = ctx;

	sim_trace(h->sim, "%s fatal %s: %s", h->who->code, ims_error(err)->name, why);
	if (err != IMS_E_IO)
		sim_fail(h->sim, "inv. 12", "%s: %s (%s)", h->who->code, why, ims_error(err)->name);
	h->fatal = true;
}

static struct wall host_wall(void *ctx)
{
	const struct host *h = ctx;

	return (struct wall){WALL_START_MS + h->sim->now.ns / 1000000 + h->wall_offset_ms};
}

static struct mono host_mono(void *ctx)
{
	const struct host *h = ctx;

	return h->sim->now;
}

static void host_random(void *ctx, void *p, size_t n)
{
	struct host *h = ctx;

	for (size_t i = 0; i < n; i++)
		((uint8_t *)p)[i] = (uint8_t)(rng_next(&h->sim->rng) >> 24);
}

/* ---- what the bridge asks */
void host_submit(struct host *h, struct commit_job *job)
{
	job->next = NULL;
	if (h->dying) {
		job->err = IMS_E_STOPPING;
		job->done(job);
		return;
	}
	*h->queue_end = job;
	h->queue_end = &job->next;
	h->n_queue++;
}

static void bridge_submit(void *ctx, struct commit_job *job)
{
	host_submit(ctx, job);
}

static int bridge_send(void *ctx, void *session, const struct msg *m)
{
	struct host *h = ctx;

	return h->dying ? IMS_E_CLOSED : link_send(h->sim, session, m);
}

/* Whoever is accused and is no liar is not guilty. */
static void bridge_misbehaved(void *ctx, void *session, const char *origin, int err, const char *text)
{
	struct host *h = ctx;
	struct link_side *side = session;

	side->link->doomed = true;
	if (!liar_is(link_other_side(side)->host))
		sim_fail(h->sim, "inv. 12", "%s accuses an honest peer: %s %s (%s)", h->who->code, origin,
			 text, ims_error(err)->name);
}

static void bridge_roster_behind(void *ctx, void *session, uint64_t their_version)
{
	struct host *h = ctx;
	struct msg m = {.type = MSG_ROSTER_FETCH, .u.roster_fetch = {h->roster->version + 1}};

	(void)their_version;
	link_send(h->sim, session, &m);
}

static void bridge_cosigned(void *ctx)
{
	(void)ctx;
}

static void bridge_alarm(void *ctx, const char *origin, int err, const char *text)
{
	struct host *h = ctx;

	sim_fail(h->sim, "inv. 5", "%s alarmed about %s: %s (%s)", h->who->code, origin, text,
		 ims_error(err)->name);
}

/* ---- the roster */
static void roster_stored(struct commit_job *job)
{
	struct host *h = job->ctx;

	if (!job->err) {
		roster_unref(h->roster);
		h->roster = roster_ref(h->sim->fed->roster[1]);
		sync_set_roster(bridge_sync(h->bridge), h->roster);
		link_tell_roster(h);
	} else if (!h->dying) {
		h->offered = h->roster->version;
	}
	commit_job_free(job);
}

void host_offer_roster(struct host *h)
{
	const struct roster *r = h->sim->fed->roster[1];
	struct commit_job *job;

	if (h->sim->fed->n_rosters < 2 || h->offered == r->version)
		return;
	h->offered = r->version;
	job = commit_job_new(COMMIT_ROSTER);
	buf_put(&job->u.roster, BYTES(r->note, r->note_bytes));
	job->done = roster_stored;
	job->ctx = h;
	host_submit(h, job);
}

/* The version that the store holds, as the daemon finds it at start. */
static void find_roster(struct host *h)
{
	const struct federation *f = h->sim->fed;
	struct store_txn *t;
	struct store_key k;
	struct bytes note;
	unsigned last = 0;

	if (store_begin_read(h->store, &t) == 0) {
		if (f->n_rosters > 1 &&
		    store_get(t, TABLE_ROSTER, store_key(&k, "L", (uint64_t)2), &note) == 0)
			last = 1;
		store_abort(t);
	}
	h->roster = roster_ref(f->roster[last]);
	h->offered = h->roster->version;
}

/* ---- life */
void host_init(struct sim *s, unsigned number)
{
	struct host *h = &s->host[number];

	h->sim = s;
	h->number = number;
	h->who = &s->fed->member[number];
	h->queue_end = &h->queue;
	h->news_end = &h->news;
	h->wall_offset_ms = rng_below(&s->rng, 4000);
	snprintf(h->dir, sizeof(h->dir), "db-%u", number);
	snprintf(h->path, sizeof(h->path), "ring-%u", number);
}

static int open_disks(struct host *h, struct errtext *e)
{
	uint8_t instance[RING_INSTANCE_BYTES];
	struct store_opts so = {.dir = h->dir,
				.tables = ledger_tables,
				.n_tables = TABLE_COUNT,
				.max_extra_tables = EXTRA_TABLES,
				.map_bytes = 1u << 20,
				.map_max_bytes = 1u << 30};
	struct ring_opts ro = {
		.path = h->path, .size_bytes = h->sim->p.ring_bytes, .instance = instance, .create = true};
	int err = store_open(&so, &h->store, e);

	host_random(h, instance, sizeof(instance));
	return err ? err : ring_open(&ro, &h->ring, e);
}

static int open_node(struct host *h, struct errtext *e)
{
	const struct profile *p = &h->sim->p;
	struct commit_opts co = {
		.store = h->store,
		.ring = h->ring,
		.federation = SIM_FEDERATION,
		.region = h->who->code,
		.origin = h->who->origin,
		.log_signer = &h->who->log,
		.cosigner = &h->who->cosigner,
		.roster = h->sim->fed->roster[0],
		.quiet_ms = p->quiet_ms,
		.head_interval_ms = p->head_interval_ms,
		.dirty_max_bytes = 256u << 10,
		.map_low_percent = 90,
		.ops = {writer_complete, writer_published, writer_committed, writer_state, writer_fatal,
			host_wall, host_mono, host_random, h},
	};
	struct bridge_opts bo = {
		.store = h->store,
		.own_region = h->who->code,
		.own_origin = h->who->origin,
		.software = "sim",
		.window_bytes = p->window_bytes,
		.ops = {bridge_submit, bridge_send, bridge_misbehaved, bridge_roster_behind, bridge_cosigned,
			bridge_alarm, host_mono, host_wall, h},
	};
	int err = commit_open(&co, &h->commit, e);

	if (err)
		return err;
	memcpy(bo.instance, ring_instance(h->ring), sizeof(bo.instance));
	find_roster(h);
	return bridge_new(&bo, h->roster, &h->bridge);
}

/* Nothing of what waits will happen; whoever asked is told so, to free what is its own. */
static void drop_work(struct host *h)
{
	struct commit_job *job;
	struct news *n;

	while ((job = h->queue)) {
		h->queue = job->next;
		job->err = IMS_E_STOPPING;
		job->done(job);
	}
	while ((n = h->news)) {
		h->news = n->next;
		if (n->job) {
			n->job->err = IMS_E_STOPPING;
			n->job->done(n->job);
		}
		commit_group_unref(n->group);
		free(n);
	}
	h->queue_end = &h->queue;
	h->news_end = &h->news;
	h->n_queue = h->n_news = 0;
}

void host_crash(struct host *h)
{
	h->dying = true;
	link_break_all_of(h);
	if (h->store)
		store_fake_crash(h->store);
	if (h->ring)
		ring_fake_crash(h->ring);
	drop_work(h);
	bridge_free(h->bridge);
	/* Its last commit fails on the crashed store: this frees memory and does no more. */
	if (h->commit && commit_close(h->commit) == 0)
		sim_trace(h->sim, "%s had nothing uncommitted", h->who->code);
	ring_close(h->ring);
	store_close(h->store);
	roster_unref(h->roster);
	h->bridge = NULL;
	h->commit = NULL;
	h->ring = NULL;
	h->store = NULL;
	h->roster = NULL;
	h->up = h->dying = h->fatal = false;
}

void host_start(struct host *h)
{
	struct errtext e = {""};
	int err = open_disks(h, &e);

	if (!err)
		err = open_node(h, &e);
	sim_trace(h->sim, "%s starts: %s", h->who->code, err ? ims_error(err)->name : "ok");
	if (err) {
		if (err != IMS_E_IO && err != IMS_E_NO_SPACE && err != IMS_E_MAP_FULL)
			sim_fail(h->sim, "section 6", "%s does not start: %s (%s)", h->who->code,
				 ims_error(err)->name, e.text);
		host_crash(h);
		return;
	}
	h->up = true;
	h->lives++;
	h->state = COMMIT_READY;
	oracle_started(h);
	if (h->mischief_at)
		oracle_expect_nonsense(h, h->mischief_at - 1);
	h->mischief_at = 0;
	if (h->sim->fed->late && h->number == h->sim->fed->n - 1 && h->roster->version == 1 &&
	    rng_percent(&h->sim->rng, 50))
		host_offer_roster(h); /* else its peers tell it */
}

/* ---- turns */
void host_run_writer(struct host *h, size_t max)
{
	size_t n = max < h->n_queue ? max : h->n_queue;
	struct commit_job **jobs = mem_zalloc((n + 1) * sizeof(struct commit_job *));

	for (size_t i = 0; i < n; i++) {
		jobs[i] = h->queue;
		h->queue = jobs[i]->next;
		h->n_queue--;
	}
	if (!h->queue)
		h->queue_end = &h->queue;
	sim_trace(h->sim, "%s writer %zu of %zu", h->who->code, n, n + h->n_queue);
	commit_run(h->commit, jobs, n);
	free(jobs);
	if (h->fatal)
		host_crash(h);
}

void host_tick_writer(struct host *h)
{
	sim_trace(h->sim, "%s writer ticks", h->who->code);
	commit_tick(h->commit);
	if (h->fatal)
		host_crash(h);
}

void host_run_loop(struct host *h, size_t max)
{
	sim_trace(h->sim, "%s loop %zu of %zu", h->who->code, max < h->n_news ? max : h->n_news, h->n_news);
	for (; max && h->news; max--) {
		struct news *n = h->news;

		h->news = n->next;
		if (!h->news)
			h->news_end = &h->news;
		h->n_news--;
		switch (n->type) {
		case NEWS_COMPLETE:
			n->job->done(n->job);
			break;
		case NEWS_PUBLISHED:
			bridge_published(h->bridge, n->group);
			break;
		case NEWS_COMMITTED:
			bridge_committed(h->bridge, n->size);
			break;
		case NEWS_STATE:
			h->state = n->state;
			break;
		}
		free(n);
	}
}

void host_tick_loop(struct host *h)
{
	sim_trace(h->sim, "%s loop ticks", h->who->code);
	bridge_tick(h->bridge, h->sim->now);
}
