/* SPDX-License-Identifier: Apache-2.0 */
/* First byte: the type. What is decoded can be encoded, and that decodes. */
#include "base/check.h"
#include "fuzz/fuzz.h"
#include "wire/codec.h"
#include "wire/frame.h"
#include "wire/msg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct errtext e;
	struct frame f;
	struct arena a;
	struct msg m;
	struct buf b;

	if (size == 0)
		return 0;
	buf_init(&b, 0);
	arena_init(&a, codec_budget(size));
	if (msg_decode(data[0], BYTES(data + 1, size - 1), &a, &m, &e) == 0) {
		CHECK(msg_encode(&m, &b) == 0 && frame_take(buf_bytes(&b), &f) == 1);
		arena_fini(&a);
		arena_init(&a, codec_budget(size));
		CHECK(msg_decode(f.type, f.message, &a, &m, &e) == 0);
	}
	arena_fini(&a);
	buf_fini(&b);
	return 0;
}
