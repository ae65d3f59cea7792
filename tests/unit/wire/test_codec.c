/* SPDX-License-Identifier: Apache-2.0 */
/* protobuf-c behind the arena: what it costs, what it says, what it leaves behind. */
#include "wire/codec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "pb/peer.pb-c.h"

#define HELLO (&ims__peer__hello__descriptor)
#define PING (&ims__peer__ping__descriptor)

static void test_pack_appends_what_unpack_reads(void **state)
{
	ProtobufCMessage *m;
	struct arena a;
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	buf_put_text(&b, "ab");
	arena_init(&a, codec_budget(4));
	assert_int_equal(codec_unpack(PING, BYTES_LIT("\x10\x01\x08\x07"), &a, &m, NULL), 0);
	assert_int_equal(((Ims__Peer__Ping *)m)->nonce, 7);
	codec_pack(m, &b);
	assert_true(bytes_eq(buf_bytes(&b), BYTES_LIT("ab\x08\x07\x10\x01")));
	arena_fini(&a);
	buf_fini(&b);
}

static void test_nothing(void **state)
{
	ProtobufCMessage *m;
	struct arena a;
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	arena_init(&a, codec_budget(0));
	assert_int_equal(codec_unpack(HELLO, BYTES_NONE, &a, &m, NULL), 0);
	assert_string_equal(((Ims__Peer__Hello *)m)->federation, "");
	codec_pack(m, &b);
	assert_int_equal(b.n, 0);
	assert_false(b.failed);
	arena_fini(&a);
	buf_fini(&b);
}

static void test_pack_without_room(void **state)
{
	Ims__Peer__Ping ping;
	struct buf b;

	(void)state;
	ims__peer__ping__init(&ping);
	ping.nonce = 1;
	buf_init(&b, 1);
	codec_pack(&ping.base, &b);
	assert_true(b.failed);
	assert_int_equal(b.n, 0);
	buf_fini(&b);
}

static void test_memory_ends_at_each_step(void **state)
{
	struct buf b;
	int r = IMS_E_LIMIT;

	(void)state;
	buf_init(&b, 0);
	for (int i = 0; i < 40; i++) /* more fields than fit protobuf-c's stack */
		buf_put(&b, BYTES_LIT("\x42\x03\x0a\x01n"));
	buf_put(&b, BYTES_LIT("\x12\x01"
			      "f\x7a\x01u"));
	for (size_t budget = 0; r == IMS_E_LIMIT; budget += 8) {
		struct errtext e = {""};
		ProtobufCMessage *m;
		struct arena a;

		assert_true(budget < codec_budget(b.n));
		arena_init(&a, budget);
		r = codec_unpack(HELLO, buf_bytes(&b), &a, &m, &e);
		assert_true((r == IMS_E_LIMIT) == (e.text[0] != '\0'));
		arena_fini(&a);
	}
	assert_int_equal(r, 0);
	buf_fini(&b);
}

static void test_an_exhausted_arena_says_so_again(void **state)
{
	ProtobufCMessage *m;
	struct arena a;

	(void)state;
	arena_init(&a, 0);
	assert_int_equal(codec_unpack(PING, BYTES_LIT("\x08\x01"), &a, &m, NULL), IMS_E_LIMIT);
	assert_int_equal(codec_unpack(PING, BYTES_LIT("\x08\x01"), &a, &m, NULL), IMS_E_LIMIT);
	arena_fini(&a);
}

static void test_budget(void **state)
{
	(void)state;
	assert_int_equal(codec_budget(0), 262144);
	assert_int_equal(codec_budget(1000), 270144);
	assert_true(codec_budget(SIZE_MAX) == SIZE_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pack_appends_what_unpack_reads),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_pack_without_room),
		cmocka_unit_test(test_memory_ends_at_each_step),
		cmocka_unit_test(test_an_exhausted_arena_says_so_again),
		cmocka_unit_test(test_budget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
