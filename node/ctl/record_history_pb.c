/* SPDX-License-Identifier: Apache-2.0 */
/* The revisions of a record, and what was said about it without effect. */
#include "pb/ctl.pb-c.h"

#include <stdlib.h>

#include "ctl/as_of.h"
#include "ctl/history.h"
#include "ctl/record_show.h"
#include "wire/codec.h"

static int compare_revisions(const void *a, const void *b)
{
	const Ims__Ctl__Record *x = *(Ims__Ctl__Record *const *)a, *y = *(Ims__Ctl__Record *const *)b;

	return x->revision < y->revision ? -1 : x->revision > y->revision;
}

/* One revision more in the reply, with its payload as long as there is room. */
static int add_revision(struct ctl_call *call, struct past *p, uint32_t slot, uint64_t index, size_t *bytes,
			Ims__Ctl__RecordHistoryReply *reply)
{
	Ims__Ctl__Record *r = arena_alloc(&call->arena, sizeof(*r));
	struct revision_wish w = {.room = 0};
	int err;

	*bytes += RECORD_OVERHEAD_BYTES;
	if (*bytes < CTL_REPLY_BYTES)
		w.room = CTL_REPLY_BYTES - *bytes;
	err = r ? record_show_revision(call, p, slot, index, &w, r) : IMS_E_NOMEM;
	if (err)
		return err;
	*bytes += r->payload.len;
	reply->revisions[reply->n_revisions++] = r;
	return 0;
}

/* An entry about the record that had no effect: one more in the list, with its reason. */
struct problems_walk {
	struct ctl_call *call;
	struct past *past;
	Ims__Ctl__RecordHistoryReply *reply;
	size_t bytes;
};

static int add_problem(void *ctx, uint32_t slot, uint64_t index, const char *why)
{
	struct problems_walk *w = ctx;
	Ims__Ctl__RecordHistoryReply *reply = w->reply;
	struct past_log *log;
	int err = past_log_of(w->past, slot, &log);

	if (err || index >= log->bound || reply->n_revisions >= HISTORY_MAX)
		return err;
	err = add_revision(w->call, w->past, slot, index, &w->bytes, reply);
	if (!err) {
		reply->revisions[reply->n_revisions - 1]->state = ctl_lend("inadmissible");
		reply->revisions[reply->n_revisions - 1]->reason = ctl_lend(why);
	}
	return err;
}

/* All revisions, ascending, whichever incarnation of the home's log they stand in. */
static int add_revisions(struct ctl_call *call, struct past *p, const struct past_revisions *all, size_t *bytes,
			 Ims__Ctl__RecordHistoryReply *reply)
{
	size_t from = all->n > HISTORY_MAX ? all->n - HISTORY_MAX : 0;
	int err = 0;

	for (size_t i = from; !err && i < all->n; i++)
		err = add_revision(call, p, all->of[i].slot, all->of[i].index, bytes, reply);
	return err;
}

static int read_revisions(struct ctl_call *call, struct store_txn *t, const Ims__Ctl__RecordRequest *q,
			  Ims__Ctl__RecordHistoryReply *reply)
{
	struct bytes id = bytes_of(q->id);
	struct past_revisions all;
	struct series_id at;
	struct record now;
	struct past *p;
	size_t bytes = 0;
	int err = as_of_open(call, t, q->n_as_of, q->as_of, &p);

	if (!err)
		err = record_get(t, id, &now, &at);
	if (err)
		return err;
	reply->revisions = arena_array(&call->arena, HISTORY_MAX, sizeof(Ims__Ctl__Record *));
	if (!reply->revisions)
		return IMS_E_NOMEM;
	err = past_revisions_load(p, &at, &now, &all);
	if (!err)
		err = add_revisions(call, p, &all, &bytes, reply);
	past_revisions_fini(&all);
	if (!err)
		err = history_explain(call, t, id, p->sizes, reply);
	if (!err)
		err = history_each_problem(call, t, id, add_problem,
					   &(struct problems_walk){call, p, reply, bytes});
	if (!err)
		qsort(reply->revisions, reply->n_revisions, sizeof(reply->revisions[0]), compare_revisions);
	return err;
}

static int read_history(struct ctl_call *call, struct store_txn *t, struct buf *out)
{
	const Ims__Ctl__RecordRequest *q = (const Ims__Ctl__RecordRequest *)call->request;
	Ims__Ctl__RecordHistoryReply reply = CTL_NEW(RecordHistoryReply, record_history_reply);
	int err = read_revisions(call, t, q, &reply);

	if (err == IMS_E_NOT_FOUND)
		err = errtext_set(&call->why, IMS_E_NOT_FOUND, "no record %s", q->id);
	if (!err)
		codec_pack(&reply.base, out);
	return err;
}

int ctl_record_history(struct ctl_call *call, const Ims__Ctl__RecordRequest *q)
{
	int err = ctl_check_record_id(call, q->id);

	return err ? err : ctl_work(call, read_history);
}
