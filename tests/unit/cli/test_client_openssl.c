/* SPDX-License-Identifier: Apache-2.0 */
/* The client over TLS: a node is known by its key, whatever its certificate says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/ssl.h>

#include <cmocka.h>

#include "base/check.h"
#include "base/text.h"
#include "cli/cert.h"
#include "cli/client.h"
#include "wire/frame.h"
#include "wire/msg.h"

#define REQUESTS 200
#define BODY_BYTES 20000

struct node {
	char dir[64], address[64], key[96], crt[96], own_key[96], own_crt[96], pin[HEX_HASH_BYTES];
	int listener;
	pthread_t thread;
	SSL_CTX *ctx;
	bool speaks_ims, wants_nobody;
};

static int choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *n, const unsigned char *in,
			   unsigned in_n, void *arg)
{
	struct node *x = arg;

	(void)ssl;
	if (!x->speaks_ims)
		return SSL_TLSEXT_ERR_NOACK;
	assert_int_equal(in_n, 6);
	*out = in + 1;
	*n = in[0];
	return SSL_TLSEXT_ERR_OK;
}

static int accept_anyone(X509_STORE_CTX *store, void *arg)
{
	struct node *x = arg;

	(void)store;
	return !x->wants_nobody;
}

/* Answer requests with what they carry, until the client goes. */
static void talk(SSL *ssl)
{
	struct buf in = {0}, out = {0};
	struct frame f;
	uint8_t chunk[16384];
	int n;

	while ((n = SSL_read(ssl, chunk, sizeof(chunk))) > 0) {
		buf_put(&in, BYTES(chunk, (size_t)n));
		while (frame_take(buf_bytes(&in), &f) > 0) {
			struct msg q, r = {.type = MSG_REPLY};
			struct arena a;

			arena_init(&a, 1 << 20);
			CHECK(msg_decode(f.type, f.message, &a, &q, NULL) == 0);
			r.u.reply = (struct msg_reply){.id = q.u.request.id, .body = q.u.request.body};
			buf_clear(&out);
			CHECK(msg_encode(&r, &out) == 0);
			arena_fini(&a);
			memmove(in.p, in.p + f.total_bytes, in.n - f.total_bytes);
			in.n -= f.total_bytes;
			(void)!SSL_write(ssl, out.p, (int)out.n);
		}
	}
	buf_fini(&in);
	buf_fini(&out);
}

static void *serve(void *arg)
{
	struct node *x = arg;
	int fd;

	while ((fd = accept(x->listener, NULL, NULL)) >= 0) {
		SSL *ssl = SSL_new(x->ctx);

		SSL_set_fd(ssl, fd);
		if (SSL_accept(ssl) == 1)
			talk(ssl);
		SSL_free(ssl);
		close(fd);
	}
	return NULL;
}

static void make_certs(struct node *x)
{
	const struct cert_spec node = {"ims://ims.example/eu/node", "eu", true, 1};
	const struct cert_spec person = {"ims://ims.example/eu/operator/ana", "ana", false, 1};
	struct hash pin;
	struct errtext e;

	snprintf(x->key, sizeof(x->key), "%s/n.key", x->dir);
	snprintf(x->crt, sizeof(x->crt), "%s/n.crt", x->dir);
	snprintf(x->own_key, sizeof(x->own_key), "%s/o.key", x->dir);
	snprintf(x->own_crt, sizeof(x->own_crt), "%s/o.crt", x->dir);
	assert_int_equal(cert_make(x->own_key, x->own_crt, &person, &pin, &e), 0);
	assert_int_equal(cert_make(x->key, x->crt, &node, &pin, &e), 0);
	hex_hash(&pin, x->pin);
}

static int start(void **state)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct node *x = calloc(1, sizeof(*x));
	socklen_t n = sizeof(a);

	x->speaks_ims = true;
	snprintf(x->dir, sizeof(x->dir), "/tmp/ims-tls-XXXXXX");
	assert_non_null(mkdtemp(x->dir));
	make_certs(x);
	x->ctx = SSL_CTX_new(TLS_server_method());
	assert_int_equal(SSL_CTX_use_certificate_file(x->ctx, x->crt, SSL_FILETYPE_PEM), 1);
	assert_int_equal(SSL_CTX_use_PrivateKey_file(x->ctx, x->key, SSL_FILETYPE_PEM), 1);
	SSL_CTX_set_alpn_select_cb(x->ctx, choose_protocol, x);
	SSL_CTX_set_verify(x->ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	SSL_CTX_set_cert_verify_callback(x->ctx, accept_anyone, x);
	x->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(x->listener, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(x->listener, 4), 0);
	assert_int_equal(getsockname(x->listener, (struct sockaddr *)&a, &n), 0);
	snprintf(x->address, sizeof(x->address), "ims://127.0.0.1:%u", ntohs(a.sin_port));
	assert_int_equal(pthread_create(&x->thread, NULL, serve, x), 0);
	*state = x;
	return 0;
}

static int stop(void **state)
{
	struct node *x = *state;

	shutdown(x->listener, SHUT_RDWR);
	pthread_join(x->thread, NULL);
	close(x->listener);
	SSL_CTX_free(x->ctx);
	unlink(x->key);
	unlink(x->crt);
	unlink(x->own_key);
	unlink(x->own_crt);
	rmdir(x->dir);
	free(x);
	return 0;
}

static struct client_target target(const struct node *x)
{
	return (struct client_target){
		.node = x->address,
		.cert = x->own_crt,
		.key = x->own_key,
		.pin = x->pin,
		.timeout_ms = 5000,
	};
}

static int try_open(const struct client_target *t)
{
	struct client *c = NULL;
	struct errtext e;
	int err = client_open(t, &c, &e);

	client_free(c);
	return err;
}

/* Requests of many records' size in flight at once, so that writes and reads interleave. */
static void requests_go_over_tls(void **state)
{
	struct node *x = *state;
	struct client_target t = target(x);
	struct client *c = NULL;
	uint8_t *body = calloc(1, BODY_BYTES);
	struct errtext e;
	uint64_t id;

	assert_int_equal(client_open(&t, &c, &e), 0);
	for (int i = 0; i < REQUESTS; i++)
		assert_int_equal(client_send(c, 1, BYTES(body, BODY_BYTES), &id, &e), 0);
	for (uint64_t i = 1; i <= REQUESTS; i++) {
		struct client_reply r;

		assert_int_equal(client_receive(c, &r, &e), 0);
		assert_int_equal(r.id, i);
		assert_int_equal(r.body.n, BODY_BYTES);
	}
	client_free(c);
	free(body);
}

static void only_the_pinned_key_is_believed(void **state)
{
	struct node *x = *state;
	struct client_target t = target(x);

	x->pin[0] = x->pin[0] == '0' ? '1' : '0';
	assert_int_equal(try_open(&t), IMS_E_CERT_PIN);
	t.pin = "abc";
	assert_int_equal(try_open(&t), IMS_E_USAGE);
	t.pin = NULL;
	assert_int_equal(try_open(&t), IMS_E_USAGE);
	t = target(x);
	t.cert = NULL;
	assert_int_equal(try_open(&t), IMS_E_CERT_MISSING);
	t.cert = x->own_key;
	assert_int_equal(try_open(&t), IMS_E_CERT_INVALID);
}

static void another_protocol_is_refused(void **state)
{
	struct node *x = *state;
	struct client_target t = target(x);

	x->speaks_ims = false;
	assert_int_equal(try_open(&t), IMS_E_VERSION);
}

/* In TLS 1.3 the node's no comes after our handshake is done. */
static void a_refused_certificate_is_a_tls_failure(void **state)
{
	struct node *x = *state;
	struct client_target t = target(x);
	struct client *c = NULL;
	struct client_reply r;
	struct errtext e;
	uint64_t id;

	x->wants_nobody = true;
	assert_int_equal(client_open(&t, &c, &e), 0);
	if (client_send(c, 1, BYTES_NONE, &id, &e) == 0)
		assert_int_equal(ims_error(client_receive(c, &r, &e))->exit_code, 3);
	client_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(requests_go_over_tls, start, stop),
		cmocka_unit_test_setup_teardown(only_the_pinned_key_is_believed, start, stop),
		cmocka_unit_test_setup_teardown(another_protocol_is_refused, start, stop),
		cmocka_unit_test_setup_teardown(a_refused_certificate_is_a_tls_failure, start, stop),
	};

	signal(SIGPIPE, SIG_IGN); /* as the program does: OpenSSL writes with write(2) */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
