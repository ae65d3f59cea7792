/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Copies of a node's database, made while it runs. A backup is a folder:
 *
 *   data/data.mdb   the database of one moment, compacted, all logs, payloads and the roster's
 *                   chain in it, with a copy marker: what starts from it knows that it is a copy
 *   backup.txt      what the copy is, as text; written last: a folder without it is no backup
 *
 *   imsd-backup/1
 *   federation ims.example
 *   region eu
 *   origin ims.example/eu/1
 *   time 2026-11-22T09:24:08.123Z
 *   size 57
 *   root <hex>
 *   data-bytes 94208
 *   data-sha256 <hex>
 *                                 an empty line, then the newest signed head of that log with its
 *   ims.example/eu/1 ...          cosignatures, a C2SP note; nothing when it has none yet
 *
 * backup.txt is a function of data.mdb: it can be derived again and compared, byte by byte. The
 * keys, the configuration and the commit log are not in a backup.
 *
 * Any thread that has no write transaction open. Making one is a read transaction of its length:
 * others read and write meanwhile, but the map does not grow.
 */
#ifndef LEDGER_BACKUP_H
#define LEDGER_BACKUP_H

#include "base/clock.h"
#include "ims/err.h"
#include "store/ring.h"
#include "store/store.h"

#define COPY_ORIGIN_MAX_BYTES 160

/* META_COPY: in a copy and in what was restored from it, until the operator has decided. */
struct copy_marker {
	struct wall time;				/* when the copy was made */
	uint8_t instance[RING_INSTANCE_BYTES];		/* life of the database that was copied */
	char origin[COPY_ORIGIN_MAX_BYTES + 1];		/* its own log, */
	uint64_t size;					/* as the copy holds it */
	struct hash root;
};

/* Errors: IMS_E_NOT_FOUND (no copy), IMS_E_CORRUPT, the store's. */
IMS_MUST_CHECK int copy_marker_get(struct store_txn *t, struct copy_marker *ret);

struct backup_facts {
	struct copy_marker marker;
	uint64_t head_size;	/* of the signed head in it, 0: none */
	uint64_t data_bytes;
};

/* Copy the last commit of `s` into `dir`, which does not exist or is empty. Everything is flushed
 * when it returns 0; on failure nothing of it is left. Errors: IMS_E_EXISTS (not empty),
 * IMS_E_NO_SPACE, IMS_E_NOT_FOUND (no folder to make it in, no such log), IMS_E_PERMISSION, the
 * store's. */
IMS_MUST_CHECK int backup_make(struct store *s, const char *dir, const char *origin, struct wall now,
			       struct backup_facts *ret, struct errtext *e);

/* Open the copy in `dir` for reading, when data.mdb is the file that backup.txt names and backup.txt
 * is what the copy gives. That says it is as it was made, not that what was copied was sound: for
 * that the logs are walked (verify.h). Errors: IMS_E_NOT_FOUND (no backup), IMS_E_CORRUPT with what
 * differs, IMS_E_UNSUPPORTED, those of store_open(). */
IMS_MUST_CHECK int backup_open(const char *dir, struct store **ret, struct backup_facts *ret_facts,
			       struct errtext *e);

#endif
