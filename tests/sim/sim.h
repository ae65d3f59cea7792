/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The simulator: a federation of real nodes (bridge, sync, commit, ledger, registry, roster) on
 * fakes of everything that is not a function: store and ring in memory, clocks, randomness, the
 * network between sessions, the writer's thread. One seed decides all of it.
 *
 *   sim.c       a run: what may happen next, one thing at a time, then healing and quiet
 *   members.c   who takes part: keys and rosters
 *   host.c      one node: start, crash, what its loop and its writer hand each other
 *   link.c      links: hellos, frames, order, breaks, replays, output that is full
 *   client.c    writes of the operators, good and bad
 *   mischief.c  entries that no honest node would write
 *   faults.c    what goes wrong
 *   liar.c      a node whose messages are bent
 *   oracle.c    what was promised and shown, watched while it happens
 *   checks.c    the invariants (DESIGN section 3), when all is quiet; checks_view.c of the view
 *
 * A node's loop and its writer take turns in any order: jobs wait in `queue` for the writer, news
 * in `news` for the loop, each in its own order.
 */
#ifndef SIM_SIM_H
#define SIM_SIM_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "peer/bridge.h"
#include "sim/ring_fake.h"
#include "sim/rng.h"
#include "view/commit.h"

#define SIM_HOSTS_MAX 5
#define SIM_OLD_FRAMES 6
#define SIM_IDS_MAX 48

/* ---- members.c */
struct member {
	char code[13], origin[64], name[64]; /* name: of the cosigner, <federation>/<code> */
	bool secretariat;
	struct note_signer delegation, log, cosigner, cosigner_note;
};

/* Rosters of n members. When the last of them is late, version 1 is without it. */
struct federation {
	unsigned n;
	bool late;
	struct member member[SIM_HOSTS_MAX];
	struct roster *roster[2];
	unsigned n_rosters;
};

#define SIM_FEDERATION "sim.example"

/* Made once, freed by federations_free(). */
const struct federation *federation_of(unsigned n, bool late);
void federations_free(void);
/* The member of an origin, n when there is none. */
unsigned federation_find(const struct federation *f, struct bytes origin);

/* ---- state */
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
	uint64_t size;
	enum commit_state state;
};

struct host {
	struct sim *sim;
	const struct member *who;
	unsigned number;
	bool exists; /* a late one does not from the start */
	bool up;
	bool dying;    /* being taken down: nothing it says or asks counts */
	bool fatal;    /* its disk has failed: to be taken down */
	bool bad_disk; /* it was, or will be, full at a commit */
	unsigned lives;
	char dir[16], path[16];
	struct store *store;
	struct ring *ring;
	struct commit *commit;
	struct bridge *bridge;
	const struct roster *roster;
	uint64_t offered; /* roster version handed to the writer */
	struct commit_job *queue, **queue_end;
	size_t n_queue;
	struct news *news, **news_end;
	size_t n_news;
	enum commit_state state;
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
	bool full;		/* was told IMS_E_AGAIN */
	struct sim_frame *inbox, **inbox_end;
	size_t n_inbox, inbox_bytes;
	struct buf old[SIM_OLD_FRAMES]; /* frames of earlier connections towards this side */
	unsigned n_old;
};

struct link {
	bool up, cut;
	bool doomed; /* close it when nobody stands inside its code */
	struct link_side side[2];
};

/* Drawn from the seed: how rough this run is. */
struct profile {
	unsigned hosts, burst;
	bool late;
	unsigned liar;			      /* number of the host that lies; hosts: nobody */
	unsigned fault_weight, crash_percent; /* of faults: crashes; the rest are cut lines and disks */
	unsigned seal_percent, mischief_percent;
	size_t window_bytes, output_bytes, ring_bytes;
	int64_t quiet_ms, head_interval_ms;
};

struct sim_opts {
	unsigned nodes; /* 0: the seed decides */
	unsigned steps; /* writes */
	bool verbose, trace;
};

struct oracle;

struct sim {
	uint64_t seed;
	struct sim_opts o;
	struct profile p;
	struct rng rng;
	struct mono now;
	const struct federation *fed;
	struct host host[SIM_HOSTS_MAX];
	struct link link[SIM_HOSTS_MAX][SIM_HOSTS_MAX]; /* [a][b], a < b */
	struct oracle *oracle;
	unsigned writes_left;
	bool healing;
	uint64_t hash, events;
	unsigned crashes, breaks, acked;
	bool failed;
	char missing[200], why[512];
};

/* ---- sim.c */
/* Run one seed. False: an invariant is broken, see sim->why. sim_fini() in any case. */
bool sim_run(struct sim *s, uint64_t seed, const struct sim_opts *o);
void sim_fini(struct sim *s);
/* The first failure ends the run. */
void sim_fail(struct sim *s, const char *what, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* Into the hash of the run, and shown with --trace. */
void sim_trace(struct sim *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* ---- host.c */
void host_init(struct sim *s, unsigned number);
/* Open store, ring, commit, bridge. Fails (the node stays down) when the disk does. */
void host_start(struct host *h);
/* Kill -9 and the end of its connections. */
void host_crash(struct host *h);
void host_submit(struct host *h, struct commit_job *job);
/* The writer's turn over the first `max` jobs; the loop's turn over as many news. */
void host_run_writer(struct host *h, size_t max);
void host_run_loop(struct host *h, size_t max);
void host_tick_writer(struct host *h);
void host_tick_loop(struct host *h);
/* Hand in version 2 of the roster, unless it is known. */
void host_offer_roster(struct host *h);

/* ---- link.c */
void link_init(struct sim *s);
void link_fini(struct sim *s);
struct link *link_of(struct sim *s, unsigned a, unsigned b);
struct link_side *link_other_side(struct link_side *side);
void link_connect(struct sim *s, struct link *l);
void link_break(struct sim *s, struct link *l);
void link_break_all_of(struct host *h);
int link_send(struct sim *s, struct link_side *from, const struct msg *m);
/* The next frame of a side's inbox. */
void link_deliver(struct sim *s, struct link_side *to);
/* Tell a side that its output has room again. */
void link_drain(struct sim *s, struct link_side *from);
bool link_may_drain(const struct sim *s, const struct link_side *from);
/* A frame of an earlier connection comes once more. */
void link_replay(struct sim *s, struct link_side *to);
void link_tell_roster(struct host *h);

/* ---- client.c, mischief.c, faults.c, liar.c */
void client_write(struct host *h);
/* The node is down: its ring gets an entry that its own code would not have made. */
void mischief(struct host *h);
void fault(struct sim *s);
/* No more of them: what was armed is taken back. */
void faults_end(struct sim *s);
void faults_init(struct sim *s);
/* msg_encode(), of a liar perhaps something else. */
int liar_encode(struct host *h, const struct msg *m, struct buf *out);
bool liar_is(const struct host *h);

/* ---- oracle.c */
struct oracle *oracle_new(struct sim *s);
void oracle_free(struct oracle *o);
/* Called by the node that did it. */
void oracle_started(struct host *h);
void oracle_published(struct host *h, const struct commit_group *g);
void oracle_completed(struct host *h, const struct commit_job *job);
void oracle_sent(struct host *from, struct host *to, const struct msg *m);
/* An entry of mischief: nobody needs to find sense in it. */
void oracle_expect_nonsense(struct host *h, uint64_t index);
/* What is known of entry `index` of a member's log. */
struct oracle_row {
	struct hash leaf, root; /* root: of the tree that ends with it */
	unsigned may_see;	/* bit of each member whose eyes the payload is for */
	bool limited;		/* it is for some only */
	bool acked, nonsense;
};
uint64_t oracle_size(const struct oracle *o, unsigned member);
const struct tile_edge *oracle_edge(const struct oracle *o, unsigned member);
const struct oracle_row *oracle_row(const struct oracle *o, unsigned member, uint64_t index);

/* ---- checks_view.c: one node's records and keys */
void checks_view(struct host *h, struct store_txn *t);

/* ---- checks.c */
/* All logs equal, nothing wanted that somebody has, all heads cosigned. NULL, or what is missing. */
const char *checks_not_quiet(struct sim *s);
void checks_run(struct sim *s);

#endif
