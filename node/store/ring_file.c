/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ring's file. A new one is written under another name and renamed when it is whole, so a
 * crash leaves either no ring or a good one. It is written with zeros, not only allocated: a
 * first write into an allocated extent would change metadata at a record's flush.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/failpoint.h"
#include "base/mem.h"
#include "store/errno_int.h"
#include "store/ring_int.h"

#define CHUNK_BYTES (1u << 20)

static int fail(struct errtext *e, const char *path, int no)
{
	return errtext_set(e, errno_err(no), "%s: %s", path, strerror(no));
}

static int lock(int fd, const char *path, struct errtext *e)
{
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return 0;
	if (errno == EWOULDBLOCK)
		return errtext_set(e, IMS_E_EXISTS, "%s: is in use by another process", path);
	return fail(e, path, errno);
}

/* 0 or an errno. */
static int write_all(int fd, const uint8_t *p, size_t n, uint64_t offset)
{
	while (n > 0) {
		ssize_t put = pwrite(fd, p, n, (off_t)offset);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return put < 0 ? errno : EIO;
		p += put;
		n -= (size_t)put;
		offset += (uint64_t)put;
	}
	return 0;
}

static int write_new(int fd, const struct ring_header *h)
{
	uint8_t *chunk = mem_zalloc(CHUNK_BYTES);
	uint64_t offset = 0;
	int no = 0;

	while (!no && offset < h->size_bytes) {
		uint64_t n = h->size_bytes - offset;

		if (n > CHUNK_BYTES)
			n = CHUNK_BYTES;
		no = write_all(fd, chunk, (size_t)n, offset);
		offset += n;
	}
	if (!no) {
		ring_header_put(chunk, h);
		no = write_all(fd, chunk, RING_HEADER_BYTES, 0);
	}
	if (!no && fsync(fd) != 0)
		no = errno;
	free(chunk);
	return no;
}

/* 0 or an errno. */
static int sync_parent(const char *path)
{
	char *copy = mem_strdup(path);
	int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int no = fd < 0 || fsync(fd) != 0 ? errno : 0;

	if (fd >= 0)
		close(fd);
	free(copy);
	return no;
}

static int create_locked(int fd, const char *tmp, const struct ring_opts *opts, struct errtext *e)
{
	struct ring_header h = {.size_bytes = ring_round_size(opts->size_bytes)};
	int no = 0;

	/* Who held the lock before may have made the ring in the meantime. */
	if (access(opts->path, F_OK) == 0) {
		unlink(tmp);
		return 0;
	}
	memcpy(h.instance, opts->instance, sizeof(h.instance));
	if (ftruncate(fd, 0) != 0 || getrandom(&h.salt, sizeof(h.salt), 0) != sizeof(h.salt))
		no = errno;
	if (!no)
		no = write_new(fd, &h);
	FAILPOINT(RING_NEW_WRITTEN);
	if (!no && rename(tmp, opts->path) != 0)
		no = errno;
	if (no) {
		unlink(tmp);
		return fail(e, opts->path, no);
	}
	FAILPOINT(RING_NEW_RENAMED);
	no = sync_parent(opts->path);
	return no ? fail(e, opts->path, no) : 0;
}

static int create(const struct ring_opts *opts, struct errtext *e)
{
	char *tmp = mem_printf("%s.new", opts->path);
	int fd = open(tmp, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	int err = fd < 0 ? fail(e, tmp, errno) : lock(fd, tmp, e);

	if (!err)
		err = create_locked(fd, tmp, opts, e);
	if (fd >= 0)
		close(fd);
	free(tmp);
	return err;
}

static int read_header(struct ring *r, const char *path, struct errtext *e)
{
	uint8_t block[RING_HEADER_BYTES];
	struct stat st;
	ssize_t n = pread(r->fd, block, sizeof(block), 0);

	if (n < 0 || fstat(r->fd, &st) != 0)
		return fail(e, path, errno);
	if ((size_t)n < sizeof(block) || !ring_header_get(block, &r->header))
		return errtext_set(e, IMS_E_CORRUPT, "%s: the header is damaged", path);
	if ((uint64_t)st.st_size != r->header.size_bytes)
		return errtext_set(e, IMS_E_CORRUPT, "%s: has %lld bytes, its header says %llu", path,
				   (long long)st.st_size, (unsigned long long)r->header.size_bytes);
	r->data_bytes = r->header.size_bytes - RING_HEADER_BYTES;
	return 0;
}

int ring_file_open(struct ring *r, const struct ring_opts *opts, struct errtext *e)
{
	int flags = (opts->read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC;
	int err = 0;

	r->fd = open(opts->path, flags);
	if (r->fd < 0 && errno == ENOENT && opts->create && !opts->read_only) {
		err = create(opts, e);
		if (err)
			return err;
		r->fd = open(opts->path, flags);
	}
	if (r->fd < 0)
		return fail(e, opts->path, errno);
	if (!opts->read_only)
		err = lock(r->fd, opts->path, e);
	return err ? err : read_header(r, opts->path, e);
}

void ring_file_id(const struct ring *r, uint8_t out[RING_FILE_ID_BYTES])
{
	struct statx st;

	memset(out, 0, RING_FILE_ID_BYTES);
	if (statx(r->fd, "", AT_EMPTY_PATH, STATX_INO | STATX_BTIME, &st) != 0)
		return;
	be64_put(out, st.stx_ino);
	if (st.stx_mask & STATX_BTIME)
		be64_put(out + 8, (uint64_t)st.stx_btime.tv_sec * 1000000000u + st.stx_btime.tv_nsec);
}
