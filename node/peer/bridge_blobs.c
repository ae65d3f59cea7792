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

#define CITES_MAX 1024 /* of one blob, looked at */
#define ITEM_BYTES (LEDGER_ITEM_BYTES + (256u << 10)) /* unpacked, and its copy */

struct wanted {
	struct bridge *b;
	struct store_txn *txn;
	struct arena *arena;
	struct sync_blob *ret;
	size_t n, max;
};

/* Is there room for it among the documents of its region? */
static bool has_room(const struct wanted *w, const char *origin, const struct blob *blob)
{
	uint64_t max = w->b->o.documents_max_bytes;

	return max == 0 || strcmp(origin, w->b->o.own_origin) == 0 ||
	       blob_bytes_of(w->txn, blob->slot) + blob->bytes - blob->have <= max;
}

static int take_wanted(void *ctx, const struct hash *sha256, const struct blob *blob)
{
	struct wanted *w = ctx;
	struct sync_blob *to = &w->ret[w->n];
	char origin[ORIGIN_MAX_BYTES + 1];

	if (ledger_origin_of(w->txn, blob->slot, origin) || !has_room(w, origin, blob))
		return 0;
	*to = (struct sync_blob){.sha256 = *sha256,
				 .origin = arena_text(w->arena, bytes_of(origin)),
				 .bytes = blob->bytes,
				 .have = blob->have,
				 .pure = blob->pure};
	memcpy(to->from, blob->from, sizeof(to->from));
	w->n += to->origin != NULL;
	return w->n == w->max;
}

size_t bridge_blobs_wanted(void *ctx, const struct hash *after, struct arena *a, struct sync_blob *ret,
			   size_t max)
{
	struct wanted w = {.b = ctx, .arena = a, .ret = ret, .max = max};
	int err = store_begin_read(w.b->o.store, &w.txn);

	if (err)
		return 0;
	err = blob_each(w.txn, BLOB_WANTED, after, take_wanted, &w);
	store_abort(w.txn);
	return err < 0 ? 0 : w.n;
}

/* Would the entry's payload be given to this region? */
static bool item_is_for(struct bridge *b, const char *origin, uint64_t index, const char *region)
{
	struct msg_item item;
	struct arena a;
	size_t n = 0;
	bool yes;

	arena_init(&a, ITEM_BYTES);
	yes = bridge_read(b, origin, index, index + 1, 1, region, &a, &item, 1, &n) == 0 && n == 1 &&
	      item.state == MSG_PAYLOAD_HERE;
	arena_fini(&a);
	return yes;
}

static bool is_for(struct bridge *b, struct store_txn *t, const struct hash *sha256, const char *region)
{
	struct cite cite[CITES_MAX];
	size_t n = cites_of(t, sha256, cite, CITES_MAX);
	char origin[ORIGIN_MAX_BYTES + 1];

	for (size_t i = 0; i < n; i++)
		if (ledger_origin_of(t, cite[i].slot, origin) == 0 &&
		    item_is_for(b, origin, cite[i].index, region))
			return true;
	return false;
}

bool bridge_blob_is_for(void *ctx, const struct hash *sha256, const char *region)
{
	struct bridge *b = ctx;
	struct store_txn *t;
	bool yes;

	if (store_begin_read(b->o.store, &t))
		return false;
	yes = is_for(b, t, sha256, region);
	store_abort(t);
	return yes;
}

/* Whole parts, one at least. */
static int read_parts(struct store_txn *t, const struct hash *sha256, uint64_t offset, size_t max,
		      struct buf *out)
{
	uint64_t first = offset / BLOB_PART_BYTES;
	int err = 0;

	for (uint64_t n = first; !err && (n == first || out->n + BLOB_PART_BYTES <= max); n++) {
		struct bytes part;

		err = blob_part(t, sha256, n, &part);
		if (err == IMS_E_NOT_FOUND && n > first)
			return 0; /* the end */
		if (!err)
			buf_put(out, part);
	}
	return err;
}

/* Who asks for the same again and again is told of once a minute. */
static void tell_sent(struct bridge *b, const struct hash *sha256, const char *region, uint64_t bytes)
{
	struct mono now = b->o.ops.mono(b->o.ops.ctx);
	struct sent_blob *last = &b->sent_blob;
	char hex[HEX_HASH_BYTES];

	if (hash_eq(&last->sha256, sha256) && strcmp(last->peer, region) == 0 &&
	    mono_ms_between(last->at, now) < SENT_BLOB_MS)
		return;
	*last = (struct sent_blob){.sha256 = *sha256, .at = now};
	snprintf(last->peer, sizeof(last->peer), "%s", region);
	bridge_note(b, JOURNAL_DOCUMENT_SENT, region, "", 0, 0, bytes, 0, hex_hash(sha256, hex), "");
}

static void tell_damage(struct bridge *b, const struct hash *sha256)
{
	char hex[HEX_HASH_BYTES], text[120];

	if (!bridge_may_tell_damage(b))
		return;
	snprintf(text, sizeof(text), "document %s as stored, so it is not served", hex_hash(sha256, hex));
	b->o.ops.alarm(b->o.ops.ctx, b->o.own_origin, IMS_E_CORRUPT, text);
}

int bridge_blob_read(void *ctx, const struct hash *sha256, uint64_t offset, size_t max,
		     const char *for_region, struct arena *a, uint64_t *ret_total, struct bytes *ret)
{
	struct bridge *b = ctx;
	struct buf out = {0};
	struct store_txn *t;
	struct blob blob = {0};
	int err = store_begin_read(b->o.store, &t);

	if (err)
		return err;
	err = blob_find(t, sha256, &blob);
	if (!err &&
	    (blob.state != BLOB_HERE || offset % BLOB_PART_BYTES || !is_for(b, t, sha256, for_region)))
		err = IMS_E_NOT_FOUND;
	if (!err)
		err = read_parts(t, sha256, offset, max, &out);
	store_abort(t);
	if (err == IMS_E_CORRUPT)
		tell_damage(b, sha256);
	*ret = arena_dup(a, buf_bytes(&out));
	*ret_total = blob.bytes;
	if (!err && (out.failed || arena_failed(a)))
		err = IMS_E_NOMEM;
	if (!err && offset + out.n == blob.bytes)
		tell_sent(b, sha256, for_region, blob.bytes);
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
