/* SPDX-License-Identifier: Apache-2.0 */
/* What goes wrong: lines, processes, disks, clocks. */
#include "sim/ring_fake.h"
#include "sim/sim.h"
#include "sim/store_fake.h"

static enum ring_fake_fate on_append(void *arg, const char *path, uint64_t seq)
{
	struct sim *s = arg;
	enum ring_fake_fate fate = RING_FAKE_DURABLE;

	(void)seq;
	for (unsigned i = 0; i < s->p.hosts; i++)
		if (strcmp(s->host[i].path, path) == 0) {
			fate = s->host[i].next_append;
			s->host[i].next_append = RING_FAKE_DURABLE;
		}
	return fate;
}

void faults_init(struct sim *s)
{
	ring_fake_set_hook(on_append, s);
}

void faults_end(struct sim *s)
{
	for (unsigned a = 0; a < s->p.hosts; a++) {
		store_fake_fail_commit(s->host[a].dir, 0, 0, false);
		s->host[a].next_append = RING_FAKE_DURABLE;
		for (unsigned b = a + 1; b < s->p.hosts; b++)
			s->link[a][b].cut = false;
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

/* A line breaks; sometimes it stays so for a while. */
static void line(struct sim *s)
{
	struct link *l = some_link(s);

	link_break(s, l);
	l->cut = rng_percent(&s->rng, 40);
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

static void disk(struct sim *s)
{
	static const int errors[] = {IMS_E_NO_SPACE, IMS_E_MAP_FULL, IMS_E_IO, IMS_E_IO};
	struct host *h = some_host(s);
	unsigned what = rng_below(&s->rng, 6);

	sim_trace(s, "%s has a bad disk %u", h->who->code, what);
	h->bad_disk |= what < 2;
	if (what < 4)
		store_fake_fail_commit(h->dir, rng_range(&s->rng, 1, 3), errors[what], what == 3);
	else
		h->next_append = what == 4 ? RING_FAKE_LOST : RING_FAKE_UNANSWERED;
}

static void replay(struct sim *s)
{
	struct link *l = some_link(s);

	if (l->up)
		link_replay(s, &l->side[rng_below(&s->rng, 2)]);
}

void fault(struct sim *s)
{
	unsigned what = rng_below(&s->rng, 100);

	if (what < s->p.crash_percent) {
		crash(s);
		return;
	}
	switch (rng_below(&s->rng, 8)) {
	case 0:
	case 1:
		line(s);
		break;
	case 2:
		isolate(s);
		break;
	case 3:
		mend(s);
		break;
	case 4:
		disk(s);
		break;
	case 5:
		some_host(s)->wall_offset_ms += (int)rng_below(&s->rng, 4000) - 2000;
		break;
	default:
		replay(s);
		break;
	}
}
