/* SPDX-License-Identifier: Apache-2.0 */
/* A copy of the database while it runs: read in one transaction on a helper thread, writes go on. */
#include "pb/ctl.pb-c.h"

#include "ctl/ctl_int.h"
#include "ledger/backup.h"
#include "wire/codec.h"
#include "wire/span_pb.h"

static int make_backup(struct ctl_call *call, struct store_txn *t, struct buf *out)
{
	const Ims__Ctl__BackupRequest *q = (const Ims__Ctl__BackupRequest *)call->request;
	Ims__Ctl__BackupReply reply = CTL_NEW(BackupReply, backup_reply);
	struct backup_facts f;
	int err;

	(void)t; /* the copy is of a transaction of its own */
	err = backup_make(node_options(call->node)->commit.store, q->dir, ctl_own_origin(call), clock_wall(),
			  &f, &call->why);
	call->ctl->backing_up = false;
	if (err)
		return err;
	reply.dir = q->dir;
	reply.origin = f.marker.origin;
	reply.size = f.marker.size;
	reply.root = PB_DATA(bytes_of_hash(&f.marker.root));
	reply.head_size = f.head_size;
	reply.time_ms = f.marker.time.ms;
	reply.bytes = f.data_bytes;
	codec_pack(&reply.base, out);
	return 0;
}

int ctl_backup_create(struct ctl_call *call, const Ims__Ctl__BackupRequest *q)
{
	struct ctl *c = call->ctl;

	if (*q->dir != '/')
		return errtext_set(&call->why, IMS_E_USAGE, "'%.160s' is no absolute path", q->dir);
	if (c->backing_up)
		return errtext_set(&call->why, IMS_E_AGAIN, "a backup is being made");
	c->backing_up = true;
	return ctl_work(call, make_backup);
}
