/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Documents: their bytes in, before the record that names them, and out; and what this node knows of them. A
 * sealed one is shown where its payload is.
 */
#include "pb/ctl.pb-c.h"

#include <stdlib.h>

#include "base/mem.h"
#include "ctl/ctl_int.h"
#include "ctl/record_walk.h"
#include "ledger/blobs.h"
#include "ledger/ledger.h"
#include "registry/audience.h"
#include "registry/document.h"
#include "view/cites.h"
#include "view/record.h"
#include "wire/codec.h"
#include "wire/entry.h"
#include "wire/span_pb.h"

#define PAGE_MAX 200
#define READ_BYTES (8 * BLOB_PART_BYTES)

static int take_hash(ProtobufCBinaryData b, struct hash *ret, struct errtext *why)
{
	if (b.len != sizeof(ret->b))
		return errtext_set(why, IMS_E_INVALID, "sha256: %zu bytes, not 32", b.len);
	memcpy(ret->b, b.data, sizeof(ret->b));
	return 0;
}

/* ---- in */
static void uploaded(struct commit_job *job)
{
	struct ctl_call *call = job->ctx;
	struct commit_blob *k = &job->u.blob;
	Ims__Ctl__DocumentUploadReply reply = CTL_NEW(DocumentUploadReply, document_upload_reply);
	int err = job->err;

	if (!err && k->ret_outcome == BLOB_WRONG)
		err = errtext_set(&call->why, IMS_E_HASH, "what came has another SHA-256: begin again");
	else if (err)
		errtext_set(&call->why, err, "%s", job->why.text);
	reply.have = k->ret_have;
	reply.whole = k->ret_outcome == BLOB_WHOLE;
	commit_job_free(job);
	if (call->ctl->stop)
		ctl_call_free(call);
	else if (err)
		ctl_fail(call, err);
	else
		ctl_answer(call, &reply.base);
}

int ctl_document_upload(struct ctl_call *call, const Ims__Ctl__DocumentUploadRequest *q)
{
	struct commit_job *job;
	struct hash sha256;
	int err = take_hash(q->sha256, &sha256, &call->why);

	if (err)
		return err;
	job = commit_job_new(COMMIT_BLOB);
	job->u.blob = (struct commit_blob){.peer = mem_strdup(""),
					   .sha256 = sha256,
					   .offset = q->offset,
					   .total = q->bytes,
					   .data = BYTES(mem_dup(q->data.data, q->data.len), q->data.len)};
	ctl_submit(call, job, uploaded);
	return CTL_LATER;
}

/* ---- what is known of one */

/* What the record's payload says; IMS_E_NOT_FOUND when it is no document, or its payload is not here. */
static int open_document(struct ctl_call *call, struct store_txn *t, const struct record *r,
			 struct document *ret)
{
	struct ledger_item item;
	struct arena a, unpacked;
	char origin[ORIGIN_MAX_BYTES + 1];
	int err;

	arena_init(&unpacked, LEDGER_ITEM_BYTES);
	err = ledger_read_at(t, r->slot, r->index, &unpacked, origin, &item);
	if (err || item.payload_state != LEDGER_PAYLOAD_HERE) {
		arena_fini(&unpacked);
		return err ? err : IMS_E_NOT_FOUND;
	}
	arena_init(&a, 3 * codec_budget(item.payload.n));
	err = document_of(bytes_of(r->kind), item.payload, &a, ret);
	if (!err) { /* what is shown of it outlives the decoding */
		ret->name = arena_text(&call->arena, bytes_of(ret->name));
		ret->media_type = arena_text(&call->arena, bytes_of(ret->media_type));
		ret->lang = arena_text(&call->arena, bytes_of(ret->lang));
		ret->title = arena_text(&call->arena, bytes_of(ret->title));
		ret->named = arena_text(&call->arena, bytes_of(ret->named));
	}
	arena_fini(&a);
	arena_fini(&unpacked);
	return !err && arena_failed(&call->arena) ? IMS_E_NOMEM : err;
}

static int describe(struct ctl_call *call, struct store_txn *t, struct bytes id, const struct record *r,
		    Ims__Ctl__DocumentInfo *ret)
{
	struct blob_ref of = {.slot = r->slot};
	struct document d;
	struct blob b;
	int err = open_document(call, t, r, &d);

	if (err)
		return err;
	*ret = CTL_NEW(DocumentInfo, document_info);
	ret->id = arena_text(&call->arena, id);
	ret->name = ctl_lend(d.name);
	ret->media_type = ctl_lend(d.media_type);
	ret->lang = ctl_lend(d.lang);
	ret->title = ctl_lend(d.title);
	ret->bytes = d.bytes;
	ret->sha256 = PB_DATA(arena_dup(&call->arena, bytes_of_hash(&d.sha256)));
	ret->audience = ctl_lend(*d.named ? d.named : record_audience_name(r->audience));
	ret->state = ctl_lend("wanted");
	of.sha256 = d.sha256;
	err = blob_find(t, &of, &b);
	if (!err) {
		ret->have = b.have;
		if (b.state == BLOB_HERE)
			ret->state = ctl_lend("here");
	}
	return err == IMS_E_NOT_FOUND ? 0 : err;
}

/* ---- out */
static int read_parts(struct ctl_call *call, struct store_txn *t, const Ims__Ctl__DocumentInfo *d,
		      uint32_t slot, uint64_t offset, Ims__Ctl__DocumentReadReply *reply)
{
	struct blob_ref of = {.slot = slot};
	struct buf out = {0};
	int err = 0;

	memcpy(of.sha256.b, d->sha256.data, sizeof(of.sha256.b));
	while (!err && out.n < READ_BYTES && offset + out.n < d->bytes) {
		struct bytes part;

		err = blob_part(t, &of, (offset + out.n) / BLOB_PART_BYTES, &part);
		if (!err)
			buf_put(&out, part);
	}
	if (err)
		errtext_set(&call->why, err, "the bytes of %s", d->id);
	reply->offset = offset;
	reply->data = PB_DATA(arena_dup(&call->arena, buf_bytes(&out)));
	buf_fini(&out);
	return err;
}

/* The one that has these bytes: what was signed under it stays readable. */
static int choose_revision(struct ctl_call *call, struct store_txn *t, const Ims__Ctl__DocumentReadRequest *q,
			   struct record *r)
{
	struct named d;
	struct hash h;
	int err = take_hash(q->sha256, &h, &call->why);

	if (!err)
		err = cites_named(t, bytes_of(q->id), &h, &d);
	if (!err && !d.is_once)
		err = errtext_set(&call->why, IMS_E_NOT_FOUND, "no revision of %s has these bytes", q->id);
	if (!err) {
		r->slot = d.slot;
		r->index = d.index;
	}
	return err;
}

static int read_document(struct ctl_call *call, struct store_txn *t, struct buf *out)
{
	const Ims__Ctl__DocumentReadRequest *q = (const Ims__Ctl__DocumentReadRequest *)call->request;
	Ims__Ctl__DocumentReadReply reply = CTL_NEW(DocumentReadReply, document_read_reply);
	Ims__Ctl__DocumentInfo d;
	struct record r;
	int err = record_get(t, bytes_of(q->id), &r, NULL);

	if (err)
		return errtext_set(&call->why, err, "no record %s", q->id);
	if (r.state != RECORD_LIVE && r.state != RECORD_SEALED)
		return errtext_set(&call->why, IMS_E_INVALID, "%s is %s", q->id, record_state_name(r.state));
	err = q->sha256.len ? choose_revision(call, t, q, &r) : 0;
	if (err)
		return err;
	err = describe(call, t, bytes_of(q->id), &r, &d);
	if (err)
		return errtext_set(&call->why, err,
				   err == IMS_E_NOT_FOUND ? "%s is no document for this region" : "%s",
				   q->id);
	if (strcmp(d.state, "here") != 0)
		return errtext_set(&call->why, IMS_E_AGAIN, "its bytes are not here yet: %llu of %llu",
				   (unsigned long long)d.have, (unsigned long long)d.bytes);
	reply.document = &d;
	err = read_parts(call, t, &d, r.slot, q->offset, &reply);
	if (!err)
		codec_pack(&reply.base, out);
	return err;
}

int ctl_document_read(struct ctl_call *call, const Ims__Ctl__DocumentReadRequest *q)
{
	struct record_id rid;

	if (record_id_parse(bytes_of(q->id), &rid))
		return errtext_set(&call->why, IMS_E_INVALID, "'%.60s' is not a record id", q->id);
	if (q->offset % BLOB_PART_BYTES)
		return errtext_set(&call->why, IMS_E_INVALID, "offset: a multiple of %u", BLOB_PART_BYTES);
	return ctl_work(call, read_document);
}

/* ---- lists */
struct listing {
	struct ctl_call *call;
	struct store_txn *txn;
	Ims__Ctl__DocumentListReply reply;
	size_t max, seen;
	char last[RECORD_ID_MAX_BYTES + 1];
};

static int take_record(void *ctx, struct bytes id, const struct record *r)
{
	struct listing *l = ctx;
	Ims__Ctl__DocumentListReply *reply = &l->reply;
	Ims__Ctl__DocumentInfo *d;
	int err;

	if (l->seen == PAGE_MAX || reply->n_documents == l->max) { /* there is at least this one more */
		reply->next = arena_text(&l->call->arena, bytes_of(l->last));
		return 1;
	}
	d = arena_alloc(&l->call->arena, sizeof(*d));
	err = d ? describe(l->call, l->txn, id, r, d) : IMS_E_NOMEM;
	if (err && err != IMS_E_NOT_FOUND)
		return err;
	if (!err)
		reply->documents[reply->n_documents++] = d;
	l->seen++;
	memcpy(l->last, id.p, id.n);
	l->last[id.n] = '\0';
	return 0;
}

static int read_list(struct ctl_call *call, struct store_txn *t, struct buf *out)
{
	const Ims__Ctl__DocumentListRequest *q = (const Ims__Ctl__DocumentListRequest *)call->request;
	const struct record_walk walk = {
		.kind = bytes_of(q->sealed ? SEALED_KIND : DOCUMENT_KIND),
		.region = bytes_of(q->region),
		.after = bytes_of(q->after),
	};
	struct listing l = {
		.call = call,
		.txn = t,
		.reply = CTL_NEW(DocumentListReply, document_list_reply),
		.max = q->limit && q->limit < PAGE_MAX ? q->limit : PAGE_MAX,
	};
	int r;

	l.reply.documents = arena_array(&call->arena, l.max, sizeof(Ims__Ctl__DocumentInfo *));
	if (!l.reply.documents)
		return IMS_E_NOMEM;
	r = record_walk(t, &walk, take_record, &l, &call->why);
	if (r < 0)
		return r;
	codec_pack(&l.reply.base, out);
	return 0;
}

int ctl_document_list(struct ctl_call *call, const Ims__Ctl__DocumentListRequest *q)
{
	if (*q->region && !region_code_is_valid(bytes_of(q->region), true))
		return errtext_set(&call->why, IMS_E_INVALID, "'%.60s' is not a region", q->region);
	return ctl_work(call, read_list);
}
