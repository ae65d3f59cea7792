/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A commit log that a disk has damaged. The first byte says how many records are appended, the next
 * ones how long they are; then come edits of five bytes: what (flip, copy a block, zero a block), two
 * places. Whatever is found when it is opened again are records as they were appended, one behind the
 * other (R1).
 */
#include "base/check.h"
#include "base/mem.h"
#include "fuzz/file_memory.h"
#include "fuzz/fuzz.h"
#include "store/ring_record.h"

#define RECORDS_MAX 24
#define EDIT_BYTES 5
#define LONG_BYTES 24 /* a length byte counts these */

static uint8_t image[RING_MIN_BYTES];

static size_t body_of(uint64_t seq, uint8_t length, uint8_t *out)
{
	size_t n = 1 + (size_t)length * LONG_BYTES;

	for (size_t i = 0; i < n; i++)
		out[i] = (uint8_t)(seq * 31 + i * 7);
	return n;
}

static struct ring *append_all(const char *path, const uint8_t *lengths, size_t n)
{
	static uint8_t body[1 + 255 * LONG_BYTES];
	const struct ring_opts o = {.path = path};
	struct errtext e;
	struct ring *r;
	uint64_t seq;

	CHECK(ring_open(&o, &r, &e) == 0);
	for (size_t i = 0; i < n; i++) {
		struct bytes part = BYTES(body, body_of(i + 1, lengths[i], body));

		CHECK(ring_append(r, &part, 1, &seq) == 0 && seq == i + 1);
		ring_keep_from(r, seq);
	}
	return r;
}

static void damage(const uint8_t *edit, size_t n)
{
	for (; n >= EDIT_BYTES; edit += EDIT_BYTES, n -= EDIT_BYTES) {
		size_t a = ((size_t)edit[1] << 8 | edit[2]) % sizeof(image);
		size_t b = ((size_t)edit[3] << 8 | edit[4]) % sizeof(image);
		size_t block = a / RING_BLOCK_BYTES * RING_BLOCK_BYTES;

		if (edit[0] % 3 == 0)
			image[a] ^= edit[4] ? edit[4] : 1;
		else if (edit[0] % 3 == 1)
			memmove(image + b / RING_BLOCK_BYTES * RING_BLOCK_BYTES, image + block,
				RING_BLOCK_BYTES);
		else
			memset(image + block, 0, RING_BLOCK_BYTES);
	}
}

static void check_found(struct ring *r, const uint8_t *lengths, size_t n)
{
	static uint8_t body[1 + 255 * LONG_BYTES];
	struct bytes got;

	CHECK(ring_first(r) <= ring_last(r) && ring_last(r) <= n);
	for (uint64_t seq = ring_first(r); seq && seq <= ring_last(r); seq++) {
		size_t length = body_of(seq, lengths[seq - 1], body);

		CHECK(ring_read(r, seq, &got) == 0 && bytes_eq(got, BYTES(body, length)));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct memory_file file;
	const struct ring_header header = {.size_bytes = sizeof(image), .salt = 0x5eed};
	size_t n = size ? data[0] % (RECORDS_MAX + 1) : 0;
	struct ring *r, *again;
	struct ring_opts o;
	struct errtext e;

	if (size < 1 + n)
		return 0;
	memset(image, 0, sizeof(image));
	ring_header_put(image, &header);
	o = (struct ring_opts){.path = memory_file_hold(&file, BYTES(image, sizeof(image)))};
	r = append_all(o.path, data + 1, n);
	check_found(r, data + 1, n);
	CHECK(ring_last(r) == n);
	ring_close(r);
	CHECK(pread(file.fd, image, sizeof(image), 0) == (ssize_t)sizeof(image));
	damage(data + 1 + n, size - 1 - n);
	memory_file_hold(&file, BYTES(image, sizeof(image)));
	if (ring_open(&o, &again, &e) == 0) {
		check_found(again, data + 1, n);
		ring_close(again);
	}
	return 0;
}
