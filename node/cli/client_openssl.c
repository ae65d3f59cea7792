/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The carrier over TLS 1.3. The node is known by its key, not by a name or an authority: its
 * SubjectPublicKeyInfo hashes to the pin, or to one that the roster has for the node that its
 * certificate names. Our own certificate is judged by the node in the same way.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/carrier.h"
#include "crypto/hash.h"
#include "replication/roster.h"

static const unsigned char alpn[] = "\x05ims/1";

struct tls {
	struct carrier base;
	SSL_CTX *ctx;
	SSL *ssl;
	bool has_pin;
	struct hash pin;
	struct roster *roster;
};

/* The oldest error of the queue, which is the cause, into e. */
static int tls_error(int err, const char *what, struct errtext *e)
{
	unsigned long code = ERR_get_error();
	const char *reason = code ? ERR_reason_error_string(code) : NULL;

	ERR_clear_error();
	return errtext_set(e, err, "%s: %s", what, reason ? reason : "no reason given");
}

/* ---- who is the node */

/* The only ims:// name of a certificate; NULL when there is none or more than one. Caller frees. */
static char *cert_uri(X509 *cert)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	char *uri = NULL;
	int n_uris = 0;

	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
		struct bytes text;

		if (name->type != GEN_URI)
			continue;
		text = BYTES(ASN1_STRING_get0_data(name->d.uniformResourceIdentifier),
			     (size_t)ASN1_STRING_length(name->d.uniformResourceIdentifier));
		if (n_uris++ == 0 && utf8_is_text(text))
			uri = mem_strndup(text);
	}
	GENERAL_NAMES_free(names);
	if (n_uris != 1) {
		free(uri);
		return NULL;
	}
	return uri;
}

static int cert_pin(X509 *cert, struct hash *ret)
{
	unsigned char *der = NULL;
	int n = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert), &der);

	if (n <= 0)
		return IMS_E_CERT_INVALID;
	crypto_sha256(BYTES(der, (size_t)n), ret);
	OPENSSL_free(der);
	return 0;
}

static int check_roster(const struct tls *t, X509 *cert, const struct hash *pin, struct errtext *e)
{
	struct roster_identity who;
	char *uri = cert_uri(cert);
	int err;

	if (!uri)
		return errtext_set(e, IMS_E_CERT_SAN,
				   "the node's certificate names no single ims:// identity");
	err = roster_identify(t->roster, uri, pin, &who, e);
	if (err == 0 && who.role != ROSTER_ROLE_NODE)
		err = errtext_set(e, IMS_E_CERT_PURPOSE, "%.160s is not a node", uri);
	free(uri);
	return err;
}

static int check_node(const struct tls *t, struct errtext *e)
{
	X509 *cert = SSL_get0_peer_certificate(t->ssl);
	char hex[HEX_HASH_BYTES];
	const unsigned char *proto;
	unsigned proto_n;
	struct hash pin;

	SSL_get0_alpn_selected(t->ssl, &proto, &proto_n);
	if (proto_n != sizeof(alpn) - 2 || memcmp(proto, alpn + 1, proto_n) != 0)
		return errtext_set(e, IMS_E_VERSION, "the node does not speak ims/1");
	if (!cert || cert_pin(cert, &pin))
		return errtext_set(e, IMS_E_CERT_MISSING, "the node shows no certificate");
	if (X509_cmp_current_time(X509_get0_notBefore(cert)) >= 0 ||
	    X509_cmp_current_time(X509_get0_notAfter(cert)) <= 0)
		return errtext_set(e, IMS_E_CERT_EXPIRED,
				   "the node's certificate has expired or is not yet valid");
	if (t->has_pin && !hash_eq(&pin, &t->pin))
		return errtext_set(e, IMS_E_CERT_PIN, "the node's key has another pin: %s",
				   hex_hash(&pin, hex));
	return t->roster ? check_roster(t, cert, &pin, e) : 0;
}

/* ---- moving bytes */

/* What a failed SSL call means. A certificate of ours that the node refuses is seen only here,
 * as an alert after the handshake: that is how TLS 1.3 is. */
static int outcome(struct tls *t, int ret, struct errtext *e)
{
	switch (SSL_get_error(t->ssl, ret)) {
	case SSL_ERROR_WANT_READ:
		return CARRIER_WANT_READ;
	case SSL_ERROR_WANT_WRITE:
		return CARRIER_WANT_WRITE;
	case SSL_ERROR_ZERO_RETURN:
		return errtext_set(e, IMS_E_CLOSED, "the node closed the connection");
	case SSL_ERROR_SYSCALL:
		if (ERR_peek_error() == 0)
			return errtext_set(e, IMS_E_CLOSED, "the connection broke (%s)",
					   errno ? strerror(errno) : "end of stream");
		break;
	default:
		if (ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING) {
			ERR_clear_error();
			return errtext_set(e, IMS_E_CLOSED, "the node closed the connection");
		}
		break;
	}
	return tls_error(IMS_E_TLS, "TLS", e);
}

static int tls_open(struct carrier *c, struct errtext *e)
{
	struct tls *t = (struct tls *)c;
	int n;

	ERR_clear_error();
	n = SSL_connect(t->ssl);
	return n == 1 ? check_node(t, e) : outcome(t, n, e);
}

static int tls_read(struct carrier *c, uint8_t *p, size_t n, size_t *ret_n, struct errtext *e)
{
	struct tls *t = (struct tls *)c;

	ERR_clear_error();
	errno = 0;
	return SSL_read_ex(t->ssl, p, n, ret_n) == 1 ? 0 : outcome(t, 0, e);
}

static int tls_write(struct carrier *c, const uint8_t *p, size_t n, size_t *ret_n, struct errtext *e)
{
	struct tls *t = (struct tls *)c;

	ERR_clear_error();
	errno = 0;
	return SSL_write_ex(t->ssl, p, n, ret_n) == 1 ? 0 : outcome(t, 0, e);
}

static void tls_free(struct carrier *c)
{
	struct tls *t = (struct tls *)c;

	if (t->ssl && SSL_is_init_finished(t->ssl))
		(void)SSL_shutdown(t->ssl); /* a close_notify if it goes at once */
	ERR_clear_error();
	SSL_free(t->ssl);
	SSL_CTX_free(t->ctx);
	roster_unref(t->roster);
	close(c->fd);
	free(t);
}

static const struct carrier_ops tls_ops = {tls_open, tls_read, tls_write, tls_free};

/* ---- setting up */

/* The chain says nothing here: check_node() judges the key after the handshake. */
static int accept_chain(X509_STORE_CTX *store, void *arg)
{
	(void)store;
	(void)arg;
	return 1;
}

static int load_own(SSL_CTX *ctx, const struct client_target *t, struct errtext *e)
{
	const char *key = t->key ? t->key : t->cert;

	if (!t->cert)
		return errtext_set(e, IMS_E_CERT_MISSING,
				   "ims:// needs a certificate: --cert FILE (or IMS_CERT)");
	ERR_clear_error();
	if (SSL_CTX_use_certificate_chain_file(ctx, t->cert) != 1)
		return tls_error(IMS_E_CERT_INVALID, t->cert, e);
	if (SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1)
		return t->key ? tls_error(IMS_E_CERT_INVALID, key, e)
			      : errtext_set(e, IMS_E_CERT_INVALID,
					    "%s holds no private key: name its file with --key", key);
	if (SSL_CTX_check_private_key(ctx) != 1)
		return tls_error(IMS_E_CERT_INVALID, key, e);
	return 0;
}

static int load_trust(struct tls *tls, const struct client_target *t, struct errtext *e)
{
	struct errtext why = {""};
	struct buf note = {0};
	int err;

	tls->has_pin = t->pin != NULL;
	if (t->pin && !hex_get(bytes_of(t->pin), tls->pin.b, sizeof(tls->pin.b)))
		return errtext_set(e, IMS_E_USAGE, "a pin has 64 hex digits");
	if (!t->roster && !t->pin)
		return errtext_set(e, IMS_E_USAGE,
				   "ims:// needs --pin HEX or --roster FILE, to know the node by");
	if (!t->roster)
		return 0;
	err = file_read(t->roster, ROSTER_NOTE_MAX_BYTES, &note, &why);
	if (err == 0)
		err = roster_parse(buf_bytes(&note), &tls->roster, &why);
	buf_fini(&note);
	return err ? errtext_set(e, err, "%s: %s", t->roster, why.text) : 0;
}

static int make_context(struct tls *tls, struct errtext *e)
{
	ERR_clear_error();
	tls->ctx = SSL_CTX_new(TLS_client_method());
	if (!tls->ctx || SSL_CTX_set_min_proto_version(tls->ctx, TLS1_3_VERSION) != 1 ||
	    SSL_CTX_set_alpn_protos(tls->ctx, alpn, sizeof(alpn) - 1) != 0)
		return tls_error(IMS_E_TLS, "TLS", e);
	SSL_CTX_set_mode(tls->ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_session_cache_mode(tls->ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_verify(tls->ctx, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_cert_verify_callback(tls->ctx, accept_chain, NULL);
	return 0;
}

int carrier_tls_new(int fd, const struct client_target *t, struct carrier **ret, struct errtext *e)
{
	struct tls *tls = mem_new(struct tls);
	int err;

	tls->base = (struct carrier){&tls_ops, fd};
	err = load_trust(tls, t, e);
	if (err == 0)
		err = make_context(tls, e);
	if (err == 0)
		err = load_own(tls->ctx, t, e);
	if (err == 0) {
		tls->ssl = SSL_new(tls->ctx);
		if (!tls->ssl || SSL_set_fd(tls->ssl, fd) != 1)
			err = tls_error(IMS_E_TLS, "TLS", e);
	}
	if (err) {
		tls_free(&tls->base);
		return err;
	}
	*ret = &tls->base;
	return 0;
}
