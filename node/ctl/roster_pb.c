/* SPDX-License-Identifier: Apache-2.0 */
/* Versions of the roster: any of the chain to read, the next one to hand in. */
#include "pb/ctl.pb-c.h"

#include "crypto/hash.h"
#include "ctl/ctl_int.h"
#include "ledger/ledger.h"
#include "store/key.h"
#include "wire/codec.h"
#include "wire/span_pb.h"

static Ims__Ctl__RosterReply reply_of(const struct roster *r)
{
	Ims__Ctl__RosterReply reply = CTL_NEW(RosterReply, roster_reply);

	reply.version = r->version;
	reply.hash = PB_DATA(bytes_of_hash(&r->hash));
	reply.note = PB_DATA(BYTES(r->note, r->note_bytes));
	return reply;
}

static int read_version(struct ctl_call *call, struct store_txn *t, struct buf *out)
{
	const Ims__Ctl__RosterRequest *q = (const Ims__Ctl__RosterRequest *)call->request;
	Ims__Ctl__RosterReply reply = CTL_NEW(RosterReply, roster_reply);
	struct store_key k;
	struct bytes stored;
	struct hash hash;
	struct note n;
	int err = store_get(t, TABLE_ROSTER, store_key(&k, "L", q->version), &stored);

	if (err == IMS_E_NOT_FOUND)
		return errtext_set(&call->why, err, "version %llu is not here",
				   (unsigned long long)q->version);
	if (!err)
		err = note_parse(stored, &n) ? IMS_E_CORRUPT : 0;
	if (err)
		return err;
	crypto_sha256(n.text, &hash);
	reply.version = q->version;
	reply.hash = PB_DATA(bytes_of_hash(&hash));
	reply.note = PB_DATA(stored);
	codec_pack(&reply.base, out);
	return 0;
}

int ctl_roster_show(struct ctl_call *call, const Ims__Ctl__RosterRequest *q)
{
	const struct roster *r = node_roster(call->node);
	Ims__Ctl__RosterReply reply;

	if (q->version && q->version != r->version)
		return ctl_work(call, read_version);
	reply = reply_of(r);
	ctl_answer(call, &reply.base);
	return 0;
}

/* ---- publish */
static void offered(void *ctx, int err, const char *text)
{
	struct ctl_call *call = ctx;
	Ims__Ctl__RosterReply reply;

	if (err || call->ctl->stop) {
		ctl_fail_text(call, err, text);
		return;
	}
	reply = reply_of(node_roster(call->node));
	ctl_answer(call, &reply.base);
}

int ctl_roster_publish(struct ctl_call *call, const Ims__Ctl__RosterPublishRequest *q)
{
	uint64_t in_force = node_roster(call->node)->version;
	struct roster *r;
	bool old;
	int err = roster_parse(PB_BYTES(q->note), &r, &call->why);

	if (err)
		return err;
	old = r->version < in_force;
	roster_unref(r);
	if (old)
		return errtext_set(&call->why, IMS_E_STALE, "version %llu is in force",
				   (unsigned long long)in_force);
	node_offer_roster(call->node, PB_BYTES(q->note), offered, call);
	return CTL_LATER;
}
