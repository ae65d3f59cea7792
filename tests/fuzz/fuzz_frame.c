/* SPDX-License-Identifier: Apache-2.0 */
/* A connection's bytes: frames off the front until there are none. */
#include "base/check.h"
#include "fuzz/fuzz.h"
#include "wire/frame.h"
#include "wire/msg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes rest = BYTES(data, size);
	struct frame f;
	int r;

	while ((r = frame_take(rest, &f)) == 1) {
		uint8_t header[FRAME_HEADER_BYTES];

		CHECK(f.total_bytes <= rest.n && f.message.n + FRAME_HEADER_BYTES == f.total_bytes);
		CHECK(f.message.n <= msg_info(f.type)->max_bytes);
		CHECK(frame_header(f.type, f.message.n, header) == 0);
		CHECK(memcmp(header, rest.p, sizeof(header)) == 0);
		rest = BYTES(rest.p + f.total_bytes, rest.n - f.total_bytes);
	}
	CHECK(r == 0 || r == IMS_E_FRAME);
	return 0;
}
