/* SPDX-License-Identifier: Apache-2.0 */
/* Life of the object and of its calls. A call holds a reference, so one that comes back from the
 * writer or a helper after everything has stopped still finds what it needs to end. */
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/mem.h"
#include "ctl/ctl_int.h"
#include "wire/codec.h"

struct ctl *ctl_new(const struct ctl_opts *o)
{
	struct ctl *c = mem_new(struct ctl);

	c->magic = CTL_MAGIC;
	c->refs = 1;
	c->verify_command = mem_strdup(o->verify_command ? o->verify_command : "");
	c->config_path = mem_strdup(o->config_path ? o->config_path : "");
	c->operator_roles = mem_strdup(o->operator_roles ? o->operator_roles : "");
	c->search = o->search;
	c->queue_last = &c->queue;
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->wake, NULL);
	return c;
}

int ctl_start(struct ctl *c, struct node *n)
{
	OBJ_CHECK(c, CTL_MAGIC);
	c->node = n;
	c->started_at = loop_now(node_options(n)->loop);
	return worker_start(c);
}

void ctl_stop(struct ctl *c)
{
	OBJ_CHECK(c, CTL_MAGIC);
	c->stop = true;
	worker_stop(c);
	ctl_follow_stop(c);
	ctl_verify_stop(c);
}

static void unref(struct ctl *c)
{
	if (--c->refs)
		return;
	pthread_cond_destroy(&c->wake);
	pthread_mutex_destroy(&c->lock);
	free(c->verify_command);
	free(c->config_path);
	free(c->operator_roles);
	c->magic = 0;
	free(c);
}

void ctl_free(struct ctl *c)
{
	if (!c)
		return;
	OBJ_CHECK(c, CTL_MAGIC);
	if (!c->stop)
		ctl_stop(c);
	while (c->waiting) { /* the node that had them is gone and calls nobody back */
		struct ctl_call *call = c->waiting;

		c->waiting = call->next;
		ctl_call_free(call);
	}
	unref(c);
}

struct ctl_call *ctl_call_new(struct ctl *c, const struct client *who, uint64_t id, const struct verb_info *v,
			      struct bytes request)
{
	struct ctl_call *call = mem_new(struct ctl_call);

	call->ctl = c;
	call->node = c->node;
	call->session = who->session;
	call->id = id;
	call->role = who->role;
	snprintf(call->name, sizeof(call->name), "%s", who->name);
	call->verb = v;
	call->request_bytes = request.n;
	arena_init(&call->arena, codec_budget(request.n) + CTL_ARENA_BYTES);
	buf_init(&call->out, 0);
	c->refs++;
	c->n_calls++;
	c->n_calls_bytes += request.n;
	return call;
}

void ctl_call_free(struct ctl_call *call)
{
	struct ctl *c = call->ctl;

	c->n_calls--;
	c->n_calls_bytes -= call->request_bytes;
	arena_fini(&call->arena);
	buf_fini(&call->out);
	free(call);
	unref(c);
}

static void reply(struct ctl_call *call, int err, const char *text, struct bytes body)
{
	if (!call->ctl->stop)
		node_reply(call->node, call->session, call->id, err, text, body, false);
	ctl_call_free(call);
}

void ctl_answer_packed(struct ctl_call *call, struct bytes packed)
{
	reply(call, 0, "", packed);
}

void ctl_fail_text(struct ctl_call *call, int err, const char *text)
{
	reply(call, err, text, BYTES_NONE);
}

void ctl_fail(struct ctl_call *call, int err)
{
	ctl_fail_text(call, err, call->why.text);
}

void ctl_answer(struct ctl_call *call, const struct ProtobufCMessage *m)
{
	buf_clear(&call->out);
	codec_pack(m, &call->out);
	if (call->out.failed || arena_failed(&call->arena))
		ctl_fail(call, IMS_E_NOMEM);
	else
		ctl_answer_packed(call, buf_bytes(&call->out));
}

void ctl_submit(struct ctl_call *call, struct commit_job *job, void (*done)(struct commit_job *job))
{
	job->ctx = call;
	job->done = done;
	node_submit(call->node, job);
}

const char *ctl_own_origin(const struct ctl_call *call)
{
	return node_options(call->node)->commit.origin;
}

void ctl_journal_origin(const struct ctl_call *call, char out[ORIGIN_MAX_BYTES + 1])
{
	const struct commit_opts *o = &node_options(call->node)->commit;

	snprintf(out, ORIGIN_MAX_BYTES + 1, "%s/%s/journal/1", o->federation, o->region);
}
