/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/peers.h"

#include <string.h>

#include "pb/ctl.pb-c.h"

#include "ctl/ctl_int.h"

static char *copy(struct arena *a, const char *text)
{
	return arena_text(a, bytes_of(text ? text : ""));
}

static Ims__Ctl__PeerStatus *read_one(struct ctl_call *call, size_t i)
{
	Ims__Ctl__PeerStatus *p = arena_alloc(&call->arena, sizeof(*p));
	struct node_peer_info info;

	if (!p)
		return NULL;
	node_peer_at(call->node, i, &info);
	*p = CTL_NEW(PeerStatus, peer_status);
	p->region = copy(&call->arena, info.region);
	p->state = copy(&call->arena, info.state);
	p->lag_entries = info.lag_entries;
	p->lag_ms = info.lag_ms;
	p->address = copy(&call->arena, info.address);
	p->reason = copy(&call->arena, info.reason);
	p->last_heard_ms = info.last_heard_ms;
	p->certificate_days = info.certificate_days;
	p->direction = copy(&call->arena, info.direction);
	p->bytes_in = info.bytes_in;
	p->bytes_out = info.bytes_out;
	p->round_trip_us = info.round_trip_us;
	return p;
}

Ims__Ctl__PeerStatus **peers_read(struct ctl_call *call, size_t *ret_n)
{
	size_t n = node_peer_count(call->node);
	Ims__Ctl__PeerStatus **all = arena_array(&call->arena, n + 1, sizeof(Ims__Ctl__PeerStatus *));

	for (size_t i = 0; all && i < n; i++)
		all[i] = read_one(call, i);
	*ret_n = n;
	return arena_failed(&call->arena) ? NULL : all;
}

int ctl_peer_list(struct ctl_call *call, const Ims__Ctl__Empty *q)
{
	Ims__Ctl__PeerListReply reply = CTL_NEW(PeerListReply, peer_list_reply);

	(void)q;
	reply.peers = peers_read(call, &reply.n_peers);
	if (!reply.peers)
		return IMS_E_NOMEM;
	ctl_answer(call, &reply.base);
	return 0;
}

static void pinged(void *ctx, int err, int64_t round_trip_us)
{
	struct ctl_call *call = ctx;
	const Ims__Ctl__PeerRequest *q = (const Ims__Ctl__PeerRequest *)call->request;
	Ims__Ctl__PeerPingReply reply = CTL_NEW(PeerPingReply, peer_ping_reply);

	if (err) {
		ctl_fail(call, errtext_set(&call->why, err, "%s",
					   err == IMS_E_UNREACHABLE ? "there is no session with it" :
					   err == IMS_E_AGAIN ? "a ping is on its way already" : ims_strerror(err)));
		return;
	}
	reply.region = q->region;
	reply.round_trip_us = round_trip_us;
	ctl_answer(call, &reply.base);
}

int ctl_peer_ping(struct ctl_call *call, const Ims__Ctl__PeerRequest *q)
{
	if (!roster_region(node_roster(call->node), bytes_of(q->region)))
		return errtext_set(&call->why, IMS_E_NOT_FOUND, "no region %.12s in the roster", q->region);
	if (strcmp(q->region, node_options(call->node)->commit.region) == 0)
		return errtext_set(&call->why, IMS_E_INVALID, "that is this node itself");
	node_ping(call->node, q->region, pinged, call);
	return CTL_LATER;
}
