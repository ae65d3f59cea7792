/* SPDX-License-Identifier: Apache-2.0 */
#include "ring_contract.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "store/ring_record.h"

/* The ring flushes through this one: the next so many flushes fail with EIO. The others do
 * nothing, for speed: no test here loses power. */
static unsigned flushes_to_fail;

int fdatasync(int fd)
{
	(void)fd;
	if (flushes_to_fail > 0) {
		flushes_to_fail--;
		errno = EIO;
		return -1;
	}
	return 0;
}

int fsync(int fd)
{
	(void)fd;
	return 0;
}

static off_t length_of(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_size;
}

static void overwrite(const char *path, off_t offset, const void *p, size_t n)
{
	int fd = open(path, O_WRONLY);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, p, n, offset), n);
	close(fd);
}

static void read_at(const char *path, off_t offset, void *p, size_t n)
{
	int fd = open(path, O_RDONLY);

	assert_true(fd >= 0);
	assert_int_equal(pread(fd, p, n, offset), n);
	close(fd);
}

/* R3 */
static void the_file_never_changes_its_length(void **state)
{
	char *dir = tmpdir_new(), *path = tmpdir_path(dir, "ring");
	struct ring_opts opts = ring_test_opts(path);
	struct stat st;
	struct ring *r;

	(void)state;
	opts.size_bytes = 100001;
	assert_int_equal(ring_open(&opts, &r, NULL), 0);
	assert_int_equal(length_of(path), 98304);
	assert_int_equal(stat(path, &st), 0);
	assert_true(st.st_blocks * 512 >= 98304); /* written, not a hole */
	assert_int_equal(st.st_mode & 0777, 0600);
	for (uint64_t seq = 1; seq < 500; seq++) {
		assert_int_equal(append_sized(r, seq, 3000), 0);
		ring_keep_from(r, seq + 1);
	}
	ring_close(r);
	assert_int_equal(length_of(path), 98304);
	free(path);
	tmpdir_free(dir);
}

/* Lay five records of 1500 bytes (four blocks) and say where the last stands. */
static off_t five_records(const char *path)
{
	struct ring *r;

	unlink(path);
	r = ring_test_open(path);
	for (uint64_t seq = 1; seq <= 5; seq++)
		assert_int_equal(append_sized(r, seq, 1500), 0);
	ring_close(r);
	return RING_HEADER_BYTES + 4 * 2048;
}

/* R1: a newest record of which any block did not reach the disk is not a record, and the one
 * appended in its place is. */
static void a_torn_newest_record_is_not_a_record(void **state)
{
	static const uint8_t zeros[RING_BLOCK_BYTES];
	char *dir = tmpdir_new(), *path = tmpdir_path(dir, "ring");
	struct ring *r;

	(void)state;
	for (unsigned missing = 1; missing < 8; missing++) {
		off_t at = five_records(path);

		for (unsigned block = 0; block < 3; block++)
			if (missing & 1u << block)
				overwrite(path, at + block * RING_BLOCK_BYTES, zeros, sizeof(zeros));
		r = ring_test_open(path);
		assert_int_equal(ring_first(r), 1);
		assert_int_equal(ring_last(r), 4);
		assert_int_equal(append_sized(r, 5, 10), 0);
		ring_close(r);
		r = ring_test_open(path);
		assert_int_equal(ring_last(r), 5);
		expect_sized(r, 5, 10);
		expect_sized(r, 4, 1500);
		ring_close(r);
	}
	free(path);
	tmpdir_free(dir);
}

/* The same when the torn record was laid over old ones. */
static void a_torn_record_over_old_ones_ends_the_chain_before_it(void **state)
{
	char *dir = tmpdir_new(), *path = tmpdir_path(dir, "ring");
	struct ring *r = ring_test_open(path);
	uint8_t old[4096];
	uint64_t seq = 0, n;
	off_t at;

	(void)state;
	while (append_sized(r, seq + 1, 900) == 0) /* two blocks a record */
		seq++;
	n = seq;
	read_at(path, RING_HEADER_BYTES, old, sizeof(old));
	ring_keep_from(r, 10);
	at = RING_HEADER_BYTES + (off_t)(n * 1024 % ring_size_bytes(r));
	assert_int_equal(at, RING_HEADER_BYTES);
	assert_int_equal(append_sized(r, n + 1, 3500), 0); /* over the first four */
	assert_int_equal(ring_first(r), 5);
	ring_close(r);
	overwrite(path, at + 512, old + 512, 512); /* its second block never came */
	r = ring_test_open(path);
	assert_int_equal(ring_first(r), 5);
	assert_int_equal(ring_last(r), n);
	expect_sized(r, n, 900);
	ring_close(r);
	overwrite(path, at, old, sizeof(old)); /* nothing of it came */
	r = ring_test_open(path);
	assert_int_equal(ring_first(r), 1);
	assert_int_equal(ring_last(r), n);
	ring_close(r);
	free(path);
	tmpdir_free(dir);
}

/* A byte that rots in the middle hides what is before it: the chain is without gaps. */
static void a_damaged_record_ends_the_chain_behind_it(void **state)
{
	char *dir = tmpdir_new(), *path = tmpdir_path(dir, "ring");
	struct bytes body;
	struct ring *r;

	(void)state;
	for (off_t at = 0; at < 1540; at += 7) {
		uint8_t byte;

		five_records(path);
		read_at(path, RING_HEADER_BYTES + 2048 + at, &byte, 1);
		byte ^= 0x10;
		overwrite(path, RING_HEADER_BYTES + 2048 + at, &byte, 1);
		r = ring_test_open(path);
		assert_int_equal(ring_first(r), 3);
		assert_int_equal(ring_last(r), 5);
		assert_int_equal(ring_read(r, 2, &body), IMS_E_NOT_FOUND);
		ring_close(r);
	}
	/* damage while it is open is seen by the reader */
	five_records(path);
	r = ring_test_open(path);
	overwrite(path, RING_HEADER_BYTES + 2048 + 100, "damage", 6);
	assert_int_equal(ring_read(r, 2, &body), IMS_E_CORRUPT);
	expect_sized(r, 3, 1500);
	ring_close(r);
	free(path);
	tmpdir_free(dir);
}

/* A whole record copied into a body at a block's start does not pass for one elsewhere, and
 * records of another ring do not pass at all (its salt differs). */
static void what_looks_like_a_record_is_none(void **state)
{
	char *dir = tmpdir_new(), *path = tmpdir_path(dir, "ring"), *other = tmpdir_path(dir, "other");
	uint8_t record[2048];
	struct ring *r;

	(void)state;
	read_at(other, five_records(other), record, sizeof(record));
	overwrite(path, five_records(path), record, sizeof(record));
	r = ring_test_open(path);
	assert_int_equal(ring_last(r), 4);
	ring_close(r);
	read_at(path, RING_HEADER_BYTES + 3 * 2048, record, sizeof(record));
	overwrite(path, RING_HEADER_BYTES + 7 * 2048, record, sizeof(record));
	r = ring_test_open(path);
	assert_int_equal(ring_first(r), 1);
	assert_int_equal(ring_last(r), 4);
	ring_close(r);
	free(path);
	free(other);
	tmpdir_free(dir);
}

/* A whole record of this ring, at its place and of its number, that was not written before the one
 * that follows: the bytes of a write that was given up. */
static void a_record_follows_the_one_it_names(void **state)
{
	static const uint8_t one[1500] = "given up", two[1500] = "written instead";
	char *dir = tmpdir_new(), *path = tmpdir_path(dir, "ring");
	static uint8_t before[RING_TEST_BYTES], record[2048];
	struct ring *r = ring_test_open(path);
	const off_t at = RING_HEADER_BYTES + 3 * 2048;
	struct bytes body;
	uint64_t seq;

	(void)state;
	for (seq = 1; seq <= 3; seq++)
		assert_int_equal(append_sized(r, seq, 1500), 0);
	read_at(path, 0, before, sizeof(before));
	assert_int_equal(ring_append(r, &BYTES(one, sizeof(one)), 1, &seq), 0);
	ring_close(r);
	read_at(path, at, record, sizeof(record));
	overwrite(path, 0, before, sizeof(before));
	r = ring_test_open(path);
	assert_int_equal(ring_append(r, &BYTES(two, sizeof(two)), 1, &seq), 0);
	assert_int_equal(append_sized(r, 5, 10), 0);
	ring_close(r);
	overwrite(path, at, record, sizeof(record));
	r = ring_test_open(path);
	assert_int_equal(ring_first(r), 5);
	assert_int_equal(ring_last(r), 5);
	assert_int_equal(ring_read(r, 4, &body), IMS_E_NOT_FOUND);
	ring_close(r);
	free(path);
	tmpdir_free(dir);
}

static void a_damaged_header_or_length_is_refused(void **state)
{
	static const off_t offsets[] = {0, 8, 16, 24, 32, 47, 48, 51};
	char *dir = tmpdir_new(), *path = tmpdir_path(dir, "ring");
	struct ring_opts opts = ring_test_opts(path);
	struct ring *r;

	(void)state;
	for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
		uint8_t byte;

		five_records(path);
		read_at(path, offsets[i], &byte, 1);
		byte ^= 0x01;
		overwrite(path, offsets[i], &byte, 1);
		assert_int_equal(ring_open(&opts, &r, NULL), IMS_E_CORRUPT);
	}
	for (off_t n = 0; n < RING_TEST_BYTES; n += 13107) {
		five_records(path);
		assert_int_equal(truncate(path, n), 0);
		assert_int_equal(ring_open(&opts, &r, NULL), IMS_E_CORRUPT);
	}
	free(path);
	tmpdir_free(dir);
}

static void a_failed_flush_is_final(void **state)
{
	char *dir = tmpdir_new(), *path = tmpdir_path(dir, "ring");
	struct ring_opts opts = ring_test_opts(path);
	struct ring *r = ring_test_open(path);

	(void)state;
	assert_int_equal(append_sized(r, 1, 100), 0);
	flushes_to_fail = 1;
	assert_int_equal(append_sized(r, 2, 100), IMS_E_IO);
	assert_int_equal(append_sized(r, 2, 100), IMS_E_IO);
	assert_int_equal(ring_wipe(r), IMS_E_IO);
	assert_int_equal(ring_last(r), 1);
	expect_sized(r, 1, 100);
	ring_close(r);
	/* the record may have been written: opening flushes what it finds, or fails */
	flushes_to_fail = 1;
	assert_int_equal(ring_open(&opts, &r, NULL), IMS_E_IO);
	assert_int_equal(flushes_to_fail, 0);
	r = ring_test_open(path);
	assert_int_equal(ring_last(r), 2);
	expect_sized(r, 2, 100);
	ring_close(r);
	free(path);
	tmpdir_free(dir);
}

/* A crash while a new ring is made leaves none. */
static void an_unfinished_ring_is_made_anew(void **state)
{
	char *dir = tmpdir_new(), *path = tmpdir_path(dir, "ring"), *tmp = tmpdir_path(dir, "ring.new");
	int fd = creat(tmp, 0600);
	struct ring *r;

	(void)state;
	assert_int_equal(write(fd, "half", 4), 4);
	close(fd);
	r = ring_test_open(path);
	assert_int_equal(append_sized(r, 1, 100), 0);
	ring_close(r);
	assert_int_equal(access(tmp, F_OK), -1);
	free(tmp);
	free(path);
	tmpdir_free(dir);
}

/* inv. 9 */
static void what_was_wiped_is_not_in_the_file(void **state)
{
	char *dir = tmpdir_new(), *path = tmpdir_path(dir, "ring");
	struct bytes name = BYTES_LIT("a person who asked to be forgotten");
	static uint8_t all[RING_TEST_BYTES];
	struct ring *r = ring_test_open(path);
	uint64_t seq;

	(void)state;
	assert_int_equal(ring_append(r, &name, 1, &seq), 0);
	assert_int_equal(append_sized(r, 2, 30), 0);
	read_at(path, 0, all, sizeof(all));
	assert_non_null(memmem(all, sizeof(all), name.p, name.n));
	ring_keep_from(r, 2);
	assert_int_equal(ring_wipe(r), 0);
	read_at(path, 0, all, sizeof(all));
	assert_null(memmem(all, sizeof(all), name.p, name.n));
	expect_sized(r, 2, 30);
	ring_close(r);
	free(path);
	tmpdir_free(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RING_CONTRACT_TESTS,
		cmocka_unit_test(the_file_never_changes_its_length),
		cmocka_unit_test(a_torn_newest_record_is_not_a_record),
		cmocka_unit_test(a_torn_record_over_old_ones_ends_the_chain_before_it),
		cmocka_unit_test(a_damaged_record_ends_the_chain_behind_it),
		cmocka_unit_test(what_looks_like_a_record_is_none),
		cmocka_unit_test(a_record_follows_the_one_it_names),
		cmocka_unit_test(a_damaged_header_or_length_is_refused),
		cmocka_unit_test(a_failed_flush_is_final),
		cmocka_unit_test(an_unfinished_ring_is_made_anew),
		cmocka_unit_test(what_was_wiped_is_not_in_the_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
