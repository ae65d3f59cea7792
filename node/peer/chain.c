/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The roster's chain between nodes: asked for when a peer's hello names a later version, or on a
 * connection that needs no pin; each version is checked against the one before (roster_check.c),
 * stored by the writer, then put in force, and told to everybody.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/say.h"
#include "ledger/ledger.h"
#include "peer/node_int.h"
#include "store/key.h"

#define CHAIN_NOTES_MAX 12
#define CHAIN_BYTES_MAX (800u << 10)

void chain_ask(struct session *s)
{
	struct msg m = {.type = MSG_ROSTER_FETCH, .u.roster_fetch = {s->node->offered->version + 1}};

	session_send(s, &m);
}

void chain_on_fetch(struct session *s, const struct msg_roster_fetch *f)
{
	struct msg m = {.type = MSG_ROSTER_NOTES};
	struct bytes notes[CHAIN_NOTES_MAX];
	struct store_txn *t;
	struct store_key k;
	size_t n = 0, bytes = 0;

	if (net_conn_output_bytes(s->conn) > CHAIN_BYTES_MAX || store_begin_read(s->node->o.commit.store, &t))
		return; /* who has not read the last answer need not have the next */
	while (n < CHAIN_NOTES_MAX && bytes < CHAIN_BYTES_MAX &&
	       store_get(t, TABLE_ROSTER, store_key(&k, "L", f->from_version + n), &notes[n]) == 0)
		bytes += notes[n++].n;
	m.u.roster_notes = (struct msg_roster_notes){notes, n};
	session_send(s, &m);
	store_abort(t);
}

struct offer {
	struct node *node;
	const struct roster *roster;
	node_roster_fn *done;
	void *ctx;
};

static void tell_everybody(struct node *n, const struct roster *r)
{
	struct bytes note = BYTES(r->note, r->note_bytes);
	struct msg m = {.type = MSG_ROSTER_NOTES, .u.roster_notes = {&note, 1}};

	for (struct session *s = n->sessions; s; s = s->next)
		if (s->kind == SESSION_NODE && s->hello_taken)
			session_send(s, &m);
}

static void put_in_force(struct node *n, const struct roster *r)
{
	struct session *s, *next;

	roster_unref(n->roster);
	n->roster = roster_ref(r);
	say(SAY_INFO, "roster", "version %llu is in force", (unsigned long long)r->version);
	sync_set_roster(bridge_sync(n->bridge), r);
	tell_everybody(n, r);
	for (s = n->sessions; s; s = next) {
		next = s->next;
		session_check(s);
	}
	dial_set_roster(n);
}

static void stored(struct commit_job *job)
{
	struct offer *o = job->ctx;
	struct node *n = o->node;

	if (!job->err) {
		put_in_force(n, o->roster);
	} else {
		say(SAY_WARN, "roster", "version %llu is not taken: %s (%s)",
		    (unsigned long long)o->roster->version, ims_strerror(job->err), job->why.text);
		roster_unref(n->offered);
		n->offered = roster_ref(n->roster);
	}
	if (o->done)
		o->done(o->ctx, job->err, job->why.text);
	roster_unref(o->roster);
	free(o);
	commit_job_free(job);
}

void node_offer_roster(struct node *n, struct bytes note, node_roster_fn *done, void *ctx)
{
	struct errtext why = {""};
	struct roster *r = NULL;
	struct commit_job *job;
	struct offer *o;
	int err = roster_parse(note, &r, &why);

	if (!err && r->version <= n->offered->version) {
		/* Known already; that it is the same is for the chain's hashes to say. */
		err = r->version == n->offered->version && !hash_eq(&r->hash, &n->offered->hash) ? IMS_E_CONFLICT : 0;
		if (done)
			done(ctx, err, err ? "another text of the version in force" : "known");
		roster_unref(r);
		return;
	}
	if (!err)
		err = roster_check_successor(n->offered, r, &why);
	if (err) {
		say(SAY_WARN, "roster", "an offered version is refused: %s (%s)", ims_strerror(err), why.text);
		if (done)
			done(ctx, err, why.text);
		roster_unref(r);
		return;
	}
	roster_unref(n->offered);
	n->offered = roster_ref(r);
	o = mem_new(struct offer);
	*o = (struct offer){n, r, done, ctx};
	job = commit_job_new(COMMIT_ROSTER);
	buf_put(&job->u.roster, note);
	job->done = stored;
	job->ctx = o;
	writer_submit(n->writer, job);
}

void chain_on_notes(struct session *s, const struct msg_roster_notes *m)
{
	struct node *n = s->node;
	uint64_t number = s->number;

	if (s->kind == SESSION_ROSTER && !s->dial) { /* checking costs, and a stranger is only answered */
		session_close(s, IMS_E_STATE, "nobody asked for a roster");
		return;
	}
	for (size_t i = 0; i < m->n_notes; i++)
		node_offer_roster(n, m->notes[i], NULL, NULL);
	s = session_find(n, number);
	if (s && s->peer)
		sync_peer_roster(bridge_sync(n->bridge), s->peer, n->offered->version);
	if (!s || s->kind != SESSION_ROSTER)
		return;
	if (m->n_notes == CHAIN_NOTES_MAX) {
		chain_ask(s);
		return;
	}
	net_conn_close(s->conn, BYE_LINGER_MS);
	if (s->dial)
		dial_ended(s->dial, 0, "has sent the roster", m->n_notes > 0);
	session_free(s);
}
