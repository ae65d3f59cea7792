/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two processes with one region's key: a copy that somebody has started. Every process draws a number
 * and says it in its hello. A hello with another number than the session that stands has two reasons:
 *
 *   the node was started again, and its old connection is not yet noticed gone
 *   both live
 *
 * So the session that stands is asked for a sign of life, and who has come is told to come again. When
 * it does and the other has answered since, both live: the newcomer is refused, and the alarm is raised
 * here, there, and at the node that it copies.
 *
 * A process that more than half of the regions refuse for that takes no writes until they let it in: it
 * would acknowledge what goes when the copy is thrown away. A minority, which may lie, cannot bring that
 * about (inv. 12).
 */
#include <string.h>

#include "base/say.h"
#include "peer/node_int.h"

#define ANSWER_MS 3000 /* for the sign of life; at most the time in which silence ends a session */

static bool is_same_process(const struct session *old, const struct msg_hello *h)
{
	if (old->run && h->run)
		return old->run == h->run;
	return memcmp(old->instance, h->instance, sizeof(h->instance)) == 0;
}

static void mark(struct clone_seen *c, const char *by, struct mono now)
{
	c->seen = true;
	c->at = now;
	memcpy(c->by, by, strlen(by) + 1);
}

/* The one that was there first learns by a ping what its region has to look into. */
static void raise_alarm(struct session *old)
{
	struct node *n = old->node;
	struct dial *d = dial_find(n, old->region);
	struct msg m = {.type = MSG_PING};

	if (d)
		mark(&d->clone, n->o.commit.region, loop_now(n->o.loop));
	if (session_may_say(old))
		say(SAY_ERROR, "peer", "%s: two nodes run with the key of this region", old->region);
	m.u.ping = (struct msg_ping){.nonce = 0, .alarm = (uint32_t)-IMS_E_CLONE};
	session_send(old, &m);
}

/* Long enough for who was sent away to have come again. */
static int64_t doubt_ms(const struct node *n)
{
	return 2 * n->o.reconnect_max_ms + ANSWER_MS;
}

bool clone_is_sent_away(struct session *s, const struct msg_hello *h)
{
	struct session *old = session_of(s->node, s->region);
	struct mono now = loop_now(s->node->o.loop);

	s->run = h->run;
	memcpy(s->instance, h->instance, sizeof(s->instance));
	if (!old || old == s || is_same_process(old, h))
		return false;
	if (old->doubted && mono_ms_between(old->doubted_at, now) > doubt_ms(s->node))
		old->doubted = false;
	if (old->doubted && old->vouched) {
		raise_alarm(old);
		session_close(s, IMS_E_CLONE, "");
		return true;
	}
	if (!old->doubted) {
		old->doubted = true;
		old->vouched = false;
		old->doubted_at = now;
		session_ping(old, now);
	}
	session_close(s, IMS_E_DUPLICATE_SESSION, "come again: the other one is asked for a sign of life");
	return true;
}

bool clone_is_silent(const struct session *s, struct mono now)
{
	int64_t answer_ms = s->node->o.dead_ms < ANSWER_MS ? s->node->o.dead_ms : ANSWER_MS;

	return s->doubted && !s->vouched && s->last_heard.ns <= s->doubted_at.ns &&
	       mono_ms_between(s->doubted_at, now) > answer_ms;
}

void clone_on_told(struct session *s, const char *text)
{
	struct node *n = s->node;

	if (!n->clone.seen || strcmp(n->clone.by, s->region) != 0)
		say(SAY_ERROR, "peer", "%s says: %s", s->region, ims_strerror(IMS_E_CLONE));
	mark(&n->clone, s->region, loop_now(n->o.loop));
	session_note(s, JOURNAL_REFUSED, s->region, "", 0, IMS_E_CLONE, text);
}

void clone_on_refused(struct session *s)
{
	struct dial *d = dial_find(s->node, s->region);

	clone_on_told(s, "this process was refused over there");
	if (d)
		d->refuses_copy = true;
}

void clone_on_welcome(struct session *s)
{
	struct dial *d = s->kind == SESSION_NODE && s->hello_taken ? dial_find(s->node, s->region) : NULL;

	if (d)
		d->refuses_copy = false;
}

bool node_is_refused_as_copy(const struct node *n)
{
	size_t count = 0;

	for (size_t i = 0; i < n->n_dials; i++)
		count += n->dials[i].refuses_copy && roster_region(n->roster, bytes_of(n->dials[i].region));
	return 2 * count > n->roster->n_regions;
}

static int64_t seen_for_ms(const struct node *n, const struct clone_seen *c)
{
	return c->seen ? mono_ms_between(c->at, loop_now(n->o.loop)) : -1;
}

int64_t node_clone_ms(const struct node *n, const char **ret_by)
{
	*ret_by = n->clone.by;
	return seen_for_ms(n, &n->clone);
}

int64_t clone_of_peer_ms(const struct node *n, const struct dial *d)
{
	return seen_for_ms(n, &d->clone);
}
