/* SPDX-License-Identifier: Apache-2.0 */
/* Logs as lists, one by one, and their checkpoints. */
#include "pb/ctl.pb-c.h"

#include "ctl/ctl_int.h"
#include "ctl/log_info.h"
#include "ledger/heads.h"
#include "store/key.h"
#include "wire/codec.h"
#include "wire/span_pb.h"

/* ---- log list */
struct list_facts {
	struct log_facts *log;
	size_t n;
};

static int read_list(struct ctl_call *call, struct store_txn *t, struct buf *out)
{
	const struct list_facts *f = call->data;
	Ims__Ctl__LogListReply reply = CTL_NEW(LogListReply, log_list_reply);
	int err = log_info_read_all(t, f->log, f->n, &call->arena, &reply.logs);

	if (err)
		return err;
	reply.n_logs = f->n;
	codec_pack(&reply.base, out);
	return 0;
}

int ctl_log_list(struct ctl_call *call, const Ims__Ctl__Empty *q)
{
	struct list_facts *f = arena_alloc(&call->arena, sizeof(*f));

	(void)q;
	if (f)
		f->log = log_facts_all(call, &f->n);
	if (!f || !f->log)
		return IMS_E_NOMEM;
	call->data = f;
	return ctl_work(call, read_list);
}

/* ---- log show */

/* The newest cosignature of each region. */
struct newest_cosignatures {
	Ims__Ctl__CosignatureInfo *item[ROSTER_REGIONS_MAX];
	size_t n;
};

static Ims__Ctl__CosignatureInfo *cosignature_of(struct newest_cosignatures *l, struct bytes region,
						 struct arena *a)
{
	Ims__Ctl__CosignatureInfo *c;

	for (size_t i = 0; i < l->n; i++)
		if (bytes_eq_text(region, l->item[i]->region))
			return l->item[i];
	if (l->n == ROSTER_REGIONS_MAX)
		return NULL;
	c = arena_alloc(a, sizeof(*c));
	if (!c)
		return NULL;
	*c = CTL_NEW(CosignatureInfo, cosignature_info);
	c->region = arena_text(a, region);
	if (c->region)
		l->item[l->n++] = c;
	return c->region ? c : NULL;
}

static void read_cosignatures(struct store_txn *t, const char *origin, struct arena *a,
			      struct newest_cosignatures *l)
{
	struct store_cursor c;
	struct store_key k;

	for (store_seek(&c, t, TABLE_COSIGS, store_key(&k, "S", bytes_of(origin)), BYTES_NONE, false);
	     store_cursor_ok(&c); store_next(&c)) {
		struct bytes log, region;
		Ims__Ctl__CosignatureInfo *item;
		uint64_t size;

		if (store_key_parse(c.key, "SLS", &log, &size, &region) || c.value.n < 8)
			continue;
		item = cosignature_of(l, region, a);
		if (item) { /* sizes ascend */
			item->size = size;
			item->time_s = (int64_t)be64_get(c.value.p);
		}
	}
	store_cursor_fini(&c);
}

static int read_show(struct ctl_call *call, struct store_txn *t, struct buf *out)
{
	const struct log_facts *f = call->data;
	Ims__Ctl__LogShowReply reply = CTL_NEW(LogShowReply, log_show_reply);
	Ims__Ctl__LogInfo info;
	struct newest_cosignatures l = {.n = 0};
	struct head_row head;
	struct buf note = {0};
	int err = log_info_read(t, f, &call->arena, &info);

	if (err)
		return err;
	reply.log = &info;
	if (heads_newest(t, f->origin, info.size, &head) == 0)
		heads_put_note(t, f->origin, &head, &note);
	reply.note = PB_DATA(buf_bytes(&note));
	read_cosignatures(t, f->origin, &call->arena, &l);
	reply.cosignatures = l.item;
	reply.n_cosignatures = l.n;
	if (!note.failed)
		codec_pack(&reply.base, out);
	err = note.failed ? IMS_E_NOMEM : 0;
	buf_fini(&note);
	return err;
}

int ctl_log_show(struct ctl_call *call, const Ims__Ctl__LogRequest *q)
{
	const char *origin = *q->origin ? q->origin : ctl_own_origin(call);
	struct log_facts *all;
	size_t n;

	all = log_facts_all(call, &n);
	if (!all)
		return IMS_E_NOMEM;
	call->data = (void *)(uintptr_t)log_facts_find(all, n, origin);
	if (!call->data)
		return errtext_set(&call->why, IMS_E_NOT_FOUND, "%s", CTL_NO_LOG);
	return ctl_work(call, read_show);
}

/* ---- log checkpoint */
static int read_checkpoint(struct ctl_call *call, struct store_txn *t, struct buf *out)
{
	const Ims__Ctl__LogRequest *q = (const Ims__Ctl__LogRequest *)call->request;
	const char *origin = call->data;
	Ims__Ctl__NoteReply reply = CTL_NEW(NoteReply, note_reply);
	struct ledger_reader r;
	struct head_row head;
	struct buf note = {0};
	int err = ledger_read_open(t, origin, &r);

	if (err)
		return errtext_set(&call->why, err, "%s", CTL_NO_LOG);
	err = heads_newest(t, origin, q->size && q->size < ledger_counted(&r) ? q->size : ledger_counted(&r),
			   &head);
	if (err)
		return errtext_set(&call->why, err, "%.160s has no checkpoint yet", origin);
	if (q->size && head.size != q->size)
		return errtext_set(&call->why, IMS_E_NOT_FOUND,
				   "no checkpoint of size %llu is kept; the nearest below it is of size %llu",
				   (unsigned long long)q->size, (unsigned long long)head.size);
	heads_put_note(t, origin, &head, &note);
	reply.note = PB_DATA(buf_bytes(&note));
	if (!note.failed)
		codec_pack(&reply.base, out);
	err = note.failed ? IMS_E_NOMEM : 0;
	buf_fini(&note);
	return err;
}

int ctl_log_checkpoint(struct ctl_call *call, const Ims__Ctl__LogRequest *q)
{
	call->data = ctl_lend(*q->origin ? q->origin : ctl_own_origin(call));
	return ctl_work(call, read_checkpoint);
}
