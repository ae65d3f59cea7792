/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finding the records again. The scan collects every whole record of the data area; the newest
 * is the end of the chain, and the chain goes back from it as long as each record is the one
 * that its follower names. A torn newest record is not whole, so the one before it is the end.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "store/ring_int.h"

#define CHUNK_BYTES (1u << 20)

struct found {
	struct ring_record *records;
	size_t n, cap;
};

void ring_index_push(struct ring *r, const struct ring_record *rec)
{
	uint64_t n = r->last ? r->last - r->first + 1 : 0;

	if (n == r->cap) {
		size_t cap = r->cap ? r->cap * 2 : 64;
		struct ring_record *index = mem_zalloc(cap * sizeof(*index));

		for (uint64_t seq = r->first; n && seq <= r->last; seq++)
			index[seq & (cap - 1)] = *ring_at(r, seq);
		free(r->index);
		r->index = index;
		r->cap = cap;
	}
	r->last = rec->seq;
	if (r->first == 0)
		r->first = rec->seq;
	*ring_at(r, rec->seq) = *rec;
	r->head = rec->pos + ring_record_bytes(rec->body_bytes);
}

/* A header that may be one: it stands where it says, and its size is possible. */
static bool is_plausible(const struct ring *r, const struct ring_record *rec, uint64_t offset)
{
	return rec->pos % r->data_bytes == offset && rec->body_bytes <= ring_body_max(r->data_bytes);
}

/* Look at the block at `offset` of the data area; *ret_bytes is how far to go on. */
static int look_at(struct ring *r, const uint8_t *block, uint64_t offset, struct found *f,
		   uint64_t *ret_bytes)
{
	struct ring_record rec;
	uint64_t n;
	int err;

	*ret_bytes = RING_BLOCK_BYTES;
	if (!ring_record_get(block, &rec) || !is_plausible(r, &rec, offset))
		return 0;
	n = ring_record_bytes(rec.body_bytes);
	err = ring_io_buffer(r, n);
	if (!err)
		err = ring_io_read(r, offset, r->buf, n);
	if (err || !ring_record_is_whole(r->buf, &rec, r->header.salt))
		return err;
	f->records = mem_grow(f->records, &f->cap, f->n + 1, sizeof(*f->records));
	f->records[f->n++] = rec;
	*ret_bytes = n;
	return 0;
}

static int collect(struct ring *r, struct found *f)
{
	uint64_t chunk_bytes = r->data_bytes < CHUNK_BYTES ? r->data_bytes : CHUNK_BYTES;
	uint8_t *chunk = mem_zalloc((size_t)chunk_bytes);
	uint64_t begin = 0, end = 0, step; /* what of the area is in `chunk` */
	int err = 0;

	for (uint64_t at = 0; !err && at < r->data_bytes; at += step) {
		step = 0;
		if (at >= end) {
			begin = at;
			end = r->data_bytes - at < chunk_bytes ? r->data_bytes : at + chunk_bytes;
			err = ring_io_read(r, begin, chunk, (size_t)(end - begin));
		}
		if (!err)
			err = look_at(r, chunk + (at - begin), at, f, &step);
	}
	free(chunk);
	return err;
}

static int by_seq(const void *a, const void *b)
{
	const struct ring_record *x = a, *y = b;

	return x->seq < y->seq ? -1 : x->seq > y->seq;
}

int ring_scan(struct ring *r)
{
	struct found f = {0};
	size_t first;
	int err = collect(r, &f);

	if (!err && f.n) {
		qsort(f.records, f.n, sizeof(*f.records), by_seq);
		first = f.n - 1;
		while (first > 0 && ring_record_follows(&f.records[first], &f.records[first - 1]))
			first--;
		for (size_t i = first; i < f.n; i++)
			ring_index_push(r, &f.records[i]);
	}
	free(f.records);
	return err;
}
