/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/client.h"

#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/mem.h"
#include "cli/carrier.h"
#include "wire/frame.h"
#include "wire/msg.h"

#define OUTPUT_HIGH_BYTES (1u << 20) /* client_send() waits above this */
#define INPUT_MAX_BYTES (64u << 20)  /* of replies nobody has received yet */
#define READ_BYTES 65536u
#define REPLY_ARENA_BYTES (16u << 20)

struct client {
	struct carrier *carrier;
	struct buf in, out;
	size_t in_at, out_at; /* consumed, written */
	uint64_t next_id;
	int64_t timeout_ms;
	struct arena reply; /* of the last client_receive() */
	int failed;	    /* sticky: the connection is gone */
	struct errtext why;
};

static struct mono deadline_of(const struct client *c)
{
	return mono_plus_ms(clock_mono(), c->timeout_ms);
}

static int fail(struct client *c, int err, struct errtext *e)
{
	c->failed = err;
	if (e)
		*e = c->why;
	return err;
}

/* ---- connecting */

static int carry(const struct client_target *t, struct mono deadline, struct carrier **ret, struct errtext *e)
{
	int fd, err;

	if (strncmp(t->node, "unix:", 5) == 0) {
		err = dial_unix(t->node + 5, &fd, e);
		if (err == 0)
			*ret = carrier_plain_new(fd);
		return err;
	}
	if (strncmp(t->node, "ims://", 6) != 0)
		return errtext_set(e, IMS_E_USAGE, "a node is unix:PATH or ims://HOST:PORT");
	err = dial_tcp(t->node + 6, deadline, &fd, e);
	return err ? err : carrier_tls_new(fd, t, ret, e);
}

static int shake_hands(struct carrier *carrier, struct mono deadline, struct errtext *e)
{
	for (;;) {
		int err = carrier->ops->open(carrier, e);

		if (err <= 0)
			return err;
		err = carrier_wait(carrier->fd, err == CARRIER_WANT_READ ? POLLIN : POLLOUT, deadline, NULL,
				   e);
		if (err)
			return err;
	}
}

int client_open(const struct client_target *t, struct client **ret, struct errtext *e)
{
	struct mono deadline = mono_plus_ms(clock_mono(), t->timeout_ms);
	struct carrier *carrier = NULL;
	struct client *c;
	int err;

	err = carry(t, deadline, &carrier, e);
	if (err)
		return err;
	err = shake_hands(carrier, deadline, e);
	if (err) {
		carrier->ops->free(carrier);
		return err;
	}
	c = mem_new(struct client);
	c->carrier = carrier;
	c->timeout_ms = t->timeout_ms;
	c->next_id = 1;
	buf_init(&c->in, INPUT_MAX_BYTES);
	arena_init(&c->reply, REPLY_ARENA_BYTES);
	*ret = c;
	return 0;
}

void client_free(struct client *c)
{
	if (!c)
		return;
	c->carrier->ops->free(c->carrier);
	buf_fini(&c->in);
	buf_fini(&c->out);
	arena_fini(&c->reply);
	free(c);
}

void client_set_timeout(struct client *c, int64_t timeout_ms)
{
	c->timeout_ms = timeout_ms;
}

int64_t client_timeout_ms(const struct client *c)
{
	return c->timeout_ms;
}

/* ---- moving bytes */

/* Drop what is behind the mark, when that is most of the buffer. */
static void compact(struct buf *b, size_t *at)
{
	if (*at == 0 || *at < b->n / 2)
		return;
	memmove(b->p, b->p + *at, b->n - *at);
	b->n -= *at;
	*at = 0;
}

/* Take in what is there. 0: something came; CARRIER_WANT_*; or an error. */
static int take_in(struct client *c)
{
	size_t before = c->in.n, got = 0;
	uint8_t *room;
	int err;

	compact(&c->in, &c->in_at);
	before = c->in.n;
	room = buf_reserve(&c->in, READ_BYTES);
	if (!room)
		return errtext_set(&c->why, IMS_E_LIMIT, "too many replies wait to be read");
	err = c->carrier->ops->read(c->carrier, room, READ_BYTES, &got, &c->why);
	c->in.n = before + (err == 0 ? got : 0);
	return err;
}

/* Write what goes now. 0: all of it is out. */
static int write_out(struct client *c)
{
	while (c->out_at < c->out.n) {
		size_t put = 0;
		int err = c->carrier->ops->write(c->carrier, c->out.p + c->out_at, c->out.n - c->out_at, &put,
						 &c->why);

		if (err)
			return err;
		c->out_at += put;
	}
	buf_clear(&c->out);
	c->out_at = 0;
	return 0;
}

/* One turn: write, read, and wait for either. Returns after something moved. */
static int turn(struct client *c)
{
	struct mono deadline = deadline_of(c);
	size_t out_before = c->out_at, in_before = c->in.n - c->in_at;

	for (;;) {
		int out = write_out(c), in;
		short events = 0;
		int err;

		if (out < 0 && out != IMS_E_CLOSED)
			return out;
		in = take_in(c); /* also after a failed write: the node may have said why it closed */
		if (in < 0)
			return in;
		if (out < 0)
			return out;
		if (c->in.n - c->in_at != in_before || c->out_at != out_before)
			return 0;
		events |= in == CARRIER_WANT_WRITE || out == CARRIER_WANT_WRITE ? POLLOUT : 0;
		events |= in == CARRIER_WANT_READ || out == CARRIER_WANT_READ ? POLLIN : 0;
		err = carrier_wait(c->carrier->fd, events, deadline, NULL, &c->why);
		if (err)
			return err;
	}
}

/* ---- messages */

int client_send(struct client *c, uint32_t verb, struct bytes body, uint64_t *ret_id, struct errtext *e)
{
	struct msg m = {.type = MSG_REQUEST};
	int err;

	if (c->failed)
		return fail(c, c->failed, e);
	m.u.request = (struct msg_request){.id = c->next_id, .verb = verb, .body = body};
	compact(&c->out, &c->out_at);
	err = msg_encode(&m, &c->out);
	if (err)
		return errtext_set(e, err, "a request of %zu bytes: %s", body.n, ims_strerror(err));
	err = write_out(c);
	while (err >= 0 && c->out.n - c->out_at > OUTPUT_HIGH_BYTES)
		err = turn(c);
	/* a closed connection shows at the next receive, behind what the node said before closing */
	if (err < 0 && err != IMS_E_CLOSED)
		return fail(c, err, e);
	*ret_id = c->next_id++;
	return 0;
}

/* A frame stands at the front of the input? Hand out its message. */
static int next_message(struct client *c, struct msg *ret, bool *ret_there)
{
	struct frame f;
	int n = frame_take(BYTES(c->in.p + c->in_at, c->in.n - c->in_at), &f);

	*ret_there = n > 0;
	if (n < 0)
		return errtext_set(&c->why, n, "the node sent a bad frame");
	if (n == 0)
		return 0;
	arena_fini(&c->reply);
	arena_init(&c->reply, REPLY_ARENA_BYTES);
	n = msg_decode(f.type, f.message, &c->reply, ret, &c->why);
	c->in_at += f.total_bytes;
	return n;
}

static int answer_ping(struct client *c, uint64_t nonce)
{
	struct msg m = {.type = MSG_PING};

	m.u.ping = (struct msg_ping){.nonce = nonce, .reply = true};
	return msg_encode(&m, &c->out);
}

/* What a message means: 0 and *ret_reply, or a failure. */
static int understand(struct client *c, const struct msg *m, struct client_reply *ret, bool *ret_reply)
{
	const struct msg_reply *r = &m->u.reply;

	*ret_reply = m->type == MSG_REPLY;
	switch (m->type) {
	case MSG_REPLY:
		*ret = (struct client_reply){r->id, r->code ? ims_error((int)r->code)->code : 0, r->text,
					     r->body, r->more};
		return 0;
	case MSG_PING:
		return m->u.ping.reply ? 0 : answer_ping(c, m->u.ping.nonce);
	case MSG_BYE:
		return errtext_set(&c->why,
				   m->u.bye.code ? ims_error((int)m->u.bye.code)->code : IMS_E_CLOSED, "%.*s",
				   (int)m->u.bye.text.n, (const char *)m->u.bye.text.p);
	default:
		return errtext_set(&c->why, IMS_E_PROTOCOL, "the node sent a '%s'", msg_info(m->type)->name);
	}
}

int client_receive(struct client *c, struct client_reply *ret, struct errtext *e)
{
	if (c->failed)
		return fail(c, c->failed, e);
	for (;;) {
		bool there, is_reply = false;
		struct msg m;
		int err = next_message(c, &m, &there);

		if (err == 0 && there)
			err = understand(c, &m, ret, &is_reply);
		if (is_reply)
			return 0;
		if (err == 0 && !there)
			err = turn(c);
		if (err < 0)
			return fail(c, err, e);
	}
}
