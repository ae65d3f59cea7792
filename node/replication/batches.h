/* SPDX-License-Identifier: Apache-2.0 */
/* From verified entries to the store's batches. Replication's own. */
#ifndef REPLICATION_BATCHES_H
#define REPLICATION_BATCHES_H

#include "replication/sync_int.h"

/* Judges the payloads of verified items of a log, at its edge, and hands all to the store; leaf: of each; awaited: see
 * struct sync_batch. The edge is behind them then. The store may answer from within. Errors are those of
 * package_judge_payload() and note_parse(): nothing was handed over. */
IMS_MUST_CHECK int batches_store(struct sync *s, struct sync_log *l, const struct sync_peer *p,
				 const struct msg_entries *e, const struct checkpoint *c,
				 const struct hash *leaf, bool awaited);

#endif
