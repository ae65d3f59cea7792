/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file of generated payloads (tools/bench_gen_pb.c): u32 big-endian length, payload, repeated.
 * Mapped, so that reading a record costs nothing while the clock runs.
 */
#ifndef BENCH_RECORDS_H
#define BENCH_RECORDS_H

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"
#include "bench/measure.h"

struct records {
	struct bytes *record;
	size_t n, capacity;
};

static inline void records_open(struct records *r, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	const uint8_t *p, *end;

	if (fd < 0 || fstat(fd, &st) != 0 || st.st_size == 0)
		die("cannot read %s", path);
	p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
	if (p == MAP_FAILED)
		die("cannot map %s", path);
	close(fd);
	*r = (struct records){0};
	for (end = p + st.st_size; end - p > 4 && be32_get(p) <= (size_t)(end - p - 4);) {
		r->record = mem_grow(r->record, &r->capacity, r->n + 1, sizeof(*r->record));
		r->record[r->n] = BYTES(p + 4, be32_get(p));
		p += 4 + r->record[r->n++].n;
	}
	if (p != end)
		die("%s is cut off", path);
}

#endif
