/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The commit log: a preallocated, zero-filled ring file of records, each durable when
 * ring_append() returns (one pwrite, two at the end of the file; one fdatasync). Two
 * implementations: ring_posix.c and tests/sim/ring_fake.c. The ring knows nothing of what a
 * record says.
 *
 *  R1. A record carries its sequence number (from 1, no gaps), the checksum and length of the
 *      record before it, and its own; a torn or overwritten record is not a record.
 *  R2. Nothing at or after the `keep` mark is overwritten: ring_append() returns IMS_E_LIMIT
 *      instead, and the caller commits its database and moves the mark. The newest record is
 *      never overwritten.
 *  R3. The file's length never changes after creation, so a flush writes no metadata.
 *
 * One thread at a time. EIO is final: the object refuses all later appends.
 */
#ifndef STORE_RING_H
#define STORE_RING_H

#include <stdbool.h>

#include "base/bytes.h"
#include "ims/err.h"

#define RING_INSTANCE_BYTES 16
#define RING_FILE_ID_BYTES 16

struct ring;

struct ring_opts {
	const char *path;
	uint64_t size_bytes;		/* of a new file, rounded to 4 KiB, at least 64 KiB; an
					 * existing one keeps its own */
	const uint8_t *instance;	/* RING_INSTANCE_BYTES, written into a new file's header */
	bool create;			/* false: a missing file is IMS_E_NOT_FOUND */
	bool read_only;			/* for `imsd --verify`: no lock, no append */
};

/* Open, lock (flock) and scan. A new file is made under `path`.new and renamed. The newest
 * record is written and flushed once more, since who wrote it may have died before its flush:
 * what ring_last() says is durable. Nothing may be overwritten before ring_keep_from().
 * Errors: IMS_E_NOT_FOUND, IMS_E_CORRUPT (header, length), IMS_E_IO, IMS_E_EXISTS (open
 * elsewhere, also in this process), IMS_E_NO_SPACE, IMS_E_PERMISSION, IMS_E_NOMEM. */
IMS_MUST_CHECK int ring_open(const struct ring_opts *opts, struct ring **ret, struct errtext *e);
void ring_close(struct ring *r);
const uint8_t *ring_instance(const struct ring *r);
/* Which file it is: inode and time of birth, where the file system tells. A copy is another file. */
void ring_file_id(const struct ring *r, uint8_t out[RING_FILE_ID_BYTES]);

/* Lowest and highest sequence number readable now; both 0 in a new file. A damaged record
 * hides those before it: ring_first() above the number the caller needs means lost records. */
uint64_t ring_first(const struct ring *r);
uint64_t ring_last(const struct ring *r);
/* The record's body, borrowed until the next call on the ring. IMS_E_NOT_FOUND, IMS_E_CORRUPT. */
IMS_MUST_CHECK int ring_read(struct ring *r, uint64_t seq, struct bytes *ret_body);

/* Write and flush; *ret_seq is the new record's number. A body may be given in parts.
 * Errors: IMS_E_LIMIT (would overwrite a record at or after `keep`, or larger than half the
 * ring), IMS_E_IO (final: whether the record is on the disk shows at the next open),
 * IMS_E_READ_ONLY, IMS_E_NOMEM. */
IMS_MUST_CHECK int ring_append(struct ring *r, const struct bytes *parts, size_t n_parts, uint64_t *ret_seq);
/* Records below `seq` may be overwritten. The mark moves forward only, and at most behind the
 * newest record. */
void ring_keep_from(struct ring *r, uint64_t seq);
/* Bytes between the keep mark and the end, and what all records may take together: "half full
 * means commit first". */
uint64_t ring_kept_bytes(const struct ring *r);
uint64_t ring_size_bytes(const struct ring *r);
/* Overwrite with zeros, and flush, all that is neither kept nor the newest record: after it
 * what was erased is not in the file. Errors: IMS_E_IO (final), IMS_E_READ_ONLY. */
IMS_MUST_CHECK int ring_wipe(struct ring *r);

#endif
