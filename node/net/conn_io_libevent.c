/* SPDX-License-Identifier: Apache-2.0 */
/* What the owner of a connection does with it: read, consume, send, ask. */
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_struct.h>
#include <event2/event.h>

#include "base/check.h"
#include "net/net_int.h"

const struct net_ident *net_conn_ident(const struct net_conn *c)
{
	OBJ_CHECK(c, NET_CONN_MAGIC);
	return &c->ident;
}

struct bytes net_conn_input(struct net_conn *c)
{
	struct evbuffer *in;

	OBJ_CHECK(c, NET_CONN_MAGIC);
	if (c->state != NET_OPEN)
		return BYTES_NONE;
	in = bufferevent_get_input(c->bev);
	return BYTES(evbuffer_pullup(in, -1), evbuffer_get_length(in));
}

void net_conn_consume(struct net_conn *c, size_t n)
{
	struct evbuffer *in;

	OBJ_CHECK(c, NET_CONN_MAGIC);
	if (n == 0 || c->state != NET_OPEN)
		return;
	in = bufferevent_get_input(c->bev);
	CHECK(n <= evbuffer_get_length(in));
	CHECK(evbuffer_drain(in, n) == 0);
	if (c->read_is_paused && evbuffer_get_length(in) < c->limits.input_max_bytes) {
		c->read_is_paused = false;
		bufferevent_enable(c->bev, EV_READ);
	}
}

/* Try the socket within this turn of the loop, when what is sent meanwhile has joined: it mostly takes all. */
static void write_soon(struct net_conn *c)
{
	event_active(&c->bev->ev_write, EV_WRITE, 1);
}

int net_conn_send(struct net_conn *c, const struct bytes *parts, size_t n_parts)
{
	size_t waiting, total = 0;

	OBJ_CHECK(c, NET_CONN_MAGIC);
	if (c->state != NET_OPEN)
		return IMS_E_STATE;
	waiting = evbuffer_get_length(bufferevent_get_output(c->bev));
	for (size_t i = 0; i < n_parts; i++)
		total += parts[i].n;
	if (waiting + total > c->limits.output_max_bytes)
		return IMS_E_SLOW;
	/* One chunk for all parts: a record, and so a packet, each would be waste. */
	if (evbuffer_expand(bufferevent_get_output(c->bev), total) != 0)
		return IMS_E_SLOW;
	for (size_t i = 0; i < n_parts; i++)
		CHECK(evbuffer_add(bufferevent_get_output(c->bev), parts[i].p, parts[i].n) == 0);
	if (total && !waiting)
		write_soon(c);
	if (total && !loop_timer_is_armed(c->timer))
		loop_timer_arm_ms(c->timer, c->limits.stall_ms);
	if (waiting + total <= c->limits.output_high_bytes)
		return 0;
	c->wants_drain = true;
	return IMS_E_AGAIN;
}

size_t net_conn_output_bytes(const struct net_conn *c)
{
	OBJ_CHECK(c, NET_CONN_MAGIC);
	return c->bev ? evbuffer_get_length(bufferevent_get_output(c->bev)) : 0;
}

uint64_t net_conn_bytes_in(const struct net_conn *c)
{
	OBJ_CHECK(c, NET_CONN_MAGIC);
	return c->bytes_in;
}

uint64_t net_conn_bytes_out(const struct net_conn *c)
{
	OBJ_CHECK(c, NET_CONN_MAGIC);
	return c->bytes_out;
}
