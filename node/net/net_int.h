/* SPDX-License-Identifier: Apache-2.0 */
/* Inside net/: addresses, the seam to OpenSSL, and what listener and connection share. */
#ifndef NET_NET_INT_H
#define NET_NET_INT_H

#include <sys/socket.h>

#include "net/net.h"

/* ---- address.c ---------------------------------------------------------------------------- */

#define NET_ADDRESS_BYTES 64

struct net_address {
	struct sockaddr_storage ss;
	socklen_t len;
};

/* "1.2.3.4:5", "[::1]:5", "unix:PATH". Errors: IMS_E_INVALID. */
IMS_MUST_CHECK int net_address_parse(const char *text, struct net_address *ret, struct errtext *e);
/* An IP literal, with port 0. Errors: IMS_E_INVALID. */
IMS_MUST_CHECK int net_address_parse_ip(const char *ip, struct net_address *ret, struct errtext *e);
/* The inverse; "unix" for every local address, IPv4 in its own form also when mapped into IPv6. */
void net_address_print(const struct net_address *a, char out[NET_ADDRESS_BYTES]);
bool net_address_is_unix(const struct net_address *a);
const struct sockaddr *net_address_sockaddr(const struct net_address *a);
/* A stream socket of its family, non-blocking, closed at exec; -1 and errno. */
int net_address_socket(const struct net_address *a);
/* Settings of every connected socket. */
void net_socket_tune(int fd);

/* ---- tls_openssl.c, ident_openssl.c ------------------------------------------------------- */

struct ssl_st;	/* OpenSSL's SSL */
struct x509_st; /* OpenSSL's X509 */

enum net_role { NET_ROLE_ANY, NET_ROLE_CLIENT, NET_ROLE_SERVER };

/* Fill spki, uri, n_uris, validity and defect from a certificate that is to act as `role`. */
void net_ident_of_cert(struct x509_st *cert, enum net_role role, struct net_ident *ret);

/* A handshake to come, for `c`, which hears of key updates. NULL when memory is short; owned by
 * the caller. */
struct ssl_st *net_tls_start(struct net_tls *t, bool is_server, struct net_conn *c);
/* After the handshake: protocol and identity of the other side. Errors: IMS_E_TLS. */
IMS_MUST_CHECK int net_tls_finish(struct ssl_st *ssl, bool is_server, struct net_ident *ret,
				  struct errtext *e);
/* Try to send close_notify; reading goes on. */
void net_tls_shutdown(struct ssl_st *ssl);
/* What an error code of bufferevent_get_openssl_error() means for a connection: IMS_E_TLS, or
 * IMS_E_CLOSED for an end without close_notify; 0: it was the socket's error, errno says which. */
int net_tls_error(unsigned long code, struct errtext *e);

/* ---- conn_libevent.c, conn_io_libevent.c, connect_libevent.c ------------------------------ */

#define NET_CONN_MAGIC 0x636f6e6eu

enum net_state {
	NET_CONNECTING, /* no transport yet; connect(2) or accept_fn is under way */
	NET_HANDSHAKE,
	NET_OPEN,
	NET_LINGER, /* closed by the owner; flushing */
	NET_DEAD,   /* freed as soon as no callback is on the stack */
};

struct bufferevent;
struct event;

struct net_conn {
	unsigned magic;
	enum net_state state;
	unsigned busy; /* callbacks on the stack */
	struct loop *loop;
	const struct net_conn_ops *ops;
	void *ctx;
	struct net_limits limits;
	struct net_ident ident;
	bool is_server;

	int fd;			  /* ours until bev has it, then -1 */
	struct event *connecting; /* while CONNECTING as a client */
	int connect_errno;
	struct net_tls *tls; /* NULL: local */
	struct ssl_st *ssl;  /* owned by bev */
	struct bufferevent *bev;

	/* One timer: the handshake's deadline, then the check for stalled output, then the
	 * deadline of lingering. */
	struct loop_timer *timer;
	struct mono progress; /* output shrank, or began, last */
	bool wants_drain, read_is_paused, has_sent_end;
	unsigned rekeys;
	uint64_t bytes_in, bytes_out;

	struct loop_hook hook; /* while LINGER */
	struct net_listener *listener;
	struct net_conn *next, **link; /* in the listener's list */
};

/* A connection over `fd`, which it takes; state CONNECTING, handshake deadline running. */
struct net_conn *net_conn_new(struct loop *l, int fd, struct net_tls *tls, const struct net_limits *limits,
			      bool is_server);
/* The socket is connected: begin the handshake, or open at once when local. */
void net_conn_start(struct net_conn *c);
/* The owner's last callback, then free. */
void net_conn_gone(struct net_conn *c, int err, const char *text);
/* Every entry from the loop is between these; leave frees what died in between. */
void net_conn_enter(struct net_conn *c);
void net_conn_leave(struct net_conn *c);

/* The other side changed its keys. Called from inside the library: it only takes a note. */
void net_conn_note_rekey(struct net_conn *c);
/* Output below this wakes on_drain. */
size_t net_conn_low_mark(const struct net_conn *c);

/* listener.c: a connection of this listener is being freed. */
void net_listener_forget(struct net_conn *c);

#endif
