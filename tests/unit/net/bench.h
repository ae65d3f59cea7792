/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A loop with a deadline, a folder with certificates, a listener, and owners of connections that
 * write down what happens to them. bench_until() runs the loop until a condition holds; every
 * callback asks for it again.
 */
#ifndef TESTS_UNIT_NET_BENCH_H
#define TESTS_UNIT_NET_BENCH_H

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "net/net.h"
#include "unit/net/certs.h"

#define BENCH_DEADLINE_MS 10000
#define BENCH_ENDS 8

struct bench;

/* The owner of one connection. */
struct end {
	struct bench *b;
	struct net_conn *conn; /* NULL before it is there and after it is gone */
	bool opened, gone;
	int err;
	char text[200];
	struct net_ident ident;
	struct buf got;
	unsigned drains;
	bool keeps_input; /* on_bytes does not consume */
	enum { END_STAYS, END_CLOSES_ON_OPEN, END_CLOSES_ON_BYTES, END_CLOSES_ON_GONE } manner;
	int64_t linger_ms;
	size_t expect; /* for conditions */
};

struct bench {
	struct loop *loop;
	struct loop_timer *deadline;
	bool is_late;
	bool (*cond)(struct bench *b);
	char dir[64];
	struct net_tls *tls;
	struct net_listener *listener;
	struct net_limits limits;
	unsigned n_accepted; /* ends[0..) are the listener's */
	struct end ends[BENCH_ENDS];
	struct end client;
	void *extra;
};

static inline void bench_ask(struct bench *b)
{
	if (b->cond && b->cond(b))
		loop_stop(b->loop);
}

static inline void bench_ask_posted(void *arg)
{
	bench_ask(arg);
}

static inline void bench_on_deadline(void *ctx)
{
	struct bench *b = ctx;

	b->is_late = true;
	loop_stop(b->loop);
}

static inline void bench_until(struct bench *b, bool (*cond)(struct bench *b))
{
	b->cond = cond;
	loop_post(b->loop, bench_ask_posted, b);
	loop_timer_arm_ms(b->deadline, BENCH_DEADLINE_MS);
	assert_int_equal(loop_run(b->loop), 0);
	b->cond = NULL;
	if (b->is_late)
		fail_msg("deadline passed");
}

static inline void end_close(struct end *x)
{
	struct net_conn *c = x->conn;

	x->conn = NULL;
	net_conn_close(c, x->linger_ms);
}

static inline void end_on_open(void *ctx, struct net_conn *c, const struct net_ident *ident)
{
	struct end *x = ctx;

	assert_false(x->opened || x->gone);
	assert_ptr_equal(ident, net_conn_ident(c));
	x->opened = true;
	x->ident = *ident;
	if (x->manner == END_CLOSES_ON_OPEN)
		end_close(x);
	bench_ask(x->b);
}

static inline void end_on_bytes(void *ctx, struct net_conn *c)
{
	struct end *x = ctx;
	struct bytes in = net_conn_input(c);

	assert_true(x->opened && !x->gone);
	assert_true(in.n > 0);
	if (!x->keeps_input) {
		buf_put(&x->got, in);
		net_conn_consume(c, in.n);
	}
	if (x->manner == END_CLOSES_ON_BYTES) {
		end_close(x);
		/* what a framing loop may still do with it before it returns */
		assert_int_equal(net_conn_input(c).n, 0);
		net_conn_consume(c, in.n);
		assert_int_equal(net_conn_send(c, NULL, 0), IMS_E_STATE);
		net_conn_close(c, 0);
	}
	bench_ask(x->b);
}

static inline void end_on_drain(void *ctx, struct net_conn *c)
{
	struct end *x = ctx;

	(void)c;
	x->drains++;
	bench_ask(x->b);
}

static inline void end_on_gone(void *ctx, struct net_conn *c, int err, const char *text)
{
	struct end *x = ctx;

	assert_false(x->gone);
	assert_true(err < 0 && *text);
	x->gone = true;
	x->err = err;
	snprintf(x->text, sizeof(x->text), "%s", text);
	x->conn = NULL;
	if (x->manner == END_CLOSES_ON_GONE)
		net_conn_close(c, 0);
	bench_ask(x->b);
}

static const struct net_conn_ops end_ops = {end_on_open, end_on_bytes, end_on_drain, end_on_gone};

static inline int bench_on_accept(void *ctx, struct net_conn *c, const struct net_conn_ops **ret_ops,
				  void **ret_ctx)
{
	struct bench *b = ctx;
	struct end *x = &b->ends[b->n_accepted];

	if (b->n_accepted == BENCH_ENDS)
		return IMS_E_LIMIT;
	b->n_accepted++;
	x->conn = c;
	*ret_ops = &end_ops;
	*ret_ctx = x;
	return 0;
}

static inline struct net_tls *bench_tls(struct bench *b, const char *name)
{
	static const char *const alpn[] = {"ims/1", "ims-roster/1"};
	char cert[256], key[256];
	struct net_tls_opts opts = {cert, key, alpn, 2};
	struct net_tls *t = NULL;
	struct errtext e = {""};

	certs_path(cert, b->dir, name, "crt");
	certs_path(key, b->dir, name, "key");
	if (net_tls_new(&opts, &t, &e))
		fail_msg("%s", e.text);
	return t;
}

static inline void bench_listen(struct bench *b, const char *address, struct net_tls *tls, unsigned max_conns)
{
	struct errtext e = {""};

	if (net_listen(b->loop, address, tls, &b->limits, max_conns, bench_on_accept, b, &b->listener, &e))
		fail_msg("%s", e.text);
}

static inline void bench_connect(struct bench *b, struct end *x, const char *address, struct net_tls *tls)
{
	struct errtext e = {""};

	if (net_connect(b->loop, address, tls, NULL, &b->limits, &end_ops, x, &x->conn, &e))
		fail_msg("%s", e.text);
	assert_false(x->opened || x->gone);
}

static inline int bench_setup(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));

	assert_non_null(b);
	snprintf(b->dir, sizeof(b->dir), "/tmp/imsd-net-XXXXXX");
	assert_non_null(mkdtemp(b->dir));
	assert_int_equal(loop_new(&b->loop), 0);
	b->deadline = loop_timer_new(b->loop, bench_on_deadline, b);
	b->limits = net_limits_default;
	for (int i = 0; i < BENCH_ENDS; i++)
		b->ends[i].b = b;
	b->client.b = b;
	*state = b;
	return 0;
}

/* A TLS listener on loopback, with a good certificate that the client may use as well. */
static inline int bench_setup_tls(void **state)
{
	struct bench *b;

	bench_setup(state);
	b = *state;
	certs_make(b->dir, "good", &(struct certs_spec){.uris = {"ims://f/eu/node"}});
	b->tls = bench_tls(b, "good");
	bench_listen(b, "127.0.0.1:0", b->tls, 100);
	return 0;
}

static inline void end_fini(struct end *x)
{
	if (x->conn)
		net_conn_close(x->conn, 0);
	buf_fini(&x->got);
}

static inline void bench_remove_dir(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *entry;
	char path[512];

	assert_non_null(d);
	while ((entry = readdir(d))) {
		snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name);
		if (entry->d_name[0] != '.')
			unlink(path);
	}
	closedir(d);
	assert_int_equal(rmdir(dir), 0);
}

static inline int bench_teardown(void **state)
{
	struct bench *b = *state;

	for (int i = 0; i < BENCH_ENDS; i++)
		end_fini(&b->ends[i]);
	end_fini(&b->client);
	net_listener_free(b->listener);
	net_tls_unref(b->tls);
	loop_timer_free(b->deadline);
	loop_free(b->loop);
	bench_remove_dir(b->dir);
	free(b);
	return 0;
}

/* ---- conditions ---- */

static inline bool both_open(struct bench *b)
{
	return b->client.opened && b->ends[0].opened;
}

static inline bool both_gone(struct bench *b)
{
	return b->client.gone && b->ends[0].gone;
}

static inline bool client_gone(struct bench *b)
{
	return b->client.gone;
}

static inline bool server_open(struct bench *b)
{
	return b->ends[0].opened;
}

static inline bool server_gone(struct bench *b)
{
	return b->ends[0].gone;
}

static inline bool all_got(struct bench *b)
{
	return b->client.got.n >= b->client.expect && b->ends[0].got.n >= b->ends[0].expect;
}

#endif
