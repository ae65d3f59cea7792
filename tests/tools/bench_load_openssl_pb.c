/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The load driver: an operator's process that speaks the federation protocol over TLS 1.3. One
 * thread, so that the client takes as little of the machine as it can from the nodes it measures.
 *
 *   bench_load_openssl_pb write NODE FILE FROM COUNT CONNECTIONS WINDOW MS
 *       each connection keeps WINDOW puts in flight (1: the next after the durable answer to the
 *       last), until COUNT records are written or MS (0: no limit) are over
 *   bench_load_openssl_pb get NODE PREFIX N CONNECTIONS MS
 *       each connection reads whole records PREFIX<1..N>, chosen at random, one after the other
 *   bench_load_openssl_pb lag NODE FILE FROM COUNT RATE REPLICA
 *       puts are due at RATE a second, 8 writers; the replica is asked for each record every
 *       0.2 ms, in order, from its acknowledgement until it is there. The latencies are lags.
 *
 * NODE and REPLICA: HOST:PORT,CERTIFICATE,KEY, the files in PEM. The node's own certificate is
 * not checked: who it is does not change how fast it is. Prints one JSON object.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "pb/ctl.pb-c.h"

#include "base/arena.h"
#include "base/buf.h"
#include "bench/modes.h"
#include "ctl/ctl.h"
#include "wire/codec.h"
#include "wire/frame.h"

#define READ_BYTES 16384
#define ARENA_BYTES (4u << 20)
#define EVENTS 64
#define STALL_MS 60000

/* ---- connections */

static _Noreturn void die_of_tls(const char *what)
{
	const char *reason = ERR_reason_error_string(ERR_get_error());

	die("%s: %s", what, reason ? reason : errno ? strerror(errno) : "the node closed the connection");
}

static SSL_CTX *settings(const char *cert, const char *key)
{
	static const unsigned char alpn[] = "\x05ims/1";
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

	if (!ctx || SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) != 1 ||
	    SSL_CTX_set_alpn_protos(ctx, alpn, sizeof(alpn) - 1) != 0 ||
	    SSL_CTX_use_certificate_file(ctx, cert, SSL_FILETYPE_PEM) != 1 ||
	    SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1)
		die_of_tls(cert);
	SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	return ctx;
}

static int dial(const char *address)
{
	struct sockaddr_in to = {.sin_family = AF_INET};
	const char *colon = strrchr(address, ':');
	char *host = mem_strndup(BYTES(address, colon ? (size_t)(colon - address) : 0));
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	if (!colon || inet_pton(AF_INET, host, &to.sin_addr) != 1)
		die("'%s' is not HOST:PORT", address);
	to.sin_port = htons((uint16_t)number("port", colon + 1));
	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0)
		die("%s: %s", address, strerror(errno));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	free(host);
	return fd;
}

static struct conn *conn_open(struct driver *d, const char *address, SSL_CTX *ctx)
{
	struct conn *c = mem_new(struct conn);
	struct epoll_event ev = {.events = EPOLLIN, .data.ptr = c};

	if (d->n_conns == sizeof(d->conn) / sizeof(d->conn[0]))
		die("too many connections");
	c->driver = d;
	c->fd = dial(address);
	c->ssl = SSL_new(ctx);
	if (!c->ssl || SSL_set_fd(c->ssl, c->fd) != 1 || SSL_connect(c->ssl) != 1)
		die_of_tls(address);
	if (fcntl(c->fd, F_SETFL, O_NONBLOCK) != 0 || epoll_ctl(d->epoll, EPOLL_CTL_ADD, c->fd, &ev) != 0)
		die("%s: %s", address, strerror(errno));
	d->conn[d->n_conns++] = c;
	return c;
}

/* The last connection opened; node is HOST:PORT,CERTIFICATE,KEY. */
static struct conn *conns_open(struct driver *d, const char *node, size_t n)
{
	struct bytes rest = bytes_of(node), part;
	char *word[3] = {NULL, NULL, NULL};
	struct conn *c = NULL;
	SSL_CTX *ctx;

	for (size_t i = 0; i < 3 && text_split(&rest, ',', &part); i++)
		word[i] = mem_strndup(part);
	if (!word[2])
		die("'%s' is not HOST:PORT,CERTIFICATE,KEY", node);
	ctx = settings(word[1], word[2]);
	for (size_t i = 0; i < n; i++)
		c = conn_open(d, word[0], ctx);
	SSL_CTX_free(ctx);
	for (size_t i = 0; i < 3; i++)
		free(word[i]);
	return c;
}

static void conns_close(struct driver *d)
{
	for (size_t i = 0; i < d->n_conns; i++) {
		struct conn *c = d->conn[i];

		(void)SSL_shutdown(c->ssl);
		SSL_free(c->ssl);
		close(c->fd);
		buf_fini(&c->in);
		buf_fini(&c->out);
		free(c);
	}
	d->n_conns = 0;
}

static void conn_flush(struct conn *c)
{
	bool blocked = false;

	while (c->out_at < c->out.n && !blocked) {
		int n = SSL_write(c->ssl, c->out.p + c->out_at, (int)(c->out.n - c->out_at));

		if (n > 0)
			c->out_at += (size_t)n;
		else if (SSL_get_error(c->ssl, n) == SSL_ERROR_WANT_WRITE)
			blocked = true;
		else
			die_of_tls("write");
	}
	if (c->out_at == c->out.n) {
		buf_clear(&c->out);
		c->out_at = 0;
	}
	if (blocked != c->waits_to_write) {
		struct epoll_event ev = {.events = EPOLLIN | (blocked ? EPOLLOUT : 0), .data.ptr = c};

		c->waits_to_write = blocked;
		if (epoll_ctl(c->driver->epoll, EPOLL_CTL_MOD, c->fd, &ev) != 0)
			die("epoll: %s", strerror(errno));
	}
}

static void conn_request(struct conn *c, uint32_t verb, const ProtobufCMessage *request)
{
	struct msg m = {.type = MSG_REQUEST};
	struct buf body = {0};

	codec_pack(request, &body);
	m.u.request = (struct msg_request){.id = c->next_id++, .verb = verb, .body = buf_bytes(&body)};
	if (msg_encode(&m, &c->out))
		die("a request cannot be encoded");
	buf_fini(&body);
	c->in_flight++;
	c->sent = clock_mono();
}

static void take_message(struct conn *c, const struct msg *m)
{
	struct msg pong = {.type = MSG_PING};

	switch (m->type) {
	case MSG_REPLY:
		c->in_flight--;
		c->driver->mode->reply(c->driver, c, &m->u.reply);
		break;
	case MSG_PING:
		pong.u.ping = (struct msg_ping){.nonce = m->u.ping.nonce, .reply = true};
		if (!m->u.ping.reply && msg_encode(&pong, &c->out) == 0)
			conn_flush(c);
		break;
	case MSG_BYE:
		die("the node says: %.*s", (int)m->u.bye.text.n, (const char *)m->u.bye.text.p);
	default:
		die("the node sent a '%s'", msg_info(m->type)->name);
	}
}

static void take_frames(struct conn *c)
{
	size_t at = 0;
	struct frame f;
	int n;

	while ((n = frame_take(BYTES(c->in.p + at, c->in.n - at), &f)) > 0) {
		struct errtext e = {""};
		struct arena a;
		struct msg m;

		arena_init(&a, ARENA_BYTES);
		n = msg_decode(f.type, f.message, &a, &m, &e);
		if (n)
			die("the node sent: %s %s", ims_strerror(n), e.text);
		take_message(c, &m);
		arena_fini(&a);
		at += f.total_bytes;
	}
	if (n < 0)
		die("the node sent a bad frame");
	memmove(c->in.p, c->in.p + at, c->in.n - at);
	c->in.n -= at;
}

static void conn_ready(struct conn *c)
{
	for (;;) {
		uint8_t *room = buf_reserve(&c->in, READ_BYTES);
		int n;

		if (!room)
			die("no memory");
		errno = 0;
		n = SSL_read(c->ssl, room, READ_BYTES);
		c->in.n -= READ_BYTES - (n > 0 ? (size_t)n : 0);
		if (n <= 0) {
			if (SSL_get_error(c->ssl, n) != SSL_ERROR_WANT_READ)
				die_of_tls("read");
			break;
		}
		if (SSL_pending(c->ssl) == 0 && n < READ_BYTES)
			break;
	}
	take_frames(c);
	conn_flush(c);
}

/* ---- the loop */

static void wait_for_events(struct driver *d, int64_t wait_ns)
{
	struct epoll_event ev[EVENTS];
	struct timespec t;
	int n;

	if (wait_ns < 0)
		wait_ns = (int64_t)STALL_MS * 1000000;
	t = (struct timespec){wait_ns / 1000000000, wait_ns % 1000000000};
	n = epoll_pwait2(d->epoll, ev, EVENTS, &t, NULL);
	if (n < 0 && errno != EINTR)
		die("epoll: %s", strerror(errno));
	if (n == 0 && wait_ns >= (int64_t)STALL_MS * 1000000)
		die("no answer for %d s", STALL_MS / 1000);
	d->now = clock_mono();
	for (int i = 0; i < n; i++)
		conn_ready(ev[i].data.ptr);
}

static void drive(struct driver *d)
{
	d->start = d->now = clock_mono();
	for (;;) {
		int64_t wait_ns = d->mode->turn(d);

		for (size_t i = 0; i < d->n_conns; i++)
			if (d->conn[i]->out.n && !d->conn[i]->waits_to_write)
				conn_flush(d->conn[i]);
		if (d->mode->done(d))
			return;
		wait_for_events(d, wait_ns);
	}
}

/* ---- requests */

static void request_put(struct conn *c, struct bytes payload)
{
	static char kind[] = "initiative";
	Ims__Ctl__PutRequest q;

	ims__ctl__put_request__init(&q);
	q.kind = kind;
	q.payload = (ProtobufCBinaryData){payload.n, (uint8_t *)(uintptr_t)payload.p};
	conn_request(c, VERB_RECORD_PUT, &q.base);
}

static void request_get(struct conn *c, char *id)
{
	Ims__Ctl__RecordRequest q;

	ims__ctl__record_request__init(&q);
	q.id = id;
	conn_request(c, VERB_RECORD_GET, &q.base);
}

static char *put_reply_id(const struct msg_reply *r)
{
	ProtobufCMessage *m;
	struct arena a;
	char *id;

	arena_init(&a, codec_budget(r->body.n));
	if (codec_unpack(&ims__ctl__put_reply__descriptor, r->body, &a, &m, NULL))
		die("the node's answer to a put is none");
	id = mem_strdup(((Ims__Ctl__PutReply *)m)->id);
	arena_fini(&a);
	return id;
}

/* ---- the command line */

static void set_records(struct driver *d, const char *file, const char *from, const char *count)
{
	records_open(&d->records, file);
	d->from = d->next = number("FROM", from);
	d->end = d->from + number("COUNT", count);
	if (d->from >= d->end || d->end > d->records.n)
		die("%s has %zu records", file, d->records.n);
}

static void set_time(struct driver *d, const char *ms)
{
	uint64_t n = number("MS", ms);

	if (n)
		d->deadline = mono_plus_ms(clock_mono(), (int64_t)n);
}

static void run_write(struct driver *d, char **arg)
{
	set_records(d, arg[1], arg[2], arg[3]);
	conns_open(d, arg[0], number("CONNECTIONS", arg[4]));
	d->window = (unsigned)number("WINDOW", arg[5]);
	set_time(d, arg[6]);
	drive(d);
	latency_report(&d->latencies, d->replies, seconds_between(d->start, d->now));
}

static void run_get(struct driver *d, char **arg)
{
	d->prefix = arg[1];
	d->n_ids = number("N", arg[2]);
	d->window = 1;
	conns_open(d, arg[0], number("CONNECTIONS", arg[3]));
	set_time(d, arg[4]);
	drive(d);
	latency_report(&d->latencies, d->replies, seconds_between(d->start, d->now));
}

static void run_lag(struct driver *d, char **arg)
{
	set_records(d, arg[1], arg[2], arg[3]);
	d->mode = &lag;
	d->rate = (double)number("RATE", arg[4]);
	d->acknowledged = mem_zalloc((d->end - d->from) * sizeof(*d->acknowledged));
	conns_open(d, arg[0], LAG_WRITERS);
	d->poller = conns_open(d, arg[5], 1);
	drive(d);
	latency_report(&d->latencies, d->seen, seconds_between(d->start, d->now));
	free(d->acknowledged);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int n_args;
		void (*run)(struct driver *d, char **arg);
	} modes[] = {{"write", 7, run_write}, {"get", 5, run_get}, {"lag", 6, run_lag}};
	struct driver d = {.mode = &fast, .rng = 1, .epoll = epoll_create1(EPOLL_CLOEXEC)};

	if (d.epoll < 0)
		die("epoll: %s", strerror(errno));
	for (size_t i = 0; argc > 1 && i < sizeof(modes) / sizeof(modes[0]); i++)
		if (strcmp(argv[1], modes[i].name) == 0 && argc == modes[i].n_args + 2) {
			modes[i].run(&d, argv + 2);
			conns_close(&d);
			close(d.epoll);
			free(d.records.record);
			return 0;
		}
	die("usage: bench_load_openssl_pb write|get|lag NODE ...: see the head of its source");
}
