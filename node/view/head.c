/* SPDX-License-Identifier: Apache-2.0 */
/* Signing: own heads (C4), and cosignatures of other logs after they are stored (C3). */
#include "base/check.h"
#include "base/failpoint.h"
#include "ledger/heads.h"
#include "ledger/meta.h"
#include "store/key.h"
#include "view/commit_int.h"

static bool naming_is_due(const struct commit *c)
{
	return mono_ms_between(c->last_named, c->o.ops.mono(c->o.ops.ctx)) >= c->o.head_interval_ms;
}

int head_sign(struct commit *c, struct commit_group *g)
{
	struct buf text = {0};
	int err;

	if (!c->gate_open || commit_is_behind(c->state) || incarnation_is_over(c) || g->size == 0)
		return 0;
	if (BUG(g->size < c->signed_size)) /* C4 */
		return IMS_E_BUG;
	g->named = naming_is_due(c);
	checkpoint_put(&text, bytes_of(c->own->origin), g->size, &g->root);
	err = text.failed ? IMS_E_NOMEM : note_sign(buf_bytes(&text), c->o.log_signer, &g->note);
	buf_fini(&text);
	FAILPOINT(HEAD_SIGNED);
	if (!err)
		err = heads_put(c->txn, c->own->origin, g->size, buf_bytes(&g->note), g->named);
	if (err)
		return err;
	FAILPOINT(HEAD_STORED);
	c->dirty = true;
	c->signed_size = g->size;
	c->head_is_named = g->named;
	if (g->named)
		c->last_named = c->o.ops.mono(c->o.ops.ctx);
	return 0;
}

int head_publish(struct commit *c)
{
	struct commit_group *g;
	int err = commit_ensure_txn(c);

	if (err)
		return err;
	g = group_new(ledger_size(c->own));
	tile_edge_root(&c->own->edge, &g->root);
	err = head_sign(c, g);
	if (!err && g->note.n)
		c->o.ops.published(c->o.ops.ctx, commit_group_ref(g));
	commit_group_unref(g);
	return err;
}

/* Is a payload of this log wanted? A cosignature says that all that are for this node are here. */
static bool has_holes(struct commit *c, const char *origin)
{
	struct ledger_log *log;
	struct store_cursor cur;
	struct store_key k;
	bool found = true;

	if (commit_log(c, origin, false, &log) == 0) {
		store_seek(&cur, c->txn, TABLE_WANTED, store_key(&k, "I", log->slot), BYTES_NONE, false);
		found = store_cursor_ok(&cur);
		store_cursor_fini(&cur);
	}
	return found;
}

int head_cosign(struct commit *c, const char *origin, uint64_t size, struct bytes note_bytes, struct buf *out)
{
	uint64_t now_s = (uint64_t)(c->o.ops.wall(c->o.ops.ctx).ms / 1000);
	struct ledger_log *own;
	struct note n;
	int err;

	if (incarnation_record_log(c, bytes_of(origin), &own) == 0) /* nobody is his own witness */
		return 0;
	if (!c->gate_open || (c->state != COMMIT_READY && c->state != COMMIT_CLOSED))
		return 0;
	err = commit_ensure_txn(c);
	if (!err && has_holes(c, origin))
		return 0;
	FAILPOINT(COSIGN_BEGIN);
	if (!err)
		err = note_parse(note_bytes, &n);
	if (!err)
		err = note_sign_line(n.text, c->o.cosigner, now_s, out);
	if (!err)
		err = cosigs_put(c->txn, origin, size, c->o.region, now_s, buf_bytes(out));
	if (!err)
		err = commit_note(c, JOURNAL_COSIGNED, "", origin, 0, size, 0, 0, "");
	FAILPOINT(COSIGNED);
	c->dirty = true;
	return err;
}
