/* SPDX-License-Identifier: Apache-2.0 */
/* A file in memory with a path, for decoders that open what they read. One a process. */
#ifndef TESTS_FUZZ_FILE_MEMORY_H
#define TESTS_FUZZ_FILE_MEMORY_H

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/check.h"

struct memory_file {
	int fd; /* 0: not there yet */
	char path[32];
};

/* It now holds these bytes; returns its path. */
static inline const char *memory_file_hold(struct memory_file *f, struct bytes data)
{
	if (!f->fd) {
		f->fd = memfd_create("fuzz", MFD_CLOEXEC);
		CHECK(f->fd > 0);
		snprintf(f->path, sizeof(f->path), "/proc/self/fd/%d", f->fd);
	}
	CHECK(ftruncate(f->fd, (off_t)data.n) == 0);
	CHECK(data.n == 0 || pwrite(f->fd, data.p, data.n, 0) == (ssize_t)data.n);
	return f->path;
}

#endif
