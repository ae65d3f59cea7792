/* SPDX-License-Identifier: Apache-2.0 */
#include "ring_contract.h"

#include "sim/ring_fake.c"

static void a_crashed_ring_can_be_opened_again(void **state)
{
	struct ring *r = ring_test_open("r"), *again;
	struct bytes body;

	(void)state;
	assert_int_equal(append_sized(r, 1, 100), 0);
	ring_fake_crash(r);
	assert_int_equal(append_sized(r, 2, 100), IMS_E_IO);
	assert_int_equal(ring_read(r, 1, &body), IMS_E_IO);
	again = ring_test_open("r");
	ring_close(r);
	expect_sized(again, 1, 100);
	assert_int_equal(append_sized(again, 2, 100), 0);
	ring_close(again);
}

struct plan {
	uint64_t seq;
	enum ring_fake_fate fate;
};

static enum ring_fake_fate follow(void *arg, const char *path, uint64_t seq)
{
	const struct plan *p = arg;

	assert_string_equal(path, "r");
	return seq == p->seq ? p->fate : RING_FAKE_DURABLE;
}

static void an_append_may_be_lost_or_unanswered(void **state)
{
	struct plan plan = {2, RING_FAKE_LOST};
	struct ring *r = ring_test_open("r");

	(void)state;
	ring_fake_set_hook(follow, &plan);
	assert_int_equal(append_sized(r, 1, 100), 0);
	assert_int_equal(append_sized(r, 2, 100), IMS_E_IO);
	assert_int_equal(append_sized(r, 2, 100), IMS_E_IO);
	ring_close(r);
	r = ring_test_open("r");
	assert_int_equal(ring_last(r), 1);
	plan.fate = RING_FAKE_UNANSWERED;
	assert_int_equal(append_sized(r, 2, 100), IMS_E_IO);
	ring_close(r);
	r = ring_test_open("r");
	assert_int_equal(ring_last(r), 2);
	expect_sized(r, 2, 100);
	ring_close(r);
}

static void a_ring_goes_back_to_a_backup(void **state)
{
	struct ring *r = ring_test_open("r");

	(void)state;
	for (uint64_t seq = 1; seq <= 5; seq++)
		assert_int_equal(append_sized(r, seq, 100), 0);
	ring_fake_copy("r", "backup");
	assert_int_equal(append_sized(r, 6, 100), 0);
	ring_close(r);
	ring_fake_copy("backup", "r");
	ring_fake_lose_newest("r", 2);
	r = ring_test_open("r");
	assert_int_equal(ring_last(r), 3);
	expect_sized(r, 3, 100);
	ring_close(r);
	ring_fake_lose_newest("r", 9);
	r = ring_test_open("r");
	assert_int_equal(ring_last(r), 0);
	ring_close(r);
	ring_fake_remove("backup");
}

static int forget_all(void **state)
{
	(void)state;
	ring_fake_reset();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RING_CONTRACT_TESTS,
		cmocka_unit_test_teardown(a_crashed_ring_can_be_opened_again, forget_all),
		cmocka_unit_test_teardown(an_append_may_be_lost_or_unanswered, forget_all),
		cmocka_unit_test_teardown(a_ring_goes_back_to_a_backup, forget_all),
	};

	return cmocka_run_group_tests(tests, NULL, forget_all);
}
