/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/ring_fake.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/mem.h"
#include "store/ring_record.h"

#define FAKE_RING_MAGIC 0x46526e67u

struct fake_record {
	uint64_t pos;
	uint8_t *body;
	uint32_t n;
};

/* What a ring file would hold. Records first..last at records[seq - first]. */
struct ring_disk {
	char *path;
	struct ring_disk *next;
	struct ring *opened; /* for writing, and not crashed */
	uint8_t instance[RING_INSTANCE_BYTES];
	uint64_t number; /* another for each file, a copy's too */
	uint64_t data_bytes;
	struct fake_record *records;
	size_t n, cap;
	uint64_t first;
};

struct ring {
	uint32_t magic;
	struct ring_disk *disk; /* NULL after a crash */
	uint8_t instance[RING_INSTANCE_BYTES];
	uint64_t number; /* of the file */
	bool read_only;
	int dead;
	uint64_t keep;
	uint8_t *lent; /* what ring_read() gave last */
};

static struct ring_disk *ring_disks;
static uint64_t ring_disks_made;
static ring_fake_hook append_hook;
static void *append_hook_arg;

static struct ring_disk *ring_disk_find(const char *path)
{
	struct ring_disk *d = ring_disks;

	while (d && strcmp(d->path, path) != 0)
		d = d->next;
	return d;
}

static struct ring_disk *ring_disk_new(const char *path)
{
	struct ring_disk *d = mem_new(struct ring_disk);

	d->path = mem_strdup(path);
	d->number = ++ring_disks_made;
	d->next = ring_disks;
	ring_disks = d;
	return d;
}

static uint64_t last_of(const struct ring_disk *d)
{
	return d->n ? d->first + d->n - 1 : 0;
}

static struct fake_record *record_at(const struct ring_disk *d, uint64_t seq)
{
	return &d->records[seq - d->first];
}

static uint64_t head_of(const struct ring_disk *d)
{
	return d->n ? d->records[d->n - 1].pos + ring_record_bytes(d->records[d->n - 1].n) : 0;
}

static void drop_below(struct ring_disk *d, uint64_t seq)
{
	size_t n = d->n ? (size_t)(seq - d->first) : 0;

	for (size_t i = 0; i < n; i++)
		free(d->records[i].body);
	if (n) {
		memmove(d->records, d->records + n, (d->n - n) * sizeof(*d->records));
		d->n -= n;
		d->first = seq;
	}
}

static void ring_disk_empty(struct ring_disk *d)
{
	for (size_t i = 0; i < d->n; i++)
		free(d->records[i].body);
	free(d->records);
	d->records = NULL;
	d->n = d->cap = 0;
	d->first = 0;
}

static void push(struct ring_disk *d, struct fake_record rec)
{
	d->records = mem_grow(d->records, &d->cap, d->n + 1, sizeof(*d->records));
	d->records[d->n++] = rec;
	if (d->first == 0)
		d->first = 1;
}

int ring_open(const struct ring_opts *opts, struct ring **ret, struct errtext *e)
{
	struct ring_disk *d = ring_disk_find(opts->path);
	struct ring *r;

	if (!d && (!opts->create || opts->read_only))
		return errtext_set(e, IMS_E_NOT_FOUND, "%s: no ring", opts->path);
	if (d && d->opened && !opts->read_only)
		return errtext_set(e, IMS_E_EXISTS, "%s: is in use", opts->path);
	if (!d) {
		d = ring_disk_new(opts->path);
		memcpy(d->instance, opts->instance, sizeof(d->instance));
		d->data_bytes = ring_round_size(opts->size_bytes) - RING_HEADER_BYTES;
	}
	r = mem_new(struct ring);
	r->magic = FAKE_RING_MAGIC;
	r->disk = d;
	r->number = d->number;
	r->read_only = opts->read_only;
	memcpy(r->instance, d->instance, sizeof(r->instance));
	r->keep = d->n ? d->first : 1;
	if (!r->read_only)
		d->opened = r;
	*ret = r;
	return 0;
}

void ring_close(struct ring *r)
{
	if (!r)
		return;
	OBJ_CHECK(r, FAKE_RING_MAGIC);
	if (r->disk && r->disk->opened == r)
		r->disk->opened = NULL;
	free(r->lent);
	r->magic = 0;
	free(r);
}

const uint8_t *ring_instance(const struct ring *r)
{
	OBJ_CHECK(r, FAKE_RING_MAGIC);
	return r->instance;
}

void ring_file_id(const struct ring *r, uint8_t out[RING_FILE_ID_BYTES])
{
	OBJ_CHECK(r, FAKE_RING_MAGIC);
	memset(out, 0, RING_FILE_ID_BYTES);
	memcpy(out, &r->number, sizeof(r->number));
}

uint64_t ring_first(const struct ring *r)
{
	OBJ_CHECK(r, FAKE_RING_MAGIC);
	return r->disk && r->disk->n ? r->disk->first : 0;
}

uint64_t ring_last(const struct ring *r)
{
	OBJ_CHECK(r, FAKE_RING_MAGIC);
	return r->disk ? last_of(r->disk) : 0;
}

int ring_read(struct ring *r, uint64_t seq, struct bytes *ret_body)
{
	struct fake_record *rec;

	OBJ_CHECK(r, FAKE_RING_MAGIC);
	if (!r->disk)
		return IMS_E_IO;
	if (seq == 0 || seq < r->disk->first || seq > last_of(r->disk))
		return IMS_E_NOT_FOUND;
	rec = record_at(r->disk, seq);
	free(r->lent);
	r->lent = mem_dup(rec->body, rec->n);
	*ret_body = BYTES(r->lent, rec->n);
	return 0;
}

static uint8_t *join(const struct bytes *parts, size_t n_parts, uint64_t n)
{
	uint8_t *body = mem_zalloc((size_t)n), *p = body;

	for (size_t i = 0; i < n_parts; i++) {
		if (parts[i].n)
			memcpy(p, parts[i].p, parts[i].n);
		p += parts[i].n;
	}
	return body;
}

/* As in ring_posix.c. */
static int first_after(const struct ring *r, uint64_t end, uint64_t *ret_first)
{
	const struct ring_disk *d = r->disk;
	uint64_t seq = d->first;

	for (; d->n && record_at(d, seq)->pos + d->data_bytes < end; seq++)
		if (seq >= r->keep || seq == last_of(d))
			return IMS_E_LIMIT;
	*ret_first = seq;
	return 0;
}

int ring_append(struct ring *r, const struct bytes *parts, size_t n_parts, uint64_t *ret_seq)
{
	enum ring_fake_fate fate = RING_FAKE_DURABLE;
	uint64_t n = 0, seq, head, first;
	struct ring_disk *d;
	int err;

	OBJ_CHECK(r, FAKE_RING_MAGIC);
	d = r->disk;
	if (r->read_only)
		return IMS_E_READ_ONLY;
	if (r->dead)
		return r->dead;
	for (size_t i = 0; i < n_parts; i++)
		n += parts[i].n;
	if (n > ring_body_max(d->data_bytes))
		return IMS_E_LIMIT;
	head = head_of(d);
	err = first_after(r, head + ring_record_bytes(n), &first);
	if (err)
		return err;
	seq = last_of(d) + 1;
	if (append_hook)
		fate = append_hook(append_hook_arg, d->path, seq);
	drop_below(d, first);
	if (fate != RING_FAKE_LOST)
		push(d, (struct fake_record){head, join(parts, n_parts, n), (uint32_t)n});
	if (fate != RING_FAKE_DURABLE) {
		r->dead = IMS_E_IO;
		return r->dead;
	}
	*ret_seq = seq;
	return 0;
}

void ring_keep_from(struct ring *r, uint64_t seq)
{
	uint64_t last = ring_last(r);

	if (seq > last + 1)
		seq = last + 1;
	if (seq > r->keep)
		r->keep = seq;
}

uint64_t ring_kept_bytes(const struct ring *r)
{
	OBJ_CHECK(r, FAKE_RING_MAGIC);
	if (!r->disk || r->disk->n == 0 || r->keep > last_of(r->disk))
		return 0;
	return head_of(r->disk) - record_at(r->disk, r->keep)->pos;
}

uint64_t ring_size_bytes(const struct ring *r)
{
	OBJ_CHECK(r, FAKE_RING_MAGIC);
	return r->disk ? r->disk->data_bytes : 0;
}

int ring_wipe(struct ring *r)
{
	uint64_t last;

	OBJ_CHECK(r, FAKE_RING_MAGIC);
	if (r->read_only)
		return IMS_E_READ_ONLY;
	if (r->dead)
		return r->dead;
	last = last_of(r->disk);
	if (last)
		drop_below(r->disk, r->keep < last ? r->keep : last);
	return 0;
}

/* ---- what only the simulator calls --------------------------------------------------------- */

void ring_fake_crash(struct ring *r)
{
	OBJ_CHECK(r, FAKE_RING_MAGIC);
	r->dead = IMS_E_IO;
	if (r->disk && r->disk->opened == r)
		r->disk->opened = NULL;
	r->disk = NULL;
}

void ring_fake_set_hook(ring_fake_hook hook, void *arg)
{
	append_hook = hook;
	append_hook_arg = arg;
}

static struct ring_disk *closed_ring(const char *path)
{
	struct ring_disk *d = ring_disk_find(path);

	CHECK(d != NULL && d->opened == NULL);
	return d;
}

void ring_fake_lose_newest(const char *path, uint64_t n)
{
	struct ring_disk *d = closed_ring(path);

	while (n-- && d->n)
		free(d->records[--d->n].body);
	if (d->n == 0)
		ring_disk_empty(d);
}

void ring_fake_copy(const char *from, const char *to)
{
	struct ring_disk *a = ring_disk_find(from), *b = ring_disk_find(to);

	CHECK(a != NULL && a != b && (!b || !b->opened));
	if (!b)
		b = ring_disk_new(to);
	ring_disk_empty(b);
	b->number = ++ring_disks_made;
	memcpy(b->instance, a->instance, sizeof(b->instance));
	b->data_bytes = a->data_bytes;
	for (size_t i = 0; i < a->n; i++) {
		struct fake_record rec = a->records[i];

		rec.body = mem_dup(rec.body, rec.n);
		push(b, rec);
	}
	b->first = a->first;
}

void ring_fake_remove(const char *path)
{
	struct ring_disk *d = ring_disk_find(path), **p = &ring_disks;

	if (!d)
		return;
	CHECK(d->opened == NULL);
	while (*p != d)
		p = &(*p)->next;
	*p = d->next;
	ring_disk_empty(d);
	free(d->path);
	free(d);
}

void ring_fake_reset(void)
{
	while (ring_disks)
		ring_fake_remove(ring_disks->path);
	ring_disks_made = 0;
	ring_fake_set_hook(NULL, NULL);
}
