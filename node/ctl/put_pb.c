/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing: a job for the writer, answered when it is durable (inv. 3), or, if the client waits for
 * it, when the cosigners that the roster names have stored it; after that time the answer says
 * `durable`, which it is.
 */
#include "pb/ctl.pb-c.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/text.h"
#include "ctl/ctl_int.h"
#include "programme/acts.h"
#include "wire/codec.h"
#include "wire/entry.h"
#include "wire/span_pb.h"

#define WAIT_MAX_MS (60 * 60 * 1000u)
#define REASON_MAX_BYTES 300 /* goes into a journal row */

/* A write that is durable. */
struct written {
	Ims__Ctl__PutReply reply;
	uint32_t wait_ms;
	const char *reason; /* of a withdrawal */
};

/* ---- acts: a submission is answered with what it may duplicate. It is written whatever that is. */
#define ALIKE_ARENA_BYTES ((size_t)32 << 20)

static Ims__Ctl__StepReply step_reply(const struct ctl_call *call)
{
	const Ims__Ctl__PutReply *r = &((const struct written *)call->data)->reply;
	Ims__Ctl__StepReply s = CTL_NEW(StepReply, step_reply);

	s.id = r->id;
	s.origin = r->origin;
	s.index = r->index;
	s.ack = r->ack;
	s.revision = r->revision;
	s.outcome = r->outcome;
	return s;
}

static int compare(struct ctl_call *call, struct store_txn *t, struct buf *out)
{
	Ims__Ctl__StepReply s = step_reply(call);
	struct arena a;
	int err;

	(void)t;
	arena_init(&a, ALIKE_ARENA_BYTES);
	err = ctl_alike(call, s.id, &a, &s.alike, &s.n_alike);
	if (err)
		s.not_compared = arena_printf(&call->arena, "%s%s%s", ims_strerror(err),
					      call->why.text[0] ? ": " : "", call->why.text);
	if (!s.not_compared)
		s.not_compared = ctl_lend("");
	codec_pack(&s.base, out);
	arena_fini(&a);
	return 0;
}

static void answer_step(struct ctl_call *call)
{
	const Ims__Ctl__InitiativeStepRequest *q = (const Ims__Ctl__InitiativeStepRequest *)call->request;
	Ims__Ctl__StepReply s = step_reply(call);

	if (strcmp(q->act, "submit") == 0 && call->ctl->search)
		(void)ctl_work_apart(call, compare);
	else
		ctl_answer(call, &s.base);
}

static void answer(struct ctl_call *call, const char *ack)
{
	struct written *w = call->data;

	w->reply.ack = ctl_lend(ack);
	if (call->verb->id == VERB_INITIATIVE_STEP)
		answer_step(call);
	else
		ctl_answer(call, &w->reply.base);
}

/* ---- writes */

static void waited(void *ctx, bool replicated)
{
	struct ctl_call *call = ctx;
	struct ctl_call **at = &call->ctl->waiting;

	while (*at != call)
		at = &(*at)->next;
	*at = call->next;
	answer(call, replicated ? "replicated" : "durable");
}

static void copy_answer(struct ctl_call *call, const struct commit_put *p, Ims__Ctl__PutReply *r)
{
	r->id = arena_text(&call->arena, bytes_of(p->ret_id));
	r->origin = arena_text(&call->arena, bytes_of(p->ret_origin));
	r->index = p->ret_index;
	r->revision = p->ret_revision;
	r->outcome = ctl_lend(p->ret_outcome);
}

/* Refused: every wrong field, if that was it, in one line. */
static void refuse(struct ctl_call *call, struct commit_job *job)
{
	struct bytes rest = buf_bytes(&job->u.put.problems), line;
	struct buf text = {0};

	while (text_split(&rest, '\n', &line)) {
		if (line.n > 2 && line.p[0] == ':') /* the JSON pointer to all of it is empty */
			line = BYTES(line.p + 2, line.n - 2);
		if (line.n)
			buf_printf(&text, "%s%.*s", text.n ? "; " : "", (int)line.n, (const char *)line.p);
	}
	ctl_fail_text(call, job->err, text.n ? buf_text(&text) : job->why.text);
	buf_fini(&text);
	commit_job_free(job);
}

static void put_done(struct commit_job *job)
{
	struct ctl_call *call = job->ctx;
	struct written *w = call->data;

	call->ctl->clock_jumped = job->err == IMS_E_CLOCK || (job->err && call->ctl->clock_jumped);
	if (job->err || call->ctl->stop) {
		refuse(call, job);
		return;
	}
	copy_answer(call, &job->u.put, &w->reply);
	commit_job_free(job);
	bridge_acknowledged(node_bridge(call->node), w->reply.origin, w->reply.index + 1);
	if (w->reason)
		bridge_note(node_bridge(call->node), JOURNAL_WRITTEN, call->name, w->reply.origin,
			    w->reply.index, w->reply.index + 1, 0, 0, w->reason, "");
	if (!w->wait_ms || strcmp(w->reply.origin, ctl_own_origin(call)) != 0) { /* or closed, and kept */
		answer(call, "durable");
		return;
	}
	call->next = call->ctl->waiting;
	call->ctl->waiting = call;
	node_wait_replicated(call->node, w->reply.index, w->wait_ms, waited, call);
}

static int submit(struct ctl_call *call, struct commit_job *job, uint32_t wait_ms, const char *reason)
{
	struct written *w = arena_alloc(&call->arena, sizeof(*w));
	int err = w ? 0 : IMS_E_NOMEM;

	if (!err && node_is_refused_as_copy(call->node))
		err = errtext_set(&call->why, IMS_E_CLONE,
				  "most regions refuse this node and hear another one: stop one of the two");
	if (err) {
		commit_job_free(job);
		return err;
	}
	*w = (struct written){.reply = CTL_NEW(PutReply, put_reply), .wait_ms = wait_ms, .reason = reason};
	call->data = w;
	job->u.put.operator_name = mem_strdup(call->name);
	if (call->role == ROLE_OPERATOR) /* who is at the node's own socket is its office */
		job->u.put.roles = actor_roles_of(call->ctl->operator_roles, bytes_of(call->name), 0);
	commit_put_pack(&job->u.put);
	ctl_submit(call, job, put_done);
	return CTL_LATER;
}

/* "" the kind's own, "public", "federation", "named:mx,us". */
static int parse_audience(const char *text, struct commit_put *p, struct errtext *why)
{
	static const char named[] = "named:";

	if (*text == '\0') {
		p->audience = 0;
	} else if (strcmp(text, "public") == 0) {
		p->audience = ENTRY_PUBLIC;
	} else if (strcmp(text, "federation") == 0) {
		p->audience = ENTRY_FEDERATION;
	} else if (strncmp(text, named, sizeof(named) - 1) == 0) {
		p->audience = ENTRY_NAMED;
		p->named = mem_strdup(text + sizeof(named) - 1);
	} else {
		return errtext_set(why, IMS_E_INVALID,
				   "audience '%.60s': public, federation, or named:REGION,…", text);
	}
	return 0;
}

int ctl_record_put(struct ctl_call *call, const Ims__Ctl__PutRequest *q)
{
	struct commit_job *job;
	struct commit_put *p;
	int err;

	if (q->payload.len > PAYLOAD_MAX_BYTES)
		return errtext_set(&call->why, IMS_E_LIMIT, "a payload has at most %d bytes",
				   PAYLOAD_MAX_BYTES);
	if (q->wait_replicated_ms > WAIT_MAX_MS)
		return errtext_set(&call->why, IMS_E_RANGE, "waiting is for at most %u ms", WAIT_MAX_MS);
	job = commit_job_new(COMMIT_PUT);
	p = &job->u.put;
	err = parse_audience(q->audience, p, &call->why);
	if (err) {
		commit_job_free(job);
		return err;
	}
	p->kind = mem_strdup(q->kind);
	p->id = *q->id ? mem_strdup(q->id) : NULL;
	p->payload = BYTES(mem_dup(q->payload.data, q->payload.len), q->payload.len);
	p->if_revision = q->if_revision;
	p->fill = q->fill;
	p->owner = *q->owner ? mem_strdup(q->owner) : NULL;
	return submit(call, job, q->wait_replicated_ms, NULL);
}

int ctl_record_withdraw(struct ctl_call *call, const Ims__Ctl__RecordRequest *q)
{
	const char *reason =
		*q->reason ? arena_printf(&call->arena, "withdrawn %.48s: %s", q->id, q->reason) : NULL;
	struct commit_job *job;

	if (strlen(q->reason) > REASON_MAX_BYTES)
		return errtext_set(&call->why, IMS_E_LIMIT, "a reason has at most %d bytes",
				   REASON_MAX_BYTES);
	job = commit_job_new(COMMIT_PUT);
	job->u.put.withdraw = true;
	job->u.put.id = mem_strdup(q->id);
	return submit(call, job, 0, reason);
}

int ctl_initiative_step(struct ctl_call *call, const Ims__Ctl__InitiativeStepRequest *q)
{
	const char *reason =
		*q->reason ? arena_printf(&call->arena, "%.20s %.48s: %s", q->act, q->id, q->reason) : NULL;
	struct commit_job *job;

	if (strlen(q->reason) > REASON_MAX_BYTES)
		return errtext_set(&call->why, IMS_E_LIMIT, "a reason has at most %d bytes",
				   REASON_MAX_BYTES);
	if (q->wait_replicated_ms > WAIT_MAX_MS)
		return errtext_set(&call->why, IMS_E_RANGE, "waiting is for at most %u ms", WAIT_MAX_MS);
	job = commit_job_new(COMMIT_PUT);
	job->u.put.id = mem_strdup(q->id);
	job->u.put.act = mem_strdup(q->act);
	job->u.put.if_revision = q->if_revision;
	return submit(call, job, q->wait_replicated_ms, reason);
}
