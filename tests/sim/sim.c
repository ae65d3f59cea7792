/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A run. While writes come: of all that may happen next, chance picks one thing. Then nothing
 * fails any more, everything is mended, and the nodes must come to rest in time; then the checks.
 */
#include "sim/sim.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "sim/store_fake.h"

#define CHOICES_MAX 128
#define EVENTS_MAX 400000 /* of a run, before it is called endless */
#define HEAL_MS 150000	  /* until quiet, of its own time: above all of replication's waits */
#define IDLE_STEP_MS 50

void sim_fail(struct sim *s, const char *what, const char *fmt, ...)
{
	char text[400];
	va_list ap;

	if (s->failed)
		return;
	s->failed = true;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	snprintf(s->why, sizeof(s->why), "%s broken: %s", what, text);
	sim_trace(s, "FAILED %s", s->why);
}

void sim_trace(struct sim *s, const char *fmt, ...)
{
	char text[600];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	for (int i = 0; i < n && i < (int)sizeof(text) - 1; i++)
		s->hash = (s->hash ^ (uint8_t)text[i]) * 0x100000001b3u; /* FNV-1a */
	s->hash = (s->hash ^ (uint64_t)s->now.ns) * 0x100000001b3u;
	if (s->o.trace)
		printf("%10.3f %s\n", (double)s->now.ns / 1e6, text);
}

/* ---- what may happen next */
enum act {
	ACT_WRITE,
	ACT_WRITER,
	ACT_LOOP,
	ACT_TICK_WRITER,
	ACT_TICK_LOOP,
	ACT_START,
	ACT_DELIVER,
	ACT_DRAIN,
	ACT_CONNECT,
	ACT_JOIN,
	ACT_ROSTER,
	ACT_FAULT,
};

struct choice {
	enum act act;
	unsigned weight;
	struct host *host;
	struct link *link;
	struct link_side *side;
};

struct choices {
	struct choice c[CHOICES_MAX];
	size_t n;
	unsigned weight; /* of all */
	bool busy;	 /* something waits for a turn */
};

static struct choice *add(struct choices *cs, enum act act, unsigned weight)
{
	struct choice *c = &cs->c[cs->n++];

	*c = (struct choice){.act = act, .weight = weight};
	cs->weight += weight;
	return c;
}

static void choices_of_host(struct sim *s, struct host *h, struct choices *cs)
{
	if (!h->exists)
		return;
	if (!h->up) {
		add(cs, ACT_START, s->healing ? 20 : 1)->host = h;
		cs->busy = true;
		return;
	}
	if (h->queue)
		add(cs, ACT_WRITER, 6)->host = h;
	if (h->news)
		add(cs, ACT_LOOP, 6)->host = h;
	cs->busy |= h->queue || h->news;
	add(cs, ACT_TICK_WRITER, 1)->host = h;
	add(cs, ACT_TICK_LOOP, 1)->host = h;
	if (s->writes_left)
		add(cs, ACT_WRITE, 1)->host = h;
}

static void choices_of_link(struct sim *s, struct link *l, struct choices *cs)
{
	if (!l->side[0].host->up || !l->side[1].host->up)
		return;
	if (!l->up && !l->cut) {
		add(cs, ACT_CONNECT, s->healing ? 6 : 1)->link = l;
		cs->busy = true;
	}
	for (int i = 0; l->up && i < 2; i++) {
		if (l->side[i].inbox)
			add(cs, ACT_DELIVER, 6)->side = &l->side[i];
		if (link_may_drain(s, &l->side[i]))
			add(cs, ACT_DRAIN, 6)->side = &l->side[i];
		cs->busy |= l->side[i].inbox || link_may_drain(s, &l->side[i]);
	}
}

static void choices_of(struct sim *s, struct choices *cs)
{
	struct host *last = &s->host[s->p.hosts - 1];

	cs->n = 0;
	cs->weight = 0;
	cs->busy = false;
	for (unsigned a = 0; a < s->p.hosts; a++) {
		choices_of_host(s, &s->host[a], cs);
		for (unsigned b = a + 1; b < s->p.hosts; b++)
			choices_of_link(s, &s->link[a][b], cs);
	}
	if (!last->exists && s->host[0].up)
		add(cs, ACT_JOIN, s->writes_left ? 1 : 50)->host = last;
	else if (last->exists && s->p.late && s->host[0].up && s->host[0].offered < s->fed->n_rosters)
		add(cs, ACT_ROSTER, 1)->host = &s->host[0]; /* its operator does not forget */
	if (!s->healing)
		add(cs, ACT_FAULT, s->p.fault_weight);
}

static void advance_us(struct sim *s, unsigned max)
{
	s->now.ns += (int64_t)rng_below(&s->rng, max) * 1000;
}

static void writes(struct sim *s, struct host *h)
{
	unsigned n = rng_percent(&s->rng, 20) ? rng_range(&s->rng, 1, s->p.burst) : 1;

	for (; n && s->writes_left; n--) {
		s->writes_left--;
		client_write(h);
	}
}

static void join(struct sim *s, struct host *h)
{
	sim_trace(s, "%s joins", h->who->code);
	h->exists = true;
	host_start(h);
}

static void tick(struct sim *s, const struct choice *c)
{
	advance_us(s, rng_percent(&s->rng, 2) ? 3000000 : 60000);
	if (c->act == ACT_TICK_WRITER)
		host_tick_writer(c->host);
	else
		host_tick_loop(c->host);
}

static void act(struct sim *s, const struct choice *c)
{
	switch (c->act) {
	case ACT_WRITE:
		writes(s, c->host);
		break;
	case ACT_WRITER:
		host_run_writer(c->host, rng_range(&s->rng, 1, (unsigned)c->host->n_queue));
		break;
	case ACT_LOOP:
		host_run_loop(c->host, rng_range(&s->rng, 1, (unsigned)c->host->n_news));
		break;
	case ACT_TICK_WRITER:
	case ACT_TICK_LOOP:
		tick(s, c);
		break;
	case ACT_START:
		host_start(c->host);
		break;
	case ACT_DELIVER:
		link_deliver(s, c->side);
		break;
	case ACT_DRAIN:
		link_drain(s, c->side);
		break;
	case ACT_CONNECT:
		link_connect(s, c->link);
		break;
	case ACT_JOIN:
		join(s, c->host);
		break;
	case ACT_ROSTER:
		host_offer_roster(c->host);
		break;
	case ACT_FAULT:
		fault(s);
		break;
	}
}

static void close_doomed(struct sim *s)
{
	for (unsigned a = 0; a < s->p.hosts; a++)
		for (unsigned b = a + 1; b < s->p.hosts; b++)
			if (s->link[a][b].up && s->link[a][b].doomed)
				link_break(s, &s->link[a][b]);
}

static void one_step(struct sim *s, struct choices *cs)
{
	unsigned pick = rng_below(&s->rng, cs->weight);
	size_t i = 0;

	while (pick >= cs->c[i].weight)
		pick -= cs->c[i++].weight;
	advance_us(s, 2000);
	act(s, &cs->c[i]);
	close_doomed(s);
	if (++s->events == EVENTS_MAX)
		sim_fail(s, "convergence", "no end after %u events", EVENTS_MAX);
}

/* ---- the two phases */
static void rough_times(struct sim *s)
{
	struct choices cs;

	while (!s->failed && (s->writes_left || !s->host[s->p.hosts - 1].exists)) {
		choices_of(s, &cs);
		one_step(s, &cs);
	}
}

static void idle(struct sim *s)
{
	s->now = mono_plus_ms(s->now, IDLE_STEP_MS);
	for (unsigned i = 0; i < s->p.hosts; i++) {
		host_tick_writer(&s->host[i]);
		host_tick_loop(&s->host[i]);
	}
	s->events++;
}

static void rest(struct sim *s)
{
	struct mono began = s->now;
	struct choices cs;
	const char *missing = "";

	while (!s->failed && missing) {
		choices_of(s, &cs);
		if (cs.busy) {
			one_step(s, &cs);
			continue;
		}
		missing = checks_not_quiet(s);
		if (missing && mono_ms_between(began, s->now) > HEAL_MS)
			sim_fail(s, "convergence", "%s", missing);
		if (missing)
			idle(s);
	}
}

static void healing(struct sim *s)
{
	faults_end(s);
	s->healing = true;
	sim_trace(s, "healing");
	rest(s);
	/* A transaction that a full disk took away had heads and cosignatures that only memory has now:
	 * a start finds them missing, and the peers have them. */
	for (unsigned i = 0; i < s->p.hosts && !s->failed; i++)
		if (s->host[i].bad_disk) {
			host_crash(&s->host[i]);
			host_start(&s->host[i]);
		}
	rest(s);
}

/* ---- a run */
static void profile_draw(struct sim *s)
{
	struct rng *r = &s->rng;
	struct profile *p = &s->p;

	p->hosts = s->o.nodes ? s->o.nodes : rng_percent(r, 60) ? 3 : rng_range(r, 4, SIM_HOSTS_MAX);
	p->late = p->hosts > 2 && rng_percent(r, 15);
	p->liar = rng_percent(r, 15) ? rng_below(r, p->hosts) : p->hosts;
	p->burst = rng_percent(r, 90) ? 4 : 40;
	p->fault_weight = rng_below(r, 4);
	p->crash_percent = rng_range(r, 5, 40);
	p->seal_percent = rng_percent(r, 50) ? 0 : 20;
	p->mischief_percent = rng_percent(r, 70) ? 0 : 40;
	p->window_bytes = 2048u << rng_below(r, 8);
	p->output_bytes = 2048u << rng_below(r, 8);
	p->ring_bytes = 65536u << rng_below(r, 4);
	p->quiet_ms = rng_range(r, 1, 100);
	p->head_interval_ms = rng_range(r, 20, 500);
}

bool sim_run(struct sim *s, uint64_t seed, const struct sim_opts *o)
{
	*s = (struct sim){.seed = seed, .o = *o, .hash = 0xcbf29ce484222325u, .writes_left = o->steps};
	rng_init(&s->rng, seed);
	profile_draw(s);
	s->fed = federation_of(s->p.hosts, s->p.late);
	s->now = mono_plus_ms((struct mono){0}, 1000000);
	s->oracle = oracle_new(s);
	faults_init(s);
	for (unsigned i = 0; i < s->p.hosts; i++)
		host_init(s, i);
	link_init(s);
	for (unsigned i = 0; i < s->p.hosts; i++) {
		s->host[i].exists = !s->p.late || i < s->p.hosts - 1;
		if (s->host[i].exists)
			host_start(&s->host[i]);
	}
	rough_times(s);
	if (!s->failed)
		healing(s);
	if (!s->failed)
		checks_run(s);
	return !s->failed;
}

void sim_fini(struct sim *s)
{
	for (unsigned i = 0; i < s->p.hosts; i++)
		host_crash(&s->host[i]);
	link_fini(s);
	oracle_free(s->oracle);
	store_fake_reset();
	ring_fake_reset();
}
