/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes of documents on their way into the store. A client brings them before the record that names them, and
 * is answered when the database has them; a peer's are for a document that is here already (view/cites.h).
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/text.h"
#include "registry/document.h"
#include "view/commit_int.h"
#include "wire/codec.h"

_Static_assert(DOCUMENT_MAX_BYTES == BLOB_MAX_BYTES, "what a document may say is what may be stored");

#define UNCITED_MAX 256			 /* uploads that wait for their record, */
#define UNCITED_BYTES_MAX (256ull << 20) /* and their bytes */
#define UNCITED_KEPT_MS (24 * 3600 * 1000ll)
#define SWEEP_MS (10 * 60 * 1000)
#define SWEEP_AGAIN_MS 1000
#define SWEEP_MAX 64 /* of one sweep */

struct uncited {
	uint64_t n, bytes;
};

static int count_uncited(void *ctx, const struct blob_ref *of, const struct blob *b)
{
	struct uncited *u = ctx;

	(void)of;
	u->n++;
	u->bytes += b->bytes;
	return 0;
}

/* The log's that the piece is for. */
static int ref_of(struct commit *c, const struct commit_blob *k, struct blob_ref *ret)
{
	struct ledger_log *log = c->own;
	int err = k->origin ? commit_log(c, k->origin, false, &log) : 0;

	if (!err)
		*ret = (struct blob_ref){.slot = log->slot, .sha256 = k->sha256};
	return err;
}

static int check_upload(struct commit *c, const struct commit_blob *k, const struct blob_ref *of,
			struct errtext *why)
{
	struct uncited u = {0};
	struct blob b = {0};
	int err;

	if (k->total == 0 || k->total > BLOB_MAX_BYTES)
		return errtext_set(why, IMS_E_LIMIT, "%llu bytes: a document has 1 to %llu",
				   (unsigned long long)k->total, (unsigned long long)BLOB_MAX_BYTES);
	err = blob_find(c->txn, of, &b);
	if (err != IMS_E_NOT_FOUND && (err || b.state != BLOB_UPLOADED || k->total <= b.bytes))
		return err;
	err = blob_each(c->txn, BLOB_UPLOADED, of->slot, NULL, count_uncited, &u);
	if (!err && (u.n - (b.state != 0) >= UNCITED_MAX || u.bytes - b.bytes + k->total > UNCITED_BYTES_MAX))
		err = errtext_set(why, IMS_E_LIMIT, "%llu uploads wait for their records",
				  (unsigned long long)u.n);
	return err;
}

/* How much is here, for a client that begins or goes on. */
static int ask(struct commit *c, const struct blob_ref *of, struct commit_blob *k)
{
	struct blob b = {0};
	int err = blob_find(c->txn, of, &b);

	k->ret_have = b.have;
	k->ret_outcome = !err && (b.state == BLOB_HERE || blob_is_whole(&b)) ? BLOB_WHOLE : BLOB_MORE;
	return err == IMS_E_NOT_FOUND ? 0 : err;
}

static int note(struct commit *c, const struct commit_blob *k, int outcome)
{
	char hex[HEX_HASH_BYTES];

	return commit_note(c, JOURNAL_DOCUMENT, k->peer, k->origin ? k->origin : c->own->origin, 0, 0,
			   k->total, outcome, hex_hash(&k->sha256, hex));
}

int blobs_apply(struct commit *c, struct commit_job *job)
{
	struct commit_blob *k = &job->u.blob;
	struct blob_piece piece = {.offset = k->offset,
				   .total = k->total,
				   .data = k->data,
				   .from = k->peer,
				   .now_ms = (uint64_t)c->o.ops.wall(c->o.ops.ctx).ms};
	struct blob b;
	int err = ref_of(c, k, &piece.of);

	if (!err && !k->origin)
		err = check_upload(c, k, &piece.of, &job->why);
	if (err || (!k->origin && !k->data.n))
		return err ? err : ask(c, &piece.of, k);
	err = blob_append(c->txn, &piece, &k->ret_outcome, &b);
	if (err)
		return err;
	k->ret_have = b.have;
	k->ret_mixed = b.mixed;
	c->dirty = true;
	c->dirty_bytes += k->data.n;
	if (k->ret_outcome == BLOB_MORE)
		return 0;
	if (piece.of.slot == c->own->slot && c->n_new_blobs < NEW_BLOBS_MAX)
		c->new_blobs[c->n_new_blobs] = k->sha256;
	c->n_new_blobs += piece.of.slot == c->own->slot;
	return k->offset + k->data.n == k->total ? note(c, k, k->ret_outcome == BLOB_WRONG ? IMS_E_HASH : 0)
						 : 0;
}

static bool is_new(const struct commit *c, const struct hash *sha256)
{
	for (size_t i = 0; i < c->n_new_blobs && i < NEW_BLOBS_MAX; i++)
		if (hash_eq(&c->new_blobs[i], sha256))
			return true;
	return c->n_new_blobs > NEW_BLOBS_MAX;
}

int blobs_admit(struct commit *c, const struct kind *k, struct bytes payload, struct errtext *why)
{
	struct blob_ref of = {.slot = c->own->slot};
	char hex[HEX_HASH_BYTES];
	struct document d;
	struct arena a;
	struct blob b;
	int err;

	if (strcmp(k->name, DOCUMENT_KIND) != 0)
		return 0;
	arena_init(&a, 3 * codec_budget(payload.n));
	err = document_of(BYTES_LIT(DOCUMENT_KIND), payload, &a, &d);
	arena_fini(&a);
	if (err)
		return err;
	of.sha256 = d.sha256;
	err = blob_find(c->txn, &of, &b);
	if (err == IMS_E_NOT_FOUND || (!err && b.state != BLOB_HERE && !blob_is_whole(&b)))
		return errtext_set(why, IMS_E_MISSING,
				   "the bytes with SHA-256 %s are not here: 'ims document put FILE' "
				   "brings them and makes the record",
				   hex_hash(&d.sha256, hex));
	if (!err && b.bytes != d.bytes)
		return errtext_set(why, IMS_E_INVALID, "/bytes: the document has %llu",
				   (unsigned long long)b.bytes);
	if (!err && is_new(c, &d.sha256)) /* the record would be durable before they are */
		return errtext_set(why, IMS_E_AGAIN, "%s", "its bytes are being stored");
	return err;
}

/* ---- what nobody wants */
bool blobs_sweep_is_due(const struct commit *c, struct mono now)
{
	return mono_ms_between(c->last_sweep, now) >= SWEEP_MS;
}

struct sweep {
	uint64_t before_ms;
	struct blob_ref of[SWEEP_MAX];
	size_t n;
};

static int look_at(void *ctx, const struct blob_ref *of, const struct blob *b)
{
	struct sweep *s = ctx;

	if (b->time_ms < s->before_ms)
		s->of[s->n++] = *of;
	return s->n == SWEEP_MAX;
}

int blobs_sweep(struct commit *c)
{
	struct sweep s = {.before_ms = (uint64_t)(c->o.ops.wall(c->o.ops.ctx).ms - UNCITED_KEPT_MS)};
	int err = commit_ensure_txn(c);

	c->last_sweep = c->o.ops.mono(c->o.ops.ctx);
	if (!err)
		err = blob_each(c->txn, BLOB_UPLOADED, 0, NULL, look_at, &s);
	err = err > 0 ? 0 : err;
	if (s.n == SWEEP_MAX) /* there may be more */
		c->last_sweep = mono_plus_ms(c->last_sweep, SWEEP_AGAIN_MS - SWEEP_MS);
	for (size_t i = 0; !err && i < s.n; i++) {
		c->dirty = true;
		err = blob_release(c->txn, &s.of[i]);
	}
	return err;
}
