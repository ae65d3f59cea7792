/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Questions to the data file before anything maps it. LMDB trusts its meta pages: where the
 * file is shorter than they say, the first reader dies of SIGBUS.
 *
 * The layout is that of LMDB 0.9 on 64-bit machines, in host byte order: two meta pages at the
 * start of the file, each a 16-byte page header and this structure.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/mem.h"
#include "store/errno_int.h"
#include "store/lmdb_int.h"

#define META_MAGIC 0xBEEFC0DEu
#define META_VERSION 1u
#define PAGE_HEADER_BYTES 16
#define NO_PAGE UINT64_MAX

struct meta_tree {
	uint32_t page_bytes; /* in the first tree; unused in the second */
	uint16_t flags, depth;
	uint64_t branch_pages, leaf_pages, overflow_pages, entries, root;
};

struct meta {
	uint32_t magic, version;
	uint64_t address, map_bytes;
	struct meta_tree free_tree, main_tree;
	uint64_t last_page, txn_id;
};

_Static_assert(sizeof(struct meta) == 136, "meta page of LMDB 0.9, 64 bit");
_Static_assert(sizeof(size_t) == 8, "the on-disk form depends on it");

/* File systems whose locks or maps other machines do not share. FUSE is among them because
 * what lies behind it is unknown. An overlay is local: a container's files live in its upper
 * layer. */
static const struct {
	uint32_t type;
	const char *name;
} remote[] = {
	{0x00006969, "NFS"},  {0x0000517b, "SMB"},    {0xff534d42, "CIFS"}, {0xfe534d42, "SMB2"},
	{0x65735546, "FUSE"}, {0x01021997, "9P"},     {0x5346414f, "AFS"},  {0x73757245, "Coda"},
	{0x00c36400, "Ceph"}, {0x0bd00bd0, "Lustre"}, {0x47504653, "GPFS"},
};

static int check_filesystem(const char *dir, struct errtext *e)
{
	struct statfs fs;

	if (statfs(dir, &fs) != 0)
		return errtext_set(e, errno_err(errno), "%s: %s", dir, strerror(errno));
	for (size_t i = 0; i < sizeof(remote) / sizeof(remote[0]); i++)
		if ((uint32_t)fs.f_type == remote[i].type)
			return errtext_set(e, IMS_E_UNSUPPORTED,
					   "%s: lies on %s; the database needs a local file system", dir,
					   remote[i].name);
	return 0;
}

/* True when the page at `offset` was read and holds a meta of this version. */
static bool read_meta(int fd, uint64_t offset, struct meta *ret)
{
	uint8_t page[PAGE_HEADER_BYTES + sizeof(*ret)];

	if (pread(fd, page, sizeof(page), (off_t)offset) != (ssize_t)sizeof(page))
		return false;
	memcpy(ret, page + PAGE_HEADER_BYTES, sizeof(*ret));
	return ret->magic == META_MAGIC && ret->version == META_VERSION;
}

static bool page_size_is_sane(uint32_t n)
{
	return n >= 512 && n <= 65536 && (n & (n - 1)) == 0;
}

static int check_meta(const struct meta *m, int which, uint64_t page_bytes, uint64_t file_bytes,
		      const char *path, struct errtext *e)
{
	if (m->last_page >= file_bytes / page_bytes)
		return errtext_set(
			e, IMS_E_CORRUPT, "%s: truncated: %llu bytes, meta page %d needs %llu pages", path,
			(unsigned long long)file_bytes, which, (unsigned long long)m->last_page + 1);
	if ((m->free_tree.root != NO_PAGE && m->free_tree.root > m->last_page) ||
	    (m->main_tree.root != NO_PAGE && m->main_tree.root > m->last_page))
		return errtext_set(e, IMS_E_CORRUPT, "%s: meta page %d points past its last page", path,
				   which);
	return 0;
}

/* LMDB makes a file of two meta pages, and only store_lengthen() flushes them, before the first
 * transaction: after a loss of power one of them may be there without the other. A file as long
 * as they are, in which each is of transaction 0 or not there, never held anything. */
static bool is_unborn(int fd, uint64_t file_bytes)
{
	long page_bytes = sysconf(_SC_PAGESIZE);
	bool missing = false;
	struct meta m;

	if (file_bytes != 2 * (uint64_t)page_bytes)
		return false;
	for (int i = 0; i < 2; i++) {
		if (pread(fd, &m, sizeof(m), i * page_bytes + PAGE_HEADER_BYTES) != (ssize_t)sizeof(m))
			return false;
		if ((m.magic != 0 && m.magic != META_MAGIC) || m.txn_id != 0)
			return false;
		missing |= m.magic == 0;
	}
	return missing;
}

/* Of the two meta pages LMDB reads the one of the later transaction. The other may hold anything: when
 * a meta page could not be written, LMDB gives it its old number back, beside roots that are new. */
static int check_data(int fd, const char *path, uint64_t *ret_map_bytes, bool *ret_unborn, struct errtext *e)
{
	struct meta first, second;
	int newest;
	uint64_t page_bytes;
	struct stat st;
	int err;

	if (fstat(fd, &st) != 0)
		return errtext_set(e, errno_err(errno), "%s: %s", path, strerror(errno));
	*ret_unborn = is_unborn(fd, (uint64_t)st.st_size);
	if (st.st_size == 0 || *ret_unborn) {
		*ret_map_bytes = 0;
		return 0;
	}
	if (!read_meta(fd, 0, &first) || !page_size_is_sane(first.free_tree.page_bytes))
		return errtext_set(e, IMS_E_CORRUPT, "%s: the first meta page is damaged", path);
	page_bytes = first.free_tree.page_bytes;
	if (!read_meta(fd, page_bytes, &second) || second.free_tree.page_bytes != page_bytes)
		return errtext_set(e, IMS_E_CORRUPT, "%s: the second meta page is damaged", path);
	newest = first.txn_id < second.txn_id;
	err = check_meta(newest ? &second : &first, newest, page_bytes, (uint64_t)st.st_size, path, e);
	if (!err)
		*ret_map_bytes = newest ? second.map_bytes : first.map_bytes;
	return err;
}

int store_check_files(const char *dir, uint64_t *ret_map_bytes, bool *ret_unborn, struct errtext *e)
{
	char *path;
	int err = check_filesystem(dir, e);
	int fd;

	if (err)
		return err;
	path = mem_printf("%s/data.mdb", dir);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		err = check_data(fd, path, ret_map_bytes, ret_unborn, e);
		close(fd);
	} else if (errno == ENOENT) {
		*ret_map_bytes = 0;
		*ret_unborn = false;
	} else {
		err = errtext_set(e, errno_err(errno), "%s: %s", path, strerror(errno));
	}
	free(path);
	return err;
}
