/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Links between nodes: one session at a time, hellos both ways, frames in order as real bytes.
 * A break loses what is under way, and one end may learn of it much later than the other; a direction
 * may stand still; different links know nothing of each other's order. Frames of earlier connections
 * may come again, and those of this one twice: TLS would not let them, the code must not mind.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "sim/faults.h"
#include "sim/oracle.h"
#include "sim/link.h"
#include "sim/sim.h"
#include "wire/frame.h"

#define CONTROL_BYTES (1u << 20) /* that may be said to a peer whose line is full: heads, cosignatures */

struct link *link_of(struct sim *s, unsigned a, unsigned b)
{
	return a < b ? &s->link[a][b] : &s->link[b][a];
}

struct link_side *link_other_side(struct link_side *side)
{
	return &side->link->side[side == &side->link->side[0]];
}

void link_init(struct sim *s)
{
	for (unsigned a = 0; a < s->p.hosts; a++)
		for (unsigned b = a + 1; b < s->p.hosts; b++) {
			struct link *l = &s->link[a][b];

			for (int i = 0; i < 2; i++) {
				l->side[i].link = l;
				l->side[i].host = &s->host[i ? b : a];
				l->side[i].inbox_end = &l->side[i].inbox;
			}
		}
}

/* ---- frames */
static void keep_old(struct link_side *side, struct sim_frame *f)
{
	struct buf *place;

	if (f->bytes.n > FRAME_HEADER_BYTES && f->bytes.p[4] != MSG_HELLO) {
		place = &side->old[side->n_old++ % SIM_OLD_FRAMES];
		buf_fini(place);
		*place = f->bytes;
	} else {
		buf_fini(&f->bytes);
	}
	free(f);
}

static void inbox_put(struct link_side *side, struct buf bytes)
{
	struct sim_frame *f = mem_new(struct sim_frame);

	f->bytes = bytes;
	*side->inbox_end = f;
	side->inbox_end = &f->next;
	side->n_inbox++;
	side->inbox_bytes += bytes.n;
}

static struct sim_frame *inbox_take(struct link_side *side)
{
	struct sim_frame *f = side->inbox;

	side->inbox = f->next;
	if (!side->inbox)
		side->inbox_end = &side->inbox;
	side->n_inbox--;
	side->inbox_bytes -= f->bytes.n;
	return f;
}

void link_fini(struct sim *s)
{
	for (unsigned a = 0; a < s->p.hosts; a++)
		for (unsigned b = a + 1; b < s->p.hosts; b++)
			for (int i = 0; i < 2; i++) {
				struct link_side *side = &s->link[a][b].side[i];

				while (side->inbox) {
					struct sim_frame *f = inbox_take(side);

					buf_fini(&f->bytes);
					free(f);
				}
				for (int k = 0; k < SIM_OLD_FRAMES; k++)
					buf_fini(&side->old[k]);
			}
}

int link_send(struct sim *s, struct link_side *from, const struct msg *m)
{
	struct link_side *to = link_other_side(from);
	struct buf frame = {0};
	int err;

	if (!from->link->up && !from->unaware)
		return IMS_E_CLOSED;
	err = liar_encode(from->host, m, &frame);
	if (err) {
		sim_fail(s, "wire", "%s cannot encode its message %d: %s", from->host->who->code, m->type,
			 ims_error(err)->name);
		return err;
	}
	oracle_sent(from->host, to->host, m);
	if (from->unaware) {
		buf_fini(&frame);
		return 0;
	}
	inbox_put(to, frame);
	if (to->inbox_bytes > s->p.output_bytes + s->p.window_bytes + CONTROL_BYTES)
		sim_fail(s, "inv. 11", "%s has sent %zu bytes that %s does not take", from->host->who->code,
			 to->inbox_bytes, to->host->who->code);
	if (to->inbox_bytes > s->p.output_bytes)
		from->full = true;
	return from->full ? IMS_E_AGAIN : 0;
}

/* ---- connections */
static void say_hello(struct sim *s, struct link_side *from)
{
	struct msg m = {.type = MSG_HELLO};
	struct arena a;

	arena_init(&a, 8u << 20);
	sync_hello(bridge_sync(from->host->bridge), link_other_side(from)->host->who->code, &a, &m.u.hello);
	from->hello_roster = m.u.hello.roster_version;
	link_send(s, from, &m);
	arena_fini(&a);
}

/* Both pins must be known; a roster that is behind comes on a connection that needs none. */
static bool welcome_each_other(struct link *l)
{
	bool known = true;

	for (int i = 0; i < 2; i++) {
		struct host *me = l->side[i].host, *other = l->side[!i].host;

		if (chain_is_member(me, other) && chain_is_member(me, me))
			continue;
		known = false;
		if (other->roster->version > me->roster->version)
			chain_offer(me, other->roster->version);
	}
	return known;
}

void link_connect(struct sim *s, struct link *l)
{
	for (int i = 0; i < 2; i++) /* a new session ends the old one */
		if (l->side[i].unaware)
			link_notice(s, &l->side[i]);
	for (int i = 0; i < 2; i++)
		if (l->side[i].host->fatal) { /* it died of noticing that */
			host_crash(l->side[i].host);
			return;
		}
	if (!welcome_each_other(l))
		return;
	sim_trace(s, "%s-%s connect", l->side[0].host->who->code, l->side[1].host->who->code);
	l->up = true;
	l->doomed = false;
	for (int i = 0; i < 2; i++)
		say_hello(s, &l->side[i]);
}

/* One end learns of the break. */
static void side_down(struct link_side *side)
{
	if (side->peer && !side->host->dying)
		sync_peer_down(bridge_sync(side->host->bridge), side->peer);
	side->peer = NULL;
	side->full = false;
}

void link_notice(struct sim *s, struct link_side *unaware)
{
	sim_trace(s, "%s notices the break of %s", unaware->host->who->code,
		  link_other_side(unaware)->host->who->code);
	unaware->unaware = false;
	side_down(unaware);
}

static void lose_frames(struct link *l)
{
	for (int i = 0; i < 2; i++)
		while (l->side[i].inbox)
			keep_old(&l->side[i], inbox_take(&l->side[i]));
	l->doomed = false;
}

void link_break(struct sim *s, struct link *l)
{
	if (!l->up)
		return;
	sim_trace(s, "%s-%s break", l->side[0].host->who->code, l->side[1].host->who->code);
	l->up = false;
	s->breaks++;
	lose_frames(l);
	side_down(&l->side[0]);
	side_down(&l->side[1]);
}

void link_break_half(struct sim *s, struct link_side *aware)
{
	struct link_side *other = link_other_side(aware);

	if (!aware->link->up)
		return;
	sim_trace(s, "%s breaks with %s", aware->host->who->code, other->host->who->code);
	aware->link->up = false;
	s->breaks++;
	lose_frames(aware->link);
	side_down(aware);
	other->full = false; /* the void takes all */
	other->unaware = true;
}

/* What left before the crash may arrive, and the others may learn of it later. */
static void break_by_crash(struct sim *s, struct link_side *mine)
{
	struct link_side *other = link_other_side(mine);

	if (mine->unaware)
		link_notice(s, mine);
	if (rng_percent(&s->rng, 50))
		while (link_may_deliver(s, other) && !other->link->doomed && !other->host->fatal)
			link_deliver(s, other, false);
	if (s->p.kind[FAULT_HALF_OPEN] && !s->healing && rng_percent(&s->rng, 30))
		link_break_half(s, mine);
	else
		link_break(s, mine->link);
}

void link_break_all_of(struct host *h)
{
	for (unsigned i = 0; i < h->sim->p.hosts; i++) {
		struct link *l;

		if (i == h->number)
			continue;
		l = link_of(h->sim, h->number, i);
		break_by_crash(h->sim, &l->side[l->side[1].host == h]);
	}
}

/* ---- movement */
bool link_may_deliver(const struct sim *s, const struct link_side *to)
{
	return to->link->up && to->inbox && to->host->up && s->now.ns >= to->clogged.ns;
}

void link_deliver(struct sim *s, struct link_side *to, bool stays)
{
	struct buf copy = {0};

	if (stays) {
		buf_put(&copy, buf_bytes(&to->inbox->bytes));
		link_arrive(s, to, buf_bytes(&copy));
		buf_fini(&copy);
	} else {
		struct sim_frame *f = inbox_take(to);

		link_arrive(s, to, buf_bytes(&f->bytes));
		keep_old(to, f);
	}
}

void link_replay(struct sim *s, struct link_side *to)
{
	unsigned n = to->n_old < SIM_OLD_FRAMES ? to->n_old : SIM_OLD_FRAMES;
	struct buf copy = {0};

	if (!to->peer || !n)
		return;
	sim_trace(s, "%s hears an old frame", to->host->who->code);
	buf_put(&copy, buf_bytes(&to->old[rng_below(&s->rng, n)]));
	link_arrive(s, to, buf_bytes(&copy));
	buf_fini(&copy);
}

void link_forget_old(struct sim *s)
{
	for (unsigned a = 0; a < s->p.hosts; a++)
		for (unsigned b = a + 1; b < s->p.hosts; b++)
			s->link[a][b].side[0].n_old = s->link[a][b].side[1].n_old = 0;
}

bool link_may_drain(const struct sim *s, const struct link_side *from)
{
	const struct link_side *to = &from->link->side[from == &from->link->side[0]];

	return from->link->up && from->full && from->host->up && to->inbox_bytes <= s->p.output_bytes / 2;
}

void link_drain(struct sim *s, struct link_side *from)
{
	from->full = false;
	sim_trace(s, "%s drains", from->host->who->code);
	if (from->peer)
		sync_peer_drained(bridge_sync(from->host->bridge), from->peer);
}

void link_tell_roster(struct host *h)
{
	struct sim *s = h->sim;

	for (unsigned i = 0; i < s->p.hosts; i++) {
		struct link *l;
		struct link_side *mine;

		if (i == h->number)
			continue;
		l = link_of(s, h->number, i);
		mine = &l->side[l->side[1].host == h];
		if (!l->up || !mine->peer)
			continue;
		chain_send(s, mine, h->roster->version);
		if (!chain_is_member(h, &s->host[i]) || !chain_is_member(h, h))
			l->doomed = true;
	}
}
