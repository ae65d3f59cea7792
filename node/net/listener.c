/* SPDX-License-Identifier: Apache-2.0 */
/* Listening sockets: binding, accepting within limits, and what to do without descriptors. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/check.h"
#include "base/mem.h"
#include "net/net_int.h"

#define LISTENER_MAGIC 0x6c73746eu
#define BACKLOG 128
/* Then the rest of the loop gets its turn. */
#define ACCEPTS_PER_TURN 16
#define REST_MS 100 /* without any descriptor, not even the reserve */

struct net_listener {
	unsigned magic;
	struct loop *loop;
	int fd, reserve_fd;
	struct loop_fd *watch; /* NULL: it rests */
	struct loop_timer *rested;
	struct net_tls *tls;
	struct net_limits limits;
	unsigned max_conns, n_conns;
	uint64_t turned_away, without_descriptor;
	net_accept_fn *accept_fn;
	void *ctx;
	struct net_conn *conns;
	char *address;
	char *path; /* local: the socket file, removed if it is still the one we made */
	struct stat made;
};

/* ---- accepting ---------------------------------------------------------------------------- */

static void adopt(struct net_listener *l, struct net_conn *c)
{
	c->listener = l;
	c->next = l->conns;
	c->link = &l->conns;
	if (c->next)
		c->next->link = &c->next;
	l->conns = c;
	l->n_conns++;
}

void net_listener_forget(struct net_conn *c)
{
	if (!c->listener)
		return;
	*c->link = c->next;
	if (c->next)
		c->next->link = c->link;
	c->listener->n_conns--;
	c->listener = NULL;
}

/* All places are taken: the oldest one that has shown no identity yet, or has been told goodbye,
 * has to go, or strangers that say nothing would keep everybody out. */
static bool drop_oldest(struct net_listener *l)
{
	struct net_conn *oldest = NULL;

	for (struct net_conn *c = l->conns; c; c = c->next)
		if (c->state == NET_HANDSHAKE || c->state == NET_LINGER)
			oldest = c;
	l->turned_away++; /* it, or the one that comes */
	if (!oldest || oldest->busy != 0)
		return false;
	net_conn_gone(oldest, IMS_E_LIMIT, "others wait for its place");
	return true;
}

static void welcome(struct net_listener *l, int fd, const struct net_address *from)
{
	struct net_conn *c;

	if (l->n_conns >= l->max_conns && !drop_oldest(l)) {
		close(fd);
		return;
	}
	c = net_conn_new(l->loop, fd, l->tls, &l->limits, true);
	adopt(l, c);
	net_address_print(from, c->ident.address);
	if (l->accept_fn(l->ctx, c, &c->ops, &c->ctx) == 0)
		net_conn_start(c);
	else
		net_conn_close(c, 0);
}

static void on_acceptable(void *ctx);

static void on_rested(void *ctx)
{
	struct net_listener *l = ctx;

	l->watch = loop_fd_new(l->loop, l->fd, on_acceptable, l);
}

/* accept() wants a descriptor before it looks for a connection. */
static bool somebody_waits(const struct net_listener *l)
{
	struct pollfd p = {.fd = l->fd, .events = POLLIN};

	return poll(&p, 1, 0) > 0;
}

/* Without a descriptor the pending connection would stay and ring for ever. A connection that has shown
 * no identity yet gives it its own; else it is taken with the reserve and dropped. When others have
 * snatched even that, nothing is accepted for a moment. False: no more in this turn. */
static bool find_descriptor(struct net_listener *l)
{
	int fd;

	if (!somebody_waits(l))
		return false;
	l->without_descriptor++;
	if (drop_oldest(l))
		return false; /* it is closed within this turn of the loop, not at once */
	if (l->reserve_fd >= 0)
		close(l->reserve_fd);
	fd = accept4(l->fd, NULL, NULL, SOCK_CLOEXEC);
	if (fd >= 0)
		close(fd);
	l->reserve_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		return true;
	loop_fd_free(l->watch);
	l->watch = NULL;
	loop_timer_arm_ms(l->rested, REST_MS);
	return false;
}

static void on_acceptable(void *ctx)
{
	struct net_listener *l = ctx;

	OBJ_CHECK(l, LISTENER_MAGIC);
	for (int i = 0; i < ACCEPTS_PER_TURN; i++) {
		struct net_address from = {.len = sizeof(from.ss)};
		int fd = accept4(l->fd, (struct sockaddr *)&from.ss, &from.len, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd >= 0)
			welcome(l, fd, &from);
		else if (errno == EMFILE || errno == ENFILE ? !find_descriptor(l)
							    : errno != ECONNABORTED && errno != EINTR)
			return;
	}
}

/* ---- binding ------------------------------------------------------------------------------ */

/* A socket file that nobody answers on is left over from a process that was killed. */
static int remove_dead_socket(const struct net_address *a, const char *path, struct errtext *e)
{
	struct stat st;
	int fd, r = 0;

	if (lstat(path, &st) < 0)
		return 0;
	if (!S_ISSOCK(st.st_mode))
		return errtext_set(e, IMS_E_EXISTS, "%s: exists and is not a socket", path);
	fd = net_address_socket(a);
	if (fd < 0)
		return errtext_set(e, IMS_E_IO, "socket: %s", strerror(errno));
	if (connect(fd, net_address_sockaddr(a), a->len) == 0 || errno == EAGAIN)
		r = errtext_set(e, IMS_E_EXISTS, "%s: another process listens there", path);
	else if (errno != ECONNREFUSED || unlink(path) < 0)
		r = errtext_set(e, IMS_E_IO, "%s: %s", path, strerror(errno));
	close(fd);
	return r;
}

static int bind_to(struct net_listener *l, const struct net_address *a, struct errtext *e)
{
	int on = 1, off = 0, r = 0;

	if (l->path)
		r = remove_dead_socket(a, l->path, e);
	if (r)
		return r;
	(void)setsockopt(l->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (a->ss.ss_family == AF_INET6)
		(void)setsockopt(l->fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	if (bind(l->fd, net_address_sockaddr(a), a->len) < 0)
		return errtext_set(e, errno == EADDRINUSE ? IMS_E_EXISTS : IMS_E_IO,
				   "cannot listen on %.150s: %s", l->address, strerror(errno));
	/* until listen() nobody can connect, so the mode is never wider than this */
	if (l->path && (chmod(l->path, 0660) < 0 || lstat(l->path, &l->made) < 0))
		return errtext_set(e, IMS_E_IO, "%.150s: %s", l->path, strerror(errno));
	if (listen(l->fd, BACKLOG) < 0)
		return errtext_set(e, errno == EADDRINUSE ? IMS_E_EXISTS : IMS_E_IO,
				   "cannot listen on %.150s: %s", l->address, strerror(errno));
	return 0;
}

static void take_real_address(struct net_listener *l)
{
	struct net_address a = {.len = sizeof(a.ss)};
	char text[NET_ADDRESS_BYTES];

	if (l->path || getsockname(l->fd, (struct sockaddr *)&a.ss, &a.len) < 0)
		return;
	net_address_print(&a, text);
	free(l->address);
	l->address = mem_strdup(text);
}

int net_listen(struct loop *loop, const char *address, struct net_tls *tls, const struct net_limits *limits,
	       unsigned max_conns, net_accept_fn *accept_fn, void *ctx, struct net_listener **ret,
	       struct errtext *e)
{
	struct net_address a;
	struct net_listener *l;
	int r = net_address_parse(address, &a, e);

	if (r)
		return r;
	CHECK((tls == NULL) == net_address_is_unix(&a));
	l = mem_new(struct net_listener);
	*l = (struct net_listener){.magic = LISTENER_MAGIC,
				   .loop = loop,
				   .tls = tls ? net_tls_ref(tls) : NULL,
				   .limits = *limits,
				   .max_conns = max_conns,
				   .accept_fn = accept_fn,
				   .ctx = ctx,
				   .address = mem_strdup(address),
				   .path = tls ? NULL : mem_strdup(address + strlen("unix:"))};
	l->reserve_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	l->fd = net_address_socket(&a);
	if (l->fd < 0 || l->reserve_fd < 0)
		r = errtext_set(e, IMS_E_IO, "socket: %s", strerror(errno));
	else
		r = bind_to(l, &a, e);
	if (r) {
		net_listener_free(l);
		return r;
	}
	take_real_address(l);
	l->rested = loop_timer_new(loop, on_rested, l);
	l->watch = loop_fd_new(loop, l->fd, on_acceptable, l);
	*ret = l;
	return 0;
}

void net_listener_count(const struct net_listener *l, struct net_listener_count *ret)
{
	OBJ_CHECK(l, LISTENER_MAGIC);
	*ret = (struct net_listener_count){l->n_conns, l->max_conns, l->turned_away, l->without_descriptor};
}

void net_listener_free(struct net_listener *l)
{
	struct stat now;

	if (!l)
		return;
	OBJ_CHECK(l, LISTENER_MAGIC);
	while (l->conns)
		net_listener_forget(l->conns);
	loop_fd_free(l->watch);
	loop_timer_free(l->rested);
	if (l->made.st_ino && lstat(l->path, &now) == 0 && now.st_ino == l->made.st_ino &&
	    now.st_dev == l->made.st_dev)
		unlink(l->path);
	if (l->fd >= 0)
		close(l->fd);
	if (l->reserve_fd >= 0)
		close(l->reserve_fd);
	net_tls_unref(l->tls);
	free(l->address);
	free(l->path);
	l->magic = 0;
	free(l);
}

const char *net_listener_address(const struct net_listener *l)
{
	OBJ_CHECK(l, LISTENER_MAGIC);
	return l->address;
}

void net_listener_set_tls(struct net_listener *l, struct net_tls *tls)
{
	OBJ_CHECK(l, LISTENER_MAGIC);
	CHECK(l->tls && tls);
	net_tls_ref(tls);
	net_tls_unref(l->tls);
	l->tls = tls;
}
