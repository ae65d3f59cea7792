/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes of documents as replication and the store tell each other of them (sync.h). */
#ifndef REPLICATION_SYNC_BLOB_H
#define REPLICATION_SYNC_BLOB_H

#include <stdbool.h>

#include "base/bytes.h"

/* Bytes of a document that came, for a batch of their own; what the store says of them is for sync_stored(). */
struct sync_piece {
	struct hash sha256;
	uint64_t offset, total;		/* offset 0: from the start, whatever is there */
	struct bytes data;
	uint64_t have;			/* answer: here now, from the start on */
	bool whole, mixed;		/* answer: all of them, and right; wrong ones (IMS_E_HASH) were of several */
};

/* A document of a log whose bytes are wanted. */
struct sync_blob {
	struct hash sha256;
	uint64_t bytes, have;		/* as its documents say, the largest; here, from the start on */
	char from[13];			/* who gave those */
	bool pure;			/* they are to be of one region */
	bool no_room;			/* among the documents of its region */
};

#endif
