/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <unistd.h>

#include "base/failpoint.h"
#include "store/errno_int.h"
#include "store/ring_int.h"

/* How much of n bytes at `pos` lies before the end of the data area. */
static size_t before_end(const struct ring *r, uint64_t pos, size_t n)
{
	uint64_t room = r->data_bytes - pos % r->data_bytes;

	return n < room ? n : (size_t)room;
}

static off_t offset_of(const struct ring *r, uint64_t pos)
{
	return (off_t)(RING_HEADER_BYTES + pos % r->data_bytes);
}

int ring_io_read(const struct ring *r, uint64_t pos, uint8_t *p, size_t n)
{
	while (n > 0) {
		ssize_t got = pread(r->fd, p, before_end(r, pos, n), offset_of(r, pos));

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return IMS_E_IO;
		p += got;
		pos += (uint64_t)got;
		n -= (size_t)got;
	}
	return 0;
}

int ring_io_write(const struct ring *r, uint64_t pos, const uint8_t *p, size_t n)
{
	while (n > 0) {
		ssize_t put = pwrite(r->fd, p, before_end(r, pos, n), offset_of(r, pos));

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return put < 0 ? errno_err(errno) : IMS_E_IO;
		p += put;
		pos += (uint64_t)put;
		n -= (size_t)put;
		if (n > 0)
			FAILPOINT(RING_AT_END);
	}
	return 0;
}

int ring_io_flush(const struct ring *r)
{
	return fdatasync(r->fd) == 0 ? 0 : IMS_E_IO;
}

int ring_io_buffer(struct ring *r, size_t n)
{
	uint8_t *p;

	if (n <= r->buf_size)
		return 0;
	p = realloc(r->buf, n);
	if (!p)
		return IMS_E_NOMEM;
	r->buf = p;
	r->buf_size = n;
	return 0;
}
