/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the load driver (tools/bench_load_openssl_pb.c) does with its connections: a mode is a
 * few callbacks, and knows neither TLS nor protobuf. Included by that file alone, which defines
 * the three functions declared below.
 */
#ifndef BENCH_MODES_H
#define BENCH_MODES_H

#include "bench/records.h"
#include "ims/err.h"
#include "wire/msg.h"

#define LAG_WRITERS 8
#define LAG_POLL_NS 200000
#define LAG_MAX_NS 60000000000

struct driver;

struct conn {
	struct driver *driver;
	int fd;
	struct ssl_st *ssl;
	struct buf in, out;
	size_t out_at;
	bool waits_to_write;
	unsigned in_flight;
	uint64_t next_id;
	struct mono sent; /* the last request */
	size_t record;	  /* its place, when it is a put of the lag mode */
};

/* What a mode adds to the driver. */
struct mode {
	/* Send what may be sent now. Returns ns until it wants to be called again, -1: after a reply. */
	int64_t (*turn)(struct driver *d);
	void (*reply)(struct driver *d, struct conn *c, const struct msg_reply *r);
	bool (*done)(const struct driver *d);
};

struct acknowledged {
	struct mono when; /* 0: not yet */
	char *id;
};

struct driver {
	const struct mode *mode;
	int epoll;
	struct conn *conn[512];
	size_t n_conns;
	struct records records;
	size_t next, end, replies; /* records to be sent; answers that counted */
	struct mono now, start, deadline;
	struct latencies latencies;
	unsigned window;
	/* get */
	const char *prefix;
	uint64_t n_ids, rng;
	/* lag */
	double rate;
	struct conn *poller;
	struct acknowledged *acknowledged;
	size_t from, seen;
	struct mono next_poll;
};

/* Queue a request; it is written when the driver's turn ends. */
static void request_put(struct conn *c, struct bytes payload);
static void request_get(struct conn *c, char *id);
/* The id of the record that a put wrote; to be freed. */
static char *put_reply_id(const struct msg_reply *r);

static void check_reply(const struct msg_reply *r)
{
	if (r->code)
		die("refused: %s: %.*s", ims_strerror((int)r->code), (int)r->text.n, (const char *)r->text.p);
}

/* ---- write and get: as fast as the answers come */

static bool in_time(const struct driver *d)
{
	return d->deadline.ns == 0 || d->now.ns < d->deadline.ns;
}

static bool may_send(const struct driver *d)
{
	return in_time(d) && (d->prefix || d->next < d->end);
}

static void send_next(struct driver *d, struct conn *c)
{
	char id[64];

	if (!d->prefix) {
		request_put(c, d->records.record[d->next++]);
		return;
	}
	snprintf(id, sizeof(id), "%s%" PRIu64, d->prefix, chance(&d->rng) % d->n_ids + 1);
	request_get(c, id);
}

static int64_t turn_fast(struct driver *d)
{
	for (size_t i = 0; i < d->n_conns; i++)
		while (d->conn[i]->in_flight < d->window && may_send(d))
			send_next(d, d->conn[i]);
	return -1;
}

static void reply_fast(struct driver *d, struct conn *c, const struct msg_reply *r)
{
	check_reply(r);
	if (d->prefix && !r->body.n)
		die("an empty record");
	d->replies++;
	if (d->window == 1)
		latency_add(&d->latencies, seconds_between(c->sent, clock_mono()) * 1e3);
	/* the next at once, not after the answers to all others */
	if (c->in_flight < d->window && may_send(d))
		send_next(d, c);
}

static bool done_fast(const struct driver *d)
{
	for (size_t i = 0; i < d->n_conns; i++)
		if (d->conn[i]->in_flight)
			return false;
	return !may_send(d);
}

static const struct mode fast = {turn_fast, reply_fast, done_fast};

/* ---- lag: at a given pace, with a poller */

static int64_t lag_send_due(struct driver *d)
{
	for (size_t i = 0; i < d->n_conns && d->next < d->end; i++) {
		struct conn *c = d->conn[i];
		int64_t due = d->start.ns + (int64_t)((double)(d->next - d->from) * 1e9 / d->rate);

		if (c == d->poller || c->in_flight)
			continue;
		if (due > d->now.ns)
			return due - d->now.ns;
		c->record = d->next;
		request_put(c, d->records.record[d->next++]);
	}
	return -1; /* all busy, or nothing left */
}

static int64_t turn_lag(struct driver *d)
{
	int64_t wait = lag_send_due(d);
	struct acknowledged *a = &d->acknowledged[d->seen];

	if (d->seen == d->end - d->from || !a->when.ns || d->poller->in_flight)
		return wait;
	if (d->now.ns - a->when.ns > LAG_MAX_NS)
		die("%s is not at the replica after %d s", a->id, (int)(LAG_MAX_NS / 1000000000));
	if (d->now.ns >= d->next_poll.ns)
		request_get(d->poller, a->id);
	else if (wait < 0 || d->next_poll.ns - d->now.ns < wait)
		wait = d->next_poll.ns - d->now.ns;
	return wait;
}

static void reply_lag(struct driver *d, struct conn *c, const struct msg_reply *r)
{
	struct mono now = clock_mono();
	struct acknowledged *a;

	if (c != d->poller) {
		check_reply(r);
		a = &d->acknowledged[c->record - d->from];
		*a = (struct acknowledged){now, put_reply_id(r)};
		return;
	}
	if (ims_error((int)r->code)->code == IMS_E_NOT_FOUND && r->code) {
		d->next_poll.ns = now.ns + LAG_POLL_NS;
		return;
	}
	check_reply(r);
	a = &d->acknowledged[d->seen++];
	latency_add(&d->latencies, seconds_between(a->when, now) * 1e3);
	free(a->id);
}

static bool done_lag(const struct driver *d)
{
	return d->seen == d->end - d->from;
}

static const struct mode lag = {turn_lag, reply_lag, done_lag};

#endif
