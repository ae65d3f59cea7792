/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "unit/hex.h"

#include "base/buf.h"

static void test_what_is_put_is_read(void **state)
{
	struct hash h = hash_of_hex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"), got;
	struct buf b = {0};
	struct rd r;

	(void)state;
	buf_put_u8(&b, 0x01);
	buf_put_u16(&b, 0x0203);
	buf_put_u32(&b, 0x04050607);
	buf_put_u64(&b, 0x08090a0b0c0d0e0f);
	assert_memory_equal(b.p, "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f", 15);
	buf_put(&b, bytes_of_hash(&h));
	buf_put_span(&b, BYTES_LIT("span"));
	buf_put_span(&b, BYTES_NONE);
	buf_printf(&b, "%s %d", "text", 7);
	r = rd_of(buf_bytes(&b));
	assert_int_equal(rd_u8(&r), 0x01);
	assert_int_equal(rd_u16(&r), 0x0203);
	assert_int_equal(rd_u32(&r), 0x04050607);
	assert_true(rd_u64(&r) == 0x08090a0b0c0d0e0f);
	got = rd_hash(&r);
	assert_true(hash_eq(&got, &h));
	assert_bytes(rd_span(&r), "span");
	assert_int_equal(rd_span(&r).n, 0);
	assert_false(rd_done(&r));
	assert_bytes(rd_take(&r, 6), "text 7");
	assert_true(rd_done(&r));
	buf_fini(&b);
}

static void test_reading_past_the_end_sticks(void **state)
{
	struct rd r = rd_of(BYTES_LIT("\x01\x02\x03"));

	(void)state;
	assert_int_equal(rd_u32(&r), 0);
	assert_true(r.failed);
	assert_int_equal(rd_u8(&r), 0); /* though a byte is there */
	assert_false(rd_done(&r));
	r = rd_of(BYTES_LIT("\xff\xff\xff\xff"));
	assert_int_equal(rd_span(&r).n, 0); /* a length that is not there */
	assert_true(r.failed);
	r = rd_of(BYTES_NONE);
	assert_true(rd_done(&r));
}

static void test_limit_sticks(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 5);
	buf_put_text(&b, "abc");
	buf_put_text(&b, "def");
	assert_true(b.failed);
	buf_put_text(&b, "g"); /* would fit, but the gap would show */
	assert_bytes(buf_bytes(&b), "abc");
	buf_clear(&b);
	buf_put_text(&b, "abcde");
	assert_false(b.failed);
	assert_null(buf_reserve(&b, SIZE_MAX));
	assert_true(b.failed);
	buf_fini(&b);
}

/* A text exactly as long as the limit is whole: its NUL does not count. */
static void test_text_at_the_limit(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 5);
	buf_put_text(&b, "abcde");
	assert_string_equal(buf_text(&b), "abcde");
	assert_false(b.failed);
	assert_int_equal(b.n, 5);
	buf_clear(&b);
	buf_printf(&b, "%s-%d", "abc", 7);
	assert_false(b.failed);
	assert_bytes(buf_bytes(&b), "abc-7");
	buf_printf(&b, "x");
	assert_true(b.failed);
	buf_fini(&b);
	buf_init(&b, 256); /* also where the memory itself ends at the limit */
	for (int i = 0; i < 256; i++)
		buf_put_u8(&b, 'x');
	assert_int_equal(strlen(buf_text(&b)), 256);
	assert_false(b.failed);
	buf_fini(&b);
}

static void test_growth_keeps_what_is_there(void **state)
{
	struct buf b = {0};

	(void)state;
	for (uint32_t i = 0; i < 5000; i++)
		buf_put_u32(&b, i);
	assert_false(b.failed);
	for (uint32_t i = 0; i < 5000; i++)
		assert_int_equal(be32_get(b.p + 4 * i), i);
	buf_clear(&b);
	buf_put_text(&b, "x");
	assert_string_equal(buf_text(&b), "x");
	buf_fini(&b);
	assert_string_equal(buf_text(&b), "");
	buf_fini(&b);
}

static void test_decimals(void **state)
{
	static const uint64_t value[] = {0, 1, 9, 10, 99, 100, 1234567890, INT64_MAX, UINT64_MAX};
	struct buf b = {0}, want = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(value) / sizeof(value[0]); i++) {
		buf_put_dec(&b, value[i]);
		buf_printf(&want, "%" PRIu64, value[i]);
	}
	assert_string_equal(buf_text(&b), buf_text(&want));
	buf_fini(&want);
	buf_fini(&b);
	buf_init(&b, 3);
	buf_put_dec(&b, 1234);
	assert_true(b.failed);
	buf_fini(&b);
}

static void test_varints(void **state)
{
	static const uint64_t value[] = {0, 1, 127, 128, 16383, 16384, 1ull << 63, UINT64_MAX};
	static const size_t bytes[] = {1, 1, 1, 2, 2, 3, VARINT_MAX_BYTES, VARINT_MAX_BYTES};
	struct buf b = {0};
	struct rd r;

	(void)state;
	for (size_t i = 0; i < sizeof(value) / sizeof(value[0]); i++) {
		buf_clear(&b);
		buf_put_varint(&b, value[i]);
		assert_int_equal(b.n, bytes[i]);
		r = rd_of(buf_bytes(&b));
		assert_true(rd_varint(&r) == value[i] && rd_done(&r));
		r = rd_of(BYTES(b.p, b.n - 1));
		rd_varint(&r);
		assert_true(r.failed);
	}
	r = rd_of(BYTES_LIT("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"));
	rd_varint(&r);
	assert_true(r.failed);
	buf_fini(&b);
}

static void test_order_of_spans(void **state)
{
	(void)state;
	assert_true(bytes_cmp(BYTES_LIT("a"), BYTES_LIT("b")) < 0);
	assert_true(bytes_cmp(BYTES_LIT("a"), BYTES_LIT("ab")) < 0);
	assert_true(bytes_cmp(BYTES_LIT("\xff"), BYTES_LIT("a")) > 0);
	assert_int_equal(bytes_cmp(BYTES_NONE, BYTES_LIT("")), 0);
	assert_true(bytes_has_prefix(BYTES_LIT("ab"), BYTES_LIT("a")));
	assert_true(bytes_has_prefix(BYTES_NONE, BYTES_NONE));
	assert_false(bytes_has_prefix(BYTES_LIT("a"), BYTES_LIT("ab")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_put_is_read),
		cmocka_unit_test(test_reading_past_the_end_sticks),
		cmocka_unit_test(test_limit_sticks),
		cmocka_unit_test(test_text_at_the_limit),
		cmocka_unit_test(test_growth_keeps_what_is_there),
		cmocka_unit_test(test_decimals),
		cmocka_unit_test(test_varints),
		cmocka_unit_test(test_order_of_spans),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
