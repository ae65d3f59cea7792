/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An ordered key-value store with transactions: one environment, named tables, one writer,
 * snapshot readers. Two implementations of this header: store_lmdb.c (the daemon) and
 * tests/sim/store_fake.c (memory, with crashes). No LMDB name leaves this folder.
 *
 * Errors are sticky in a transaction: after the first failure every call is a no-op that
 * returns it, and commit aborts. IMS_E_NOT_FOUND is not sticky.
 *
 * Keys are 1..511 bytes, ordered as unsigned bytes; build them with store/key.h.
 * Lifetime: spans read from a transaction are valid until its next write or end; keys and
 * values given to that write may be among them.
 * Threads: an environment may be used by all; a transaction belongs to one thread. A read
 * transaction must be short (one turn of the loop): it pins pages and blocks map growth. A
 * thread may hold one write and several read transactions, never two write transactions
 * (IMS_E_BUG; other threads wait their turn). Not usable after fork().
 *
 * After IMS_E_IO or IMS_E_CORRUPT from the disk the environment opens no write transaction any
 * more (store_begin_write() says the same error): what the disk holds is unknown until the
 * process starts anew. IMS_E_NO_SPACE and IMS_E_MAP_FULL lose the transaction only.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>

#include "base/bytes.h"
#include "ims/err.h"

struct store;
struct store_txn;

/* A table is a small number; its name is given once in store_opts.
 *
 * A set is a table of keys without values, many of which begin alike: each ends in a member of one
 * size, and what stands before it is kept once for all of its members, which take little more than
 * their bytes. What stands before a member must not begin with what stands before another one. All
 * calls take and give whole keys, values are empty; no store_reserve(), cursors forwards only
 * (IMS_E_BUG). Members put in ascending order fill their pages. */
typedef unsigned store_table;

struct store_spec {
	const char *name;
	size_t member_bytes;		/* 0: not a set */
};

struct store_opts {
	const char *dir;		/* must exist */
	const struct store_spec *tables; /* the fixed tables 0..n_tables-1 */
	size_t n_tables;
	unsigned max_extra_tables;	/* that store_table_open() may add later */
	uint64_t map_bytes;		/* at start, never less than the file was left with; grows */
	uint64_t map_max_bytes;		/* growth stops here */
	unsigned max_readers;		/* 0: LMDB's default */
	bool read_only;			/* no lock upgrade, no table creation */
};

/* Open or create. Before LMDB maps it, the length of an existing file is checked against its
 * meta pages (a truncated file would kill its first reader), and its file system must be local.
 * The data file is as long as the map, mostly a hole: copy it with store_copy() only.
 * Errors: IMS_E_IO, IMS_E_CORRUPT, IMS_E_NOMEM, IMS_E_NO_SPACE, IMS_E_PERMISSION,
 * IMS_E_UNSUPPORTED (network file system; a set that is none on the disk, or the other way round),
 * IMS_E_NOT_FOUND (no directory; read_only: no database, or without the first table; others that it lacks
 * are empty: it was made before there were such), IMS_E_EXISTS (open in this process already), IMS_E_LIMIT
 * (more extra tables on disk than max_extra_tables). */
IMS_MUST_CHECK int store_open(const struct store_opts *opts, struct store **ret, struct errtext *e);
/* All transactions have ended (checked). NULL is fine. */
void store_close(struct store *s);
/* Write a compacted copy of the last commit into the empty directory `dir`, and flush it. Free
 * pages, and what was deleted from them, are not in it. Reads go on; it is a read transaction
 * of its length. Errors: those of the file system, IMS_E_CORRUPT. */
IMS_MUST_CHECK int store_copy(struct store *s, const char *dir, struct errtext *e);

/* Open (creating it in a write transaction) an extra table by name and get its number; it
 * stays open for the life of the environment. In a read transaction a table that does not
 * exist: IMS_E_NOT_FOUND. */
IMS_MUST_CHECK int store_table_open(struct store_txn *t, const char *name, store_table *ret);

IMS_MUST_CHECK int store_begin_read(struct store *s, struct store_txn **ret);
IMS_MUST_CHECK int store_begin_write(struct store *s, struct store_txn **ret);
/* Both free the transaction; its cursors are finished before (checked). store_commit() returns
 * the sticky error (having aborted), or IMS_E_NO_SPACE, IMS_E_MAP_FULL, IMS_E_IO. When it
 * returns 0 the transaction is on disk. */
IMS_MUST_CHECK int store_commit(struct store_txn *t);
void store_abort(struct store_txn *t);
/* The sticky error, 0 if none. */
int store_txn_error(const struct store_txn *t);
/* How many times something was written since the store was opened, in whatever transaction: tells
 * whether a piece of work has begun to write. The writer's thread. */
uint64_t store_writes(const struct store *s);
/* Make the transaction fail on purpose: later calls and commit return `err`. */
void store_txn_fail(struct store_txn *t, int err);

IMS_MUST_CHECK int store_get(struct store_txn *t, store_table table, struct bytes key, struct bytes *ret);
int store_put(struct store_txn *t, store_table table, struct bytes key, struct bytes value);
/* Like put, for a key greater than every key of the table: keeps pages full.
 * IMS_E_BUG if it is not. */
int store_append(struct store_txn *t, store_table table, struct bytes key, struct bytes value);
#define STORE_SMALL_BYTES 2000 /* two values that are no longer lie on a page of 4 KiB, with keys of up to 20 bytes */
/* How long a value may be which an append under a key of `key_bytes` puts on the page that the last one lies on: who
 * cuts values to that, and the rest to STORE_SMALL_BYTES, leaves no page half empty. 0: there is no room, or it is not
 * known (after a start, an abort, a write that was no append). */
size_t store_append_room(struct store_txn *t, store_table table, size_t key_bytes);
/* Space for n bytes to be filled by the caller before its next call; NULL on failure. */
uint8_t *store_reserve(struct store_txn *t, store_table table, struct bytes key, size_t n);
/* IMS_E_NOT_FOUND if it was not there. */
int store_del(struct store_txn *t, store_table table, struct bytes key);
/* Many changes of a set at once: made in the order of their keys, whose neighbours lie on one page, they cost a
 * fraction. Of several of one key the last one counts; to delete what is not there is no error. The list is
 * sorted. */
struct store_change {
	struct bytes key;
	uint32_t order;			/* among the changes: the call's own */
	bool put;			/* else it is deleted */
};
int store_change_set(struct store_txn *t, store_table table, struct store_change *changes, size_t n);
/* Remove every key of the table. */
int store_clear(struct store_txn *t, store_table table);
uint64_t store_count(struct store_txn *t, store_table table);
/* What the table takes on the disk, about. */
uint64_t store_table_bytes(struct store_txn *t, store_table table);

/* A cursor over keys that start with `prefix`, ascending from the first key >= `from` (or
 * descending from the last key <= `from` when backwards; empty `from`: the end of the prefix).
 * Use: for (store_seek(&c, …); store_cursor_ok(&c); store_next(&c)) … ; store_cursor_fini(&c);
 * Do not write through other calls while a cursor is open, except store_del of its own key
 * after store_next. */
struct store_cursor {
	struct store_txn *txn;
	void *impl;
	struct bytes prefix;	/* points into own copy below */
	uint8_t prefix_copy[512];
	bool backwards, ok;
	struct bytes key, value;
};

void store_seek(struct store_cursor *c, struct store_txn *t, store_table table, struct bytes prefix,
		struct bytes from, bool backwards);
static inline bool store_cursor_ok(const struct store_cursor *c)
{
	return c->ok;
}
void store_next(struct store_cursor *c);
void store_cursor_fini(struct store_cursor *c);

/* How full it is. used_bytes counts pages of the last commit and, from above, what the open
 * write transaction has put (not the pages copied on the way, which come back at commit). */
struct store_usage {
	uint64_t map_bytes, map_max_bytes;
	uint64_t used_bytes;		/* up to the highest page ever used: falls only by store_copy() */
	uint64_t disk_free_bytes;	/* of the file system */
	unsigned readers, max_readers;	/* transactions open in this process; slots */
};
IMS_MUST_CHECK int store_usage(struct store *s, struct store_usage *ret);
/* Of used_bytes, what deletions have left behind and later commits will use again. It reads a list that
 * grows with it. */
IMS_MUST_CHECK int store_free_bytes(struct store *s, uint64_t *ret);
/* Double the map (up to its maximum); waits for the transactions of other threads. The calling
 * thread has none open (IMS_E_BUG). IMS_E_MAP_FULL at the maximum; IMS_E_NO_SPACE, IMS_E_IO;
 * IMS_E_NOMEM without address space, after which the environment can only be closed. */
IMS_MUST_CHECK int store_grow(struct store *s);
/* Clear reader slots of processes that are gone; call now and then. */
void store_check_readers(struct store *s);

#endif
