/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The writer's open transaction: opening and committing it, back to the committed state, the logs
 * and the journal within it.
 */
#include <stdarg.h>
#include <stdio.h>

#include "base/check.h"
#include "base/failpoint.h"
#include "ledger/meta.h"
#include "view/commit_int.h"

int commit_ensure_txn(struct commit *c)
{
	if (c->txn)
		return 0;
	c->dirty = false;
	c->dirty_bytes = 0;
	c->has_live = false;
	c->n_new_blobs = 0;
	c->txn_began = c->o.ops.mono(c->o.ops.ctx);
	return store_begin_write(c->o.store, &c->txn);
}

void commit_set_state(struct commit *c, enum commit_state s, const char *fmt, ...)
{
	char reason[sizeof(c->reason)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(reason, sizeof(reason), fmt, ap);
	va_end(ap);
	if (c->state == s && strcmp(reason, c->reason) == 0)
		return;
	c->state = s;
	memcpy(c->reason, reason, sizeof(reason));
	c->o.ops.state(c->o.ops.ctx, s, c->reason);
}

/* Of a group of local writes: at the group's time, so that a replay makes the same row. */
int group_note(struct commit *c, const char *origin, uint64_t from, uint64_t to, uint64_t bytes)
{
	struct journal_row row = {
		.time_ms = c->last_time_ms,
		.event = bytes_of(journal_event_name(JOURNAL_WRITTEN)),
		.origin = bytes_of(origin),
		.from = from,
		.to = to,
		.bytes = bytes,
	};

	c->dirty = true;
	return journal_append(c->txn, c->journal, &row);
}

int commit_note(struct commit *c, enum journal_event ev, const char *peer, const char *origin, uint64_t from,
		uint64_t to, uint64_t bytes, int outcome, const char *detail)
{
	struct journal_row row = {
		.time_ms = c->o.ops.wall(c->o.ops.ctx).ms,
		.event = bytes_of(journal_event_name(ev)),
		.peer = bytes_of(peer),
		.origin = bytes_of(origin),
		.from = from,
		.to = to,
		.bytes = bytes,
		.outcome = -outcome,
		.detail = bytes_of(detail),
	};

	c->dirty = true;
	return journal_append(c->txn, c->journal, &row);
}

int commit_log(struct commit *c, const char *origin, bool create, struct ledger_log **ret)
{
	for (size_t i = 0; i < c->n_logs; i++)
		if (strcmp(c->logs[i]->origin, origin) == 0) {
			*ret = c->logs[i];
			return 0;
		}
	if (!create)
		return IMS_E_NOT_FOUND;
	if (c->n_logs == LEDGER_LOGS_MAX)
		return IMS_E_LIMIT;
	int err = ledger_open(c->txn, origin, &c->logs[c->n_logs]);
	if (err)
		return err;
	c->dirty = true;
	*ret = c->logs[c->n_logs++];
	return 0;
}

int commit_flush_logs(struct commit *c)
{
	int err = 0;

	for (size_t i = 0; !err && i < c->n_logs; i++)
		err = ledger_flush(c->txn, c->logs[i]);
	if (!err)
		err = meta_put_u64(c->txn, META_RING_SEQ, c->ring_applied);
	if (!err)
		err = meta_put_u64(c->txn, META_TIME, (uint64_t)c->last_time_ms);
	return err ? err : meta_put_u64(c->txn, META_SIGNED, c->signed_size);
}

int commit_database(struct commit *c)
{
	struct store_txn *t = c->txn;
	int err;

	if (BUG(c->draft.group != NULL || c->has_unrecorded)) /* C2 */
		return IMS_E_BUG;
	if (!t || !c->dirty)
		return 0;
	err = FAILPOINT_ERR(COMMIT_BEGIN);
	if (!err)
		err = keys_keep(c->keys, t);
	if (!err)
		err = commit_flush_logs(c);
	if (err)
		store_txn_fail(t, err);
	FAILPOINT(COMMIT_LOGS_WRITTEN);
	c->txn = NULL;
	c->dirty = false;
	err = store_commit(t);
	if (err) {
		c->received = c->received_kept;
		return err;
	}
	c->received_kept = c->received;
	ring_keep_from(c->o.ring, c->ring_applied);
	FAILPOINT(RING_KEPT);
	c->o.ops.committed(c->o.ops.ctx, ledger_size(c->own), c->ring_applied);
	return 0;
}

int commit_rewind(struct commit *c)
{
	uint64_t seq = 0;
	int err;

	keys_drop(c->keys);
	if (c->txn)
		store_abort(c->txn);
	c->txn = NULL;
	err = commit_ensure_txn(c);
	if (!err)
		err = meta_get_u64(c->txn, META_RING_SEQ, &seq);
	c->ring_applied = seq;
	c->received = c->received_kept;
	c->head_is_named = false; /* the head went with the transaction: it is signed and kept again */
	for (size_t i = 0; !err && i < c->n_logs; i++) {
		err = ledger_reload(c->txn, c->logs[i]);
		if (err == IMS_E_NOT_FOUND) { /* created in the lost transaction */
			ledger_close(c->logs[i]);
			c->logs[i--] = c->logs[--c->n_logs];
			err = 0;
		}
	}
	return err;
}
