/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the LMDB files of this folder share; nobody else includes it.
 *
 * The gate. LMDB moves its map only while no transaction of the process is open, so the store
 * counts them: store_grow() closes the gate to newcomers and waits for those inside. A thread
 * that already reads may open a second transaction through a closed gate, else the two would
 * wait for each other. Writers of the process queue at the gate too, so that a new
 * table is known to all before the next writer begins.
 */
#ifndef STORE_LMDB_INT_H
#define STORE_LMDB_INT_H

#include <pthread.h>
#include <stdatomic.h>
#include <sys/types.h>

#include "base/buf.h"
#include "store/key.h"
#include "store/store.h"

struct MDB_env;
struct MDB_txn;
struct MDB_cursor;
struct MDB_val;

struct table {
	char *name;
	unsigned dbi;
	size_t member_bytes; /* of a set: MDB_DUPFIXED, the members are the data */
	bool lacks;	     /* read-only: the database was made before there was such a table */
	size_t append_room;  /* the writer's: append_lmdb.c */
};

struct store {
	uint32_t magic;
	struct MDB_env *env;
	char *dir;
	dev_t dev;		/* of the directory: one environment a directory and process */
	ino_t ino;
	struct store *next_open;
	pid_t pid;		/* an environment does not survive fork() */
	bool read_only;
	unsigned max_readers;
	size_t page_bytes;
	_Atomic int fatal;	/* IMS_E_IO or IMS_E_CORRUPT: no write transaction any more */
	_Atomic uint64_t dirty_bytes;

	pthread_mutex_t gate;	/* guards all below */
	pthread_cond_t changed;
	unsigned readers;
	bool writing, growing;
	bool unmapped;		/* a failed growth left no map: nothing can be read */
	pthread_t writer;	/* while writing */
	uint64_t writes;	/* the writer's thread alone */
	uint64_t map_bytes, map_max_bytes;
	/* tables[0..n_tables) are committed and never change; the slots behind them belong to
	 * the write transaction */
	struct table *tables;
	size_t n_tables, max_tables;
};

struct cursor {
	struct MDB_cursor *mdb;
	struct store_cursor *owner;
	struct cursor *next;
	store_table table;
	size_t member_bytes; /* of a set */
	uint8_t key[STORE_KEY_MAX_BYTES];	/* owner->key points here: it outlives writes */
};

struct store_txn {
	uint32_t magic;
	struct store *store;
	struct MDB_txn *mdb;
	bool write;
	int err;
	size_t n_tables;	/* tables this snapshot knows */
	uint64_t dirty_bytes;
	struct cursor *cursors;
	struct buf value;	/* copy of what is being put */
};

#define STORE_MAGIC 0x53746f72u
#define TXN_MAGIC 0x54786e20u

/* An LMDB or errno value as ours. The one place that knows both. */
int lmdb_err(int rc);
/* The same, remembering in the store what must end all writing. */
int lmdb_store_err(struct store *s, int rc);
/* Record a failure of LMDB or of ours in the transaction, and return it. */
int txn_fail_lmdb(struct store_txn *t, int rc);
/* 0 when the call may go on; else the sticky error (a wrong table, key or write becomes one). */
int txn_ready(struct store_txn *t, store_table table, bool write);
/* The calling thread has a read transaction open, of any environment. */
bool txn_is_reading_here(void);
/* The snapshot is older than the table: it is empty. */
bool txn_lacks_table(const struct store_txn *t, store_table table);

/* set_lmdb.c: the calls of store.h for sets, in a transaction that is ready, of a key of fitting length. */
int set_get(struct store_txn *t, const struct table *table, struct bytes key);
int set_put(struct store_txn *t, const struct table *table, struct bytes key);
int set_del(struct store_txn *t, const struct table *table, struct bytes key);
/* Changes that are sorted. */
int set_change(struct store_txn *t, const struct table *table, const struct store_change *change, size_t n);
/* Move to the first key >= from, or to this very one: LMDB's result. */
int set_seek(struct MDB_cursor *c, size_t member_bytes, struct bytes from, struct MDB_val *head,
	     struct MDB_val *member);
int set_seek_exact(struct MDB_cursor *c, size_t member_bytes, struct bytes key, struct MDB_val *head,
		   struct MDB_val *member);

/* access_lmdb.c: store_append() without its account of the room. */
int put_append(struct store_txn *t, store_table table, struct bytes key, struct bytes value);
/* append_lmdb.c: whatever the table's last page holds now, it is not known. */
void append_forget(struct table *table);

/* Put the open cursors of a table back on their keys after a deletion moved the pages. */
void cursors_settle(struct store_txn *t, store_table table);

/* Make the data file as long as a map of so many bytes, durably; never shorter. */
IMS_MUST_CHECK int store_lengthen(struct store *s, uint64_t bytes);
IMS_MUST_CHECK int store_sync_dir(const char *dir);

/* meta_check.c: the map size that the data file in `dir` was last written with, 0 if there is
 * none. *ret_unborn: the file's making was cut short, it is to be emptied before LMDB sees it.
 * Errors: IMS_E_CORRUPT, IMS_E_UNSUPPORTED, IMS_E_NOT_FOUND (the directory), … */
IMS_MUST_CHECK int store_check_files(const char *dir, uint64_t *ret_map_bytes, bool *ret_unborn, struct errtext *e);

#endif
