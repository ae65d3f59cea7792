/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Proofs for outsiders: of inclusion as a C2SP tlog-proof file, which carries the checkpoint it
 * leads to and verifies with no node at hand; of consistency as base64 hashes, a line each; of two
 * histories as the evidence that was kept.
 */
#include "pb/ctl.pb-c.h"

#include "base/text.h"
#include "ctl/ctl_int.h"
#include "ledger/evidence.h"
#include "ledger/heads.h"
#include "replication/evidence.h"
#include "store/key.h"
#include "wire/codec.h"
#include "wire/span_pb.h"

static void put_hashes(const struct merkle_proof *p, struct buf *text)
{
	char line[BASE64_BYTES(sizeof(struct hash))];

	for (size_t i = 0; i < p->n; i++)
		buf_printf(text, "%s\n", base64_put(line, bytes_of_hash(&p->hash[i])));
}

static void count_one(void *ctx, struct bytes region, uint64_t time_s, struct bytes line)
{
	size_t *n = ctx;

	(void)region;
	(void)time_s;
	(void)line;
	*n += 1;
}

static size_t cosignatures_of(struct store_txn *t, const char *origin, uint64_t size)
{
	size_t n = 0;

	cosigs_each(t, origin, size, count_one, &n);
	return n;
}

/* The checkpoint that a proof of `index` leads to. Of the size that was asked for; or else the newest
 * that others have cosigned, which is what makes a proof worth keeping; or else the newest. */
static int choose_head(struct store_txn *t, const char *origin, uint64_t log_size, uint64_t size,
		       uint64_t index, struct head_row *ret)
{
	struct head_row head;
	int err = heads_newest(t, origin, size && size < log_size ? size : log_size, ret);

	if (err || size)
		return err ? err : ret->size == size ? 0 : IMS_E_NOT_FOUND;
	for (head = *ret; head.size > index;) {
		if (cosignatures_of(t, origin, head.size)) {
			*ret = head;
			return 0;
		}
		if (heads_newest(t, origin, head.size - 1, &head))
			break;
	}
	return 0;
}

static int prove_inclusion(struct ctl_call *call, struct ledger_reader *r, const Ims__Ctl__LogRequest *q,
			   struct buf *text)
{
	const char *origin = call->data;
	struct merkle_proof proof;
	struct head_row head;
	int err = choose_head(r->txn, origin, ledger_counted(r), q->size, q->index, &head);

	if (err)
		return errtext_set(&call->why, err, "%.140s has no checkpoint of %s", origin,
				   q->size ? "that size" : "any size yet");
	if (q->index >= head.size)
		return errtext_set(&call->why, IMS_E_RANGE,
				   "entry %llu is not below the checkpoint of size %llu",
				   (unsigned long long)q->index, (unsigned long long)head.size);
	err = merkle_prove_inclusion(ledger_node, r, q->index, head.size, &proof);
	if (err)
		return err;
	buf_printf(text, "c2sp.org/tlog-proof@v1\nindex %llu\n", (unsigned long long)q->index);
	put_hashes(&proof, text);
	buf_put_text(text, "\n");
	heads_put_note(r->txn, origin, &head, text);
	return 0;
}

static int prove_consistency(struct ctl_call *call, struct ledger_reader *r, const Ims__Ctl__LogRequest *q,
			     struct buf *text)
{
	uint64_t size = q->size ? q->size : ledger_counted(r);
	struct merkle_proof proof;
	int err;

	if (size > r->size || q->old_size > size)
		return errtext_set(&call->why, IMS_E_RANGE,
				   "from size %llu to %llu, but the log has %llu entries",
				   (unsigned long long)q->old_size, (unsigned long long)size,
				   (unsigned long long)r->size);
	err = merkle_prove_consistency(ledger_node, r, q->old_size, size, &proof);
	if (!err)
		put_hashes(&proof, text);
	return err;
}

static int read_proof(struct ctl_call *call, struct store_txn *t, struct buf *out)
{
	const Ims__Ctl__LogRequest *q = (const Ims__Ctl__LogRequest *)call->request;
	Ims__Ctl__ProofReply reply = CTL_NEW(ProofReply, proof_reply);
	const char *origin = call->data;
	struct ledger_reader r;
	struct buf text = {0};
	int err = ledger_read_open(t, origin, &r);

	if (err)
		return errtext_set(&call->why, err, "%s", CTL_NO_LOG);
	err = q->old_size ? prove_consistency(call, &r, q, &text) : prove_inclusion(call, &r, q, &text);
	if (!err && text.failed)
		err = IMS_E_NOMEM;
	if (!err) {
		reply.text = PB_DATA(buf_bytes(&text));
		codec_pack(&reply.base, out);
	}
	buf_fini(&text);
	return err;
}

int ctl_log_proof(struct ctl_call *call, const Ims__Ctl__LogRequest *q)
{
	call->data = ctl_lend(*q->origin ? q->origin : ctl_own_origin(call));
	return ctl_work(call, read_proof);
}

static int read_evidence(struct ctl_call *call, struct store_txn *t, struct buf *out)
{
	Ims__Ctl__ProofReply reply = CTL_NEW(ProofReply, proof_reply);
	const char *origin = call->data;
	struct evidence_row row;
	struct buf text = {0};
	int err = evidence_newest(t, origin, &row);

	if (err == IMS_E_NOT_FOUND)
		return errtext_set(&call->why, err, "no evidence against %.140s here", origin);
	if (err)
		return err;
	evidence_put_text(&(struct evidence){row.note_a, row.note_b, row.nodes}, &text);
	if (!text.failed) {
		reply.text = PB_DATA(buf_bytes(&text));
		codec_pack(&reply.base, out);
	}
	err = text.failed ? IMS_E_NOMEM : 0;
	buf_fini(&text);
	return err;
}

int ctl_log_evidence(struct ctl_call *call, const Ims__Ctl__LogRequest *q)
{
	call->data = ctl_lend(*q->origin ? q->origin : ctl_own_origin(call));
	return ctl_work(call, read_evidence);
}
