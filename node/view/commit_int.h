/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the files of the writer: start.c, commit.c (its turn), admit.c, apply.c, group.c, live_int.h, head.c,
 * txn.c, settle.c, tick.c, incarnation.c, recover.c. */
#ifndef VIEW_COMMIT_INT_H
#define VIEW_COMMIT_INT_H

#include "view/commit.h"
#include "view/fold.h"
#include "view/poison.h"

#define COMMIT_MAGIC 0x434d4954u
#define GROUP_MAX_BYTES (2u << 20) /* payload and entry bytes of one ring record */
#define TXN_OPEN_MAX_MS 1000	   /* a busy writer commits the database this often */
/* With packages of live logs, which nobody waits for but who comes while it is committed: in the first short pause
 * after a few of them, or, if none comes, this often. */
#define TXN_LIVE_MIN_MS 10
#define TXN_LIVE_PAUSE_MS 1
#define TXN_LIVE_MAX_MS 100
#define NEW_BLOBS_MAX 16
#define CLOCK_AHEAD_MS (60 * 60 * 1000LL)
#define CLOCK_RESTART_MS (400LL * 24 * 60 * 60 * 1000)

/* The group that is being built: appended to the open transaction, not yet in the ring. */
struct group_draft {
	struct commit_group *group; /* NULL: none */
	size_t capacity, bytes;
	struct commit_job *first, **last; /* puts waiting for the ring */
};

/* Stored packages that follow each other, of one peer, which no row of the journal names yet; none: to is
 * from. */
struct received {
	char origin[ORIGIN_MAX_BYTES + 1], peer[16];
	uint64_t from, to, bytes;
	struct mono since;
};

struct commit {
	unsigned magic;
	struct commit_opts o;
	struct store_txn *txn; /* the open write transaction, or NULL */
	bool dirty;	       /* it holds something */
	uint64_t dirty_bytes;
	struct ledger_log *logs[LEDGER_LOGS_MAX];
	size_t n_logs;
	struct ledger_log *own, *journal;
	struct roster *roster;
	struct group_draft draft;
	bool has_live;	     /* the transaction holds packages that were told of before its commit */
	bool has_unrecorded; /* the transaction holds packages that are to be in a record of the ring */
	bool folds_anew;     /* incarnation_fold_all() is at work */
	struct hash new_blobs[NEW_BLOBS_MAX]; /* own documents whose last bytes only the open transaction has; */
	size_t n_new_blobs;		      /* more than there is room for: any may be one */
	struct received received, received_kept; /* now, and as of the last commit */
	uint64_t ring_applied; /* last ring record that the transaction holds */
	int64_t last_time_ms;  /* of the newest local entry */
	struct wall clock_base_wall;
	struct mono clock_base_mono;
	bool gate_open, needs_all_heads;
	bool has_aside; /* perhaps: it has not been looked at since the start, or the last recovering */
	enum commit_state state;
	char reason[240];
	uint64_t signed_size; /* of the newest own head; the ring holds it */
	bool head_is_named;
	bool hardly_any_room;	 /* room.c */
	struct mono pause_until; /* read-only until then: the store was full */
	int64_t pause_ms;
	bool starved;			/* behind, and the store was full: the reason says both */
	char reason_behind[240];	/* without that */
	const struct registry_keys *admitted; /* of the item that is being folded: see fold.h */
	struct keys *keys;
	struct mono settle_after; /* not before: it failed */
	struct mono txn_began, last_write, last_named, last_watch, last_sweep;
};

static inline struct fold commit_fold(const struct commit *c)
{
	return (struct fold){c->txn, c->logs, c->n_logs, c->admitted, c->keys, c->folds_anew};
}

/* txn.c: the open write transaction */
IMS_MUST_CHECK int commit_ensure_txn(struct commit *c);
/* Flush logs, commit the database, move the ring's keep mark. On failure the caller recovers. */
IMS_MUST_CHECK int commit_database(struct commit *c);
/* Give up the open transaction: a new one, and every log as the database holds it. */
IMS_MUST_CHECK int commit_rewind(struct commit *c);
/* Write every log's row and partial tiles into the open transaction, and what every commit keeps. */
IMS_MUST_CHECK int commit_flush_logs(struct commit *c);
IMS_MUST_CHECK int commit_log(struct commit *c, const char *origin, bool create, struct ledger_log **ret);
void commit_set_state(struct commit *c, enum commit_state s, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Append a row to the journal within the open transaction. */
IMS_MUST_CHECK int commit_note(struct commit *c, enum journal_event ev, const char *peer, const char *origin,
			       uint64_t from, uint64_t to, uint64_t bytes, int outcome, const char *detail);

/* room.c: look at disk and map, and be read-only or not. */
void room_watch(struct commit *c);
/* The store could not take it: read-only for a while. */
void room_was_full(struct commit *c, const char *why);
/* Is this job to wait until there is room again? */
bool room_refuses(const struct commit *c, const struct commit_job *job);

/* settle.c: what the set of index keys has not taken in. After a commit, when that is much; and in the quiet. */
IMS_MUST_CHECK int settle_owed(struct commit *c);
bool settle_can(const struct commit *c);
IMS_MUST_CHECK int settle_in_quiet(struct commit *c);
int64_t settle_in_ms(const struct commit *c, struct mono now);

/* quarantine.c: fold an item by one of the fold's functions, unless that has ended the process before. */
IMS_MUST_CHECK int quarantine_fold(struct commit *c, const struct ledger_log *log,
				   const struct ledger_item *item, fold_fn *fold);

/* group.c: the newest time that the own log has named. */
void commit_note_time(struct commit *c, struct bytes entry);

/* commit.c: after a failure of the store, back to the committed state and the ring's tail; the
 * puts of the draft run again. *ret_grew: the map was full and is larger now. */
IMS_MUST_CHECK int commit_undo(struct commit *c, int cause, bool *ret_grew);
/* Read-only with this reason; a node that is behind stays so, and says this beside its reason. */
void commit_turn_read_only(struct commit *c, const char *why);

/* The journal's row of a group of local writes. */
IMS_MUST_CHECK int group_note(struct commit *c, const char *origin, uint64_t from, uint64_t to,
			      uint64_t bytes);

/* received.c: the journal's row of a package, soon; and now, of those that have none, in a transaction that is
 * opened for it. */
IMS_MUST_CHECK int received_note(struct commit *c, const struct commit_package *p);
IMS_MUST_CHECK int received_flush(struct commit *c);
bool received_is_due(const struct commit *c);

/* admit.c: one put into the draft. */
IMS_MUST_CHECK int admit_put(struct commit *c, struct commit_job *job);

/* group.c */
struct commit_group *group_new(uint64_t from);
/* How one entry stands in a record: span entry, span salt, span payload. Taken, its spans are the record's;
 * false: that ends before it. */
void group_put_item(struct buf *out, const struct ledger_item *item);
bool group_take_item(struct rd *r, uint64_t index, struct ledger_item *ret);
/* Ring record of a group. */
IMS_MUST_CHECK int group_encode(const struct commit *c, const struct commit_group *g, struct buf *out);
/* Apply a ring record to the open transaction. IMS_E_CORRUPT when it does not continue the log. */
IMS_MUST_CHECK int group_replay(struct commit *c, struct bytes body);
/* Whether a record leaves the own log as it is now. */
bool group_ends_here(const struct commit *c, struct bytes body);
/* Is the commit log's newest record of the own log, or of a former incarnation? */
IMS_MUST_CHECK int group_newest_is_own(struct commit *c, bool *ret);
/* Write a record without entries: from here on the ring continues the log as it is. */
IMS_MUST_CHECK int group_mark(struct commit *c);
/* Records after ring_applied. */
IMS_MUST_CHECK int group_replay_tail(struct commit *c);

/* recover.c: see there. Each commits. */
IMS_MUST_CHECK int recover_begin(struct commit *c, struct errtext *why);
IMS_MUST_CHECK int recover_finish(struct commit *c, bool all_shown, struct errtext *why);
IMS_MUST_CHECK int recover_override(struct commit *c, struct errtext *why);
/* Is anything set aside that can be appended now, and was not when the incarnation began? Append it. */
bool recover_has_more(const struct commit *c);
IMS_MUST_CHECK int recover_take_more(struct commit *c);
/* The newest head of a log of this region that is stored: whatever is above it was never signed by this database. */
IMS_MUST_CHECK int recover_last_signed(struct commit *c, const struct ledger_log *log, uint64_t *ret_size,
				       struct hash *ret_root);
/* What the commit log holds of this region's logs and they do not; but not what the database has dealt with: that
 * has been appended again, under other indexes. */
IMS_MUST_CHECK int recover_set_aside_ring(struct commit *c);
/* Nothing stands against this life of the database any more. */
IMS_MUST_CHECK int recover_clear_marks(struct commit *c);
/* The commit log's file is the one that peers have vouched for. */
IMS_MUST_CHECK int recover_note_ring(struct commit *c);

/* head.c: sign the own log's head at its size into `g`, and keep it. */
IMS_MUST_CHECK int head_sign(struct commit *c, struct commit_group *g);
/* Publish the head alone: it became signable, or its naming is due. */
IMS_MUST_CHECK int head_publish(struct commit *c);
IMS_MUST_CHECK int head_cosign(struct commit *c, const char *origin, uint64_t size, struct bytes note,
			       struct buf *out);

/* blobs.c: bytes of documents. */
IMS_MUST_CHECK int blobs_apply(struct commit *c, struct commit_job *job);
/* May a record say that its document's bytes are these? They must be here, in the database, before the record is
 * acknowledged. `payload` is of that kind. */
IMS_MUST_CHECK int blobs_admit(struct commit *c, const struct kind *k, struct bytes payload, struct errtext *why);
/* What nobody has cited for a day goes; now and then. */
bool blobs_sweep_is_due(const struct commit *c, struct mono now);
IMS_MUST_CHECK int blobs_sweep(struct commit *c);

/* apply.c: what a package brings, which goes on where the log ends. */
IMS_MUST_CHECK int apply_entries(struct commit *c, struct ledger_log *log, const struct commit_package *p);
/* Jobs other than puts. */
IMS_MUST_CHECK int apply_job(struct commit *c, struct commit_job *job);
/* Is a job that was not refused complete only when the database has committed it? Or, if it is a package of a
 * live log, the commit log has it. */
bool apply_waits_for_commit(const struct commit_job *job);
/* What follows the commit: cosignatures. */
void apply_after_commit(struct commit *c, struct commit_job *job);
IMS_MUST_CHECK int apply_rebuild(struct commit *c);

/* incarnation.c */
/* An earlier incarnation of the same region. */
bool incarnation_is_before(const struct ledger_log *a, const struct ledger_log *b);
/* The own log or a former incarnation of it: what the commit log has records of. */
bool incarnation_is_own(const struct commit *c, const struct ledger_log *log);
/* The incomplete incarnation that this log's entries wait for before they are folded; NULL: none. */
const struct ledger_log *incarnation_waits_for(const struct commit *c, const struct ledger_log *log);
/* Entries of this log below the extent are in the view; 0: they wait. */
uint64_t incarnation_extent(const struct commit *c, const struct ledger_log *log);
/* A closed log has reached what was kept of it, or never will: what waited is folded. */
IMS_MUST_CHECK int incarnation_completed(struct commit *c, const struct ledger_log *log);
/* The whole view again, within the open transaction. */
IMS_MUST_CHECK int incarnation_fold_all(struct commit *c);
/* Every log that the roster names is there afterwards, and closed where it says so. *ret_shrinks: a
 * log held more than was kept, so the view must be folded again. */
IMS_MUST_CHECK int incarnation_take_roster(struct commit *c, const struct roster *r, bool *ret_shrinks);
/* The roster has closed the own log. */
bool incarnation_is_over(const struct commit *c);
/* It is not over, and no roster is in force that names the region and not this incarnation: how much of those
 * before it was kept is known. */
bool incarnation_is_open(const struct commit *c);
/* Ready, or closed when the own incarnation is over. */
void incarnation_set_ready(struct commit *c);
/* Has this database written an earlier incarnation until now, and does the roster name this one? */
bool incarnation_begins(const struct commit *c);
/* IMS_E_ORIGIN: the database is of an earlier incarnation, and no roster in it has opened the one of the key. What
 * the former has is put in order when the next one begins, which it could not. */
IMS_MUST_CHECK int incarnation_check_key(const struct commit *c, struct errtext *e);
/* Remember which incarnation this database writes. */
IMS_MUST_CHECK int incarnation_note_origin(struct commit *c);
/* Whatever stood against the one before, the new one begins with an empty log and with the commit log as it
 * is. If that has a record of the new one, another life of this database has begun it: rolled back. Else that
 * no other life of this region writes it already is for the peers' heads to say. It commits the database. */
IMS_MUST_CHECK int incarnation_begin(struct commit *c);
/* The record that it ends with, if a start was cut before that: the newest one is of a former incarnation. */
IMS_MUST_CHECK int incarnation_mark(struct commit *c);
/* The log of a ring record: the own one, or one of its former incarnations. IMS_E_CORRUPT. */
IMS_MUST_CHECK int incarnation_record_log(const struct commit *c, struct bytes origin,
					  struct ledger_log **ret);

#endif
