/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What store/ring.h promises, as tests for any implementation of it: test_ring_posix.c runs
 * them over the real one, test_ring_fake.c over the simulator's.
 */
#ifndef TEST_RING_CONTRACT_H
#define TEST_RING_CONTRACT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/mem.h"
#include "store/ring.h"
#include "tmpdir.h"

#define RING_TEST_BYTES 65536

static const uint8_t ring_test_instance[RING_INSTANCE_BYTES] = "sixteen bytes id";

static struct ring_opts ring_test_opts(const char *path)
{
	return (struct ring_opts){
		.path = path,
		.size_bytes = RING_TEST_BYTES,
		.instance = ring_test_instance,
		.create = true,
	};
}

static struct ring *ring_test_open(const char *path)
{
	struct ring_opts opts = ring_test_opts(path);
	struct ring *r;

	assert_int_equal(ring_open(&opts, &r, NULL), 0);
	return r;
}

/* The body of record `seq` with `n` bytes: every byte depends on both. */
static uint8_t *ring_test_body(uint64_t seq, size_t n)
{
	uint8_t *p = mem_zalloc(n);
	uint32_t x = (uint32_t)seq * 2654435761u + (uint32_t)n;

	for (size_t i = 0; i < n; i++) {
		x = x * 1664525u + 1013904223u;
		p[i] = (uint8_t)(x >> 24);
	}
	return p;
}

static int append_sized(struct ring *r, uint64_t want_seq, size_t n)
{
	uint8_t *body = ring_test_body(want_seq, n);
	struct bytes parts[] = {BYTES(body, n / 3), BYTES_NONE, BYTES(body + n / 3, n - n / 3)};
	uint64_t seq = 0;
	int err = ring_append(r, parts, 3, &seq);

	if (!err)
		assert_int_equal(seq, want_seq);
	free(body);
	return err;
}

static void expect_sized(struct ring *r, uint64_t seq, size_t n)
{
	uint8_t *body = ring_test_body(seq, n);
	struct bytes got;

	assert_int_equal(ring_read(r, seq, &got), 0);
	assert_int_equal(got.n, n);
	assert_memory_equal(got.p, body, n);
	free(body);
}

static void a_new_ring_is_empty(void **state)
{
	char *dir = tmpdir_new(), *path = tmpdir_path(dir, "ring");
	struct ring_opts opts = ring_test_opts(path);
	struct bytes body;
	struct ring *r;

	(void)state;
	opts.create = false;
	assert_int_equal(ring_open(&opts, &r, NULL), IMS_E_NOT_FOUND);
	opts.create = true;
	opts.read_only = true;
	assert_int_equal(ring_open(&opts, &r, NULL), IMS_E_NOT_FOUND);
	r = ring_test_open(path);
	assert_int_equal(ring_first(r), 0);
	assert_int_equal(ring_last(r), 0);
	assert_int_equal(ring_kept_bytes(r), 0);
	assert_in_range(ring_size_bytes(r), RING_TEST_BYTES / 2, RING_TEST_BYTES);
	assert_int_equal(ring_read(r, 0, &body), IMS_E_NOT_FOUND);
	assert_int_equal(ring_read(r, 1, &body), IMS_E_NOT_FOUND);
	assert_int_equal(ring_wipe(r), 0);
	ring_close(r);
	ring_close(NULL);
	free(path);
	tmpdir_free(dir);
}

static void records_and_the_instance_are_there_after_reopening(void **state)
{
	char *dir = tmpdir_new(), *path = tmpdir_path(dir, "ring");
	struct ring *r = ring_test_open(path);
	struct ring_opts opts = ring_test_opts(path);
	struct bytes body;

	(void)state;
	for (uint64_t seq = 1; seq <= 10; seq++)
		assert_int_equal(append_sized(r, seq, seq * 200), 0);
	assert_int_equal(append_sized(r, 11, 0), 0);
	ring_close(r);
	opts.instance = (const uint8_t *)"another instance";
	opts.size_bytes = 1 << 20;
	opts.create = false;
	assert_int_equal(ring_open(&opts, &r, NULL), 0);
	assert_memory_equal(ring_instance(r), ring_test_instance, RING_INSTANCE_BYTES);
	assert_in_range(ring_size_bytes(r), 1, RING_TEST_BYTES);
	assert_int_equal(ring_first(r), 1);
	assert_int_equal(ring_last(r), 11);
	for (uint64_t seq = 1; seq <= 10; seq++)
		expect_sized(r, seq, seq * 200);
	expect_sized(r, 11, 0);
	assert_int_equal(ring_read(r, 12, &body), IMS_E_NOT_FOUND);
	assert_int_equal(append_sized(r, 12, 5), 0);
	ring_close(r);
	free(path);
	tmpdir_free(dir);
}

static void a_ring_is_opened_once(void **state)
{
	char *dir = tmpdir_new(), *path = tmpdir_path(dir, "ring");
	struct ring *r = ring_test_open(path), *other;
	struct ring_opts opts = ring_test_opts(path);
	struct errtext e = {""};

	(void)state;
	assert_int_equal(ring_open(&opts, &other, &e), IMS_E_EXISTS);
	assert_true(strlen(e.text) > 0);
	assert_int_equal(append_sized(r, 1, 100), 0);
	opts.read_only = true;
	assert_int_equal(ring_open(&opts, &other, NULL), 0);
	expect_sized(other, 1, 100);
	assert_int_equal(append_sized(other, 2, 100), IMS_E_READ_ONLY);
	assert_int_equal(ring_wipe(other), IMS_E_READ_ONLY);
	ring_close(other);
	assert_int_equal(append_sized(r, 2, 100), 0);
	ring_close(r);
	ring_close(ring_test_open(path));
	free(path);
	tmpdir_free(dir);
}

/* R2 */
static void what_is_kept_is_not_overwritten(void **state)
{
	char *dir = tmpdir_new(), *path = tmpdir_path(dir, "ring");
	struct ring *r = ring_test_open(path);
	uint64_t n = 0, full;

	(void)state;
	while (append_sized(r, n + 1, 1000) == 0)
		n++;
	assert_in_range(n, ring_size_bytes(r) / 2048, ring_size_bytes(r) / 1000);
	full = ring_kept_bytes(r);
	assert_true(full <= ring_size_bytes(r) && full + 2048 > ring_size_bytes(r));
	assert_int_equal(append_sized(r, n + 1, 1000), IMS_E_LIMIT);
	assert_int_equal(ring_first(r), 1);

	ring_keep_from(r, 4);
	assert_true(ring_kept_bytes(r) < full);
	expect_sized(r, 1, 1000); /* may be overwritten, is not yet */
	ring_keep_from(r, 2);	  /* the mark does not go back */
	for (uint64_t i = 1; i <= 3; i++)
		assert_int_equal(append_sized(r, n + i, 1000), 0);
	assert_int_equal(ring_first(r), 4);
	assert_int_equal(append_sized(r, n + 4, 1000), IMS_E_LIMIT);
	expect_sized(r, 4, 1000);
	expect_sized(r, n + 3, 1000);

	/* a ring just opened keeps all */
	ring_close(r);
	r = ring_test_open(path);
	assert_int_equal(ring_first(r), 4);
	assert_int_equal(append_sized(r, n + 4, 1000), IMS_E_LIMIT);
	ring_keep_from(r, n + 100);
	assert_int_equal(ring_kept_bytes(r), 0);
	assert_int_equal(append_sized(r, n + 4, 1000), 0);
	assert_true(ring_kept_bytes(r) > 0);
	ring_close(r);
	free(path);
	tmpdir_free(dir);
}

/* R2: and with nothing kept the newest stays, and any record up to half the ring fits. */
static void the_newest_is_never_overwritten(void **state)
{
	char *dir = tmpdir_new(), *path = tmpdir_path(dir, "ring");
	struct ring *r = ring_test_open(path);
	size_t half = ring_size_bytes(r) / 2;
	size_t largest = half - 1024;
	uint64_t seq = 0;

	(void)state;
	assert_int_equal(append_sized(r, 1, half + 1), IMS_E_LIMIT);
	for (int i = 0; i < 12; i++) {
		size_t n = i % 3 ? largest : 700u * (unsigned)i;

		assert_int_equal(append_sized(r, ++seq, n), 0);
		ring_keep_from(r, seq + 1);
		expect_sized(r, seq, n);
		if (i % 4 == 3) {
			ring_close(r);
			r = ring_test_open(path);
			assert_int_equal(ring_last(r), seq);
			expect_sized(r, seq, n);
			ring_keep_from(r, seq + 1);
		}
	}
	assert_int_equal(append_sized(r, seq + 1, half + 1), IMS_E_LIMIT);
	assert_int_equal(ring_last(r), seq);
	ring_close(r);
	free(path);
	tmpdir_free(dir);
}

static void wiping_leaves_what_is_kept_and_the_newest(void **state)
{
	char *dir = tmpdir_new(), *path = tmpdir_path(dir, "ring");
	struct ring *r = ring_test_open(path);

	(void)state;
	for (uint64_t seq = 1; seq <= 20; seq++)
		assert_int_equal(append_sized(r, seq, 500), 0);
	ring_keep_from(r, 15);
	assert_int_equal(ring_wipe(r), 0);
	assert_int_equal(ring_first(r), 15);
	ring_keep_from(r, 21);
	assert_int_equal(ring_wipe(r), 0);
	assert_int_equal(ring_first(r), 20);
	expect_sized(r, 20, 500);
	ring_close(r);
	r = ring_test_open(path);
	assert_int_equal(ring_first(r), 20);
	assert_int_equal(ring_last(r), 20);
	assert_int_equal(append_sized(r, 21, 500), 0);
	ring_close(r);
	free(path);
	tmpdir_free(dir);
}

#define WRAP_RECORDS 3000

/* Random sizes, many laps, reopened now and then: what is between first and last is whole. */
static void a_ring_wraps_around_many_times(void **state)
{
	static size_t sizes[WRAP_RECORDS + 1];
	char *dir = tmpdir_new(), *path = tmpdir_path(dir, "ring");
	struct ring *r = ring_test_open(path);
	uint64_t keep = 1;
	uint32_t x = 99;

	(void)state;
	for (uint64_t seq = 1; seq <= WRAP_RECORDS; seq++) {
		x = x * 1664525u + 1013904223u;
		sizes[seq] = (x >> 8) % ((x >> 28) == 0 ? 20000 : 2000);
		while (append_sized(r, seq, sizes[seq]) == IMS_E_LIMIT)
			ring_keep_from(r, keep += 3);
		assert_true(keep <= seq + 3);
		assert_int_equal(ring_last(r), seq);
		expect_sized(r, seq, sizes[seq]);
		expect_sized(r, ring_first(r), sizes[ring_first(r)]);
		if (seq % 500 == 0) {
			uint64_t first = ring_first(r);

			ring_close(r);
			r = ring_test_open(path);
			assert_int_equal(ring_first(r), first);
			assert_int_equal(ring_last(r), seq);
			for (uint64_t s = first; s <= seq; s++)
				expect_sized(r, s, sizes[s]);
		}
	}
	ring_close(r);
	free(path);
	tmpdir_free(dir);
}

#define RING_CONTRACT_TESTS                                                                                  \
	cmocka_unit_test(a_new_ring_is_empty),                                                               \
		cmocka_unit_test(records_and_the_instance_are_there_after_reopening),                        \
		cmocka_unit_test(a_ring_is_opened_once), cmocka_unit_test(what_is_kept_is_not_overwritten),  \
		cmocka_unit_test(the_newest_is_never_overwritten),                                           \
		cmocka_unit_test(wiping_leaves_what_is_kept_and_the_newest),                                 \
		cmocka_unit_test(a_ring_wraps_around_many_times)

#endif
