/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The programme in numbers, a column a region. How fresh each column is stands beside it: what this node last
 * knew to be all of a region's log, against now. A region of which it has heard nothing for longer than a
 * bound is shown and marked, and is in no total. All numbers are of one transaction, counted from the view's
 * tables on a helper thread: some microseconds a record.
 */
#include "pb/ctl.pb-c.h"

#include <stdio.h>

#include "base/clock.h"
#include "ctl/ctl_int.h"
#include "ctl/log_info.h"
#include "ctl/peers.h"
#include "ledger/heads.h"
#include "ledger/ledger.h"
#include "view/count.h"
#include "wire/codec.h"

/* A node that is being repaired comes back within the day; numbers of yesterday must not pass for today's. */
#define STALE_MS (24 * 3600 * INT64_C(1000))
#define STALE_MAX_MS (3660 * 24 * 3600 * INT64_C(1000))
#define CLOCK_SLACK_MS (3600 * INT64_C(1000)) /* a time that lies further ahead says nothing */

struct summary {
	Ims__Ctl__SummaryReply reply;
	const char *own;
	struct log_facts *logs;
	size_t n_logs;
	Ims__Ctl__PeerStatus **peers;
	size_t n_peers;
	const struct reference *reference;
	int64_t now_ms;
	struct arena *arena;
};

/* ---- the loop's part: who takes part, and what replication knows */
static const char *class_name(enum roster_class c)
{
	return c == ROSTER_SECRETARIAT ? "secretariat" : c == ROSTER_ASSOCIATE ? "associate" : "participant";
}

static int put_regions(struct summary *s, const struct roster *roster)
{
	s->reply.roster = roster->version;
	s->reply.regions = arena_array(s->arena, roster->n_regions + 1, sizeof(Ims__Ctl__SummaryRegion *));
	s->reply.left_out = arena_array(s->arena, roster->n_regions + 1, sizeof(char *));
	for (size_t i = 0; s->reply.regions && i < roster->n_regions; i++) {
		Ims__Ctl__SummaryRegion *r = arena_alloc(s->arena, sizeof(*r));

		if (!r)
			return IMS_E_NOMEM;
		*r = CTL_NEW(SummaryRegion, summary_region);
		r->region = arena_text(s->arena, bytes_of(roster->regions[i].code));
		r->class_ = ctl_lend(class_name(roster->regions[i].class));
		r->logs = arena_array(s->arena, s->n_logs + 1, sizeof(Ims__Ctl__SizeOf *));
		s->reply.regions[s->reply.n_regions++] = r;
	}
	return arena_failed(s->arena) ? IMS_E_NOMEM : 0;
}

/* ---- how fresh a region's column is */

/* A time that somebody else's clock gave, as far as it can be believed. */
static int64_t credible(const struct summary *s, int64_t ms)
{
	return ms > s->now_ms + CLOCK_SLACK_MS ? 0 : ms < s->now_ms ? ms : s->now_ms;
}

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static void each_cosigner(void *ctx, struct bytes region, uint64_t time_s, struct bytes line)
{
	int64_t *newest = ctx;

	(void)region;
	(void)line;
	if (time_s < INT64_MAX / 1000)
		*newest = later(*newest, (int64_t)time_s * 1000);
}

static int read_log(struct summary *s, struct store_txn *t, const struct log_facts *f,
		    Ims__Ctl__SummaryRegion *r)
{
	Ims__Ctl__SizeOf *size = arena_alloc(s->arena, sizeof(*size));
	struct ledger_reader reader = {0};
	struct head_row head;
	int64_t head_ms = 0;
	uint64_t n = 0;
	int err = size ? ledger_read_open(t, f->origin, &reader) : IMS_E_NOMEM;

	if (err && err != IMS_E_NOT_FOUND)
		return err;
	if (!err) {
		n = ledger_counted(&reader);
		r->entry_ms = later(r->entry_ms, log_info_last_time(&reader));
		if (heads_newest(t, f->origin, n, &head) == 0)
			cosigs_each(t, f->origin, head.size, each_cosigner, &head_ms);
		r->head_ms = later(r->head_ms, head_ms);
	}
	*size = CTL_NEW(SizeOf, size_of);
	size->key = ctl_lend(f->origin);
	size->value = n;
	r->logs[r->n_logs++] = size;
	r->size += n;
	if (!f->own && !f->closed && f->known_size > n)
		r->missing += f->known_size - n;
	if (f->frozen || reader.frozen)
		r->state = ctl_lend("frozen");
	return store_txn_error(t);
}

static int64_t heard_ms(const struct summary *s, const char *region)
{
	for (size_t i = 0; i < s->n_peers; i++)
		if (strcmp(s->peers[i]->region, region) == 0 && s->peers[i]->last_heard_ms >= 0)
			return s->now_ms - s->peers[i]->last_heard_ms;
	return 0;
}

/* Whoever shows its head says that there is no more; but where more is known, only what is here counts. */
static void judge_age(const struct summary *s, Ims__Ctl__SummaryRegion *r)
{
	int64_t known_ms = later(credible(s, r->entry_ms), credible(s, r->head_ms));

	if (strcmp(r->region, s->own) == 0)
		known_ms = s->now_ms;
	else if (!r->missing)
		known_ms = later(known_ms, heard_ms(s, r->region));
	r->age_ms = known_ms ? s->now_ms - known_ms : -1;
}

static void judge_state(struct summary *s, Ims__Ctl__SummaryRegion *r)
{
	bool stale = r->age_ms < 0 || r->age_ms > (int64_t)s->reply.stale_ms;

	if (strcmp(r->state, "frozen") == 0)
		r->reason = ctl_lend("two histories of its log were shown: 'ims log list'");
	else if (stale)
		r->reason = ctl_lend(r->age_ms < 0 ? "nothing of it has come yet"
				     : r->missing  ? "what is here of its log is old"
						   : "nothing has been heard of it for so long");
	else if (r->missing)
		r->reason =
			arena_printf(s->arena, "%llu entries more are known", (unsigned long long)r->missing);
	if (!*r->state)
		r->state = ctl_lend(stale ? "stale" : r->missing ? "behind" : "ok");
	r->counted = strcmp(r->state, "ok") == 0 || strcmp(r->state, "behind") == 0;
	if (!r->counted)
		s->reply.left_out[s->reply.n_left_out++] = r->region;
}

static int read_region(struct summary *s, struct store_txn *t, Ims__Ctl__SummaryRegion *r)
{
	int err = 0;

	for (size_t i = 0; !err && i < s->n_logs; i++)
		if (strcmp(s->logs[i].region, r->region) == 0)
			err = read_log(s, t, &s->logs[i], r);
	judge_age(s, r);
	judge_state(s, r);
	return err;
}

/* ---- the numbers */
typedef int count_fn(struct store_txn *t, const char *region, const char *id, uint64_t *ret);

static int count_kind(struct store_txn *t, const char *region, const char *id, uint64_t *ret)
{
	char code[SERIES_CODE_BYTES];

	snprintf(code, sizeof(code), "%s-%s", region, kind_by_name(bytes_of(id))->letter);
	return count_live(t, code, ret);
}

static int count_initiatives(struct store_txn *t, const char *region, const char *name, const char *value,
			     uint64_t *ret)
{
	char code[SERIES_CODE_BYTES];

	snprintf(code, sizeof(code), "%s-%s", region, kind_by_name(BYTES_LIT("initiative"))->letter);
	return count_key(t, code, name, bytes_of(value), ret);
}

static int count_state(struct store_txn *t, const char *region, const char *id, uint64_t *ret)
{
	return count_initiatives(t, region, "state", id, ret);
}

static int count_platform(struct store_txn *t, const char *region, const char *id, uint64_t *ret)
{
	return count_initiatives(t, region, "platform", id, ret);
}

static int count_domain(struct store_txn *t, const char *region, const char *id, uint64_t *ret)
{
	return count_initiatives(t, region, "domain", id, ret);
}

static int add_row(struct summary *s, struct store_txn *t, Ims__Ctl__SummaryGroup *g, const char *id,
		   const char *name, count_fn *count)
{
	size_t n = s->reply.n_regions;
	Ims__Ctl__SummaryRow *row = arena_alloc(s->arena, sizeof(*row));
	Ims__Ctl__SizeOf *cell = arena_array(s->arena, n + 1, sizeof(*cell));
	int err = 0;

	if (!row || !cell)
		return IMS_E_NOMEM;
	*row = CTL_NEW(SummaryRow, summary_row);
	row->id = ctl_lend(id);
	row->name = ctl_lend(name);
	row->regions = arena_array(s->arena, n + 1, sizeof(Ims__Ctl__SizeOf *));
	for (size_t i = 0; !err && row->regions && i < n; i++) {
		const Ims__Ctl__SummaryRegion *r = s->reply.regions[i];

		cell[i] = CTL_NEW(SizeOf, size_of);
		cell[i].key = r->region;
		err = count(t, r->region, id, &cell[i].value);
		row->regions[row->n_regions++] = &cell[i];
		row->total += r->counted ? cell[i].value : 0;
	}
	g->rows[g->n_rows++] = row;
	return arena_failed(s->arena) ? IMS_E_NOMEM : err;
}

static Ims__Ctl__SummaryGroup *add_group(struct summary *s, const char *name, size_t n_rows)
{
	Ims__Ctl__SummaryGroup *g = arena_alloc(s->arena, sizeof(*g));

	if (!g)
		return NULL;
	*g = CTL_NEW(SummaryGroup, summary_group);
	g->name = ctl_lend(name);
	g->rows = arena_array(s->arena, n_rows + 1, sizeof(Ims__Ctl__SummaryRow *));
	s->reply.groups[s->reply.n_groups++] = g;
	return g->rows ? g : NULL;
}

/* Records of every kind that all see, signatures among them. */
static int add_kinds(struct summary *s, struct store_txn *t)
{
	size_t n;
	const struct kind *k = kind_all(&n);
	Ims__Ctl__SummaryGroup *g = add_group(s, "records", n);
	int err = g ? 0 : IMS_E_NOMEM;

	for (size_t i = 0; !err && i < n; i++)
		if (k[i].audience != ENTRY_NAMED)
			err = add_row(s, t, g, k[i].name, k[i].help, count_kind);
	return err;
}

/* Initiatives by the rows of a reference list. */
static int add_list(struct summary *s, struct store_txn *t, const char *name, const char *list,
		    count_fn *count)
{
	size_t n = reference_count(s->reference, list);
	Ims__Ctl__SummaryGroup *g = add_group(s, name, n);
	int err = g ? 0 : IMS_E_NOMEM;

	for (size_t i = 0; !err && i < n; i++) {
		struct bytes id = reference_id(s->reference, list, i);

		err = add_row(s, t, g, arena_text(s->arena, id),
			      arena_text(s->arena, reference_get(s->reference, list, id, "name")), count);
	}
	return err;
}

static int read_groups(struct summary *s, struct store_txn *t)
{
	int err;

	s->reply.groups = arena_array(s->arena, 4, sizeof(Ims__Ctl__SummaryGroup *));
	if (!s->reply.groups)
		return IMS_E_NOMEM;
	err = add_kinds(s, t);
	if (!err)
		err = add_list(s, t, "states", "initiative-states", count_state);
	if (!err)
		err = add_list(s, t, "platforms", "platforms", count_platform);
	return err ? err : add_list(s, t, "domains", "technology-domains", count_domain);
}

static int read_summary(struct ctl_call *call, struct store_txn *t, struct buf *out)
{
	struct summary *s = call->data;
	struct mono began = clock_mono();
	int err = 0;

	for (size_t i = 0; !err && i < s->reply.n_regions; i++)
		err = read_region(s, t, s->reply.regions[i]);
	if (!err)
		err = read_groups(s, t);
	if (err)
		return err;
	s->reply.took_ms = mono_ms_between(began, clock_mono());
	codec_pack(&s->reply.base, out);
	return 0;
}

int ctl_summary(struct ctl_call *call, const Ims__Ctl__SummaryRequest *q)
{
	struct summary *s = arena_array(&call->arena, 1, sizeof(*s));
	char now[CLOCK_TEXT_BYTES];

	if (!s)
		return IMS_E_NOMEM;
	if (q->stale_ms > STALE_MAX_MS)
		return errtext_set(&call->why, IMS_E_RANGE, "a bound for stale regions is at most ten years");
	s->arena = &call->arena;
	s->reply = CTL_NEW(SummaryReply, summary_reply);
	s->reply.stale_ms = q->stale_ms ? q->stale_ms : STALE_MS;
	s->own = node_options(call->node)->commit.region;
	s->reference = node_options(call->node)->commit.reference;
	s->now_ms = clock_wall().ms;
	s->reply.time = arena_text(&call->arena, bytes_of(clock_wall_text(clock_wall(), now)));
	s->logs = log_facts_all(call, &s->n_logs);
	s->peers = peers_read(call, &s->n_peers);
	if (!s->logs || !s->peers || put_regions(s, node_roster(call->node)))
		return IMS_E_NOMEM;
	call->data = s;
	return ctl_work(call, read_summary);
}
