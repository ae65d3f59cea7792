/* SPDX-License-Identifier: Apache-2.0 */
/* The writer's job that brings bytes of a document: a client's, before their record, or a peer's, after it. */
#ifndef VIEW_COMMIT_BLOB_H
#define VIEW_COMMIT_BLOB_H

#include "ledger/blobs.h"

struct commit_blob {
	char *origin;			/* log of the document that wants them; NULL: a client brings them */
	char *peer;			/* region that gave them; "" */
	struct hash sha256;
	uint64_t offset, total;
	struct bytes data;		/* owned memory, free(); empty, of a client: it asks how many are here */
	/* answer */
	uint64_t ret_have;
	enum blob_outcome ret_outcome;
	bool ret_mixed;			/* BLOB_WRONG, and it cannot be told who gave which */
};

#endif
