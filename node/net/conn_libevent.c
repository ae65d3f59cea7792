/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A connection over a bufferevent, which carries TLS or, for local sockets, plain bytes.
 *
 *   CONNECTING --net_conn_start--> HANDSHAKE --open--> OPEN --net_conn_close--> LINGER
 *        \______________________________\_____________/_______________/
 *                                 die / net_conn_gone --> DEAD --net_conn_leave--> freed
 *
 * Callbacks are deferred (BEV_OPT_DEFER_CALLBACKS): none runs on top of a call into the library,
 * and bytes that came before an end are delivered before it. libevent's read watermark is not
 * used: with TLS it can leave a decrypted rest of a record lying until more arrives; reading is
 * switched off and on instead.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>

#include "base/check.h"
#include "base/mem.h"
#include "net/net_int.h"

/* OpenSSL updates its keys by itself never, other libraries after some 100 GiB. */
#define REKEYS_MAX 256

const struct net_limits net_limits_default = {
	.input_max_bytes = 2 << 20,
	.output_high_bytes = 1 << 20,
	.output_max_bytes = 8 << 20,
	.handshake_ms = 10000,
	.stall_ms = 30000,
};

/* ---- life --------------------------------------------------------------------------------- */

static struct evbuffer *output(const struct net_conn *c)
{
	return bufferevent_get_output(c->bev);
}

static void on_input_changed(struct evbuffer *b, const struct evbuffer_cb_info *info, void *arg)
{
	struct net_conn *c = arg;

	(void)b;
	c->bytes_in += info->n_added;
}

static void on_output_changed(struct evbuffer *b, const struct evbuffer_cb_info *info, void *arg)
{
	struct net_conn *c = arg;

	(void)b;
	c->bytes_out += info->n_deleted;
	if (info->n_deleted || info->orig_size == 0)
		c->progress = loop_now(c->loop);
}

static void destroy(struct net_conn *c)
{
	net_listener_forget(c);
	loop_hook_remove(&c->hook);
	loop_timer_free(c->timer);
	if (c->connecting)
		event_free(c->connecting);
	if (c->bev) {
		if (c->ssl && evbuffer_get_length(output(c)) == 0 && !c->has_sent_end)
			net_tls_shutdown(c->ssl);
		/* it is freed in a later turn, and must not know us then */
		evbuffer_remove_cb(bufferevent_get_input(c->bev), on_input_changed, c);
		evbuffer_remove_cb(output(c), on_output_changed, c);
		bufferevent_free(c->bev);
	}
	if (c->fd >= 0)
		close(c->fd);
	net_tls_unref(c->tls);
	c->magic = 0;
	free(c);
}

void net_conn_enter(struct net_conn *c)
{
	OBJ_CHECK(c, NET_CONN_MAGIC);
	c->busy++;
}

void net_conn_leave(struct net_conn *c)
{
	CHECK(c->busy > 0);
	if (--c->busy == 0 && c->state == NET_DEAD)
		destroy(c);
}

static void die(struct net_conn *c)
{
	c->state = NET_DEAD;
	if (c->busy == 0)
		destroy(c);
}

void net_conn_gone(struct net_conn *c, int err, const char *text)
{
	bool tell = c->state != NET_LINGER && c->state != NET_DEAD;

	c->state = NET_DEAD;
	net_conn_enter(c);
	if (tell)
		c->ops->on_gone(c->ctx, c, err, text);
	net_conn_leave(c);
}

static void on_loop_freed(void *arg)
{
	die(arg);
}

/* Everything is written: tell the other side, and wait for its end. Closing right away would
 * make the kernel drop what is under way if unread input is left (a reset). */
static void send_end(struct net_conn *c)
{
	if (c->has_sent_end)
		return;
	c->has_sent_end = true;
	if (c->ssl)
		net_tls_shutdown(c->ssl);
	(void)shutdown(bufferevent_getfd(c->bev), SHUT_WR);
}

void net_conn_close(struct net_conn *c, int64_t linger_ms)
{
	OBJ_CHECK(c, NET_CONN_MAGIC);
	if (c->state == NET_DEAD || c->state == NET_LINGER)
		return;
	if (c->state != NET_OPEN || linger_ms <= 0) {
		die(c);
		return;
	}
	c->state = NET_LINGER;
	loop_hook_add(c->loop, &c->hook, on_loop_freed, c);
	loop_timer_arm_ms(c->timer, linger_ms);
	evbuffer_drain(bufferevent_get_input(c->bev), SIZE_MAX);
	bufferevent_enable(c->bev, EV_READ);
	if (evbuffer_get_length(output(c)) == 0)
		send_end(c);
}

/* ---- time --------------------------------------------------------------------------------- */

static void check_stall(struct net_conn *c)
{
	int64_t idle_ms = mono_ms_between(c->progress, loop_now(c->loop));

	if (evbuffer_get_length(output(c)) == 0)
		return;
	if (idle_ms >= c->limits.stall_ms)
		net_conn_gone(c, IMS_E_SLOW, "the other side does not read");
	else
		loop_timer_arm_ms(c->timer, c->limits.stall_ms - idle_ms);
}

static void on_timer(void *ctx)
{
	struct net_conn *c = ctx;

	net_conn_enter(c);
	switch (c->state) {
	case NET_CONNECTING:
		net_conn_gone(c, IMS_E_TIMEOUT, "no answer to the connection");
		break;
	case NET_HANDSHAKE:
		net_conn_gone(c, IMS_E_TIMEOUT, "handshake not finished in time");
		break;
	case NET_OPEN:
		check_stall(c);
		break;
	case NET_LINGER:
	case NET_DEAD:
		die(c);
		break;
	}
	net_conn_leave(c);
}

/* ---- from libevent ------------------------------------------------------------------------ */

static void pause_reading(struct net_conn *c)
{
	if (evbuffer_get_length(bufferevent_get_input(c->bev)) < c->limits.input_max_bytes)
		return;
	c->read_is_paused = true;
	bufferevent_disable(c->bev, EV_READ);
}

static void on_read(struct bufferevent *bev, void *arg)
{
	struct net_conn *c = arg;

	net_conn_enter(c);
	/* none left: the owner has taken them between their coming and this call */
	if (c->state == NET_OPEN && evbuffer_get_length(bufferevent_get_input(bev)) > 0) {
		c->ops->on_bytes(c->ctx, c);
		if (c->state == NET_OPEN)
			pause_reading(c);
	} else if (c->state == NET_LINGER) {
		evbuffer_drain(bufferevent_get_input(bev), SIZE_MAX);
	}
	net_conn_leave(c);
}

size_t net_conn_low_mark(const struct net_conn *c)
{
	return c->limits.output_high_bytes / 2;
}

static void on_write(struct bufferevent *bev, void *arg)
{
	struct net_conn *c = arg;
	size_t waiting = evbuffer_get_length(bufferevent_get_output(bev));

	net_conn_enter(c);
	if (c->state == NET_OPEN && c->wants_drain && waiting <= net_conn_low_mark(c)) {
		c->wants_drain = false;
		c->ops->on_drain(c->ctx, c);
	} else if (c->state == NET_LINGER && waiting == 0) {
		send_end(c);
	}
	net_conn_leave(c);
}

static void open_conn(struct net_conn *c)
{
	struct errtext e = {""};
	int r = c->ssl ? net_tls_finish(c->ssl, c->is_server, &c->ident, &e) : 0;

	if (r) {
		net_conn_gone(c, r, e.text);
		return;
	}
	loop_timer_disarm(c->timer);
	c->state = NET_OPEN;
	c->ops->on_open(c->ctx, c, &c->ident);
}

/* Why it ended. OpenSSL's reasons come first, then errno, which libevent has kept for us. */
static int reason_of(struct net_conn *c, short what, int saved_errno, struct errtext *e)
{
	unsigned long code = c->ssl ? bufferevent_get_openssl_error(c->bev) : 0;
	int r;

	if (c->rekeys > REKEYS_MAX)
		return errtext_set(e, IMS_E_LIMIT, "too many key updates");
	if (what & BEV_EVENT_EOF)
		return errtext_set(e, IMS_E_CLOSED, "connection closed");
	r = net_tls_error(code, e);
	if (!r)
		r = errtext_set(e, IMS_E_CLOSED, "%s",
				saved_errno ? strerror(saved_errno) : "connection ended without notice");
	return r;
}

static void on_event(struct bufferevent *bev, short what, void *arg)
{
	struct net_conn *c = arg;
	struct errtext e = {""};
	int saved_errno = EVUTIL_SOCKET_ERROR(), r;

	(void)bev;
	net_conn_enter(c);
	if (c->state != NET_DEAD && what & (BEV_EVENT_EOF | BEV_EVENT_ERROR)) {
		r = reason_of(c, what, saved_errno, &e);
		/* nothing can be sent any more, not even the end */
		c->has_sent_end = c->has_sent_end || !(what & BEV_EVENT_EOF);
		net_conn_gone(c, r, e.text);
	} else if (c->state == NET_HANDSHAKE && what & BEV_EVENT_CONNECTED) {
		open_conn(c);
	}
	net_conn_leave(c);
}

void net_conn_note_rekey(struct net_conn *c)
{
	OBJ_CHECK(c, NET_CONN_MAGIC);
	if (++c->rekeys == REKEYS_MAX + 1)
		bufferevent_trigger_event(c->bev, BEV_EVENT_READING | BEV_EVENT_ERROR,
					  BEV_OPT_DEFER_CALLBACKS);
}

/* ---- beginning ---------------------------------------------------------------------------- */

struct net_conn *net_conn_new(struct loop *l, int fd, struct net_tls *tls, const struct net_limits *limits,
			      bool is_server)
{
	struct net_conn *c = mem_new(struct net_conn);

	c->magic = NET_CONN_MAGIC;
	c->state = NET_CONNECTING;
	c->loop = l;
	c->fd = fd;
	c->tls = tls ? net_tls_ref(tls) : NULL;
	c->limits = *limits;
	c->is_server = is_server;
	c->timer = loop_timer_new(l, on_timer, c);
	loop_timer_arm_ms(c->timer, limits->handshake_ms);
	return c;
}

static bool make_transport(struct net_conn *c)
{
	struct event_base *base = loop_raw(c->loop);
	int options = BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS;

	if (!c->tls) {
		c->bev = bufferevent_socket_new(base, c->fd, options);
	} else {
		c->ssl = net_tls_start(c->tls, c->is_server, c);
		if (!c->ssl)
			return false;
		c->bev = bufferevent_openssl_socket_new(
			base, c->fd, c->ssl,
			c->is_server ? BUFFEREVENT_SSL_ACCEPTING : BUFFEREVENT_SSL_CONNECTING, options);
	}
	if (!c->bev)
		return false;
	c->fd = -1;
	return evbuffer_add_cb(bufferevent_get_input(c->bev), on_input_changed, c) &&
	       evbuffer_add_cb(output(c), on_output_changed, c);
}

static void take_peer_credentials(struct net_conn *c)
{
	struct ucred cred = {.uid = (uid_t)-1, .gid = (gid_t)-1};
	socklen_t n = sizeof(cred);

	c->ident.is_local = true;
	(void)getsockopt(bufferevent_getfd(c->bev), SOL_SOCKET, SO_PEERCRED, &cred, &n);
	c->ident.uid = cred.uid;
	c->ident.gid = cred.gid;
}

void net_conn_start(struct net_conn *c)
{
	net_conn_enter(c);
	net_socket_tune(c->fd);
	c->state = NET_HANDSHAKE;
	if (!make_transport(c)) {
		net_conn_gone(c, IMS_E_NOMEM, ims_strerror(IMS_E_NOMEM));
	} else {
		bufferevent_setcb(c->bev, on_read, on_write, on_event, c);
		bufferevent_setwatermark(c->bev, EV_WRITE, net_conn_low_mark(c), 0);
		bufferevent_enable(c->bev, EV_READ | EV_WRITE);
		if (!c->tls) {
			take_peer_credentials(c);
			open_conn(c);
		}
	}
	net_conn_leave(c);
}
