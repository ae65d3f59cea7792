/* SPDX-License-Identifier: Apache-2.0 */
/* A payload as a disk gives it back or a peer sends it: what unpacks is as long as it claims, which is more than it
 * is packed and no more than a payload may be, and nothing stands behind it; and what is packed, of whatever bytes,
 * is shorter and comes back. */
#include "base/check.h"
#include "fuzz/fuzz.h"
#include "wire/pack.h"
#include "wire/entry.h"

static void pack_and_unpack(struct bytes payload)
{
	struct buf packed = {0};
	struct bytes back;
	struct arena a;

	arena_init(&a, PAYLOAD_MAX_BYTES);
	if (payload_pack(payload, &packed)) {
		CHECK(payload.n >= PACK_MIN_BYTES && packed.n <= payload.n - payload.n / PACK_LEAST_GAIN);
		CHECK(payload_unpack(buf_bytes(&packed), &a, &back) == 0 && bytes_eq(back, payload));
	}
	CHECK(!packed.failed);
	arena_fini(&a);
	buf_fini(&packed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes given = BYTES(data, size), back;
	struct arena a;
	int err;

	arena_init(&a, PAYLOAD_MAX_BYTES);
	err = payload_unpack(given, &a, &back);
	CHECK(err == 0 || err == IMS_E_CORRUPT);
	if (!err) {
		CHECK(payload_packed_claim(given) == back.n && given.n <= back.n - back.n / PACK_LEAST_GAIN);
		arena_fini(&a);
		arena_init(&a, PAYLOAD_MAX_BYTES);
		CHECK(payload_unpack(BYTES(data, size - 1), &a, &back) == IMS_E_CORRUPT);
		arena_fini(&a);
		arena_init(&a, PAYLOAD_MAX_BYTES);
		CHECK(payload_unpack(given, &a, &back) == 0);
		CHECK(back.n >= PACK_MIN_BYTES && back.n <= PAYLOAD_MAX_BYTES);
		pack_and_unpack(back);
	}
	arena_fini(&a);
	pack_and_unpack(given);
	return 0;
}
