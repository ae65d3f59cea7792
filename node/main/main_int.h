/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the files of the program imsd. */
#ifndef MAIN_MAIN_INT_H
#define MAIN_MAIN_INT_H

#include "conf/conf.h"
#include "replication/roster.h"
#include "store/store.h"

/* open.c: what the uses of this program open, and as whom. Failures are logged. */
IMS_MUST_CHECK int make_dir(const char *path);
IMS_MUST_CHECK int become_user(const char *name);
IMS_MUST_CHECK int open_store(const struct conf *c, bool read_only, struct store **ret);
/* Genesis by its pin, then the chain kept in the store, each step checked. */
IMS_MUST_CHECK int open_roster(const struct conf *c, struct store *s, struct roster **ret);

/* run.c: the daemon. Exit code of the process. */
int run(const char *config_path);
/* verify_pb.c: the child behind `ims log verify`. origin NULL or "": all logs. */
int verify_child(const char *config_path, const char *origin);
/* verify_pb.c: the child behind `ims backup verify`. */
int verify_backup_child(const char *config_path, const char *dir);
/* restore.c: the backup in `dir` becomes the database of the node of this file, which must not be
 * running; force: what is there moves aside. Exit code of the process. */
int restore(const char *config_path, const char *dir, bool force);
/* man.c: imsd.8 or imsd.conf.5 on standard output. */
int print_man(const char *page);

#endif
