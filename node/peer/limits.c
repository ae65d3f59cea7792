/* SPDX-License-Identifier: Apache-2.0 */
/* What is bounded, how much of it is in use, and how often somebody has met the bound: for status. */
#include "peer/node_int.h"
#include "view/poison.h"

static void of_queues(struct node *n, struct node_limits *to)
{
	struct turns_count c[TURNS_KINDS];

	node_count(n, c);
	for (size_t i = 0; i < TURNS_KINDS; i++)
		to->limit[to->n++] = (struct node_limit){turns_queue_name((enum turns_queue)i), c[i].jobs,
							 turns_queue_max((enum turns_queue)i), c[i].refused};
}

static void of_listener(const struct net_listener *l, const char *places, const char *descriptors,
			struct node_limits *to)
{
	struct net_listener_count c;

	if (!l)
		return;
	net_listener_count(l, &c);
	to->limit[to->n++] = (struct node_limit){places, c.open, c.max, c.turned_away};
	to->limit[to->n++] = (struct node_limit){descriptors, 0, 0, c.without_descriptor};
}

static void of_places(struct node *n, struct node_limits *to)
{
	to->limit[to->n++] =
		(struct node_limit){"roster-sessions", places_count(n, SESSION_ROSTER),
				    places_max(n, SESSION_ROSTER), n->turned_away[SESSION_ROSTER]};
	to->limit[to->n++] =
		(struct node_limit){"client-sessions", places_count(n, SESSION_CLIENT),
				    places_max(n, SESSION_CLIENT), n->turned_away[SESSION_CLIENT]};
}

static void of_quotas(struct node *n, struct node_limits *to)
{
	struct node_limit logs = {.name = "log-quotas"}, peers = {.name = "peer-time"};
	struct mono now = loop_now(n->o.loop);
	struct sync *sync = bridge_sync(n->bridge);

	for (size_t i = 0; i < sync_log_count(sync); i++) {
		struct sync_log_info l;

		sync_log_at(sync, i, &l);
		logs.used += l.over != SYNC_WITHIN;
		logs.hits += l.n_over;
	}
	for (size_t i = 0; i < n->n_dials; i++) {
		peers.used += pace_is_shown(&n->dials[i], now);
		peers.hits += n->dials[i].n_paced;
	}
	to->limit[to->n++] = logs;
	to->limit[to->n++] = peers;
}

void node_limits(struct node *n, struct node_limits *ret)
{
	*ret = (struct node_limits){0};
	of_queues(n, ret);
	of_listener(n->listener, "federation-connections", "federation-descriptors", ret);
	of_listener(n->control, "control-connections", "control-descriptors", ret);
	of_places(n, ret);
	of_quotas(n, ret);
	ret->limit[ret->n++] = (struct node_limit){"quarantined-entries", poison_count(n->o.commit.poison, NULL),
						   POISON_ROWS, 0};
}
