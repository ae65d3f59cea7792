/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by sync.c (state), hello.c (how a session begins), head.c (one head), heads.c (heads, cosignatures),
 * conflict.h (two histories), closed.c (logs that the roster closed), pull.c (fetching), batches.h (what then
 * goes to the store), quota.c (how much), serve.c (answering), payloads.c (wanted ones), blobs.c (documents), own.h
 * (what peers hold), package.h (verifying). */
#ifndef REPLICATION_SYNC_INT_H
#define REPLICATION_SYNC_INT_H

#include "replication/blobs_int.h"
#include "replication/quota_int.h"

#define SYNC_MAGIC 0x53594e43u
#define SYNC_LOGS_MAX 192
#define SYNC_IN_FLIGHT 4		/* fetches of one log */
#define SYNC_BATCHES_MAX 64		/* of one log on their way to the store */
#define SYNC_SERVES_MAX 256		/* unanswered fetches of one peer */
#define SYNC_WAIT_MS 20000		/* of a waiting fetch */
#define SYNC_FETCH_TIMEOUT_MS 20000	/* above its wait */
#define SYNC_FRAME_BYTES (700u << 10)	/* items of one Entries or Payloads message */
#define SYNC_RETRY_MS 1000		/* after the store refused */
#define SYNC_PROGRESS_BYTES (64u << 10)	/* this much of a log gives its fetches their time anew */
#define SYNC_HEADS_MAX 16		/* of one Heads message: an honest one has one */
#define SYNC_UNJUDGED_MAX 8		/* kept of one peer until the roster has come */
#define SYNC_GOSSIP_MS 1000		/* cosignatures are passed on at most this often */
#define SYNC_WANT_MS 1000
#define SYNC_WANT_TIMEOUT_MS 5000	/* then the same peer may be asked again */
#define SYNC_LACKS_MS 2000		/* a peer that has nothing of a closed log is asked again after this */
#define SYNC_KEEP_MS 1000		/* a head at what is stored is handed to the store at most this often */

struct cosig {
	char region[13];
	uint64_t time_s;
	struct buf line;
};

/* A verified checkpoint. note holds the log's own signature line only. */
struct head {
	uint64_t size;		/* 0: none */
	struct hash root;
	struct buf note;
	struct bytes text;	/* the signed part, in note */
	struct cosig *cosigs;
	size_t n_cosigs, capacity;
};

/* One fetch of mine that is not answered yet. */
struct fetch {
	uint64_t id, from, to, next;	/* next: where its answer goes on */
	struct mono deadline;
};

/* Evidence that anybody can verify; empty: none. */
struct proof_kept {
	struct buf note_a, note_b, nodes;
};

struct sync_log {
	char *origin, region[13];
	bool own, frozen;
	bool closed, ended;	/* by the roster, which kept end_size; complete here: the head is that */
	uint64_t end_size;
	struct hash end_root;
	bool recovering;	/* the own one, while its entries are fetched back */
	uint64_t shown_size;	/* of the own one: largest head that a peer has shown */
	struct head shown;	/* and that head, if the peer showed it to this process */
	uint64_t target_kept;	/* of the own one: size of its target, once the store has it */
	uint64_t own_word;	/* largest size that a peer shows my cosignature of */
	struct tile_edge *edge;		/* verified, perhaps still on its way to the store */
	uint64_t stored;
	struct head head, named;	/* shown: size <= stored */
	struct head target;		/* newest verified head seen, if above what is stored */
	bool target_named, told_nothing; /* the latter: of this log to its origin in my hello */
	uint64_t told_unreached;	/* to its origin, which is told when it is reached; 0: none */
	struct proof_kept proof;	/* of its two histories, if it is frozen; told to every peer */
	struct sync_peer *source;	/* who is asked */
	struct fetch in_flight[SYNC_IN_FLIGHT];
	size_t n_in_flight, n_batches;
	struct quota quota;
	uint64_t next_from;		/* of the next fetch of this window */
	uint64_t taken_bytes;		/* since the fetches' deadlines were set */
	double entry_bytes;		/* average on the wire, to size windows */
	struct mono retry_at, gossip_at, want_at, news_at; /* news: entries that came as they were written */
	struct distrust distrusted[SYNC_DISTRUSTED_MAX];
	uint64_t kept_size;		/* of the head handed to the store by itself, and until when it rests */
	struct mono kept_until;
	bool kept_named, kept_again;	/* it was named; it was shown again while it rested */
	unsigned fruitless;		/* answers of the source in a row that got us nowhere */
	uint64_t quorum_size;		/* largest head of our history that those who make it `replicated` cosigned */
	bool recorded;			/* a conflict that freezes nothing was handed to the store */
	bool probing;			/* the fetch in flight is from the start of the edge's tile */
	bool gossip_due;		/* the named head or its cosignatures changed */
	bool wants;			/* payloads may be missing */
	uint64_t want_from;
	unsigned want_turn;
	struct hash blob_after;		/* document whose bytes were tried last */
	bool blobs_go_on;		/* there are some after it */
};

/* What a peer is known to hold of a log, and what I have told it. */
struct peer_log {
	uint64_t head_size;	/* it can serve that much */
	uint64_t holds;		/* by what it asks for; perhaps below a head that it has not reached */
	uint64_t told_size;
	size_t told_cosigs;
	bool told_proof;	/* of its two histories; or heard it from them */
	uint64_t want_id;	/* my Want that is not answered; 0: none */
	struct mono want_until;
};

/* A fetch of theirs that I have not answered in full. */
struct serve {
	struct sync_log *log;
	uint64_t id, next, to, first;
	size_t budget, bytes;
	struct mono wait_until;
};

struct sync_peer {
	struct sync_peer *next;
	void *session;
	char region[13];
	bool ready, blocked, takes_packed; /* the last by its hello */
	uint64_t roster_version;	/* by its hello, or of a note that it told since */
	struct buf unjudged[SYNC_UNJUDGED_MAX]; /* heads of my log by keys that my roster has not yet */
	size_t n_unjudged;
	struct peer_log logs[SYNC_LOGS_MAX];
	struct serve serves[SYNC_SERVES_MAX];
	size_t n_serves, turn;
};

struct heard { /* it has shown what it holds of my own log, since the start */
	char region[13];
};

/* Largest size of the own log with a cosignature of this region. */
struct ack {
	char region[13];
	uint64_t size;
};

struct sync {
	unsigned magic;
	struct sync_opts o;
	const struct roster *roster;
	struct sync_log *logs[SYNC_LOGS_MAX];
	size_t n_logs;
	struct sync_peer *peers;
	struct ack acks[ROSTER_REGIONS_MAX];
	size_t n_acks;
	struct heard heard[ROSTER_REGIONS_MAX];
	size_t n_heard;
	struct blob_pulls blobs;
	uint64_t next_id;
	struct mono now;
};

/* sync.c */
struct sync_log *sync_find(const struct sync *s, struct bytes origin);
static inline struct sync_log *sync_own_log(const struct sync *s)
{
	return sync_find(s, bytes_of(s->o.own_origin));
}
size_t sync_index(const struct sync *s, const struct sync_log *l);
static inline struct peer_log *sync_peer_log(const struct sync *s, struct sync_peer *p, const struct sync_log *l)
{
	return &p->logs[sync_index(s, l)];
}
/* Send, and note when the peer's output is full. */
void sync_send(struct sync *s, struct sync_peer *p, const struct msg *m);
/* merkle_node_fn over a log's edge, then its store; ctx is a struct log_nodes. */
struct log_nodes {
	const struct sync *s;
	struct sync_log *log;
};
int sync_node(void *log_nodes, unsigned level, uint64_t index, struct hash *ret);
IMS_MUST_CHECK int sync_root_at(const struct sync *s, struct sync_log *l, uint64_t size, struct hash *ret);

/* head.c */
void head_clear(struct head *h);
IMS_MUST_CHECK int head_set(const struct sync *s, struct head *h, const struct checkpoint *c, const struct note *n);
/* One that the writer has signed or the store kept, as it is: they may obey a later roster than the loop. */
IMS_MUST_CHECK int head_set_kept(struct head *h, const struct checkpoint *c, const struct note *n);
void head_copy(struct head *to, const struct head *from);
bool head_has_text(const struct head *h, struct bytes text);
void heads_put_log_note(const struct sync *s, const struct note *n, struct bytes origin, struct buf *out);
/* With its cosignatures; nothing of the end of a closed log, which needs no note. */
void head_put_note(const struct head *h, struct buf *out);
bool head_add_cosig(struct head *h, const char *region, uint64_t time_s, struct bytes line);

/* heads.c */
bool heads_judge_by_another_roster(const struct sync *s, const struct sync_peer *p, int err);
/* A head that a peer shows: 0, or why the peer is at fault. *ret (may be NULL) is the verified checkpoint. */
IMS_MUST_CHECK int heads_take(struct sync *s, struct sync_peer *p, const struct msg_head *h,
			      struct checkpoint *ret);
void heads_store(struct sync *s, struct sync_log *l, const struct head *h, bool named, const char *peer);
/* The stored size reached a head: show it. */
void heads_reached(struct sync *s, struct sync_log *l, const struct sync_batch *b);
/* To its origin: what is reached now, or shown by another, and was not in my hello. */
void heads_tell_origin(struct sync *s, struct sync_log *l);
/* The named head at what is stored is handed to the store again, if I have not cosigned it. */
void heads_cosign_again(struct sync *s, struct sync_log *l);
/* A named head that was shown while it rested goes to the store now. */
void heads_tick(struct sync *s, struct sync_log *l);
/* Pass on named heads and cosignatures that changed. */
void heads_gossip(struct sync *s, struct sync_log *l);
IMS_MUST_CHECK int heads_on_cosign(struct sync *s, struct sync_peer *p, const struct msg_cosign *m);

/* closed.c */
/* The roster says how this log stands: call for every log of every version. */
void closed_set(struct sync *s, struct sync_log *l, const struct roster_incarnation *inc);
/* More of it is stored, or nodes have arrived there: is it complete, and what was kept? */
void closed_settle(struct sync *s, struct sync_log *l);
/* A verified head of it that a peer shows. */
void closed_head_shown(struct sync *s, struct sync_log *l, const struct note *n, const struct checkpoint *c);
/* The checkpoint that its entries are proven to: by the roster alone. */
void closed_checkpoint(const struct sync_log *l, struct checkpoint *ret);
/* Entries below this are fetched and shown. */
static inline uint64_t sync_end_of(const struct sync_log *l)
{
	return l->closed ? l->end_size : UINT64_MAX;
}

/* pull.c */
void pull_kick(struct sync *s, struct sync_log *l);
void pull_forget_peer(struct sync *s, struct sync_log *l, const struct sync_peer *p);
void pull_reset(struct sync *s, struct sync_log *l);
IMS_MUST_CHECK int pull_on_entries(struct sync *s, struct sync_peer *p, const struct msg_entries *e,
				   struct errtext *why);
void pull_tick(struct sync *s, struct sync_log *l);

/* serve.c */
IMS_MUST_CHECK int serve_on_fetch(struct sync *s, struct sync_peer *p, const struct msg_fetch *f);
IMS_MUST_CHECK int serve_on_want(struct sync *s, struct sync_peer *p, const struct msg_want *w);
/* Send what the peer's fetches allow, in turn, until its output is full. */
void serve_pump(struct sync *s, struct sync_peer *p);
void serve_advanced(struct sync *s, struct sync_log *l);
void serve_tick(struct sync *s, struct sync_peer *p);

/* payloads.c */
void payloads_tick(struct sync *s, struct sync_log *l);
void payloads_stored(struct sync *s, struct sync_log *l);
IMS_MUST_CHECK int payloads_on_payloads(struct sync *s, struct sync_peer *p, const struct msg_payloads *m);

#endif
