/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The simulator: a federation of real nodes (bridge, sync, commit, ledger, registry, roster) on
 * fakes of everything that is not a function: store and ring in memory, clocks, randomness, the
 * network between sessions, the writer's thread. One seed decides all of it.
 *
 *   sim.c       a run: rough times, then healing and quiet, then the checks
 *   steps.c     what may happen next, and doing it: one thing at a time (acts.def)
 *   schedule.c  what happened, kept step by step: replayed, and made short (minimise.c)
 *   members.c   who takes part: keys and rosters
 *   host.c      one node: start, crash, its turns; host_joints.c: what its parts hand each other
 *   chain.c     the roster's versions on their way to the nodes
 *   link.c      sessions: opening, frames, order, breaks; arrive.c: what a frame does at its end
 *   client.c    writes of the operators, good and bad
 *   mischief.c  entries that no honest node would write
 *   faults.c    what goes wrong (faults.def)
 *   liar.c      a node whose messages are bent
 *   oracle.c    what was promised and shown, watched while it happens
 *   checks.c    the invariants (DESIGN section 3), when all is quiet; checks_view.c of the view
 *
 * A node's loop and its writer take turns in any order: jobs wait in `queue`, news in `news`.
 */
#ifndef SIM_SIM_H
#define SIM_SIM_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "peer/bridge.h"
#include "sim/members.h"
#include "sim/ring_fake.h"
#include "sim/rng.h"
#include "sim/schedule.h"
#include "view/commit.h"

#define SIM_OLD_FRAMES 6
#define SIM_IDS_MAX 48

struct sim;
struct host;
struct link;

enum news_type { NEWS_COMPLETE, NEWS_PUBLISHED, NEWS_COMMITTED, NEWS_STATE };

/* From the writer to the loop. */
struct news {
	struct news *next;
	enum news_type type;
	struct commit_job *job;
	struct commit_group *group;
	uint64_t size, ring_seq;
	enum commit_state state;
};

struct host {
	struct sim *sim;
	const struct member *who;
	unsigned number, log; /* log: of its incarnation */
	bool new_key; /* and it has not started with that yet */
	bool exists; /* a late one does not from the start */
	bool up;
	bool dying;    /* being taken down: nothing it says or asks counts */
	bool fatal;    /* its disk has failed, or it died within a turn: to be taken down */
	unsigned dies_in; /* steps within its turns; 0: not planned */
	bool copied;   /* there is an old copy of its files */
	bool restored;	/* it went on from old files, or without: it may be rolled back */
	bool gone;	/* some of its files, until it starts */
	bool old; /* its files are older than what it was, or gone, until its operator has looked after it */
	bool lost_ring; /* its commit log was among them, and it has signed nothing since */
	bool lost_first; /* so it was of the first incarnation's, when the node got its next key */
	bool told_lost; /* it knows a head of its own of which nobody has all entries */
	bool nonsense;	/* its commit log has, or had, mischief */
	bool bad_disk; /* it was, or will be, full at a commit */
	bool forked;   /* it has signed heads of another history, so that its log may be frozen anywhere */
	unsigned lives;
	char dir[16], path[16];
	struct store *store;
	struct ring *ring;
	struct commit *commit;
	struct bridge *bridge;
	const struct roster *roster;
	uint64_t offered; /* roster version handed to the writer */
	uint64_t known;	  /* roster version that it has heard of */
	struct commit_job *queue, **queue_end;
	size_t n_queue;
	struct news *news, **news_end;
	size_t n_news;
	enum commit_state state, writer_state; /* as the loop knows it, and the writer */
	enum ring_fake_fate next_append; /* of its ring */
	uint64_t mischief_at; /* index + 1 of an entry in its ring that waits for a start; 0: none */
	int64_t wall_offset_ms;
	char ids[SIM_IDS_MAX][RECORD_ID_MAX_BYTES + 1]; /* records of its own, some */
	unsigned n_ids;
};

struct sim_frame {
	struct sim_frame *next;
	struct buf bytes;
};

struct link_side {
	struct link *link;
	struct host *host;
	struct sync_peer *peer; /* once the other's hello was taken */
	uint64_t hello_roster;	/* the version that its hello named */
	bool full;		/* was told IMS_E_AGAIN */
	bool unaware;		/* the line is down, and it does not know */
	struct mono clogged;	/* until then nothing arrives here */
	struct sim_frame *inbox, **inbox_end;
	size_t n_inbox, inbox_bytes;
	struct buf old[SIM_OLD_FRAMES]; /* frames of earlier connections towards this side */
	unsigned n_old;
};

struct link {
	bool up, cut; /* cut: not to be opened */
	bool doomed; /* close it when nobody stands inside its code */
	struct link_side side[2];
};

/* Drawn from the seed: how rough this run is. */
struct profile {
	unsigned hosts, writes, burst, script;
	bool late;
	unsigned liar; /* number of the host that lies; hosts: nobody */
	bool forks;    /* and signs other histories */
	unsigned fault_weight, crash_percent; /* of faults: crashes; the rest are of the kinds below */
	bool kind[FAULT_COUNT];		      /* which happen at all */
	unsigned seal_percent, mischief_percent;
	size_t window_bytes, output_bytes, ring_bytes;
	int64_t quiet_ms, head_interval_ms;
};

struct sim_opts {
	unsigned nodes; /* 0: the seed decides */
	unsigned writes; /* 0: the seed decides */
	bool verbose, trace;
	bool hashed;  /* the hash of a run is wanted */
	FILE *record; /* each step goes there before it is done; may be NULL */
};

struct oracle;

struct sim {
	uint64_t seed;
	struct sim_opts o;
	struct profile p;
	struct rng draw; /* decides what happens next */
	struct rng rng;	 /* and within it */
	struct schedule done; /* of the rough times */
	struct host *acting;  /* whose code runs */
	struct mono now;
	struct federation federation;
	const struct federation *fed; /* that one */
	struct host host[SIM_HOSTS_MAX];
	struct link link[SIM_HOSTS_MAX][SIM_HOSTS_MAX]; /* [a][b], a < b */
	struct oracle *oracle;
	unsigned writes_left;
	bool healing;
	uint64_t hash, events;
	unsigned crashes, breaks, acked;
	unsigned n_restored, rolled_back, recovered, live, happened[FAULT_COUNT];
	bool failed, beyond_recovery; /* the latter: nobody has all that a node has signed */
	char missing[200], why[512];
};

/* ---- sim.c */
/* Run one seed. False: an invariant is broken, see sim->why. sim_fini() in any case. */
bool sim_run(struct sim *s, uint64_t seed, const struct sim_opts *o);
/* The same with these rough times. */
bool sim_replay(struct sim *s, const struct schedule *what, const struct sim_opts *o);
void sim_fini(struct sim *s);
/* The first failure ends the run. */
void sim_fail(struct sim *s, const char *what, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* Into the hash of the run, and shown with --trace. */
void sim_trace(struct sim *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* ---- steps.c */
/* What may happen next, one of it by chance; *ret_busy: something waits for a turn. */
void steps_draw(struct sim *s, struct step *ret, bool *ret_busy);
/* Do it, or nothing, where it does not apply any more. */
void steps_do(struct sim *s, const struct step *step);

/* ---- minimise.c */
/*
 * Run the seed; when it fails, take steps away, and make those that stay smaller, as long as it fails
 * in the same way. What is left is written to `path` (NULL: stdout). 0, or 1 when it does not fail.
 */
int minimise(uint64_t seed, const struct sim_opts *o, const char *path);

/* ---- host.c */
void host_init(struct sim *s, unsigned number);
/* Open store, ring, commit, bridge. Fails (the node stays down) when the disk does. */
void host_start(struct host *h);
/* Kill -9 and the end of its connections. */
void host_crash(struct host *h);
/* The line between what a process did and what it did not: called at each step within a turn. False:
 * it is dead, and nothing that its code does from here on has happened. */
bool host_lives(struct host *h);
/* It knows that its files are old, and nothing that it would have to sign goes on. */
bool host_is_rolled_back(const struct host *h);
/* `ims recover`, where it is: what peers hold comes back. */
bool host_may_recover(const struct host *h);
void host_recover(struct host *h);
void host_submit(struct host *h, struct commit_job *job);
/* The writer's turn over the first `max` jobs; the loop's turn over as many news. */
void host_run_writer(struct host *h, size_t max);
void host_run_loop(struct host *h, size_t max);
void host_tick_writer(struct host *h);
void host_tick_loop(struct host *h);
void host_commit_ops(struct host *h, struct commit_ops *ret);
void host_bridge_ops(struct host *h, struct bridge_ops *ret);
const char *host_origin(const struct host *h);
/* Its incarnation is over: it starts with the key of the next. */
bool host_may_renew(const struct host *h);
void host_renew(struct host *h);
void host_random(void *ctx, void *p, size_t n);

/* ---- chain.c */
/* The newest version that the store holds. */
void chain_find(struct host *h);
/* Does that one give it new keys? 1 or 0. */
unsigned chain_has_new_keys(const struct host *h);
/* After a loss its operator hands in the newest version before anything else, if that names a region which
 * the version it starts with does not, and which it would therefore not wait for (README). */
void chain_hand_in(struct host *h);
/* It has heard of a version: those up to it are handed in, one after the other. */
void chain_offer(struct host *h, uint64_t version);
/* The notes from a version on, to the other end. */
void chain_send(struct sim *s, struct link_side *to, uint64_t from_version);
void chain_on_notes(struct host *h, const struct msg_roster_notes *m);
bool chain_is_member(const struct host *me, const struct host *other);

#endif
