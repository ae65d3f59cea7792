/* SPDX-License-Identifier: Apache-2.0 */
/* One node: start, crash, and the turns of its loop and its writer. */
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/mem.h"
#include "ledger/ledger.h"
#include "sim/oracle.h"
#include "sim/ring_fake.h"
#include "sim/link.h"
#include "sim/sim.h"
#include "sim/store_fake.h"

#define EXTRA_TABLES 96
#define WAITING_MAX 20000 /* jobs: a flood that nobody bounded */

/* ---- life */
void host_init(struct sim *s, unsigned number)
{
	struct host *h = &s->host[number];

	h->sim = s;
	h->number = h->log = number;
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
	const unsigned keys = chain_has_new_keys(h);
	struct commit_opts co = {
		.store = h->store,
		.ring = h->ring,
		.federation = SIM_FEDERATION,
		.region = h->who->code,
		.origin = host_origin(h),
		.log_signer = h->log == h->number ? &h->who->log[keys] : &h->who->next_log,
		.cosigner = &h->who->cosigner[keys],
		.roster = h->sim->fed->roster[0],
		.quiet_ms = p->quiet_ms,
		.head_interval_ms = p->head_interval_ms,
		.dirty_max_bytes = 256u << 10,
		.map_low_percent = 90,
	};
	struct bridge_opts bo = {
		.store = h->store,
		.own_region = h->who->code,
		.own_origin = host_origin(h),
		.software = "sim",
		.window_bytes = p->window_bytes,
	};
	int err;

	host_commit_ops(h, &co.ops);
	host_bridge_ops(h, &bo.ops);
	err = commit_open(&co, &h->commit, e);
	if (err)
		return err;
	memcpy(bo.instance, ring_instance(h->ring), sizeof(bo.instance));
	bo.needs_all_heads = commit_needs_all_heads(h->commit);
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
	h->dies_in = 0;
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

	h->writer_state = COMMIT_READY;
	if (!err)
		chain_find(h);
	if (!err)
		err = open_node(h, &e);
	sim_trace(h->sim, "%s starts: %s", h->who->code, err ? ims_error(err)->name : "ok");
	if (err == IMS_E_ORIGIN && h->log != h->number) { /* its files are too old to know of the roster */
		h->log = h->number;
		h->lost_ring |= h->lost_first;
		h->new_key = false;
		host_crash(h);
		return;
	}
	if (err) {
		if (err != IMS_E_IO && err != IMS_E_NO_SPACE && err != IMS_E_MAP_FULL)
			sim_fail(h->sim, "section 6", "%s does not start: %s (%s)", h->who->code,
				 ims_error(err)->name, e.text);
		host_crash(h);
		return;
	}
	h->up = true;
	h->gone = false;
	if (h->new_key) { /* nothing is there of that log, unless it was its before */
		h->lost_first = h->lost_ring;
		h->lost_ring = oracle_size(h->sim->oracle, h->log) > 0;
		h->mischief_at = 0;
		h->new_key = false;
	}
	h->lives++;
	h->state = COMMIT_READY;
	oracle_started(h);
	if (h->mischief_at)
		oracle_expect_nonsense(h, h->mischief_at - 1);
	h->mischief_at = 0;
	if (h->old)
		chain_hand_in(h);
	else if (roster_region(h->roster, bytes_of(h->who->code)) == NULL && rng_percent(&h->sim->rng, 50))
		chain_offer(h, h->sim->fed->n_rosters); /* else its peers tell it */
}

const char *host_origin(const struct host *h)
{
	return federation_origin(h->sim->fed, h->log);
}

bool host_may_renew(const struct host *h)
{
	const struct roster_region *me;

	if (!h->exists || h->log != h->number || !h->sim->fed->is.end[h->number].closed)
		return false;
	me = h->up ? roster_region(h->roster, bytes_of(h->who->code)) : NULL;
	return h->gone || (me && me->n_incarnations > 1);
}

void host_renew(struct host *h)
{
	if (!host_may_renew(h))
		return;
	sim_trace(h->sim, "%s is given its next key", h->who->code);
	if (h->up)
		host_crash(h);
	h->log = SIM_HOSTS_MAX + h->number;
	h->new_key = true;
}

bool host_is_rolled_back(const struct host *h)
{
	return h->restored && h->commit && commit_is_behind(commit_state_of(h->commit));
}

static void asked(struct commit_job *job)
{
	struct host *h = job->ctx;

	if (job->err && !h->dying && !h->fatal)
		sim_fail(h->sim, "section 6", "%s does not recover: %s %s", h->who->code,
			 ims_error(job->err)->name, job->why.text);
	commit_job_free(job);
}

bool host_may_recover(const struct host *h)
{
	return h->up && host_is_rolled_back(h) && commit_state_of(h->commit) == COMMIT_ROLLED_BACK && !h->queue;
}

void host_recover(struct host *h)
{
	struct commit_job *job;

	if (!host_may_recover(h))
		return;
	sim_trace(h->sim, "%s is told to recover", h->who->code);
	job = commit_job_new(COMMIT_RECOVER);
	job->done = asked;
	job->ctx = h;
	host_submit(h, job);
}

/* ---- turns */
static void turn_ends(struct host *h)
{
	h->sim->acting = NULL;
	if (h->queue && h->n_queue > WAITING_MAX)
		sim_fail(h->sim, "inv. 11", "%s has %zu jobs waiting", h->who->code, h->n_queue);
	if (h->fatal)
		host_crash(h);
}

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
	h->sim->acting = h;
	commit_run(h->commit, jobs, n);
	turn_ends(h);
	free(jobs);
}

void host_tick_writer(struct host *h)
{
	sim_trace(h->sim, "%s writer ticks", h->who->code);
	h->sim->acting = h;
	commit_tick(h->commit);
	turn_ends(h);
}

void host_run_loop(struct host *h, size_t max)
{
	sim_trace(h->sim, "%s loop %zu of %zu", h->who->code, max < h->n_news ? max : h->n_news, h->n_news);
	for (; max && h->news && !h->fatal; max--) {
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
			bridge_committed(h->bridge, n->size, n->ring_seq);
			break;
		case NEWS_STATE:
			h->state = n->state;
			bridge_set_state(h->bridge, n->state);
			break;
		}
		free(n);
	}
	turn_ends(h);
}

void host_tick_loop(struct host *h)
{
	sim_trace(h->sim, "%s loop ticks", h->who->code);
	bridge_tick(h->bridge, h->sim->now);
	oracle_looked_at(h);
	turn_ends(h);
}
