/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What carries a client's frames: a connected socket, plain or under TLS. Calls never block: they
 * say what to poll for. Owned by the client; one thread.
 */
#ifndef CLI_CARRIER_H
#define CLI_CARRIER_H

#include "base/clock.h"
#include "cli/client.h"

/* Answers beside 0 (done, *ret_n > 0 moved) and negative errors. */
enum { CARRIER_WANT_READ = 1, CARRIER_WANT_WRITE = 2 };

struct carrier;
struct carrier_ops {
	/* Finish the handshake; called until 0. */
	int (*open)(struct carrier *c, struct errtext *e);
	/* The end of the stream is IMS_E_CLOSED. */
	int (*read)(struct carrier *c, uint8_t *p, size_t n, size_t *ret_n, struct errtext *e);
	int (*write)(struct carrier *c, const uint8_t *p, size_t n, size_t *ret_n, struct errtext *e);
	/* Closes the socket and frees the carrier. */
	void (*free)(struct carrier *c);
};
struct carrier {
	const struct carrier_ops *ops;
	int fd;
};

/* Wait until fd is readable or writable (poll events). IMS_E_TIMEOUT at the deadline. */
IMS_MUST_CHECK int carrier_wait(int fd, short events, struct mono deadline, short *ret_events,
				struct errtext *e);

/* Non-blocking, connected sockets. Errors as of client_open(). */
IMS_MUST_CHECK int dial_unix(const char *path, int *ret_fd, struct errtext *e);
/* HOST[:PORT], [IPv6]:PORT; every address of the name is tried. */
IMS_MUST_CHECK int dial_tcp(const char *host_port, struct mono deadline, int *ret_fd, struct errtext *e);

/* Both take the descriptor, also on failure. */
struct carrier *carrier_plain_new(int fd);
IMS_MUST_CHECK int carrier_tls_new(int fd, const struct client_target *t, struct carrier **ret,
				   struct errtext *e);

#endif
