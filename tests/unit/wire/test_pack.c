/* SPDX-License-Identifier: Apache-2.0 */
/* payload_pack() and payload_unpack(): all sizes come back, and nothing else comes out of what a disk may hold or a
 * peer may send. */
#include "unit/hex.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/mem.h"
#include "wire/pack.h"
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
	assert_int_equal(payload_packed_claim(packed), payload.n);
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

/* Three hundred times one letter: the frame, and without magic and descriptor. */
#define LETTERS_REST "\x2c\0\x63\x09\0a"
#define LETTERS "\x28\xb5\x2f\xfd\x60" LETTERS_REST

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
		{"one before it", BYTES_LIT("\x50\x2a\x4d\x18\0\0\0\0" LETTERS)},
		{"a window", BYTES_LIT("\x28\xb5\x2f\xfd\x40\x58" LETTERS_REST)},
		{"a window of 3.75 TiB", BYTES_LIT("\x28\xb5\x2f\xfd\x40\xff" LETTERS_REST)},
		{"a dictionary", BYTES_LIT("\x28\xb5\x2f\xfd\x61\x05" LETTERS_REST)},
		{"no dictionary, said so", BYTES_LIT("\x28\xb5\x2f\xfd\x61\0" LETTERS_REST)},
		{"a checksum, the right one", BYTES_LIT("\x28\xb5\x2f\xfd\x64" LETTERS_REST "\xc7\xcf\xcf\xb9")},
		{"the unused bit", BYTES_LIT("\x28\xb5\x2f\xfd\x70" LETTERS_REST)},
		{"the reserved bit", BYTES_LIT("\x28\xb5\x2f\xfd\x68" LETTERS_REST)},
		{"no magic", BYTES_LIT("\x60" LETTERS_REST)},
		{"version 0.7 of the library", BYTES_LIT("\x27\xb5\x2f\xfd\x60" LETTERS_REST)},
		{"nothing", BYTES_LIT("")},
		{"text", BYTES_LIT("payload of eu-o-1")},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bytes back;
		struct arena a;

		if (payload_packed_claim(rows[i].frame))
			fail_msg("%s: claims", rows[i].what);
		arena_init(&a, SIZE_MAX);
		if (payload_unpack(rows[i].frame, &a, &back) != IMS_E_CORRUPT)
			fail_msg("%s", rows[i].what);
		assert_int_equal(a.budget_bytes, SIZE_MAX);
		arena_fini(&a);
	}
}

/* A peer's frame claims well, and is not one frame of what it claims, all of it (inv. 11). */
static void test_hostile(void **state)
{
	static const struct {
		const char *what;
		struct bytes frame;
	} rows[] = {
		{"a letter more", BYTES_LIT("\x28\xb5\x2f\xfd\x60\x2c\0\x6b\x09\0a")},
		{"a letter less", BYTES_LIT("\x28\xb5\x2f\xfd\x60\x2c\0\x5b\x09\0a")},
		{"a byte behind it", BYTES_LIT(LETTERS "x")},
		{"an empty frame behind it", BYTES_LIT(LETTERS "\x28\xb5\x2f\xfd\x20\0\x01\0\0")},
		{"the same once more", BYTES_LIT(LETTERS LETTERS)},
		{"a skippable frame behind it", BYTES_LIT(LETTERS "\x50\x2a\x4d\x18\x04\0\0\0hide")},
		{"no last block", BYTES_LIT("\x28\xb5\x2f\xfd\x60\x2c\0\x62\x09\0a")},
		{"a block of no kind", BYTES_LIT("\x28\xb5\x2f\xfd\x60\x2c\0\x67\x09\0a")},
	};
	struct bytes back;
	struct arena a;

	(void)state;
	assert_int_equal(unpack(BYTES_LIT(LETTERS), &back, &a), 0);
	assert_int_equal(back.n, 300);
	arena_fini(&a);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (payload_packed_claim(rows[i].frame) != 300)
			fail_msg("%s: claims", rows[i].what);
		if (unpack(rows[i].frame, &back, &a) != IMS_E_CORRUPT)
			fail_msg("%s", rows[i].what);
		assert_true(a.budget_bytes >= PAYLOAD_MAX_BYTES - 320); /* what it claims, and no more */
		arena_fini(&a);
	}
}

/* One block in which nothing is packed: longer than what it is of. */
static void test_saves_too_little(void **state)
{
	uint8_t frame[10 + 300] = "\x28\xb5\x2f\xfd\x60\x2c\0\x61\x09";

	(void)state;
	assert_int_equal(payload_packed_claim(BYTES(frame, sizeof(frame))), 0);
	assert_int_equal(payload_packed_claim(BYTES(frame, 300 - 38 + 1)), 0);
	assert_int_equal(payload_packed_claim(BYTES(frame, 300 - 38)), 300); /* by its length it could be one */
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
		cmocka_unit_test(test_claims),	     cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_saves_too_little), cmocka_unit_test(test_another_size),
		cmocka_unit_test(test_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
