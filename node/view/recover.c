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

static int head_root(const struct head_row *head, uint64_t *ret_size, struct hash *ret_root)
{
	struct note n;
	struct checkpoint k;

	if (note_parse(head->note, &n) || checkpoint_parse(n.text, &k) || k.size != head->size)
		return IMS_E_CORRUPT;
	*ret_size = k.size;
	*ret_root = k.root;
	return 0;
}

int recover_last_signed(struct commit *c, const struct ledger_log *log, uint64_t *ret_size, struct hash *ret_root)
{
	struct tile_edge empty;
	struct head_row head;
	uint64_t most = ledger_size(log);
	int err;

	while ((err = heads_newest(c->txn, log->origin, most, &head)) == 0) {
		err = head_root(&head, ret_size, ret_root);
		if (!err)
			err = ledger_check_root(c->txn, log, *ret_size, ret_root);
		if (err != IMS_E_ROOT)
			return err;
		most = head.size - 1; /* a peer has shown that one, it is of other entries than these */
	}
	if (err != IMS_E_NOT_FOUND)
		return err;
	tile_edge_init(&empty);
	tile_edge_root(&empty, ret_root);
	*ret_size = 0;
	return 0;
}

/* What a step has changed and not committed goes; all before it was committed when it began. A disk that
 * fails, the commit log's too, ends the process as it does elsewhere. */
static int end_step(struct commit *c, int err)
{
	if (err == IMS_E_IO && c->txn)
		store_txn_fail(c->txn, err);
	if (err && c->txn && !store_txn_error(c->txn) && commit_rewind(c))
		store_txn_fail(c->txn, err);
	return err;
}

static int begin_step(struct commit *c)
{
	int err = commit_database(c);

	return err ? err : commit_ensure_txn(c);
}

int recover_set_aside_ring(struct commit *c)
{
	struct bytes instance;
	uint64_t mark = 0;
	int err = 0;

	if (meta_get(c->txn, META_INSTANCE, &instance) == 0 &&
	    bytes_eq(instance, BYTES(ring_instance(c->o.ring), RING_INSTANCE_BYTES)))
		err = meta_get_u64(c->txn, META_RING_MARK, &mark);
	if (err == IMS_E_NOT_FOUND)
		err = 0;
	for (size_t i = 0; !err && i < c->n_logs; i++)
		if (incarnation_is_own(c, c->logs[i]))
			err = aside_put_ring(c->txn, c->logs[i]->origin, c->o.ring, mark + 1);
	return err;
}

static int take_aside(struct commit *c)
{
	uint64_t size = 0, size_before = ledger_size(c->own);
	struct hash root;
	int err = recover_last_signed(c, c->own, &size, &root);

	if (!err)
		err = aside_put_log(c->txn, c->own->origin, size);
	if (!err)
		err = recover_set_aside_ring(c);
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

int recover_clear_marks(struct commit *c)
{
	static const char *const marks[] = {META_ROLLED_BACK, META_RECOVERING, META_COPY};
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(marks) / sizeof(marks[0]); i++)
		err = meta_del(c->txn, marks[i]);
	if (!err)
		err = meta_put(c->txn, META_INSTANCE, BYTES(ring_instance(c->o.ring), RING_INSTANCE_BYTES));
	return err;
}

/* The newest own head that is here is of the entries that are here. Going on with others, or with fewer,
 * would knowingly be another history than the one it signs (inv. 5). */
static int check_whole(struct commit *c, struct errtext *why)
{
	struct head_row head;
	struct hash root;
	uint64_t size;
	int err = heads_newest(c->txn, c->own->origin, UINT64_MAX, &head);

	if (err || incarnation_is_over(c))
		return err == IMS_E_NOT_FOUND ? 0 : err;
	err = head_root(&head, &size, &root);
	if (!err)
		err = commit_flush_logs(c); /* from tiles it is quick */
	if (!err)
		err = ledger_check_root(c->txn, c->own, size, &root);
	if (err != IMS_E_ROOT)
		return err;
	return errtext_set(
		why, IMS_E_ROLLED_BACK,
		"a head of %s at %llu, signed by this node, is here, and not all that it covers: whoever "
		"has that must come, or the roster close the log where it is kept",
		c->own->origin, (unsigned long long)size);
}

static int put_back(struct commit *c, struct errtext *why)
{
	struct again_counts n = {0};
	struct head_row head;
	char text[120];
	/* Else the next incarnation takes it, or this one when it is open and those before it are whole
	 * (tick.c). */
	int err = incarnation_is_open(c) && !incarnation_waits_for(c, c->own) ? again_append_all(c, &n) : 0;

	if (!err)
		err = check_whole(c, why);
	if (!err)
		err = FAILPOINT_ERR(RECOVER_APPENDED);
	if (!err)
		err = recover_clear_marks(c);
	if (!err)
		err = recover_note_ring(c);
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

int recover_finish(struct commit *c, bool all_shown, struct errtext *why)
{
	int err;

	if (c->state == COMMIT_ROLLED_BACK)
		return IMS_E_STATE;
	if (c->state != COMMIT_RECOVERING) /* it has: the store may fail after that, and the job runs again */
		return 0;
	if (c->own->frozen)
		return IMS_E_FROZEN;
	err = begin_step(c);
	if (!err)
		err = end_step(c, put_back(c, why));
	if (err == IMS_E_ROLLED_BACK)
		commit_set_state(c, COMMIT_RECOVERING, "%s", why->text);
	if (err)
		return err;
	FAILPOINT(RECOVER_DONE);
	c->has_aside = true;
	c->gate_open = (all_shown && !incarnation_is_over(c)) || c->o.gate_open;
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
	return err ? err : recover_finish(c, false, why);
}

/* Set aside, and its log is over: an earlier incarnation had to be whole before it could be appended. */
bool recover_has_more(const struct commit *c)
{
	return c->has_aside && c->state == COMMIT_READY && !incarnation_waits_for(c, c->own);
}

int recover_take_more(struct commit *c)
{
	struct errtext why;
	struct arena memory;
	struct aside_row row;
	int err = begin_step(c);

	if (err)
		return err;
	arena_init(&memory, 1u << 20);
	err = aside_first(c->txn, &memory, &row);
	arena_fini(&memory);
	c->has_aside = err != IMS_E_NOT_FOUND; /* what fails below is tried again */
	if (err)
		return err == IMS_E_NOT_FOUND ? 0 : err;
	/* A crash on the way finds the node recovering, and that goes on by itself. */
	err = meta_put(c->txn, META_ROLLED_BACK,
		       BYTES_LIT("entries of an earlier incarnation are appended again"));
	if (!err)
		err = meta_put(c->txn, META_RECOVERING, BYTES_LIT("yes"));
	c->dirty = true;
	if (!err)
		err = commit_database(c);
	if (err)
		return err;
	commit_set_state(c, COMMIT_RECOVERING, "entries of an earlier incarnation are appended again");
	return recover_finish(c, c->gate_open, &why);
}
