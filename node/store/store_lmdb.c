/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The environment: open with its checks, close.
 *
 * The data file is made as long as the map (sparse) before anything is committed into it. LMDB
 * alone writes only as far as it must, and a page that one transaction takes and gives back is
 * counted in the meta page but never written: a sound file may be shorter than its meta page
 * says, and a truncated one cannot be told from it. With this rule it can (meta_check.c).
 */
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "base/failpoint.h"
#include "base/mem.h"
#include "store/errno_int.h"
#include "store/lmdb_int.h"

#define MIN_MAP_BYTES (1u << 20)

static pthread_mutex_t open_lock = PTHREAD_MUTEX_INITIALIZER;
static struct store *open_stores;

int lmdb_err(int rc)
{
	switch (rc) {
	case MDB_NOTFOUND:
		return IMS_E_NOT_FOUND;
	case MDB_MAP_FULL:
		return IMS_E_MAP_FULL;
	case MDB_CORRUPTED:
	case MDB_PAGE_NOTFOUND:
	case MDB_INVALID:
		return IMS_E_CORRUPT;
	case MDB_VERSION_MISMATCH:
	case MDB_INCOMPATIBLE:
		return IMS_E_UNSUPPORTED;
	case MDB_TXN_FULL:
	case MDB_DBS_FULL:
		return IMS_E_LIMIT;
	case MDB_READERS_FULL:
	case MDB_MAP_RESIZED:
		return IMS_E_AGAIN;
	case MDB_KEYEXIST:
	case MDB_BAD_TXN:
	case MDB_BAD_DBI:
	case MDB_BAD_RSLOT:
	case MDB_BAD_VALSIZE:
	case EINVAL:
		return IMS_E_BUG;
	default: /* MDB_PANIC among them: a meta page could not be written */
		return rc > 0 ? errno_err(rc) : rc == 0 ? 0 : IMS_E_IO;
	}
}

int lmdb_store_err(struct store *s, int rc)
{
	int err = lmdb_err(rc);

	if (err == IMS_E_IO || err == IMS_E_CORRUPT)
		s->fatal = err;
	return err;
}

/* ---- one environment a directory ---------------------------------------------------------- */

static int register_open(struct store *s, struct errtext *e)
{
	struct stat st;
	int err = 0;

	if (stat(s->dir, &st) != 0)
		return errtext_set(e, errno_err(errno), "%s: %s", s->dir, strerror(errno));
	s->dev = st.st_dev;
	s->ino = st.st_ino;
	pthread_mutex_lock(&open_lock);
	for (struct store *o = open_stores; o; o = o->next_open)
		if (o->dev == s->dev && o->ino == s->ino)
			err = errtext_set(e, IMS_E_EXISTS, "%s: is already open", s->dir);
	if (!err) {
		s->next_open = open_stores;
		open_stores = s;
	}
	pthread_mutex_unlock(&open_lock);
	return err;
}

static void unregister_open(struct store *s)
{
	pthread_mutex_lock(&open_lock);
	for (struct store **p = &open_stores; *p; p = &(*p)->next_open)
		if (*p == s) {
			*p = s->next_open;
			break;
		}
	pthread_mutex_unlock(&open_lock);
}

/* ---- open --------------------------------------------------------------------------------- */

int store_sync_dir(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int err = fd < 0 || fsync(fd) != 0 ? errno_err(errno) : 0;

	if (fd >= 0)
		close(fd);
	return err;
}

/* The fsync before it keeps LMDB's first meta pages from being outlived by the new length. */
int store_lengthen(struct store *s, uint64_t bytes)
{
	struct stat st;
	int fd;

	if (mdb_env_get_fd(s->env, &fd) != 0)
		return IMS_E_BUG;
	if (fstat(fd, &st) != 0)
		return errno_err(errno);
	if ((uint64_t)st.st_size >= bytes)
		return 0;
	if (fsync(fd) != 0 || ftruncate(fd, (off_t)bytes) != 0 || fsync(fd) != 0)
		return errno_err(errno);
	return 0;
}

static int open_table(struct store *s, MDB_txn *txn, const char *name, size_t member_bytes, struct errtext *e)
{
	unsigned flags = member_bytes ? MDB_DUPSORT | MDB_DUPFIXED : 0, made_with, dbi;
	int rc;

	for (size_t i = 0; i < s->n_tables; i++)
		if (strcmp(s->tables[i].name, name) == 0)
			return 0;
	rc = mdb_dbi_open(txn, name, flags | (s->read_only ? 0 : MDB_CREATE), &dbi);
	if (rc == MDB_NOTFOUND && s->n_tables > 0) { /* of a version before the one that added it: empty */
		s->tables[s->n_tables++] = (struct table){.name = mem_strdup(name), .lacks = true};
		return 0;
	}
	if (rc == MDB_NOTFOUND)
		return errtext_set(e, IMS_E_NOT_FOUND, "%s: no table %s", s->dir, name);
	if (!rc)
		rc = mdb_dbi_flags(txn, dbi, &made_with);
	if (!rc && made_with != flags)
		rc = MDB_INCOMPATIBLE;
	if (rc)
		return errtext_set(e, lmdb_err(rc), "%s: table %s: %s", s->dir, name, mdb_strerror(rc));
	s->tables[s->n_tables++] = (struct table){.name = mem_strdup(name), .dbi = dbi, .member_bytes = member_bytes};
	return 0;
}

/* Tables that store_table_open() once added. All are opened now, since LMDB wants no handle
 * opened while other transactions run. */
static int open_extra_tables(struct store *s, MDB_txn *txn, struct errtext *e)
{
	MDB_cursor *names;
	MDB_val key, value;
	MDB_dbi root;
	int err = 0, rc;

	rc = mdb_dbi_open(txn, NULL, 0, &root);
	if (!rc)
		rc = mdb_cursor_open(txn, root, &names);
	if (rc)
		return errtext_set(e, lmdb_err(rc), "%s: %s", s->dir, mdb_strerror(rc));
	while (!err && (rc = mdb_cursor_get(names, &key, &value, MDB_NEXT)) == 0) {
		char *name = mem_strndup(BYTES(key.mv_data, key.mv_size));

		err = open_table(s, txn, name, 0, e);
		free(name);
	}
	mdb_cursor_close(names);
	if (!err && rc != MDB_NOTFOUND)
		err = errtext_set(e, lmdb_err(rc), "%s: %s", s->dir, mdb_strerror(rc));
	return err;
}

static int open_tables(struct store *s, const struct store_opts *opts, struct errtext *e)
{
	MDB_txn *txn;
	int err = 0;
	int rc = mdb_txn_begin(s->env, NULL, s->read_only ? MDB_RDONLY : 0, &txn);

	if (rc)
		return errtext_set(e, lmdb_err(rc), "%s: %s", s->dir, mdb_strerror(rc));
	for (size_t i = 0; !err && i < opts->n_tables; i++)
		err = open_table(s, txn, opts->tables[i].name, opts->tables[i].member_bytes, e);
	if (!err)
		err = open_extra_tables(s, txn, e);
	if (err) {
		mdb_txn_abort(txn);
		return err;
	}
	rc = mdb_txn_commit(txn);
	return rc ? errtext_set(e, lmdb_err(rc), "%s: %s", s->dir, mdb_strerror(rc)) : 0;
}

/* What a start left that was cut short before its first flush. */
static int empty_unborn(struct store *s, struct errtext *e)
{
	char *path = mem_printf("%s/data.mdb", s->dir);
	int err;

	FAILPOINT(STORE_UNBORN);
	err = truncate(path, 0) != 0 ? errno_err(errno) : 0;

	if (err)
		errtext_set(e, err, "%s: %s", path, ims_strerror(err));
	free(path);
	return err;
}

static int open_env(struct store *s, uint64_t file_map_bytes, struct errtext *e)
{
	MDB_stat stat;
	int dead, err;
	int rc = mdb_env_create(&s->env);

	if (rc)
		return errtext_set(e, lmdb_err(rc), "%s: %s", s->dir, mdb_strerror(rc));
	if (s->map_bytes < file_map_bytes)
		s->map_bytes = file_map_bytes;
	if (s->map_max_bytes < s->map_bytes)
		s->map_max_bytes = s->map_bytes;
	rc = mdb_env_set_mapsize(s->env, s->map_bytes);
	if (!rc)
		rc = mdb_env_set_maxdbs(s->env, (MDB_dbi)s->max_tables);
	if (!rc && s->max_readers)
		rc = mdb_env_set_maxreaders(s->env, s->max_readers);
	if (!rc)
		rc = mdb_env_open(s->env, s->dir, MDB_NOTLS | (s->read_only ? MDB_RDONLY : 0), 0600);
	if (!rc)
		rc = mdb_env_stat(s->env, &stat);
	if (rc)
		return errtext_set(e, lmdb_err(rc), "%s: %s", s->dir, mdb_strerror(rc));
	s->page_bytes = stat.ms_psize;
	mdb_env_get_maxreaders(s->env, &s->max_readers);
	mdb_reader_check(s->env, &dead);
	if (s->read_only)
		return 0;
	err = store_lengthen(s, s->map_bytes);
	FAILPOINT(STORE_LENGTHENED);
	if (!err)
		err = store_sync_dir(s->dir);
	return err ? errtext_set(e, err, "%s: %s", s->dir, ims_strerror(err)) : 0;
}

static uint64_t round_up(uint64_t n, uint64_t unit)
{
	return (n + unit - 1) / unit * unit;
}

int store_open(const struct store_opts *opts, struct store **ret, struct errtext *e)
{
	struct store *s = mem_new(struct store);
	uint64_t file_map_bytes;
	bool unborn;
	int err;

	s->magic = STORE_MAGIC;
	s->dir = mem_strdup(opts->dir);
	s->pid = getpid();
	s->read_only = opts->read_only;
	s->max_readers = opts->max_readers;
	s->map_bytes = opts->map_bytes < MIN_MAP_BYTES ? MIN_MAP_BYTES : round_up(opts->map_bytes, 65536);
	s->map_max_bytes = round_up(opts->map_max_bytes, 65536);
	s->max_tables = opts->n_tables + opts->max_extra_tables;
	s->tables = mem_zalloc(s->max_tables * sizeof(*s->tables));
	pthread_mutex_init(&s->gate, NULL);
	pthread_cond_init(&s->changed, NULL);

	err = register_open(s, e);
	if (!err)
		err = store_check_files(s->dir, &file_map_bytes, &unborn, e);
	if (!err && s->read_only && file_map_bytes == 0)
		err = errtext_set(e, IMS_E_NOT_FOUND, "%s: no database", s->dir);
	if (!err && unborn)
		err = empty_unborn(s, e);
	if (!err)
		err = open_env(s, file_map_bytes, e);
	if (!err)
		err = open_tables(s, opts, e);
	if (!err)
		err = FAILPOINT_ERR(STORE_OPENED);
	if (err) {
		store_close(s);
		return err;
	}
	*ret = s;
	return 0;
}

void store_close(struct store *s)
{
	if (!s)
		return;
	OBJ_CHECK(s, STORE_MAGIC);
	CHECK(s->readers == 0 && !s->writing);
	if (s->env)
		mdb_env_close(s->env);
	unregister_open(s);
	for (size_t i = 0; i < s->n_tables; i++)
		free(s->tables[i].name);
	free(s->tables);
	free(s->dir);
	pthread_cond_destroy(&s->changed);
	pthread_mutex_destroy(&s->gate);
	s->magic = 0;
	free(s);
}
