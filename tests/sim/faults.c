/* SPDX-License-Identifier: Apache-2.0 */
/* What goes wrong: lines, processes, disks, clocks. */
#include "sim/faults.h"

#include <stdio.h>

#include "sim/oracle.h"
#include "sim/ring_fake.h"
#include "sim/sign_fake.h"
#include "sim/link.h"
#include "sim/sim.h"
#include "sim/store_fake.h"

#define RESTORED_MAX 2 /* nodes of a run that go on from old files, or without */

static enum ring_fake_fate on_append(void *arg, const char *path, uint64_t seq)
{
	struct sim *s = arg;
	enum ring_fake_fate fate = RING_FAKE_DURABLE;

	(void)seq;
	if (s->acting && !host_lives(s->acting))
		return RING_FAKE_LOST;
	for (unsigned i = 0; i < s->p.hosts; i++)
		if (strcmp(s->host[i].path, path) == 0) {
			fate = s->host[i].next_append;
			s->host[i].next_append = RING_FAKE_DURABLE;
		}
	return fate;
}

static void on_signed(void *arg)
{
	struct sim *s = arg;

	if (s->acting)
		(void)host_lives(s->acting);
}

void faults_init(struct sim *s)
{
	ring_fake_set_hook(on_append, s);
	sign_fake_set_hook(on_signed, s);
}

void faults_end(struct sim *s)
{
	for (unsigned a = 0; a < s->p.hosts; a++) {
		store_fake_fail_commit(s->host[a].dir, 0, 0, false);
		s->host[a].next_append = RING_FAKE_DURABLE;
		s->host[a].dies_in = 0;
		s->host[a].wall_offset_ms = 0;
		for (unsigned b = a + 1; b < s->p.hosts; b++) {
			s->link[a][b].cut = false;
			s->link[a][b].side[0].clogged = s->link[a][b].side[1].clogged = s->now;
		}
	}
}

static struct host *some_host(struct sim *s)
{
	return &s->host[rng_below(&s->rng, s->p.hosts)];
}

static struct link *some_link(struct sim *s)
{
	unsigned a = rng_below(&s->rng, s->p.hosts), b = rng_below(&s->rng, s->p.hosts - 1);

	return link_of(s, a, b < a ? b : b + 1);
}

static struct link_side *some_side(struct sim *s)
{
	return &some_link(s)->side[rng_below(&s->rng, 2)];
}

/* ---- lines */
/* Sometimes it stays broken for a while. */
static void break_line(struct sim *s, bool half)
{
	struct link_side *side = some_side(s);

	if (half)
		link_break_half(s, side);
	else
		link_break(s, side->link);
	side->link->cut = rng_percent(&s->rng, 40);
}

static void isolate(struct sim *s)
{
	struct host *h = some_host(s);

	for (unsigned i = 0; i < s->p.hosts; i++)
		if (i != h->number) {
			link_break(s, link_of(s, h->number, i));
			link_of(s, h->number, i)->cut = true;
		}
}

static void mend(struct sim *s)
{
	for (unsigned a = 0; a < s->p.hosts; a++)
		for (unsigned b = a + 1; b < s->p.hosts; b++)
			if (rng_percent(&s->rng, 70))
				s->link[a][b].cut = false;
}

static void stand_still(struct sim *s, struct link_side *side, int64_t ms)
{
	sim_trace(s, "%s hears nothing of %s for %lld ms", side->host->who->code,
		  link_other_side(side)->host->who->code, (long long)ms);
	side->clogged = mono_plus_ms(s->now, ms);
}

/* The next direction of those nodes that the swizzle takes; called again, it takes more of them. */
static void swizzle(struct sim *s)
{
	struct host *h = some_host(s);

	for (unsigned i = 0; i < s->p.hosts; i++)
		if (i != h->number && rng_percent(&s->rng, 60))
			stand_still(s, &link_of(s, h->number, i)->side[rng_below(&s->rng, 2)],
			     rng_range(&s->rng, 100, 20000));
}

static void unclog(struct sim *s)
{
	for (unsigned n = rng_range(&s->rng, 1, 2 * s->p.hosts); n; n--)
		some_side(s)->clogged = s->now;
}

static void replay(struct sim *s, bool twice)
{
	struct link_side *side = some_side(s);

	if (!twice && side->link->up)
		link_replay(s, side);
	if (twice && side->peer && link_may_deliver(s, side)) {
		sim_trace(s, "%s hears it twice", side->host->who->code);
		link_deliver(s, side, true);
	}
}

/* ---- nodes */
static void crash(struct sim *s)
{
	struct host *h = some_host(s);

	if (!h->up)
		return;
	sim_trace(s, "%s crashes", h->who->code);
	s->crashes++;
	host_crash(h);
	if (rng_percent(&s->rng, s->p.mischief_percent))
		mischief(h);
}

static void crash_within(struct sim *s)
{
	struct host *h = some_host(s);

	if (h->up)
		h->dies_in = rng_range(&s->rng, 1, rng_percent(&s->rng, 50) ? 4 : 30);
}

static void disk(struct sim *s, enum fault_kind kind)
{
	struct host *h = some_host(s);
	bool one = rng_percent(&s->rng, 50);
	unsigned in = rng_range(&s->rng, 1, 3);

	sim_trace(s, "%s has a bad disk: %s %d", h->who->code, fault_word(kind), one);
	if (kind == FAULT_COMMIT_REFUSED) {
		h->bad_disk = true;
		store_fake_fail_commit(h->dir, in, one ? IMS_E_NO_SPACE : IMS_E_MAP_FULL, false);
	} else if (kind == FAULT_COMMIT_LOST) {
		store_fake_fail_commit(h->dir, in, IMS_E_IO, one);
	} else {
		h->next_append = one ? RING_FAKE_LOST : RING_FAKE_UNANSWERED;
	}
}

static void copy(struct sim *s)
{
	struct host *h = some_host(s);
	char to[32];

	if (h->lives == 0 || h->gone)
		return;
	sim_trace(s, "%s is copied", h->who->code);
	snprintf(to, sizeof(to), "old-%s", h->dir);
	store_fake_copy(h->dir, to);
	snprintf(to, sizeof(to), "old-%s", h->path);
	ring_fake_copy(h->path, to);
	h->copied = true;
}

/* Which of its files: bits. */
enum { DATABASE = 1, COMMIT_LOG = 2 };

/* The operator's own mischief in a commit log is nothing that a recovery can append again. */
static bool may_lose(const struct host *h, unsigned what)
{
	if (h->lives == 0 || (liar_is(h) && h->sim->p.forks) || (what == DATABASE && h->nonsense))
		return false;
	for (unsigned i = 0; i < h->sim->p.hosts; i++)
		if (i != h->number && h->sim->fed->is.end[i].closed)
			return false; /* what the roster has kept of that log may be here alone, in either file */
	return h->restored || h->sim->n_restored < RESTORED_MAX;
}

static void lose(struct host *h, unsigned what)
{
	if (h->up)
		host_crash(h);
	h->sim->n_restored += !h->restored;
	h->restored = h->old = true;
	h->lost_ring |= (what & COMMIT_LOG) != 0;
	h->mischief_at = 0;
	link_forget_old(h->sim);
	oracle_restored(h);
}

static struct host *some_copied_host(struct sim *s)
{
	struct host *h = some_host(s);

	for (unsigned i = 0; i < s->p.hosts && !h->copied; i++)
		h = &s->host[(h->number + 1) % s->p.hosts];
	return h;
}

static void restore(struct sim *s)
{
	struct host *h = some_copied_host(s);
	unsigned what = rng_range(&s->rng, 1, 3);
	char from[32];

	if (!h->copied || !may_lose(h, what))
		return;
	sim_trace(s, "%s goes on from the old copy of its%s%s", h->who->code, what & DATABASE ? " database" : "",
		  what & COMMIT_LOG ? " commit log" : "");
	lose(h, what);
	snprintf(from, sizeof(from), "old-%s", h->dir);
	if (what & DATABASE)
		store_fake_copy(from, h->dir);
	snprintf(from, sizeof(from), "old-%s", h->path);
	if (what & COMMIT_LOG)
		ring_fake_copy(from, h->path);
	s->happened[FAULT_RESTORE]++;
}

static void lose_files(struct sim *s)
{
	struct host *h = some_host(s);
	unsigned what = rng_range(&s->rng, 1, 3);

	if (!may_lose(h, what))
		return;
	sim_trace(s, "%s has lost its%s%s", h->who->code, what & DATABASE ? " database" : "",
		  what & COMMIT_LOG ? " commit log" : "");
	lose(h, what);
	if (what & DATABASE)
		store_fake_remove(h->dir);
	if (what & COMMIT_LOG)
		ring_fake_remove(h->path);
	h->gone = true;
	s->happened[FAULT_LOSE]++;
}

bool fault_close_log(struct sim *s, struct host *h, bool all)
{
	uint64_t size = oracle_kept(s, h->number);
	struct hash root;

	if (!all && size)
		size = rng_below(&s->rng, (unsigned)size);
	if (!federation_may_close(s->fed, h->number) || (liar_is(h) && s->p.forks) || h->log != h->number)
		return false;
	merkle_empty_root(&root);
	if (size)
		root = oracle_row(s->oracle, h->number, size - 1)->root;
	sim_trace(s, "the roster closes %s at %llu", h->who->origin, (unsigned long long)size);
	federation_close(&s->federation, h->number, size, &root);
	s->happened[FAULT_CLOSE]++;
	return true;
}

static void close_log(struct sim *s)
{
	struct host *h = some_host(s);
	bool all = rng_percent(&s->rng, 70);

	if (fault_close_log(s, h, all) && rng_percent(&s->rng, 40) && may_lose(h, DATABASE | COMMIT_LOG)) {
		sim_trace(s, "%s is lost", h->who->code);
		lose(h, DATABASE | COMMIT_LOG);
		store_fake_remove(h->dir);
		ring_fake_remove(h->path);
		h->gone = true;
	}
}

static void clock_jumps(struct sim *s)
{
	static const int64_t most_ms[] = {2000, 2000, 3600000, 3 * 86400000LL, 10 * 365 * 86400000LL};
	int64_t most = most_ms[rng_below(&s->rng, 5)], ms = (int64_t)(rng_next(&s->rng) >> 1) % (2 * most) - most;
	struct host *h = some_host(s);

	sim_trace(s, "the clock of %s jumps by %lld ms", h->who->code, (long long)ms);
	h->wall_offset_ms += ms;
}

/* ---- which */
enum fault_kind fault_draw(struct sim *s)
{
	enum fault_kind kind;

	if (rng_percent(&s->draw, s->p.crash_percent)) {
		kind = rng_percent(&s->draw, 50) ? FAULT_CRASH : FAULT_CRASH_WITHIN;
		if (s->p.kind[kind])
			return kind;
	}
	do /* there is one that is never left out */
		kind = rng_below(&s->draw, FAULT_COUNT);
	while (!s->p.kind[kind] || kind == FAULT_CRASH || kind == FAULT_CRASH_WITHIN);
	return kind;
}

void fault(struct sim *s, enum fault_kind kind)
{
	if (kind != FAULT_RESTORE && kind != FAULT_LOSE && kind != FAULT_CLOSE)
		s->happened[kind]++; /* those count themselves: mostly they may not be */
	switch (kind) {
	case FAULT_CRASH:
		crash(s);
		break;
	case FAULT_CRASH_WITHIN:
		crash_within(s);
		break;
	case FAULT_BREAK:
	case FAULT_HALF_OPEN:
		break_line(s, kind == FAULT_HALF_OPEN);
		break;
	case FAULT_ISOLATE:
		isolate(s);
		break;
	case FAULT_MEND:
		mend(s);
		break;
	case FAULT_CLOG:
		stand_still(s, some_side(s), rng_range(&s->rng, 1, rng_percent(&s->rng, 70) ? 500 : 20000));
		break;
	case FAULT_SWIZZLE:
		swizzle(s);
		break;
	case FAULT_UNCLOG:
		unclog(s);
		break;
	case FAULT_REPLAY:
	case FAULT_DOUBLE:
		replay(s, kind == FAULT_DOUBLE);
		break;
	case FAULT_COMMIT_REFUSED:
	case FAULT_COMMIT_LOST:
	case FAULT_RING_LOST:
		disk(s, kind);
		break;
	case FAULT_COPY:
		copy(s);
		break;
	case FAULT_RESTORE:
		restore(s);
		break;
	case FAULT_LOSE:
		lose_files(s);
		break;
	case FAULT_CLOSE:
		close_log(s);
		break;
	case FAULT_CLOCK:
		clock_jumps(s);
		break;
	case FAULT_COUNT:
		break;
	}
}
