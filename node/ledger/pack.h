/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A payload as it is stored: packed by zstd (RFC 8878) at level 1, each alone. There is no dictionary, which
 * would keep of an erased payload what it has learnt from it, and no checksum: the commitment is one.
 * Any thread; each keeps its own contexts until it ends.
 */
#ifndef LEDGER_PACK_H
#define LEDGER_PACK_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/buf.h"
#include "ims/err.h"

#define PACK_MIN_BYTES 200	/* what is shorter stays as it is */
#define PACK_LEAST_GAIN 8	/* and what does not get shorter by this part of it */

/* Append the packed form of a payload to `out`. False: it is to be stored as it is, being short, longer than a
 * payload may be (PAYLOAD_MAX_BYTES), or of what cannot be packed, and `out` is as it was; or there is no memory,
 * which out->failed tells. */
bool payload_pack(struct bytes payload, struct buf *out);
/* The payload, in the arena, of which no more is taken than a payload may have. Errors: IMS_E_CORRUPT (nothing that
 * payload_pack() has made), arena_error(), IMS_E_NOMEM. */
IMS_MUST_CHECK int payload_unpack(struct bytes packed, struct arena *a, struct bytes *ret);

#endif
