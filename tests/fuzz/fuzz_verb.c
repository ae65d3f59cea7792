/* SPDX-License-Identifier: Apache-2.0 */
/* What a node answers, as the command line prints it: JSON in its form, and one line of it. The first
 * byte picks the message. */
#include "base/check.h"
#include "fuzz/fuzz.h"
#include "fuzz/mutate_pb.h"
#include "pb/ctl.pb-c.h"
#include "wire/codec.h"

const size_t mutate_pb_prefix = 1;

static const ProtobufCMessageDescriptor *const messages[] = {
#define VERB(NAME, name, id, Request, request, Reply, reply, ...)                                            \
	&ims__ctl__##request##__descriptor, &ims__ctl__##reply##__descriptor,
#include "verbs.def"
#undef VERB
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf problems = {0}, text = {0}, indented = {0};
	ProtobufCMessage *m, *again;
	struct arena a, b;
	int r;

	if (!size)
		return 0;
	arena_init(&a, codec_budget(size));
	arena_init(&b, 4u << 20);
	if (codec_unpack(messages[data[0] % (sizeof(messages) / sizeof(messages[0]))],
			 BYTES(data + 1, size - 1), &a, &m, NULL) == 0) {
		codec_json(m, 0, &text);
		codec_json(m, 2, &indented);
		CHECK(!text.failed && text.n && indented.n >= text.n && !memchr(text.p, '\n', text.n));
		r = codec_from_json(m->descriptor, buf_bytes(&text), &b, &again, &problems, NULL);
		/* text in bytes is printed and does not read; nor does a NUL */
		CHECK((r != IMS_E_SYNTAX && r != IMS_E_UTF8) || memmem(text.p, text.n, "\\u0000", 6));
	}
	arena_fini(&a);
	arena_fini(&b);
	buf_fini(&problems);
	buf_fini(&text);
	buf_fini(&indented);
	return 0;
}
