/* SPDX-License-Identifier: Apache-2.0 */
/* Asking the node of one_node.h over its local socket, many requests at a time if need be. */
#ifndef TESTS_CTL_ASKS_H
#define TESTS_CTL_ASKS_H

#include "unit/ctl/one_node.h"

/* A message as a value, like the daemon's own. */
#define FRESH(Message, message)                                                                              \
	({                                                                                                   \
		Ims__Ctl__##Message fresh_;                                                                  \
		ims__ctl__##message##__init(&fresh_);                                                        \
		fresh_;                                                                                      \
	})
#define LEND(literal) ((char *)(uintptr_t)(literal))

/* ---- the client */
static inline void one_on_open(void *ctx, struct net_conn *c, const struct net_ident *i)
{
	struct one_node *w = ctx;

	(void)c;
	(void)i;
	loop_stop(w->loop);
}

static inline void one_take(struct one_node *w, const struct frame *f)
{
	struct one_reply *r = &w->reply[w->n_replies++];
	struct arena a;
	struct msg m;

	assert_true(w->n_replies <= ONE_REPLIES_MAX);
	arena_init(&a, codec_budget(f->message.n));
	assert_int_equal(msg_decode(f->type, f->message, &a, &m, NULL), 0);
	assert_int_equal(m.type, MSG_REPLY);
	*r = (struct one_reply){.id = m.u.reply.id, .err = -(int)m.u.reply.code};
	snprintf(r->text, sizeof(r->text), "%.*s", (int)m.u.reply.text.n, (const char *)m.u.reply.text.p);
	buf_put(&r->body, m.u.reply.body);
	arena_fini(&a);
}

static inline void one_on_bytes(void *ctx, struct net_conn *c)
{
	struct one_node *w = ctx;
	struct frame f;

	while (frame_take(net_conn_input(c), &f) > 0) {
		one_take(w, &f);
		net_conn_consume(c, f.total_bytes);
	}
	loop_stop(w->loop);
}

static inline void one_on_drain(void *ctx, struct net_conn *c)
{
	(void)ctx;
	(void)c;
}

static inline void one_on_gone(void *ctx, struct net_conn *c, int err, const char *text)
{
	(void)ctx;
	(void)c;
	fail_msg("the node has closed: %s (%s)", ims_strerror(err), text);
}

static inline void one_on_patience(void *ctx)
{
	(void)ctx;
	fail_msg("no answer in time");
}

static inline void one_forget(struct one_node *w)
{
	for (size_t i = 0; i < w->n_replies; i++)
		buf_fini(&w->reply[i].body);
	w->n_replies = 0;
}

static inline int one_setup(void **state)
{
	static const struct net_conn_ops ops = {one_on_open, one_on_bytes, one_on_drain, one_on_gone};
	struct one_node *w = mem_new(struct one_node);

	say_set_level(SAY_ERROR);
	one_open(w);
	one_start(w);
	assert_int_equal(
		net_connect(w->loop, w->socket, NULL, NULL, &net_limits_default, &ops, w, &w->conn, NULL), 0);
	w->patience = loop_timer_new(w->loop, one_on_patience, w);
	loop_timer_arm_ms(w->patience, ONE_PATIENCE_MS);
	assert_int_equal(loop_run(w->loop), 0); /* until on_open */
	*state = w;
	return 0;
}

static inline int one_teardown(void **state)
{
	struct one_node *w = *state;

	net_conn_close(w->conn, 0);
	one_forget(w);
	loop_timer_free(w->patience);
	one_stop(w);
	free(w);
	return 0;
}

static inline uint64_t one_send(struct one_node *w, enum verb v, const ProtobufCMessage *request)
{
	struct msg m = {.type = MSG_REQUEST};
	struct buf body = {0}, frame = {0};
	struct bytes part;

	codec_pack(request, &body);
	m.u.request = (struct msg_request){++w->last_id, v, buf_bytes(&body)};
	assert_int_equal(msg_encode(&m, &frame), 0);
	part = buf_bytes(&frame);
	assert_int_equal(net_conn_send(w->conn, &part, 1), 0);
	buf_fini(&frame);
	buf_fini(&body);
	return w->last_id;
}

/* Run the loop until the reply to `id` is there; it stays until one_forget(). */
static inline struct one_reply *one_await(struct one_node *w, uint64_t id)
{
	loop_timer_arm_ms(w->patience, ONE_PATIENCE_MS);
	for (;;) {
		for (size_t i = 0; i < w->n_replies; i++)
			if (w->reply[i].id == id) {
				loop_timer_disarm(w->patience);
				return &w->reply[i];
			}
		assert_int_equal(loop_run(w->loop), 0);
	}
}

/* The reply's message, in the arena, which the caller ends; the reply is forgotten. */
static inline void *one_take_reply(struct one_node *w, uint64_t id, const ProtobufCMessageDescriptor *d,
				   struct arena *a)
{
	struct one_reply *r = one_await(w, id);
	ProtobufCMessage *m;

	if (r->err)
		fail_msg("%s: %s", ims_strerror(r->err), r->text);
	arena_init(a, codec_budget(r->body.n));
	assert_int_equal(codec_unpack(d, buf_bytes(&r->body), a, &m, NULL), 0);
	one_forget(w);
	return m;
}

static inline void *one_call(struct one_node *w, enum verb v, const ProtobufCMessage *request,
			     const ProtobufCMessageDescriptor *reply, struct arena *a)
{
	return one_take_reply(w, one_send(w, v, request), reply, a);
}

/* The call must fail: its error. The text stays in `text`. */
static inline int one_refused(struct one_node *w, enum verb v, const ProtobufCMessage *request,
			      char text[512])
{
	struct one_reply *r = one_await(w, one_send(w, v, request));
	int err = r->err;

	assert_int_not_equal(err, 0);
	memcpy(text, r->text, sizeof(r->text));
	one_forget(w);
	return err;
}

/* ---- what many tests do */

/* Queue a put of an organisation of this name. */
static inline uint64_t one_send_put(struct one_node *w, const char *name, const char *id,
				    const char *audience)
{
	Ims__Ctl__PutRequest q = FRESH(PutRequest, put_request);
	Ims__Registry__Organisation o;
	struct buf payload = {0};
	uint64_t sent;

	ims__registry__organisation__init(&o);
	o.name = LEND(name);
	o.country = LEND("NL");
	o.type = LEND("other");
	codec_pack(&o.base, &payload);
	q.kind = LEND("organisation");
	q.id = LEND(id);
	q.audience = LEND(audience);
	q.payload = (ProtobufCBinaryData){payload.n, payload.p};
	sent = one_send(w, VERB_RECORD_PUT, &q.base);
	buf_fini(&payload);
	return sent;
}

/* Put and wait; the id is copied to `id` unless NULL. Returns the entry's index. */
static inline uint64_t one_put(struct one_node *w, const char *name, const char *audience, char id[64])
{
	struct arena a;
	Ims__Ctl__PutReply *r =
		one_take_reply(w, one_send_put(w, name, "", audience), &ims__ctl__put_reply__descriptor, &a);
	uint64_t index = r->index;

	assert_string_equal(r->ack, "durable");
	assert_string_equal(r->origin, ONE_ORIGIN);
	if (id)
		snprintf(id, 64, "%s", r->id);
	arena_fini(&a);
	return index;
}

#endif
