/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between replication (sans-IO) and the store: answers sync's reads from LMDB or, for what the
 * ring holds but LMDB not yet, from memory; turns its batches into the writer's jobs and the
 * writer's news into calls. Knows no thread and no socket: the daemon and the simulator give it
 * a way to submit jobs and to send messages. Loop's thread only.
 */
#ifndef PEER_BRIDGE_H
#define PEER_BRIDGE_H

#include "replication/sync.h"
#include "view/commit.h"

struct bridge;

struct bridge_ops {
	/* Run this job; job->done(job) is called on the loop's thread when it is complete. */
	void (*submit)(void *ctx, struct commit_job *job);
	int (*send)(void *ctx, void *session, const struct msg *m);
	void (*misbehaved)(void *ctx, void *session, const char *origin, int err, const char *text);
	void (*roster_behind)(void *ctx, void *session, uint64_t their_version);
	/* Cosignatures of the own log may have moved: look at who waits for `replicated`. */
	void (*cosigned)(void *ctx);
	/* For log lines: evidence was found, or this node is behind itself. */
	void (*alarm)(void *ctx, const char *origin, int err, const char *text);
	struct mono (*mono)(void *ctx);
	struct wall (*wall)(void *ctx);
	void *ctx;
};

struct bridge_opts {
	struct store *store;
	const char *own_region, *own_origin, *software;
	uint8_t instance[16];
	struct sync_quota quota;
	uint64_t documents_max_bytes; /* of the documents of one other region; 0: no limit */
	uint64_t run;
	size_t window_bytes;
	bool needs_all_heads;	/* commit_needs_all_heads() */
	struct bridge_ops ops;
};

/* Reads the stored state of every log. Errors: the store's, IMS_E_CORRUPT. */
IMS_MUST_CHECK int bridge_new(const struct bridge_opts *o, const struct roster *r, struct bridge **ret);
void bridge_free(struct bridge *b);
struct sync *bridge_sync(struct bridge *b);

/* The writer's news, in its order. Takes the reference. */
void bridge_published(struct bridge *b, struct commit_group *g);
void bridge_committed(struct bridge *b, uint64_t own_size, uint64_t ring_seq);
/* The own log: what the ring holds. */
uint64_t bridge_durable_size(const struct bridge *b);
/* Does the ring hold what LMDB does not yet? Who reads there would not find it. */
bool bridge_is_ahead(const struct bridge *b);
/* A writer is told of a log at this size before its group is published: who reads next sees it. */
void bridge_acknowledged(struct bridge *b, const char *origin, uint64_t size);
/* Of a log that is stored at this size: as much of it as LMDB holds. */
uint64_t bridge_committed_size(const struct bridge *b, const char *origin, uint64_t stored);

/* Timers of replication and of the journal: call at least every 100 ms. */
void bridge_tick(struct bridge *b, struct mono now);
/* Put a row into the journal. Texts are copied; err 0 or IMS_E_*. */
void bridge_note(struct bridge *b, enum journal_event ev, const char *peer, const char *origin, uint64_t from,
		 uint64_t to, uint64_t bytes, int err, const char *detail, const char *session);

/* ---- may I sign, and coming back (bridge_recover.c)
 *
 * Signing waits for peers' heads (inv. 5). When every region of the roster has shown its own, it begins;
 * where the database and the commit log are what they were, a majority of the nodes, mine counted, will
 * do after BRIDGE_GATE_WAIT_MS, in which the others could have come. */
#define BRIDGE_GATE_WAIT_MS 2000

/* A peer has shown its heads: perhaps signing may begin, or recovering is done. bridge_tick() asks too. */
void bridge_heads_shown(struct bridge *b);
/* The writer's news of its state. After a COMMIT_RECOVER the own log is fetched back from peers, until
 * every region was heard and none has more of it. */
void bridge_set_state(struct bridge *b, enum commit_state s);
/* The operator goes on with what is here: what peers show counts anew, so job->done calls
 * bridge_overridden() and closes all sessions of nodes. */
void bridge_override(struct bridge *b, struct commit_job *job);
void bridge_overridden(struct bridge *b, int err);

struct bridge_recovery {
	bool signing;			/* the gate is open, or its opening is on the way */
	bool needs_all_heads;		/* a majority will not do */
	uint64_t size, known_size;	/* of the own log: here, and the largest that a peer shows */
	struct sync_heard heard;
};
void bridge_recovery(struct bridge *b, struct bridge_recovery *ret);

#endif
