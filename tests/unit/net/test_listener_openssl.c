/* SPDX-License-Identifier: Apache-2.0 */
/* Listeners: limits, running out of descriptors, socket files, addresses in use. */
#include "unit/net/bench.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

static char *unix_address(struct bench *b, char out[128])
{
	snprintf(out, 128, "unix:%s/s", b->dir);
	return out;
}

static int try_listen(struct bench *b, const char *address, struct net_tls *tls, struct net_listener **ret)
{
	struct errtext e = {""};
	int r = net_listen(b->loop, address, tls, &b->limits, 10, bench_on_accept, b, ret, &e);

	assert_true(r == 0 || e.text[0]);
	return r;
}

/* ---- limits ---- */

static bool second_client_gone(struct bench *b)
{
	return b->ends[7].gone;
}

static bool second_client_open(struct bench *b)
{
	return b->ends[7].opened;
}

static bool first_is_accepted(struct bench *b)
{
	return b->n_accepted == 1;
}

static bool client_is_open(struct bench *b)
{
	return b->client.opened;
}

/* inv. 11 */
static void connections_above_the_limit_are_closed(void **state)
{
	struct bench *b = *state;
	struct end *second = &b->ends[7];
	char address[128];

	bench_listen(b, unix_address(b, address), NULL, 1);
	bench_connect(b, &b->client, address, NULL);
	bench_until(b, both_open);
	bench_connect(b, second, address, NULL);
	bench_until(b, second_client_gone);
	assert_int_equal(second->err, IMS_E_CLOSED);
	assert_int_equal(b->n_accepted, 1);
	assert_false(b->client.gone);

	/* and the place is free again when the first has gone */
	end_close(&b->client);
	bench_until(b, server_gone);
	*second = (struct end){.b = b};
	bench_connect(b, second, address, NULL);
	bench_until(b, second_client_open);
	assert_int_equal(b->n_accepted, 2);
}

/* Strangers that connect and say nothing kept everybody else out until their time was up. */
static void who_says_nothing_makes_room(void **state)
{
	struct bench *b = *state;
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	const char *address;

	bench_listen(b, "127.0.0.1:0", b->tls, 1);
	address = net_listener_address(b->listener);
	a.sin_port = htons((uint16_t)strtoul(strchr(address, ':') + 1, NULL, 10));
	assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	bench_until(b, first_is_accepted);
	bench_connect(b, &b->client, address, b->tls);
	bench_until(b, client_is_open);
	assert_int_equal(b->n_accepted, 2);
	assert_true(b->ends[0].gone);
	assert_int_equal(b->ends[0].err, IMS_E_LIMIT);
	close(fd);
}

static int drop_all(void *ctx, struct net_conn *c, const struct net_conn_ops **ret_ops, void **ret_ctx)
{
	(void)c;
	(void)ret_ops;
	(void)ret_ctx;
	++*(unsigned *)ctx;
	return IMS_E_PERMISSION;
}

static void the_owner_may_drop_at_once(void **state)
{
	struct bench *b = *state;
	unsigned asked = 0;

	assert_int_equal(net_listen(b->loop, "127.0.0.1:0", b->tls, &b->limits, 10, drop_all, &asked,
				    &b->listener, NULL),
			 0);
	bench_connect(b, &b->client, net_listener_address(b->listener), b->tls);
	bench_until(b, client_gone);
	assert_int_equal(asked, 1);
	assert_int_equal(b->client.err, IMS_E_CLOSED);
}

static struct sockaddr_un sockaddr_of(const char *path)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};

	assert_true(strlen(path) < sizeof(un.sun_path));
	memcpy(un.sun_path, path, strlen(path) + 1);
	return un;
}

/* A plain socket, connected by the kernel whether or not somebody accepts. */
static int plain_client(const char *path)
{
	struct sockaddr_un to = sockaddr_of(path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	return fd;
}

static bool client_sees_end(struct bench *b)
{
	int *fd = b->extra;
	char c;

	return recv(*fd, &c, 1, MSG_DONTWAIT) == 0;
}

/* The end that a plain socket sees calls nobody back, so ask every millisecond. */
struct ticker {
	struct loop_timer *t;
	struct bench *b;
};

static void on_tick(void *ctx)
{
	struct ticker *x = ctx;

	bench_ask(x->b);
	loop_timer_arm_ms(x->t, 1);
}

static void without_descriptors_connections_are_dropped_not_kept(void **state)
{
	struct bench *b = *state;
	struct ticker ticker = {.b = b};
	struct rlimit old, low;
	char address[128];
	int fds[64], n = 0, first, second;

	bench_listen(b, unix_address(b, address), NULL, 10);
	ticker.t = loop_timer_new(b->loop, on_tick, &ticker);
	loop_timer_arm_ms(ticker.t, 1);
	first = plain_client(address + 5);
	second = plain_client(address + 5);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	low = (struct rlimit){(rlim_t)second + 10, old.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	while (n < 64 && (fds[n] = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0)
		n++;
	assert_int_equal(errno, EMFILE);
	b->extra = &first;
	bench_until(b, client_sees_end);
	b->extra = &second;
	bench_until(b, client_sees_end);
	assert_int_equal(b->n_accepted, 0);
	while (n > 0)
		close(fds[--n]);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	close(first);
	close(second);
	/* and it goes on */
	bench_connect(b, &b->client, address, NULL);
	bench_until(b, both_open);
	loop_timer_free(ticker.t);
}

static bool second_is_accepted(struct bench *b)
{
	return b->n_accepted == 2;
}

/* Its descriptor was free only after the one that came had been dropped; and who had taken the last one was
 * dropped for want of another, which nobody waited for. */
static void who_says_nothing_gives_up_its_descriptor(void **state)
{
	struct bench *b = *state;
	struct ticker ticker = {.b = b};
	struct net_listener_count count;
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int silent = socket(AF_INET, SOCK_STREAM, 0), other = socket(AF_INET, SOCK_STREAM, 0);
	struct rlimit old;
	int fds[64], n = 0;

	bench_listen(b, "127.0.0.1:0", b->tls, 10);
	ticker.t = loop_timer_new(b->loop, on_tick, &ticker);
	loop_timer_arm_ms(ticker.t, 1);
	a.sin_port = htons((uint16_t)strtoul(strchr(net_listener_address(b->listener), ':') + 1, NULL, 10));
	assert_int_equal(connect(silent, (struct sockaddr *)&a, sizeof(a)), 0);
	bench_until(b, first_is_accepted);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &(struct rlimit){(rlim_t)other + 10, old.rlim_max}), 0);
	while (n < 64 && (fds[n] = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0)
		n++;
	assert_int_equal(errno, EMFILE);
	assert_int_equal(connect(other, (struct sockaddr *)&a, sizeof(a)), 0);
	bench_until(b, second_is_accepted);
	while (n > 0)
		close(fds[--n]);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	assert_true(b->ends[0].gone && !b->ends[1].gone);
	assert_int_equal(b->ends[0].err, IMS_E_LIMIT);
	net_listener_count(b->listener, &count);
	assert_int_equal(count.open, 1);
	assert_int_equal(count.turned_away, 1);
	assert_int_equal(count.without_descriptor, 1);
	loop_timer_free(ticker.t);
	close(silent);
	close(other);
}

static bool was_without_descriptor(struct bench *b)
{
	struct net_listener_count count;

	net_listener_count(b->listener, &count);
	return count.without_descriptor >= *(uint64_t *)b->extra;
}

/* When even the reserve is gone, the connection that waits would ring in every turn. */
static void without_any_descriptor_it_rests(void **state)
{
	struct bench *b = *state;
	struct ticker ticker = {.b = b};
	uint64_t times = 1;
	struct rlimit old;
	char address[128];
	struct mono first;
	int fd;

	bench_listen(b, unix_address(b, address), NULL, 10);
	ticker.t = loop_timer_new(b->loop, on_tick, &ticker);
	loop_timer_arm_ms(ticker.t, 1);
	fd = plain_client(address + 5);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	for (int i = 0; i <= STDERR_FILENO; i++)
		assert_true(fcntl(i, F_GETFD) >= 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &(struct rlimit){STDERR_FILENO + 1, old.rlim_max}), 0);
	b->extra = &times;
	bench_until(b, was_without_descriptor);
	first = clock_mono();
	times = 2;
	bench_until(b, was_without_descriptor);
	assert_true(mono_ms_between(first, clock_mono()) > 10); /* not in the next turn */
	assert_int_equal(b->n_accepted, 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	bench_until(b, first_is_accepted);
	loop_timer_free(ticker.t);
	close(fd);
}

static void connections_outlive_their_listener(void **state)
{
	struct bench *b = *state;
	struct bytes text = BYTES_LIT("hello");
	char address[128];

	bench_listen(b, unix_address(b, address), NULL, 10);
	bench_connect(b, &b->client, address, NULL);
	bench_until(b, both_open);
	net_listener_free(b->listener);
	b->listener = NULL;
	b->client.expect = text.n;
	assert_int_equal(net_conn_send(b->ends[0].conn, &text, 1), 0);
	bench_until(b, all_got);
	assert_int_equal(access(address + 5, F_OK), -1);
	net_listener_free(NULL);
}

/* ---- addresses ---- */

static void the_real_port_is_told(void **state)
{
	struct bench *b = *state;
	struct net_listener *other = NULL;

	bench_listen(b, "127.0.0.1:0", b->tls, 10);
	assert_memory_equal(net_listener_address(b->listener), "127.0.0.1:", 10);
	assert_string_not_equal(net_listener_address(b->listener), "127.0.0.1:0");
	assert_int_equal(try_listen(b, net_listener_address(b->listener), b->tls, &other), IMS_E_EXISTS);
	assert_int_equal(try_listen(b, "192.0.2.1:0", b->tls, &other), IMS_E_IO);
	assert_int_equal(try_listen(b, "here:0", b->tls, &other), IMS_E_INVALID);
	assert_null(other);
}

static void socket_files_are_taken_over_only_from_the_dead(void **state)
{
	struct bench *b = *state;
	struct net_listener *other = NULL;
	struct sockaddr_un un;
	struct stat st;
	char address[128];
	const char *path = unix_address(b, address) + 5;
	int fd;

	/* left over by a process that was killed */
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	un = sockaddr_of(path);
	assert_int_equal(bind(fd, (struct sockaddr *)&un, sizeof(un)), 0);
	close(fd);
	bench_listen(b, address, NULL, 10);
	assert_int_equal(lstat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0660);

	/* alive: refused, and not removed by the loser */
	assert_int_equal(try_listen(b, address, NULL, &other), IMS_E_EXISTS);
	assert_int_equal(access(path, F_OK), 0);

	/* somebody else's now: left alone by the first */
	assert_int_equal(unlink(path), 0);
	assert_int_equal(try_listen(b, address, NULL, &other), 0);
	net_listener_free(b->listener);
	b->listener = NULL;
	assert_int_equal(access(path, F_OK), 0);
	net_listener_free(other);
	assert_int_equal(access(path, F_OK), -1);

	/* no socket at all: not touched */
	fd = open(path, O_CREAT | O_WRONLY, 0600);
	close(fd);
	assert_int_equal(try_listen(b, address, NULL, &other), IMS_E_EXISTS);
	assert_int_equal(access(path, F_OK), 0);
}

static int setup(void **state)
{
	struct bench *b;

	bench_setup_tls(state);
	b = *state;
	net_listener_free(b->listener);
	b->listener = NULL;
	return 0;
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, bench_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(connections_above_the_limit_are_closed),
		T(who_says_nothing_makes_room),
		T(the_owner_may_drop_at_once),
		T(without_descriptors_connections_are_dropped_not_kept),
		T(who_says_nothing_gives_up_its_descriptor),
		T(without_any_descriptor_it_rests),
		T(connections_outlive_their_listener),
		T(the_real_port_is_told),
		T(socket_files_are_taken_over_only_from_the_dead),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
