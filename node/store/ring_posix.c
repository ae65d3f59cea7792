/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ring over a file. Positions grow for ever and are taken modulo the data area, so that
 * "would this overwrite that" is a comparison of two numbers.
 */
#include "store/ring.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/check.h"
#include "base/failpoint.h"
#include "base/mem.h"
#include "store/ring_int.h"

#define ZERO_CHUNK_BYTES (1u << 20)

/* The newest record may be whole in the page cache and not on the disk: written by a process
 * that was killed before its flush, or whose flush failed, after which the kernel calls the
 * pages clean. Writing the same bytes again makes the flush a true one. */
static int make_newest_durable(struct ring *r)
{
	struct ring_record *rec = ring_at(r, r->last);
	size_t n = ring_record_bytes(rec->body_bytes);
	int err = ring_io_buffer(r, n);

	if (!err)
		err = ring_io_read(r, rec->pos, r->buf, n);
	if (!err)
		err = FAILPOINT_ERR(RING_MENDING);
	if (!err)
		err = ring_io_write(r, rec->pos, r->buf, n);
	return err ? err : ring_io_flush(r);
}

int ring_open(const struct ring_opts *opts, struct ring **ret, struct errtext *e)
{
	struct ring *r = mem_new(struct ring);
	int err;

	r->magic = RING_MAGIC;
	r->fd = -1;
	r->read_only = opts->read_only;
	err = ring_file_open(r, opts, e);
	if (!err) {
		err = ring_scan(r);
		if (!err && r->last && !r->read_only)
			err = make_newest_durable(r);
		if (err)
			errtext_set(e, err, "%s: %s", opts->path, ims_strerror(err));
	}
	if (err) {
		ring_close(r);
		return err;
	}
	r->keep = r->first ? r->first : 1;
	*ret = r;
	return 0;
}

void ring_close(struct ring *r)
{
	if (!r)
		return;
	OBJ_CHECK(r, RING_MAGIC);
	if (r->fd >= 0)
		close(r->fd);
	free(r->index);
	free(r->buf);
	r->magic = 0;
	free(r);
}

const uint8_t *ring_instance(const struct ring *r)
{
	OBJ_CHECK(r, RING_MAGIC);
	return r->header.instance;
}

uint64_t ring_first(const struct ring *r)
{
	OBJ_CHECK(r, RING_MAGIC);
	return r->first;
}

uint64_t ring_last(const struct ring *r)
{
	OBJ_CHECK(r, RING_MAGIC);
	return r->last;
}

int ring_read(struct ring *r, uint64_t seq, struct bytes *ret_body)
{
	struct ring_record *rec, got;
	size_t n;
	int err;

	OBJ_CHECK(r, RING_MAGIC);
	if (seq == 0 || seq < r->first || seq > r->last)
		return IMS_E_NOT_FOUND;
	rec = ring_at(r, seq);
	n = ring_record_bytes(rec->body_bytes);
	err = ring_io_buffer(r, n);
	if (!err)
		err = ring_io_read(r, rec->pos, r->buf, n);
	if (err)
		return err;
	if (!ring_record_get(r->buf, &got) || memcmp(&got, rec, sizeof(got)) != 0 ||
	    !ring_record_is_whole(r->buf, rec, r->header.salt))
		return IMS_E_CORRUPT;
	*ret_body = BYTES(r->buf + RING_RECORD_HEADER_BYTES, rec->body_bytes);
	return 0;
}

/* Put header, parts and zeros into r->buf. */
static int build(struct ring *r, struct ring_record *rec, const struct bytes *parts, size_t n_parts)
{
	size_t n = ring_record_bytes(rec->body_bytes);
	int err = ring_io_buffer(r, n);
	uint8_t *p;

	if (err)
		return err;
	p = r->buf + RING_RECORD_HEADER_BYTES;
	for (size_t i = 0; i < n_parts; i++) {
		if (parts[i].n)
			memcpy(p, parts[i].p, parts[i].n);
		p += parts[i].n;
	}
	memset(p, 0, n - (size_t)(p - r->buf));
	ring_record_put(r->buf, rec, r->header.salt);
	return 0;
}

/* The first record that is left when the positions below `end` are written (R2). */
static int first_after(const struct ring *r, uint64_t end, uint64_t *ret_first)
{
	uint64_t seq = r->first;

	for (; r->last && ring_at(r, seq)->pos + r->data_bytes < end; seq++)
		if (seq >= r->keep || seq == r->last)
			return IMS_E_LIMIT;
	*ret_first = seq;
	return 0;
}

int ring_append(struct ring *r, const struct bytes *parts, size_t n_parts, uint64_t *ret_seq)
{
	struct ring_record rec = {0};
	uint64_t body = 0, first;
	int err;

	OBJ_CHECK(r, RING_MAGIC);
	if (r->read_only)
		return IMS_E_READ_ONLY;
	if (r->dead)
		return r->dead;
	for (size_t i = 0; i < n_parts; i++)
		body += parts[i].n;
	if (body > ring_body_max(r->data_bytes))
		return IMS_E_LIMIT;
	rec.seq = r->last + 1;
	rec.pos = r->head;
	rec.body_bytes = (uint32_t)body;
	if (r->last) {
		rec.prev_body_bytes = ring_at(r, r->last)->body_bytes;
		rec.prev_crc = ring_at(r, r->last)->crc;
	}
	err = first_after(r, rec.pos + ring_record_bytes(body), &first);
	if (!err)
		err = build(r, &rec, parts, n_parts);
	if (err)
		return err;

	r->first = first; /* gone from now on, whatever the write does */
	err = FAILPOINT_ERR(RING_WRITING);
	if (!err)
		err = ring_io_write(r, rec.pos, r->buf, ring_record_bytes(body));
	if (!err)
		err = FAILPOINT_ERR(RING_WRITTEN);
	if (!err)
		err = ring_io_flush(r);
	FAILPOINT(RING_FLUSHED);
	if (err) {
		r->dead = IMS_E_IO;
		return r->dead;
	}
	ring_index_push(r, &rec);
	*ret_seq = rec.seq;
	return 0;
}

void ring_keep_from(struct ring *r, uint64_t seq)
{
	OBJ_CHECK(r, RING_MAGIC);
	if (seq > r->last + 1)
		seq = r->last + 1;
	if (seq > r->keep)
		r->keep = seq;
}

uint64_t ring_kept_bytes(const struct ring *r)
{
	OBJ_CHECK(r, RING_MAGIC);
	return r->last == 0 || r->keep > r->last ? 0 : r->head - ring_at(r, r->keep)->pos;
}

uint64_t ring_size_bytes(const struct ring *r)
{
	OBJ_CHECK(r, RING_MAGIC);
	return r->data_bytes;
}

int ring_wipe(struct ring *r)
{
	uint64_t pos, end;
	uint8_t *zeros;
	int err = 0;

	OBJ_CHECK(r, RING_MAGIC);
	if (r->read_only)
		return IMS_E_READ_ONLY;
	if (r->dead)
		return r->dead;
	if (r->last == 0)
		return 0;
	r->first = r->keep < r->last ? r->keep : r->last;
	end = ring_at(r, r->first)->pos + r->data_bytes;
	zeros = mem_zalloc(ZERO_CHUNK_BYTES);
	for (pos = r->head; !err && pos < end; pos += ZERO_CHUNK_BYTES)
		err = ring_io_write(r, pos, zeros,
				    end - pos < ZERO_CHUNK_BYTES ? end - pos : ZERO_CHUNK_BYTES);
	free(zeros);
	if (!err)
		err = ring_io_flush(r);
	if (err)
		r->dead = IMS_E_IO;
	return r->dead;
}
