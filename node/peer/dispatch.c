/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From bytes to handlers: frame, row of messages.def (who may send it, when), message, handler.
 * Whatever breaks a rule closes this session and nothing else (inv. 12).
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/mem.h"
#include "base/say.h"
#include "peer/node_int.h"
#include "wire/codec.h"

static bool may_send(const struct session *s, const struct msg_info *row)
{
	switch (row->who) {
	case MSG_WHO_NODE:
		return s->kind == SESSION_NODE;
	case MSG_WHO_ROSTER:
		return s->kind == SESSION_NODE || s->kind == SESSION_ROSTER;
	case MSG_WHO_CLIENT:
		return s->kind == SESSION_CLIENT;
	case MSG_WHO_ANY:
		return s->kind != SESSION_OPENING;
	}
	return false;
}

static bool may_send_now(const struct session *s, const struct msg_info *row)
{
	return row->when == MSG_WHEN_ALWAYS ||
	       (row->when == MSG_WHEN_OPENING ? !s->hello_taken : s->hello_taken);
}

/* ---- handlers: true when the session is still there */
static bool other_session_stays(struct session *s)
{
	struct session *old = session_of(s->node, s->region);
	bool i_am_smaller = strcmp(s->node->o.commit.region, s->region) < 0;

	if (!old || old == s)
		return false;
	if ((old->dial != NULL) == (s->dial != NULL) || (s->dial != NULL) == i_am_smaller) {
		session_close(old, IMS_E_DUPLICATE_SESSION, "");
		return false;
	}
	return true;
}

static bool on_hello(struct session *s, const struct msg_hello *h)
{
	struct node *n = s->node;
	struct sync *sync = bridge_sync(n->bridge);
	uint64_t number = s->number;

	if (h->version != 1) {
		session_close(s, IMS_E_VERSION, "");
		return false;
	}
	if (!bytes_eq_text(h->federation, n->roster->federation)) {
		session_close(s, IMS_E_FEDERATION, "");
		return false;
	}
	if (!bytes_eq_text(h->region, s->region)) {
		session_close(s, IMS_E_CERT_REGION, "its hello names another region");
		return false;
	}
	if (h->roster_version == n->roster->version && !hash_eq(&h->roster_hash, &n->roster->hash)) {
		session_close(s, IMS_E_ROSTER, "the same version with another text");
		return false;
	}
	if (clone_is_sent_away(s, h))
		return false;
	if (other_session_stays(s)) {
		session_close(s, IMS_E_DUPLICATE_SESSION, "");
		return false;
	}
	s->hello_taken = true;
	say(SAY_INFO, "peer", "%s: session open (%s, roster %llu, %.*s)", s->region, s->dial ? "out" : "in",
	    (unsigned long long)h->roster_version, (int)h->software.n, (const char *)h->software.p);
	session_note(s, JOURNAL_SESSION_OPEN, s->region, "", 0, 0, s->dial ? "out" : "in");
	if (s->dial) {
		s->dial->backoff_ms = 0;
		s->dial->refused = false;
		s->dial->reason[0] = '\0';
	}
	s->peer = sync_peer_up(sync, s, s->region, loop_now(n->o.loop));
	/* Put in force since: sessions with both hellos are told, before any head that is by its keys. */
	if (n->roster->version > s->hello_roster)
		chain_on_fetch(s, &(struct msg_roster_fetch){s->hello_roster + 1});
	if (!session_find(n, number))
		return false;
	sync_on_hello(sync, s->peer, h, loop_now(n->o.loop));
	if (!session_find(n, number))
		return false;
	bridge_heads_shown(n->bridge);
	return true;
}

static void on_ping(struct session *s, const struct msg_ping *p)
{
	struct msg m = {.type = MSG_PING, .u.ping = {.nonce = p->nonce, .reply = true}};
	node_ping_fn *fn = s->ping_fn;

	if (!p->reply) {
		if (p->alarm == (uint32_t)-IMS_E_CLONE && s->kind == SESSION_NODE)
			clone_on_told(s, "another process was refused over there");
		session_send(s, &m);
		return;
	}
	if (p->nonce != s->ping_nonce)
		return;
	s->round_trip_us = (clock_mono().ns - s->ping_sent.ns) / 1000;
	s->ping_fn = NULL;
	s->vouched = true;
	if (fn)
		fn(s->ping_ctx, 0, s->round_trip_us);
}

static void on_bye(struct session *s, const struct msg_bye *b)
{
	const struct ims_error *why = ims_error(-(int)(b->code & 0xffff));
	bool ready = s->kind == SESSION_NODE && s->hello_taken;
	char text[160];

	snprintf(text, sizeof(text), "it says: %s%s%.*s", why->text, b->text.n ? ": " : "",
		 (int)(b->text.n < 100 ? b->text.n : 100), (const char *)b->text.p);
	if (why->code != IMS_E_DUPLICATE_SESSION)
		say(SAY_WARN, "peer", "%s: %s", s->region[0] ? s->region : s->name, text);
	if (s->kind == SESSION_NODE && why->code == IMS_E_CLONE)
		clone_on_refused(s);
	else if (s->kind == SESSION_NODE)
		session_note(s, ready ? JOURNAL_SESSION_CLOSE : JOURNAL_REFUSED, s->region, "", 0, why->code, text);
	if (s->dial) {
		/* Refused for who we are: the roster over there may be newer, and so be ours to fetch. */
		if (why->code == IMS_E_CERT_PIN || why->code == IMS_E_CERT_REGION)
			s->dial->want_chain = true;
		dial_ended(s->dial, why->code, text, ready);
		s->dial->refused = ims_error(why->code)->exit_code == 6;
	}
	net_conn_close(s->conn, 0);
	session_free(s);
}

static bool on_request(struct session *s, const struct msg_request *r)
{
	const struct client c = {s->number, s->role, s->name};
	uint64_t number = s->number;
	struct node *n = s->node;

	if (s->requests >= CLIENT_REQUESTS_MAX) {
		session_close(s, IMS_E_LIMIT, "too many requests without an answer");
		return false;
	}
	s->requests++;
	n->o.request(n->o.request_ctx, &c, r->id, r->verb, r->body);
	return session_find(n, number) != NULL;
}

static bool on_replication(struct session *s, const struct msg *m)
{
	struct node *n = s->node;
	uint64_t number = s->number;
	struct errtext why = {""};
	int err = sync_on_message(bridge_sync(n->bridge), s->peer, m, loop_now(n->o.loop), &why);

	if (!session_find(n, number))
		return false;
	if (!err)
		return true;
	session_note(s, JOURNAL_REJECTED, s->region, "", 0, err, why.text);
	session_close(s, err, why.text);
	return false;
}

static bool handle(struct session *s, const struct msg *m)
{
	uint64_t number = s->number;
	struct node *n = s->node;

	if (m->type != MSG_BYE)
		clone_on_welcome(s); /* it had taken my hello */
	switch (m->type) {
	case MSG_HELLO:
		return on_hello(s, &m->u.hello);
	case MSG_ROSTER_FETCH:
		chain_on_fetch(s, &m->u.roster_fetch);
		return session_find(n, number) != NULL;
	case MSG_ROSTER_NOTES:
		chain_on_notes(s, &m->u.roster_notes);
		return session_find(n, number) != NULL;
	case MSG_PING:
		on_ping(s, &m->u.ping);
		return true;
	case MSG_BYE:
		on_bye(s, &m->u.bye);
		return false;
	case MSG_REQUEST:
		return on_request(s, &m->u.request);
	case MSG_REPLY:
		session_close(s, IMS_E_STATE, "a reply that nobody asked for");
		return false;
	default:
		return on_replication(s, m);
	}
}

/* One frame: true when the session is still there. */
static bool take_frame(struct session *s, const struct frame *f)
{
	const struct msg_info *row = msg_info(f->type);
	struct errtext why = {""};
	struct arena a;
	struct msg m;
	bool alive;
	int err = 0;

	if (!row || !may_send(s, row))
		err = errtext_set(&why, IMS_E_STATE, "%s from a %s", row ? row->name : "unknown message",
				  s->kind == SESSION_NODE ? "node" : s->kind == SESSION_CLIENT ? "client" : "stranger");
	else if (!may_send_now(s, row))
		err = errtext_set(&why, IMS_E_STATE, "%s %s its hello", row->name,
				  s->hello_taken ? "after" : "before");
	arena_init(&a, codec_budget(f->message.n));
	if (!err)
		err = msg_decode(f->type, f->message, &a, &m, &why);
	if (err) {
		session_note(s, JOURNAL_REJECTED, s->region[0] ? s->region : s->name, "", f->total_bytes, err,
			     why.text);
		session_close(s, err, why.text);
		alive = false;
	} else {
		uint64_t number = s->number;
		struct node *n = s->node;
		size_t total = f->total_bytes;

		alive = handle(s, &m) && session_find(n, number);
		if (alive)
			net_conn_consume(s->conn, total);
	}
	arena_fini(&a);
	return alive;
}

struct resume {
	struct node *node;
	uint64_t number;
};

static void resume(void *arg)
{
	struct resume *r = arg;
	struct session *s = session_find(r->node, r->number);

	free(r);
	if (!s)
		return;
	s->resume_posted = false;
	dispatch_input(s);
}

/* Fairness: the rest after everybody else's turn. */
void dispatch_resume(struct session *s)
{
	struct resume *r;

	if (s->resume_posted)
		return;
	s->resume_posted = true;
	r = mem_new(struct resume);
	*r = (struct resume){s->node, s->number};
	loop_post(s->node->o.loop, resume, r);
}

/* Frames, as many as one wake-up may handle: true when the session is there and there may be more. */
static bool take_frames(struct session *s)
{
	struct mono began = clock_mono();
	struct frame f;

	for (int i = 0; i < DISPATCH_MAX && mono_us_between(began, clock_mono()) < DISPATCH_MAX_US; i++) {
		int got = frame_take(net_conn_input(s->conn), &f);

		if (got == 0)
			return false;
		if (got < 0) {
			session_note(s, JOURNAL_REJECTED, s->region[0] ? s->region : s->name, "", 0, got, "");
			session_close(s, got, "");
			return false;
		}
		if (!take_frame(s, &f))
			return false;
	}
	return true;
}

void dispatch_input(struct session *s)
{
	struct dial *d = pace_of(s);
	int64_t began_us;

	OBJ_CHECK(s, SESSION_MAGIC);
	if (pace_holds(s, loop_now(s->node->o.loop)))
		return;
	began_us = d ? clock_cpu_us() : 0;
	if (take_frames(s))
		dispatch_resume(s);
	if (d)
		pace_charge(d, clock_cpu_us() - began_us); /* also of a session that ended meanwhile */
}
