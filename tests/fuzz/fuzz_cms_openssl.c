/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CMS signatures: a file, or (first byte 1) signed attributes beside a good key. What comes out of a file verifies
 * from its parts alone, is bounded as they are, and is over one content only; attributes that nobody signed never do.
 */
#include "base/check.h"
#include "fuzz/fuzz.h"
#include "registry/cms.h"

static void check_file(struct bytes file)
{
	struct cms_parts parts;
	struct arena a;

	arena_init(&a, 1u << 20);
	if (cms_take_apart(file, &a, &parts, NULL) == 0) {
		CHECK(cms_verify(&parts, NULL) == 0);
		CHECK(parts.key.n <= CMS_KEY_MAX_BYTES && parts.signature.n <= CMS_SIGNATURE_MAX_BYTES &&
		      parts.signed_bytes.n <= CMS_ATTRIBUTES_MAX_BYTES);
		CHECK(!cms_is_over(&parts, BYTES_LIT("one")) || !cms_is_over(&parts, BYTES_LIT("two")));
	}
	arena_fini(&a);
}

static void check_attributes(struct bytes attributes)
{
	static const uint8_t key[44] = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b,
					0x65, 0x70, 0x03, 0x21, 0x00, 0x07};
	static const uint8_t signature[64] = {9};
	const struct cms_parts parts = {
		BYTES(key, sizeof(key)), "ed25519", attributes, BYTES(signature, sizeof(signature)), {{0}}};

	CHECK(cms_verify(&parts, NULL) != 0);
	CHECK(!cms_is_over(&parts, BYTES_LIT("one")) || !cms_is_over(&parts, BYTES_LIT("two")));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size && data[0] == 1)
		check_attributes(BYTES(data + 1, size - 1));
	else
		check_file(BYTES(data, size));
	return 0;
}
