/* SPDX-License-Identifier: Apache-2.0 */
/* Frames: whole, in pieces, above the caps (inv. 11). */
#include "wire/frame.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "wire/msg.h"

static void test_every_row_has_its_type(void **state)
{
	unsigned n = 0;

	(void)state;
	for (unsigned t = 0; t <= UINT8_MAX; t++) {
		const struct msg_info *info = msg_info((uint8_t)t);

		if (!info)
			continue;
		n++;
		assert_int_equal(info->id, t);
		assert_true(info->max_bytes > 0 && info->max_bytes <= 1 << 20);
		assert_non_null(info->help);
	}
	assert_int_equal(n, 16);
	assert_null(msg_info(0));
	assert_string_equal(msg_info(MSG_ROSTER_FETCH)->name, "roster_fetch");
	assert_int_equal(msg_info(MSG_PING)->who, MSG_WHO_ANY);
	assert_int_equal(msg_info(MSG_HELLO)->when, MSG_WHEN_OPENING);
}

static void test_whole_frame_then_rest(void **state)
{
	const uint8_t in[] = {0, 0, 0, 3, MSG_PING, 'a', 'b', 0, 0};
	struct frame f;

	(void)state;
	assert_int_equal(frame_take(BYTES(in, sizeof(in)), &f), 1);
	assert_int_equal(f.type, MSG_PING);
	assert_int_equal(f.total_bytes, 7);
	assert_true(f.message.p == in + 5 && f.message.n == 2);
}

static void test_every_prefix_asks_for_more(void **state)
{
	const uint8_t in[] = {0, 0, 0, 3, MSG_PING, 'a', 'b'};
	struct frame f;

	(void)state;
	for (size_t n = 0; n < sizeof(in); n++)
		assert_int_equal(frame_take(BYTES(in, n), &f), 0);
	assert_int_equal(frame_take(BYTES_NONE, &f), 0);
}

static void test_empty_message(void **state)
{
	const uint8_t in[] = {0, 0, 0, 1, MSG_PING};
	struct frame f;

	(void)state;
	assert_int_equal(frame_take(BYTES(in, sizeof(in)), &f), 1);
	assert_int_equal(f.message.n, 0);
	assert_int_equal(f.total_bytes, sizeof(in));
}

static void test_header_is_judged_alone(void **state)
{
	struct frame f;
	uint8_t in[5];

	(void)state;
	for (unsigned t = 0; t <= UINT8_MAX; t++) {
		const struct msg_info *info = msg_info((uint8_t)t);
		size_t cap = info ? info->max_bytes : 1;

		in[4] = (uint8_t)t;
		be32_put(in, (uint32_t)cap + 1);
		assert_int_equal(frame_take(BYTES(in, 5), &f), info ? 0 : IMS_E_FRAME);
		be32_put(in, (uint32_t)cap + 2);
		assert_int_equal(frame_take(BYTES(in, 5), &f), IMS_E_FRAME);
	}
}

static void test_length_is_judged_before_the_type(void **state)
{
	const uint8_t none[] = {0, 0, 0, 0}, huge[] = {0xff, 0xff, 0xff, 0xff}, most[] = {0, 0x10, 0, 1};
	struct frame f;

	(void)state;
	assert_int_equal(frame_take(BYTES(none, 4), &f), IMS_E_FRAME);
	assert_int_equal(frame_take(BYTES(huge, 4), &f), IMS_E_FRAME);
	assert_int_equal(frame_take(BYTES(most, 4), &f), 0);
}

static void test_header(void **state)
{
	uint8_t h[FRAME_HEADER_BYTES];

	(void)state;
	assert_int_equal(frame_header(MSG_BYE, 1024, h), 0);
	assert_memory_equal(h, "\x00\x00\x04\x01\x0c", 5);
	assert_int_equal(frame_header(MSG_BYE, 1025, h), IMS_E_LIMIT);
	assert_int_equal(frame_header(99, 1, h), IMS_E_FRAME);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_row_has_its_type),
		cmocka_unit_test(test_whole_frame_then_rest),
		cmocka_unit_test(test_every_prefix_asks_for_more),
		cmocka_unit_test(test_empty_message),
		cmocka_unit_test(test_header_is_judged_alone),
		cmocka_unit_test(test_length_is_judged_before_the_type),
		cmocka_unit_test(test_header),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
