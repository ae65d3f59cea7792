/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of verbs.def as the client needs them: number and messages; and typed calls. */
#ifndef CLI_VERB_H
#define CLI_VERB_H

#include "base/arena.h"
#include "base/buf.h"
#include "cli/client.h"

struct ProtobufCMessage;
struct ProtobufCMessageDescriptor;

enum verb {
#define VERB(NAME, name, id, Request, request, Reply, reply, roles, help) VERB_##NAME = (id),
#include "verbs.def"
#undef VERB
};

struct verb_info {
	enum verb id;
	const struct ProtobufCMessageDescriptor *request, *reply;
};
/* Never NULL for a value of the enum. */
const struct verb_info *verb_info(enum verb v);

/* Send a request without waiting. Errors: those of client_send(). */
IMS_MUST_CHECK int verb_send(struct client *c, enum verb v, const struct ProtobufCMessage *request,
			     uint64_t *ret_id, struct errtext *e);
/* Decode the body of a reply; the caller initialised the arena with verb_budget(body size). */
IMS_MUST_CHECK int verb_decode(enum verb v, struct bytes body, struct arena *a,
			       struct ProtobufCMessage **ret, struct errtext *e);
/* Send, wait, decode. Nothing else may be in flight. The arena is initialised here; on success the
 * caller ends it. Errors: the node's answer, those of client_receive() and codec_unpack(). */
IMS_MUST_CHECK int verb_call(struct client *c, enum verb v, const struct ProtobufCMessage *request,
			     struct arena *a, struct ProtobufCMessage **ret, struct errtext *e);

#endif
