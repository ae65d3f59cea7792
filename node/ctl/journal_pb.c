/* SPDX-License-Identifier: Apache-2.0 */
/* The journal, filtered and by pages: what auditors ask. */
#include "pb/ctl.pb-c.h"

#include <stdio.h>
#include <strings.h>

#include "base/clock.h"
#include "ctl/ctl_int.h"
#include "wire/codec.h"

#define ROWS_DEFAULT 500
#define ROWS_MAX 1000 /* of a reply: their fields stay below scan_limits_default */
#define ROW_OVERHEAD_BYTES 160
#define ROWS_LOOKED_AT_MAX 50000 /* a call; the next one goes on where it ended */

struct listing {
	struct ctl_call *call;
	Ims__Ctl__JournalReply reply;
	size_t max;
	size_t bytes;  /* of the reply, roughly */
	uint64_t last; /* index of the row taken last */
	bool full, failed;
};

static Ims__Ctl__JournalItem *make_item(struct arena *a, const struct journal_row *row)
{
	Ims__Ctl__JournalItem *i = arena_alloc(a, sizeof(*i));
	char time[CLOCK_TEXT_BYTES];

	if (!i)
		return NULL;
	*i = CTL_NEW(JournalItem, journal_item);
	i->index = row->index;
	i->time = arena_text(a, bytes_of(clock_wall_text((struct wall){row->time_ms}, time)));
	i->event = arena_text(a, row->event);
	i->peer = arena_text(a, row->peer);
	i->origin = arena_text(a, row->origin);
	i->from = row->from;
	i->to = row->to;
	i->bytes = row->bytes;
	i->outcome = ctl_lend(row->outcome ? ims_error(-row->outcome)->name : "ok");
	i->detail = arena_text(a, row->detail);
	i->session = arena_text(a, row->session);
	return i;
}

static int take_row(void *ctx, const struct journal_row *row)
{
	struct listing *l = ctx;
	Ims__Ctl__JournalItem *i = make_item(&l->call->arena, row);

	if (!i || arena_failed(&l->call->arena)) {
		l->failed = true;
		return 1;
	}
	l->reply.rows[l->reply.n_rows++] = i;
	l->last = row->index;
	l->bytes += ROW_OVERHEAD_BYTES + row->peer.n + row->origin.n + row->detail.n;
	l->full = l->reply.n_rows == l->max || l->bytes > CTL_REPLY_BYTES;
	return l->full;
}

/* "ok", "refused" (whatever went wrong), or the name of an error in either case. */
static int parse_outcome(const char *text, struct journal_filter *f, struct errtext *why)
{
	const struct ims_error *all;
	size_t n;

	f->outcome = -1;
	if (*text == '\0')
		return 0;
	if (strcmp(text, "ok") == 0) {
		f->outcome = 0;
		return 0;
	}
	if (strcmp(text, "refused") == 0) {
		f->outcome_any_refusal = true;
		return 0;
	}
	all = ims_error_all(&n);
	for (size_t i = 0; i < n; i++)
		if (strcasecmp(text, all[i].name) == 0) {
			f->outcome = -all[i].code;
			return 0;
		}
	return errtext_set(why, IMS_E_INVALID, "outcome '%.40s': ok, refused, or the name of an error", text);
}

/* `after` and `next` on the wire are an index and one: 0 is left for "from the start" and "no more". */
static int make_filter(const Ims__Ctl__JournalRequest *q, struct journal_filter *f, struct errtext *why)
{
	*f = (struct journal_filter){
		.peer = bytes_of(q->peer),
		.origin = bytes_of(q->origin),
		.since_ms = q->since_ms,
		.until_ms = q->until_ms,
		.newest_first = q->newest_first,
		.from_start = q->after == 0,
		.after = q->after ? q->after - 1 : 0,
	};
	return parse_outcome(q->outcome, f, why);
}

static int read_journal(struct ctl_call *call, struct store_txn *t, struct buf *out)
{
	const Ims__Ctl__JournalRequest *q = (const Ims__Ctl__JournalRequest *)call->request;
	struct listing l = {.call = call, .reply = CTL_NEW(JournalReply, journal_reply)};
	struct journal_filter f;
	uint64_t next;
	int err = make_filter(q, &f, &call->why);

	if (err)
		return err;
	l.max = q->limit && q->limit < ROWS_MAX ? q->limit : q->limit ? ROWS_MAX : ROWS_DEFAULT;
	l.reply.rows = arena_array(&call->arena, l.max, sizeof(Ims__Ctl__JournalItem *));
	if (!l.reply.rows)
		return IMS_E_NOMEM;
	err = journal_each(t, call->data, &f, ROWS_LOOKED_AT_MAX, take_row, &l, &next);
	if (!err && l.failed)
		err = IMS_E_NOMEM;
	if (err)
		return err;
	l.reply.next = l.full ? l.last + 1 : next ? next + 1 : 0;
	codec_pack(&l.reply.base, out);
	return 0;
}

int ctl_journal_list(struct ctl_call *call, const Ims__Ctl__JournalRequest *q)
{
	(void)q;
	call->data = arena_alloc(&call->arena, ORIGIN_MAX_BYTES + 1);
	if (!call->data)
		return IMS_E_NOMEM;
	ctl_journal_origin(call, call->data);
	return ctl_work(call, read_journal);
}
