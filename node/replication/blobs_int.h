/* SPDX-License-Identifier: Apache-2.0 */
/* Fetching bytes of documents: blobs.c's state, of which one struct sync has one, and its calls. */
#ifndef REPLICATION_BLOBS_INT_H
#define REPLICATION_BLOBS_INT_H

#include "replication/distrust.h"
#include "replication/sync.h"

#define SYNC_BLOBS_IN_FLIGHT 4		/* documents whose bytes are on their way, each of another peer */
#define SYNC_BLOB_BYTES (256u << 10)	/* of one answer: whole parts of the store */
#define SYNC_BLOB_PART_BYTES (64u << 10)
#define SYNC_BLOB_RETRY_MS 5000	/* after the store refused */
#define SYNC_BLOB_PAUSE_MS 100		/* while there are others to be tried */

struct sync_log;

/* Of one document: asked for (id), or on to the store (storing). */
struct blob_pull {
	bool used, storing;
	struct hash sha256;
	struct sync_log *log;
	struct sync_peer *peer;		/* NULL: gone */
	char region[13];		/* its own */
	uint64_t id, offset, total, most;
	struct mono until;
};

struct blob_pulls {
	struct blob_pull of[SYNC_BLOBS_IN_FLIGHT];
	struct distrust distrusted[SYNC_DISTRUSTED_MAX];
	struct mono at;
	unsigned turn, log_turn;
	unsigned n_questions;		/* for whom one is, in this go */
};

void blobs_tick(struct sync *s);
void blobs_forget_peer(struct sync *s, struct sync_peer *p);
void blobs_stored(struct sync *s, struct sync_batch *b, int err);
IMS_MUST_CHECK int blobs_on_fetch(struct sync *s, struct sync_peer *p, const struct msg_blob_fetch *f);
IMS_MUST_CHECK int blobs_on_blobs(struct sync *s, struct sync_peer *p, const struct msg_blobs *m,
				  struct errtext *why);

#endif
