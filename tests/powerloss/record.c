/* SPDX-License-Identifier: Apache-2.0 */
/* Checked headers define open() inline; here it is defined. */
#undef _FORTIFY_SOURCE
#include "powerloss/record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/check.h"
#include "base/mem.h"

#define FDS_MAX 1024
#define FD_OTHER 0
#define FD_DIR (-1)

static struct {
	struct recording *to; /* NULL: nothing is recorded */
	char *dir;
	struct names names;
	int n_files;
	struct {
		int file; /* number + 1, or FD_ */
		bool dsync;
	} fds[FDS_MAX];
	uint64_t random;
} rec;

/* ---- keeping */

static struct op *keep(enum op_type type, int file)
{
	struct recording *r = rec.to;

	r->ops = mem_grow(r->ops, &r->capacity, r->n + 1, sizeof(*r->ops));
	r->ops[r->n] = (struct op){.type = type, .file = file};
	return &r->ops[r->n++];
}

static void keep_name(enum op_type type, int file, const char *name, const char *to)
{
	struct op *op = keep(type, file);

	CHECK(strlen(name) < DISK_NAME_BYTES && strlen(to) < DISK_NAME_BYTES);
	memcpy(op->name, name, strlen(name) + 1);
	memcpy(op->to, to, strlen(to) + 1);
	names_apply(&rec.names, op);
}

/* File number of a descriptor, -1 when it is not recorded. */
static int file_of(int fd)
{
	return rec.to && fd >= 0 && fd < FDS_MAX && rec.fds[fd].file > 0 ? rec.fds[fd].file - 1 : -1;
}

static void keep_write(int fd, const void *p, size_t n, uint64_t offset)
{
	int file = file_of(fd);
	struct op *op;

	if (file < 0 || n == 0)
		return;
	op = keep(OP_WRITE, file);
	op->offset = offset;
	op->n = n;
	op->data = mem_dup(p, n);
	rec.to->bytes += n;
	CHECK(rec.to->bytes <= RECORD_MAX_BYTES);
	if (rec.fds[fd].dsync) {
		op = keep(OP_FLUSH_RANGE, file);
		op->offset = offset;
		op->n = n;
	}
}

/* The name within the directory, NULL when it is not in it or not recorded. */
static const char *name_of(const char *path)
{
	size_t n = rec.dir ? strlen(rec.dir) : 0;

	if (!rec.to || strncmp(path, rec.dir, n) != 0 || path[n] != '/' || strchr(path + n + 1, '/'))
		return NULL;
	return strcmp(path + n + 1, "lock.mdb") == 0 ? NULL : path + n + 1;
}

static void keep_open(int fd, const char *path, int flags)
{
	const char *name = name_of(path);
	int file;

	if (fd < 0 || fd >= FDS_MAX)
		return;
	rec.fds[fd].file = rec.to && strcmp(path, rec.dir) == 0 ? FD_DIR : FD_OTHER;
	if (!name)
		return;
	file = names_find(&rec.names, name);
	if (file < 0) {
		file = rec.n_files++;
		CHECK((flags & O_CREAT) && rec.n_files <= DISK_FILES_MAX);
		keep_name(OP_CREATE, file, name, "");
	}
	rec.fds[fd].file = file + 1;
	rec.fds[fd].dsync = (flags & O_DSYNC) != 0;
}

/* ---- in the place of libc's */

int open(const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list ap;
	int fd;

	if (flags & (O_CREAT | (O_TMPFILE & ~O_DIRECTORY))) {
		va_start(ap, flags);
		mode = va_arg(ap, mode_t);
		va_end(ap);
	}
	fd = (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
	keep_open(fd, path, flags);
	return fd;
}

/* What a checked header makes of open() with flags that are no constant. */
int __open_2(const char *path, int flags);
int __open_2(const char *path, int flags)
{
	return open(path, flags);
}

ssize_t pwrite(int fd, const void *p, size_t n, off_t offset)
{
	ssize_t put = syscall(SYS_pwrite64, fd, p, n, offset);

	if (put > 0)
		keep_write(fd, p, (size_t)put, (uint64_t)offset);
	return put;
}

ssize_t write(int fd, const void *p, size_t n)
{
	off_t offset = file_of(fd) < 0 ? 0 : lseek(fd, 0, SEEK_CUR);
	ssize_t put = syscall(SYS_write, fd, p, n);

	if (put > 0)
		keep_write(fd, p, (size_t)put, (uint64_t)offset);
	return put;
}

ssize_t writev(int fd, const struct iovec *v, int n_v)
{
	off_t offset = file_of(fd) < 0 ? 0 : lseek(fd, 0, SEEK_CUR);
	ssize_t put = syscall(SYS_writev, fd, v, n_v);
	size_t left = put > 0 ? (size_t)put : 0;

	for (int i = 0; i < n_v && left > 0; i++) {
		size_t n = v[i].iov_len < left ? v[i].iov_len : left;

		keep_write(fd, v[i].iov_base, n, (uint64_t)offset);
		offset += (off_t)n;
		left -= n;
	}
	return put;
}

int ftruncate(int fd, off_t length)
{
	int rc = (int)syscall(SYS_ftruncate, fd, length);
	int file = file_of(fd);

	if (rc == 0 && file >= 0)
		keep(OP_LENGTH, file)->offset = (uint64_t)length;
	return rc;
}

int truncate(const char *path, off_t length)
{
	int rc = (int)syscall(SYS_truncate, path, length);

	if (rc == 0 && name_of(path))
		keep(OP_LENGTH, names_find(&rec.names, name_of(path)))->offset = (uint64_t)length;
	return rc;
}

int fsync(int fd)
{
	int file = file_of(fd);

	if (file >= 0)
		keep(OP_FLUSH, file);
	else if (rec.to && fd >= 0 && fd < FDS_MAX && rec.fds[fd].file == FD_DIR)
		keep(OP_FLUSH_NAMES, 0);
	return 0;
}

int fdatasync(int fd)
{
	return fsync(fd);
}

int rename(const char *from, const char *to)
{
	int rc = (int)syscall(SYS_rename, from, to);

	if (rc == 0 && name_of(from) && name_of(to))
		keep_name(OP_RENAME, 0, name_of(from), name_of(to));
	return rc;
}

int unlink(const char *path)
{
	int rc = (int)syscall(SYS_unlink, path);

	if (rc == 0 && name_of(path))
		keep_name(OP_REMOVE, 0, name_of(path), "");
	return rc;
}

ssize_t getrandom(void *p, size_t n, unsigned flags)
{
	uint8_t *out = p;

	(void)flags;
	for (size_t i = 0; i < n; i++)
		out[i] = (uint8_t)rng_splitmix(&rec.random);
	return (ssize_t)n;
}

/* A file that grows by other means, or is written through a map, would escape the model. */
int fallocate(int fd, int mode, off_t offset, off_t n)
{
	CHECK(file_of(fd) < 0);
	return (int)syscall(SYS_fallocate, fd, mode, offset, n);
}

int msync(void *p, size_t n, int flags)
{
	CHECK(!rec.to);
	return (int)syscall(SYS_msync, p, n, flags);
}

/* ---- life */

void record_begin(struct recording *r, const char *dir, const struct names *before)
{
	memset(r, 0, sizeof(*r));
	memset(rec.fds, 0, sizeof(rec.fds));
	rec.names = *before;
	rec.n_files = 0;
	for (int i = 0; i < DISK_FILES_MAX; i++)
		if (before->row[i].name[0] && before->row[i].file >= rec.n_files)
			rec.n_files = before->row[i].file + 1;
	rec.dir = mem_strdup(dir);
	rec.to = r;
}

void record_end(void)
{
	rec.to = NULL;
	free(rec.dir);
	rec.dir = NULL;
}

void record_fini(struct recording *r)
{
	for (size_t i = 0; i < r->n; i++)
		free(r->ops[i].data);
	free(r->ops);
}

void record_seed(uint64_t seed)
{
	rec.random = seed;
}
