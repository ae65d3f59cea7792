/* SPDX-License-Identifier: Apache-2.0 */
/* Notices of the IRS: which regions have made an initiative known, and which are late, as of the day on which
 * it is asked. Each is judged by its initiative's case, so every node says the same. */
#include "pb/ctl.pb-c.h"
#include "pb/registry.pb-c.h"

#include "base/clock.h"
#include "ctl/ctl_int.h"
#include "ctl/record_walk.h"
#include "ctl/texts.h"
#include "programme/agreement.h"
#include "programme/days.h"
#include "programme/marketing.h"
#include "view/case.h"
#include "wire/codec.h"

#define NOTICES_MAX 100	       /* of a page */
#define NOTICES_LOOKED_MAX 200 /* cases that are loaded for one */

struct listing {
	struct ctl_call *call;
	struct store_txn *txn;
	const Ims__Ctl__NoticeListRequest *q;
	Ims__Ctl__NoticeListReply reply;
	struct arena arena; /* of what is shown */
	int64_t today;
	size_t looked, bytes;
	char last[RECORD_ID_MAX_BYTES + 1];
};

/* ---- one */
static Ims__Ctl__NoticeRegion *region_message(struct arena *a, const struct notice_region *g)
{
	Ims__Ctl__NoticeRegion *r = arena_alloc(a, sizeof(*r));
	const Ims__Registry__Acknowledgement *m =
		g->entry ? (const Ims__Registry__Acknowledgement *)g->entry->m : NULL;

	if (!r)
		return NULL;
	*r = CTL_NEW(NoticeRegion, notice_region);
	r->region = arena_text(a, bytes_of(g->code));
	r->state = ctl_lend(m ? "acknowledged" : g->late_days ? "late" : "due");
	r->late_days = (uint32_t)g->late_days;
	if (!m)
		return r;
	r->acknowledgement = arena_text(a, bytes_of(g->entry->record));
	r->published = arena_text(a, bytes_of(m->published));
	r->reach = m->reach;
	r->channels = arena_array(a, m->n_channels + 1, sizeof(char *));
	for (size_t i = 0; r->channels && i < m->n_channels; i++)
		r->channels[r->n_channels++] = arena_text(a, bytes_of(m->channels[i]));
	return r;
}

static void put_regions(struct arena *a, const struct notice_now *n, bool counts, Ims__Ctl__NoticeInfo *r)
{
	r->regions = arena_array(a, n->n + 1, sizeof(Ims__Ctl__NoticeRegion *));
	r->late = arena_array(a, n->n + 1, sizeof(char *));
	for (size_t i = 0; r->regions && r->late && i < n->n; i++) {
		r->regions[i] = region_message(a, &n->regions[i]);
		r->n_regions++;
		if (n->regions[i].late_days && counts)
			r->late[r->n_late++] = arena_text(a, bytes_of(n->regions[i].code));
	}
	r->acknowledged = (uint32_t)n->n_acknowledged;
	r->reach = n->reach;
}

static Ims__Ctl__TextIn **copy_texts(struct arena *a, const Ims__Registry__Notice *m)
{
	Ims__Ctl__TextIn **list = texts_of(a, m->text, m->n_text);

	for (size_t i = 0; list && i < m->n_text; i++) {
		list[i]->lang = arena_text(a, bytes_of(list[i]->lang));
		list[i]->text = arena_text(a, bytes_of(list[i]->text));
	}
	return list;
}

/* Why nobody is asked any more, or never was. */
static const char *why_not(const struct programme_case *c, const struct case_entry *e, struct arena *a)
{
	const char *why = case_why_not(c, e, a);
	unsigned state;

	if (!why && case_state_before(c, NULL, &state) == 0 && initiative_is_closed(state))
		why = arena_printf(a, "the initiative is %s", initiative_state_id(state));
	return why;
}

static Ims__Ctl__NoticeInfo *describe(struct listing *l, const struct programme_case *c,
				      const struct case_entry *e, const struct notice_now *n, const char *why)
{
	const Ims__Registry__Notice *m = (const Ims__Registry__Notice *)e->m;
	const struct case_entry *i = case_initiative(c);
	const Ims__Registry__Initiative *im = i ? (const Ims__Registry__Initiative *)i->m : NULL;
	Ims__Ctl__NoticeInfo *r = arena_alloc(&l->arena, sizeof(*r));
	char day[DAY_BYTES];

	if (!r)
		return NULL;
	*r = CTL_NEW(NoticeInfo, notice_info);
	r->id = arena_text(&l->arena, bytes_of(e->record));
	r->initiative = arena_text(&l->arena, bytes_of(c->initiative));
	r->title = arena_text(&l->arena, bytes_of(im ? case_text(im->title, im->n_title) : ""));
	r->published = arena_text(&l->arena, bytes_of(day_text(n->published, day)));
	r->due = arena_text(&l->arena, bytes_of(day_text(n->due, day)));
	r->reason = arena_text(&l->arena, bytes_of(why ? why : ""));
	if (*l->q->id) {
		r->text = copy_texts(&l->arena, m);
		r->n_text = r->text ? m->n_text : 0;
	}
	put_regions(&l->arena, n, !why, r);
	return arena_failed(&l->arena) ? NULL : r;
}

static bool is_asked_for(const struct listing *l, const struct notice_now *n, const char *why)
{
	if (*l->q->id || l->q->all)
		return true;
	return !why && (l->q->late ? n->n_late > 0 : n->n_acknowledged < n->n);
}

static int judge(struct listing *l, const struct programme_case *c, const char *id, struct arena *scratch)
{
	const struct case_entry *e = case_newest(c, id);
	Ims__Ctl__NoticeInfo *r;
	struct notice_now n;
	const char *why;
	int err;

	if (!e || e->state != CASE_LIVE) /* not looked at, or not live */
		return *l->q->id ? errtext_set(&l->call->why, IMS_E_STATE,
					       "%s is withdrawn, or cannot be read", id)
				 : 0;
	why = why_not(c, e, scratch);
	err = notice_judge(c, e, l->today, scratch, &n);
	if (err || !is_asked_for(l, &n, why))
		return err;
	r = describe(l, c, e, &n, why);
	if (!r)
		return IMS_E_NOMEM;
	l->bytes += protobuf_c_message_get_packed_size(&r->base);
	l->reply.notices[l->reply.n_notices++] = r;
	return 0;
}

static int look_at(struct listing *l, const char *id)
{
	char initiative[RECORD_ID_MAX_BYTES + 1];
	struct programme_case c;
	struct arena scratch;
	int err = case_initiative_of(l->txn, bytes_of(id), initiative);

	if (err == IMS_E_NOT_FOUND && !*l->q->id) /* its initiative is not here yet */
		return 0;
	if (err)
		return errtext_set(&l->call->why, err, "the initiative of %s is not here (yet)", id);
	arena_init(&scratch, CASE_ARENA_BYTES);
	err = case_load(l->txn, bytes_of(initiative), NULL, &scratch, &c, &l->call->why);
	if (!err)
		err = judge(l, &c, id, &scratch);
	arena_fini(&scratch);
	return err;
}

/* ---- many */
static int take(void *ctx, struct bytes id, const struct record *r)
{
	struct listing *l = ctx;
	char text[RECORD_ID_MAX_BYTES + 1];
	int err;

	(void)r;
	if (l->reply.n_notices == NOTICES_MAX || l->looked++ == NOTICES_LOOKED_MAX ||
	    l->bytes > CTL_REPLY_BYTES / 2) {
		l->reply.next = l->last;
		return 1;
	}
	memcpy(text, id.p, id.n);
	text[id.n] = '\0';
	err = look_at(l, text);
	memcpy(l->last, text, id.n + 1);
	return err;
}

static int walk(struct listing *l)
{
	const struct record_walk w = {.kind = BYTES_LIT("notice"), .after = bytes_of(l->q->after)};
	int r = record_walk(l->txn, &w, take, l, &l->call->why);

	return r < 0 ? r : 0;
}

static int read_notices(struct ctl_call *call, struct store_txn *t, struct buf *out)
{
	struct listing *l = arena_array(&call->arena, 1, sizeof(*l));
	char day[DAY_BYTES];
	int err;

	if (!l)
		return IMS_E_NOMEM;
	l->call = call;
	l->txn = t;
	l->q = (const Ims__Ctl__NoticeListRequest *)call->request;
	l->reply = CTL_NEW(NoticeListReply, notice_list_reply);
	l->today = day_of_ms(clock_wall().ms);
	l->reply.day = ctl_lend(day_text(l->today, day));
	l->reply.notices = arena_array(&call->arena, NOTICES_MAX + 1, sizeof(Ims__Ctl__NoticeInfo *));
	arena_init(&l->arena, CASE_ARENA_BYTES);
	err = !l->reply.notices ? IMS_E_NOMEM : *l->q->id ? look_at(l, l->q->id) : walk(l);
	if (!err)
		codec_pack(&l->reply.base, out);
	arena_fini(&l->arena);
	return err;
}

int ctl_notice_list(struct ctl_call *call, const Ims__Ctl__NoticeListRequest *q)
{
	struct record_id rid;

	if (*q->id && (record_id_parse(bytes_of(q->id), &rid) || !bytes_eq_text(rid.letter, "mn")))
		return errtext_set(&call->why, IMS_E_INVALID,
				   "'%.60s' is not the id of a notice, like irs-mn-3", q->id);
	return ctl_work(call, read_notices);
}
