/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store/store.h in memory, for the simulator: linked before the store's archive it takes the
 * place of LMDB. One thread. What is committed under a directory's name survives store_close()
 * and is found by the next store_open(), as if on a disk; a node "restarts" by crash, close,
 * open.
 *
 * Snapshots cost nothing: a table is a tree whose nodes are never changed once committed. In a
 * write transaction what store_get() gives is a copy that the next write frees, so that a span
 * kept too long shows under a sanitizer here, as it would with LMDB one day.
 */
#ifndef SIM_STORE_FAKE_H
#define SIM_STORE_FAKE_H

#include "store/store.h"

/* Kill -9: the open write transaction is lost. The store refuses all further work with
 * IMS_E_IO; its transactions may still be ended, and it is to be closed. The directory can be
 * opened again at once. */
void store_fake_crash(struct store *s);

/* The n-th commit of `dir` from now on (1: the next) fails with `err`: IMS_E_NO_SPACE,
 * IMS_E_MAP_FULL or IMS_E_IO (after which the store writes no more until it is opened anew).
 * `persists`: the commit is made nevertheless, as after a failed flush of the last page.
 * n = 0 takes it back. `dir` need not exist yet. */
void store_fake_fail_commit(const char *dir, unsigned n, int err, bool persists);
/* Commits of `dir` since the beginning, over all openings. */
uint64_t store_fake_commits(const char *dir);

/* What is committed under `from` also becomes the content of `to`, which is closed: a backup,
 * or its restore. */
void store_fake_copy(const char *from, const char *to);
/* Forget one closed directory, or all (none may be open but crashed ones). */
void store_fake_remove(const char *dir);
void store_fake_reset(void);

#endif
