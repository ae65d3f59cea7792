/* SPDX-License-Identifier: Apache-2.0 */
/* Transactions: begin through the gate, end, the sticky error, extra tables. */
#include <errno.h>
#include <lmdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/check.h"
#include "base/failpoint.h"
#include "base/mem.h"
#include "store/lmdb_int.h"

/* Free space below which LMDB's EIO is believed to mean a full disk: it reports a short write
 * as EIO, and a nearly full disk writes short before it says ENOSPC. */
#define NEARLY_FULL_BYTES (1u << 20)

/* Read transactions of this thread, over all environments. */
static _Thread_local unsigned own_readers;

bool txn_is_reading_here(void)
{
	return own_readers > 0;
}

/* ---- the gate ----------------------------------------------------------------------------- */

static int enter(struct store_txn *t)
{
	struct store *s = t->store;
	int err = 0;

	if (BUG(s->pid != getpid()))
		return IMS_E_BUG;
	pthread_mutex_lock(&s->gate);
	if (t->write && s->writing && pthread_equal(s->writer, pthread_self()))
		err = IMS_E_BUG; /* it would wait for itself */
	while (!err && ((s->growing && own_readers == 0) || (t->write && s->writing)))
		pthread_cond_wait(&s->changed, &s->gate);
	if (!err && s->unmapped)
		err = IMS_E_NOMEM;
	if (!err && t->write) {
		s->writing = true;
		s->writer = pthread_self();
	} else if (!err) {
		s->readers++;
	}
	t->n_tables = s->n_tables;
	pthread_mutex_unlock(&s->gate);
	return err;
}

/* A write transaction's new tables become everyone's, or nobody's. */
static void leave(struct store_txn *t, bool committed)
{
	struct store *s = t->store;

	pthread_mutex_lock(&s->gate);
	if (t->write) {
		for (size_t i = s->n_tables; !committed && i < t->n_tables; i++)
			free(s->tables[i].name);
		for (size_t i = 0; !committed && i < t->n_tables; i++)
			append_forget(&s->tables[i]);
		if (committed)
			s->n_tables = t->n_tables;
		s->dirty_bytes = 0;
		s->writing = false;
	} else {
		s->readers--;
	}
	pthread_cond_broadcast(&s->changed);
	pthread_mutex_unlock(&s->gate);
}

/* ---- begin -------------------------------------------------------------------------------- */

static struct store_txn *txn_new(struct store *s, bool write)
{
	struct store_txn *t = mem_new(struct store_txn);

	t->magic = TXN_MAGIC;
	t->store = s;
	t->write = write;
	return t;
}

static void txn_free(struct store_txn *t)
{
	buf_fini(&t->value);
	t->magic = 0;
	free(t);
}

int store_begin_read(struct store *s, struct store_txn **ret)
{
	struct store_txn *t;
	int err, rc;

	OBJ_CHECK(s, STORE_MAGIC);
	t = txn_new(s, false);
	err = enter(t);
	if (err) {
		txn_free(t);
		return err;
	}
	rc = mdb_txn_begin(s->env, NULL, MDB_RDONLY, &t->mdb);
	if (rc == MDB_READERS_FULL) { /* perhaps with slots of processes that were killed */
		store_check_readers(s);
		rc = mdb_txn_begin(s->env, NULL, MDB_RDONLY, &t->mdb);
	}
	if (rc) {
		leave(t, false);
		txn_free(t);
		return lmdb_store_err(s, rc);
	}
	own_readers++;
	*ret = t;
	return 0;
}

int store_begin_write(struct store *s, struct store_txn **ret)
{
	struct store_txn *t;
	int err;

	OBJ_CHECK(s, STORE_MAGIC);
	if (s->read_only)
		return IMS_E_READ_ONLY;
	t = txn_new(s, true);
	err = enter(t);
	if (err) {
		txn_free(t);
		return err;
	}
	err = s->fatal;
	if (!err)
		err = lmdb_store_err(s, mdb_txn_begin(s->env, NULL, 0, &t->mdb));
	if (err) {
		leave(t, false);
		txn_free(t);
		return err;
	}
	*ret = t;
	return 0;
}

/* ---- end ---------------------------------------------------------------------------------- */

static bool disk_is_nearly_full(struct store *s)
{
	struct statvfs fs;
	int fd;

	return mdb_env_get_fd(s->env, &fd) == 0 && fstatvfs(fd, &fs) == 0 &&
	       (uint64_t)fs.f_bavail * fs.f_frsize < NEARLY_FULL_BYTES;
}

static int end(struct store_txn *t, bool commit)
{
	struct store *s;
	int err, rc;

	OBJ_CHECK(t, TXN_MAGIC);
	CHECK(t->cursors == NULL);
	s = t->store;
	err = t->err;
	if (commit && t->write && !err)
		err = FAILPOINT_ERR(STORE_COMMITTING);
	if (commit && t->write && !err) {
		rc = mdb_txn_commit(t->mdb);
		FAILPOINT(STORE_COMMITTED);
		if (rc == EIO && disk_is_nearly_full(s))
			rc = ENOSPC;
		err = lmdb_store_err(s, rc);
	} else {
		mdb_txn_abort(t->mdb);
		commit = false;
	}
	if (!t->write)
		own_readers--;
	leave(t, commit && !err);
	txn_free(t);
	return err;
}

int store_commit(struct store_txn *t)
{
	return end(t, true);
}

void store_abort(struct store_txn *t)
{
	if (t)
		end(t, false);
}

/* ---- the sticky error --------------------------------------------------------------------- */

int store_txn_error(const struct store_txn *t)
{
	OBJ_CHECK(t, TXN_MAGIC);
	return t->err;
}

void store_txn_fail(struct store_txn *t, int err)
{
	OBJ_CHECK(t, TXN_MAGIC);
	if (!t->err)
		t->err = err;
}

int txn_fail_lmdb(struct store_txn *t, int rc)
{
	int err = lmdb_store_err(t->store, rc);

	store_txn_fail(t, err);
	return err;
}

int txn_ready(struct store_txn *t, store_table table, bool write)
{
	OBJ_CHECK(t, TXN_MAGIC);
	if (t->err)
		return t->err;
	if ((write && !t->write) || (t->write ? table >= t->n_tables : table >= t->store->max_tables))
		t->err = IMS_E_BUG;
	else if (write)
		t->store->writes++;
	return t->err;
}

uint64_t store_writes(const struct store *s)
{
	return s->writes;
}

bool txn_lacks_table(const struct store_txn *t, store_table table)
{
	return table >= t->n_tables || t->store->tables[table].lacks;
}

/* ---- extra tables ------------------------------------------------------------------------- */

int store_table_open(struct store_txn *t, const char *name, store_table *ret)
{
	struct store *s;
	unsigned dbi;
	int rc;

	OBJ_CHECK(t, TXN_MAGIC);
	s = t->store;
	if (t->err)
		return t->err;
	for (size_t i = 0; i < t->n_tables; i++)
		if (strcmp(s->tables[i].name, name) == 0) {
			*ret = (store_table)i;
			return 0;
		}
	if (!t->write)
		return IMS_E_NOT_FOUND;
	rc = t->n_tables < s->max_tables ? mdb_dbi_open(t->mdb, name, MDB_CREATE, &dbi) : MDB_DBS_FULL;
	if (rc)
		return txn_fail_lmdb(t, rc);
	s->tables[t->n_tables] = (struct table){.name = mem_strdup(name), .dbi = dbi};
	*ret = (store_table)t->n_tables++;
	return 0;
}
