/* SPDX-License-Identifier: Apache-2.0 */
/* The look before protobuf-c: every way in which bytes can be wrong, and where (inv. 11). */
#include "wire/scan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/buf.h"
#include "pb/ctl.pb-c.h"
#include "pb/log.pb-c.h"
#include "pb/peer.pb-c.h"
#include "wire/codec.h"

#define HELLO (&ims__peer__hello__descriptor)
#define PING (&ims__peer__ping__descriptor)
#define WANT (&ims__peer__want__descriptor)
#define ENTRY (&ims__log__entry__descriptor)
#define ROW (&ims__log__journal_row__descriptor)
#define ENTRIES (&ims__peer__entries__descriptor)

static void expect_at(int line, const ProtobufCMessageDescriptor *d, struct bytes b, int want,
		      const char *path)
{
	struct errtext e = {""};
	int r = scan_message(d, b, &scan_limits_default, &e);

	if (r != want || strcmp(e.text, path) != 0)
		print_error("line %d: %d \"%s\", not %d \"%s\"\n", line, r, e.text, want, path);
	assert_int_equal(r, want);
	assert_string_equal(e.text, path);
}

#define EXPECT(d, lit, want, path) expect_at(__LINE__, d, BYTES_LIT(lit), want, path)

static void test_good(void **state)
{
	(void)state;
	EXPECT(PING, "", 0, "");
	EXPECT(PING, "\x08\x01\x10\x01", 0, "");
	EXPECT(PING, "\x10\x01\x08\x01", 0, "");
	EXPECT(HELLO, "\x08\x01\x12\x01x\x42\x03\x0a\x01n\x42\x00", 0, "");
	EXPECT(PING, "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 0, "");
}

static void test_tags(void **state)
{
	(void)state;
	EXPECT(PING, "\x00", IMS_E_SYNTAX, "?");
	EXPECT(PING, "\x02\x00", IMS_E_SYNTAX, "?");
	EXPECT(PING, "\x88", IMS_E_TRUNCATED, "?");
	/* six bytes, and five that need more than 32 bits: where protobuf-c shifts too far */
	EXPECT(PING, "\x88\x80\x80\x80\x80\x00\x01", IMS_E_SYNTAX, "?");
	EXPECT(PING, "\x88\x80\x80\x80\x7f\x01", IMS_E_SYNTAX, "?");
	EXPECT(PING, "\x88\x80\x80\x80\x00\x01", 0, "");
}

static void test_varints(void **state)
{
	(void)state;
	EXPECT(PING, "\x08", IMS_E_TRUNCATED, "nonce");
	EXPECT(PING, "\x08\x80", IMS_E_TRUNCATED, "nonce");
	EXPECT(PING, "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", IMS_E_SYNTAX, "nonce");
	EXPECT(PING, "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x81\x00", IMS_E_SYNTAX, "nonce");
	EXPECT(PING, "\x10\x02", IMS_E_SYNTAX, "reply");
}

static void test_numbers_keep_their_width(void **state)
{
	(void)state;
	EXPECT(HELLO, "\x08\xff\xff\xff\xff\x0f", 0, "");
	EXPECT(HELLO, "\x08\x80\x80\x80\x80\x10", IMS_E_SYNTAX, "version");
	EXPECT(ENTRY, "\x48\x63", 0, ""); /* an operation of the future */
	EXPECT(ENTRY, "\x48\xff\xff\xff\xff\x07", 0, "");
	EXPECT(ENTRY, "\x48\x80\x80\x80\x80\x08", IMS_E_SYNTAX, "operation");
	EXPECT(ENTRY, "\x48\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 0, "");
	EXPECT(ROW, "\x50\x80\x80\x80\x80\xf8\xff\xff\xff\xff\x01", 0, ""); /* INT32_MIN */
	EXPECT(ROW, "\x50\xff\xff\xff\xff\xf7\xff\xff\xff\xff\x01", IMS_E_SYNTAX, "outcome");
}

static void test_wire_types(void **state)
{
	(void)state;
	EXPECT(PING, "\x0a\x01x", IMS_E_SYNTAX, "nonce");
	EXPECT(PING, "\x09\x01\x02\x03\x04\x05\x06\x07\x08", IMS_E_SYNTAX, "nonce");
	EXPECT(HELLO, "\x10\x01", IMS_E_SYNTAX, "federation");
	EXPECT(HELLO, "\x40\x01", IMS_E_SYNTAX, "heads[0]");
	/* groups, known or not, and wire types that are none */
	EXPECT(PING, "\x0b\x0c", IMS_E_SYNTAX, "nonce");
	EXPECT(PING, "\x7b\x7c", IMS_E_SYNTAX, "15");
	EXPECT(PING, "\x7e", IMS_E_SYNTAX, "15");
	EXPECT(PING, "\x7f", IMS_E_SYNTAX, "15");
}

static void test_lengths_stay_inside(void **state)
{
	(void)state;
	EXPECT(HELLO, "\x12", IMS_E_TRUNCATED, "federation");
	EXPECT(HELLO, "\x12\x02x", IMS_E_TRUNCATED, "federation");
	EXPECT(HELLO, "\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01x", IMS_E_TRUNCATED, "federation");
	/* inside the message, but not inside the head */
	EXPECT(HELLO, "\x42\x00\x42\x02\x0a\x03xyz", IMS_E_TRUNCATED, "heads[1].note");
	EXPECT(PING, "\x7d\x01\x02\x03", IMS_E_TRUNCATED, "15");
	EXPECT(PING, "\x79\x01\x02\x03\x04\x05\x06\x07", IMS_E_TRUNCATED, "15");
}

static void test_path_counts_among_its_own(void **state)
{
	(void)state;
	EXPECT(ENTRIES, "\x08\x07\x22\x00\x12\x01o\x22\x00\x38\x01\x22\x02\x10\x00\x22\x04\x12\x02xy",
	       IMS_E_SYNTAX, "items[3].state");
	EXPECT(ENTRIES, "\x22\x02\x98\x06", IMS_E_TRUNCATED, "items[0].99");
	EXPECT(ENTRIES, "\x22\x01\x80", IMS_E_TRUNCATED, "items[0].?");
}

static void test_singular_fields_stand_once(void **state)
{
	(void)state;
	EXPECT(PING, "\x08\x01\x10\x01\x08\x02", IMS_E_DUPLICATE, "nonce");
	EXPECT(HELLO, "\x12\x01x\x12\x01y", IMS_E_DUPLICATE, "federation");
	EXPECT(HELLO, "\x42\x06\x0a\x01x\x0a\x01y", IMS_E_DUPLICATE, "heads[0].note");
	/* two items may have it each, and a packed list may come in pieces */
	EXPECT(HELLO, "\x42\x03\x0a\x01x\x42\x03\x0a\x01y", 0, "");
	EXPECT(WANT, "\x1a\x02\x01\x02\x18\x03\x1a\x01\x04", 0, "");
}

static void test_texts(void **state)
{
	(void)state;
	EXPECT(HELLO, "\x12\x02\xc3\xa9", 0, "");
	EXPECT(HELLO, "\x12\x02\xc3\x28", IMS_E_UTF8, "federation");
	EXPECT(HELLO, "\x12\x01\xff", IMS_E_UTF8, "federation");
	EXPECT(HELLO, "\x12\x03\xed\xa0\x80", IMS_E_UTF8, "federation"); /* surrogate */
	EXPECT(HELLO, "\x12\x02\xc0\x80", IMS_E_UTF8, "federation");	 /* overlong NUL */
	EXPECT(HELLO,
	       "\x12\x06"
	       "a\0evil",
	       IMS_E_UTF8, "federation");
	EXPECT(HELLO, "\x2a\x02\xff\x00", 0, ""); /* bytes are not text */
}

static void test_packed(void **state)
{
	struct buf b;

	(void)state;
	EXPECT(WANT, "\x1a\x00", 0, "");
	EXPECT(WANT, "\x1a\x03\x01\xac\x02", 0, "");
	EXPECT(WANT, "\x1a\x02\x01\xac", IMS_E_TRUNCATED, "indexes[0]");
	/* each value counts: 16 KiB of them are fine, 20,000 in one field are one too many */
	buf_init(&b, 0);
	buf_put(&b, BYTES_LIT("\x1a\x9f\x9c\x01"));
	memset(buf_reserve(&b, 19999), 1, 19999);
	expect_at(__LINE__, WANT, buf_bytes(&b), 0, "");
	b.p[1] = 0xa0;
	buf_put_u8(&b, 1);
	expect_at(__LINE__, WANT, buf_bytes(&b), IMS_E_TOO_MANY, "indexes[0]");
	buf_fini(&b);
}

static void test_depth(void **state)
{
	struct scan_limits limits = scan_limits_default;
	struct errtext e;

	(void)state;
	limits.max_depth = 1;
	assert_int_equal(scan_message(HELLO, BYTES_LIT("\x08\x01\x42\x00"), &limits, &e), IMS_E_TOO_DEEP);
	assert_string_equal(e.text, "heads[0]");
	limits.max_depth = 2;
	assert_int_equal(scan_message(HELLO, BYTES_LIT("\x08\x01\x42\x00"), &limits, &e), 0);
}

/* A message inside itself 12,000 times killed protobuf-c; here it is one unknown field. */
static void test_unknown_is_not_descended(void **state)
{
	struct buf in, out;

	(void)state;
	buf_init(&in, 0);
	buf_init(&out, 0);
	for (unsigned i = 0; i < 1000; i++) {
		size_t n = in.n;

		buf_put_u8(&out, 0x7a);
		for (; n >= 0x80; n >>= 7)
			buf_put_u8(&out, (uint8_t)(n | 0x80));
		buf_put_u8(&out, (uint8_t)n);
		buf_put(&out, buf_bytes(&in));
		buf_clear(&in);
		buf_put(&in, buf_bytes(&out));
		buf_clear(&out);
	}
	expect_at(__LINE__, PING, buf_bytes(&in), 0, "");
	buf_fini(&in);
	buf_fini(&out);
}

static void test_unknown_is_counted(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	for (unsigned i = 0; i < scan_limits_default.max_unknown; i++)
		buf_put(&b, BYTES_LIT("\x78\x00"));
	expect_at(__LINE__, PING, buf_bytes(&b), 0, "");
	buf_put(&b, BYTES_LIT("\x78\x00"));
	expect_at(__LINE__, PING, buf_bytes(&b), IMS_E_TOO_MANY, "15");
	buf_fini(&b);
}

static void test_fields_are_counted(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	for (unsigned i = 0; i < scan_limits_default.max_fields; i++)
		buf_put(&b, BYTES_LIT("\x42\x00"));
	expect_at(__LINE__, HELLO, buf_bytes(&b), 0, "");
	buf_put(&b, BYTES_LIT("\x42\x00"));
	expect_at(__LINE__, HELLO, buf_bytes(&b), IMS_E_TOO_MANY, "heads[20000]");
	buf_fini(&b);
}

/* Two megabytes of two-byte fields cost protobuf-c 58 MB; here nothing is allocated. */
static void test_amplification_is_refused_before_memory(void **state)
{
	static const char *const fields[] = {"\x78\x00", "\x42\x00"};
	const size_t n = 2 << 20;
	uint8_t *in = malloc(n);

	(void)state;
	assert_non_null(in);
	for (size_t k = 0; k < 2; k++) {
		ProtobufCMessage *m;
		struct arena a;

		for (size_t i = 0; i < n; i += 2)
			memcpy(in + i, fields[k], 2);
		arena_init(&a, codec_budget(n));
		assert_int_equal(codec_unpack(HELLO, BYTES(in, n), &a, &m, NULL), IMS_E_TOO_MANY);
		assert_null(a.blocks);
		arena_fini(&a);
	}
	free(in);
}

static void test_largest_number(void **state)
{
	struct scan_limits limits = scan_limits_default;
	struct errtext e;

	(void)state;
	limits.max_fields = 0;
	assert_int_equal(scan_message(PING, BYTES_LIT("\xf8\xff\xff\xff\x0f\x01"), &limits, &e),
			 IMS_E_TOO_MANY);
	assert_string_equal(e.text, "536870911");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_tags),
		cmocka_unit_test(test_varints),
		cmocka_unit_test(test_numbers_keep_their_width),
		cmocka_unit_test(test_wire_types),
		cmocka_unit_test(test_lengths_stay_inside),
		cmocka_unit_test(test_path_counts_among_its_own),
		cmocka_unit_test(test_singular_fields_stand_once),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_packed),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_unknown_is_not_descended),
		cmocka_unit_test(test_unknown_is_counted),
		cmocka_unit_test(test_fields_are_counted),
		cmocka_unit_test(test_amplification_is_refused_before_memory),
		cmocka_unit_test(test_largest_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
