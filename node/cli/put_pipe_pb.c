/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/put_pipe.h"

#include <stdlib.h>

#include "pb/ctl.pb-c.h"

#include "base/check.h"
#include "base/mem.h"
#include "cli/request.h"
#include "cli/verb.h"
#include "wire/codec.h"

void put_pipe_init(struct put_pipe *p, struct client *c)
{
	*p = (struct put_pipe){.client = c, .audience = ""};
}

void put_pipe_fini(struct put_pipe *p)
{
	for (size_t i = 0; i < p->n; i++)
		free(p->answer[i].id);
	free(p->answer);
	*p = (struct put_pipe){0};
}

/* Would every further record be refused for the same reason? What is at home in another region is refused alone. */
static bool concerns_all(int err, bool named)
{
	int exit_code = ims_error(err)->exit_code;

	if (named && err == IMS_E_PERMISSION)
		return false;
	return exit_code == 3 || exit_code == 4 || exit_code == 6 || err == IMS_E_IO || err == IMS_E_BUG;
}

static void count_outcome(struct put_pipe *p, const char *outcome)
{
	if (strcmp(outcome, "unchanged") == 0)
		p->unchanged++;
	else if (strcmp(outcome, "updated") == 0)
		p->updated++;
	else
		p->created++;
}

static int take_success(struct put_pipe *p, struct put_answer *a, struct bytes body, struct errtext *e)
{
	ProtobufCMessage *m;
	struct arena arena;
	int err;

	arena_init(&arena, codec_budget(body.n));
	err = verb_decode(VERB_RECORD_PUT, body, &arena, &m, e);
	if (err == 0) {
		a->id = mem_strdup(((Ims__Ctl__PutReply *)m)->id);
		count_outcome(p, ((Ims__Ctl__PutReply *)m)->outcome);
	}
	arena_fini(&arena);
	return err;
}

static int take_refusal(struct put_pipe *p, uint64_t ticket, const struct client_reply *r, struct errtext *e)
{
	char *text;

	if (concerns_all(r->err, p->answer[ticket].named))
		return errtext_set(e, r->err, "%.*s", (int)r->text.n, (const char *)r->text.p);
	p->answer[ticket].err = r->err;
	p->refused++;
	text = mem_strndup(r->text);
	if (p->refusal)
		p->refusal(p->ctx, ticket, r->err, *text ? text : ims_strerror(r->err));
	free(text);
	return 0;
}

static int take_one(struct put_pipe *p, struct errtext *e)
{
	struct client_reply r;
	uint64_t ticket;
	int err = client_receive(p->client, &r, e);

	if (err)
		return err;
	ticket = r.id - p->first_id;
	if (ticket >= p->n || r.more || p->answer[ticket].id || p->answer[ticket].err)
		return errtext_set(e, IMS_E_PROTOCOL, "the node answered a request that does not wait");
	p->answered++;
	return r.err ? take_refusal(p, ticket, &r, e) : take_success(p, &p->answer[ticket], r.body, e);
}

static int drain(struct put_pipe *p, size_t in_flight, struct errtext *e)
{
	while (p->failed == 0 && p->n - p->answered > in_flight)
		p->failed = take_one(p, e);
	return p->failed;
}

int put_pipe_put(struct put_pipe *p, const char *kind, const char *record, struct bytes payload, uint64_t ticket,
		 struct errtext *e)
{
	Ims__Ctl__PutRequest q = REQUEST(PutRequest, put_request);
	uint64_t id;
	int err = drain(p, PUT_PIPE_WINDOW - 1, e);

	if (err)
		return err;
	CHECK(ticket == p->n);
	q.kind = (char *)(uintptr_t)kind;
	q.audience = (char *)(uintptr_t)p->audience;
	q.id = (char *)(uintptr_t)(record ? record : "");
	q.fill = !record && p->fill_kind && strcmp(p->fill_kind, kind) == 0;
	q.payload = (ProtobufCBinaryData){payload.n, (uint8_t *)(uintptr_t)payload.p};
	err = verb_send(p->client, VERB_RECORD_PUT, &q.base, &id, e);
	if (err) {
		p->failed = err;
		return err;
	}
	if (p->n == p->answered) /* the client may have asked for something else between */
		p->first_id = id - ticket;
	CHECK(id - p->first_id == ticket);
	p->answer = mem_grow(p->answer, &p->capacity, p->n + 1, sizeof(*p->answer));
	p->answer[p->n++] = (struct put_answer){.named = record != NULL};
	return 0;
}

int put_pipe_await(struct put_pipe *p, struct errtext *e)
{
	return drain(p, 0, e);
}

struct bytes put_pipe_id(const struct put_pipe *p, uint64_t ticket)
{
	return ticket < p->n ? bytes_of(p->answer[ticket].id) : BYTES_NONE;
}
