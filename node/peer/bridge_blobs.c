/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes of documents for replication: which are wanted, for whom they are, and the writer's jobs. Whether a
 * region may have one is asked of the payloads that cite it, each time, as of a payload itself (inv. 10).
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/text.h"
#include "ledger/blobs.h"
#include "peer/bridge_int.h"
#include "view/cites.h"

#define ITEM_BYTES (LEDGER_ITEM_BYTES + (256u << 10)) /* unpacked, and its copy */

/* A log's blob. IMS_E_NOT_FOUND: no such log here. */
static int ref_of(struct store_txn *t, const char *origin, const struct hash *sha256, struct blob_ref *ret)
{
	struct ledger_reader r;
	int err = ledger_read_open(t, origin, &r);

	if (!err)
		*ret = (struct blob_ref){r.slot, *sha256};
	return err;
}

/* ---- wanted */
struct wanted {
	uint64_t left_bytes; /* for documents of that region */
	struct sync_blob *ret;
	size_t n, max;
};

static int take_wanted(void *ctx, const struct blob_ref *of, const struct blob *blob)
{
	struct wanted *w = ctx;
	struct sync_blob *to = &w->ret[w->n++];

	*to = (struct sync_blob){.sha256 = of->sha256,
				 .bytes = blob->bytes,
				 .have = blob->have,
				 .pure = blob->pure,
				 .no_room = blob->bytes - blob->have > w->left_bytes};
	memcpy(to->from, blob->from, sizeof(to->from));
	return w->n == w->max;
}

size_t bridge_blobs_wanted(void *ctx, const char *origin, const struct hash *after, struct sync_blob *ret,
			   size_t max)
{
	struct wanted w = {.left_bytes = UINT64_MAX, .ret = ret, .max = max};
	static const struct hash none;
	struct bridge *b = ctx;
	uint64_t most = b->o.documents_max_bytes, used;
	struct store_txn *t;
	struct blob_ref of;
	int err = store_begin_read(b->o.store, &t);

	if (err)
		return 0;
	err = ref_of(t, origin, &none, &of);
	if (!err && most && strcmp(origin, b->o.own_origin) != 0) {
		used = blob_bytes_of(t, of.slot);
		w.left_bytes = used < most ? most - used : 0;
	}
	if (!err)
		err = blob_each(t, BLOB_WANTED, of.slot, after, take_wanted, &w);
	store_abort(t);
	return err < 0 ? 0 : w.n;
}

/* ---- for whom */

/* Would the entry's payload be given to this region? */
static bool item_is_for(struct bridge *b, const char *origin, uint64_t index, const char *region)
{
	struct msg_item item;
	struct arena a;
	size_t n = 0;
	bool yes;

	arena_init(&a, ITEM_BYTES);
	yes = bridge_read(b, origin, index, index + 1, 1, region, true, &a, &item, 1, &n) == 0 && n == 1 &&
	      item.state == MSG_PAYLOAD_HERE;
	arena_fini(&a);
	return yes;
}

static bool is_for(struct bridge *b, struct store_txn *t, const char *origin, const struct blob_ref *of,
		   const char *region)
{
	uint64_t index[CITES_MAX];
	size_t n = cites_of(t, of, index, CITES_MAX);

	for (size_t i = 0; i < n; i++)
		if (item_is_for(b, origin, index[i], region))
			return true;
	return false;
}

bool bridge_blob_is_for(void *ctx, const char *origin, const struct hash *sha256, const char *region)
{
	struct bridge *b = ctx;
	struct blob_ref of;
	struct store_txn *t;
	bool yes;

	if (store_begin_read(b->o.store, &t))
		return false;
	yes = ref_of(t, origin, sha256, &of) == 0 && is_for(b, t, origin, &of, region);
	store_abort(t);
	return yes;
}

/* ---- its bytes */

/* Whole parts, one at least. */
static int read_parts(struct store_txn *t, const struct blob_ref *of, uint64_t offset, size_t max,
		      struct buf *out)
{
	uint64_t first = offset / BLOB_PART_BYTES;
	int err = 0;

	for (uint64_t n = first; !err && (n == first || out->n + BLOB_PART_BYTES <= max); n++) {
		struct bytes part;

		err = blob_part(t, of, n, &part);
		if (err == IMS_E_NOT_FOUND && n > first)
			return 0; /* the end */
		if (!err)
			buf_put(out, part);
	}
	return err;
}

/* Who asks for the same again and again is told of once a minute. */
static void tell_sent(struct bridge *b, const char *origin, const struct hash *sha256, const char *region,
		      uint64_t bytes)
{
	struct mono now = b->o.ops.mono(b->o.ops.ctx);
	struct sent_blob *last = &b->sent_blob;
	char hex[HEX_HASH_BYTES];

	if (hash_eq(&last->sha256, sha256) && strcmp(last->peer, region) == 0 &&
	    mono_ms_between(last->at, now) < SENT_BLOB_MS)
		return;
	*last = (struct sent_blob){.sha256 = *sha256, .at = now};
	snprintf(last->peer, sizeof(last->peer), "%s", region);
	bridge_note(b, JOURNAL_DOCUMENT_SENT, region, origin, 0, 0, bytes, 0, hex_hash(sha256, hex), "");
}

static void tell_damage(struct bridge *b, const char *origin, const struct hash *sha256)
{
	char hex[HEX_HASH_BYTES], text[120];

	if (!bridge_may_tell_damage(b))
		return;
	snprintf(text, sizeof(text), "document %s as stored, so it is not served", hex_hash(sha256, hex));
	b->o.ops.alarm(b->o.ops.ctx, origin, IMS_E_CORRUPT, text);
}

int bridge_blob_read(void *ctx, const char *origin, const struct hash *sha256, uint64_t offset, size_t max,
		     const char *for_region, struct arena *a, uint64_t *ret_total, struct bytes *ret)
{
	struct bridge *b = ctx;
	struct buf out = {0};
	struct store_txn *t;
	struct blob_ref of;
	struct blob blob = {0};
	int err = store_begin_read(b->o.store, &t);

	if (err)
		return err;
	err = ref_of(t, origin, sha256, &of);
	if (!err)
		err = blob_find(t, &of, &blob);
	if (!err &&
	    (blob.state != BLOB_HERE || offset % BLOB_PART_BYTES || !is_for(b, t, origin, &of, for_region)))
		err = IMS_E_NOT_FOUND;
	if (!err)
		err = read_parts(t, &of, offset, max, &out);
	store_abort(t);
	if (err == IMS_E_CORRUPT)
		tell_damage(b, origin, sha256);
	*ret = arena_dup(a, buf_bytes(&out));
	*ret_total = blob.bytes;
	if (!err && (out.failed || arena_failed(a)))
		err = IMS_E_NOMEM;
	if (!err && offset + out.n == blob.bytes)
		tell_sent(b, origin, sha256, for_region, blob.bytes);
	buf_fini(&out);
	return err;
}

/* ---- to the writer */
void bridge_blob_job(const struct sync_batch *batch, struct commit_blob *ret)
{
	const struct sync_piece *p = &batch->piece;

	*ret = (struct commit_blob){.origin = mem_strdup(batch->origin),
				    .peer = mem_strdup(batch->peer),
				    .sha256 = p->sha256,
				    .offset = p->offset,
				    .total = p->total,
				    .data = BYTES(mem_dup(p->data.p, p->data.n), p->data.n)};
}

void bridge_blob_done(struct commit_job *job, struct sync_piece *ret)
{
	const struct commit_blob *k = &job->u.blob;

	ret->have = k->ret_have;
	ret->whole = !job->err && k->ret_outcome == BLOB_WHOLE;
	ret->mixed = k->ret_mixed;
	if (!job->err && k->ret_outcome == BLOB_WRONG)
		job->err = IMS_E_HASH;
}
