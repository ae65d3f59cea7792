/* SPDX-License-Identifier: Apache-2.0 */
/* What a frame does at its end: as peer/dispatch.c would, without sessions' states. */
#include "sim/faults.h"
#include "sim/link.h"
#include "sim/sim.h"
#include "wire/codec.h"
#include "wire/frame.h"

/* Who forks knows what it signed, and goes on. */
static void forget_own_lies(const struct host *h, struct msg_head *heads, size_t *n_heads)
{
	size_t n = 0;

	for (size_t i = 0; i < *n_heads; i++)
		if (!h->forked || !heads[i].unreached)
			heads[n++] = heads[i];
	*n_heads = n;
}

static void on_hello(struct sim *s, struct link_side *to, struct msg_hello *m)
{
	struct host *h = to->host;
	struct sync *sync = bridge_sync(h->bridge);

	if (to->peer) /* peer/dispatch.c takes one */
		return;
	forget_own_lies(h, m->heads, &m->n_heads);
	to->peer = sync_peer_up(sync, to, link_other_side(to)->host->who->code, s->now);
	if (h->roster->version > to->hello_roster) /* put in force since: sessions with both hellos are told */
		chain_send(s, to, to->hello_roster + 1);
	sync_on_hello(sync, to->peer, m, s->now);
	if (!to->link->doomed)
		bridge_heads_shown(h->bridge);
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

static void handle(struct sim *s, struct link_side *to, struct msg *m)
{
	struct errtext why = {""};
	int err;

	switch (m->type) {
	case MSG_HELLO:
		on_hello(s, to, &m->u.hello);
		return;
	case MSG_ROSTER_FETCH:
		chain_send(s, to, m->u.roster_fetch.from_version);
		return;
	case MSG_ROSTER_NOTES:
		chain_on_notes(to->host, &m->u.roster_notes);
		if (to->peer)
			sync_peer_roster(bridge_sync(to->host->bridge), to->peer, to->host->known);
		return;
	default:
		break;
	}
	if (!to->peer) {
		sim_fail(s, "wire", "%s gets message %d before a hello", to->host->who->code, m->type);
		return;
	}
	if (m->type == MSG_HEADS)
		forget_own_lies(to->host, m->u.heads.heads, &m->u.heads.n_heads);
	err = sync_on_message(bridge_sync(to->host->bridge), to->peer, m, s->now, &why);
	if (err)
		refused(s, to, m->type, err, &why);
}

void link_arrive(struct sim *s, struct link_side *to, struct bytes bytes)
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
