/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A payload as it is stored and travels: packed by zstd (RFC 8878) at level 1, each alone. There is no
 * dictionary, which would keep of an erased payload what it has learnt from it, and no checksum: the commitment,
 * which is to what it unpacks to, is one. A node keeps and passes on the packed form that it was given, so what
 * counts as one is narrow: one frame that says its size, is a single segment (so no window is asked for), has
 * neither dictionary nor checksum, and saves what packing here must save.
 * Any thread; each keeps its own contexts until it ends.
 */
#ifndef WIRE_PACK_H
#define WIRE_PACK_H

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
/* The length of the payload that a packed form claims to be of, by its first bytes: PACK_MIN_BYTES to
 * PAYLOAD_MAX_BYTES, and longer than it by what packing must save. 0: it is none. */
size_t payload_packed_claim(struct bytes packed);
/* The payload, in the arena, of which no more is taken than is claimed. Errors: IMS_E_CORRUPT (no packed form: by
 * its claim, or what it holds is longer, shorter, or not all there is), arena_error(), IMS_E_NOMEM. */
IMS_MUST_CHECK int payload_unpack(struct bytes packed, struct arena *a, struct bytes *ret);

#endif
