/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by copy.c and backup.c. */
#ifndef LEDGER_COPY_INT_H
#define LEDGER_COPY_INT_H

#include "base/buf.h"
#include "ledger/backup.h"

IMS_MUST_CHECK int copy_marker_put(struct store_txn *t, const struct copy_marker *m);

#endif
