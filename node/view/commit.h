/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one write path. Everything that changes the store is a job run by this object, on one
 * thread (peer/writer.c in the daemon, the scheduler in the simulator); it knows no thread, no
 * socket and no clock but those given to it.
 *
 *  C1. (inv. 3) A local write is acknowledged, signed and published after ring_append() returned,
 *      never before. Order of a group: admit, append and fold in the open transaction; ring;
 *      complete; sign, publish.
 *  C2. The database never commits an entry of the own log whose group is not in the ring, nor a package
 *      that is to be in a record of the ring and is not yet.
 *  C3. What comes from peers has been verified (inv. 4) before it becomes a job, and is complete
 *      when the database has committed it, or the commit log has it (live.c); a cosignature is made
 *      after that.
 *  C4. (inv. 5) A head is signed only at a size and root that the ring holds, only if it extends
 *      the last one, only when the gate is open and the node is not rolled back.
 *  C5. A failure of the store aborts the transaction; the ring's tail is folded again from the
 *      committed size, so what was acknowledged stays. So does any failure of a job that has begun
 *      to write: half of a job is never committed, and the other jobs are run again.
 *
 *   closed ──commit_open()──> idle ──job──> open transaction ──quiet, reader, bound──> idle
 *                               ├─ read-only: writes refused, reads go on
 *                               └─ rolled back ──COMMIT_RECOVER──> recovering ──COMMIT_RECOVERED──> idle
 *                                  writes refused, nothing signed; other regions' logs go on
 */
#ifndef VIEW_COMMIT_H
#define VIEW_COMMIT_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "ims/err.h"
#include "ledger/ledger.h"
#include "note/note.h"
#include "registry/registry.h"
#include "replication/roster.h"
#include "store/ring.h"
#include "view/commit_blob.h"
#include "view/journal.h"

struct commit;
struct poison;

enum commit_job_type {
	COMMIT_PUT,		/* u.put */
	COMMIT_PACKAGE,		/* u.package: verified entries of another log */
	COMMIT_HEAD,		/* u.head: a verified checkpoint of another log */
	COMMIT_COSIGNATURE,	/* u.cosignature: a verified one of a peer */
	COMMIT_PAYLOADS,	/* u.package: items whose payload was wanted */
	COMMIT_BLOB,		/* u.blob: bytes of a document, of a client or a peer */
	COMMIT_ROSTER,		/* u.roster: a checked next version */
	COMMIT_EVIDENCE,	/* u.evidence: keep it, freeze the log if it `freezes` */
	COMMIT_JOURNAL,		/* u.rows */
	COMMIT_SYNC,		/* complete when all before is committed in the database */
	COMMIT_READ,		/* u.read: reads what the writer has, committed or not; all of it is durable */
	COMMIT_OPEN_GATE,	/* peers have shown their heads, none is ahead of mine; u.all_shown: every one */
	COMMIT_ROLL_BACK,	/* u.text: a peer showed a head of mine that I do not contain */
	COMMIT_RECOVER,		/* rolled back: take back what nobody has seen, let peers' entries in */
	COMMIT_RECOVERED,	/* the own log holds what any peer does: write and sign again */
	COMMIT_OVERRIDE,	/* the operator goes on with what is here */
	COMMIT_REBUILD,		/* fold all logs again */
};

/* A write of this region's operator. */
struct commit_put {
	bool withdraw;
	char *operator_name;		/* pseudonym of who acts, goes into the payload's header */
	char *kind;			/* owned strings */
	char *id;			/* NULL: natural key or new */
	struct bytes payload;		/* owned memory, free() */
	enum entry_audience audience;	/* 0: the kind's own */
	char *named;			/* regions, comma-separated, for ENTRY_NAMED */
	uint64_t if_revision;
	bool fill;			/* a record that is there keeps what it has: registry/fill.h */
	unsigned roles;			/* of who acts (programme/acts.h); 0: secretariat, at the IRS irs */
	char *owner;			/* of a new anonymous need: the initiative; kept beside it for the home alone */
	char *act;			/* not NULL: an act on the initiative `id`, in the place of a payload */
	struct buf packed;		/* what commit_put_pack() has made */
	/* answer */
	char ret_id[RECORD_ID_MAX_BYTES + 1];
	char ret_origin[ORIGIN_MAX_BYTES + 1];
	uint64_t ret_index, ret_revision;
	const char *ret_outcome;	/* "created", "updated", "unchanged", "withdrawn" */
	struct buf problems;		/* a line for each wrong field */
};

/* Entries [from, from + n) of another log; the arena owns all memory. */
struct commit_package {
	struct arena arena;
	const char *origin;
	uint64_t from;
	struct ledger_item *items;
	size_t n;
	struct bytes note;		/* the target checkpoint, log signatures only; may be empty */
	uint64_t head_size;
	struct hash head_root;
	bool named;
	bool awaited;			/* entries that come as they are written, not of a log that is caught up with */
	const char *peer;		/* for the journal */
	uint64_t wire_bytes;
	bool in_parts;			/* this is one of several jobs */
	/* answer */
	uint64_t ret_size;		/* of the log now, and its root */
	struct hash ret_root;
	uint64_t ret_ring_seq;		/* the record of the commit log that has it, and perhaps the database not
					 * yet; 0: the database has it */
	uint64_t ret_disk_bytes;	/* that it takes now */
	struct buf ret_cosignature;	/* own line, if the head was named and reached */
	uint64_t ret_cosigned_size;
};

struct commit_cosignature {
	char *origin, *region;
	uint64_t size, time_s;
	struct buf line;
};

struct commit_evidence {
	char *origin;
	struct buf note_a, note_b, nodes;
	bool freezes;			/* but a log that is closed meanwhile only `by_roster` */
	bool by_roster;
};

/* A row with its texts in `arena`. */
struct commit_rows {
	struct arena arena;
	struct journal_row *rows;
	size_t n;
};

/* What reads within the writer's transaction, and must not write. Damage that it meets is its own answer. */
struct commit_read {
	void (*fn)(void *ctx, struct store_txn *t);
	void *ctx;
};

struct commit_job {
	enum commit_job_type type;
	struct commit_job *next;	/* of whoever queues it */
	void (*done)(struct commit_job *job);	/* called by whoever runs the loop side */
	void *ctx;
	int err;			/* answer */
	struct errtext why;
	union {
		struct commit_put put;
		struct commit_package package, head;
		struct commit_cosignature cosignature;
		struct commit_evidence evidence;
		struct commit_blob blob;
		struct commit_rows rows;
		struct commit_read read;
		struct buf roster;	/* the note */
		bool all_shown;
		char text[240];
	} u;
};

/* A zeroed job, and its end with everything it owns. */
struct commit_job *commit_job_new(enum commit_job_type type);
void commit_job_free(struct commit_job *j);
/* Pack what the put will store as it stands now, header included, so that the writer, for whom all wait, need not:
 * before it is submitted, on any thread. What becomes of one that fills or seals only the writer knows. */
void commit_put_pack(struct commit_put *p);
/* The first n entries of a package that has more, as a job before it, which frees itself when it is done. It
 * borrows what the other one owns, and runs earlier or in the same turn. If it fails the other one does. */
struct commit_job *commit_job_split(struct commit_job *j, size_t n);

/* A durable group of the own log: memory is shared, counted. */
struct commit_group {
	int refs;			/* atomic */
	uint64_t from, size;
	struct hash root;
	struct ledger_item *items;	/* n = size - from; may be 0 (a head was signed or named) */
	size_t n;
	struct buf note;		/* signed head at `size`, empty while the gate is shut */
	bool named;
	struct arena arena;
};
struct commit_group *commit_group_ref(struct commit_group *g);
void commit_group_unref(struct commit_group *g);

enum commit_state {
	COMMIT_READY,
	COMMIT_READ_ONLY,
	COMMIT_ROLLED_BACK,	/* behind what was published: read-only until the operator recovers */
	COMMIT_RECOVERING,	/* the same, and own entries are fetched back from peers */
	COMMIT_CLOSED,		/* the roster has ended the own incarnation: nothing is appended or signed any
				 * more; all else goes on, and a start with the key of the next one writes that */
};
static inline bool commit_is_behind(enum commit_state s)
{
	return s == COMMIT_ROLLED_BACK || s == COMMIT_RECOVERING;
}

/* All called on the writer's thread. */
struct commit_ops {
	void (*complete)(void *ctx, struct commit_job *job);
	void (*published)(void *ctx, struct commit_group *g);	/* takes a reference */
	/* LMDB holds the own log up to here, and of other logs what the ring's records up to ring_seq have. */
	void (*committed)(void *ctx, uint64_t own_size, uint64_t ring_seq);
	void (*state)(void *ctx, enum commit_state s, const char *reason);
	/* The disk has failed: the process must stop and start again, which replays the ring. */
	void (*fatal)(void *ctx, int err, const char *why);
	struct wall (*wall)(void *ctx);
	struct mono (*mono)(void *ctx);
	void (*random)(void *ctx, void *p, size_t n);
	void *ctx;
	/* After a package: does somebody wait for whom the rest of the turn is too long? NULL: nobody does. */
	bool (*pressed)(void *ctx);
};

struct commit_opts {
	struct store *store;
	struct ring *ring;
	const char *federation, *region, *origin;	/* own log */
	const struct note_signer *log_signer, *cosigner;	/* borrowed; log_signer->vkey.name == origin */
	struct roster *roster;		/* a reference is taken */
	const struct reference *reference;
	struct poison *poison;		/* NULL: crashes of the fold are not remembered */
	int64_t quiet_ms, head_interval_ms;
	uint64_t dirty_max_bytes, disk_low_bytes;
	unsigned map_low_percent;
	bool gate_open;			/* no other region in the roster: nobody can be ahead */
	struct commit_ops ops;
};

/* Start: check format, compare the database with the ring (DESIGN section 6), fold the tail
 * again, rebuild the view if it was made by other kinds or rules. Behind the ring by a gap, or
 * ahead of it: the state is COMMIT_ROLLED_BACK and the node runs read-only.
 * Errors: IMS_E_CORRUPT, IMS_E_UNSUPPORTED (format), the store's and ring's. */
IMS_MUST_CHECK int commit_open(const struct commit_opts *o, struct commit **ret, struct errtext *e);
/* Commits what is open. The error of that commit. */
int commit_close(struct commit *c);

/* Run jobs in order. Each is completed exactly once, in this call; but when it is pressed it stops early, and
 * the rest are still the caller's. How many it has run. */
size_t commit_run(struct commit *c, struct commit_job *const *jobs, size_t n);
/* Commit when quiet, name a head that is due, look at the watermarks. */
void commit_tick(struct commit *c);
/* When commit_tick() is due next; INT64_MAX ms when nothing is. */
int64_t commit_due_ms(const struct commit *c);
enum commit_state commit_state_of(const struct commit *c);
/* Nothing but every peer's heads can say that the own log has no more entries than are here: the
 * database is new, or the commit log is not the file that it was. Else some of them will do. At start. */
bool commit_needs_all_heads(const struct commit *c);

#endif
