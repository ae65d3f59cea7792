/* SPDX-License-Identifier: Apache-2.0 */
/* The view as a whole: its digest, and folding it again. */
#include "pb/ctl.pb-c.h"

#include "ctl/ctl_int.h"
#include "store/key.h"
#include "view/digest.h"
#include "wire/codec.h"
#include "wire/span_pb.h"

/* The roster version of the transaction: the newest that is stored. */
static uint64_t roster_version(struct store_txn *t)
{
	struct store_cursor c;
	uint64_t version = 0;

	store_seek(&c, t, TABLE_ROSTER, BYTES_NONE, BYTES_NONE, true);
	if (store_cursor_ok(&c) && c.key.n == 8)
		version = be64_get(c.key.p);
	store_cursor_fini(&c);
	return version;
}

static int put_sizes(struct ctl_call *call, const struct digest *d, Ims__Ctl__ViewDigestReply *reply)
{
	Ims__Ctl__SizeOf *size = arena_array(&call->arena, d->n_logs + 1, sizeof(*size));

	reply->sizes = arena_array(&call->arena, d->n_logs + 1, sizeof(Ims__Ctl__SizeOf *));
	if (!size || !reply->sizes)
		return IMS_E_NOMEM;
	for (size_t i = 0; i < d->n_logs; i++) {
		size[i] = CTL_NEW(SizeOf, size_of);
		size[i].key = ctl_lend(d->logs[i].origin);
		size[i].value = d->logs[i].size;
		reply->sizes[reply->n_sizes++] = &size[i];
	}
	return 0;
}

static int read_digest(struct ctl_call *call, struct store_txn *t, struct buf *out)
{
	Ims__Ctl__ViewDigestReply reply = CTL_NEW(ViewDigestReply, view_digest_reply);
	struct digest d;
	int err = digest_compute(t, roster_version(t), &d);

	if (err)
		return err;
	reply.digest = PB_DATA(bytes_of_hash(&d.digest));
	reply.roster = d.roster;
	reply.rules = d.rules;
	reply.holes = d.holes;
	reply.records = d.records;
	reply.keys = d.keys;
	err = put_sizes(call, &d, &reply);
	if (!err)
		codec_pack(&reply.base, out);
	digest_fini(&d);
	return err;
}

int ctl_view_digest(struct ctl_call *call, const Ims__Ctl__Empty *q)
{
	(void)q;
	return ctl_work(call, read_digest);
}

static void rebuilt(struct commit_job *job)
{
	struct ctl_call *call = job->ctx;
	int err = job->err;

	commit_job_free(job);
	if (err || call->ctl->stop)
		ctl_fail(call, err);
	else
		ctl_work(call, read_digest);
}

int ctl_view_rebuild(struct ctl_call *call, const Ims__Ctl__Empty *q)
{
	(void)q;
	ctl_submit(call, commit_job_new(COMMIT_REBUILD), rebuilt);
	return CTL_LATER;
}
