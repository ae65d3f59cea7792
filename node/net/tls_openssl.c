/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TLS settings of the federation port, and the seam between a connection and OpenSSL.
 *
 * Resumption is the hole to keep shut: a resumed session runs no certificate check at all. With
 * OpenSSL 3.0 neither SSL_OP_NO_TICKET nor a cache that is off prevents it alone; no tickets at
 * all does (measured).
 */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include "base/check.h"
#include "base/mem.h"
#include "net/net_int.h"

#define TLS_MAGIC 0x746c7378u
#define SECURITY_LEVEL 2
/* One self-signed certificate; what a stranger sends before we know him. */
#define PEER_CERTS_MAX_BYTES 16384

struct net_tls {
	unsigned magic;
	atomic_uint refs;
	SSL_CTX *ctx;
	struct net_ident self;
	unsigned char alpn[256]; /* wire form: length byte and name, repeated */
	unsigned n_alpn;
};

/* Take OpenSSL's reason into the text and leave its queue empty. A failed system call stands
 * first in the queue, otherwise what came last says most. */
static int fail(struct errtext *e, int err, const char *path)
{
	unsigned long first = ERR_peek_error();
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());

	if (ERR_SYSTEM_ERROR(first)) {
		err = IMS_E_IO;
		reason = strerror(ERR_GET_REASON(first));
	}
	ERR_clear_error();
	return errtext_set(e, err, "%s: %s", path, reason ? reason : ims_strerror(err));
}

/* ---- settings ----------------------------------------------------------------------------- */

/*
 * The handshake asks only for one certificate with a usable key. Whether it may be used is said
 * by net_tls_finish() and the owner, so that the other side can be told the reason.
 */
static int accept_parseable(X509_STORE_CTX *store, void *arg)
{
	X509 *cert = X509_STORE_CTX_get0_cert(store);

	(void)arg;
	if (!cert || !X509_get0_pubkey(cert)) {
		X509_STORE_CTX_set_error(store, X509_V_ERR_UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY);
		return 0;
	}
	X509_STORE_CTX_set_error(store, X509_V_OK);
	return 1;
}

/* The server's choice: its own order counts; nothing in common ends the handshake. */
static int select_alpn(SSL *ssl, const unsigned char **ret, unsigned char *ret_n, const unsigned char *in,
		       unsigned int in_n, void *arg)
{
	struct net_tls *t = arg;
	unsigned char *chosen;

	(void)ssl;
	if (SSL_select_next_proto(&chosen, ret_n, t->alpn, t->n_alpn, in, in_n) != OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*ret = chosen;
	return SSL_TLSEXT_ERR_OK;
}

static int no_passphrase(char *buf, int size, int for_writing, void *arg)
{
	(void)buf;
	(void)size;
	(void)for_writing;
	(void)arg;
	return -1; /* a daemon asks nobody */
}

static bool set_alpn(struct net_tls *t, const struct net_tls_opts *opts)
{
	for (size_t i = 0; i < opts->n_alpn; i++) {
		size_t n = strlen(opts->alpn[i]);

		if (n == 0 || n >= sizeof(t->self.alpn) || t->n_alpn + 1 + n > sizeof(t->alpn))
			return false;
		t->alpn[t->n_alpn] = (unsigned char)n;
		memcpy(t->alpn + t->n_alpn + 1, opts->alpn[i], n);
		t->n_alpn += (unsigned)n + 1;
	}
	SSL_CTX_set_alpn_select_cb(t->ctx, select_alpn, t);
	return t->n_alpn > 0 && SSL_CTX_set_alpn_protos(t->ctx, t->alpn, t->n_alpn) == 0;
}

static bool set_rules(SSL_CTX *ctx)
{
	SSL_CTX_set_security_level(ctx, SECURITY_LEVEL);
	SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	SSL_CTX_set_cert_verify_callback(ctx, accept_parseable, NULL);
	SSL_CTX_set_max_cert_list(ctx, PEER_CERTS_MAX_BYTES);
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
	/* One record a call: a peer that sends only key updates gets a turn each, not the loop.
	 * SSL_MODE_ENABLE_PARTIAL_WRITE stays off: with libevent 2.1 it corrupts the stream. */
	SSL_CTX_clear_mode(ctx, SSL_MODE_AUTO_RETRY);
	return SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) == 1 &&
	       SSL_CTX_set_max_proto_version(ctx, TLS1_3_VERSION) == 1 &&
	       SSL_CTX_set_num_tickets(ctx, 0) == 1 && SSL_CTX_set_max_early_data(ctx, 0) == 1 &&
	       SSL_CTX_set_recv_max_early_data(ctx, 0) == 1;
}

/* ---- certificate and key ------------------------------------------------------------------ */

static int load_cert(struct net_tls *t, const char *path, struct errtext *e)
{
	BIO *file = BIO_new_file(path, "re");
	X509 *cert = file ? PEM_read_bio_X509(file, NULL, no_passphrase, NULL) : NULL;
	X509 *more = cert ? PEM_read_bio_X509(file, NULL, no_passphrase, NULL) : NULL;
	int r = 0;

	if (!cert) {
		r = fail(e, IMS_E_TLS, path);
	} else if (more) {
		r = errtext_set(e, IMS_E_CERT_INVALID, "%s: holds more than one certificate", path);
	} else {
		ERR_clear_error(); /* looking for more left "no start line" there */
		net_ident_of_cert(cert, NET_ROLE_ANY, &t->self);
		if (t->self.defect)
			r = errtext_set(e, t->self.defect, "%s: %s", path, ims_strerror(t->self.defect));
		else if (SSL_CTX_use_certificate(t->ctx, cert) != 1)
			r = fail(e, IMS_E_TLS, path);
	}
	X509_free(more);
	X509_free(cert);
	BIO_free(file);
	return r;
}

static int load_key(struct net_tls *t, const char *path, struct errtext *e)
{
	BIO *file = BIO_new_file(path, "re");
	EVP_PKEY *key = file ? PEM_read_bio_PrivateKey(file, NULL, no_passphrase, NULL) : NULL;
	int r = 0;

	/* SSL_CTX_use_PrivateKey() refuses a key that is not the certificate's */
	if (!key || SSL_CTX_use_PrivateKey(t->ctx, key) != 1 || SSL_CTX_check_private_key(t->ctx) != 1)
		r = fail(e, IMS_E_TLS, path);
	EVP_PKEY_free(key);
	BIO_free(file);
	return r;
}

int net_tls_new(const struct net_tls_opts *opts, struct net_tls **ret, struct errtext *e)
{
	struct net_tls *t = mem_new(struct net_tls);
	int r;

	t->magic = TLS_MAGIC;
	atomic_init(&t->refs, 1);
	ERR_clear_error();
	t->ctx = SSL_CTX_new(TLS_method());
	if (!t->ctx || !set_rules(t->ctx) || !set_alpn(t, opts))
		r = fail(e, IMS_E_TLS, "settings");
	else
		r = load_cert(t, opts->cert_path, e);
	if (!r)
		r = load_key(t, opts->key_path, e);
	if (r) {
		net_tls_unref(t);
		return r;
	}
	*ret = t;
	return 0;
}

struct net_tls *net_tls_ref(struct net_tls *t)
{
	OBJ_CHECK(t, TLS_MAGIC);
	atomic_fetch_add(&t->refs, 1);
	return t;
}

void net_tls_unref(struct net_tls *t)
{
	if (!t)
		return;
	OBJ_CHECK(t, TLS_MAGIC);
	if (atomic_fetch_sub(&t->refs, 1) != 1)
		return;
	SSL_CTX_free(t->ctx);
	t->magic = 0;
	free(t);
}

const struct net_ident *net_tls_self(const struct net_tls *t)
{
	OBJ_CHECK(t, TLS_MAGIC);
	return &t->self;
}

/* ---- one connection ----------------------------------------------------------------------- */

/* Of all that passes, only the key updates of the other side matter. */
static void on_message(int is_write, int version, int type, const void *buf, size_t n, SSL *ssl, void *arg)
{
	(void)version;
	(void)ssl;
	if (!is_write && type == SSL3_RT_HANDSHAKE && n > 0 && *(const uint8_t *)buf == SSL3_MT_KEY_UPDATE)
		net_conn_note_rekey(arg);
}

SSL *net_tls_start(struct net_tls *t, bool is_server, struct net_conn *c)
{
	SSL *ssl;

	OBJ_CHECK(t, TLS_MAGIC);
	ssl = SSL_new(t->ctx);
	if (!ssl) {
		ERR_clear_error();
		return NULL;
	}
	SSL_set_msg_callback(ssl, on_message);
	SSL_set_msg_callback_arg(ssl, c);
	if (is_server)
		SSL_set_accept_state(ssl);
	else
		SSL_set_connect_state(ssl);
	return ssl;
}

int net_tls_finish(SSL *ssl, bool is_server, struct net_ident *ret, struct errtext *e)
{
	const unsigned char *alpn;
	unsigned int n;
	X509 *cert = SSL_get0_peer_certificate(ssl);

	/* A client that names no protocol at all gets past the selection. */
	SSL_get0_alpn_selected(ssl, &alpn, &n);
	if (n == 0 || n >= sizeof(ret->alpn))
		return errtext_set(e, IMS_E_TLS, "no protocol agreed (ALPN)");
	memcpy(ret->alpn, alpn, n);
	ret->alpn[n] = '\0';
	if (BUG(!cert) || BUG(SSL_session_reused(ssl)) || BUG(SSL_version(ssl) != TLS1_3_VERSION))
		return errtext_set(e, IMS_E_TLS, "handshake without a certificate of its own");
	net_ident_of_cert(cert, is_server ? NET_ROLE_CLIENT : NET_ROLE_SERVER, ret);
	return 0;
}

void net_tls_shutdown(SSL *ssl)
{
	ERR_clear_error();
	(void)SSL_shutdown(ssl); /* it can only be tried: the socket may be full or gone */
	ERR_clear_error();
}

int net_tls_error(unsigned long code, struct errtext *e)
{
	const char *reason = ERR_reason_error_string(code);

	/* libevent passes SSL_get_error()'s number for a failed system call */
	if (code == 0 || code == SSL_ERROR_SYSCALL)
		return 0;
	if (ERR_GET_LIB(code) == ERR_LIB_SSL && ERR_GET_REASON(code) == SSL_R_UNEXPECTED_EOF_WHILE_READING)
		return errtext_set(e, IMS_E_CLOSED, "connection ended without notice");
	return errtext_set(e, IMS_E_TLS, "%s", reason ? reason : ims_strerror(IMS_E_TLS));
}
