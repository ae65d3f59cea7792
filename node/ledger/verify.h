/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Re-derive everything of one log from its stored bytes: entries against leaves, payloads
 * against commitments, tiles against entries, roots against heads. Meant for a process of its
 * own: a damaged LMDB file may kill its reader.
 */
#ifndef LEDGER_VERIFY_H
#define LEDGER_VERIFY_H

#include "ims/err.h"
#include "store/store.h"

/* A stored object that is not what it should be: "entry 17", "payload 17", "tile 0/3",
 * "checkpoint 512", "root". */
typedef void verify_finding_fn(void *ctx, const char *object, int err, const char *detail);
/* A stored head or cosignature, for the caller to check signatures with the roster. Returns 0 or
 * what is wrong. region is empty for the head itself. */
typedef int verify_note_fn(void *ctx, const char *origin, uint64_t size, const struct hash *root,
			   struct bytes note, const char *region, struct bytes cosignature);

struct verify_counts {
	uint64_t size, entries, payloads, tiles, checkpoints, cosignatures, findings;
	struct hash root;
};

/* Walk the whole log. `own_format`: entries are of log.proto's Entry (not a journal's rows).
 * Findings do not stop it. Errors: only of the store itself. */
IMS_MUST_CHECK int verify_log(struct store_txn *t, const char *origin, bool own_format, verify_finding_fn *finding,
			      verify_note_fn *note, void *ctx, struct verify_counts *ret);

#endif
