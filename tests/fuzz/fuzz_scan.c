/* SPDX-License-Identifier: Apache-2.0 */
/* The look at protobuf bytes before protobuf-c; the first byte picks the message. What passes,
 * protobuf-c takes, within the budget or refused by it, and packs to bytes that pass again. */
#include "base/check.h"
#include "fuzz/fuzz.h"
#include "fuzz/mutate_pb.h"
#include "pb/ctl.pb-c.h"
#include "pb/log.pb-c.h"
#include "pb/peer.pb-c.h"
#include "pb/registry.pb-c.h"
#include "wire/codec.h"
#include "wire/scan.h"

const size_t mutate_pb_prefix = 1;

static const ProtobufCMessageDescriptor *const messages[] = {
#define MSG(NAME, name, id, Message, message, ...) &ims__peer__##message##__descriptor,
#include "messages.def"
#undef MSG
#define KIND(name, letter, Message, message, ...) &ims__registry__##message##__descriptor,
#include "kinds.def"
#undef KIND
#define VERB(NAME, name, id, Request, request, Reply, reply, ...)                                            \
	&ims__ctl__##request##__descriptor, &ims__ctl__##reply##__descriptor,
#include "verbs.def"
#undef VERB
	&ims__log__entry__descriptor,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const ProtobufCMessageDescriptor *d =
		messages[size ? data[0] % (sizeof(messages) / sizeof(messages[0])) : 0];
	struct bytes in = BYTES(data + (size > 0), size ? size - 1 : 0);
	int verdict = scan_message(d, in, &scan_limits_default, NULL), taken;
	struct buf packed = {0};
	ProtobufCMessage *m;
	struct arena a;

	arena_init(&a, codec_budget(size));
	taken = codec_unpack(d, in, &a, &m, NULL);
	CHECK(verdict ? taken == verdict : taken == 0 || taken == IMS_E_NOMEM);
	if (taken == 0) {
		codec_pack(m, &packed);
		CHECK(!packed.failed && scan_message(d, buf_bytes(&packed), &scan_limits_default, NULL) == 0);
	}
	arena_fini(&a);
	buf_fini(&packed);
	return 0;
}
