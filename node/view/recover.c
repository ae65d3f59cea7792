/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Coming back (DESIGN section 6). A node that is behind what it has published takes back what nobody can
 * have seen, lets its own entries in again from its peers, verified like anybody's, and then appends what
 * it had acknowledged and no peer had.
 *
 *   begin    set aside: entries above the last signed head, and what only the commit log holds;
 *            cut the log there; fold the view again
 *   between  packages of the own log are stored like another's (apply.c); nothing is signed
 *   finish   append what was set aside (again.c); tie the commit log to the database; write and sign
 *
 * Each step ends in one commit, and the state is in META: a crash leaves the node rolled back, or where
 * it was in recovering. The commit log is not written before finish.
 */
#include <stdio.h>

#include "base/failpoint.h"
#include "ledger/heads.h"
#include "ledger/meta.h"
#include "view/again.h"
#include "view/aside.h"
#include "view/commit_int.h"

/* The newest own head that is stored: whatever is above it was never signed by this database. */
static int last_signed(struct commit *c, uint64_t *ret_size, struct hash *ret_root)
{
	struct tile_edge empty;
	struct head_row head;
	struct note n;
	struct checkpoint k;
	int err = heads_newest(c->txn, c->own->origin, ledger_size(c->own), &head);

	if (err == IMS_E_NOT_FOUND) {
		tile_edge_init(&empty);
		tile_edge_root(&empty, ret_root);
		*ret_size = 0;
		return 0;
	}
	if (err)
		return err;
	if (note_parse(head.note, &n) || checkpoint_parse(n.text, &k) || k.size != head.size)
		return IMS_E_CORRUPT;
	*ret_size = k.size;
	*ret_root = k.root;
	return 0;
}

/* What a step has changed and not committed goes; all before it was committed when it began. */
static int end_step(struct commit *c, int err)
{
	if (err && c->txn && !store_txn_error(c->txn) && commit_rewind(c))
		store_txn_fail(c->txn, err);
	return err;
}

static int begin_step(struct commit *c)
{
	int err = commit_database(c);

	return err ? err : commit_ensure_txn(c);
}

static int take_aside(struct commit *c)
{
	uint64_t size = 0, size_before = ledger_size(c->own);
	struct hash root;
	int err = last_signed(c, &size, &root);

	if (!err)
		err = aside_put_log(c->txn, c->own->origin, size);
	if (!err)
		err = aside_put_ring(c->txn, c->own->origin, c->o.ring);
	if (!err)
		err = FAILPOINT_ERR(RECOVER_ASIDE);
	if (!err)
		err = ledger_truncate(c->txn, c->own, size, &root);
	if (!err)
		err = meta_put(c->txn, META_RECOVERING, BYTES_LIT("yes"));
	if (!err)
		err = commit_note(c, JOURNAL_RECOVERING, "", c->own->origin, size, size_before, 0, 0,
				  c->reason);
	if (err)
		return err;
	c->signed_size = size;
	err = FAILPOINT_ERR(RECOVER_CUT);
	if (!err && size != size_before)
		err = incarnation_fold_all(c);
	return err ? err : commit_database(c);
}

int recover_begin(struct commit *c, struct errtext *why)
{
	int err;

	if (c->state != COMMIT_ROLLED_BACK)
		return c->state == COMMIT_RECOVERING ? 0 : IMS_E_STATE;
	if (c->own->frozen)
		return errtext_set(
			why, IMS_E_FROZEN,
			"there are two histories of %s: the roster has to close it and open the next",
			c->own->origin);
	err = begin_step(c);
	if (!err)
		err = end_step(c, take_aside(c));
	if (err)
		return err;
	FAILPOINT(RECOVER_BEGUN);
	commit_set_state(c, COMMIT_RECOVERING, "%s", c->reason);
	return 0;
}

int recover_note_ring(struct commit *c)
{
	uint8_t id[RING_FILE_ID_BYTES];

	ring_file_id(c->o.ring, id);
	c->needs_all_heads = false;
	c->dirty = true;
	return meta_put(c->txn, META_RING_FILE, BYTES(id, sizeof(id)));
}

static int clear_marks(struct commit *c)
{
	static const char *const marks[] = {META_ROLLED_BACK, META_RECOVERING, META_COPY};
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(marks) / sizeof(marks[0]); i++)
		err = meta_del(c->txn, marks[i]);
	if (!err)
		err = meta_put(c->txn, META_INSTANCE, BYTES(ring_instance(c->o.ring), RING_INSTANCE_BYTES));
	return err ? err : recover_note_ring(c);
}

static int put_back(struct commit *c)
{
	struct again_counts n = {0};
	struct head_row head;
	char text[120];
	int err = incarnation_is_over(c) ? 0 : again_append_all(c, &n); /* else the next one takes it */

	if (!err)
		err = FAILPOINT_ERR(RECOVER_APPENDED);
	if (!err)
		err = clear_marks(c);
	if (err)
		return err;
	err = heads_newest(c->txn, c->own->origin, UINT64_MAX, &head);
	if (err && err != IMS_E_NOT_FOUND)
		return err;
	c->signed_size = err ? 0 : head.size;
	snprintf(text, sizeof(text), "%llu entries kept, %llu under a new index, %llu said nothing new",
		 (unsigned long long)n.kept, (unsigned long long)n.moved, (unsigned long long)n.moot);
	err = commit_note(c, JOURNAL_RECOVERED, "", c->own->origin, 0, ledger_size(c->own), 0, 0, text);
	if (!err)
		err = group_mark(c);
	if (!err)
		err = FAILPOINT_ERR(RECOVER_MARKED);
	return err ? err : commit_database(c);
}

int recover_finish(struct commit *c, bool all_shown)
{
	int err;

	if (c->state != COMMIT_RECOVERING)
		return c->state == COMMIT_READY ? 0 : IMS_E_STATE;
	if (c->own->frozen)
		return IMS_E_FROZEN;
	err = begin_step(c);
	if (!err)
		err = end_step(c, put_back(c));
	if (err)
		return err;
	FAILPOINT(RECOVER_DONE);
	c->gate_open = all_shown || c->o.gate_open;
	incarnation_set_ready(c);
	return 0;
}

int recover_override(struct commit *c, struct errtext *why)
{
	int err = 0;

	c->clock_base_wall = c->o.ops.wall(c->o.ops.ctx); /* the clock is right, too */
	c->clock_base_mono = c->o.ops.mono(c->o.ops.ctx);
	if (!commit_is_behind(c->state))
		return recover_note_ring(c);
	if (c->state == COMMIT_ROLLED_BACK)
		err = recover_begin(c, why);
	return err ? err : recover_finish(c, false);
}
