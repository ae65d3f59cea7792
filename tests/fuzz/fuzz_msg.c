/* SPDX-License-Identifier: Apache-2.0 */
/* First byte: the type. What is decoded is encoded to a frame that decodes and encodes to itself. */
#include "base/check.h"
#include "fuzz/fuzz.h"
#include "fuzz/mutate_pb.h"
#include "wire/codec.h"
#include "wire/frame.h"
#include "wire/msg.h"

const size_t mutate_pb_prefix = 1;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf once = {0}, twice = {0};
	struct errtext e;
	struct frame f;
	struct arena a;
	struct msg m;

	if (size == 0)
		return 0;
	arena_init(&a, codec_budget(size));
	if (msg_decode(data[0], BYTES(data + 1, size - 1), &a, &m, &e) == 0) {
		CHECK(msg_encode(&m, &once) == 0 && frame_take(buf_bytes(&once), &f) == 1);
		CHECK(f.type == data[0] && f.total_bytes == once.n);
		arena_fini(&a);
		arena_init(&a, codec_budget(size));
		CHECK(msg_decode(f.type, f.message, &a, &m, &e) == 0 && msg_encode(&m, &twice) == 0);
		CHECK(bytes_eq(buf_bytes(&once), buf_bytes(&twice)));
	}
	arena_fini(&a);
	buf_fini(&once);
	buf_fini(&twice);
	return 0;
}
