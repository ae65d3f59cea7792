/* SPDX-License-Identifier: Apache-2.0 */
/* Connected sockets, and the carrier that is nothing but one. */
#include "cli/carrier.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/mem.h"

int carrier_wait(int fd, short events, struct mono deadline, short *ret_events, struct errtext *e)
{
	for (;;) {
		struct pollfd p = {.fd = fd, .events = events};
		int64_t left_ms = mono_ms_between(clock_mono(), deadline);
		int n;

		if (left_ms <= 0)
			return errtext_set(e, IMS_E_TIMEOUT, "the node did not answer in time");
		n = poll(&p, 1, left_ms > 60000 ? 60000 : (int)left_ms);
		if (n < 0 && errno != EINTR)
			return errtext_set(e, IMS_E_IO, "poll: %s", strerror(errno));
		if (n <= 0)
			continue;
		if (ret_events)
			*ret_events = p.revents;
		return 0;
	}
}

int dial_unix(const char *path, int *ret_fd, struct errtext *e)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd, err;

	if (strlen(path) >= sizeof(a.sun_path))
		return errtext_set(e, IMS_E_USAGE, "the path of a socket has at most %zu bytes",
				   sizeof(a.sun_path) - 1);
	memcpy(a.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return errtext_set(e, IMS_E_IO, "socket: %s", strerror(errno));
	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) != 0) {
		err = errno == EACCES || errno == EPERM ? IMS_E_PERMISSION : IMS_E_UNREACHABLE;
		err = errtext_set(e, err,
				  errno == ENOENT || errno == ECONNREFUSED
					  ? "no node listens here (%s); is imsd running?"
					  : "%s",
				  strerror(errno));
		close(fd);
		return err;
	}
	if (fcntl(fd, F_SETFL, O_NONBLOCK) != 0) {
		close(fd);
		return errtext_set(e, IMS_E_IO, "fcntl: %s", strerror(errno));
	}
	*ret_fd = fd;
	return 0;
}

/* "[::1]:7443", "host:7443", "host" → host and port. */
static int split_host(const char *text, char host[256], char port[16])
{
	const char *end, *colon;
	size_t n;

	if (text[0] == '[') {
		end = strchr(++text, ']');
		colon = end && end[1] == ':' ? end + 1 : NULL;
		if (!end || (end[1] != '\0' && !colon))
			return IMS_E_USAGE;
	} else {
		colon = strrchr(text, ':');
		end = colon ? colon : text + strlen(text);
	}
	n = (size_t)(end - text);
	if (n == 0 || n >= 256 || (colon && (colon[1] == '\0' || strlen(colon + 1) >= 16)))
		return IMS_E_USAGE;
	memcpy(host, text, n);
	host[n] = '\0';
	strncpy(port, colon ? colon + 1 : CLIENT_DEFAULT_PORT, 15);
	port[15] = '\0';
	return 0;
}

static int dial_address(const struct addrinfo *a, struct mono deadline, int *ret_fd, struct errtext *e)
{
	int fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int on = 1, cause = 0, err;
	socklen_t n = sizeof(cause);

	if (fd < 0)
		return errtext_set(e, IMS_E_UNREACHABLE, "socket: %s", strerror(errno));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (connect(fd, a->ai_addr, a->ai_addrlen) == 0 || errno == EINPROGRESS) {
		err = carrier_wait(fd, POLLOUT, deadline, NULL, e);
		if (err == 0 && getsockopt(fd, SOL_SOCKET, SO_ERROR, &cause, &n) == 0 && cause)
			err = errtext_set(e, IMS_E_UNREACHABLE, "%s", strerror(cause));
	} else {
		err = errtext_set(e, IMS_E_UNREACHABLE, "%s", strerror(errno));
	}
	if (err)
		close(fd);
	else
		*ret_fd = fd;
	return err;
}

int dial_tcp(const char *host_port, struct mono deadline, int *ret_fd, struct errtext *e)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list = NULL;
	char host[256], port[16];
	int err;

	if (split_host(host_port, host, port))
		return errtext_set(e, IMS_E_USAGE, "an address is ims://HOST:PORT");
	err = getaddrinfo(host, port, &hints, &list);
	if (err)
		return errtext_set(e, IMS_E_UNREACHABLE, "%s", gai_strerror(err));
	err = IMS_E_UNREACHABLE;
	for (const struct addrinfo *a = list; a && err; a = a->ai_next)
		err = dial_address(a, deadline, ret_fd, e);
	freeaddrinfo(list);
	return err;
}

/* ---- the plain carrier */

static int plain_open(struct carrier *c, struct errtext *e)
{
	(void)c;
	(void)e;
	return 0;
}

/* The answer for a read or write that moved nothing. */
static int failure(const char *what, int want, struct errtext *e)
{
	if (errno == EAGAIN || errno == EINTR)
		return want;
	if (errno == EPIPE || errno == ECONNRESET)
		return errtext_set(e, IMS_E_CLOSED, "the node closed the connection");
	return errtext_set(e, IMS_E_IO, "%s: %s", what, strerror(errno));
}

static int plain_read(struct carrier *c, uint8_t *p, size_t n, size_t *ret_n, struct errtext *e)
{
	ssize_t got = recv(c->fd, p, n, 0);

	if (got < 0)
		return failure("recv", CARRIER_WANT_READ, e);
	if (got == 0)
		return errtext_set(e, IMS_E_CLOSED, "the node closed the connection");
	*ret_n = (size_t)got;
	return 0;
}

static int plain_write(struct carrier *c, const uint8_t *p, size_t n, size_t *ret_n, struct errtext *e)
{
	ssize_t put = send(c->fd, p, n, MSG_NOSIGNAL);

	if (put < 0)
		return failure("send", CARRIER_WANT_WRITE, e);
	*ret_n = (size_t)put;
	return 0;
}

static void plain_free(struct carrier *c)
{
	close(c->fd);
	free(c);
}

static const struct carrier_ops plain_ops = {plain_open, plain_read, plain_write, plain_free};

struct carrier *carrier_plain_new(int fd)
{
	struct carrier *c = mem_new(struct carrier);

	*c = (struct carrier){&plain_ops, fd};
	return c;
}
