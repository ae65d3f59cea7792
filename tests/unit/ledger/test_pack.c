/* SPDX-License-Identifier: Apache-2.0 */
/* payload_pack() and payload_unpack(): all sizes come back, and nothing else comes out of what a disk may hold. */
#include "unit/hex.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/mem.h"
#include "ledger/pack.h"
#include "wire/entry.h"

/* Of sixteen letters: half of it can be saved, whatever its length. */
static struct bytes letters(size_t n)
{
	uint8_t *p = mem_zalloc(n + 1);
	uint32_t x = 1;

	for (size_t i = 0; i < n; i++) {
		x = x * 1664525 + 1013904223;
		p[i] = (uint8_t)('a' + (x >> 28));
	}
	return BYTES(p, n);
}

static struct bytes noise(size_t n)
{
	uint8_t *p = mem_zalloc(n + 1);
	uint32_t x = 7;

	for (size_t i = 0; i < n; i++) {
		x = x * 1664525 + 1013904223;
		p[i] = (uint8_t)(x >> 24);
	}
	return BYTES(p, n);
}

static void drop(struct bytes b)
{
	free((void *)(uintptr_t)b.p);
}

static int unpack(struct bytes packed, struct bytes *ret, struct arena *a)
{
	arena_init(a, PAYLOAD_MAX_BYTES);
	return payload_unpack(packed, a, ret);
}

static void expect_same(struct bytes payload, struct bytes packed)
{
	struct bytes back;
	struct arena a;

	assert_true(packed.n <= payload.n - payload.n / PACK_LEAST_GAIN);
	assert_int_equal(unpack(packed, &back, &a), 0);
	assert_true(bytes_eq(back, payload));
	arena_fini(&a);
}

static void test_sizes(void **state)
{
	static const struct {
		size_t n;
		bool packed;
	} sizes[] = {{0, false},   {1, false},     {PACK_MIN_BYTES - 1, false},   {PACK_MIN_BYTES, true},
		     {255, true},  {256, true},    {257, true},			  {1500, true},
		     {4096, true}, {65535, true}, {PAYLOAD_MAX_BYTES, true}, {PAYLOAD_MAX_BYTES + 1, false}};

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct bytes payload = letters(sizes[i].n);
		struct buf out = {0};

		buf_put_text(&out, "before");
		assert_int_equal(payload_pack(payload, &out), sizes[i].packed);
		assert_false(out.failed);
		assert_memory_equal(out.p, "before", 6);
		if (sizes[i].packed)
			expect_same(payload, BYTES(out.p + 6, out.n - 6));
		else
			assert_int_equal(out.n, 6);
		buf_fini(&out);
		drop(payload);
	}
}

/* What cannot be packed stays as it is, and the next one is packed by the same context. */
static void test_incompressible(void **state)
{
	static const size_t sizes[] = {PACK_MIN_BYTES, 1500, PAYLOAD_MAX_BYTES};

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct bytes bad = noise(sizes[i]), good = letters(sizes[i]);
		struct buf out = {0};

		assert_false(payload_pack(bad, &out));
		assert_false(out.failed);
		assert_int_equal(out.n, 0);
		assert_true(payload_pack(good, &out));
		expect_same(good, buf_bytes(&out));
		buf_fini(&out);
		drop(bad);
		drop(good);
	}
}

/* The frame carries neither checksum nor number of a dictionary (RFC 8878, 3.1.1.1.1). */
static void test_header(void **state)
{
	struct bytes payload = letters(1500);
	struct buf out = {0};

	(void)state;
	assert_true(payload_pack(payload, &out));
	assert_memory_equal(out.p, "\x28\xb5\x2f\xfd", 4);
	assert_int_equal(out.p[4] & 0x07, 0);
	buf_fini(&out);
	drop(payload);
}

/* Every byte that is changed, and every length that is cut, gives an error or as many bytes as before: the
 * commitment tells the rest. */
static void test_damage(void **state)
{
	struct bytes payload = letters(1500);
	struct buf out = {0};
	size_t refused = 0;

	(void)state;
	assert_true(payload_pack(payload, &out));
	for (size_t at = 0; at < out.n; at++)
		for (unsigned bit = 0; bit < 8; bit++) {
			struct bytes back;
			struct arena a;
			int err;

			out.p[at] ^= (uint8_t)(1u << bit);
			err = unpack(buf_bytes(&out), &back, &a);
			assert_true(err == 0 || err == IMS_E_CORRUPT);
			assert_true(err || back.n <= PAYLOAD_MAX_BYTES);
			refused += err != 0;
			out.p[at] ^= (uint8_t)(1u << bit);
			arena_fini(&a);
		}
	assert_true(refused > 32);
	for (size_t n = 0; n < out.n; n++) {
		uint8_t *copy = mem_dup(out.p, n + !n); /* of its size: a byte too many would be seen */
		struct bytes back;
		struct arena a;

		assert_int_equal(unpack(BYTES(copy, n), &back, &a), IMS_E_CORRUPT);
		arena_fini(&a);
		free(copy);
	}
	expect_same(payload, buf_bytes(&out));
	buf_fini(&out);
	drop(payload);
}

/* What a frame says of its size is bounded before memory is taken: whatever it says, no arena has less after it. */
static void test_claims(void **state)
{
	static const struct {
		const char *what;
		struct bytes frame;
	} rows[] = {
		{"4 GiB - 1, single segment", BYTES_LIT("\x28\xb5\x2f\xfd\xa0\xff\xff\xff\xff\x01\0\0")},
		{"2^63, single segment", BYTES_LIT("\x28\xb5\x2f\xfd\xe0\0\0\0\0\0\0\0\x80\x01\0\0")},
		{"2^64 - 1", BYTES_LIT("\x28\xb5\x2f\xfd\xe0\xff\xff\xff\xff\xff\xff\xff\xff\x01\0\0")},
		{"2^64 - 2", BYTES_LIT("\x28\xb5\x2f\xfd\xe0\xfe\xff\xff\xff\xff\xff\xff\xff\x01\0\0")},
		{"65537", BYTES_LIT("\x28\xb5\x2f\xfd\xa0\x01\0\x01\0\x01\0\0")},
		{"65791, two bytes", BYTES_LIT("\x28\xb5\x2f\xfd\x60\xff\xff\x01\0\0")},
		{"no size", BYTES_LIT("\x28\xb5\x2f\xfd\0\x58\x01\0\0")},
		{"none", BYTES_LIT("\x28\xb5\x2f\xfd\x20\0\x01\0\0")},
		{"less than is packed", BYTES_LIT("\x28\xb5\x2f\xfd\x20\x01\x09\0\0x")},
		{"a skippable frame", BYTES_LIT("\x50\x2a\x4d\x18\x04\0\0\0abcd")},
		{"nothing", BYTES_LIT("")},
		{"text", BYTES_LIT("payload of eu-o-1")},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bytes back;
		struct arena a;

		arena_init(&a, SIZE_MAX);
		if (payload_unpack(rows[i].frame, &a, &back) != IMS_E_CORRUPT)
			fail_msg("%s", rows[i].what);
		assert_int_equal(a.budget_bytes, SIZE_MAX);
		arena_fini(&a);
	}
}

/* A frame that holds more, or less, than it says. */
static void test_another_size(void **state)
{
	struct bytes payload = letters(1500), back;
	struct buf out = {0};
	struct arena a;

	(void)state;
	assert_true(payload_pack(payload, &out));
	assert_int_equal(out.p[4] >> 6, 1); /* two bytes, of 256 less than it is */
	for (int more = -1; more <= 1; more += 2) {
		out.p[5] = (uint8_t)(out.p[5] + more);
		assert_int_equal(unpack(buf_bytes(&out), &back, &a), IMS_E_CORRUPT);
		arena_fini(&a);
		out.p[5] = (uint8_t)(out.p[5] - more);
	}
	arena_init(&a, payload.n - 1);
	assert_int_equal(payload_unpack(buf_bytes(&out), &a, &back), IMS_E_LIMIT);
	arena_fini(&a);
	buf_fini(&out);
	drop(payload);
}

static void *pack_some(void *seed)
{
	for (size_t n = 300 + *(size_t *)seed; n < 3000; n += 7) {
		struct bytes payload = letters(n);
		struct buf out = {0};

		assert_true(payload_pack(payload, &out));
		expect_same(payload, buf_bytes(&out));
		buf_fini(&out);
		drop(payload);
	}
	return NULL;
}

/* Threads share nothing, and leave nothing when they end. */
static void test_threads(void **state)
{
	size_t seed[4] = {0, 1, 2, 3};
	pthread_t thread[4];

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, pack_some, &seed[i]), 0);
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_join(thread[i], NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes),	     cmocka_unit_test(test_incompressible),
		cmocka_unit_test(test_header),	     cmocka_unit_test(test_damage),
		cmocka_unit_test(test_claims),	     cmocka_unit_test(test_another_size),
		cmocka_unit_test(test_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
