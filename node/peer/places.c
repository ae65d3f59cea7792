/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sessions by their number, and how many of a kind there may be: strangers that ask for the roster
 * are few, and so are connections of one region without a hello; people and their programs leave room
 * for the nodes. Connections that have shown no identity yet are the listener's business: they make
 * room for whoever comes.
 */
#include <string.h>

#include "peer/node_int.h"

static struct session **slot_of(struct node *n, uint64_t number)
{
	return &n->by_number[number % SESSION_SLOTS];
}

void places_enter(struct session *s)
{
	struct session **at = slot_of(s->node, s->number);

	s->same_slot = *at;
	*at = s;
}

void places_leave(struct session *s)
{
	struct session **at = slot_of(s->node, s->number);

	while (*at && *at != s)
		at = &(*at)->same_slot;
	if (*at)
		*at = s->same_slot;
}

struct session *session_find(struct node *n, uint64_t number)
{
	struct session *s = *slot_of(n, number);

	while (s && s->number != number)
		s = s->same_slot;
	return s;
}

/* Local ones have a listener of their own. */
static bool takes_place(const struct session *s, enum session_kind kind)
{
	return s->kind == kind && !s->dial && !s->closing && s->role != ROLE_LOCAL;
}

unsigned places_count(const struct node *n, enum session_kind kind)
{
	unsigned count = 0;

	for (const struct session *s = n->sessions; s; s = s->next)
		count += takes_place(s, kind);
	return count;
}

unsigned places_max(const struct node *n, enum session_kind kind)
{
	unsigned clients = n->o.max_connections > 2 * ROSTER_REGIONS_MAX + ROSTER_SESSIONS_MAX
				   ? n->o.max_connections - ROSTER_REGIONS_MAX - ROSTER_SESSIONS_MAX
				   : n->o.max_connections / 2;

	switch (kind) {
	case SESSION_ROSTER:
		return ROSTER_SESSIONS_MAX;
	case SESSION_CLIENT:
		return clients;
	default:
		return REGION_OPENING_MAX;
	}
}

/* Of the same kind and, for nodes, of the same region, without a hello: the one that came first. */
static struct session *oldest_like(const struct session *s, unsigned *ret_count)
{
	struct session *oldest = NULL;

	*ret_count = 0;
	for (struct session *o = s->node->sessions; o; o = o->next)
		if (takes_place(o, s->kind) && !o->hello_taken && strcmp(o->region, s->region) == 0) {
			oldest = o;
			++*ret_count;
		}
	return oldest;
}

bool places_take(struct session *s)
{
	struct node *n = s->node;
	struct session *oldest;
	unsigned count;

	if (s->kind == SESSION_CLIENT) {
		if (places_count(n, s->kind) <= places_max(n, s->kind))
			return true;
		n->turned_away[s->kind]++;
		session_close(s, IMS_E_LIMIT, "too many clients");
		return false;
	}
	oldest = oldest_like(s, &count);
	if (count > places_max(n, s->kind)) { /* who came first has had its time */
		n->turned_away[s->kind]++;
		session_close(oldest, IMS_E_LIMIT,
			      s->kind == SESSION_ROSTER ? "others wait for the roster"
							: "newer connections of this region wait");
	}
	return true;
}
