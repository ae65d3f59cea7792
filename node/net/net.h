/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connections: TCP with TLS 1.3 and certificates on both sides, and local (AF_UNIX) ones,
 * behind one object that carries bytes. net/ knows no messages and no roster: framing is
 * wire/'s, and whether an identity is welcome is decided by the owner of the connection.
 *
 *  N1. TLS 1.3 only, client certificate demanded, no tickets, no cache, no 0-RTT: resumption
 *      would skip the check of the certificate (measured).
 *  N2. The handshake proves possession of the key of exactly one certificate; chain rules do
 *      not apply (certificates are self-signed and pinned). After it, on_open gets the identity
 *      (struct net_ident) and its defect; nothing read from the peer is delivered before. A
 *      certificate with a defect gets as far as on_open so that the owner can tell the other
 *      side why it is refused; the owner must refuse it.
 *  N3. Output is bounded: net_conn_send() refuses above the hard cap, and the connection is
 *      dropped (IMS_E_SLOW) when output does not shrink for `stall_ms`.
 *  N4. The end of a message is known from its length only, never from the end of the stream.
 *  N5. Input is bounded: reading pauses above `input_max_bytes` (a TLS record more may be there).
 *      A peer that makes work without sending anything (key updates) is dropped (IMS_E_LIMIT).
 *
 * A client may see on_open and then on_gone because the server refused its certificate: in
 * TLS 1.3 the client is done first.
 *
 * All on the loop's thread. Callbacks may close the connection; the object is freed after the
 * callback returns; until then further calls on it do nothing (no input, IMS_E_STATE for
 * sending). No callback comes from within a call of the owner.
 */
#ifndef NET_NET_H
#define NET_NET_H

#include <stdbool.h>

#include "base/bytes.h"
#include "ims/err.h"
#include "loop/loop.h"

/* Who stands at the other end, as far as the transport knows. Owned by the connection. */
struct net_ident {
	bool is_local; /* AF_UNIX: uid/gid are those of the peer process */
	unsigned uid, gid;
	char address[64]; /* "127.0.0.1:41234", "unix" */
	struct hash spki; /* SHA-256 of the certificate's SubjectPublicKeyInfo (DER) */
	char uri[256];	  /* its one ims:// URI SAN; "" if none or several */
	unsigned n_uris;  /* URI SANs it has, of any scheme */
	int64_t not_before_s, not_after_s;
	/* 0, or why this certificate cannot be used whatever the roster says: IMS_E_CERT_EXPIRED,
	 * IMS_E_CERT_SAN, IMS_E_CERT_PURPOSE, IMS_E_CERT_INVALID, IMS_E_CERT_MISSING. */
	int defect;
	char alpn[32]; /* agreed protocol */
};

struct net_tls; /* certificate, key and settings of one side; counted */

/* Texts are copied. */
struct net_tls_opts {
	const char *cert_path, *key_path; /* PEM; one self-signed certificate */
	const char *const *alpn;	  /* protocols offered (client) or taken (server), in order */
	size_t n_alpn;
};
/* Load aside; a bad pair leaves the old object in use. Checks that the key belongs to the
 * certificate, that it is valid now, strong enough and names one ims:// identity. One object
 * serves both sides. Errors: IMS_E_TLS, IMS_E_IO, IMS_E_CERT_*. */
IMS_MUST_CHECK int net_tls_new(const struct net_tls_opts *opts, struct net_tls **ret, struct errtext *e);
struct net_tls *net_tls_ref(struct net_tls *t);
void net_tls_unref(struct net_tls *t);
/* Own SPKI pin, URI and end of validity. */
const struct net_ident *net_tls_self(const struct net_tls *t);

struct net_conn;

struct net_conn_ops {
	/* Handshake done. ident is valid as long as the connection. */
	void (*on_open)(void *ctx, struct net_conn *c, const struct net_ident *ident);
	/* Bytes came; consume with net_conn_consume(). Called again only for new bytes. */
	void (*on_bytes)(void *ctx, struct net_conn *c);
	/* Output fell below the low mark after net_conn_send() had reported IMS_E_AGAIN. */
	void (*on_drain)(void *ctx, struct net_conn *c);
	/* Gone for good: err and text say why (IMS_E_CLOSED, _TLS, _TIMEOUT, _SLOW, _UNREACHABLE,
	 * _LIMIT). Last callback, also before on_open; not called for net_conn_close(). The object
	 * is freed when it returns. */
	void (*on_gone)(void *ctx, struct net_conn *c, int err, const char *text);
};

struct net_limits {
	size_t input_max_bytes;	  /* reading pauses above this much unconsumed input */
	size_t output_high_bytes; /* net_conn_send() still takes, but says IMS_E_AGAIN */
	size_t output_max_bytes;  /* net_conn_send() refuses: IMS_E_SLOW */
	int64_t handshake_ms, stall_ms;
};
/* 2 MiB (two of the largest frames), 1 MiB, 8 MiB, 10 s, 30 s. */
extern const struct net_limits net_limits_default;

/* Connect to "HOST:PORT" (IP literals only: no DNS in the loop) or "unix:PATH" (tls NULL);
 * bind_ip: source address, NULL or "" for any. That nobody listens there is told by on_gone
 * (IMS_E_UNREACHABLE), never by the result. ops stays the caller's, as long as the connection.
 * Errors: IMS_E_INVALID (address), IMS_E_IO (no socket, or bind_ip is not ours). */
IMS_MUST_CHECK int net_connect(struct loop *l, const char *address, struct net_tls *tls, const char *bind_ip,
			       const struct net_limits *limits, const struct net_conn_ops *ops, void *ctx,
			       struct net_conn **ret, struct errtext *e);

struct net_listener;
/* Called for each accepted connection, before its handshake: fill ops and ctx, return 0, or an
 * error to drop it. Of its identity only the address is known; it must not be closed here. */
typedef int net_accept_fn(void *ctx, struct net_conn *c, const struct net_conn_ops **ret_ops, void **ret_ctx);
/* Listen on "IP:PORT" (port 0: any) or "unix:PATH" (removes a dead socket, mode 0660).
 * A reserve descriptor keeps accept-and-close going at EMFILE. max_conns counts this
 * listener's connections; above it the oldest whose handshake is not done, or that only lingers,
 * makes room for a new one (IMS_E_LIMIT), and when there is none the new one is closed at once.
 * Errors: IMS_E_INVALID (address), IMS_E_EXISTS (in use), IMS_E_IO. */
IMS_MUST_CHECK int net_listen(struct loop *l, const char *address, struct net_tls *tls,
			      const struct net_limits *limits, unsigned max_conns, net_accept_fn *accept_fn,
			      void *ctx, struct net_listener **ret, struct errtext *e);
/* Connections open now and at most; closed for want of a place, or of a file descriptor. */
struct net_listener_count {
	unsigned open, max;
	uint64_t turned_away, without_descriptor;
};
void net_listener_count(const struct net_listener *l, struct net_listener_count *ret);
/* Its connections live on. Removes the socket file that it made. NULL is allowed. */
void net_listener_free(struct net_listener *l);
/* The address with the real port, "127.0.0.1:41001". */
const char *net_listener_address(const struct net_listener *l);
/* Later handshakes use this; established sessions keep theirs. */
void net_listener_set_tls(struct net_listener *l, struct net_tls *tls);

const struct net_ident *net_conn_ident(const struct net_conn *c);
/* Unconsumed input, contiguous; valid until consume. */
struct bytes net_conn_input(struct net_conn *c);
void net_conn_consume(struct net_conn *c, size_t n);
/* Copies the parts. 0; IMS_E_AGAIN: taken, but stop producing until on_drain;
 * IMS_E_SLOW: not taken, the caller should close; IMS_E_STATE: not open. */
int net_conn_send(struct net_conn *c, const struct bytes *parts, size_t n_parts);
size_t net_conn_output_bytes(const struct net_conn *c);
/* Close after what is queued has been written and the other side has closed as well (at most
 * linger_ms), or now with 0. No callback follows, and the caller forgets the connection. Sends
 * close_notify when it can. A connection that is not open yet is closed now. */
void net_conn_close(struct net_conn *c, int64_t linger_ms);
uint64_t net_conn_bytes_in(const struct net_conn *c);
uint64_t net_conn_bytes_out(const struct net_conn *c);

#endif
