/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of one node hand each other: the writer its news, the bridge its wishes. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "sim/faults.h"
#include "sim/oracle.h"
#include "sim/ring_fake.h"
#include "sim/link.h"
#include "sim/sim.h"
#include "sim/store_fake.h"

#define WALL_START_MS 1790000000000

/* ---- what the writer says: it waits until the loop has its turn */
bool host_lives(struct host *h)
{
	if (h->dies_in && --h->dies_in == 0) {
		sim_trace(h->sim, "%s dies within its turn", h->who->code);
		h->sim->crashes++;
		h->fatal = true;
		if (h->store)
			store_fake_crash(h->store);
		if (h->ring)
			ring_fake_crash(h->ring);
	}
	return !h->fatal && !h->dying;
}

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

	if (host_lives(h))
		oracle_completed(h, job);
	news_add(h, NEWS_COMPLETE)->job = job;
}

static void writer_published(void *ctx, struct commit_group *g)
{
	struct host *h = ctx;

	if (!h->fatal) /* in the ring, and perhaps nobody hears of it */
		oracle_published(h, g);
	host_lives(h);
	news_add(h, NEWS_PUBLISHED)->group = g;
}

static void writer_committed(void *ctx, uint64_t own_size, uint64_t ring_seq)
{
	struct news *n = news_add(ctx, NEWS_COMMITTED);

	n->size = own_size;
	n->ring_seq = ring_seq;
}

static void writer_state(void *ctx, enum commit_state state, const char *reason)
{
	struct host *h = ctx;

	if (h->fatal || h->dying)
		return;
	sim_trace(h->sim, "%s state %d %s", h->who->code, state, reason);
	if (state == COMMIT_ROLLED_BACK && !h->restored)
		sim_fail(h->sim, "section 6", "%s thinks that it is rolled back: %s", h->who->code, reason);
	h->sim->rolled_back += state == COMMIT_ROLLED_BACK;
	h->told_lost = state == COMMIT_RECOVERING && strstr(reason, "and not all that it covers");
	if (h->writer_state == COMMIT_RECOVERING && state == COMMIT_READY) {
		h->sim->recovered++;
		oracle_recovered(h);
	}
	h->writer_state = state;
	news_add(h, NEWS_STATE)->state = state;
}

static void writer_fatal(void *ctx, int err, const char *why)
{
	struct host *h = ctx;

	if (h->fatal)
		return;
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

void host_random(void *ctx, void *p, size_t n)
{
	struct host *h = ctx;

	for (size_t i = 0; i < n; i++)
		((uint8_t *)p)[i] = (uint8_t)(rng_next(&h->sim->rng) >> 24);
}

void host_commit_ops(struct host *h, struct commit_ops *ret)
{
	*ret = (struct commit_ops){.complete = writer_complete,
				   .published = writer_published,
				   .committed = writer_committed,
				   .state = writer_state,
				   .fatal = writer_fatal,
				   .wall = host_wall,
				   .mono = host_mono,
				   .random = host_random,
				   .ctx = h};
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

	return host_lives(h) ? link_send(h->sim, session, m) : IMS_E_CLOSED;
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
	if (host_lives(h))
		link_send(h->sim, session, &m);
}

static void bridge_cosigned(void *ctx)
{
	(void)ctx;
}

static void bridge_alarm(void *ctx, const char *origin, int err, const char *text)
{
	struct host *h = ctx;

	if (h->fatal || h->dying || liar_forked(h->sim, origin) ||
	    (h->restored && (err == IMS_E_ROLLED_BACK || err == IMS_E_NO_SPACE || err == IMS_E_MAP_FULL ||
			     err == IMS_E_READ_ONLY)))
		return;
	sim_fail(h->sim, "inv. 5", "%s alarmed about %s: %s (%s)", h->who->code, origin, text,
		 ims_error(err)->name);
}

void host_bridge_ops(struct host *h, struct bridge_ops *ret)
{
	*ret = (struct bridge_ops){bridge_submit,   bridge_send,  bridge_misbehaved, bridge_roster_behind,
				   bridge_cosigned, bridge_alarm, host_mono,	     host_wall,		   h};
}
