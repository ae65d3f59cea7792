/* SPDX-License-Identifier: Apache-2.0 */
/* Records as the view has them, or had them: one, and lists along an index. */
#include "pb/ctl.pb-c.h"

#include "ctl/as_of.h"
#include "ctl/ctl_int.h"
#include "ctl/record_show.h"
#include "ctl/record_walk.h"
#include "registry/audience.h"
#include "wire/codec.h"

#define LIST_DEFAULT 100
#define LIST_MAX 500

int ctl_check_record_id(struct ctl_call *call, const char *id)
{
	struct record_id rid;

	if (record_id_parse(bytes_of(id), &rid))
		return errtext_set(&call->why, IMS_E_INVALID, "'%.60s' is not a record id", id);
	return 0;
}

/* ---- get */
static int find_revision(struct ctl_call *call, struct past *p, const struct series_id *at,
			 const struct record *now, Ims__Ctl__Record *ret)
{
	const Ims__Ctl__RecordRequest *q = (const Ims__Ctl__RecordRequest *)call->request;
	const struct revision_wish w = {q->revision, SIZE_MAX};
	struct past_revisions all;
	int err = past_revisions_load(p, at, now, &all);
	bool found = false;

	for (size_t i = all.n; !err && !found && i > 0; i--) {
		err = record_show_revision(call, p, all.of[i - 1].slot, all.of[i - 1].index, &w, ret);
		found = !err;
		if (err == IMS_E_NOT_FOUND)
			err = 0;
	}
	past_revisions_fini(&all);
	if (err || found)
		return err;
	return errtext_set(&call->why, IMS_E_NOT_FOUND, "%s has no revision %llu%s, it is at %llu", q->id,
			   (unsigned long long)q->revision, p->sizes ? " as of then" : "",
			   (unsigned long long)now->revision);
}

static int show_row(struct ctl_call *call, struct past *p, const struct series_id *at, const struct record *now,
		    Ims__Ctl__Record *ret)
{
	const Ims__Ctl__RecordRequest *q = (const Ims__Ctl__RecordRequest *)call->request;
	struct record then;
	int err = past_record(p, at, now, &then);

	if (err == IMS_E_NOT_FOUND)
		return errtext_set(&call->why, err, "no record %s as of then", q->id);
	if (!err && q->revision && q->revision != then.revision)
		return errtext_set(&call->why, IMS_E_NOT_FOUND, "%s was at revision %llu then", q->id,
				   (unsigned long long)then.revision);
	return err ? err : record_show(call, p, bytes_of(q->id), &then, ret);
}

static int read_record(struct ctl_call *call, struct store_txn *t, struct buf *out)
{
	const Ims__Ctl__RecordRequest *q = (const Ims__Ctl__RecordRequest *)call->request;
	Ims__Ctl__Record reply;
	struct series_id at;
	struct past *p;
	struct record now;
	int err = record_get(t, bytes_of(q->id), &now, &at);

	if (err)
		return errtext_set(&call->why, err, "no record %s", q->id);
	err = as_of_open(call, t, q->n_as_of, q->as_of, &p);
	if (err)
		return err;
	err = q->revision && q->revision != now.revision ? find_revision(call, p, &at, &now, &reply)
							  : show_row(call, p, &at, &now, &reply);
	if (!err)
		codec_pack(&reply.base, out);
	return err;
}

int ctl_record_get(struct ctl_call *call, const Ims__Ctl__RecordRequest *q)
{
	int err = ctl_check_record_id(call, q->id);

	if (err)
		return err;
	/* the revisions before may be many */
	return q->revision || q->n_as_of ? ctl_work(call, read_record) : ctl_work_here(call, read_record);
}

/* ---- list */
struct listing {
	struct ctl_call *call;
	struct past *past;
	Ims__Ctl__RecordListReply reply;
	size_t max, bytes;
	bool count_only;
};

static int take_record(void *ctx, struct bytes id, const struct record *r)
{
	struct listing *l = ctx;
	Ims__Ctl__RecordListReply *reply = &l->reply;
	Ims__Ctl__Record *item;
	int err;

	if (l->count_only) {
		reply->count++;
		return 0;
	}
	if (reply->n_records == l->max) { /* there is at least this one more */
		reply->next = reply->records[reply->n_records - 1]->id;
		return 1;
	}
	item = arena_alloc(&l->call->arena, sizeof(*item));
	err = item ? record_show(l->call, l->past, id, r, item) : IMS_E_NOMEM;
	if (err)
		return err;
	l->bytes += RECORD_OVERHEAD_BYTES + item->payload.len;
	if (l->bytes > CTL_REPLY_BYTES && reply->n_records) {
		reply->next = reply->records[reply->n_records - 1]->id;
		return 1;
	}
	reply->records[reply->n_records++] = item;
	reply->count++;
	return 0;
}

static int list_along(struct ctl_call *call, struct store_txn *t, struct past *p, struct buf *out)
{
	const Ims__Ctl__RecordListRequest *q = (const Ims__Ctl__RecordListRequest *)call->request;
	const struct record_walk walk = {
		.kind = bytes_of(q->kind),
		.region = bytes_of(q->region),
		.key = bytes_of(q->key),
		.after = bytes_of(q->after),
		.past = p,
	};
	struct listing l = {
		.call = call,
		.past = p,
		.reply = CTL_NEW(RecordListReply, record_list_reply),
		.max = q->limit && q->limit < LIST_MAX ? q->limit
		       : q->limit		       ? LIST_MAX
						       : LIST_DEFAULT,
		.count_only = q->count_only,
	};
	int r;

	l.reply.records = arena_array(&call->arena, l.max, sizeof(Ims__Ctl__Record *));
	if (!l.reply.records)
		return IMS_E_NOMEM;
	r = record_walk(t, &walk, take_record, &l, &call->why);
	if (r < 0)
		return r;
	codec_pack(&l.reply.base, out);
	return 0;
}

static int read_list(struct ctl_call *call, struct store_txn *t, struct buf *out)
{
	const Ims__Ctl__RecordListRequest *q = (const Ims__Ctl__RecordListRequest *)call->request;
	struct past *p;
	int err = as_of_open(call, t, q->n_as_of, q->as_of, &p);

	return err ? err : list_along(call, t, p, out);
}

int ctl_record_list(struct ctl_call *call, const Ims__Ctl__RecordListRequest *q)
{
	if (*q->kind && !kind_by_name(bytes_of(q->kind)) && strcmp(q->kind, SEALED_KIND) != 0)
		return errtext_set(&call->why, IMS_E_UNKNOWN_KIND, "'%.60s'", q->kind);
	if (*q->region && !region_code_is_valid(bytes_of(q->region), true))
		return errtext_set(&call->why, IMS_E_INVALID, "'%.60s' is not a region", q->region);
	return ctl_work(call, read_list);
}
