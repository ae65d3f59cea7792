/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A blocking client of a node: requests out, replies in, over a local socket or TLS 1.3. Many
 * requests may be in flight; replies carry the request's number and may come in any order. One
 * owner, one thread.
 *
 * Whoever sends much also takes replies in (client_send() does it while it waits), so neither
 * side blocks on the other's full buffer.
 */
#ifndef CLI_CLIENT_H
#define CLI_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "ims/err.h"

#define CLIENT_DEFAULT_NODE "unix:/run/imsd/control.sock"
#define CLIENT_DEFAULT_PORT "7443"

/* Where and as whom. Texts are borrowed for the time of client_open(). */
struct client_target {
	const char *node;	/* "unix:PATH" or "ims://HOST[:PORT]" */
	const char *cert, *key;	/* PEM files for ims://; key NULL: in the file of cert */
	const char *pin;	/* 64 hex digits: SHA-256 of the node's SubjectPublicKeyInfo; or NULL */
	const char *roster;	/* file of a roster note whose pins are believed; or NULL */
	int64_t timeout_ms;	/* fail with IMS_E_TIMEOUT when nothing moves for so long */
};

struct client;

/* Connect, with TLS the handshake too; over ims:// one of pin and roster must be there.
 * Errors: IMS_E_USAGE, IMS_E_UNREACHABLE, IMS_E_TIMEOUT, IMS_E_TLS, IMS_E_CERT_* (theirs),
 * IMS_E_PERMISSION (of the socket), IMS_E_IO (files). */
IMS_MUST_CHECK int client_open(const struct client_target *t, struct client **ret, struct errtext *e);
/* NULL is allowed. */
void client_free(struct client *c);
void client_set_timeout(struct client *c, int64_t timeout_ms);
int64_t client_timeout_ms(const struct client *c);

struct client_reply {
	uint64_t id;
	int err;		/* 0, or the negative IMS_E_* that the node answered */
	struct bytes text;	/* its detail */
	struct bytes body;	/* reply message of the verb */
	bool more;		/* further replies with this id follow */
};

/* Queue a request and write what goes without waiting; waits when much is queued already.
 * Errors: IMS_E_LIMIT (body too large), IMS_E_CLOSED, IMS_E_TIMEOUT, what a Bye said. */
IMS_MUST_CHECK int client_send(struct client *c, uint32_t verb, struct bytes body, uint64_t *ret_id,
			       struct errtext *e);
/* Wait for the next reply, to any request. Its spans are valid until the next call. A Bye from the
 * node is the failure it names; other errors: IMS_E_CLOSED, IMS_E_TIMEOUT, IMS_E_PROTOCOL, IMS_E_FRAME. */
IMS_MUST_CHECK int client_receive(struct client *c, struct client_reply *ret, struct errtext *e);

#endif
