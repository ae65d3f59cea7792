/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What may happen next, and doing it. Chance decides twice: which step, from all that are possible,
 * and what happens within it, from the step's own seed. So a step means the same whatever was taken
 * away before it.
 */
#include "base/check.h"
#include "sim/faults.h"
#include "sim/link.h"
#include "sim/sim.h"

#define CHOICES_MAX 384 /* 9 nodes, 36 lines */

struct choice {
	enum act act;
	unsigned weight, a, b, n_max;
};

struct choices {
	struct choice c[CHOICES_MAX];
	size_t n;
	unsigned weight; /* of all */
	bool busy;	 /* something waits for a turn */
};

static struct choice *add(struct choices *cs, enum act act, unsigned weight, unsigned a, unsigned b)
{
	struct choice *c = &cs->c[cs->n++];

	CHECK(cs->n <= CHOICES_MAX);
	*c = (struct choice){act, weight, a, b, 1};
	cs->weight += weight;
	return c;
}

static void choices_of_host(struct sim *s, struct host *h, struct choices *cs)
{
	if (!h->exists)
		return;
	if (host_may_renew(h)) {
		add(cs, ACT_RENEW, s->healing ? 6 : 1, h->number, 0);
		cs->busy = true;
	}
	if (!h->up) {
		add(cs, ACT_START, s->healing ? 20 : 1, h->number, 0);
		cs->busy = true;
		return;
	}
	if (h->queue)
		add(cs, ACT_WRITER, 6, h->number, 0)->n_max = (unsigned)h->n_queue;
	if (h->news)
		add(cs, ACT_LOOP, 6, h->number, 0)->n_max = (unsigned)h->n_news;
	cs->busy |= h->queue || h->news;
	add(cs, ACT_TICK_WRITER, 1, h->number, 0);
	add(cs, ACT_TICK_LOOP, 1, h->number, 0);
	if (host_may_recover(h)) {
		add(cs, ACT_RECOVER, s->healing ? 6 : 1, h->number, 0);
		cs->busy = true;
	}
	if (s->writes_left)
		add(cs, ACT_WRITE, 1, h->number, 0);
}

static bool may_connect(const struct link *l)
{
	return !l->up && !l->cut && l->side[0].host->up && l->side[1].host->up;
}

static void choices_of_link(struct sim *s, struct link *l, struct choices *cs)
{
	unsigned number[2] = {l->side[0].host->number, l->side[1].host->number};

	if (may_connect(l)) {
		add(cs, ACT_CONNECT, s->healing ? 6 : 1, number[0], number[1]);
		cs->busy = true;
	}
	for (int i = 0; i < 2; i++) {
		struct link_side *side = &l->side[i];

		if (side->unaware) {
			add(cs, ACT_NOTICE, s->healing ? 6 : 1, number[i], number[!i]);
			cs->busy = true;
		}
		if (link_may_deliver(s, side))
			add(cs, ACT_DELIVER, 6, number[i], number[!i]);
		if (link_may_drain(s, side))
			add(cs, ACT_DRAIN, 6, number[i], number[!i]);
		cs->busy |= link_may_deliver(s, side) || link_may_drain(s, side);
	}
}

static void choices_of(struct sim *s, struct choices *cs)
{
	unsigned last = s->p.hosts - 1, operator = 0;

	cs->n = 0;
	cs->weight = 0;
	cs->busy = false;
	for (unsigned a = 0; a < s->p.hosts; a++) {
		choices_of_host(s, &s->host[a], cs);
		for (unsigned b = a + 1; b < s->p.hosts; b++)
			choices_of_link(s, &s->link[a][b], cs);
	}
	if (!s->host[last].exists)
		add(cs, ACT_JOIN, s->writes_left ? 1 : 50, last, 0);
	if (s->host[operator].up && s->host[operator].known < s->fed->n_rosters)
		add(cs, ACT_ROSTER, s->healing ? 50 : 1, operator, 0); /* who does not forget */
	if (!s->healing)
		add(cs, ACT_FAULT, s->p.fault_weight, 0, 0);
}

static unsigned how_many(struct sim *s, const struct choice *c)
{
	if (c->act == ACT_WRITE)
		return rng_percent(&s->draw, 20) ? rng_range(&s->draw, 1, s->p.burst) : 1;
	return rng_range(&s->draw, 1, c->n_max);
}

static unsigned how_long_us(struct sim *s, const struct choice *c)
{
	if (s->healing) /* all nodes run at once: what one of them does takes its share of the time */
		return rng_below(&s->draw, (c->act == ACT_TICK_LOOP ? 20000 : 1000) / s->p.hosts);
	if (c->act == ACT_TICK_WRITER || c->act == ACT_TICK_LOOP)
		return rng_below(&s->draw, rng_percent(&s->draw, 2) ? 3000000 : 60000);
	return rng_below(&s->draw, 2000);
}

void steps_draw(struct sim *s, struct step *ret, bool *ret_busy)
{
	struct choices cs;
	const struct choice *c = cs.c;
	unsigned pick;

	choices_of(s, &cs);
	*ret_busy = cs.busy;
	pick = rng_below(&s->draw, cs.weight);
	while (pick >= c->weight)
		pick -= (c++)->weight;
	*ret = (struct step){.act = c->act, .a = c->a, .b = c->b};
	ret->n = how_many(s, c);
	ret->us = how_long_us(s, c);
	if (c->act == ACT_FAULT)
		ret->kind = fault_draw(s);
	ret->seed = rng_next(&s->draw);
	if (c->act == ACT_WRITE) {
		ret->n = ret->n < s->writes_left ? ret->n : s->writes_left;
		s->writes_left -= ret->n;
	}
}

/* ---- doing it */
static void join(struct sim *s, struct host *h)
{
	if (h->exists)
		return;
	sim_trace(s, "%s joins", h->who->code);
	h->exists = true;
	host_start(h);
}

static void act_of_host(struct sim *s, const struct step *t, struct host *h)
{
	if (t->act == ACT_START && h->exists && !h->up)
		host_start(h);
	if (t->act == ACT_RENEW)
		host_renew(h);
	if (!h->up)
		return;
	switch (t->act) {
	case ACT_WRITE:
		for (unsigned n = t->n; n; n--)
			client_write(h);
		break;
	case ACT_WRITER:
		if (h->queue)
			host_run_writer(h, t->n);
		break;
	case ACT_LOOP:
		if (h->news)
			host_run_loop(h, t->n);
		break;
	case ACT_TICK_WRITER:
		host_tick_writer(h);
		break;
	case ACT_TICK_LOOP:
		host_tick_loop(h);
		break;
	case ACT_RECOVER:
		host_recover(h);
		break;
	case ACT_ROSTER:
		if (h->known < s->fed->n_rosters)
			chain_offer(h, h->known + 1);
		break;
	default:
		break;
	}
}

static void act_of_link(struct sim *s, const struct step *t)
{
	struct link *l = link_of(s, t->a, t->b);
	struct link_side *side = &l->side[l->side[1].host->number == t->a];

	switch (t->act) {
	case ACT_DELIVER:
		if (link_may_deliver(s, side))
			link_deliver(s, side, false);
		break;
	case ACT_DRAIN:
		if (link_may_drain(s, side))
			link_drain(s, side);
		break;
	case ACT_CONNECT:
		if (may_connect(l))
			link_connect(s, l);
		break;
	case ACT_NOTICE:
		if (side->unaware)
			link_notice(s, side);
		break;
	default:
		break;
	}
}

static void close_doomed(struct sim *s)
{
	for (unsigned a = 0; a < s->p.hosts; a++)
		if (s->host[a].fatal) {
			host_crash(&s->host[a]);
			a = 0; /* others may have died of what it had still sent */
		}
	for (unsigned a = 0; a < s->p.hosts; a++)
		for (unsigned b = a + 1; b < s->p.hosts; b++)
			if (s->link[a][b].up && s->link[a][b].doomed)
				link_break(s, &s->link[a][b]);
}

void steps_do(struct sim *s, const struct step *t)
{
	rng_init(&s->rng, t->seed);
	s->now.ns += (int64_t)t->us * 1000;
	switch (t->act) {
	case ACT_DELIVER:
	case ACT_DRAIN:
	case ACT_CONNECT:
	case ACT_NOTICE:
		if (t->a != t->b && t->a < s->p.hosts && t->b < s->p.hosts)
			act_of_link(s, t);
		break;
	case ACT_FAULT:
		fault(s, t->kind);
		break;
	case ACT_JOIN:
		join(s, &s->host[s->p.hosts - 1]);
		break;
	default:
		if (t->a < s->p.hosts)
			act_of_host(s, t, &s->host[t->a]);
		break;
	}
	close_doomed(s);
}
