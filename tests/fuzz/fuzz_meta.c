/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The question to a data file before LMDB maps it: two meta pages of 152 bytes, 4 KiB apart, in a file
 * of so many bytes (the first two of the input, times 64). What is let through has all the pages that
 * its newer meta names: nobody dies of SIGBUS.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "base/mem.h"
#include "fuzz/fuzz.h"
#include "store/lmdb_int.h"

#define PAGE_BYTES 4096
#define META_BYTES 152
#define LAST_PAGE_AT (16 + 120)
#define TXN_AT (16 + 128)
#define PAGE_SIZE_AT (16 + 24)

static char folder[64] = "";

static void forget(void)
{
	char path[96];

	snprintf(path, sizeof(path), "%s/data.mdb", folder);
	unlink(path);
	rmdir(folder);
}

static int make_file(void)
{
	const char *tmp = getenv("TMPDIR");
	char path[96];
	int fd;

	snprintf(folder, sizeof(folder), "%.40s/fuzz-XXXXXX", tmp ? tmp : "/tmp");
	CHECK(mkdtemp(folder));
	atexit(forget);
	snprintf(path, sizeof(path), "%s/data.mdb", folder);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	CHECK(fd >= 0);
	return fd;
}

static uint64_t number(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static void check_pages(const uint8_t *image, uint64_t file_bytes)
{
	const uint8_t *newest = image, *second;
	uint32_t page_bytes;

	memcpy(&page_bytes, image + PAGE_SIZE_AT, sizeof(page_bytes));
	CHECK(page_bytes >= 512 && page_bytes <= 65536 && file_bytes >= page_bytes);
	if (page_bytes == PAGE_BYTES) {
		second = image + PAGE_BYTES;
		if (number(second + TXN_AT) > number(image + TXN_AT))
			newest = second;
		CHECK(number(newest + LAST_PAGE_AT) < file_bytes / page_bytes);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int fd = -1;
	uint8_t image[2 * PAGE_BYTES] = {0};
	uint64_t file_bytes, map_bytes;
	struct errtext e;
	bool unborn;

	if (size < 2)
		return 0;
	if (fd < 0)
		fd = make_file();
	file_bytes = (((uint64_t)data[0] << 8) | data[1]) * 64;
	data += 2;
	size -= 2;
	memcpy(image, data, size < META_BYTES ? size : META_BYTES);
	if (size > META_BYTES)
		memcpy(image + PAGE_BYTES, data + META_BYTES,
		       size - META_BYTES < META_BYTES ? size - META_BYTES : META_BYTES);
	CHECK(pwrite(fd, image, sizeof(image), 0) == (ssize_t)sizeof(image));
	CHECK(ftruncate(fd, (off_t)file_bytes) == 0);
	if (store_check_files(folder, &map_bytes, &unborn, &e) == 0 && !unborn && file_bytes)
		check_pages(image, file_bytes);
	return 0;
}
