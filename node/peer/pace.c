/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loop's time for one peer (inv. 11): what its messages cost is taken from a bucket of its region,
 * which outlives its sessions. While that is empty it is not read: its input fills, then its link, and
 * it has to wait; everybody else has the rest of the loop.
 */
#include "peer/node_int.h"

#define BURST_S 10
#define SHOWN_MS 10000 /* that status calls it over its quota after the last time */

struct dial *pace_of(struct session *s)
{
	return s->kind == SESSION_NODE ? dial_find(s->node, s->region) : NULL;
}

void pace_start(struct dial *d, unsigned cpu_percent, struct mono now)
{
	int64_t us_per_s = (int64_t)cpu_percent * 10000;

	d->cpu = bucket_full(us_per_s, us_per_s * BURST_S, now);
}

void pace_charge(struct dial *d, int64_t us)
{
	if (d)
		bucket_take(&d->cpu, us);
}

bool pace_holds(struct session *s, struct mono now)
{
	struct dial *d = pace_of(s);

	if (!d)
		return false;
	bucket_fill(&d->cpu, now);
	if (!bucket_is_empty(&d->cpu)) {
		s->paced = false;
		return false;
	}
	if (!s->paced)
		d->n_paced++;
	s->paced = true;
	d->paced_at = now;
	return true;
}

bool pace_is_shown(const struct dial *d, struct mono now)
{
	return d->n_paced && mono_ms_between(d->paced_at, now) < SHOWN_MS;
}
