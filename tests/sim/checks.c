/* SPDX-License-Identifier: Apache-2.0 */
/* The invariants (DESIGN section 3), when all lines stand, all nodes run and nothing moves. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "ledger/heads.h"
#include "ledger/ledger.h"
#include "replication/sync_int.h"
#include "sim/faults.h"
#include "sim/oracle.h"
#include "sim/sim.h"
#include "store/key.h"
#include "view/digest.h"

/* ---- quiet? */
__attribute__((format(printf, 2, 3))) static const char *missing(struct host *h, const char *fmt, ...)
{
	struct sim *s = h->sim;
	va_list ap;
	int n = snprintf(s->missing, sizeof(s->missing), "%s ", h->who->code);

	va_start(ap, fmt);
	vsnprintf(s->missing + n, sizeof(s->missing) - (size_t)n, fmt, ap);
	va_end(ap);
	return s->missing;
}

static const char *has_all(struct host *h, const struct sync_log_info *l, uint64_t size)
{
	if (l->size != size)
		return missing(h, "has %s at %llu of %llu", l->origin, (unsigned long long)l->size,
			       (unsigned long long)size);
	return NULL;
}

/* How much of a log counts. */
static uint64_t end_of(const struct sim *s, unsigned log)
{
	return log < SIM_HOSTS_MAX && s->fed->is.end[log].closed ? s->fed->is.end[log].size : UINT64_MAX;
}

/* ---- payloads that only a lost database held */
static bool holds_payload(struct host *h, const char *origin, uint64_t index)
{
	struct ledger_item item = {.payload_state = LEDGER_PAYLOAD_NONE};
	struct ledger_reader *r = mem_new(struct ledger_reader);
	struct store_txn *t;
	int err = store_begin_read(h->store, &t);
	/* What is acknowledged and not committed yet may be it. */
	bool perhaps = bridge_is_ahead(h->bridge);

	if (!err) {
		err = ledger_read_open(t, origin, r);
		if (!err && index < r->size)
			err = stored_item(r, index, &item);
		store_abort(t);
	}
	free(r);
	return perhaps || (!err && item.payload_state == LEDGER_PAYLOAD_HERE);
}

static bool payload_is_gone(struct sim *s, const char *origin, uint64_t index)
{
	bool ret = s->n_restored > 0;

	for (unsigned i = 0; i < s->p.hosts && ret; i++)
		ret = s->host[i].up && !holds_payload(&s->host[i], origin, index);
	return ret;
}

/* It can cosign nothing of this log any more: it lacks a payload that is for it. */
static bool wants_what_is_gone(struct host *h, const char *of)
{
	bool ret = false;
	struct store_cursor c;
	struct store_txn *t;

	if (!h->sim->n_restored || !h->up || store_begin_read(h->store, &t))
		return false;
	for (store_seek(&c, t, TABLE_WANTED, BYTES_NONE, BYTES_NONE, false); store_cursor_ok(&c) && !ret;
	     store_next(&c)) {
		char origin[161];

		ret = ledger_origin_of(t, be32_get(c.key.p), origin) == 0 && strcmp(origin, of) == 0 &&
		      payload_is_gone(h->sim, origin, be64_get(c.key.p + 4));
	}
	store_cursor_fini(&c);
	store_abort(t);
	return ret;
}

/* Who must have cosigned it. Not a region that has forked: started again, it waits for ever for peers
 * to show what they hold of its log, which is frozen and empty where the fork came first. */
static size_t cosigners_due(struct sim *s, unsigned of)
{
	size_t n = 0;

	for (unsigned i = 0; i < s->fed->n; i++)
		n += i != federation_writer(of) && !liar_forked(s, s->fed->member[i].origin) &&
		     !wants_what_is_gone(&s->host[i], federation_origin(s->fed, of));
	return n;
}

/* Everybody's copy need not be all of it: there is another history. */
static bool may_be_short(const struct sim *s, unsigned of)
{
	return liar_forked(s, federation_origin(s->fed, of));
}

static const char *log_not_quiet(struct host *h, const struct sync_log_info *l)
{
	const struct federation *f = h->sim->fed;
	unsigned of = federation_find(f, bytes_of(l->origin));
	uint64_t size = of < SIM_LOGS_MAX ? oracle_size(h->sim->oracle, of) : 0;

	if (liar_forked(h->sim, l->origin)) /* what was seen of it differs, and stays so */
		return NULL;
	if (l->frozen)
		return missing(h, "has frozen %s", l->origin);
	if (l->closed)
		return has_all(h, l, f->is.end[of].size);
	if (has_all(h, l, size))
		return h->sim->missing;
	if (size && l->head_size != size)
		return missing(h, "shows %s at %llu of %llu", l->origin, (unsigned long long)l->head_size,
			       (unsigned long long)size);
	if (size && l->n_cosigners < cosigners_due(h->sim, of))
		return missing(h, "knows %zu cosignatures of %s at %llu", l->n_cosigners, l->origin,
			       (unsigned long long)size);
	return NULL;
}

static bool has_something_aside(struct host *h)
{
	struct store_txn *t;
	bool ret;

	if (store_begin_read(h->store, &t))
		return true;
	ret = store_count(t, TABLE_ASIDE) > 0;
	store_abort(t);
	return ret;
}

/* Payloads may be missing for ever only where nobody was meant to have them. */
static const char *wants_not_quiet(struct host *h)
{
	const char *ret = NULL;
	struct store_cursor c;
	struct store_txn *t;

	if (store_begin_read(h->store, &t))
		return missing(h, "cannot read");
	for (store_seek(&c, t, TABLE_WANTED, BYTES_NONE, BYTES_NONE, false); store_cursor_ok(&c) && !ret;
	     store_next(&c)) {
		char origin[161];
		uint32_t slot = be32_get(c.key.p);
		uint64_t index = be64_get(c.key.p + 4);
		unsigned of = ledger_origin_of(t, slot, origin)
				      ? SIM_LOGS_MAX
				      : federation_find(h->sim->fed, bytes_of(origin));

		if (of < SIM_LOGS_MAX && (may_be_short(h->sim, of) || index >= end_of(h->sim, of)))
			continue;
		if (payload_is_gone(h->sim, origin, index))
			continue;
		if (of == SIM_LOGS_MAX || index >= oracle_size(h->sim->oracle, of) ||
		    !oracle_row(h->sim->oracle, of, index)->nonsense)
			ret = missing(h, "still wants the payload of %s %llu", origin,
				      (unsigned long long)index);
	}
	store_cursor_fini(&c);
	store_abort(t);
	return ret;
}

static const char *not_ready(struct host *h)
{
	struct bridge_recovery r;

	bridge_recovery(h->bridge, &r);
	return missing(h, "is not ready: state %d, own log at %llu of %llu, not heard %zu", h->state,
		       (unsigned long long)r.size, (unsigned long long)r.known_size, r.heard.n_unheard);
}

static const char *host_not_quiet(struct host *h)
{
	const char *ret = NULL;

	if (!h->up)
		return missing(h, "is down");
	if (h->queue || h->news)
		return missing(h, "has work left");
	if (h->roster != h->sim->fed->roster[h->sim->fed->n_rosters - 1])
		return missing(h, "has an old roster");
	if (h->log == h->number && h->sim->fed->is.end[h->number].closed)
		return missing(h, "has the key of an incarnation that is over");
	if (commit_state_of(h->commit) != COMMIT_READY)
		return not_ready(h);
	if (has_something_aside(h))
		return missing(h, "has something set aside");
	for (size_t i = 0; !ret && i < sync_log_count(bridge_sync(h->bridge)); i++) {
		struct sync_log_info l;

		sync_log_at(bridge_sync(h->bridge), i, &l);
		ret = log_not_quiet(h, &l);
	}
	return ret ? ret : wants_not_quiet(h);
}

/* Nothing was there to be signed after its files were lost. */
static void look_who_may_sign(struct sim *s)
{
	for (unsigned i = 0; i < s->p.hosts; i++) {
		struct host *h = &s->host[i];
		struct bridge_recovery r;

		if (!h->up || h->queue || h->news || commit_state_of(h->commit) != COMMIT_READY)
			continue;
		bridge_recovery(h->bridge, &r);
		if (r.signing)
			oracle_may_sign(h);
	}
}

/* ---- beyond recovery? */
static uint64_t largest_copy(const struct sim *s, const char *origin)
{
	uint64_t ret = 0;

	for (unsigned i = 0; i < s->p.hosts; i++) {
		const struct sync *sync = s->host[i].up ? bridge_sync(s->host[i].bridge) : NULL;
		const struct sync_log *l = sync ? sync_find(sync, bytes_of(origin)) : NULL;

		if (l && l->stored > ret)
			ret = l->stored;
	}
	return ret;
}

/* A node waits for entries under its own signature, of its own log or another's, that nobody has any more. */
bool checks_are_beyond_recovery(const struct sim *s, unsigned *ret_log)
{
	for (unsigned i = 0; i < s->p.hosts; i++) {
		const struct host *h = &s->host[i];
		const struct sync *sync = h->up ? bridge_sync(h->bridge) : NULL;

		if (!sync || commit_state_of(h->commit) != COMMIT_RECOVERING || h->queue || h->news)
			continue;
		for (size_t k = 0; k < sync->n_logs; k++) {
			const struct sync_log *l = sync->logs[k];
			uint64_t due = l->own && l->target.size > l->own_word ? l->target.size : l->own_word;

			/* of its own, what it has set aside was tried, when the state said so */
			if (due > largest_copy(s, l->origin) && (!l->own || h->told_lost) && !l->closed) {
				*ret_log = federation_find(s->fed, bytes_of(l->origin));
				return true;
			}
		}
	}
	return false;
}

const char *checks_not_quiet(struct sim *s)
{
	const char *ret = NULL;

	look_who_may_sign(s);

	for (unsigned a = 0; !ret && a < s->p.hosts; a++) {
		ret = host_not_quiet(&s->host[a]);
		for (unsigned b = a + 1; !ret && b < s->p.hosts; b++)
			if (!s->link[a][b].up || s->link[a][b].side[0].inbox || s->link[a][b].side[1].inbox)
				ret = missing(&s->host[a], "has a link that is down or busy");
	}
	return ret;
}

/* ---- one log at one node */
static void check_payload(struct host *h, unsigned of, const struct ledger_item *item)
{
	const struct oracle_row *row = oracle_row(h->sim->oracle, of, item->index);
	bool mine = row->may_see & 1u << h->number, here = item->payload_state == LEDGER_PAYLOAD_HERE;

	if (here && !mine)
		sim_fail(h->sim, "inv. 10", "%s holds the payload of %s %llu, which is not for it",
			 h->who->code, federation_origin(h->sim->fed, of), (unsigned long long)item->index);
	if (may_be_short(h->sim, of))
		return;
	if (row->limited && liar_is(&h->sim->host[federation_writer(of)]))
		return; /* its word, that it is not for somebody, counts */
	if (!here && mine && !row->nonsense && item->payload_state != LEDGER_PAYLOAD_NONE &&
	    !payload_is_gone(h->sim, federation_origin(h->sim->fed, of), item->index))
		sim_fail(h->sim, "inv. 10", "%s lacks the payload of %s %llu", h->who->code,
			 federation_origin(h->sim->fed, of), (unsigned long long)item->index);
}

static void check_entries(struct host *h, unsigned of, struct ledger_reader *r)
{
	const struct oracle *o = h->sim->oracle;
	const char *origin = federation_origin(h->sim->fed, of);
	const uint64_t end = end_of(h->sim, of); /* what is above it was not kept */
	const uint64_t size = r->size < end ? r->size : end;
	const uint64_t due = oracle_size(o, of) < end ? oracle_size(o, of) : end;

	if (size > due || (size < due && !may_be_short(h->sim, of)))
		sim_fail(h->sim, "inv. 1", "%s has %llu entries of %s, its writer %llu", h->who->code,
			 (unsigned long long)size, origin, (unsigned long long)due);
	for (uint64_t i = 0; i < size && !h->sim->failed; i++) {
		struct ledger_item item;
		struct store_key k;
		struct bytes why;
		int err = stored_item(r, i, &item);

		if (err)
			sim_fail(h->sim, "inv. 2", "%s cannot read %s %llu: %s", h->who->code, origin,
				 (unsigned long long)i, ims_error(err)->name);
		else if (!hash_eq(&item.leaf, &oracle_row(o, of, i)->leaf))
			sim_fail(h->sim, "inv. 2", "%s has other bytes at %s %llu", h->who->code, origin,
				 (unsigned long long)i);
		else
			check_payload(h, of, &item);
		if (oracle_row(o, of, i)->acked &&
		    store_get(r->txn, TABLE_PROBLEMS, store_key(&k, "IL", r->slot, i), &why) == 0)
			sim_fail(h->sim, "inv. 3", "an acknowledged write has no effect: %s %llu: %.*s",
				 origin, (unsigned long long)i, (int)why.n - 2, (const char *)why.p + 2);
	}
}

static void seen(void *ctx, const struct roster_region *by, uint64_t time_s, struct bytes line)
{
	(void)ctx;
	(void)by;
	(void)time_s;
	(void)line;
}

/* Inv. 4: a signed head covers all, and the tiles give its root; and everybody else's word. */
static void check_head(struct host *h, unsigned of, struct ledger_reader *r)
{
	const char *origin = federation_origin(h->sim->fed, of);
	struct head_row head;
	struct checkpoint c;
	struct hash root;
	struct buf note = {0};
	struct note n;
	int err = heads_newest(r->txn, origin, UINT64_MAX, &head);

	if (!err)
		heads_put_note(r->txn, origin, &head, &note);
	if (!err)
		err = roster_verify_checkpoint(h->roster, buf_bytes(&note), &n, &c);
	if (!err)
		err = ledger_root(r, r->size, &root);
	if (err)
		sim_fail(h->sim, "inv. 4", "%s: the head of %s: %s", h->who->code, origin,
			 ims_error(err)->name);
	else if (c.size != r->size || !hash_eq(&root, &c.root) || !hash_eq(&root, &r->root) ||
		 !hash_eq(&root, &oracle_row(h->sim->oracle, of, c.size - 1)->root))
		sim_fail(h->sim, "inv. 4",
			 "%s: the head of %s is of %llu, stored are %llu, or the root differs", h->who->code,
			 origin, (unsigned long long)c.size, (unsigned long long)r->size);
	else if (roster_verify_cosignatures(h->roster, &n, &c, seen, NULL) < cosigners_due(h->sim, of))
		sim_fail(h->sim, "inv. 3", "%s: cosignatures of %s at %llu are not all stored", h->who->code,
			 origin, (unsigned long long)c.size);
	buf_fini(&note);
}

static void check_journal(struct host *h, struct store_txn *t)
{
	struct ledger_reader *r = mem_new(struct ledger_reader);
	struct ledger_item item;
	struct hash root;
	char origin[96];
	int err;

	snprintf(origin, sizeof(origin), "%s/journal/1", h->who->name);
	err = ledger_read_open(t, origin, r);
	for (uint64_t i = 0; !err && i < r->size; i++)
		err = ledger_read_entry(r, i, &item);
	if (!err)
		err = ledger_root(r, r->size, &root);
	if (!err && !hash_eq(&root, &r->root))
		err = IMS_E_ROOT;
	if (err)
		sim_fail(h->sim, "journal", "%s: %s", h->who->code, ims_error(err)->name);
	free(r);
}

/* logs: false when nothing has touched them since they were last checked. */
static void check_host(struct host *h, bool logs, struct digest *ret)
{
	struct ledger_reader *r = mem_new(struct ledger_reader);
	struct store_txn *t;
	int err = store_begin_read(h->store, &t);

	*ret = (struct digest){0};
	for (unsigned of = 0; logs && !err && of < SIM_LOGS_MAX; of++) {
		if (!federation_has(h->sim->fed, of))
			continue;
		err = ledger_read_open(t, federation_origin(h->sim->fed, of), r);
		if (err)
			break;
		check_entries(h, of, r);
		if (r->size && end_of(h->sim, of) == UINT64_MAX && !h->sim->failed && !may_be_short(h->sim, of))
			check_head(h, of, r);
	}
	if (!err && !h->sim->failed)
		check_journal(h, t);
	if (!err && !h->sim->failed)
		checks_view(h, t);
	if (!err)
		err = digest_compute(t, h->roster->version, ret);
	if (err)
		sim_fail(h->sim, "inv. 2", "%s cannot be read: %s", h->who->code, ims_error(err)->name);
	store_abort(t);
	free(r);
}

/* ---- the view */
static void done(struct commit_job *job)
{
	struct host *h = job->ctx;

	if (job->err)
		sim_fail(h->sim, "inv. 7", "%s cannot %s: %s", h->who->code,
			 job->type == COMMIT_SYNC ? "commit" : "rebuild", ims_error(job->err)->name);
	commit_job_free(job);
}

/* COMMIT_SYNC or COMMIT_REBUILD, to its end. */
static void run_job(struct host *h, enum commit_job_type type)
{
	struct commit_job *job = commit_job_new(type);

	job->done = done;
	job->ctx = h;
	host_submit(h, job);
	while (h->queue || h->news) {
		host_run_writer(h, 8);
		host_run_loop(h, 8);
	}
}

/* Sizes may differ, and so do the views. */
static bool some_may_be_short(const struct sim *s)
{
	bool ret = false;

	for (unsigned of = 0; of < s->p.hosts; of++)
		ret |= may_be_short(s, of);
	return ret;
}

/* views: of each node, as it was before; filled when it is empty. */
static void check_all(struct sim *s, const char *when, bool logs, struct hash views[SIM_HOSTS_MAX])
{
	static const struct hash none;
	struct digest d;

	for (unsigned i = 0; i < s->p.hosts && !s->failed; i++) {
		check_host(&s->host[i], logs, &d);
		if (hash_eq(&views[i], &none))
			views[i] = d.digest;
		if (!s->failed && !hash_eq(&views[i], &d.digest))
			sim_fail(s, "inv. 7", "%s: the view of %s is another than before", when,
				 s->host[i].who->code);
		if (!s->failed && !some_may_be_short(s) && !hash_eq(&views[i], &views[0]))
			sim_fail(s, "inv. 7", "%s: the views of %s and %s differ", when, s->host[0].who->code,
				 s->host[i].who->code);
		digest_fini(&d);
	}
}

void checks_run(struct sim *s)
{
	struct hash views[SIM_HOSTS_MAX] = {{{0}}};

	for (unsigned i = 0; i < s->p.hosts; i++)
		run_job(&s->host[i], COMMIT_SYNC); /* what is checked is what is on the disk */
	check_all(s, "in sync", true, views);
	checks_closed(s);
	for (unsigned i = 0; i < s->p.hosts && !s->failed; i++)
		if (i != 0 || s->seed % 2) /* else one that was not rebuilt is compared with the others */
			run_job(&s->host[i], COMMIT_REBUILD);
	if (!s->failed)
		check_all(s, "rebuilt", false, views);
	for (unsigned i = 0; i < s->p.hosts && !s->failed; i++) {
		host_crash(&s->host[i]);
		host_start(&s->host[i]);
		if (!s->host[i].up)
			sim_fail(s, "section 6", "%s does not start", s->host[i].who->code);
	}
	if (!s->failed)
		check_all(s, "started again", true, views);
}
