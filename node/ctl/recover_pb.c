/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Coming back, as the operator drives it: `recover` begins fetching the own log back from peers, or says
 * how far that is; it goes on by itself. With override the node goes on with what is here.
 */
#include "pb/ctl.pb-c.h"

#include "ctl/ctl_int.h"
#include "ctl/recover.h"

const char *recover_state_name(enum commit_state s)
{
	return commit_is_behind(s) ? "rolled-back" : s == COMMIT_READ_ONLY ? "read-only" : "ready";
}

/* A suspended one will not come by itself. */
static char *unheard_name(const struct bridge_recovery *r, size_t i, struct arena *a)
{
	const bool suspended = i >= r->heard.n_unheard - r->heard.n_suspended;

	return arena_printf(a, "%s%s", r->heard.unheard[i], suspended ? " (suspended)" : "");
}

char *recover_unheard(const struct bridge_recovery *r, struct arena *a)
{
	struct buf names = {0};
	char *ret;

	for (size_t i = 0; i < r->heard.n_unheard; i++) {
		const char *name = unheard_name(r, i, a);

		buf_printf(&names, "%s%s", i ? ", " : "", name ? name : "");
	}
	ret = arena_text(a, buf_bytes(&names));
	buf_fini(&names);
	return ret;
}

/* Where things stand. */
static int answer_now(struct ctl_call *call)
{
	Ims__Ctl__RecoverReply reply = CTL_NEW(RecoverReply, recover_reply);
	struct bridge_recovery r;
	const char *reason;
	enum commit_state state = node_state(call->node, &reason);

	bridge_recovery(node_bridge(call->node), &r);
	reply.state = ctl_lend(recover_state_name(state));
	reply.recovering = state == COMMIT_RECOVERING;
	reply.reason = arena_text(&call->arena, bytes_of(reason));
	reply.size = r.size;
	reply.known_size = r.known_size;
	reply.signing = r.signing;
	reply.unheard = arena_array(&call->arena, r.heard.n_unheard + 1, sizeof(char *));
	for (size_t i = 0; reply.unheard && i < r.heard.n_unheard; i++)
		reply.unheard[reply.n_unheard++] = unheard_name(&r, i, &call->arena);
	if (arena_failed(&call->arena))
		return IMS_E_NOMEM;
	ctl_answer(call, &reply.base);
	return 0;
}

static void answer_job(struct ctl_call *call, int err)
{
	if (!err && !call->ctl->stop)
		err = answer_now(call);
	else if (!err)
		err = IMS_E_STOPPING;
	if (err)
		ctl_fail(call, err);
}

static void begun(struct commit_job *job)
{
	struct ctl_call *call = job->ctx;
	int err = job->err;

	call->why = job->why;
	commit_job_free(job);
	answer_job(call, err);
}

static void overridden(struct commit_job *job)
{
	struct ctl_call *call = job->ctx;
	int err = job->err;

	call->why = job->why;
	commit_job_free(job);
	if (!call->ctl->stop)
		node_overridden(call->node, err);
	if (!err)
		call->ctl->clock_jumped = false; /* it is taken as right */
	if (!err && !call->ctl->stop)
		bridge_note(node_bridge(call->node), JOURNAL_ROLLED_BACK, call->name, ctl_own_origin(call), 0,
			    0, 0, 0, "overridden: the node goes on without what its peers may have", "");
	answer_job(call, err);
}

int ctl_recover(struct ctl_call *call, const Ims__Ctl__RecoverRequest *q)
{
	const char *reason;
	struct commit_job *job;

	if (!q->override_rollback && node_state(call->node, &reason) != COMMIT_ROLLED_BACK)
		return answer_now(call);
	if (!q->override_rollback) {
		ctl_submit(call, commit_job_new(COMMIT_RECOVER), begun);
		return CTL_LATER;
	}
	job = commit_job_new(COMMIT_OVERRIDE);
	job->ctx = call;
	job->done = overridden;
	bridge_override(node_bridge(call->node), job);
	return CTL_LATER;
}
