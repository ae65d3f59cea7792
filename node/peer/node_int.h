/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shared by node.c (life, state), session.c (one connection), places.c (how many), pace.c (how fast),
 * limits.c (both, for status), dispatch.c (messages), dial.c (connecting out), clone.c (two processes
 * with one key), chain.c (the roster), notes.c (journal rows), peers.c (status, pings).
 */
#ifndef PEER_NODE_INT_H
#define PEER_NODE_INT_H

#include "base/bucket.h"
#include "peer/node.h"
#include "wire/frame.h"

#define NODE_MAGIC 0x4e4f4445u
#define SESSION_MAGIC 0x53455353u
#define NODE_TICK_MS 100
#define NODE_CHECK_MS 60000
#define DISPATCH_MAX 64			/* messages a session may handle in one wake-up */
#define DISPATCH_MAX_US 1000		/* and for how long, but one */
#define CLIENT_REQUESTS_MAX 4096	/* unanswered, of one client */
#define BYE_LINGER_MS 2000
#define ROSTER_SESSIONS_MAX 32		/* of strangers that ask for the roster */
#define REGION_OPENING_MAX 4		/* of one region, accepted and without a hello */
#define SESSION_SLOTS 1024

/* Journal rows about one region's sessions, or all strangers'. */
struct note_budget {
	unsigned used;
	struct mono since;
	uint64_t left_out;	/* rows, since the last one that was written */
};

/* Two processes with one region's key were seen: when last, and by which region. */
struct clone_seen {
	bool seen;
	struct mono at;
	char by[13];
};

enum session_kind { SESSION_OPENING, SESSION_NODE, SESSION_CLIENT, SESSION_ROSTER };

struct session {
	unsigned magic;
	struct session *next, *same_slot;
	struct node *node;
	struct net_conn *conn;
	uint64_t number;
	char id[17];			/* hex, in the journal */
	enum session_kind kind;
	uint64_t hello_roster;	/* the version that my hello named */
	bool hello_taken, resume_posted, closing, paced;
	bool overflown;		/* a message was too much for its output, and is lost: the next tick closes it */
	/* a node */
	char region[13];
	struct dial *dial;		/* that made it; NULL: accepted */
	struct sync_peer *peer;
	uint64_t run;			/* which process it is, as its hello says */
	uint8_t instance[16];
	bool doubted, vouched;		/* another process has come as this region; this one has answered since */
	struct mono doubted_at;
	/* a client */
	enum client_role role;
	char name[64];
	unsigned requests;
	/* life */
	struct mono opened, last_heard, ping_sent;
	uint64_t ping_nonce;
	int64_t round_trip_us;
	node_ping_fn *ping_fn;
	void *ping_ctx;
};

/* Connecting to one region. */
struct dial {
	char region[13];
	struct session *session;	/* in progress or established, made by this dial */
	struct mono next_at;
	int64_t backoff_ms;
	size_t address;			/* which of the region's addresses is next */
	bool want_chain;		/* the next one asks for the roster only */
	int last_err;
	char reason[160];
	struct mono last_heard;
	bool heard, refused;
	struct note_budget notes;
	struct bucket cpu;		/* microseconds of the loop for its messages: pace.c */
	uint64_t n_paced;
	struct mono paced_at;
	struct clone_seen clone;
	bool refuses_copy;		/* it has a session with another process of this node's region */
};

struct replicated_wait {
	struct replicated_wait *next;
	uint64_t index;
	struct mono until;
	node_replicated_fn *fn;
	void *ctx;
};

struct node {
	unsigned magic;
	struct node_opts o;
	struct bridge *bridge;
	struct writer *writer;
	const struct roster *roster;	/* in force */
	const struct roster *offered;	/* newest handed to the writer; == roster when none is */
	struct session *sessions, *by_number[SESSION_SLOTS];
	uint64_t turned_away[SESSION_ROSTER + 1];	/* by kind */
	uint64_t next_session;
	struct dial dials[ROSTER_REGIONS_MAX];
	size_t n_dials;
	struct net_listener *listener, *control;
	struct loop_timer *tick;
	enum commit_state state;
	char reason[240];
	struct replicated_wait *waits;
	struct note_budget stranger_notes, client_notes;
	struct mono checked;			/* when the sessions' certificates were looked at last */
	bool stopping;
	struct clone_seen clone;		/* of this node */
};

/* session.c */
extern const struct net_conn_ops session_ops;
struct session *session_new(struct node *n, struct dial *d);
void session_free(struct session *s);
/* The ready session with a region, NULL if there is none. */
struct session *session_of(const struct node *n, const char *region);
int session_send(struct session *s, const struct msg *m);
/* Say why, journal it, close. s is freed. */
void session_close(struct session *s, int err, const char *text);
void session_tick(struct session *s, struct mono now);
/* Still welcome under the roster in force? Closes it if not. */
void session_check(struct session *s);
void session_send_hello(struct session *s);
void session_ping(struct session *s, struct mono now);

/* places.c */
struct session *session_find(struct node *n, uint64_t number);
void places_enter(struct session *s);
void places_leave(struct session *s);
/* This session has become what it is: is there room for one more? The oldest has to go, or this one
 * (false: it is closed and gone). */
bool places_take(struct session *s);
unsigned places_count(const struct node *n, enum session_kind kind);
unsigned places_max(const struct node *n, enum session_kind kind);

/* pace.c: may this session's messages be handled now? If not, session_tick() looks again. */
void pace_start(struct dial *d, unsigned cpu_percent, struct mono now);
bool pace_holds(struct session *s, struct mono now);
/* Of whose time it is; NULL: not a node's. Valid as long as the node. */
struct dial *pace_of(struct session *s);
void pace_charge(struct dial *d, int64_t us);
/* Was it held a moment ago? */
bool pace_is_shown(const struct dial *d, struct mono now);

/* notes.c: may a log line about this session be written? As long as its budget of rows lasts. */
bool session_may_say(struct session *s);
/* A row about this session, if its budget allows; text need not be whole. */
void session_note(struct session *s, enum journal_event ev, const char *peer, const char *origin, uint64_t bytes,
		  int err, const char *text);

/* dispatch.c: handle what stands in the connection's input. s may be freed by it. */
void dispatch_input(struct session *s);
/* The same from the loop, in a moment. */
void dispatch_resume(struct session *s);

/* dial.c */
void dial_set_roster(struct node *n);
void dial_tick(struct node *n, struct mono now);
struct dial *dial_find(struct node *n, const char *region);
/* The session of a dial has ended: when to try again. */
void dial_ended(struct dial *d, int err, const char *text, bool was_ready);

/* clone.c. True when another process than the newcomer speaks for its region, or may: s is then closed. */
bool clone_is_sent_away(struct session *s, const struct msg_hello *h);
/* It was asked for a sign of life because another one has come, and gave none in time. */
bool clone_is_silent(const struct session *s, struct mono now);
/* The peer says that another process runs with this node's key. */
void clone_on_told(struct session *s, const char *text);
/* The peer refused this process for that reason; and, when it goes on after the hello, no more. */
void clone_on_refused(struct session *s);
void clone_on_welcome(struct session *s);
/* How long ago two processes of this region were seen, -1: never. */
int64_t clone_of_peer_ms(const struct node *n, const struct dial *d);

/* chain.c */
void chain_on_fetch(struct session *s, const struct msg_roster_fetch *m);
void chain_on_notes(struct session *s, const struct msg_roster_notes *m);
void chain_ask(struct session *s);

#endif
