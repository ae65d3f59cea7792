/* SPDX-License-Identifier: Apache-2.0 */
/* How full the environment is, growing its map, copying it without its holes. */
#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/check.h"
#include "base/failpoint.h"
#include "base/mem.h"
#include "store/errno_int.h"
#include "store/lmdb_int.h"

int store_usage(struct store *s, struct store_usage *ret)
{
	struct store_usage u = {0};
	struct statvfs fs;
	MDB_envinfo info;
	int fd;

	OBJ_CHECK(s, STORE_MAGIC);
	pthread_mutex_lock(&s->gate); /* the map must not move while LMDB looks at its meta pages */
	if (s->unmapped) {
		pthread_mutex_unlock(&s->gate);
		return IMS_E_NOMEM;
	}
	mdb_env_info(s->env, &info);
	u.map_bytes = s->map_bytes;
	u.map_max_bytes = s->map_max_bytes;
	u.readers = s->readers;
	pthread_mutex_unlock(&s->gate);
	if (mdb_env_get_fd(s->env, &fd) != 0 || fstatvfs(fd, &fs) != 0)
		return IMS_E_IO;
	u.used_bytes = (info.me_last_pgno + 1) * s->page_bytes + s->dirty_bytes;
	u.disk_free_bytes = (uint64_t)fs.f_bavail * fs.f_frsize;
	u.max_readers = s->max_readers;
	*ret = u;
	return 0;
}

/* LMDB's own table 0: one row a transaction that freed pages, their count first. */
int store_free_bytes(struct store *s, uint64_t *ret)
{
	struct store_txn *t;
	MDB_cursor *cursor;
	MDB_val key, value;
	size_t pages = 0, n;
	int err = store_begin_read(s, &t), rc;

	if (err)
		return err;
	rc = mdb_cursor_open(t->mdb, 0, &cursor);
	if (rc == 0) {
		while ((rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0 && value.mv_size >= sizeof(n)) {
			memcpy(&n, value.mv_data, sizeof(n));
			pages += n;
		}
		mdb_cursor_close(cursor);
	}
	store_abort(t);
	if (rc && rc != MDB_NOTFOUND)
		return lmdb_err(rc);
	*ret = (uint64_t)pages * s->page_bytes;
	return 0;
}

/* With the gate held and nobody inside. */
static int grow_locked(struct store *s)
{
	uint64_t bytes = s->map_bytes > s->map_max_bytes / 2 ? s->map_max_bytes : s->map_bytes * 2;
	int err = store_lengthen(s, bytes);
	int rc;

	if (err)
		return err;
	FAILPOINT(MAP_LENGTHENED);
	rc = mdb_env_set_mapsize(s->env, bytes);
	if (rc) {
		s->unmapped = true; /* LMDB has unmapped the old one already */
		return lmdb_err(rc);
	}
	s->map_bytes = bytes;
	FAILPOINT(MAP_GROWN);
	return 0;
}

int store_copy(struct store *s, const char *dir, struct errtext *e)
{
	struct store_txn *t; /* keeps the map where it is while LMDB copies in a snapshot of its own */
	char *path;
	int err, fd, rc;

	err = store_begin_read(s, &t);
	if (err)
		return errtext_set(e, err, "%s: %s", s->dir, ims_strerror(err));
	rc = mdb_env_copy2(s->env, dir, MDB_CP_COMPACT);
	store_abort(t);
	if (rc)
		return errtext_set(e, lmdb_err(rc), "%s: copy to %s: %s", s->dir, dir, mdb_strerror(rc));
	path = mem_printf("%s/data.mdb", dir);
	fd = open(path, O_RDWR | O_CLOEXEC);
	free(path);
	if (fd < 0 || fsync(fd) != 0)
		err = errno_err(errno);
	if (fd >= 0)
		close(fd);
	if (!err)
		err = store_sync_dir(dir);
	return err ? errtext_set(e, err, "%s: flush: %s", dir, ims_strerror(err)) : 0;
}

int store_grow(struct store *s)
{
	int err = 0;

	OBJ_CHECK(s, STORE_MAGIC);
	pthread_mutex_lock(&s->gate);
	while (s->growing)
		pthread_cond_wait(&s->changed, &s->gate);
	if (txn_is_reading_here() || (s->writing && pthread_equal(s->writer, pthread_self())))
		err = IMS_E_BUG; /* it would wait for itself */
	else if (s->read_only)
		err = IMS_E_READ_ONLY;
	else if (s->map_bytes >= s->map_max_bytes)
		err = IMS_E_MAP_FULL;
	if (!err) {
		s->growing = true;
		while (s->readers || s->writing)
			pthread_cond_wait(&s->changed, &s->gate);
		err = s->unmapped ? IMS_E_NOMEM : grow_locked(s);
		s->growing = false;
		pthread_cond_broadcast(&s->changed);
	}
	pthread_mutex_unlock(&s->gate);
	return err;
}

void store_check_readers(struct store *s)
{
	int dead;

	OBJ_CHECK(s, STORE_MAGIC);
	mdb_reader_check(s->env, &dead);
}
