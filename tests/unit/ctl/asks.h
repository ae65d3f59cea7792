/* SPDX-License-Identifier: Apache-2.0 */
/* Asking the node of one_node.h over its local socket, many requests at a time if need be. */
#ifndef TESTS_CTL_ASKS_H
#define TESTS_CTL_ASKS_H

#include "unit/ctl/one_node.h"

/* A message as a value, like the daemon's own. */
#define FRESH(Message, message)                                                                                \
	({                                                                                                     \
		Ims__Ctl__##Message fresh_;                                                                    \
		ims__ctl__##message##__init(&fresh_);                                                          \
		fresh_;                                                                                        \
	})
#define LEND(literal) ((char *)(uintptr_t)(literal))

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
static inline int one_refused(struct one_node *w, enum verb v, const ProtobufCMessage *request, char text[512])
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
static inline uint64_t one_send_put(struct one_node *w, const char *name, const char *id, const char *audience)
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
	Ims__Ctl__PutReply *r = one_take_reply(w, one_send_put(w, name, "", audience),
					       &ims__ctl__put_reply__descriptor, &a);
	uint64_t index = r->index;

	assert_string_equal(r->ack, "durable");
	assert_string_equal(r->origin, ONE_ORIGIN);
	if (id)
		snprintf(id, 64, "%s", r->id);
	arena_fini(&a);
	return index;
}

#endif
