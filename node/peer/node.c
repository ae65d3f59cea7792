/* SPDX-License-Identifier: Apache-2.0 */
/* Life of the node on the network, and the joints to the bridge and the writer. */
#include "peer/node.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/mem.h"
#include "base/say.h"
#include "crypto/random.h"
#include "peer/node_int.h"

/* ---- the bridge's wishes */
static void op_submit(void *ctx, struct commit_job *job)
{
	struct node *n = ctx;

	writer_submit(n->writer, job);
}

static int op_send(void *ctx, void *session, const struct msg *m)
{
	(void)ctx;
	return session_send(session, m);
}

struct closing {
	struct node *node;
	uint64_t number;
	int err;
	char text[160];
};

/* Not from within replication's own call: its peer object is in use there. */
static void close_later(void *arg)
{
	struct closing *c = arg;
	struct session *s = session_find(c->node, c->number);

	if (s)
		session_close(s, c->err, c->text);
	free(c);
}

static void op_misbehaved(void *ctx, void *session, const char *origin, int err, const char *text)
{
	struct node *n = ctx;
	struct session *s = session;
	struct closing *c = mem_new(struct closing);

	session_note(s, JOURNAL_REJECTED, s->region, origin, 0, err, text);
	*c = (struct closing){.node = n, .number = s->number, .err = err};
	snprintf(c->text, sizeof(c->text), "%s %s", origin, text);
	loop_post(n->o.loop, close_later, c);
}

static void op_roster_behind(void *ctx, void *session, uint64_t their_version)
{
	(void)ctx;
	(void)their_version;
	chain_ask(session);
}

static void op_cosigned(void *ctx)
{
	struct node *n = ctx;
	struct replicated_wait **at = &n->waits;
	struct mono now = loop_now(n->o.loop);

	while (*at) {
		struct replicated_wait *w = *at;
		bool yes = sync_replicated_count(bridge_sync(n->bridge), w->index) >= n->roster->replicated_k;

		if (!yes && now.ns < w->until.ns) {
			at = &w->next;
			continue;
		}
		*at = w->next;
		w->fn(w->ctx, yes);
		free(w);
	}
}

static void op_alarm(void *ctx, const char *origin, int err, const char *text)
{
	(void)ctx;
	say(SAY_ERROR, "log", "%s: %s: %s", origin, ims_strerror(err), text);
}

static struct mono op_mono(void *ctx)
{
	struct node *n = ctx;

	return loop_now(n->o.loop);
}

static struct wall op_wall(void *ctx)
{
	(void)ctx;
	return clock_wall();
}

/* ---- the writer's news */
static void on_published(void *ctx, struct commit_group *g)
{
	struct node *n = ctx;

	if (n->bridge)
		bridge_published(n->bridge, g);
	else
		commit_group_unref(g);
}

static void on_committed(void *ctx, uint64_t own_size, uint64_t ring_seq)
{
	struct node *n = ctx;

	if (n->bridge)
		bridge_committed(n->bridge, own_size, ring_seq);
}

static void on_state(void *ctx, enum commit_state s, const char *reason)
{
	static const char *const names[] = {
		[COMMIT_READY] = "ready",
		[COMMIT_READ_ONLY] = "read-only",
		[COMMIT_ROLLED_BACK] = "rolled back",
		[COMMIT_RECOVERING] = "recovering: own entries are fetched back from peers",
		[COMMIT_CLOSED] = "closed",
	};
	struct node *n = ctx;

	n->state = s;
	if (n->bridge)
		bridge_set_state(n->bridge, s);
	snprintf(n->reason, sizeof(n->reason), "%s", reason);
	say(s == COMMIT_READY ? SAY_INFO : SAY_ERROR, "node", "%s%s%s", names[s], *reason ? ": " : "",
	    reason);
}

/* ---- connections */
static int on_accept(void *ctx, struct net_conn *c, const struct net_conn_ops **ret_ops, void **ret_ctx)
{
	struct node *n = ctx;
	struct session *s;

	if (n->stopping)
		return IMS_E_STOPPING;
	s = session_new(n, NULL);
	s->conn = c;
	*ret_ops = &session_ops;
	*ret_ctx = s;
	return 0;
}

static void on_tick(void *ctx)
{
	struct node *n = ctx;
	struct mono now = loop_now(n->o.loop);
	struct session *s, *next;

	OBJ_CHECK(n, NODE_MAGIC);
	for (s = n->sessions; s; s = next) {
		next = s->next;
		session_tick(s, now);
	}
	if (mono_ms_between(n->checked, now) >= NODE_CHECK_MS) { /* certificates end while in use */
		n->checked = now;
		for (s = n->sessions; s; s = next) {
			next = s->next;
			session_check(s);
		}
	}
	dial_tick(n, now);
	bridge_tick(n->bridge, now);
	op_cosigned(n);
	loop_timer_arm_ms(n->tick, NODE_TICK_MS);
}

static int listen_all(struct node *n, struct errtext *e)
{
	struct net_limits limits = net_limits_default;
	int err;

	limits.output_max_bytes = n->o.output_max_bytes;
	limits.stall_ms = n->o.dead_ms;
	err = net_listen(n->o.loop, n->o.listen, n->o.tls, &limits, n->o.max_connections, on_accept, n,
			 &n->listener, e);
	limits.stall_ms = net_limits_default.stall_ms;
	if (!err && n->o.control_socket)
		err = net_listen(n->o.loop, n->o.control_socket, NULL, &limits, n->o.max_connections,
				 on_accept, n, &n->control, e);
	return err;
}

static int start_bridge(struct node *n)
{
	struct bridge_opts bo = {
		.store = n->o.commit.store,
		.own_region = n->o.commit.region,
		.own_origin = n->o.commit.origin,
		.software = n->o.software,
		.window_bytes = n->o.window_bytes,
		.quota = n->o.quota,
		.documents_max_bytes = n->o.documents_max_bytes,
		.needs_all_heads = writer_needs_all_heads(n->writer),
		.ops = {op_submit, op_send, op_misbehaved, op_roster_behind, op_cosigned, op_alarm, op_mono,
			op_wall, n},
	};

	memcpy(bo.instance, ring_instance(n->o.commit.ring), sizeof(bo.instance));
	crypto_random(&bo.run, sizeof(bo.run));
	return bridge_new(&bo, n->roster, &n->bridge);
}

int node_new(const struct node_opts *o, struct node **ret, struct errtext *e)
{
	const struct writer_ops wo = {on_published, on_committed, on_state, NULL};
	struct node *n = mem_new(struct node);
	struct writer_ops ops = wo;
	int err;

	n->magic = NODE_MAGIC;
	n->o = *o;
	net_tls_ref(o->tls);
	net_tls_ref(o->tls_roster);
	n->roster = roster_ref(o->commit.roster);
	n->offered = roster_ref(o->commit.roster);
	ops.ctx = n;
	err = writer_new(o->loop, &o->commit, &ops, &n->writer, e);
	if (!err)
		err = start_bridge(n);
	if (!err)
		err = listen_all(n, e);
	if (err) {
		writer_stop(n->writer);
		loop_settle(o->loop); /* the writer's news of its start find nobody later */
		node_free(n);
		return err;
	}
	dial_set_roster(n);
	n->tick = loop_timer_new(o->loop, on_tick, n);
	loop_timer_arm_ms(n->tick, 0);
	*ret = n;
	return 0;
}

void node_leave(struct node *n)
{
	n->stopping = true;
	net_listener_free(n->listener);
	net_listener_free(n->control);
	n->listener = n->control = NULL;
	loop_timer_free(n->tick);
	n->tick = NULL;
	while (n->sessions) {
		struct session *s = n->sessions;

		if (s->kind == SESSION_OPENING) {
			net_conn_close(s->conn, 0);
			session_free(s);
		} else {
			session_close(s, IMS_E_STOPPING, "");
		}
	}
}

void node_stop(struct node *n)
{
	if (!n->stopping)
		node_leave(n);
	writer_stop(n->writer);
}

void node_free(struct node *n)
{
	if (!n)
		return;
	if (n->tick || n->listener)
		node_stop(n);
	while (n->waits) {
		struct replicated_wait *w = n->waits;

		n->waits = w->next;
		free(w);
	}
	writer_free(n->writer);
	bridge_free(n->bridge);
	roster_unref(n->roster);
	roster_unref(n->offered);
	net_tls_unref(n->o.tls);
	net_tls_unref(n->o.tls_roster);
	n->magic = 0;
	free(n);
}

void node_set_tls(struct node *n, struct net_tls *tls, struct net_tls *tls_roster)
{
	net_tls_ref(tls);
	net_tls_ref(tls_roster);
	net_tls_unref(n->o.tls);
	net_tls_unref(n->o.tls_roster);
	n->o.tls = tls;
	n->o.tls_roster = tls_roster;
	if (n->listener) /* not any more when the node leaves */
		net_listener_set_tls(n->listener, tls);
}

void node_reply(struct node *n, uint64_t session, uint64_t id, int err, const char *text, struct bytes body,
		bool more)
{
	struct session *s = session_find(n, session);
	struct msg m = {.type = MSG_REPLY};
	struct buf frame = {0};
	struct bytes part;

	if (!s)
		return;
	if (!more && s->requests)
		s->requests--;
	m.u.reply = (struct msg_reply){id, (uint32_t)-err, bytes_of(text), body, more};
	err = msg_encode(&m, &frame);
	if (err) { /* too large to say: say that instead */
		m.u.reply = (struct msg_reply){id, (uint32_t)-err, bytes_of("the answer is too large"),
					       BYTES_NONE, false};
		buf_clear(&frame);
		if (msg_encode(&m, &frame))
			buf_clear(&frame);
	}
	part = buf_bytes(&frame);
	if (net_conn_send(s->conn, &part, 1) == IMS_E_SLOW)
		session_close(s, IMS_E_SLOW, "");
	buf_fini(&frame);
}

struct bridge *node_bridge(struct node *n)
{
	return n->bridge;
}

const struct roster *node_roster(const struct node *n)
{
	return n->roster;
}

const struct node_opts *node_options(const struct node *n)
{
	return &n->o;
}

/* After an override nothing is signed before peers have shown their heads anew. */
void node_overridden(struct node *n, int err)
{
	struct session *s, *next;

	bridge_overridden(n->bridge, err);
	for (s = n->sessions; s && !err; s = next) {
		next = s->next;
		if (s->kind == SESSION_NODE)
			session_close(s, IMS_E_AGAIN, "this node starts over after an operator's override");
	}
}

void node_submit(struct node *n, struct commit_job *job)
{
	writer_submit(n->writer, job);
}

void node_count(struct node *n, struct turns_count ret[TURNS_KINDS])
{
	writer_count(n->writer, ret);
}

enum commit_state node_state(const struct node *n, const char **ret_reason)
{
	*ret_reason = n->reason;
	return n->state;
}

bool node_is_member(const struct node *n)
{
	return roster_region(n->roster, bytes_of(n->o.commit.region)) != NULL;
}

const char *node_address(const struct node *n)
{
	return n->listener ? net_listener_address(n->listener) : "";
}

void node_wait_replicated(struct node *n, uint64_t index, int64_t timeout_ms, node_replicated_fn *fn,
			  void *ctx)
{
	struct replicated_wait *w = mem_new(struct replicated_wait);

	*w = (struct replicated_wait){n->waits, index, mono_plus_ms(loop_now(n->o.loop), timeout_ms), fn,
				      ctx};
	n->waits = w;
	op_cosigned(n);
}
