/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a region had acknowledged above the size at which the roster closed its log (inv. 3): it goes on in the
 * next one, or the region's logs say the same already. Of a region that has lost files nobody can tell.
 */
#include <stdio.h>

#include "sim/oracle.h"
#include "sim/sim.h"
#include "store/key.h"
#include "view/group.h"

static bool says(const struct oracle *o, unsigned log, uint64_t end, const struct hash *content)
{
	bool ret = false;

	for (uint64_t i = 0; i < end && !ret; i++)
		ret = oracle_row(o, log, i)->has_payload && hash_eq(&oracle_row(o, log, i)->content, content);
	return ret;
}

static void check_orphans(struct sim *s, unsigned member)
{
	const struct oracle *o = s->oracle;
	const unsigned next = SIM_HOSTS_MAX + member;
	const uint64_t end = s->fed->is.end[member].size;

	for (uint64_t i = end; i < oracle_size(o, member) && !s->failed; i++) {
		const struct oracle_row *row = oracle_row(o, member, i);

		if (row->acked && row->has_payload && !row->nonsense && !says(o, member, end, &row->content) &&
		    !says(o, next, oracle_size(o, next), &row->content))
			sim_fail(s, "inv. 3", "acknowledged at %llu of %s, which ends at %llu, and not in %s",
				 (unsigned long long)i, federation_origin(s->fed, member),
				 (unsigned long long)end, federation_origin(s->fed, next));
	}
}

void checks_closed(struct sim *s)
{
	for (unsigned i = 0; i < s->p.hosts; i++)
		if (s->fed->is.end[i].closed && !s->host[i].restored)
			check_orphans(s, i);
}

/* ---- not lost, and not appended again yet */
struct ring_walk {
	struct host *host;
	struct store_txn *txn;
	uint64_t from;
};

static int check_aside(void *ctx, const struct ledger_item *item)
{
	struct ring_walk *w = ctx;
	const struct oracle *o = w->host->sim->oracle;
	const unsigned log = w->host->log;
	struct store_key k;
	struct bytes v;

	if (item->index < w->from || item->index >= oracle_size(o, log) ||
	    !oracle_row(o, log, item->index)->acked ||
	    !hash_eq(&oracle_row(o, log, item->index)->leaf, &item->leaf))
		return 0;
	if (store_get(w->txn, TABLE_ASIDE,
		      store_key(&k, "SLD", bytes_of(host_origin(w->host)), item->index,
				bytes_of_hash(&item->leaf)),
		      &v))
		sim_fail(w->host->sim, "inv. 3",
			 "%s: acknowledged at %llu of %s, which is over, and not set aside",
			 w->host->who->code, (unsigned long long)item->index, host_origin(w->host));
	return w->host->sim->failed;
}

bool checks_closed_is_whole(struct host *h, struct store_txn *t, uint64_t size)
{
	struct ring_walk w = {h, t, size};
	struct bytes body;

	if (!h->restored || commit_state_of(h->commit) != COMMIT_CLOSED || h->log != h->number ||
	    size < h->sim->fed->is.end[h->number].size || size >= oracle_size(h->sim->oracle, h->log))
		return false;
	for (uint64_t seq = ring_first(h->ring); seq && seq <= ring_last(h->ring); seq++)
		if (ring_read(h->ring, seq, &body) == 0 &&
		    group_each_item(body, host_origin(h), check_aside, &w))
			break;
	return true;
}
