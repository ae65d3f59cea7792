/* SPDX-License-Identifier: Apache-2.0 */
/* Outgoing connections: the socket, connect(2) and its result. */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/check.h"
#include "base/mem.h"
#include "net/net_int.h"

static void on_connected(evutil_socket_t fd, short what, void *arg)
{
	struct net_conn *c = arg;
	int err;
	socklen_t n = sizeof(err);

	(void)what;
	net_conn_enter(c);
	CHECK(c->state == NET_CONNECTING);
	err = c->connect_errno;
	if (!err && getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &n) < 0)
		err = errno;
	event_free(c->connecting);
	c->connecting = NULL;
	if (err)
		net_conn_gone(c, IMS_E_UNREACHABLE, strerror(err));
	else
		net_conn_start(c);
	net_conn_leave(c);
}

static int bind_source(int fd, const struct net_address *to, const char *bind_ip, struct errtext *e)
{
	struct net_address from;
	int on = 1, r;

	if (!bind_ip || !*bind_ip || net_address_is_unix(to))
		return 0;
	r = net_address_parse_ip(bind_ip, &from, e);
	if (r)
		return r;
	/* the port is chosen when the other end is known, so that few can serve many */
	(void)setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
	if (bind(fd, net_address_sockaddr(&from), from.len) < 0)
		return errtext_set(e, IMS_E_IO, "cannot connect from %.60s: %s", bind_ip, strerror(errno));
	return 0;
}

int net_connect(struct loop *l, const char *address, struct net_tls *tls, const char *bind_ip,
		const struct net_limits *limits, const struct net_conn_ops *ops, void *ctx,
		struct net_conn **ret, struct errtext *e)
{
	struct net_address to;
	struct net_conn *c;
	int fd, r = net_address_parse(address, &to, e);

	if (r)
		return r;
	CHECK((tls == NULL) == net_address_is_unix(&to));
	fd = net_address_socket(&to);
	if (fd < 0)
		return errtext_set(e, IMS_E_IO, "socket: %s", strerror(errno));
	r = bind_source(fd, &to, bind_ip, e);
	if (r) {
		close(fd);
		return r;
	}
	c = net_conn_new(l, fd, tls, limits, false);
	c->ops = ops;
	c->ctx = ctx;
	net_address_print(&to, c->ident.address);
	c->connecting = event_new(loop_raw(l), fd, EV_WRITE, on_connected, c);
	mem_must(c->connecting != NULL);
	/* A result known at once is told like a late one: from the loop. */
	if (connect(fd, net_address_sockaddr(&to), to.len) == 0 || errno == EINPROGRESS) {
		mem_must(event_add(c->connecting, NULL) == 0);
	} else {
		c->connect_errno = errno;
		event_active(c->connecting, EV_WRITE, 0);
	}
	*ret = c;
	return 0;
}
