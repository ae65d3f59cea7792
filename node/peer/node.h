/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The node on the network: listeners, sessions with other nodes and clients, dialling, the
 * roster in force, and the writer behind them. Who the clients' verbs are answered by is
 * registered from above (ctl/). Loop's thread only.
 */
#ifndef PEER_NODE_H
#define PEER_NODE_H

#include "loop/loop.h"
#include "net/net.h"
#include "peer/bridge.h"
#include "peer/writer.h"

struct node;

/* Who a client is; bits, as verbs.def joins them. */
enum client_role { ROLE_LOCAL = 1, ROLE_OPERATOR = 2, ROLE_AUDITOR = 4 };

struct client {
	uint64_t session;	/* number of the session; it may be gone when the answer is ready */
	enum client_role role;
	const char *name;	/* operator's or auditor's name; "local"; valid during the call */
};
typedef void node_request_fn(void *ctx, const struct client *c, uint64_t id, uint32_t verb, struct bytes body);

struct node_opts {
	struct loop *loop;
	struct commit_opts commit;	/* without ops */
	struct net_tls *tls;		/* one certificate: server and, with ims/1, client */
	struct net_tls *tls_roster;	/* the same certificate, offering ims-roster/1 only */
	const char *listen, *control_socket, *bind_ip, *software;
	unsigned max_connections;
	size_t output_max_bytes, window_bytes;
	struct sync_quota quota;		/* of each other region's log */
	uint64_t documents_max_bytes;		/* of the documents of one other region; 0: no limit */
	unsigned peer_cpu_percent;		/* of the loop, that one peer may take; 0: no limit */
	int64_t ping_ms, dead_ms, reconnect_min_ms, reconnect_max_ms;
	node_request_fn *request;
	void *request_ctx;
};

/* Opens the writer, the listeners and the control socket, begins to dial. Strings are borrowed
 * for the node's life. Errors: those of commit_open(), bridge_new(), net_listen(). */
IMS_MUST_CHECK int node_new(const struct node_opts *o, struct node **ret, struct errtext *e);
/* Take no new connections, say goodbye to everybody; the loop must run on for a moment so that
 * the goodbyes are written. */
void node_leave(struct node *n);
/* Leave, if that was not done; finish what is queued, commit. Then node_free(). */
void node_stop(struct node *n);
void node_free(struct node *n);
/* New certificate for later handshakes. */
void node_set_tls(struct node *n, struct net_tls *tls, struct net_tls *tls_roster);

/* Answer a request. Nothing happens when its session is gone. */
void node_reply(struct node *n, uint64_t session, uint64_t id, int err, const char *text, struct bytes body,
		bool more);

/* Journal that a client's request was refused; many are counted, not written one by one. */
void node_note_refused(struct node *n, const struct client *c, uint64_t bytes, int err, const char *text);

struct bridge *node_bridge(struct node *n);
const struct roster *node_roster(const struct node *n);
const struct node_opts *node_options(const struct node *n);
/* Queue a job for the writer. */
void node_submit(struct node *n, struct commit_job *job);
/* What waits for the writer. */
void node_count(struct node *n, struct turns_count ret[TURNS_KINDS]);
enum commit_state node_state(const struct node *n, const char **ret_reason);
/* False while the roster in force does not know this region. */
bool node_is_member(const struct node *n);
const char *node_address(const struct node *n);

/* An operator's override has been carried out, or has failed: bridge_overridden(), and every peer says
 * hello anew. */
void node_overridden(struct node *n, int err);

/* Hand in a roster version: checked, stored, put in force, passed on. `done` is called once. */
typedef void node_roster_fn(void *ctx, int err, const char *text);
void node_offer_roster(struct node *n, struct bytes note, node_roster_fn *done, void *ctx);

/* Call fn(ctx) once, when `index` of the own log is replicated as the roster demands (true) or
 * timeout_ms have passed (false). */
typedef void node_replicated_fn(void *ctx, bool replicated);
void node_wait_replicated(struct node *n, uint64_t index, int64_t timeout_ms, node_replicated_fn *fn, void *ctx);

/* Everything that is bounded: in use now, at most (0: counted only), times that somebody met the bound. */
struct node_limit {
	const char *name;
	uint64_t used, max, hits;
};
#define NODE_LIMITS_MAX 16
struct node_limits {
	struct node_limit limit[NODE_LIMITS_MAX];
	size_t n;
};
void node_limits(struct node *n, struct node_limits *ret);

/* Other regions, for status. */
struct node_peer_info {
	const char *region;
	const char *state;		/* DESIGN section 9 */
	const char *reason, *address, *direction;
	uint64_t lag_entries, bytes_in, bytes_out;
	int64_t clone_ms;		/* since two processes with its key were seen; -1 never */
	int64_t lag_ms, last_heard_ms, certificate_days, round_trip_us;
};
size_t node_peer_count(const struct node *n);
void node_peer_at(struct node *n, size_t i, struct node_peer_info *ret);
/* Since a peer said that another process runs with this node's key; -1 never. */
int64_t node_clone_ms(const struct node *n, const char **ret_by);
/* More than half of the regions refuse this process, since another one speaks for its region: what it
 * acknowledged would be lost with it, so it is not to take writes. */
bool node_is_refused_as_copy(const struct node *n);
/* Ping a peer now; fn gets the round trip, or a negative error. */
typedef void node_ping_fn(void *ctx, int err, int64_t round_trip_us);
void node_ping(struct node *n, const char *region, node_ping_fn *fn, void *ctx);

#endif
