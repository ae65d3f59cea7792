/* SPDX-License-Identifier: Apache-2.0 */
#include "powerloss/disk.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "base/mem.h"

#define GROW_BYTES 65536u

/* ---- names */

static int row_of(const struct names *n, const char *name)
{
	for (int i = 0; i < DISK_FILES_MAX; i++)
		if (strcmp(n->row[i].name, name) == 0)
			return i;
	return -1;
}

int names_find(const struct names *n, const char *name)
{
	int row = row_of(n, name);

	return row < 0 ? -1 : n->row[row].file;
}

static void names_set(struct names *n, const char *name, int file)
{
	int row = row_of(n, name);

	if (row < 0)
		row = row_of(n, "");
	CHECK(row >= 0 && strlen(name) < DISK_NAME_BYTES);
	memcpy(n->row[row].name, name, strlen(name) + 1);
	n->row[row].file = file;
}

static void names_remove(struct names *n, const char *name)
{
	int row = row_of(n, name);

	if (row >= 0)
		n->row[row].name[0] = '\0';
}

void names_apply(struct names *n, const struct op *op)
{
	int file;

	if (op->type == OP_CREATE) {
		names_set(n, op->name, op->file);
	} else if (op->type == OP_REMOVE) {
		names_remove(n, op->name);
	} else if (op->type == OP_RENAME) {
		file = names_find(n, op->name);
		names_remove(n, op->name);
		names_set(n, op->to, file);
	}
}

/* ---- one file */

static void make_room(struct file *f, uint64_t end)
{
	uint64_t size = (end + GROW_BYTES - 1) / GROW_BYTES * GROW_BYTES;

	if (size <= f->size)
		return;
	f->cache = mem_realloc(f->cache, size);
	f->disk = mem_realloc(f->disk, size);
	memset(f->cache + f->size, 0, size - f->size);
	memset(f->disk + f->size, 0, size - f->size);
	f->size = size;
}

static struct unsure *add_unsure(struct file *f)
{
	f->unsure = mem_grow(f->unsure, &f->capacity, f->n_unsure + 1, sizeof(*f->unsure));
	return &f->unsure[f->n_unsure++];
}

static void set_length(struct file *f, uint64_t length)
{
	struct unsure *u = add_unsure(f);

	if (length < f->size)
		memset(f->cache + length, 0, f->size - length);
	f->cache_length = length;
	u->is_length = true;
	u->where = length;
}

static void write_cache(struct file *f, const struct op *op)
{
	uint64_t end = op->offset + op->n;

	if (op->n == 0)
		return;
	make_room(f, end);
	memcpy(f->cache + op->offset, op->data, op->n);
	for (uint64_t s = op->offset / SECTOR_BYTES; s * SECTOR_BYTES < end; s++) {
		struct unsure *u = add_unsure(f);

		u->is_length = false;
		u->where = s;
		memcpy(u->data, f->cache + s * SECTOR_BYTES, SECTOR_BYTES);
	}
	if (end > f->cache_length)
		set_length(f, end);
}

static void settle(struct file *f, const struct unsure *u)
{
	if (u->is_length) {
		f->disk_length = u->where;
		if (f->disk_length < f->size)
			memset(f->disk + f->disk_length, 0, f->size - f->disk_length);
	} else {
		memcpy(f->disk + u->where * SECTOR_BYTES, u->data, SECTOR_BYTES);
	}
}

/* Lengths and the sectors of [offset, offset + n) become certain. */
static void flush(struct file *f, uint64_t offset, uint64_t n)
{
	size_t left = 0;

	for (size_t i = 0; i < f->n_unsure; i++) {
		const struct unsure *u = &f->unsure[i];
		uint64_t at = u->where * SECTOR_BYTES;

		if (u->is_length || (at + SECTOR_BYTES > offset && at < offset + n))
			settle(f, u);
		else
			f->unsure[left++] = *u;
	}
	f->n_unsure = left;
}

static void file_fini(struct file *f)
{
	free(f->cache);
	free(f->disk);
	free(f->unsure);
}

/* ---- the disk */

void disk_init(struct disk *d)
{
	memset(d, 0, sizeof(*d));
}

void disk_fini(struct disk *d)
{
	for (int i = 0; i < DISK_FILES_MAX; i++)
		file_fini(&d->files[i]);
	free(d->renames);
}

static void add_rename(struct disk *d, const struct op *op)
{
	d->renames = mem_grow(d->renames, &d->capacity, d->n_renames + 1, sizeof(*d->renames));
	d->renames[d->n_renames++] = *op;
}

static void settle_names(struct disk *d)
{
	for (size_t i = 0; i < d->n_renames; i++)
		names_apply(&d->names, &d->renames[i]);
	d->n_renames = 0;
}

void disk_apply(struct disk *d, const struct op *op)
{
	struct file *f = &d->files[op->file];

	switch (op->type) {
	case OP_WRITE:
		write_cache(f, op);
		break;
	case OP_LENGTH:
		set_length(f, op->offset);
		break;
	case OP_FLUSH:
		flush(f, 0, f->size);
		break;
	case OP_FLUSH_RANGE:
		flush(f, op->offset, op->n);
		break;
	case OP_CREATE: /* the number may have been that of a file which was lost */
		file_fini(f);
		*f = (struct file){0};
		add_rename(d, op);
		break;
	case OP_RENAME:
	case OP_REMOVE:
		add_rename(d, op);
		break;
	case OP_FLUSH_NAMES:
		settle_names(d);
		break;
	}
}

bool disk_is_unsure(const struct disk *d)
{
	for (int i = 0; i < DISK_FILES_MAX; i++)
		if (d->files[i].n_unsure)
			return true;
	return d->n_renames > 0;
}

/* Which versions the disk has: none, all, the first ones, all but a few, each by a coin. */
static void choose_versions(const struct file *f, struct rng *r, struct file *after)
{
	unsigned n = (unsigned)f->n_unsure, percent = 100;
	unsigned how = rng_below(r, 100);

	if (how < 10)
		n = 0;
	else if (how < 35)
		n = rng_below(r, n + 1);
	else if (how >= 45)
		percent = how < 60 ? 95 : rng_range(r, 5, 90);
	for (unsigned i = 0; i < n; i++)
		if (rng_percent(r, percent))
			settle(after, &f->unsure[i]);
}

static void crash_file(const struct file *f, struct rng *r, struct file *after)
{
	make_room(after, f->size);
	if (f->size)
		memcpy(after->disk, f->disk, f->size);
	if (after->size > f->size)
		memset(after->disk + f->size, 0, after->size - f->size);
	after->disk_length = f->disk_length;
	after->n_unsure = 0;
	if (f->n_unsure)
		choose_versions(f, r, after);
	if (after->size)
		memcpy(after->cache, after->disk, after->size);
	after->cache_length = after->disk_length;
}

void disk_crash(const struct disk *d, struct rng *r, struct disk *after)
{
	for (int i = 0; i < DISK_FILES_MAX; i++)
		crash_file(&d->files[i], r, &after->files[i]);
	after->names = d->names;
	after->n_renames = 0;
	for (size_t i = 0, n = rng_below(r, (unsigned)d->n_renames + 1); i < n; i++)
		names_apply(&after->names, &d->renames[i]);
}

/* ---- a real directory */

static void empty_dir(const char *dir)
{
	DIR *all = opendir(dir);

	CHECK(all != NULL);
	for (struct dirent *ent; (ent = readdir(all));)
		unlinkat(dirfd(all), ent->d_name, 0);
	closedir(all);
}

static void write_file(const struct file *f, const char *path)
{
	uint64_t n = f->disk_length < f->size ? f->disk_length : f->size;
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	CHECK(fd >= 0);
	CHECK(n == 0 || pwrite(fd, f->disk, n, 0) == (ssize_t)n);
	CHECK(ftruncate(fd, (off_t)f->disk_length) == 0);
	close(fd);
}

void disk_write_out(const struct disk *d, const char *dir)
{
	empty_dir(dir);
	for (int i = 0; i < DISK_FILES_MAX; i++) {
		char *path;

		if (!d->names.row[i].name[0])
			continue;
		path = mem_printf("%s/%s", dir, d->names.row[i].name);
		write_file(&d->files[d->names.row[i].file], path);
		free(path);
	}
}
