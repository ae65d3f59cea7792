/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/hex.h"

#include "crypto/sign.h"

/* RFC 8032 section 7.1, tests 1 to 3. */
static const struct {
	const char *seed, *public_key, *message, *signature;
} vectors[] = {
	{"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
	 "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
	 "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
	 "d25bf5f0595bbe24655141438e7a100b"},
	{"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
	 "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
	 "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
	 "387b2eaeb4302aeeb00d291612bb0c00"},
	{"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
	 "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
	 "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
	 "4a7c15e9716ed28dc027beceea1ec40a"},
};

static struct sign_key *key_of(const char *seed_hex)
{
	uint8_t seed[SIGN_SEED_BYTES];
	struct sign_key *k = NULL;

	assert_true(hex_get(bytes_of(seed_hex), seed, sizeof(seed)));
	assert_int_equal(sign_key_from_seed(seed, &k), 0);
	return k;
}

static void test_vectors(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		struct sign_key *k = key_of(vectors[i].seed);
		uint8_t public_key[SIGN_PUBLIC_BYTES], seed[SIGN_SEED_BYTES], signature[SIGN_BYTES], m[8];
		size_t n = strlen(vectors[i].message) / 2;
		char text[2 * SIGN_BYTES + 1];

		assert_true(hex_get(bytes_of(vectors[i].message), m, n));
		sign_key_public(k, public_key);
		assert_string_equal(hex_put(text, BYTES(public_key, sizeof(public_key))),
				    vectors[i].public_key);
		sign_key_seed(k, seed);
		assert_string_equal(hex_put(text, BYTES(seed, sizeof(seed))), vectors[i].seed);
		assert_int_equal(sign_bytes(k, n ? BYTES(m, n) : BYTES_NONE, signature), 0);
		assert_string_equal(hex_put(text, BYTES(signature, SIGN_BYTES)), vectors[i].signature);
		assert_int_equal(sign_verify(public_key, n ? BYTES(m, n) : BYTES_NONE, signature), 0);
		sign_key_free(k);
	}
	sign_key_free(NULL);
}

static void test_any_changed_bit_is_refused(void **state)
{
	struct sign_key *k = key_of(vectors[1].seed), *other = key_of(vectors[2].seed);
	uint8_t public_key[SIGN_PUBLIC_BYTES], other_key[SIGN_PUBLIC_BYTES], signature[SIGN_BYTES];
	uint8_t m[] = "a checkpoint";

	(void)state;
	sign_key_public(k, public_key);
	sign_key_public(other, other_key);
	assert_int_equal(sign_bytes(k, BYTES(m, sizeof(m)), signature), 0);
	for (size_t i = 0; i < SIGN_BYTES; i++) {
		signature[i] ^= 1;
		assert_int_equal(sign_verify(public_key, BYTES(m, sizeof(m)), signature), IMS_E_SIGNATURE);
		signature[i] ^= 1;
	}
	for (size_t i = 0; i < sizeof(m); i++) {
		m[i] ^= 1;
		assert_int_equal(sign_verify(public_key, BYTES(m, sizeof(m)), signature), IMS_E_SIGNATURE);
		m[i] ^= 1;
	}
	assert_int_equal(sign_verify(public_key, BYTES(m, sizeof(m) - 1), signature), IMS_E_SIGNATURE);
	assert_int_equal(sign_verify(other_key, BYTES(m, sizeof(m)), signature), IMS_E_SIGNATURE);
	assert_int_equal(sign_verify(public_key, BYTES(m, sizeof(m)), signature), 0);
	sign_key_free(k);
	sign_key_free(other);
}

/* S + L verifies in a lax implementation: one statement would have two signatures. */
static void test_signature_that_is_not_canonical_is_refused(void **state)
{
	static const char order[] = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";
	struct sign_key *k = key_of(vectors[0].seed);
	uint8_t public_key[SIGN_PUBLIC_BYTES], signature[SIGN_BYTES], l[32];
	unsigned carry = 0;

	(void)state;
	assert_true(hex_get(bytes_of(order), l, sizeof(l)));
	sign_key_public(k, public_key);
	assert_int_equal(sign_bytes(k, BYTES_LIT("x"), signature), 0);
	for (size_t i = 0; i < sizeof(l); i++) {
		carry += (unsigned)signature[32 + i] + l[i];
		signature[32 + i] = (uint8_t)carry;
		carry >>= 8;
	}
	assert_int_equal(sign_verify(public_key, BYTES_LIT("x"), signature), IMS_E_SIGNATURE);
	sign_key_free(k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_any_changed_bit_is_refused),
		cmocka_unit_test(test_signature_that_is_not_canonical_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
