/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One connection, from handshake to goodbye.
 *
 *   accepted or dialled ── on_open() ── who is it? ──┬─ not welcome ─> Bye, journal, close
 *        ├─ local socket, operator, auditor ─> CLIENT
 *        ├─ ALPN ims-roster/1 ─> ROSTER: the chain and nothing else
 *        └─ node ─> OPENING ── hello both ways ── NODE, a peer of replication
 *
 * Two nodes keep one session: of two of the same direction the newer stays, of two of opposite
 * directions the one that the smaller region code dialled.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/mem.h"
#include "base/say.h"
#include "base/text.h"
#include "crypto/random.h"
#include "peer/node_int.h"

struct session *session_new(struct node *n, struct dial *d)
{
	struct session *s = mem_new(struct session);
	uint8_t id[8];

	s->magic = SESSION_MAGIC;
	s->node = n;
	s->dial = d;
	s->number = ++n->next_session;
	s->opened = s->last_heard = loop_now(n->o.loop);
	s->round_trip_us = -1;
	crypto_random(id, sizeof(id));
	hex_put(s->id, BYTES(id, sizeof(id)));
	if (d)
		memcpy(s->region, d->region, sizeof(s->region));
	s->next = n->sessions;
	n->sessions = s;
	places_enter(s);
	return s;
}

void session_free(struct session *s)
{
	struct session **at = &s->node->sessions;

	while (*at && *at != s)
		at = &(*at)->next;
	CHECK(*at == s);
	*at = s->next;
	places_leave(s);
	if (s->peer)
		sync_peer_down(bridge_sync(s->node->bridge), s->peer);
	if (s->ping_fn)
		s->ping_fn(s->ping_ctx, IMS_E_CLOSED, 0);
	if (s->dial && s->dial->session == s)
		s->dial->session = NULL;
	s->magic = 0;
	free(s);
}

struct session *session_of(const struct node *n, const char *region)
{
	for (struct session *s = n->sessions; s; s = s->next)
		if (s->kind == SESSION_NODE && s->hello_taken && strcmp(s->region, region) == 0)
			return s;
	return NULL;
}

/* Region, client name, or address: whoever the log lines are about. */
static const char *who(const struct session *s)
{
	const struct net_ident *i = s->conn ? net_conn_ident(s->conn) : NULL;

	return s->region[0] ? s->region : s->name[0] ? s->name : i ? i->address : "?";
}

int session_send(struct session *s, const struct msg *m)
{
	struct buf frame = {0};
	struct bytes part;
	int err = msg_encode(m, &frame);

	part = buf_bytes(&frame);
	if (!err)
		err = net_conn_send(s->conn, &part, 1);
	else
		say(SAY_ERROR, "peer", "%s: cannot encode message %d: %s", who(s), m->type, ims_strerror(err));
	buf_fini(&frame);
	if (err == IMS_E_SLOW) /* the caller may be in the middle of this peer's work: not closed here */
		s->overflown = true;
	return err;
}

static void say_goodbye(struct session *s, int err, const char *text)
{
	struct msg m = {.type = MSG_BYE};

	m.u.bye = (struct msg_bye){(uint32_t)-err, bytes_of(text)};
	session_send(s, &m);
}

void session_close(struct session *s, int err, const char *text)
{
	bool ready = s->kind == SESSION_NODE && s->hello_taken;
	enum say_level level = err == IMS_E_STOPPING || err == IMS_E_DUPLICATE_SESSION || s->kind == SESSION_ROSTER
				       ? SAY_DEBUG
				       : SAY_WARN;

	OBJ_CHECK(s, SESSION_MAGIC);
	if (s->closing)
		return;
	s->closing = true;
	if (session_may_say(s))
		say(level, "peer", "%s: closing: %s%s%s", who(s), ims_strerror(err), *text ? ": " : "", text);
	if (s->kind != SESSION_CLIENT || net_conn_ident(s->conn)->is_local == false)
		say_goodbye(s, err, text);
	if (s->kind != SESSION_CLIENT)
		session_note(s, ready ? JOURNAL_SESSION_CLOSE : JOURNAL_REFUSED, who(s), "", 0, err, text);
	net_conn_close(s->conn, BYE_LINGER_MS);
	if (s->dial)
		dial_ended(s->dial, err, text, ready);
	session_free(s);
}

/* ---- who is it? */
static int identify(struct session *s, const struct net_ident *i, struct roster_identity *ret, struct errtext *e)
{
	const struct net_ident *self = net_tls_self(s->node->o.tls);
	int err;

	if (i->defect)
		return errtext_set(e, i->defect, "%s", i->uri);
	if (hash_eq(&i->spki, &self->spki))
		return errtext_set(e, IMS_E_CERT_SELF, "%s is this node's own certificate", i->uri);
	err = roster_identify(s->node->roster, i->uri, &i->spki, ret, e);
	if (err)
		return err;
	if (s->dial && (ret->role != ROSTER_ROLE_NODE || strcmp(ret->region->code, s->dial->region) != 0))
		return errtext_set(e, IMS_E_CERT_REGION, "dialled %s, met %s", s->dial->region, i->uri);
	if (ret->role == ROSTER_ROLE_NODE && strcmp(ret->region->code, s->node->o.commit.region) == 0)
		return errtext_set(e, IMS_E_CERT_SELF, "%s is of this node's own region", i->uri);
	if (ret->role != ROSTER_ROLE_NODE && strcmp(ret->region->code, s->node->o.commit.region) != 0)
		return errtext_set(e, IMS_E_CERT_REGION, "%s is for the node of %s, this is the node of %s", i->uri,
				   ret->region->code, s->node->o.commit.region);
	return 0;
}

static void admit(struct session *s, const struct roster_identity *id)
{
	if (id->role == ROSTER_ROLE_NODE) {
		memcpy(s->region, id->region->code, sizeof(s->region));
		s->kind = SESSION_NODE;
		if (places_take(s))
			session_send_hello(s);
		return;
	}
	s->kind = SESSION_CLIENT;
	s->role = id->role == ROSTER_ROLE_OPERATOR ? ROLE_OPERATOR : ROLE_AUDITOR;
	snprintf(s->name, sizeof(s->name), "%s", id->name);
	if (!places_take(s))
		return;
	session_note(s, JOURNAL_SESSION_OPEN, s->name, "", 0, 0, s->role == ROLE_OPERATOR ? "operator" : "auditor");
}

static void on_open(void *ctx, struct net_conn *c, const struct net_ident *i)
{
	struct session *s = ctx;
	struct roster_identity id;
	struct errtext why = {""};
	int err;

	OBJ_CHECK(s, SESSION_MAGIC);
	s->conn = c;
	s->last_heard = loop_now(s->node->o.loop);
	if (i->is_local) {
		s->kind = SESSION_CLIENT;
		s->role = ROLE_LOCAL;
		snprintf(s->name, sizeof(s->name), "local");
		return;
	}
	if (strcmp(i->alpn, "ims-roster/1") == 0) {
		s->kind = SESSION_ROSTER;
		if (s->dial)
			chain_ask(s);
		else
			places_take(s);
		return;
	}
	err = identify(s, i, &id, &why);
	if (!err) {
		admit(s, &id);
		return;
	}
	if (session_may_say(s))
		say(SAY_WARN, "peer", "%s: refused %s: %s (%s)", s->dial ? s->dial->region : i->address, i->uri,
		    ims_strerror(err), why.text);
	if (s->dial && (err == IMS_E_CERT_PIN || err == IMS_E_CERT_REGION))
		s->dial->want_chain = true; /* perhaps it is our roster that is old */
	session_close(s, err, why.text);
}

void session_check(struct session *s)
{
	struct roster_identity id;
	struct errtext why = {""};
	const struct net_ident *i = s->conn ? net_conn_ident(s->conn) : NULL;
	int err;

	if (!i || i->is_local || s->kind == SESSION_ROSTER || s->kind == SESSION_OPENING)
		return;
	err = identify(s, i, &id, &why);
	if (!err && s->kind == SESSION_NODE && strcmp(id.region->code, s->region) != 0)
		err = IMS_E_CERT_REGION;
	if (!err && i->not_after_s * 1000 < clock_wall().ms)
		err = IMS_E_CERT_EXPIRED;
	if (err)
		session_close(s, err, why.text);
}

void session_send_hello(struct session *s)
{
	struct msg m = {.type = MSG_HELLO};
	struct arena a;

	arena_init(&a, 8u << 20);
	sync_hello(bridge_sync(s->node->bridge), s->region, &a, &m.u.hello);
	s->hello_roster = m.u.hello.roster_version;
	session_send(s, &m);
	arena_fini(&a);
}

/* ---- life */
static void on_bytes(void *ctx, struct net_conn *c)
{
	struct session *s = ctx;
	struct dial *d = s->dial ? s->dial : dial_find(s->node, s->region); /* whoever of the two has dialled */

	(void)c;
	OBJ_CHECK(s, SESSION_MAGIC);
	s->last_heard = loop_now(s->node->o.loop);
	if (d) {
		d->heard = true;
		d->last_heard = s->last_heard;
	}
	dispatch_input(s);
}

static void on_drain(void *ctx, struct net_conn *c)
{
	struct session *s = ctx;

	(void)c;
	OBJ_CHECK(s, SESSION_MAGIC);
	if (s->peer)
		sync_peer_drained(bridge_sync(s->node->bridge), s->peer);
}

static void on_gone(void *ctx, struct net_conn *c, int err, const char *text)
{
	struct session *s = ctx;
	bool ready = s->kind == SESSION_NODE && s->hello_taken;

	OBJ_CHECK(s, SESSION_MAGIC);
	s->conn = c;
	if (s->kind != SESSION_CLIENT && s->kind != SESSION_ROSTER &&
	    !(s->dial && err == IMS_E_UNREACHABLE) && session_may_say(s))
		say(ready ? SAY_INFO : SAY_WARN, "peer", "%s: connection gone: %s (%s)", who(s), ims_strerror(err),
		    text);
	if (ready)
		session_note(s, JOURNAL_SESSION_CLOSE, s->region, "", 0, err == IMS_E_CLOSED ? 0 : err, text);
	else if (s->kind == SESSION_OPENING && !s->dial)
		session_note(s, JOURNAL_REFUSED, who(s), "", 0, err, text);
	if (s->dial)
		dial_ended(s->dial, err, text, ready);
	session_free(s);
}

const struct net_conn_ops session_ops = {on_open, on_bytes, on_drain, on_gone};

void session_ping(struct session *s, struct mono now)
{
	struct msg m = {.type = MSG_PING};

	crypto_random(&s->ping_nonce, sizeof(s->ping_nonce));
	m.u.ping.nonce = s->ping_nonce;
	s->ping_sent = now;
	session_send(s, &m);
}

void session_tick(struct session *s, struct mono now)
{
	int64_t silent_ms = mono_ms_between(s->last_heard, now);

	if (s->overflown) {
		session_close(s, IMS_E_SLOW, "too much output waits for it");
		return;
	}
	if (s->kind == SESSION_CLIENT)
		return;
	if (s->paced && !pace_holds(s, now)) {
		dispatch_resume(s);
		return;
	}
	if (s->kind != SESSION_NODE || !s->hello_taken) {
		if (mono_ms_between(s->opened, now) > s->node->o.dead_ms && s->conn && net_conn_ident(s->conn) &&
		    s->kind != SESSION_OPENING)
			session_close(s, IMS_E_TIMEOUT, "no hello");
		return;
	}
	if (silent_ms > s->node->o.dead_ms || clone_is_silent(s, now))
		session_close(s, IMS_E_TIMEOUT, "silent for too long");
	else if (silent_ms > s->node->o.ping_ms && mono_ms_between(s->ping_sent, now) > s->node->o.ping_ms)
		session_ping(s, now);
}

void node_ping(struct node *n, const char *region, node_ping_fn *fn, void *ctx)
{
	struct session *s = session_of(n, region);

	if (!s || s->ping_fn) {
		fn(ctx, s ? IMS_E_AGAIN : IMS_E_UNREACHABLE, 0);
		return;
	}
	s->ping_fn = fn;
	s->ping_ctx = ctx;
	session_ping(s, clock_mono());
}
