/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Interest in needs: what this node may read of it, as a list of work for its secretariat. Whose the need is
 * must answer, then both are to meet; what is late is named as of the day on which it is asked. A region that
 * is neither sees nothing, for its node has nothing (inv. 10).
 */
#include "pb/ctl.pb-c.h"
#include "pb/registry.pb-c.h"

#include <stdlib.h>

#include "base/clock.h"
#include "ctl/ctl_int.h"
#include "ctl/texts.h"
#include "programme/case.h"
#include "programme/days.h"
#include "view/partners.h"
#include "wire/codec.h"
#include "wire/span_pb.h"

struct listing {
	struct ctl_call *call;
	struct store_txn *txn;
	const Ims__Ctl__InterestListRequest *q;
	Ims__Ctl__InterestListReply reply;
	struct arena arena;
	size_t bytes;
};

#define INTEREST_OVERHEAD_BYTES 64

/* ---- one */
static void put_said(const Ims__Registry__Interest *m, struct arena *a, bool whole, Ims__Ctl__InterestInfo *r)
{
	r->organisation = m->organisation;
	r->name = m->name;
	r->country = m->country;
	r->organisation_type = m->organisation_type;
	r->contact = m->contact;
	if (!whole)
		return;
	r->cooperation = texts_of(a, m->cooperation, m->n_cooperation);
	r->n_cooperation = r->cooperation ? m->n_cooperation : 0;
	r->questions = texts_of(a, m->questions, m->n_questions);
	r->n_questions = r->questions ? m->n_questions : 0;
	r->about = texts_of(a, m->about, m->n_about);
	r->n_about = r->about ? m->n_about : 0;
}

static void put_answer(const struct limited_item *answer, struct arena *a, Ims__Ctl__InterestInfo *r)
{
	const Ims__Registry__InterestAnswer *m = (const Ims__Registry__InterestAnswer *)answer->m;

	r->answer = ctl_lend(answer->record);
	r->reason = texts_of(a, m->reason, m->n_reason);
	r->n_reason = r->reason ? m->n_reason : 0;
	r->initiative = m->initiative;
	r->answer_contact = m->contact;
	r->meet_by = m->meet_by;
}

static void put_need(const struct interest_here *i, int64_t today, Ims__Ctl__InterestInfo *r)
{
	const Ims__Registry__Need *m = (const Ims__Registry__Need *)i->of.m;

	r->need = ctl_lend(i->need);
	if (!*i->of.region)
		return;
	r->need_state = ctl_lend(need_state_name(need_state_on(m, today)));
	r->need_title = ctl_lend(m ? case_text(m->title, m->n_title) : "");
}

static const char *side_of(const struct ctl_call *call, const struct interest_here *i)
{
	const char *own = node_options(call->node)->commit.region;
	struct record_id rid;
	bool ours = record_id_parse(bytes_of(i->need), &rid) == 0 && bytes_eq_text(rid.region, own);
	bool theirs = strcmp(i->item.region, own) == 0;

	return ours && theirs ? "both" : ours ? "ours" : "theirs";
}

static int describe(struct listing *l, const struct interest_here *i, int64_t today, bool whole,
		    Ims__Ctl__InterestInfo *r)
{
	struct arena *a = &l->arena;
	char day[DAY_BYTES];
	const char *owner = "";

	*r = CTL_NEW(InterestInfo, interest_info);
	r->id = ctl_lend(i->item.record);
	r->region = ctl_lend(i->item.region);
	r->origin = ctl_lend(i->item.origin);
	r->index = i->item.index;
	r->leaf = PB_DATA(arena_dup(a, bytes_of_hash(&i->item.leaf)));
	r->time_ms = i->item.time_ms;
	r->side = ctl_lend(side_of(l->call, i));
	r->state = ctl_lend(i->now.state);
	r->due_for = ctl_lend(i->now.due_for);
	r->due = i->now.due == INT64_MIN ? ctl_lend("") : arena_text(a, bytes_of(day_text(i->now.due, day)));
	r->late_days = (uint32_t)i->now.late_days;
	r->remark = ctl_lend(i->now.remark);
	put_need(i, today, r);
	put_said(i->m, a, whole, r);
	if (i->answer)
		put_answer(i->answer, a, r);
	if (strcmp(r->side, "theirs") != 0 && !*r->initiative && i->of.m) {
		int err = partners_owner(l->txn, i->need, &i->of, a, &owner);

		if (err)
			return err;
		r->initiative = ctl_lend(owner);
	}
	return arena_failed(a) ? IMS_E_NOMEM : 0;
}

/* ---- many */
static bool is_asked_for(const struct listing *l, const struct interest_here *i)
{
	return l->q->all || *i->now.due_for;
}

/* By what is due first, then by id; what is not due at all stands behind. */
static int by_due(const void *a, const void *b)
{
	const struct interest_here *x = a, *y = b;
	int64_t dx = x->now.due == INT64_MIN ? INT64_MAX : x->now.due;
	int64_t dy = y->now.due == INT64_MIN ? INT64_MAX : y->now.due;

	return dx != dy ? (dx < dy ? -1 : 1) : strcmp(x->item.record, y->item.record);
}

static int add(struct listing *l, const struct interest_here *i, int64_t today, bool whole)
{
	Ims__Ctl__InterestInfo *r = arena_alloc(&l->arena, sizeof(*r));
	int err = r ? describe(l, i, today, whole, r) : IMS_E_NOMEM;

	if (err)
		return err;
	l->bytes += INTEREST_OVERHEAD_BYTES + protobuf_c_message_get_packed_size(&r->base);
	if (l->bytes > CTL_REPLY_BYTES && l->reply.n_interests)
		l->reply.cut = ctl_lend("more interests than a reply takes");
	else
		l->reply.interests[l->reply.n_interests++] = r;
	return 0;
}

static int list(struct listing *l, int64_t today)
{
	struct interest_here *all;
	size_t n;
	bool cut;
	int err =
		partners_interests(l->txn, *l->q->need ? l->q->need : NULL, today, &l->arena, &all, &n, &cut);

	if (err)
		return err;
	if (cut)
		l->reply.cut = ctl_lend("a region has shown more interest than is looked at");
	l->reply.interests = arena_array(&l->arena, n + 1, sizeof(Ims__Ctl__InterestInfo *));
	if (!l->reply.interests)
		return IMS_E_NOMEM;
	if (n > 1)
		qsort(all, n, sizeof(*all), by_due);
	for (size_t i = 0; !err && i < n; i++)
		if (is_asked_for(l, &all[i]))
			err = add(l, &all[i], today, false);
	return err;
}

static int why_none(struct ctl_call *call, const char *id, int err)
{
	switch (err) {
	case IMS_E_NOT_FOUND:
		return errtext_set(&call->why, err, "no interest %.60s is here", id);
	case IMS_E_PERMISSION:
		return errtext_set(&call->why, err, "%.60s is sealed for other regions", id);
	case IMS_E_AGAIN:
		return errtext_set(&call->why, err, "the payload of %.60s has not come yet", id);
	case IMS_E_INVALID:
		return errtext_set(&call->why, err, "%.60s is no interest: 'ims interest list' has their ids",
				   id);
	default:
		return err;
	}
}

static int show_one(struct listing *l, int64_t today)
{
	struct interest_here i;
	int err = partners_interest(l->txn, l->q->id, today, &l->arena, &i);

	if (err)
		return why_none(l->call, l->q->id, err);
	l->reply.interests = arena_array(&l->arena, 1, sizeof(Ims__Ctl__InterestInfo *));
	return l->reply.interests ? add(l, &i, today, true) : IMS_E_NOMEM;
}

static int read_interests(struct ctl_call *call, struct store_txn *t, struct buf *out)
{
	struct listing *l = arena_array(&call->arena, 1, sizeof(*l));
	int64_t today = day_of_ms(clock_wall().ms);
	char day[DAY_BYTES];
	int err;

	if (!l)
		return IMS_E_NOMEM;
	l->call = call;
	l->txn = t;
	l->q = (const Ims__Ctl__InterestListRequest *)call->request;
	l->reply = CTL_NEW(InterestListReply, interest_list_reply);
	l->reply.day = ctl_lend(day_text(today, day));
	arena_init(&l->arena, PARTNERS_ARENA_BYTES);
	err = *l->q->id ? show_one(l, today) : list(l, today);
	if (!err)
		codec_pack(&l->reply.base, out);
	arena_fini(&l->arena);
	return err;
}

int ctl_interest_list(struct ctl_call *call, const Ims__Ctl__InterestListRequest *q)
{
	struct record_id rid;

	if (*q->need && (record_id_parse(bytes_of(q->need), &rid) || !bytes_eq_text(rid.letter, "n")))
		return errtext_set(&call->why, IMS_E_INVALID, "'%.60s' is not the id of a need, like eu-n-3",
				   q->need);
	return ctl_work(call, read_interests);
}
