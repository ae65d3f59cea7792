/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Evidence of two histories of a log, as it is kept: two notes and nodes, nothing of it looked at here
 * (replication/evidence.h says what they mean and verifies them).
 */
#ifndef LEDGER_EVIDENCE_H
#define LEDGER_EVIDENCE_H

#include "base/bytes.h"
#include "ims/err.h"
#include "store/store.h"

#define LEDGER_EVIDENCE_KEPT 2	/* of a log: what was found here, and what others can verify */

struct evidence_row {
	struct bytes note_a, note_b, nodes;	/* read: borrowed from the transaction */
};

/* Keep one more, under a time that is later than those there. Beyond LEDGER_EVIDENCE_KEPT it is
 * not kept, which is no error. */
IMS_MUST_CHECK int evidence_put(struct store_txn *t, const char *origin, uint64_t time_ms,
				const struct evidence_row *row);
/* The last that was put. Errors: IMS_E_NOT_FOUND, IMS_E_CORRUPT. */
IMS_MUST_CHECK int evidence_newest(struct store_txn *t, const char *origin, struct evidence_row *ret);

#endif
