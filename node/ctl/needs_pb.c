/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Partners that are sought: open needs, marked when they are past their deadline or have expired, as of the
 * day on which it is asked. Whose an anonymous one is shows at its home alone.
 */
#include "pb/ctl.pb-c.h"
#include "pb/registry.pb-c.h"

#include <stdio.h>

#include "base/clock.h"
#include "ctl/ctl_int.h"
#include "ctl/record_walk.h"
#include "ctl/texts.h"
#include "programme/days.h"
#include "view/partners.h"
#include "wire/codec.h"

#define NEEDS_DEFAULT 100
#define NEEDS_MAX 500
#define NEEDS_LOOKED_MAX 5000 /* in one call */
#define NEED_OVERHEAD_BYTES 16
#define NEED_ARENA_BYTES ((size_t)4 << 20)
#define KEY_BYTES 80

struct listing {
	struct ctl_call *call;
	struct store_txn *txn;
	const Ims__Ctl__NeedListRequest *q;
	Ims__Ctl__NeedListReply reply;
	struct arena arena; /* of what is shown */
	int64_t today;
	size_t max, looked, bytes;
	char last[RECORD_ID_MAX_BYTES + 1];
};

static const char *own_region(const struct ctl_call *call)
{
	return node_options(call->node)->commit.region;
}

static const struct reference *reference_of(const struct ctl_call *call)
{
	return node_options(call->node)->commit.reference;
}

/* ---- one */
static void put_owner(const Ims__Registry__Need *m, const char *initiative, Ims__Ctl__NeedInfo *r)
{
	r->anonymous = m->anonymous;
	r->initiative = ctl_lend(initiative);
	r->owner_country = m->owner_country;
	r->owner_type = m->owner_type;
}

static void put_words(const Ims__Registry__Need *m, struct arena *a, Ims__Ctl__NeedInfo *r)
{
	r->title = texts_of(a, m->title, m->n_title);
	r->n_title = r->title ? m->n_title : 0;
	r->description = texts_of(a, m->description, m->n_description);
	r->n_description = r->description ? m->n_description : 0;
	r->domains = m->domains;
	r->n_domains = m->n_domains;
	r->platforms = m->platforms;
	r->n_platforms = m->n_platforms;
	r->keywords = m->keywords;
	r->n_keywords = m->n_keywords;
	r->organisation_types = m->organisation_types;
	r->n_organisation_types = m->n_organisation_types;
	r->regions = m->regions;
	r->n_regions = m->n_regions;
	r->countries = m->countries;
	r->n_countries = m->n_countries;
	r->role = m->role;
	r->deadline = m->deadline;
	r->expiry = m->expiry;
}

static int add(struct listing *l, const char *id, const struct record_here *here)
{
	const Ims__Registry__Need *m = (const Ims__Registry__Need *)here->m;
	Ims__Ctl__NeedInfo *r = arena_alloc(&l->arena, sizeof(*r));
	const char *owner = "";
	int err = r ? partners_owner(l->txn, id, here, &l->arena, &owner) : IMS_E_NOMEM;

	if (err)
		return err;
	*r = CTL_NEW(NeedInfo, need_info);
	r->id = arena_text(&l->arena, bytes_of(id));
	r->region = ctl_lend(here->region);
	r->revision = here->revision;
	r->state = ctl_lend(need_state_name(need_state_on(m, l->today)));
	if (m) {
		put_owner(m, owner, r);
		put_words(m, &l->arena, r);
	}
	l->bytes += NEED_OVERHEAD_BYTES + protobuf_c_message_get_packed_size(&r->base);
	l->reply.needs[l->reply.n_needs++] = r;
	return arena_failed(&l->arena) ? IMS_E_NOMEM : 0;
}

/* ---- many */
static bool is_asked_for(const struct listing *l, const Ims__Registry__Need *m)
{
	if (!m || (!l->q->all && need_is_over(need_state_on(m, l->today))))
		return false;
	return !*l->q->wanted || need_wants_region(m, l->q->wanted, reference_of(l->call));
}

/* What is asked for is read again, into memory that lasts. */
static int add_if_asked_for(struct listing *l, const char *id)
{
	struct record_here here;
	struct arena a;
	bool wanted;
	int err;

	arena_init(&a, NEED_ARENA_BYTES);
	err = partners_record(l->txn, "need", id, &a, &here);
	wanted = !err && is_asked_for(l, (const Ims__Registry__Need *)here.m);
	arena_fini(&a);
	if (err || !wanted)
		return err;
	err = partners_record(l->txn, "need", id, &l->arena, &here);
	return err ? err : add(l, id, &here);
}

static int take(void *ctx, struct bytes id, const struct record *r)
{
	struct listing *l = ctx;
	char text[RECORD_ID_MAX_BYTES + 1];
	int err;

	(void)r;
	if (l->reply.n_needs == l->max || l->looked++ == NEEDS_LOOKED_MAX || l->bytes > CTL_REPLY_BYTES / 2) {
		l->reply.next = l->last;
		return 1;
	}
	memcpy(text, id.p, id.n);
	text[id.n] = '\0';
	err = add_if_asked_for(l, text);
	memcpy(l->last, text, id.n + 1);
	return err;
}

static int walk(struct listing *l)
{
	const Ims__Ctl__NeedListRequest *q = l->q;
	char key[KEY_BYTES] = "";
	struct record_walk w = {
		.kind = BYTES_LIT("need"),
		.region = bytes_of(q->mine ? own_region(l->call) : ""),
		.after = bytes_of(q->after),
	};
	int r;

	if (*q->domain)
		snprintf(key, sizeof(key), "domain=%.32s", q->domain);
	else if (!q->all)
		snprintf(key, sizeof(key), "state=open");
	w.key = bytes_of(key);
	r = record_walk(l->txn, &w, take, l, &l->call->why);
	return r < 0 ? r : 0;
}

static int show_one(struct listing *l)
{
	struct record_here here;
	int err = partners_record(l->txn, "need", l->q->id, &l->arena, &here);

	if (err)
		return errtext_set(&l->call->why, err, "no need %.60s is here", l->q->id);
	return add(l, l->q->id, &here);
}

static int read_needs(struct ctl_call *call, struct store_txn *t, struct buf *out)
{
	struct listing *l = arena_array(&call->arena, 1, sizeof(*l));
	char day[DAY_BYTES];
	int err;

	if (!l)
		return IMS_E_NOMEM;
	l->call = call;
	l->txn = t;
	l->q = (const Ims__Ctl__NeedListRequest *)call->request;
	l->reply = CTL_NEW(NeedListReply, need_list_reply);
	l->today = day_of_ms(clock_wall().ms);
	l->reply.day = ctl_lend(day_text(l->today, day));
	l->max = !l->q->limit ? NEEDS_DEFAULT : l->q->limit < NEEDS_MAX ? l->q->limit : NEEDS_MAX;
	l->reply.needs = arena_array(&call->arena, l->max + 1, sizeof(Ims__Ctl__NeedInfo *));
	arena_init(&l->arena, PARTNERS_ARENA_BYTES);
	err = !l->reply.needs ? IMS_E_NOMEM : *l->q->id ? show_one(l) : walk(l);
	if (!err)
		codec_pack(&l->reply.base, out);
	arena_fini(&l->arena);
	return err;
}

int ctl_need_list(struct ctl_call *call, const Ims__Ctl__NeedListRequest *q)
{
	if (*q->wanted && !roster_region(node_roster(call->node), bytes_of(q->wanted)))
		return errtext_set(&call->why, IMS_E_NOT_FOUND, "the roster has no region '%.20s'",
				   q->wanted);
	if (*q->domain && !reference_has(reference_of(call), "technology-domains", bytes_of(q->domain)))
		return errtext_set(&call->why, IMS_E_NOT_FOUND,
				   "'%.32s' is no domain of technology-domains.csv", q->domain);
	return ctl_work(call, read_needs);
}
