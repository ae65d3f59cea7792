/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a request to its handler: row of verbs.def, role, message, then the wait until the database
 * holds what the client may expect to read.
 */
#include <stdio.h>

#include "pb/ctl.pb-c.h"

#include "base/check.h"
#include "ctl/ctl_int.h"
#include "wire/codec.h"

#define VERB(NAME, vname, vid, Request, vrequest, Reply, vreply, vroles, vhelp)                              \
	static int run_##vname(struct ctl_call *call)                                                        \
	{                                                                                                    \
		return ctl_##vname(call, (const Ims__Ctl__##Request *)call->request);                        \
	}
#include "verbs.def"
#undef VERB

static const struct verb_info infos[] = {
#define VERB(NAME, vname, vid, Request, vrequest, Reply, vreply, vroles, vhelp)                              \
	{.id = (vid), .name = #vname, .help = (vhelp), .roles = (vroles)},
#include "verbs.def"
#undef VERB
};
#define VERB_COUNT (sizeof(infos) / sizeof(infos[0]))

static const struct ctl_verb verbs[VERB_COUNT] = {
#define VERB(NAME, vname, vid, Request, vrequest, Reply, vreply, vroles, vhelp)                              \
	{&ims__ctl__##vrequest##__descriptor, &ims__ctl__##vreply##__descriptor, run_##vname},
#include "verbs.def"
#undef VERB
};

const struct verb_info *verb_all(size_t *ret_count)
{
	*ret_count = VERB_COUNT;
	return infos;
}

const struct verb_info *verb_find(uint32_t id)
{
	for (size_t i = 0; i < VERB_COUNT; i++)
		if (infos[i].id == id)
			return &infos[i];
	return NULL;
}

const struct ctl_verb *ctl_verb_of(const struct verb_info *v)
{
	return &verbs[v - infos];
}

bool verb_is_allowed(const struct verb_info *v, enum client_role role)
{
	return (v->roles & (unsigned)role) != 0;
}

static enum ctl_wait wait_of(uint32_t verb)
{
	switch (verb) {
	case VERB_PEER_LIST:
	case VERB_PEER_PING:
	case VERB_RECOVER:
	case VERB_BACKUP_VERIFY:
	case VERB_ROSTER_SHOW:
	case VERB_ROSTER_PUBLISH:
	case VERB_VIEW_REBUILD:
	case VERB_RECORD_PUT:
	case VERB_RECORD_WITHDRAW:
	case VERB_DOCUMENT_UPLOAD:
		return CTL_WAIT_NOTHING;
	case VERB_STATUS:
	case VERB_BACKUP_CREATE: /* a node in trouble needs one most */
		return CTL_WAIT_IF_IT_CAN;
	case VERB_JOURNAL_LIST:
		return CTL_WAIT_QUEUED;
	default:
		return CTL_WAIT_WRITES;
	}
}

static void run(struct ctl_call *call)
{
	int r = ctl_verb_of(call->verb)->handler(call);

	if (r < 0)
		ctl_fail(call, r);
}

static void synced(struct commit_job *job)
{
	struct ctl_call *call = job->ctx;
	int err = job->err;

	commit_job_free(job);
	if (call->ctl->stop)
		ctl_call_free(call);
	else if (err && wait_of(call->verb->id) != CTL_WAIT_IF_IT_CAN)
		ctl_fail(call, errtext_set(&call->why, err, "writing the database"));
	else
		run(call);
}

/* One record as it is now is read by ctl_work_here(), also where the database does not have it yet. */
static bool waits_for_nothing(const struct ctl_call *call)
{
	return wait_of(call->verb->id) == CTL_WAIT_NOTHING ||
	       (call->verb->id == VERB_RECORD_GET &&
		((const Ims__Ctl__RecordRequest *)call->request)->revision == 0);
}

static bool must_wait(const struct ctl_call *call)
{
	if (waits_for_nothing(call))
		return false;
	return wait_of(call->verb->id) == CTL_WAIT_QUEUED || bridge_is_ahead(node_bridge(call->node));
}

/* Why a request is not taken at all; 0: it is. */
static int judge(const struct ctl *c, const struct client *who, const struct verb_info *v, uint32_t number,
		 size_t bytes, struct errtext *why)
{
	if (!v)
		return errtext_set(why, IMS_E_UNSUPPORTED, "verb %u is not known here", number);
	if (!verb_is_allowed(v, who->role)) {
		errtext_set(why, IMS_E_PERMISSION, "%s is not for %s", v->name,
			    who->role == ROLE_AUDITOR ? "auditors" : "this role");
		node_note_refused(c->node, who, bytes, IMS_E_PERMISSION, why->text);
		return IMS_E_PERMISSION;
	}
	if (c->stop)
		return errtext_set(why, IMS_E_STOPPING, "%s", "");
	if (c->n_calls >= CTL_CALLS_MAX || c->n_calls_bytes + bytes > CTL_CALLS_BYTES_MAX)
		return errtext_set(why, IMS_E_AGAIN, "too many calls wait for an answer");
	return 0;
}

void ctl_request(void *ctx, const struct client *who, uint64_t id, uint32_t verb, struct bytes body)
{
	struct ctl *c = ctx;
	const struct verb_info *v = verb_find(verb);
	struct errtext why = {""};
	ProtobufCMessage *request;
	struct ctl_call *call;
	int err;

	OBJ_CHECK(c, CTL_MAGIC);
	CHECK(c->node);
	err = judge(c, who, v, verb, body.n, &why);
	if (err) {
		node_reply(c->node, who->session, id, err, why.text, BYTES_NONE, false);
		return;
	}
	call = ctl_call_new(c, who, id, v, body);
	err = codec_unpack(ctl_verb_of(v)->request, body, &call->arena, &request, &call->why);
	if (err) {
		ctl_fail(call, err);
		return;
	}
	call->request = request;
	if (must_wait(call))
		ctl_submit(call, commit_job_new(COMMIT_SYNC), synced);
	else
		run(call);
}
