/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Links between nodes: one session at a time, hellos both ways, frames in order as real bytes.
 * A break loses what is under way; different links know nothing of each other's order. Frames of
 * earlier connections may come again: TLS would not let them, the code must not mind.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/mem.h"
#include "sim/sim.h"
#include "wire/codec.h"
#include "wire/frame.h"

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

	if (!from->link->up)
		return IMS_E_CLOSED;
	err = liar_encode(from->host, m, &frame);
	if (err) {
		sim_fail(s, "wire", "%s cannot encode its message %d: %s", from->host->who->code, m->type,
			 ims_error(err)->name);
		return err;
	}
	oracle_sent(from->host, to->host, m);
	inbox_put(to, frame);
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
	sync_hello(bridge_sync(from->host->bridge), &a, &m.u.hello);
	link_send(s, from, &m);
	arena_fini(&a);
}

/* Both pins must be known; a roster that is behind comes on a connection that needs none. */
static bool welcome_each_other(struct link *l)
{
	bool known = true;

	for (int i = 0; i < 2; i++) {
		struct host *me = l->side[i].host, *other = l->side[!i].host;

		if (roster_region(me->roster, bytes_of(other->who->code)) &&
		    roster_region(me->roster, bytes_of(me->who->code)))
			continue;
		known = false;
		if (other->roster->version > me->roster->version)
			host_offer_roster(me);
	}
	return known;
}

void link_connect(struct sim *s, struct link *l)
{
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

void link_break(struct sim *s, struct link *l)
{
	if (!l->up)
		return;
	sim_trace(s, "%s-%s break", l->side[0].host->who->code, l->side[1].host->who->code);
	l->up = false;
	s->breaks++;
	for (int i = 0; i < 2; i++) {
		struct link_side *side = &l->side[i];

		while (side->inbox)
			keep_old(side, inbox_take(side));
		side_down(side);
	}
	l->doomed = false;
}

void link_break_all_of(struct host *h)
{
	for (unsigned i = 0; i < h->sim->p.hosts; i++) {
		struct link *l;

		if (i == h->number)
			continue;
		l = link_of(h->sim, h->number, i);
		/* What left before the crash may arrive. */
		for (int k = 0; l->up && k < 2; k++)
			if (l->side[k].host != h && rng_percent(&h->sim->rng, 50))
				while (l->up && l->side[k].inbox && !l->doomed)
					link_deliver(h->sim, &l->side[k]);
		link_break(h->sim, l);
	}
}

/* ---- arrivals */
static void on_hello(struct sim *s, struct link_side *to, const struct msg_hello *m)
{
	struct host *h = to->host;
	struct sync *sync = bridge_sync(h->bridge);

	if (to->peer) {
		sim_fail(s, "wire", "%s gets a second hello", h->who->code);
		return;
	}
	to->peer = sync_peer_up(sync, to, link_other_side(to)->host->who->code, s->now);
	sync_on_hello(sync, to->peer, m, s->now);
	if (!to->link->doomed)
		bridge_heads_shown(h->bridge);
}

static void send_chain(struct sim *s, struct link_side *to, uint64_t from_version)
{
	const struct roster *r = to->host->roster;
	struct bytes note = BYTES(r->note, r->note_bytes);
	struct msg m = {.type = MSG_ROSTER_NOTES, .u.roster_notes = {&note, 1}};

	if (r->version == from_version)
		link_send(s, to, &m);
}

static void refused(struct sim *s, struct link_side *to, unsigned type, int err, const struct errtext *why)
{
	const struct host *from = link_other_side(to)->host;

	sim_trace(s, "%s refuses %u of %s: %s %s", to->host->who->code, type, from->who->code,
		  ims_error(err)->name, why->text);
	to->link->doomed = true;
	if (!liar_is(from))
		sim_fail(s, "inv. 12", "%s refuses message %u of honest %s: %s (%s)", to->host->who->code,
			 type, from->who->code, ims_error(err)->name, why->text);
}

static void handle(struct sim *s, struct link_side *to, const struct msg *m)
{
	struct errtext why = {""};
	int err;

	switch (m->type) {
	case MSG_HELLO:
		on_hello(s, to, &m->u.hello);
		return;
	case MSG_ROSTER_FETCH:
		send_chain(s, to, m->u.roster_fetch.from_version);
		return;
	case MSG_ROSTER_NOTES:
		host_offer_roster(to->host);
		return;
	default:
		break;
	}
	if (!to->peer) {
		sim_fail(s, "wire", "%s gets message %d before a hello", to->host->who->code, m->type);
		return;
	}
	err = sync_on_message(bridge_sync(to->host->bridge), to->peer, m, s->now, &why);
	if (err)
		refused(s, to, m->type, err, &why);
}

static void arrive(struct sim *s, struct link_side *to, struct bytes bytes)
{
	struct errtext why = {""};
	struct frame f = {0};
	struct arena a;
	struct msg m;
	int err = frame_take(bytes, &f) == 1 ? 0 : IMS_E_FRAME;

	sim_trace(s, "%s gets %u of %zu bytes from %s", to->host->who->code, f.type, bytes.n,
		  link_other_side(to)->host->who->code);
	arena_init(&a, codec_budget(f.message.n));
	if (!err)
		err = msg_decode(f.type, f.message, &a, &m, &why);
	if (err)
		refused(s, to, f.type, err, &why);
	else
		handle(s, to, &m);
	arena_fini(&a);
}

void link_deliver(struct sim *s, struct link_side *to)
{
	struct sim_frame *f = inbox_take(to);

	arrive(s, to, buf_bytes(&f->bytes));
	keep_old(to, f);
}

void link_replay(struct sim *s, struct link_side *to)
{
	unsigned n = to->n_old < SIM_OLD_FRAMES ? to->n_old : SIM_OLD_FRAMES;
	struct buf copy = {0};

	if (!to->peer || !n)
		return;
	sim_trace(s, "%s hears an old frame", to->host->who->code);
	buf_put(&copy, buf_bytes(&to->old[rng_below(&s->rng, n)]));
	arrive(s, to, buf_bytes(&copy));
	buf_fini(&copy);
}

bool link_may_drain(const struct sim *s, const struct link_side *from)
{
	const struct link_side *to = &from->link->side[from == &from->link->side[0]];

	return from->full && to->inbox_bytes <= s->p.output_bytes / 2;
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

	for (unsigned i = 0; i < s->p.hosts; i++)
		if (i != h->number) {
			struct link *l = link_of(s, h->number, i);
			struct link_side *mine = &l->side[l->side[1].host == h];

			if (l->up && mine->peer)
				send_chain(s, mine, h->roster->version);
		}
}
