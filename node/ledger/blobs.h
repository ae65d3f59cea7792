/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes of documents, by their SHA-256, in parts, for each log whose documents cite them by itself. What is not
 * whole, or has not the hash that it goes by, is given to nobody.
 *
 *            blob_cite()                    blob_append() … whole, and its hash is right
 *   nothing ─────────────> wanted ────────────────────────────────────────────> here
 *     │                                                                          ↑ │ blob_release()
 *     └── blob_append() ──> uploaded (whole or not) ────── blob_cite() ──────────┘ └──> nothing
 *
 *  B1. "wanted" and "here" are cited by a payload of that log that is stored (view/cites.h says by which); the last
 *      one that goes takes the bytes along. What nobody has cited yet waits, and is swept when it gets old.
 *  B2. A part is written with the hash of its bytes, and read against it: LMDB has no checksums (L3).
 *  B3. What one log's documents have brought is nothing to another's: bytes have come from the home of the log, along
 *      a way on which each was in the audience. Who has heard of a hash and cites it does not get, nor shows, what
 *      others' documents brought here under it.
 *
 * Every function works inside a transaction of the caller; errors, beside those named, are the store's.
 */
#ifndef LEDGER_BLOBS_H
#define LEDGER_BLOBS_H

#include "base/arena.h"
#include "base/bytes.h"
#include "ims/err.h"
#include "store/store.h"

#define BLOB_PART_BYTES (64u << 10)
#define BLOB_MAX_BYTES ((uint64_t)16 << 20)
#define BLOB_FROM_BYTES 13

/* Letters of keys: stored. */
enum blob_state { BLOB_HERE = 'h', BLOB_WANTED = 'w', BLOB_UPLOADED = 'u' };

struct blob {
	enum blob_state state;
	uint64_t bytes;			/* of all of it; while it is wanted as its documents say, the largest */
	uint64_t have;			/* from its start on; whole parts, or all */
	uint64_t time_ms;		/* when the last of them came; 0: it is not known */
	char from[BLOB_FROM_BYTES];	/* the region that gave the first of them; "": it was uploaded */
	bool mixed;			/* not all of them are of that region */
	bool pure;			/* bytes of several were wrong together: they are taken of one only */
};

/* One log's. */
struct blob_ref {
	uint32_t slot;
	struct hash sha256;
};

static inline bool blob_is_whole(const struct blob *b)
{
	return b->bytes && b->have == b->bytes;
}

/* IMS_E_NOT_FOUND, IMS_E_CORRUPT. */
IMS_MUST_CHECK int blob_find(struct store_txn *t, const struct blob_ref *of, struct blob *ret);
/* A payload of the log cites it, as a document of so many bytes. */
IMS_MUST_CHECK int blob_cite(struct store_txn *t, const struct blob_ref *of, uint64_t bytes);
/* Nothing cites it any more: row and bytes go. */
IMS_MUST_CHECK int blob_release(struct store_txn *t, const struct blob_ref *of);
/* The same, when what cites is made anew (a rebuild): what is here of it waits to be cited or swept. */
IMS_MUST_CHECK int blob_set_loose(struct store_txn *t, const struct blob_ref *of);

/* A piece that has come. offset 0: from the start, whatever was there. */
struct blob_piece {
	struct blob_ref of;
	uint64_t offset, total;
	struct bytes data;
	const char *from;		/* region; "": uploaded */
	uint64_t now_ms;
};
enum blob_outcome {
	BLOB_MORE,	/* taken, or there already: go on at `have` */
	BLOB_WHOLE,
	BLOB_WRONG,	/* it was the last piece, and the hash is another one: nothing is there any more */
};
/* Nothing is written on failure: IMS_E_INVALID (no such pieces), IMS_E_STALE (an uploaded one of another length),
 * IMS_E_NOT_FOUND (of a peer: it is not wanted). *ret is the row afterwards; of BLOB_WRONG as it was. */
IMS_MUST_CHECK int blob_append(struct store_txn *t, const struct blob_piece *p, enum blob_outcome *ret_outcome,
			       struct blob *ret);

/* Part n of one that is here, checked (B2); the span is the transaction's. IMS_E_NOT_FOUND past the end or when it
 * is not here, IMS_E_CORRUPT. */
IMS_MUST_CHECK int blob_part(struct store_txn *t, const struct blob_ref *of, uint64_t n, struct bytes *ret);
/* Hash all of it again: IMS_E_HASH, IMS_E_CORRUPT. */
IMS_MUST_CHECK int blob_verify(struct store_txn *t, const struct blob_ref *of);

/* Those of one state, of one log in the order of their hashes (slot 0: of all, log by log), after `after` (NULL: from
 * the first): until fn returns non-zero, which is returned. fn does not write. */
typedef int blob_each_fn(void *ctx, const struct blob_ref *of, const struct blob *b);
IMS_MUST_CHECK int blob_each(struct store_txn *t, enum blob_state state, uint32_t slot, const struct hash *after,
			     blob_each_fn *fn, void *ctx);
/* Bytes here, whole or not, of a log. */
uint64_t blob_bytes_of(struct store_txn *t, uint32_t slot);

#endif
