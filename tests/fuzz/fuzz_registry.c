/* SPDX-License-Identifier: Apache-2.0 */
/* A payload: the first byte picks the kind. What passes has keys, the same in one step, and fills itself to
 * itself. */
#include "base/check.h"
#include "fuzz/fuzz.h"
#include "registry/audience.h"
#include "registry/fill.h"
#include "registry/registry.h"
#include "wire/codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t n;
	const struct kind *kinds = kind_all(&n), *k = &kinds[size ? data[0] % n : 0];
	struct bytes payload = BYTES(data + (size > 0), size ? size - 1 : 0);
	struct registry_keys keys, judged;
	struct buf problems = {0}, filled = {0}, regions = {0};
	struct arena a;

	arena_init(&a, 6 * codec_budget(size));
	if (registry_check(k, payload, &a, &problems) == 0) {
		CHECK(registry_recipients(k, payload, BYTES_LIT("mx"), &a, &regions) == 0 && regions.n >= 2);
		CHECK(registry_keys_of(k, payload, &a, &keys) == 0);
		CHECK(registry_judge(k, payload, BYTES_NONE, NULL, &a, NULL, &judged) == 0 &&
		      judged.n == keys.n);
		for (size_t i = 0; i < keys.n; i++)
			CHECK(judged.key[i].name == keys.key[i].name &&
			      bytes_eq(judged.key[i].value, keys.key[i].value));
		if (registry_fill(k, payload, payload, &a, &filled) == 0)
			CHECK(filled.n <= payload.n + 64);
	}
	registry_names_region(payload, BYTES_LIT("mx"), &a);
	arena_fini(&a);
	buf_fini(&problems);
	buf_fini(&filled);
	buf_fini(&regions);
	return 0;
}
