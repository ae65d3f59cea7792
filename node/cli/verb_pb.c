/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verb.h"

#include "pb/ctl.pb-c.h"

#include "base/check.h"
#include "wire/codec.h"

static const struct verb_info infos[] = {
#define VERB(NAME, vname, vid, Request, vrequest, Reply, vreply, roles, help)                                \
	{.id = (vid),                                                                                        \
	 .request = &ims__ctl__##vrequest##__descriptor,                                                     \
	 .reply = &ims__ctl__##vreply##__descriptor},
#include "verbs.def"
#undef VERB
};

const struct verb_info *verb_info(enum verb v)
{
	for (size_t i = 0; i < sizeof(infos) / sizeof(infos[0]); i++)
		if (infos[i].id == v)
			return &infos[i];
	CHECK(!"a verb of verbs.def");
	return NULL;
}

int verb_send(struct client *c, enum verb v, const struct ProtobufCMessage *request, uint64_t *ret_id,
	      struct errtext *e)
{
	struct buf body = {0};
	int err;

	CHECK(request->descriptor == verb_info(v)->request);
	codec_pack(request, &body);
	err = body.failed ? errtext_set(e, IMS_E_NOMEM, "%s", ims_strerror(IMS_E_NOMEM))
			  : client_send(c, v, buf_bytes(&body), ret_id, e);
	buf_fini(&body);
	return err;
}

int verb_decode(enum verb v, struct bytes body, struct arena *a, struct ProtobufCMessage **ret,
		struct errtext *e)
{
	return codec_unpack(verb_info(v)->reply, body, a, ret, e);
}

int verb_call(struct client *c, enum verb v, const struct ProtobufCMessage *request, struct arena *a,
	      struct ProtobufCMessage **ret, struct errtext *e)
{
	struct client_reply r;
	uint64_t id;
	int err = verb_send(c, v, request, &id, e);

	if (err)
		return err;
	err = client_receive(c, &r, e);
	if (err)
		return err;
	if (r.id != id || r.more)
		return errtext_set(e, IMS_E_PROTOCOL, "the node answered another request");
	if (r.err)
		return errtext_set(e, r.err, "%.*s", (int)r.text.n, (const char *)r.text.p);
	arena_init(a, codec_budget(r.body.n));
	err = verb_decode(v, r.body, a, ret, e);
	if (err)
		arena_fini(a);
	return err;
}
