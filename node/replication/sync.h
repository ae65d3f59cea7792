/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replication without I/O: which heads are known, what to fetch from whom, how to verify it,
 * what to serve. Messages, time and what is stored come in as arguments, messages and batches go
 * out through struct sync_ops, so that the daemon and the simulator run the same code.
 *
 *  S1. (inv. 4) Nothing is handed to the store before a checkpoint that covers it verified: log
 *      signature by the roster, subtree proof, and every left node of that proof equal to the
 *      history verified before.
 *  S2. (inv. 5) Two signed heads of a log that cannot both be true: both are handed over as
 *      evidence, the log is frozen, nothing more is fetched of it; other logs go on (inv. 12).
 *      Evidence that is portable (evidence.h) is told to every peer, and taken from any that shows it.
 *      A log that the roster has closed is what the roster kept of it (S6), whatever was signed.
 *  S3. (inv. 6) Bytes are passed on as they came; only the commitment is read from an entry.
 *  S4. A head is shown, and entries are served, only up to what the store has committed or the ring
 *      holds. One that is verified and not reached yet is shown to its origin alone, in the hello and as
 *      such: it may have signed it in a life of which it has lost the files, and must not sign another one
 *      of that size (inv. 5).
 *  S5. A cosignature is of a named head that was reached exactly, after it was stored.
 *  S6. Of a closed log what the roster kept is fetched, each package proven to the kept root, and shown;
 *      nothing above it, also where more is stored.
 *  S7. (inv. 11) A log over its quota waits, wholly verified up to where it is; others go on.
 *
 *  S8. (inv. 10) Bytes of a document are asked of those alone who may have it, and given to those alone: by the
 *      citing payloads of its log that are here, looked at for each piece. They are shown to nobody before their
 *      hash is right.
 *
 * One log: unknown ─ head seen ─> behind ─ fetches, batches ─> in sync ─ waiting fetch ─> …
 *                                    └──────── conflict ──────────────────────────────> frozen
 * All on one thread. Spans in messages are read during the call only.
 */
#ifndef REPLICATION_SYNC_H
#define REPLICATION_SYNC_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "ims/err.h"
#include "merkle/tile.h"
#include "replication/evidence.h"
#include "replication/roster.h"
#include "replication/sync_blob.h"
#include "wire/msg.h"

struct sync;
struct sync_peer;

/* A verified entry on its way to the store; spans live in the batch's arena. */
struct sync_entry {
	uint64_t index;
	struct bytes entry;
	struct hash leaf;
	enum msg_payload_state payload_state;
	struct bytes salt, payload;
	uint64_t erased_by;
	struct bytes packed; /* the payload's packed form, if it came so: what it unpacks to was judged */
};

enum sync_batch_type { SYNC_PACKAGE, SYNC_HEAD, SYNC_PAYLOADS, SYNC_BLOB };

/* What the store is asked to keep; owned by the receiver until sync_stored() takes it back. */
struct sync_batch {
	enum sync_batch_type type;
	struct arena arena;
	const char *origin, *peer;
	uint64_t from;
	struct sync_entry *entries;
	size_t n;
	struct bytes note; /* verified checkpoint, log signature only; may be empty */
	uint64_t head_size;
	struct hash head_root;
	bool named;
	bool awaited;	     /* what a fetch waited for: entries that come as they are written */
	uint64_t wire_bytes; /* as msg_item_bytes() counts */
	struct sync_piece piece; /* SYNC_BLOB */
};

/* Is a log over its quota? Then it is not fetched: until its bucket has filled, or there is room. */
enum sync_over { SYNC_WITHIN, SYNC_OVER_RATE, SYNC_OVER_DISK };

/* Two heads that cannot both be true; or what is stored of a closed log is not what the roster kept. */
enum sync_conflict { SYNC_OF_NO_ACCOUNT, SYNC_FORK, SYNC_NOT_KEPT };

struct sync_ops {
	/* Send to a session: 0, IMS_E_AGAIN (taken, but wait for sync_peer_drained()), IMS_E_SLOW (lost; the
	 * session will be closed), or another failure. */
	int (*send)(void *ctx, void *session, const struct msg *m);
	/* Keep this; answered by sync_stored(), later or from within. */
	void (*store)(void *ctx, struct sync_batch *b);
	/* Keep a verified cosignature. */
	void (*cosignature)(void *ctx, const char *origin, uint64_t size, const char *region, uint64_t time_s,
			    struct bytes line);
	/* S2: keep it, and freeze the log unless it is of no account. At most twice for a log: not portable,
	 * and then portable; and once what freezes nothing. */
	void (*evidence)(void *ctx, const char *origin, struct bytes note_a, struct bytes note_b,
			 struct bytes nodes, enum sync_conflict what);
	/* A valid head of my own log, or my own cosignature, that what I hold does not contain. */
	void (*ahead)(void *ctx, const char *origin, uint64_t size, const char *peer);
	/* The peer did what no honest node does: close the session with this reason. */
	void (*misbehaved)(void *ctx, void *session, const char *origin, int err, const char *text);
	/* Up to max items from `from`, below `to`, as far as budget_bytes goes but at least one, for the
	 * eyes of a region (payload states accordingly), which takes payloads packed or does not. Bytes are
	 * msg_item_bytes(). Spans live in the arena or until return. */
	int (*read)(void *ctx, const char *origin, uint64_t from, uint64_t to, size_t budget_bytes,
		    const char *for_region, bool packed, struct arena *a, struct msg_item *items, size_t max,
		    size_t *ret_n);
	/* A perfect node of a stored log. */
	int (*node)(void *ctx, const char *origin, unsigned level, uint64_t index, struct hash *ret);
	/* The right edge of a log at what is stored. */
	int (*edge)(void *ctx, const char *origin, struct tile_edge *ret);
	/* Indexes of payloads that are wanted, at most max, from `from` on; returns how many. */
	size_t (*wanted)(void *ctx, const char *origin, uint64_t from, uint64_t *indexes, size_t max);
	/* A new version of the roster is needed from this session's peer. */
	void (*roster_behind)(void *ctx, void *session, uint64_t their_version);
	/* A fetch of this peer was answered with entries [from, to). */
	void (*sent)(void *ctx, const char *peer, const char *origin, uint64_t from, uint64_t to, uint64_t bytes);
	/* A log has come over its quota; told once a minute at most. NULL: nobody wants to know. */
	void (*over)(void *ctx, const char *origin, enum sync_over over);
	/* Documents of a log whose bytes are wanted, at most max, after this hash (NULL: from the first). NULL: this
	 * node has nothing to do with documents, and then nor are the next two asked. */
	size_t (*blobs_wanted)(void *ctx, const char *origin, const struct hash *after, struct sync_blob *ret,
			       size_t max);
	/* May this region have it, by what is stored here of that log? */
	bool (*blob_is_for)(void *ctx, const char *origin, const struct hash *sha256, const char *region);
	/* Up to max bytes from `offset`, if it is here for that log, whole, and for this region: *ret_total and the
	 * bytes, in the arena. IMS_E_NOT_FOUND. `sent` was the last of it. */
	int (*blob_read)(void *ctx, const char *origin, const struct hash *sha256, uint64_t offset, size_t max,
			 const char *for_region, struct arena *a, uint64_t *ret_total, struct bytes *ret);
	void *ctx;
};

/* What each log of another region may grow here; 0: without limit. */
struct sync_quota {
	int64_t entries_per_s, entries_burst, bytes_per_s, bytes_burst;
	uint64_t disk_bytes;
};

struct sync_opts {
	const char *own_region, *own_origin;
	uint8_t instance[16];
	uint64_t run; /* said in hellos: which process this is; 0: nothing said */
	const char *software;
	size_t window_bytes; /* of one fetch */
	struct sync_quota quota;
	struct sync_ops ops;
};

/* What is stored of a log when the node starts. */
struct sync_start {
	const char *origin;
	struct bytes head_note, named_note; /* newest head, newest named head; may be empty */
	struct bytes target_note;	    /* newest head above what is stored; may be empty */
	bool target_named;		    /* it is to be cosigned when it is reached */
	bool frozen;
	uint64_t disk_bytes;	  /* that it takes */
	struct evidence evidence; /* of a frozen log; notes may be empty */
};

struct sync *sync_new(const struct sync_opts *o, const struct roster *r, struct mono now);
void sync_free(struct sync *s);
/* Tell what is stored of one log; once each, before the first peer. Errors: those of ops.edge. */
IMS_MUST_CHECK int sync_start_log(struct sync *s, const struct sync_start *st);
/* A cosignature that is stored, of the head or named head given at start. */
void sync_start_cosignature(struct sync *s, const char *origin, uint64_t size, const char *region,
			    uint64_t time_s, struct bytes line);
/* A new roster: new logs appear; sessions are the owner's business. */
void sync_set_roster(struct sync *s, const struct roster *r);

/* ---- sessions. The peer object lives until sync_peer_down(). */
struct sync_peer *sync_peer_up(struct sync *s, void *session, const char *region, struct mono now);
void sync_peer_down(struct sync *s, struct sync_peer *p);
/* Output has room again. */
void sync_peer_drained(struct sync *s, struct sync_peer *p);
/* My hello to the node of a region, into the arena. */
void sync_hello(struct sync *s, const char *region, struct arena *a, struct msg_hello *ret);
/* The peer's hello: heads are looked at, fetching begins. */
void sync_on_hello(struct sync *s, struct sync_peer *p, const struct msg_hello *h, struct mono now);
/* The peer has told the roster up to this version since. */
void sync_peer_roster(struct sync *s, struct sync_peer *p, uint64_t version);
/* HEADS, FETCH, ENTRIES, WANT, PAYLOADS, BLOB_FETCH, BLOBS, COSIGN, EVIDENCE. 0 or the reason to close the session. */
IMS_MUST_CHECK int sync_on_message(struct sync *s, struct sync_peer *p, const struct msg *m, struct mono now,
				   struct errtext *why);

/* ---- the store's side */
/* A group of the own log is in the ring (n leaves from `from`), or its head was signed or named
 * (n 0). note is empty while the gate is shut. */
void sync_published(struct sync *s, uint64_t from, const struct hash *leaves, size_t n, struct bytes note,
		    bool named, struct mono now);
/* A batch is stored (err 0) or was refused. Frees it. own_line: my cosignature, may be empty. */
void sync_stored(struct sync *s, struct sync_batch *b, int err, uint64_t time_s, struct bytes own_line,
		 struct mono now);
void sync_batch_free(struct sync_batch *b);
/* What a log of another region takes on the disk. */
void sync_note_disk(struct sync *s, const char *origin, uint64_t bytes);
/* This node may sign from now on, or again: named heads that it has stored and not cosigned are handed to
 * the store once more, since nobody need show them again. */
void sync_may_sign(struct sync *s);
/* Freeze: evidence has been kept. */
void sync_frozen(struct sync *s, const char *origin);

/* Timers: call at least every 100 ms. */
void sync_tick(struct sync *s, struct mono now);

/* ---- what it knows, for status and lists */
struct sync_log_info {
	const char *origin, *region;
	uint64_t size;			/* stored, as far as it counts */
	uint64_t head_size, known_size; /* newest shown head; newest head seen anywhere */
	struct hash head_root;
	bool own, frozen, closed;
	bool incomplete; /* closed, and not all that was kept is here */
	enum sync_over over;
	uint64_t n_over, disk_bytes; /* how often it came over; what it takes */
	size_t n_cosigners;
	const char *cosigners[ROSTER_REGIONS_MAX]; /* of the newest head */
};
size_t sync_log_count(const struct sync *s);
void sync_log_at(const struct sync *s, size_t i, struct sync_log_info *ret);
/* Entries that a peer has not, of all logs, and entries it has that I have not. */
void sync_peer_lag(const struct sync *s, const struct sync_peer *p, uint64_t *ret_theirs, uint64_t *ret_mine);
/* Who has shown since the start (or since sync_forget_heard()) what it holds of my own log. Who does not know
 * my log, though I have shown a head of it before, has shown nothing: it cannot tell that I am behind. */
struct sync_heard {
	size_t n_regions; /* that are not suspended; mine among them, which counts as heard */
	size_t n_unheard, n_suspended; /* the last n_suspended of the unheard are: what they hold counts, too */
	const char *unheard[ROSTER_REGIONS_MAX]; /* the roster's names */
};
void sync_heard(struct sync *s, struct sync_heard *ret);
void sync_forget_heard(struct sync *s);

/* ---- coming back (DESIGN section 6): the own log is fetched from peers like another's */
/* The own log anew, as the store holds it now; its entries are let in, or no longer. Errors: ops.edge's. */
IMS_MUST_CHECK int sync_restart_own(struct sync *s, const struct sync_start *st, bool recovering);
/* Has the roster closed the own log? Then what it kept is whole, whoever was heard. */
bool sync_own_is_over(const struct sync *s);
/* Does the own log, and every log that I have cosigned, reach what any peer has shown of it? *ret_size,
 * *ret_known: of the own log, what is here and the largest that was shown, or all that the roster kept. */
bool sync_own_is_whole(const struct sync *s, uint64_t *ret_size, uint64_t *ret_known);
/* While it is fetched back: does a head that was shown, and is stored, cover entries that no peer has? They may
 * be among what was set aside, which the store can tell: nothing more will come. */
bool sync_own_lacks_what_nobody_has(const struct sync *s);
/* How many of the roster's `replicated` regions have cosigned the own log at a size > index. */
unsigned sync_replicated_count(const struct sync *s, uint64_t index);

#endif
