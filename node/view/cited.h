/* SPDX-License-Identifier: Apache-2.0 */
/* What stands behind a citation: the entry itself, not what its record is now. */
#ifndef VIEW_CITED_H
#define VIEW_CITED_H

#include "base/arena.h"
#include "ims/err.h"
#include "store/store.h"

struct Ims__Registry__Citation;

/* 0: it is here, counts, has that leaf and made that record. IMS_E_NOT_FOUND: it is not here (yet); IMS_E_LEAF: an
 * entry with another leaf hash stands there; IMS_E_INVALID: it made another record; else a failure of this node. */
IMS_MUST_CHECK int cited_check(struct store_txn *t, const struct Ims__Registry__Citation *c);
/* The first three of them in words. */
const char *cited_words(int err);

#endif
