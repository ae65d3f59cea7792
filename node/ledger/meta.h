/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Single values of the store (table META) and its format number.
 */
#ifndef LEDGER_META_H
#define LEDGER_META_H

#include "ims/err.h"
#include "store/store.h"

/* 2: no payload is packed; 3: packed ones have no sum; 4: no row of them is cut, and tiles have all inner nodes. What
 * such a database holds is read as it is, and it is of this format from its next start on, when programs that know
 * only theirs refuse it. */
#define LEDGER_STORE_FORMAT 5
#define LEDGER_STORE_FORMAT_OLDEST 2

#define META_FORMAT "format"	 /* u64: LEDGER_STORE_FORMAT */
#define META_INSTANCE "instance" /* 16 bytes: this life of the database */
#define META_RING_SEQ "ring-seq" /* u64: last ring record that is in the database */
#define META_RING_MARK                                                                                       \
	"ring-mark"	 /* u64: ring record from which on the own log goes on as the database has it */
#define META_TIME "time" /* u64: ms of the newest local entry */
#define META_VIEW "view" /* hash: kinds and rules that folded the view */
#define META_ROLLED_BACK "rolled-back" /* text: why, while it is so */
#define META_RECOVERING "recovering"   /* anything: ims recover has begun, and goes on after a restart */
#define META_RING_FILE "ring-file" /* RING_FILE_ID_BYTES: the commit log's file, as every peer vouched for   \
				    */
#define META_COPY "copy-marker"	   /* see ledger/backup.h: this is a copy, or was restored from one */
#define META_ORIGIN "origin"	   /* text: the log that this database was last opened to write */
#define META_SIGNED "signed"	   /* u64: size of the last own head that was signed and kept */

IMS_MUST_CHECK int meta_get_u64(struct store_txn *t, const char *name, uint64_t *ret);
IMS_MUST_CHECK int meta_put_u64(struct store_txn *t, const char *name, uint64_t v);
IMS_MUST_CHECK int meta_get(struct store_txn *t, const char *name, struct bytes *ret);
IMS_MUST_CHECK int meta_put(struct store_txn *t, const char *name, struct bytes v);
IMS_MUST_CHECK int meta_del(struct store_txn *t, const char *name);

#endif
