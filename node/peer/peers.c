/* SPDX-License-Identifier: Apache-2.0 */
/* How the other nodes are, for status and lists. */
#include <string.h>

#include "peer/node_int.h"

size_t node_peer_count(const struct node *n)
{
	return n->n_dials;
}

/* Why less is taken from this region than it has; NULL: nothing stands against it. */
static const char *over_quota(struct node *n, const struct dial *d, struct mono now)
{
	struct sync *sync = bridge_sync(n->bridge);

	for (size_t i = 0; i < sync_log_count(sync); i++) {
		struct sync_log_info l;

		sync_log_at(sync, i, &l);
		if (strcmp(l.region, d->region) != 0 || l.over == SYNC_WITHIN)
			continue;
		return l.over == SYNC_OVER_DISK ? "its log fills its quota of the disk (quota_disk_bytes)"
						: "its log grows faster than its quota (quota_entries_per_s, "
						  "quota_bytes_per_s)";
	}
	return pace_is_shown(d, now) ? "its messages take more time than its quota (peer_cpu_percent)" : NULL;
}

static void of_session(struct node *n, struct session *s, struct mono now, struct node_peer_info *ret)
{
	const struct net_ident *i = net_conn_ident(s->conn);
	uint64_t theirs, mine;

	sync_peer_lag(bridge_sync(n->bridge), s->peer, &theirs, &mine);
	ret->lag_entries = theirs + mine;
	ret->state = ret->lag_entries ? "behind" : "in-sync";
	ret->lag_ms = ret->lag_entries ? mono_ms_between(s->last_heard, now) : 0;
	ret->reason = "";
	ret->address = i->address;
	ret->direction = s->dial ? "out" : "in";
	ret->last_heard_ms = mono_ms_between(s->last_heard, now);
	ret->certificate_days = (i->not_after_s - clock_wall().ms / 1000) / 86400;
	ret->bytes_in = net_conn_bytes_in(s->conn);
	ret->bytes_out = net_conn_bytes_out(s->conn);
	ret->round_trip_us = s->round_trip_us;
}

void node_peer_at(struct node *n, size_t i, struct node_peer_info *ret)
{
	struct dial *d = &n->dials[i];
	const struct roster_region *r = roster_region(n->roster, bytes_of(d->region));
	struct session *s = session_of(n, d->region);
	struct mono now = loop_now(n->o.loop);
	const char *over;

	*ret = (struct node_peer_info){
		.region = d->region,
		.state = d->refused ? "refused" : "unreachable",
		.reason = d->reason[0] ? d->reason : "no connection yet",
		.address = r && r->n_addresses ? r->addresses[0] : "",
		.direction = "",
		.last_heard_ms = d->heard ? mono_ms_between(d->last_heard, now) : -1,
		.certificate_days = -1,
		.clone_ms = clone_of_peer_ms(n, d),
		.round_trip_us = -1,
	};
	if (!r || r->suspended)
		ret->state = "suspended";
	else if (s)
		of_session(n, s, now, ret);
	if (r && !r->suspended && (over = over_quota(n, d, now)) != NULL) {
		ret->state = "over-quota";
		ret->reason = over;
	}
}
