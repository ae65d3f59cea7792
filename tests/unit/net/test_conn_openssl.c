/* SPDX-License-Identifier: Apache-2.0 */
/* Connections: bytes, limits, ends. Over TLS, and over local sockets where that differs. */
#include "unit/net/bench.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

enum { BIG = 8 << 20 };

static const uint8_t *pattern(void)
{
	static uint64_t words[BIG / 8];
	uint64_t x = 88172645463325252u;

	for (size_t i = 0; words[BIG / 8 - 1] == 0 && i < BIG / 8; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		words[i] = x;
	}
	return (const uint8_t *)words;
}

static int send_bytes(struct end *x, size_t n)
{
	struct bytes b = BYTES(pattern(), n);

	return net_conn_send(x->conn, &b, 1);
}

static int setup_unix(void **state)
{
	struct bench *b;
	char address[128];

	bench_setup(state);
	b = *state;
	snprintf(address, sizeof(address), "unix:%s/s", b->dir);
	bench_listen(b, address, NULL, 100);
	return 0;
}

static void open_pair(struct bench *b)
{
	bench_connect(b, &b->client, net_listener_address(b->listener), b->tls);
	bench_until(b, both_open);
}

/* ---- bytes ---- */

static void bytes_arrive_whole_both_ways(void **state)
{
	struct bench *b = *state;
	const uint8_t *p = pattern();
	struct bytes parts[3] = {BYTES(p, 5), BYTES(p + 5, 70000), BYTES(p + 70005, BIG - 70005)};

	open_pair(b);
	b->client.expect = b->ends[0].expect = BIG;
	assert_int_equal(net_conn_send(b->client.conn, parts, 3), IMS_E_AGAIN);
	assert_int_equal(net_conn_send(b->ends[0].conn, parts, 3), IMS_E_AGAIN);
	assert_int_equal(net_conn_output_bytes(b->client.conn), BIG);
	bench_until(b, all_got);
	assert_true(bytes_eq(buf_bytes(&b->client.got), BYTES(p, BIG)));
	assert_true(bytes_eq(buf_bytes(&b->ends[0].got), BYTES(p, BIG)));
	assert_int_equal(net_conn_bytes_in(b->client.conn), BIG);
	assert_int_equal(net_conn_bytes_out(b->client.conn), BIG);
	assert_int_equal(b->client.drains, 1);
	assert_int_equal(net_conn_output_bytes(b->client.conn), 0);
}

static void local_peers_are_known_by_their_uid(void **state)
{
	struct bench *b = *state;

	open_pair(b);
	assert_true(b->ends[0].ident.is_local);
	assert_int_equal(b->ends[0].ident.uid, getuid());
	assert_int_equal(b->ends[0].ident.gid, getgid());
	assert_string_equal(b->ends[0].ident.address, "unix");
	assert_int_equal(b->client.ident.uid, getuid());
}

/* ---- limits ---- */

static void sending_has_a_high_mark_and_a_hard_cap(void **state)
{
	struct bench *b = *state;
	size_t high = net_limits_default.output_high_bytes, max = net_limits_default.output_max_bytes;

	open_pair(b);
	assert_int_equal(send_bytes(&b->client, high), 0);
	assert_int_equal(send_bytes(&b->client, 1), IMS_E_AGAIN);
	assert_int_equal(send_bytes(&b->client, max - high), IMS_E_SLOW);
	assert_int_equal(net_conn_output_bytes(b->client.conn), high + 1);
	assert_int_equal(send_bytes(&b->client, max - high - 1), IMS_E_AGAIN);
	assert_int_equal(send_bytes(&b->client, 1), IMS_E_SLOW);
	b->ends[0].expect = max;
	bench_until(b, all_got);
	assert_int_equal(send_bytes(&b->client, 0), 0);
}

/* inv. 11: what a peer sends waits in the kernel when the owner does not take it. */
static bool input_is_paused(struct bench *b)
{
	return b->ends[0].conn && net_conn_input(b->ends[0].conn).n >= 65536;
}

static void reading_pauses_and_goes_on(void **state)
{
	struct bench *b = *state;
	struct end *server = &b->ends[0];
	struct bytes in;

	net_listener_free(b->listener);
	b->limits.input_max_bytes = 65536;
	bench_listen(b, "127.0.0.1:0", b->tls, 100);
	b->limits = net_limits_default;
	open_pair(b);
	server->keeps_input = true;
	send_bytes(&b->client, BIG);
	bench_until(b, input_is_paused);
	/* on_bytes asked for the condition before reading paused: go round once more */
	bench_until(b, input_is_paused);
	in = net_conn_input(server->conn);
	assert_true(in.n < 65536 + 2 * 16384);
	server->keeps_input = false;
	buf_put(&server->got, in);
	net_conn_consume(server->conn, in.n);
	server->expect = BIG;
	bench_until(b, all_got);
	assert_true(bytes_eq(buf_bytes(&server->got), BYTES(pattern(), BIG)));
}

static void a_peer_that_does_not_read_is_dropped(void **state)
{
	struct bench *b = *state;
	struct mono begin;

	open_pair(b);
	begin = loop_now(b->loop);
	b->ends[0].keeps_input = true; /* reading pauses at 2 MiB, the sockets take some more */
	b->client.manner = END_CLOSES_ON_GONE;
	send_bytes(&b->client, BIG);
	bench_until(b, client_gone);
	assert_int_equal(b->client.err, IMS_E_SLOW);
	assert_true(mono_ms_between(begin, loop_now(b->loop)) >= 100);
}

static int setup_stall(void **state)
{
	struct bench *b;

	bench_setup_tls(state);
	b = *state;
	b->limits.stall_ms = 100;
	return 0;
}

/* ---- ends ---- */

static void lingering_delivers_everything(void **state)
{
	struct bench *b = *state;

	open_pair(b);
	b->ends[0].expect = BIG;
	b->client.linger_ms = BENCH_DEADLINE_MS;
	send_bytes(&b->client, BIG);
	/* bytes that nobody will read any more must not turn the end into a reset */
	send_bytes(&b->ends[0], 100000);
	end_close(&b->client);
	bench_until(b, server_gone);
	assert_int_equal(b->ends[0].err, IMS_E_CLOSED);
	assert_string_equal(b->ends[0].text, "connection closed");
	assert_true(bytes_eq(buf_bytes(&b->ends[0].got), BYTES(pattern(), BIG)));
}

static void both_may_linger(void **state)
{
	struct bench *b = *state;

	open_pair(b);
	b->client.linger_ms = b->ends[0].linger_ms = BENCH_DEADLINE_MS;
	send_bytes(&b->client, 1000);
	send_bytes(&b->ends[0], 1000);
	end_close(&b->client);
	end_close(&b->ends[0]);
	/* whoever comes next finds a loop in order; the two go with it, or before */
	b->client = (struct end){.b = b};
	bench_connect(b, &b->client, net_listener_address(b->listener), b->tls);
	b->client.manner = END_CLOSES_ON_OPEN;
	bench_until(b, server_open);
}

static bool timer_has_fired(struct bench *b)
{
	return !loop_timer_is_armed(b->extra);
}

static void ask(void *ctx)
{
	bench_ask(ctx);
}

static void lingering_has_an_end(void **state)
{
	struct bench *b = *state;
	struct end *server = &b->ends[0];
	struct loop_timer *later = loop_timer_new(b->loop, ask, b);
	struct bytes in;

	open_pair(b);
	server->keeps_input = true;
	b->client.linger_ms = 20;
	send_bytes(&b->client, BIG);
	end_close(&b->client);
	/* the loop's timers fire in order, so the client has given up when this one does */
	b->extra = later;
	loop_timer_arm_ms(later, 40);
	bench_until(b, timer_has_fired);
	assert_false(server->gone);
	server->keeps_input = false;
	in = net_conn_input(server->conn);
	buf_put(&server->got, in);
	net_conn_consume(server->conn, in.n);
	bench_until(b, server_gone);
	assert_int_equal(server->err, IMS_E_CLOSED);
	assert_true(server->got.n < BIG);
	loop_timer_free(later);
}

static void the_loop_takes_lingering_ones_along(void **state)
{
	struct bench *b = *state;

	open_pair(b);
	b->client.linger_ms = b->ends[0].linger_ms = 1000000;
	send_bytes(&b->client, BIG);
	end_close(&b->client);
	send_bytes(&b->ends[0], BIG);
	end_close(&b->ends[0]);
}

static void every_callback_may_close(void **state)
{
	struct bench *b = *state;
	const char *to = net_listener_address(b->listener);

	b->client.manner = END_CLOSES_ON_OPEN;
	bench_connect(b, &b->client, to, b->tls);
	bench_until(b, server_gone);
	assert_int_equal(b->ends[0].err, IMS_E_CLOSED);

	b->client = (struct end){.b = b, .manner = END_CLOSES_ON_GONE};
	b->ends[0] = (struct end){.b = b, .manner = END_CLOSES_ON_BYTES};
	b->n_accepted = 0;
	open_pair(b);
	send_bytes(&b->client, 100);
	bench_until(b, client_gone);
	assert_int_equal(b->client.err, IMS_E_CLOSED);
	assert_null(b->ends[0].conn);
	assert_int_equal(b->ends[0].got.n, 100);
	buf_fini(&b->ends[0].got);

	/* with bytes still unread, and lingering */
	b->client = (struct end){.b = b};
	b->ends[0] = (struct end){
		.b = b, .manner = END_CLOSES_ON_BYTES, .keeps_input = true, .linger_ms = BENCH_DEADLINE_MS};
	b->n_accepted = 0;
	open_pair(b);
	send_bytes(&b->client, 100);
	bench_until(b, client_gone);
	assert_string_equal(b->client.text, "connection closed");
}

static void closing_before_the_handshake_is_silent(void **state)
{
	struct bench *b = *state;
	struct loop_timer *t = loop_timer_new(b->loop, ask, b);

	bench_connect(b, &b->client, net_listener_address(b->listener), b->tls);
	b->client.linger_ms = 1000;
	assert_int_equal(send_bytes(&b->client, 1), IMS_E_STATE);
	assert_int_equal(net_conn_output_bytes(b->client.conn), 0);
	assert_int_equal(net_conn_input(b->client.conn).n, 0);
	end_close(&b->client);
	b->extra = t;
	loop_timer_arm_ms(t, 10);
	bench_until(b, timer_has_fired);
	assert_false(b->client.opened || b->client.gone);
	loop_timer_free(t);
}

/* ---- connecting ---- */

/* A port on which nobody listens: bound, so that nobody else takes it. */
static int reserve_port(char *address, size_t size)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof(in);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&in, n), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&in, &n), 0);
	snprintf(address, size, "127.0.0.1:%u", ntohs(in.sin_port));
	return fd;
}

static void refused_is_told_from_the_loop(void **state)
{
	struct bench *b = *state;
	char address[128];
	int fd = reserve_port(address, sizeof(address));

	bench_connect(b, &b->client, address, b->tls);
	bench_until(b, client_gone);
	assert_int_equal(b->client.err, IMS_E_UNREACHABLE);
	assert_string_equal(b->client.text, "Connection refused");
	assert_false(b->client.opened);
	close(fd);

	b->client = (struct end){.b = b};
	snprintf(address, sizeof(address), "unix:%s/nobody", b->dir);
	bench_connect(b, &b->client, address, NULL);
	bench_until(b, client_gone);
	assert_int_equal(b->client.err, IMS_E_UNREACHABLE);
}

static void bad_addresses_are_errors_at_once(void **state)
{
	struct bench *b = *state;
	struct net_conn *c = NULL;
	struct errtext e;

	assert_int_equal(
		net_connect(b->loop, "localhost:1", b->tls, NULL, &b->limits, &end_ops, NULL, &c, &e),
		IMS_E_INVALID);
	assert_int_equal(
		net_connect(b->loop, "127.0.0.1:1", b->tls, "nowhere", &b->limits, &end_ops, NULL, &c, &e),
		IMS_E_INVALID);
	assert_int_equal(
		net_connect(b->loop, "127.0.0.1:1", b->tls, "192.0.2.1", &b->limits, &end_ops, NULL, &c, &e),
		IMS_E_IO);
	assert_null(c);
}

static void the_source_address_is_chosen(void **state)
{
	struct bench *b = *state;
	struct errtext e = {""};

	assert_int_equal(net_connect(b->loop, net_listener_address(b->listener), b->tls, "127.0.0.2",
				     &b->limits, &end_ops, &b->client, &b->client.conn, &e),
			 0);
	bench_until(b, both_open);
	assert_memory_equal(b->ends[0].ident.address, "127.0.0.2:", 10);
	assert_string_equal(b->client.ident.address, net_listener_address(b->listener));
}

#define TLS(name) cmocka_unit_test_setup_teardown(name, bench_setup_tls, bench_teardown)
#define LOCAL(name)                                                                                          \
	{                                                                                                    \
#name "_local", name, setup_unix, bench_teardown, NULL                                       \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TLS(bytes_arrive_whole_both_ways),
		LOCAL(bytes_arrive_whole_both_ways),
		LOCAL(local_peers_are_known_by_their_uid),
		TLS(sending_has_a_high_mark_and_a_hard_cap),
		TLS(reading_pauses_and_goes_on),
		cmocka_unit_test_setup_teardown(a_peer_that_does_not_read_is_dropped, setup_stall,
						bench_teardown),
		TLS(lingering_delivers_everything),
		LOCAL(lingering_delivers_everything),
		TLS(both_may_linger),
		TLS(lingering_has_an_end),
		TLS(the_loop_takes_lingering_ones_along),
		LOCAL(the_loop_takes_lingering_ones_along),
		TLS(every_callback_may_close),
		LOCAL(every_callback_may_close),
		TLS(closing_before_the_handshake_is_silent),
		TLS(refused_is_told_from_the_loop),
		TLS(bad_addresses_are_errors_at_once),
		TLS(the_source_address_is_chosen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
