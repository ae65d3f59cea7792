/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connecting out: one dial for each other region of the roster; a try when there is no session
 * with it and the wait is over. Waits double, with jitter, so that nodes do not come back in
 * step. A refusal that may come from an old roster is followed by a try for the chain alone.
 */
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/say.h"
#include "crypto/random.h"
#include "peer/node_int.h"

struct dial *dial_find(struct node *n, const char *region)
{
	for (size_t i = 0; i < n->n_dials; i++)
		if (strcmp(n->dials[i].region, region) == 0)
			return &n->dials[i];
	return NULL;
}

/* Dials are only added: a session points to its dial. One of a region that left is never due. */
void dial_set_roster(struct node *n)
{
	for (size_t i = 0; i < n->roster->n_regions; i++) {
		const struct roster_region *r = &n->roster->regions[i];

		if (strcmp(r->code, n->o.commit.region) == 0 || dial_find(n, r->code) ||
		    n->n_dials == ROSTER_REGIONS_MAX)
			continue;
		n->dials[n->n_dials] = (struct dial){.next_at = loop_now(n->o.loop)};
		pace_start(&n->dials[n->n_dials], n->o.peer_cpu_percent, loop_now(n->o.loop));
		memcpy(n->dials[n->n_dials++].region, r->code, sizeof(r->code));
	}
	for (size_t i = 0; i < n->n_dials; i++) { /* what was refused may be welcome now */
		n->dials[i].next_at = loop_now(n->o.loop);
		n->dials[i].backoff_ms = 0;
	}
}

static int64_t jittered(int64_t ms)
{
	uint32_t r;

	crypto_random(&r, sizeof(r));
	return ms / 2 + (int64_t)(r % (uint32_t)(ms + 1));
}

void dial_ended(struct dial *d, int err, const char *text, bool was_ready)
{
	struct node *n;

	if (!d->session)
		return;
	n = d->session->node;
	d->last_err = err;
	snprintf(d->reason, sizeof(d->reason), "%s%s%s", ims_strerror(err), *text ? ": " : "", text);
	if (was_ready)
		d->backoff_ms = 0;
	d->backoff_ms = d->backoff_ms ? d->backoff_ms * 2 : n->o.reconnect_min_ms;
	if (d->backoff_ms > n->o.reconnect_max_ms)
		d->backoff_ms = n->o.reconnect_max_ms;
	if (d->want_chain && d->backoff_ms > 2000)
		d->backoff_ms = 2000;
	d->next_at = mono_plus_ms(loop_now(n->o.loop), jittered(d->backoff_ms));
	d->session = NULL;
}

static void dial_now(struct node *n, struct dial *d, const struct roster_region *r)
{
	struct net_limits limits = net_limits_default;
	bool chain = d->want_chain || !node_is_member(n);
	struct errtext why = {""};
	struct session *s;
	int err;

	limits.output_max_bytes = n->o.output_max_bytes;
	limits.stall_ms = n->o.dead_ms;
	d->want_chain = false;
	s = session_new(n, d);
	d->session = s;
	err = net_connect(n->o.loop, r->addresses[d->address++ % r->n_addresses], chain ? n->o.tls_roster : n->o.tls,
			  n->o.bind_ip && *n->o.bind_ip ? n->o.bind_ip : NULL, &limits, &session_ops, s, &s->conn,
			  &why);
	if (err) {
		say(SAY_WARN, "peer", "%s: cannot dial: %s (%s)", d->region, ims_strerror(err), why.text);
		dial_ended(d, err, why.text, false);
		session_free(s);
	}
}

void dial_tick(struct node *n, struct mono now)
{
	for (size_t i = 0; i < n->n_dials; i++) {
		struct dial *d = &n->dials[i];
		const struct roster_region *r = roster_region(n->roster, bytes_of(d->region));

		if (d->session || now.ns < d->next_at.ns || !r || r->suspended || r->n_addresses == 0 ||
		    session_of(n, d->region))
			continue;
		dial_now(n, d, r);
	}
}
