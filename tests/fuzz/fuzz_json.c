/* SPDX-License-Identifier: Apache-2.0 */
/* JSON of a kind of record (first byte: which). What is read prints, and that reads the same. */
#include "base/check.h"
#include "fuzz/fuzz.h"
#include "pb/registry.pb-c.h"
#include "wire/codec.h"

static const ProtobufCMessageDescriptor *const kinds[] = {
#define KIND(name, letter, Message, message, ...) &ims__registry__##message##__descriptor,
#include "kinds.def"
#undef KIND
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const ProtobufCMessageDescriptor *d = kinds[size ? data[0] % (sizeof(kinds) / sizeof(kinds[0])) : 0];
	struct buf problems = {0}, once = {0}, twice = {0};
	ProtobufCMessage *m;
	struct arena a;

	arena_init(&a, 256 * size + 65536);
	if (size && codec_from_json(d, BYTES(data + 1, size - 1), &a, &m, &problems, NULL) == 0) {
		codec_json(m, 0, &once);
		CHECK(once.n > CODEC_JSON_MAX_BYTES ||
		      codec_from_json(d, buf_bytes(&once), &a, &m, &problems, NULL) == 0);
		codec_json(m, 0, &twice);
		CHECK(bytes_eq(buf_bytes(&once), buf_bytes(&twice)));
	}
	arena_fini(&a);
	buf_fini(&problems), buf_fini(&once), buf_fini(&twice);
	return 0;
}
