/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/hex.h"

#include <pthread.h>

#include "crypto/hash.h"

#define EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define MILLION_A "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"

/* FIPS 180-4 examples. */
static void test_vectors(void **state)
{
	struct hash h;

	(void)state;
	crypto_sha256(BYTES_NONE, &h);
	assert_hash_hex(&h, EMPTY);
	crypto_sha256(BYTES_LIT("abc"), &h);
	assert_hash_hex(&h, ABC);
}

static void test_parts_are_their_concatenation(void **state)
{
	struct bytes parts[] = {BYTES_LIT("a"), BYTES_NONE, BYTES_LIT("bc")};
	struct hash h;

	(void)state;
	crypto_sha256_parts(parts, 3, &h);
	assert_hash_hex(&h, ABC);
	crypto_sha256_parts(NULL, 0, &h);
	assert_hash_hex(&h, EMPTY);
}

static void test_stream(void **state)
{
	struct crypto_hasher *h = crypto_hasher_new(), *other = crypto_hasher_new();
	struct hash got;
	char block[1000];

	(void)state;
	memset(block, 'a', sizeof(block));
	for (int i = 0; i < 1000; i++) {
		crypto_hasher_add(h, BYTES(block, sizeof(block)));
		if (i == 500) /* hashes of others in between change nothing */
			crypto_sha256(BYTES_LIT("abc"), &got);
	}
	crypto_hasher_add(other, BYTES_LIT("abc"));
	crypto_hasher_finish(h, &got);
	assert_hash_hex(&got, MILLION_A);
	crypto_hasher_free(other);
	crypto_hasher_free(NULL);
}

static void *hash_much(void *ret_ok)
{
	struct hash want = hash_of_hex(ABC), got;
	bool ok = true;

	for (int i = 0; i < 2000; i++) {
		crypto_sha256(BYTES_LIT("abc"), &got);
		ok &= hash_eq(&got, &want);
	}
	*(bool *)ret_ok = ok;
	return NULL;
}

static void test_threads_do_not_share_a_context(void **state)
{
	pthread_t thread[4];
	bool ok[4] = {false};

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, hash_much, &ok[i]), 0);
	for (int i = 0; i < 4; i++) {
		pthread_join(thread[i], NULL);
		assert_true(ok[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_parts_are_their_concatenation),
		cmocka_unit_test(test_stream),
		cmocka_unit_test(test_threads_do_not_share_a_context),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
