/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The roster's versions on their way to the nodes: an operator hands them in at one, sessions tell
 * them, a start finds them in the store. Each is stored by the writer, then put in force.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "ledger/ledger.h"
#include "sim/link.h"
#include "sim/sim.h"
#include "store/key.h"

#define NOTES_MAX SIM_ROSTERS_MAX
#define TRIES 4 /* its disk may be full */

static const struct roster *version_of(const struct host *h, uint64_t version)
{
	return h->sim->fed->roster[version - 1];
}

static void offer_next(struct host *h);

static void stored(struct commit_job *job)
{
	struct host *h = job->ctx;

	if (!job->err && !h->fatal) {
		roster_unref(h->roster);
		h->roster = roster_ref(version_of(h, h->offered));
		sim_trace(h->sim, "%s obeys roster %llu", h->who->code, (unsigned long long)h->roster->version);
		sync_set_roster(bridge_sync(h->bridge), h->roster);
		link_tell_roster(h);
		offer_next(h);
	} else if (!h->dying) {
		h->offered = h->roster->version;
	}
	commit_job_free(job);
}

/* One at a time: each is judged by the one before. */
static void offer_next(struct host *h)
{
	struct commit_job *job;
	const struct roster *r;

	if (h->offered > h->roster->version || h->offered >= h->known)
		return;
	r = version_of(h, ++h->offered);
	job = commit_job_new(COMMIT_ROSTER);
	buf_put(&job->u.roster, BYTES(r->note, r->note_bytes));
	job->done = stored;
	job->ctx = h;
	host_submit(h, job);
}

void chain_offer(struct host *h, uint64_t version)
{
	if (version > h->known)
		h->known = version;
	offer_next(h);
}

void chain_hand_in(struct host *h)
{
	const struct federation *f = h->sim->fed;
	const struct roster *newest = f->roster[f->n_rosters - 1];

	if (h->roster->n_regions < newest->n_regions)
		sim_trace(h->sim, "%s is handed roster %llu", h->who->code,
			  (unsigned long long)newest->version);
	for (unsigned n = 0; n < TRIES && h->up && h->roster->n_regions < newest->n_regions; n++) {
		chain_offer(h, newest->version);
		while (h->up && h->queue) {
			host_run_writer(h, h->n_queue);
			if (h->up)
				host_run_loop(h, h->n_news);
		}
	}
	h->old = !h->up; /* it starts once more */
}

void chain_find(struct host *h)
{
	const struct federation *f = h->sim->fed;
	struct store_txn *t;
	struct store_key k;
	struct bytes note;
	uint64_t last = 1;

	if (store_begin_read(h->store, &t) == 0) {
		while (last < f->n_rosters &&
		       store_get(t, TABLE_ROSTER, store_key(&k, "L", last + 1), &note) == 0)
			last++;
		store_abort(t);
	}
	h->roster = roster_ref(version_of(h, last));
	h->offered = h->known = last;
}

unsigned chain_has_new_keys(const struct host *h)
{
	const struct roster_region *me = roster_region(h->roster, bytes_of(h->who->code));

	return me && me->n_cosigner_keys > 1;
}

bool chain_is_member(const struct host *me, const struct host *other)
{
	const struct roster_region *r = roster_region(me->roster, bytes_of(other->who->code));

	return r && !r->suspended;
}

void chain_send(struct sim *s, struct link_side *to, uint64_t from_version)
{
	struct bytes notes[NOTES_MAX];
	struct msg m = {.type = MSG_ROSTER_NOTES};
	size_t n = 0;

	for (uint64_t v = from_version; v && v <= to->host->roster->version && n < NOTES_MAX; v++) {
		const struct roster *r = version_of(to->host, v);

		notes[n++] = BYTES(r->note, r->note_bytes);
	}
	if (!n)
		return;
	m.u.roster_notes = (struct msg_roster_notes){notes, n};
	link_send(s, to, &m);
}

void chain_on_notes(struct host *h, const struct msg_roster_notes *m)
{
	const struct federation *f = h->sim->fed;

	for (size_t i = 0; i < m->n_notes; i++)
		for (unsigned v = 1; v <= f->n_rosters; v++)
			if (bytes_eq(m->notes[i], BYTES(f->roster[v - 1]->note, f->roster[v - 1]->note_bytes)))
				chain_offer(h, v);
}
