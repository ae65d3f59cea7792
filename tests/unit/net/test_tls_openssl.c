/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who gets in: the handshake's rules and the defects of certificates. Bad clients are plain
 * OpenSSL in a thread of their own, since net/ refuses to be one.
 */
#include "unit/net/bench.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#define EU "ims://f/eu/node"

/* ---- a client without our rules ---- */

struct raw {
	struct bench *b;
	const char *cert; /* NULL: none */
	int max_version;  /* 0: any */
	const char *alpn; /* wire form; NULL: none */
	bool weak;
	unsigned rekeys;
	SSL_SESSION *session; /* offered */
	pthread_t thread;
	bool done; /* on the loop's thread */
	/* results */
	bool shook_hands, reused;
	int sessions;	     /* tickets that came */
	SSL_SESSION *latest; /* of this connection */
	char reason[128];
};

static int count_session(SSL *ssl, SSL_SESSION *s)
{
	struct raw *r = SSL_get_app_data(ssl);

	(void)s;
	r->sessions++;
	return 0;
}

static int raw_socket(const char *address)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct timeval limit = {BENCH_DEADLINE_MS / 1000, 0};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	to.sin_port = htons((uint16_t)strtoul(strchr(address, ':') + 1, NULL, 10));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static SSL_CTX *raw_ctx(struct raw *r)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	char path[256];

	if (r->weak)
		SSL_CTX_set_security_level(ctx, 0);
	if (r->max_version)
		SSL_CTX_set_max_proto_version(ctx, r->max_version);
	if (r->cert) {
		certs_path(path, r->b->dir, r->cert, "crt");
		SSL_CTX_use_certificate_file(ctx, path, SSL_FILETYPE_PEM);
		certs_path(path, r->b->dir, r->cert, "key");
		SSL_CTX_use_PrivateKey_file(ctx, path, SSL_FILETYPE_PEM);
	}
	if (r->alpn)
		SSL_CTX_set_alpn_protos(ctx, (const unsigned char *)r->alpn, (unsigned)strlen(r->alpn));
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_CLIENT);
	SSL_CTX_sess_set_new_cb(ctx, count_session);
	return ctx;
}

static void raw_done(void *arg)
{
	struct raw *r = arg;

	r->done = true;
	bench_ask(r->b);
}

/* Shake hands, then read until the server has had enough: an alert comes only then. */
static void *raw_run(void *arg)
{
	struct raw *r = arg;
	SSL_CTX *ctx = raw_ctx(r);
	SSL *ssl = SSL_new(ctx);
	int fd = raw_socket(net_listener_address(r->b->listener));
	char byte;

	SSL_set_app_data(ssl, r);
	if (r->session)
		SSL_set_session(ssl, r->session);
	SSL_set_fd(ssl, fd);
	r->shook_hands = SSL_connect(ssl) == 1;
	for (unsigned i = 0; r->shook_hands && i < r->rekeys; i++)
		if (SSL_key_update(ssl, SSL_KEY_UPDATE_NOT_REQUESTED) != 1 || SSL_do_handshake(ssl) != 1)
			break;
	while (r->shook_hands && SSL_read(ssl, &byte, 1) > 0)
		;
	r->reused = SSL_session_reused(ssl);
	r->latest = SSL_get1_session(ssl);
	snprintf(r->reason, sizeof(r->reason), "%s",
		 ERR_peek_error() ? ERR_reason_error_string(ERR_peek_error()) : "");
	ERR_clear_error();
	SSL_free(ssl);
	SSL_CTX_free(ctx);
	close(fd);
	loop_post(r->b->loop, raw_done, r);
	return NULL;
}

static void raw_start(struct raw *r, struct bench *b)
{
	r->b = b;
	b->extra = r;
	assert_int_equal(pthread_create(&r->thread, NULL, raw_run, r), 0);
}

static bool raw_is_done(struct bench *b)
{
	return ((struct raw *)b->extra)->done;
}

static void raw_finish(struct raw *r)
{
	bench_until(r->b, raw_is_done);
	pthread_join(r->thread, NULL);
}

/* ---- good ones ---- */

static void both_sides_know_each_other(void **state)
{
	struct bench *b = *state;
	struct net_tls *client;
	const struct net_ident *server_side = &b->ends[0].ident, *client_side = &b->client.ident;

	certs_make(b->dir, "mx", &(struct certs_spec){.uris = {"ims://f/mx/node"}, .dns = "mx.example"});
	client = bench_tls(b, "mx");
	bench_connect(b, &b->client, net_listener_address(b->listener), client);
	bench_until(b, both_open);
	assert_int_equal(server_side->defect, 0);
	assert_int_equal(client_side->defect, 0);
	assert_string_equal(server_side->uri, "ims://f/mx/node");
	assert_string_equal(client_side->uri, EU);
	assert_int_equal(server_side->n_uris, 1);
	assert_true(hash_eq(&server_side->spki, &net_tls_self(client)->spki));
	assert_true(hash_eq(&client_side->spki, &net_tls_self(b->tls)->spki));
	assert_false(hash_eq(&client_side->spki, &server_side->spki));
	assert_string_equal(server_side->alpn, "ims/1");
	assert_string_equal(client_side->alpn, "ims/1");
	assert_false(server_side->is_local);
	assert_int_equal(server_side->not_after_s - server_side->not_before_s, 86400 + 3600);
	assert_memory_equal(server_side->address, "127.0.0.1:", 10);
	net_tls_unref(client);
}

static void the_pin_is_over_the_whole_key_info(void **state)
{
	struct bench *b = *state;
	char path[256];
	unsigned char *der = NULL, md[32];
	FILE *f;
	X509 *x;
	int n;

	certs_path(path, b->dir, "good", "crt");
	f = fopen(path, "r");
	x = PEM_read_X509(f, NULL, NULL, NULL);
	fclose(f);
	n = i2d_PUBKEY(X509_get0_pubkey(x), &der);
	assert_int_equal(EVP_Q_digest(NULL, "SHA256", NULL, der, (size_t)n, md, NULL), 1);
	assert_memory_equal(md, net_tls_self(b->tls)->spki.b, 32);
	OPENSSL_free(der);
	X509_free(x);
}

static bool second_pair_open(struct bench *b)
{
	return b->ends[2].opened && b->ends[1].opened;
}

static bool first_pair_got(struct bench *b)
{
	return b->client.got.n > 0;
}

static void later_handshakes_use_the_new_certificate(void **state)
{
	struct bench *b = *state;
	struct end *second = &b->ends[2]; /* the listener takes 0 and 1 */
	struct bytes text = BYTES_LIT("still here");
	struct net_tls *next;

	bench_connect(b, &b->client, net_listener_address(b->listener), b->tls);
	bench_until(b, both_open);
	certs_make(b->dir, "next", &(struct certs_spec){.uris = {EU}});
	next = bench_tls(b, "next");
	net_listener_set_tls(b->listener, next);
	bench_connect(b, second, net_listener_address(b->listener), b->tls);
	bench_until(b, second_pair_open);
	assert_true(hash_eq(&second->ident.spki, &net_tls_self(next)->spki));
	assert_true(hash_eq(&b->client.ident.spki, &net_tls_self(b->tls)->spki));
	net_tls_unref(next);
	assert_int_equal(net_conn_send(b->ends[0].conn, &text, 1), 0);
	bench_until(b, first_pair_got);
	assert_false(b->client.gone);
}

/* ---- handshakes that must fail ---- */

static void raw_is_refused(struct bench *b, struct raw r, const char *server_says)
{
	raw_start(&r, b);
	raw_finish(&r);
	bench_until(b, server_gone);
	assert_false(b->ends[0].opened);
	assert_int_equal(b->ends[0].err, IMS_E_TLS);
	assert_string_equal(b->ends[0].text, server_says);
	SSL_SESSION_free(r.latest);
}

static void tls_1_2_is_refused(void **state)
{
	raw_is_refused(*state, (struct raw){.cert = "good", .max_version = TLS1_2_VERSION, .alpn = "\5ims/1"},
		       "unsupported protocol");
}

static void no_certificate_is_refused(void **state)
{
	raw_is_refused(*state, (struct raw){.alpn = "\5ims/1"}, "peer did not return a certificate");
}

static void another_protocol_is_refused(void **state)
{
	raw_is_refused(*state, (struct raw){.cert = "good", .alpn = "\2h2"}, "no application protocol");
}

static void no_protocol_is_refused(void **state)
{
	raw_is_refused(*state, (struct raw){.cert = "good"}, "no protocol agreed (ALPN)");
}

static void key_updates_without_end_are_refused(void **state)
{
	struct bench *b = *state;
	struct raw r = {.cert = "good", .alpn = "\5ims/1", .rekeys = 5000};

	raw_start(&r, b);
	bench_until(b, server_gone);
	assert_int_equal(b->ends[0].err, IMS_E_LIMIT);
	raw_finish(&r);
	SSL_SESSION_free(r.latest);
}

static void other_bytes_are_refused(void **state)
{
	struct bench *b = *state;
	int fd = raw_socket(net_listener_address(b->listener));

	assert_int_equal(write(fd, "GET / HTTP/1.1\r\n\r\n", 18), 18);
	bench_until(b, server_gone);
	assert_int_equal(b->ends[0].err, IMS_E_TLS);
	close(fd);
}

static void a_silent_client_times_out(void **state)
{
	struct bench *b = *state;
	int fd;

	net_listener_free(b->listener);
	b->limits.handshake_ms = 30;
	bench_listen(b, "127.0.0.1:0", b->tls, 10);
	fd = raw_socket(net_listener_address(b->listener));
	bench_until(b, server_gone);
	assert_int_equal(b->ends[0].err, IMS_E_TIMEOUT);
	assert_false(b->ends[0].opened);
	close(fd);
}

static void a_client_that_goes_away_is_closed(void **state)
{
	struct bench *b = *state;
	struct linger reset = {1, 0};
	int fd = raw_socket(net_listener_address(b->listener));

	close(fd);
	bench_until(b, server_gone);
	assert_int_equal(b->ends[0].err, IMS_E_CLOSED);
	b->n_accepted = 0;
	b->ends[0] = (struct end){.b = b};
	fd = raw_socket(net_listener_address(b->listener));
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	close(fd);
	bench_until(b, server_gone);
	assert_int_equal(b->ends[0].err, IMS_E_CLOSED);
}

/* ---- resumption would skip the look at the certificate ---- */

static void sessions_cannot_be_resumed(void **state)
{
	struct bench *b = *state;
	struct raw first = {.cert = "good", .alpn = "\5ims/1"}, again = first;

	b->ends[0].manner = b->ends[1].manner = END_CLOSES_ON_OPEN;
	raw_start(&first, b);
	raw_finish(&first);
	assert_true(first.shook_hands);
	assert_int_equal(first.sessions, 0);
	assert_false(SSL_SESSION_is_resumable(first.latest));
	assert_false(SSL_SESSION_has_ticket(first.latest));

	again.session = first.latest;
	raw_start(&again, b);
	raw_finish(&again);
	assert_false(again.reused);
	assert_int_equal(again.sessions, 0);
	assert_true(b->ends[1].opened && b->ends[1].ident.defect == 0);
	assert_true(hash_eq(&b->ends[1].ident.spki, &net_tls_self(b->tls)->spki));
	SSL_SESSION_free(first.latest);
	SSL_SESSION_free(again.latest);
}

/* ---- certificates with a defect get as far as on_open, which is told ---- */

static void defects_are_told(void **state)
{
	static const struct {
		struct certs_spec spec;
		int defect;
		unsigned n_uris;
	} cases[] = {
		{{.uris = {EU}}, 0, 1},
		{{.uris = {EU}, .eku = "clientAuth"}, 0, 1},
		{{.uris = {EU}, .eku = ""}, 0, 1},
		{{.uris = {EU}, .rsa_bits = 2048}, 0, 1},
		{{.uris = {EU}, .from_s = -7200, .to_s = -3600}, IMS_E_CERT_EXPIRED, 1},
		{{.uris = {EU}, .from_s = 3600, .to_s = 7200}, IMS_E_CERT_EXPIRED, 1},
		{{.uris = {EU}, .eku = "serverAuth"}, IMS_E_CERT_PURPOSE, 1},
		{{.uris = {EU, "ims://f/mx/node"}}, IMS_E_CERT_SAN, 2},
		{{.uris = {EU, "https://x.example/"}}, IMS_E_CERT_SAN, 2},
		{{.dns = "eu.example"}, IMS_E_CERT_SAN, 0},
		{{.uris = {NULL}}, IMS_E_CERT_SAN, 0},
		{{.uris = {"https://eu.example/"}}, IMS_E_CERT_SAN, 1},
		{{.uris = {EU}, .nul_in_uri = true}, IMS_E_CERT_SAN, 1},
		{{.uris = {EU}, .rsa_bits = 2048, .sha1 = true}, IMS_E_CERT_INVALID, 1},
		{{.uris = {EU}, .unknown_critical = true}, IMS_E_CERT_INVALID, 1},
	};
	struct bench *b = *state;

	b->ends[0].manner = END_CLOSES_ON_OPEN;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct raw r = {.cert = "case", .alpn = "\14ims-roster/1", .weak = true};

		certs_make(b->dir, "case", &cases[i].spec);
		raw_start(&r, b);
		raw_finish(&r);
		assert_true(b->ends[0].opened);
		assert_int_equal(b->ends[0].ident.defect, cases[i].defect);
		assert_int_equal(b->ends[0].ident.n_uris, cases[i].n_uris);
		assert_string_equal(b->ends[0].ident.uri,
				    cases[i].defect == IMS_E_CERT_SAN ? "" : cases[i].spec.uris[0]);
		assert_string_equal(b->ends[0].ident.alpn, "ims-roster/1");
		SSL_SESSION_free(r.latest);
		b->ends[0].opened = false;
		b->n_accepted = 0;
	}
}

/* Whether by the handshake or by the defect: it does not come in. */
static void a_weak_key_does_not_come_in(void **state)
{
	struct bench *b = *state;
	struct raw r = {.cert = "weak", .alpn = "\5ims/1", .weak = true};

	certs_make(b->dir, "weak", &(struct certs_spec){.uris = {EU}, .rsa_bits = 1024});
	b->ends[0].manner = END_CLOSES_ON_OPEN;
	raw_start(&r, b);
	raw_finish(&r);
	assert_true(b->ends[0].opened ? b->ends[0].ident.defect == IMS_E_CERT_INVALID
				      : b->ends[0].err == IMS_E_TLS);
	SSL_SESSION_free(r.latest);
}

static void a_client_judges_servers_as_servers(void **state)
{
	struct bench *b = *state;
	struct net_tls *tls;

	certs_make(b->dir, "c", &(struct certs_spec){.uris = {EU}, .eku = "clientAuth"});
	tls = bench_tls(b, "c");
	net_listener_set_tls(b->listener, tls);
	bench_connect(b, &b->client, net_listener_address(b->listener), b->tls);
	bench_until(b, both_open);
	assert_int_equal(b->client.ident.defect, IMS_E_CERT_PURPOSE);
	assert_int_equal(b->ends[0].ident.defect, 0);
	net_tls_unref(tls);
}

/* ---- own certificates ---- */

static int load(struct bench *b, const char *cert_name, const char *key_name, struct errtext *e)
{
	static const char *const alpn[] = {"ims/1"};
	char cert[256], key[256];
	struct net_tls_opts opts = {cert, key, alpn, 1};
	struct net_tls *t = NULL;
	int r;

	certs_path(cert, b->dir, cert_name, "crt");
	certs_path(key, b->dir, key_name, "key");
	r = net_tls_new(&opts, &t, e);
	assert_true((t == NULL) == (r != 0));
	net_tls_unref(t);
	return r;
}

static void append_file(struct bench *b, const char *to, const char *from)
{
	char a[256], c[256], part[4096];
	FILE *in, *out;
	size_t n;

	certs_path(a, b->dir, to, "crt");
	certs_path(c, b->dir, from, "crt");
	out = fopen(a, "a");
	in = fopen(c, "r");
	assert_true(in && out);
	n = fread(part, 1, sizeof(part), in);
	assert_int_equal(fwrite(part, 1, n, out), n);
	fclose(in);
	fclose(out);
}

static void own_files_are_checked(void **state)
{
	struct bench *b = *state;
	struct errtext e = {""};

	certs_make(b->dir, "other", &(struct certs_spec){.uris = {EU}});
	certs_make(b->dir, "old", &(struct certs_spec){.uris = {EU}, .from_s = -7200, .to_s = -60});
	certs_make(b->dir, "two", &(struct certs_spec){.uris = {EU, EU}});
	assert_int_equal(load(b, "good", "good", &e), 0);
	assert_int_equal(load(b, "good", "none", &e), IMS_E_IO);
	assert_non_null(strstr(e.text, "none.key: No such file"));
	assert_int_equal(load(b, "none", "good", &e), IMS_E_IO);
	assert_int_equal(load(b, "good", "other", &e), IMS_E_TLS);
	assert_non_null(strstr(e.text, "other.key: key values mismatch"));
	assert_int_equal(load(b, "old", "old", &e), IMS_E_CERT_EXPIRED);
	assert_int_equal(load(b, "two", "two", &e), IMS_E_CERT_SAN);
	append_file(b, "good", "other");
	assert_int_equal(load(b, "good", "good", &e), IMS_E_CERT_INVALID);
	assert_int_equal(load(b, "good", "good", NULL), IMS_E_CERT_INVALID);
	assert_int_equal(ERR_peek_error(), 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, bench_setup_tls, bench_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(both_sides_know_each_other),
		T(the_pin_is_over_the_whole_key_info),
		T(later_handshakes_use_the_new_certificate),
		T(tls_1_2_is_refused),
		T(no_certificate_is_refused),
		T(another_protocol_is_refused),
		T(no_protocol_is_refused),
		T(key_updates_without_end_are_refused),
		T(other_bytes_are_refused),
		T(a_silent_client_times_out),
		T(a_client_that_goes_away_is_closed),
		T(sessions_cannot_be_resumed),
		T(defects_are_told),
		T(a_weak_key_does_not_come_in),
		T(a_client_judges_servers_as_servers),
		T(own_files_are_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
