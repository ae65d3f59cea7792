/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records as the view has them: one, its revisions, and lists along an index. Payloads are read
 * from the log that holds them and checked against their leaf (L3).
 */
#include "pb/ctl.pb-c.h"

#include <stdlib.h>

#include "ctl/ctl_int.h"
#include "ctl/history.h"
#include "ctl/record_walk.h"
#include "ledger/ledger.h"
#include "registry/audience.h"
#include "store/key.h"
#include "view/record.h"
#include "wire/codec.h"
#include "wire/entry.h"
#include "wire/span_pb.h"

#define LIST_DEFAULT 100
#define LIST_MAX 500
#define RECORD_OVERHEAD_BYTES 320

/* Reads entries of any log; neighbours are mostly of one. */
struct source {
	struct store_txn *txn;
	struct ledger_reader reader;
	char origin[ORIGIN_MAX_BYTES + 1];
	bool open;
};

static struct source *source_new(struct ctl_call *call, struct store_txn *t)
{
	struct source *s = arena_alloc(&call->arena, sizeof(*s));

	if (s) {
		s->txn = t;
		s->open = false;
	}
	return s;
}

/* a: for its payload, LEDGER_ITEM_BYTES of it. */
static int source_read(struct source *s, uint32_t slot, uint64_t index, struct arena *a, struct ledger_item *ret)
{
	int err = 0;

	if (!s->open || s->reader.slot != slot) {
		s->open = false;
		err = ledger_origin_of(s->txn, slot, s->origin);
		if (!err)
			err = ledger_read_open(s->txn, s->origin, &s->reader);
		if (err)
			return err == IMS_E_NOT_FOUND ? IMS_E_CORRUPT : err;
		s->open = true;
	}
	return ledger_read_item(&s->reader, index, a, ret);
}

/* ---- what is shown of a record */

/* What the record is now; its payload is lent by the transaction, or in the call's memory. */
static int show_current(struct ctl_call *call, struct source *s, struct bytes id, const struct record *r,
			Ims__Ctl__Record *ret)
{
	struct arena *a = &call->arena;
	struct ledger_item item;
	struct entry en;
	int err = source_read(s, r->slot, r->index, a, &item);

	if (!err)
		err = record_entry(r, id, &item, a, &en);
	if (err)
		return errtext_set(&call->why, err, "entry %llu of %s", (unsigned long long)r->index,
				   s->open ? s->origin : "a log that is not here");
	*ret = CTL_NEW(Record, record);
	ret->id = arena_text(a, id);
	ret->kind = arena_text(a, bytes_of(r->kind));
	ret->revision = r->revision;
	ret->origin = arena_text(a, bytes_of(s->origin));
	ret->index = r->index;
	ret->state = ctl_lend(record_state_name(r->state));
	ret->audience = ctl_lend(record_audience_name(r->audience));
	ret->operation = ctl_lend(record_operation_name(r->operation));
	ret->time_ms = en.time_ms;
	ret->leaf = PB_DATA(arena_dup(a, bytes_of_hash(&item.leaf)));
	if (item.payload_state == LEDGER_PAYLOAD_HERE)
		ret->payload = PB_DATA(item.payload);
	if (r->reason)
		ret->reason = ctl_lend(ims_strerror(r->reason));
	else if (r->state == RECORD_WANTED)
		ret->reason = ctl_lend("its payload has not come yet");
	else if (r->state == RECORD_SEALED && item.payload_state == LEDGER_PAYLOAD_NOT_FOR_ME)
		ret->reason = ctl_lend("its payload is for other regions");
	return arena_failed(a) ? IMS_E_NOMEM : 0;
}

/* State of a revision that an entry made, whatever came after. */
static const char *revision_state(const struct entry *en, const struct ledger_item *item)
{
	if (en->audience == ENTRY_NAMED)
		return record_state_name(RECORD_SEALED);
	if (en->operation == ENTRY_WITHDRAW)
		return record_state_name(RECORD_WITHDRAWN);
	if (item->payload_state == LEDGER_PAYLOAD_ERASED)
		return record_state_name(RECORD_ERASED);
	if (item->payload_state != LEDGER_PAYLOAD_HERE)
		return record_state_name(RECORD_WANTED);
	return record_state_name(kind_by_name(en->kind) ? RECORD_LIVE : RECORD_UNKNOWN_KIND);
}

/* What a reply holds of one, and of how many bytes a payload at most. */
struct wish {
	uint64_t revision; /* 0: any */
	size_t room;
};

static int make_revision(struct ctl_call *call, const struct ledger_item *item, const struct wish *w,
			 Ims__Ctl__Record *ret)
{
	struct arena *a = &call->arena;
	struct entry en;
	int err = entry_decode(item->entry, a, &en, NULL);

	if (err)
		return err;
	*ret = CTL_NEW(Record, record);
	ret->revision = en.revision;
	if (w->revision && w->revision != en.revision)
		return IMS_E_NOT_FOUND;
	ret->id = arena_text(a, en.record);
	ret->kind = arena_text(a, en.kind);
	ret->origin = arena_text(a, en.origin);
	ret->index = item->index;
	ret->state = ctl_lend(revision_state(&en, item));
	ret->audience = ctl_lend(record_audience_name(en.audience));
	ret->operation = ctl_lend(record_operation_name(en.operation));
	ret->time_ms = en.time_ms;
	ret->leaf = PB_DATA(arena_dup(a, bytes_of_hash(&item->leaf)));
	if (item->payload_state == LEDGER_PAYLOAD_HERE && item->payload.n <= w->room)
		ret->payload = PB_DATA(arena_dup(a, item->payload));
	return arena_failed(a) ? IMS_E_NOMEM : 0;
}

/* IMS_E_NOT_FOUND: it is not the one that is wished for. There may be a thousand, and only what is shown is kept. */
static int show_revision(struct ctl_call *call, struct source *s, uint32_t slot, uint64_t index,
			 const struct wish *w, Ims__Ctl__Record *ret)
{
	struct ledger_item item;
	struct arena unpacked;
	int err;

	arena_init(&unpacked, LEDGER_ITEM_BYTES);
	err = source_read(s, slot, index, &unpacked, &item);
	if (!err)
		err = make_revision(call, &item, w, ret);
	arena_fini(&unpacked);
	if (err && err != IMS_E_NOT_FOUND)
		return errtext_set(&call->why, err, "entry %llu", (unsigned long long)index);
	return err;
}

/* ---- history */
static int compare_revisions(const void *a, const void *b)
{
	const Ims__Ctl__Record *x = *(Ims__Ctl__Record *const *)a, *y = *(Ims__Ctl__Record *const *)b;

	return x->revision < y->revision ? -1 : x->revision > y->revision;
}

/* Where the entries stand that a later one has superseded, by log and index. */
struct history {
	struct store_cursor c;
	uint32_t slot;
	uint64_t index;
	int err;
};

static bool history_here(struct history *h)
{
	uint64_t number;
	uint32_t series;

	if (!h->err && store_cursor_ok(&h->c))
		h->err = store_key_parse(h->c.key, "ILIL", &series, &number, &h->slot, &h->index);
	return !h->err && store_cursor_ok(&h->c);
}

static void history_begin(struct history *h, struct store_txn *t, const struct series_id *at)
{
	struct store_key k;

	h->err = 0;
	store_seek(&h->c, t, TABLE_HISTORY, store_key(&k, "IL", at->series, at->number), BYTES_NONE, false);
}

/* One revision more in the reply, with its payload as long as there is room. */
static int add_revision(struct ctl_call *call, struct source *s, uint32_t slot, uint64_t index, size_t *bytes,
			Ims__Ctl__RecordHistoryReply *reply)
{
	Ims__Ctl__Record *r = arena_alloc(&call->arena, sizeof(*r));
	struct wish w = {.room = 0};
	int err;

	*bytes += RECORD_OVERHEAD_BYTES;
	if (*bytes < CTL_REPLY_BYTES)
		w.room = CTL_REPLY_BYTES - *bytes;
	err = r ? show_revision(call, s, slot, index, &w, r) : IMS_E_NOMEM;
	if (err)
		return err;
	*bytes += r->payload.len;
	reply->revisions[reply->n_revisions++] = r;
	return 0;
}

/* An entry about the record that had no effect: one more in the list, with its reason. */
struct problems_walk {
	struct ctl_call *call;
	struct source *source;
	Ims__Ctl__RecordHistoryReply *reply;
	size_t bytes;
};

static int add_problem(void *ctx, uint32_t slot, uint64_t index, const char *why)
{
	struct problems_walk *w = ctx;
	Ims__Ctl__RecordHistoryReply *reply = w->reply;
	int err;

	if (reply->n_revisions >= HISTORY_MAX)
		return 0;
	err = add_revision(w->call, w->source, slot, index, &w->bytes, reply);
	if (!err) {
		reply->revisions[reply->n_revisions - 1]->state = ctl_lend("inadmissible");
		reply->revisions[reply->n_revisions - 1]->reason = ctl_lend(why);
	}
	return err;
}

/* All revisions, ascending, whichever incarnation of the home's log they stand in. */
static int read_revisions(struct ctl_call *call, struct store_txn *t, struct bytes id,
			  Ims__Ctl__RecordHistoryReply *reply)
{
	struct source *s = source_new(call, t);
	struct series_id at;
	struct history h;
	struct record now;
	size_t bytes = 0;
	int err = record_get(t, id, &now, &at);

	if (err)
		return err;
	reply->revisions = arena_array(&call->arena, HISTORY_MAX, sizeof(Ims__Ctl__Record *));
	if (!s || !reply->revisions)
		return IMS_E_NOMEM;
	for (history_begin(&h, t, &at); !err && history_here(&h) && reply->n_revisions < HISTORY_MAX - 1;
	     store_next(&h.c))
		err = add_revision(call, s, h.slot, h.index, &bytes, reply);
	store_cursor_fini(&h.c);
	if (!err)
		err = h.err;
	if (!err)
		err = add_revision(call, s, now.slot, now.index, &bytes, reply);
	if (!err)
		err = history_explain(call, t, id, reply);
	if (!err)
		err = history_each_problem(call, t, id, add_problem,
					   &(struct problems_walk){call, s, reply, bytes});
	if (!err)
		qsort(reply->revisions, reply->n_revisions, sizeof(reply->revisions[0]), compare_revisions);
	return err;
}

static int check_id(struct ctl_call *call, const char *id)
{
	struct record_id rid;

	if (record_id_parse(bytes_of(id), &rid))
		return errtext_set(&call->why, IMS_E_INVALID, "'%.60s' is not a record id", id);
	return 0;
}

static int read_history(struct ctl_call *call, struct store_txn *t, struct buf *out)
{
	const Ims__Ctl__RecordRequest *q = (const Ims__Ctl__RecordRequest *)call->request;
	Ims__Ctl__RecordHistoryReply reply = CTL_NEW(RecordHistoryReply, record_history_reply);
	int err = read_revisions(call, t, bytes_of(q->id), &reply);

	if (err == IMS_E_NOT_FOUND)
		err = errtext_set(&call->why, IMS_E_NOT_FOUND, "no record %s", q->id);
	if (!err)
		codec_pack(&reply.base, out);
	return err;
}

int ctl_record_history(struct ctl_call *call, const Ims__Ctl__RecordRequest *q)
{
	int err = check_id(call, q->id);

	return err ? err : ctl_work(call, read_history);
}

/* ---- get */
static int find_revision(struct ctl_call *call, struct store_txn *t, const struct series_id *at,
			 uint64_t revision, Ims__Ctl__Record *ret)
{
	struct source *s = source_new(call, t);
	const struct wish w = {revision, SIZE_MAX};
	struct history h;
	int err = s ? IMS_E_NOT_FOUND : IMS_E_NOMEM;

	if (!s)
		return err;
	for (history_begin(&h, t, at); err == IMS_E_NOT_FOUND && history_here(&h); store_next(&h.c))
		err = show_revision(call, s, h.slot, h.index, &w, ret);
	store_cursor_fini(&h.c);
	return h.err ? h.err : err;
}

static int read_record(struct ctl_call *call, struct store_txn *t, struct buf *out)
{
	const Ims__Ctl__RecordRequest *q = (const Ims__Ctl__RecordRequest *)call->request;
	struct bytes id = bytes_of(q->id);
	Ims__Ctl__Record reply;
	struct series_id at;
	struct source *s;
	struct record r;
	int err = record_get(t, id, &r, &at);

	if (err)
		return errtext_set(&call->why, err, "no record %s", q->id);
	if (q->revision && q->revision != r.revision) {
		err = find_revision(call, t, &at, q->revision, &reply);
		if (err == IMS_E_NOT_FOUND)
			return errtext_set(&call->why, err, "%s has no revision %llu, it is at %llu", q->id,
					   (unsigned long long)q->revision, (unsigned long long)r.revision);
	} else {
		s = source_new(call, t);
		err = s ? show_current(call, s, id, &r, &reply) : IMS_E_NOMEM;
	}
	if (!err)
		codec_pack(&reply.base, out);
	return err;
}

int ctl_record_get(struct ctl_call *call, const Ims__Ctl__RecordRequest *q)
{
	int err = check_id(call, q->id);

	if (err)
		return err;
	/* the revisions before may be many */
	return q->revision ? ctl_work(call, read_record) : ctl_work_here(call, read_record);
}

/* ---- list */
struct listing {
	struct ctl_call *call;
	struct source *source;
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
	err = item ? show_current(l->call, l->source, id, r, item) : IMS_E_NOMEM;
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

static int read_list(struct ctl_call *call, struct store_txn *t, struct buf *out)
{
	const Ims__Ctl__RecordListRequest *q = (const Ims__Ctl__RecordListRequest *)call->request;
	const struct record_walk walk = {
		.kind = bytes_of(q->kind),
		.region = bytes_of(q->region),
		.key = bytes_of(q->key),
		.after = bytes_of(q->after),
	};
	struct listing l = {
		.call = call,
		.source = source_new(call, t),
		.reply = CTL_NEW(RecordListReply, record_list_reply),
		.max = q->limit && q->limit < LIST_MAX ? q->limit
		       : q->limit		       ? LIST_MAX
						       : LIST_DEFAULT,
		.count_only = q->count_only,
	};
	int r;

	l.reply.records = arena_array(&call->arena, l.max, sizeof(Ims__Ctl__Record *));
	if (!l.source || !l.reply.records)
		return IMS_E_NOMEM;
	r = record_walk(t, &walk, take_record, &l, &call->why);
	if (r < 0)
		return r;
	codec_pack(&l.reply.base, out);
	return 0;
}

int ctl_record_list(struct ctl_call *call, const Ims__Ctl__RecordListRequest *q)
{
	if (*q->kind && !kind_by_name(bytes_of(q->kind)) && strcmp(q->kind, SEALED_KIND) != 0)
		return errtext_set(&call->why, IMS_E_UNKNOWN_KIND, "'%.60s'", q->kind);
	if (*q->region && !region_code_is_valid(bytes_of(q->region), true))
		return errtext_set(&call->why, IMS_E_INVALID, "'%.60s' is not a region", q->region);
	return ctl_work(call, read_list);
}
