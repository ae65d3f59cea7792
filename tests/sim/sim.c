/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A run. While writes come: of all that may happen next, chance picks one thing (or a schedule says
 * it). Then nothing fails any more, everything is mended, and the nodes must come to rest in time;
 * then the checks.
 */
#include "sim/faults.h"
#include "sim/oracle.h"
#include "sim/link.h"
#include "sim/sim.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "sim/store_fake.h"

#define EVENTS_MAX 400000 /* of a run, before it is called endless */
#define HEAL_MS 30000	  /* until quiet, of its own time */
#define HEAL_LIAR_MS 150000	  /* with a liar: others ask it for its log again after their distrust only */
#define IDLE_STEP_MS 50
#define HEALING_SEED 0x6865616c696e67u

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

	if (!s->o.trace && !s->o.hashed) /* forming the texts would take a tenth of a run */
		return;
	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	for (int i = 0; i < n && i < (int)sizeof(text) - 1; i++)
		s->hash = (s->hash ^ (uint8_t)text[i]) * 0x100000001b3u; /* FNV-1a */
	s->hash = (s->hash ^ (uint64_t)s->now.ns) * 0x100000001b3u;
	if (s->o.trace)
		printf("%10.3f %s\n", (double)s->now.ns / 1e6, text);
}

/* ---- the two phases */
static void count_event(struct sim *s)
{
	if (++s->events == EVENTS_MAX)
		sim_fail(s, "convergence", "no end after %u events", EVENTS_MAX);
}

static void rough_times(struct sim *s)
{
	struct step step;
	bool busy;

	if (s->o.record)
		schedule_print(&s->done, s->o.record);
	while (!s->failed && (s->writes_left || !s->host[s->p.hosts - 1].exists)) {
		steps_draw(s, &step, &busy);
		schedule_add(&s->done, &step);
		if (s->o.record) {
			step_print(&step, s->o.record);
			fflush(s->o.record);
		}
		steps_do(s, &step);
		count_event(s);
	}
}

static void rough_times_again(struct sim *s, const struct schedule *what)
{
	for (size_t i = 0; !s->failed && i < what->n; i++) {
		steps_do(s, &what->step[i]);
		count_event(s);
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

static int64_t heal_ms(const struct sim *s)
{
	return s->p.liar < s->fed->n ? HEAL_LIAR_MS : HEAL_MS;
}

static void rest(struct sim *s)
{
	struct mono began = s->now;
	const char *missing = "";
	unsigned log;
	struct step step;
	bool busy;

	while (!s->failed && missing) {
		steps_draw(s, &step, &busy);
		if (busy) {
			steps_do(s, &step);
			count_event(s);
		} else {
			missing = checks_not_quiet(s);
			s->beyond_recovery = missing && checks_are_beyond_recovery(s, &log);
			if (s->beyond_recovery && (log >= SIM_HOSTS_MAX || !fault_close_log(s, &s->host[log], true)))
				return;
			if (missing)
				idle(s);
		}
		if (missing && mono_ms_between(began, s->now) > heal_ms(s))
			sim_fail(s, "convergence", "%s", *missing ? missing : checks_not_quiet(s));
	}
}

static void healing(struct sim *s)
{
	rng_init(&s->draw, s->seed ^ HEALING_SEED); /* however long the rough times were */
	faults_end(s);
	s->healing = true;
	s->writes_left = 0;
	sim_trace(s, "healing");
	rest(s);
	/* A transaction that a full disk took away had heads and cosignatures that only memory has now:
	 * a start finds them missing, and the peers have them. */
	for (unsigned i = 0; i < s->p.hosts && !s->failed && !s->beyond_recovery; i++)
		if (s->host[i].bad_disk) {
			host_crash(&s->host[i]);
			host_start(&s->host[i]);
		}
	if (!s->beyond_recovery)
		rest(s);
}

/* ---- a run */
static unsigned hosts_draw(struct rng *r)
{
	unsigned percent = rng_below(r, 100);

	return percent < 70 ? 3 : percent < 85 ? 4 : percent < 93 ? 5 : rng_range(r, 6, SIM_HOSTS_MAX);
}

static void profile_draw(struct sim *s)
{
	static const uint8_t kind_percent[FAULT_COUNT] = {
#define FAULT(NAME, word, percent, legend) [FAULT_##NAME] = percent,
#include "sim/faults.def"
#undef FAULT
	};
	struct rng *r = &s->draw;
	struct profile *p = &s->p;

	p->hosts = hosts_draw(r);
	if (s->o.nodes)
		p->hosts = s->o.nodes;
	p->writes = rng_range(r, 10, rng_percent(r, 80) ? 30 : 80);
	if (s->o.writes)
		p->writes = s->o.writes;
	p->late = rng_percent(r, 15) && p->hosts > 2;
	p->script = rng_percent(r, 60) || p->hosts < 3 ? 0 : rng_below(r, SIM_SCRIPTS);
	p->liar = rng_percent(r, 25) ? rng_below(r, p->hosts) : p->hosts;
	p->forks = rng_percent(r, 50);
	p->burst = rng_percent(r, 90) ? 4 : 40;
	p->fault_weight = rng_below(r, 4);
	p->crash_percent = rng_range(r, 5, 40);
	for (unsigned i = 0; i < FAULT_COUNT; i++)
		p->kind[i] = rng_percent(r, kind_percent[i]);
	p->seal_percent = rng_percent(r, 50) ? 0 : 20;
	p->mischief_percent = rng_percent(r, 70) ? 0 : 40;
	p->window_bytes = 2048u << rng_below(r, 8);
	p->output_bytes = 2048u << rng_below(r, 8);
	p->ring_bytes = 65536u << rng_below(r, 4);
	p->quiet_ms = rng_range(r, 1, 100);
	p->head_interval_ms = rng_range(r, 20, 500);
}

static void begin(struct sim *s, uint64_t seed, const struct sim_opts *o)
{
	*s = (struct sim){.seed = seed, .o = *o, .hash = 0xcbf29ce484222325u, .done = {.seed = seed}};
	s->done.nodes = o->nodes;
	rng_init(&s->draw, seed);
	profile_draw(s);
	rng_init(&s->rng, rng_next(&s->draw));
	s->writes_left = s->p.writes;
	federation_copy(federation_of(s->p.hosts, s->p.late, s->p.script), &s->federation);
	s->fed = &s->federation;
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
}

static bool finish(struct sim *s)
{
	if (!s->failed)
		healing(s);
	if (!s->failed && !s->beyond_recovery)
		checks_run(s);
	return !s->failed;
}

bool sim_run(struct sim *s, uint64_t seed, const struct sim_opts *o)
{
	begin(s, seed, o);
	rough_times(s);
	return finish(s);
}

bool sim_replay(struct sim *s, const struct schedule *what, const struct sim_opts *o)
{
	struct sim_opts same = *o;

	same.nodes = what->nodes;
	begin(s, what->seed, &same);
	rough_times_again(s, what);
	return finish(s);
}

void sim_fini(struct sim *s)
{
	for (unsigned i = 0; i < s->p.hosts; i++)
		host_crash(&s->host[i]);
	link_fini(s);
	schedule_fini(&s->done);
	oracle_free(s->oracle);
	federation_drop(&s->federation);
	store_fake_reset();
	ring_fake_reset();
}
