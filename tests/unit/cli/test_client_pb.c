/* SPDX-License-Identifier: Apache-2.0 */
/* The client against a node that behaves, and ones that do not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pb/ctl.pb-c.h"

#include "cli/put_pipe.h"
#include "cli/request.h"
#include "unit/cli/fake_node.h"
#include "wire/codec.h"

static struct client *open_client(const struct fake_node *f, int64_t timeout_ms)
{
	struct client_target t = {.node = f->address, .timeout_ms = timeout_ms};
	struct client *c = NULL;
	struct errtext e = {""};

	assert_int_equal(client_open(&t, &c, &e), 0);
	return c;
}

/* The body comes back, the verb as text. */
static bool echo(struct fake_node *f, const struct msg_request *q, struct buf *out)
{
	char verb[16];

	(void)f;
	snprintf(verb, sizeof(verb), "%u", q->verb);
	fake_reply(out, q->id, 0, verb, q->body);
	return true;
}

static void replies_are_matched_by_number(void **state)
{
	struct fake_node f = {.answer = echo, .hold = 8};
	struct client *c;
	uint64_t ids[8];
	struct errtext e;

	(void)state;
	fake_start(&f);
	c = open_client(&f, 5000);
	for (uint32_t i = 0; i < 8; i++)
		assert_int_equal(client_send(c, i + 1, BYTES(&i, sizeof(i)), &ids[i], &e), 0);
	for (uint32_t i = 8; i-- > 0;) { /* the fake answers the newest first */
		struct client_reply r;

		assert_int_equal(client_receive(c, &r, &e), 0);
		assert_int_equal(r.id, ids[i]);
		assert_memory_equal(r.body.p, &i, sizeof(i));
	}
	client_free(c);
	fake_stop(&f);
}

/* More than both sockets hold, both ways: neither side may wait for the other for ever. */
static void much_is_sent_while_much_comes_back(void **state)
{
	struct fake_node f = {.answer = echo};
	struct client *c;
	struct errtext e;
	uint8_t *body = calloc(1, 100000);
	uint64_t id;

	(void)state;
	fake_start(&f);
	c = open_client(&f, 10000);
	for (int i = 0; i < 100; i++)
		assert_int_equal(client_send(c, 1, BYTES(body, 100000), &id, &e), 0);
	for (int i = 0; i < 100; i++) {
		struct client_reply r;

		assert_int_equal(client_receive(c, &r, &e), 0);
		assert_int_equal(r.body.n, 100000);
	}
	client_free(c);
	fake_stop(&f);
	free(body);
}

static bool say_bye(struct fake_node *f, const struct msg_request *q, struct buf *out)
{
	struct msg m = {.type = MSG_BYE};

	(void)f;
	(void)q;
	m.u.bye = (struct msg_bye){.code = (uint32_t)-IMS_E_STOPPING, .text = BYTES_LIT("until tomorrow")};
	fake_put(out, &m);
	return false;
}

static bool hang_up(struct fake_node *f, const struct msg_request *q, struct buf *out)
{
	(void)f;
	(void)q;
	(void)out;
	return false;
}

static bool keep_silent(struct fake_node *f, const struct msg_request *q, struct buf *out)
{
	(void)f;
	(void)q;
	(void)out;
	return true;
}

static bool talk_nonsense(struct fake_node *f, const struct msg_request *q, struct buf *out)
{
	(void)f;
	(void)q;
	buf_put(out, BYTES_LIT("HTTP/1.1 400 Bad Request\r\n"));
	return true;
}

static bool send_heads(struct fake_node *f, const struct msg_request *q, struct buf *out)
{
	struct msg m = {.type = MSG_HEADS};

	(void)f;
	(void)q;
	fake_put(out, &m);
	return true;
}

static bool refuse(struct fake_node *f, const struct msg_request *q, struct buf *out)
{
	(void)f;
	fake_reply(out, q->id, IMS_E_PERMISSION, "auditors do not write", BYTES_NONE);
	return true;
}

static int call_once(bool (*answer)(struct fake_node *, const struct msg_request *, struct buf *),
		     struct errtext *e)
{
	struct fake_node f = {.answer = answer};
	Ims__Ctl__Empty q = REQUEST(Empty, empty);
	ProtobufCMessage *reply;
	struct client *c;
	struct arena a;
	int err;

	fake_start(&f);
	c = open_client(&f, answer == keep_silent ? 50 : 5000);
	err = verb_call(c, VERB_STATUS, &q.base, &a, &reply, e);
	if (err == 0)
		arena_fini(&a);
	client_free(c);
	fake_stop(&f);
	return err;
}

static void every_failure_has_its_name(void **state)
{
	struct errtext e = {""};

	(void)state;
	assert_int_equal(call_once(say_bye, &e), IMS_E_STOPPING);
	assert_string_equal(e.text, "until tomorrow");
	assert_int_equal(call_once(hang_up, &e), IMS_E_CLOSED);
	assert_int_equal(call_once(keep_silent, &e), IMS_E_TIMEOUT);
	assert_int_equal(call_once(talk_nonsense, &e), IMS_E_FRAME);
	assert_int_equal(call_once(send_heads, &e), IMS_E_PROTOCOL);
	assert_int_equal(call_once(refuse, &e), IMS_E_PERMISSION);
	assert_string_equal(e.text, "auditors do not write");
	assert_int_equal(call_once(echo, &e), 0);
}

static void nobody_listens(void **state)
{
	struct client_target t = {.node = "unix:/nonexistent/sock", .timeout_ms = 1000};
	struct client *c;
	struct errtext e;

	(void)state;
	assert_int_equal(client_open(&t, &c, &e), IMS_E_UNREACHABLE);
	t.node = "ims://127.0.0.1:1";
	assert_int_equal(client_open(&t, &c, &e), IMS_E_UNREACHABLE);
	t.node = "ims://[::1";
	assert_int_equal(client_open(&t, &c, &e), IMS_E_USAGE);
	t.node = "http://localhost";
	assert_int_equal(client_open(&t, &c, &e), IMS_E_USAGE);
}

/* ---- the pipe of puts */

/* Payload "bad" is refused, "full" means no space; the rest is created, its id is the payload. */
static bool take_put(struct fake_node *f, const struct msg_request *q, struct buf *out)
{
	Ims__Ctl__PutReply p = REQUEST(PutReply, put_reply);
	static char created[] = "created";
	char id[32] = "";
	ProtobufCMessage *m;
	struct buf body = {0};
	struct arena a;

	(void)f;
	arena_init(&a, 1 << 20);
	CHECK(codec_unpack(&ims__ctl__put_request__descriptor, q->body, &a, &m, NULL) == 0);
	memcpy(id, ((Ims__Ctl__PutRequest *)m)->payload.data, ((Ims__Ctl__PutRequest *)m)->payload.len);
	p.id = id;
	p.outcome = created;
	codec_pack(&p.base, &body);
	if (strcmp(id, "bad") == 0)
		fake_reply(out, q->id, IMS_E_INVALID, "/name: required", BYTES_NONE);
	else if (strcmp(id, "full") == 0)
		fake_reply(out, q->id, IMS_E_NO_SPACE, "", BYTES_NONE);
	else
		fake_reply(out, q->id, 0, "", buf_bytes(&body));
	buf_fini(&body);
	arena_fini(&a);
	return true;
}

static void puts_are_pipelined(void **state)
{
	struct fake_node f = {.answer = take_put};
	struct put_pipe p;
	struct client *c;
	struct errtext e;
	char text[32];

	(void)state;
	fake_start(&f);
	c = open_client(&f, 5000);
	put_pipe_init(&p, c);
	for (unsigned i = 0; i < 1000; i++) {
		snprintf(text, sizeof(text), i == 500 ? "bad" : "eu-o-%u", i);
		assert_int_equal(put_pipe_put(&p, "organisation", NULL, bytes_of(text), i, &e), 0);
	}
	assert_int_equal(put_pipe_await(&p, &e), 0);
	assert_int_equal(p.created, 999);
	assert_int_equal(p.refused, 1);
	assert_true(bytes_eq_text(put_pipe_id(&p, 999), "eu-o-999"));
	assert_int_equal(put_pipe_id(&p, 500).n, 0);
	assert_int_equal(put_pipe_id(&p, 1000).n, 0);
	put_pipe_fini(&p);
	client_free(c);
	fake_stop(&f);
}

static void what_concerns_all_ends_the_pipe(void **state)
{
	struct fake_node f = {.answer = take_put};
	struct put_pipe p;
	struct client *c;
	struct errtext e = {""};

	(void)state;
	fake_start(&f);
	c = open_client(&f, 5000);
	put_pipe_init(&p, c);
	assert_int_equal(put_pipe_put(&p, "organisation", NULL, BYTES_LIT("full"), 0, &e), 0);
	assert_int_equal(put_pipe_await(&p, &e), IMS_E_NO_SPACE);
	assert_int_equal(put_pipe_put(&p, "organisation", NULL, BYTES_LIT("eu-o-1"), 1, &e), IMS_E_NO_SPACE);
	put_pipe_fini(&p);
	client_free(c);
	fake_stop(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(replies_are_matched_by_number),
		cmocka_unit_test(much_is_sent_while_much_comes_back),
		cmocka_unit_test(every_failure_has_its_name),
		cmocka_unit_test(nobody_listens),
		cmocka_unit_test(puts_are_pipelined),
		cmocka_unit_test(what_concerns_all_ends_the_pipe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
