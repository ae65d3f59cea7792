/* SPDX-License-Identifier: Apache-2.0 */
/* What a node has stored of every log, in its database or in its commit log, and that it shows no more. */
#include <stdlib.h>

#include "base/mem.h"
#include "ledger/ledger.h"
#include "sim/oracle.h"
#include "sim/sim.h"
#include "sim/store_fake.h"

int stored_item(struct ledger_reader *r, uint64_t index, struct ledger_item *ret)
{
	struct arena a;
	int err;

	arena_init(&a, LEDGER_ITEM_BYTES);
	err = ledger_read_item(r, index, &a, ret);
	ret->salt = ret->payload = BYTES_NONE;
	arena_fini(&a);
	return err;
}

static void look_at_store(struct host *h, struct stored *at)
{
	const struct federation *f = h->sim->fed;
	struct ledger_reader *r;
	struct store_txn *t;

	if (store_begin_read(h->store, &t))
		return;
	r = mem_new(struct ledger_reader);
	for (unsigned of = 0; of < SIM_LOGS_MAX; of++) {
		uint64_t size;

		if (!federation_has(f, of))
			continue;
		size = ledger_read_open(t, federation_origin(f, of), r) == 0 ? r->size : 0;
		if (at->ring_life != h->lives && at->in_ring[of] > at->size[of]) /* a start folds it again */
			at->size[of] = at->in_ring[of];
		if (size < at->size[of] && (!h->restored || federation_writer(of) != h->number))
			sim_fail(h->sim, "inv. 3", "%s had stored %llu entries of %s, and now %llu",
				 h->who->code, (unsigned long long)at->size[of], federation_origin(f, of),
				 (unsigned long long)size);
		at->size[of] = size;
	}
	at->ring_life = h->lives; /* of records that come from now on */
	free(r);
	store_abort(t);
}

/* Of a member's log: committed, which is read again after a commit only, or in the commit log. */
uint64_t stored_size(struct host *h, unsigned of)
{
	struct stored *at = oracle_stored(h->sim->oracle, h->number);
	uint64_t commits = store_fake_commits(h->dir) + 1;

	if (at->commits != commits)
		look_at_store(h, at);
	at->commits = commits;
	return at->in_ring[of] > at->size[of] ? at->in_ring[of] : at->size[of];
}

/* What is said to be in the commit log is read there. */
void stored_package(struct host *h, const struct commit_package *p)
{
	unsigned of = federation_find(h->sim->fed, bytes_of(p->origin));
	struct bytes body, entry = p->items[p->n - 1].entry;

	if (!p->ret_ring_seq || of == SIM_LOGS_MAX)
		return;
	h->sim->live++;
	stored_size(h, of); /* what a former life had told is looked for now */
	if (ring_read(h->ring, p->ret_ring_seq, &body) || !memmem(body.p, body.n, entry.p, entry.n))
		sim_fail(h->sim, "inv. 4", "%s tells of entries of %s in its commit log, which are not there",
			 h->who->code, p->origin);
	oracle_stored(h->sim->oracle, h->number)->in_ring[of] = p->from + p->n;
}

uint64_t oracle_kept(struct sim *s, unsigned log)
{
	uint64_t ret = 0, size;

	for (unsigned i = 0; i < s->p.hosts; i++)
		if (i != federation_writer(log) && s->host[i].up) {
			size = stored_size(&s->host[i], log);
			ret = size > ret ? size : ret;
		}
	return ret < oracle_size(s->oracle, log) ? ret : oracle_size(s->oracle, log);
}

void oracle_looked_at(struct host *h)
{
	struct stored *at = oracle_stored(h->sim->oracle, h->number);
	const struct sync *sync = bridge_sync(h->bridge);

	if (h->fatal)
		return;
	if (at->life != h->lives)
		memset(at->shown, 0, sizeof(at->shown));
	at->life = h->lives;
	for (size_t i = 0; i < sync_log_count(sync); i++) {
		struct sync_log_info l;
		unsigned of;

		sync_log_at(sync, i, &l);
		of = federation_find(h->sim->fed, bytes_of(l.origin));
		if (of == SIM_LOGS_MAX)
			continue;
		if (l.head_size < at->shown[of] && !l.closed &&
		    (!h->restored || federation_writer(of) != h->number))
			sim_fail(h->sim, "inv. 4", "%s has shown %s at %llu, and now at %llu", h->who->code,
				 l.origin, (unsigned long long)at->shown[of],
				 (unsigned long long)l.head_size);
		at->shown[of] = l.head_size;
	}
}
