/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the ring share; nobody else includes it. */
#ifndef STORE_RING_INT_H
#define STORE_RING_INT_H

#include "store/ring_record.h"

#define RING_MAGIC 0x52696e67u

struct ring {
	uint32_t magic;
	int fd;
	bool read_only;
	int dead;		/* the error that ended all appending */
	struct ring_header header;
	uint64_t data_bytes;	/* of the data area */
	/* Records first..last (both 0: none), the one numbered n at index[n & (cap - 1)]. */
	struct ring_record *index;
	size_t cap;
	uint64_t first, last;
	uint64_t head;		/* position where the next record begins */
	uint64_t keep;		/* records from here on are not overwritten; last + 1 at most */
	uint8_t *buf;		/* one record: being written, or lent by ring_read() */
	size_t buf_size;
};

static inline struct ring_record *ring_at(const struct ring *r, uint64_t seq)
{
	return &r->index[seq & (r->cap - 1)];
}

/* ring_file.c: make or open the file, lock it, read the header. */
IMS_MUST_CHECK int ring_file_open(struct ring *r, const struct ring_opts *opts, struct errtext *e);

/* ring_io.c: the data area by position. All of n bytes, across the end of the area. Errors:
 * IMS_E_IO, IMS_E_NO_SPACE. */
IMS_MUST_CHECK int ring_io_read(const struct ring *r, uint64_t pos, uint8_t *p, size_t n);
IMS_MUST_CHECK int ring_io_write(const struct ring *r, uint64_t pos, const uint8_t *p, size_t n);
IMS_MUST_CHECK int ring_io_flush(const struct ring *r);
/* Room for n bytes in r->buf. IMS_E_NOMEM. */
IMS_MUST_CHECK int ring_io_buffer(struct ring *r, size_t n);

/* ring_scan.c: find the chain that ends with the newest whole record. Errors: IMS_E_IO,
 * IMS_E_NOMEM. */
IMS_MUST_CHECK int ring_scan(struct ring *r);
/* Add the record numbered last + 1 (any number when there is none yet). */
void ring_index_push(struct ring *r, const struct ring_record *rec);

#endif
