/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Evidence: two checkpoints that one log signed and that cannot both be true (DESIGN section 4).
 * Pure: bytes in, verdict out; the roster is all that a verifier needs. Any thread.
 *
 * Sizes equal, roots different: the two notes are the whole of it, there are no nodes.
 *
 * Sizes m < n: the nodes lead from the larger root to another root at m than the one signed:
 *
 *   nodes[0]    MTH(D[0:m]) of the larger note's tree D
 *   nodes[1..]  PROOF(m, D[n]) of RFC 6962 section 2.1.2, which the larger root and nodes[0] verify
 *
 * The root at m that the larger note commits to is thereby nodes[0] and no other; it differs from
 * the root that the smaller note signs. For m = 0 the nodes are the empty tree's root alone.
 *
 * Notes stand in any order. Two notes of two sizes without nodes are not portable: whoever found
 * the conflict saw it by what it stores, and nobody else can by these alone.
 *
 * As a file: `ims-evidence/1`, a line `node <base64>` for each node, then for each note a line
 * `note <bytes>` and so many bytes, the note as it came.
 */
#ifndef REPLICATION_EVIDENCE_H
#define REPLICATION_EVIDENCE_H

#include "base/buf.h"
#include "ims/err.h"
#include "merkle/merkle.h"
#include "note/note.h"
#include "replication/roster.h"

#define EVIDENCE_NODES_MAX (1 + MERKLE_PROOF_MAX)
#define EVIDENCE_MAGIC "ims-evidence/1\n"
#define EVIDENCE_FILE_MAX_BYTES (2 * NOTE_MAX_BYTES + 8192)

/* Borrows its bytes. */
struct evidence {
	struct bytes note_a, note_b;
	struct bytes nodes;	/* 32 bytes each */
};

/* What it proves; points into the notes. */
struct evidence_verdict {
	struct checkpoint smaller, larger;
	struct hash root;	/* at the smaller size, by the larger checkpoint */
};

/* Errors: those of roster_verify_checkpoint() for either note; IMS_E_ORIGIN (heads of two logs),
 * IMS_E_PROOF (it does not prove two histories, or is not portable). */
IMS_MUST_CHECK int evidence_verify(const struct evidence *e, const struct roster *r, struct evidence_verdict *ret,
				   struct errtext *why);
/* By its form alone: could anybody verify it? Two sizes without nodes, or no notes: no. */
bool evidence_is_portable(const struct evidence *e);

/* MTH(D[lo:hi]) of the larger tree, for the spans that the nodes are of; IMS_E_NOT_FOUND. */
typedef int evidence_span_fn(void *ctx, uint64_t lo, uint64_t hi, struct hash *ret);
/* Append the nodes for sizes m <= n. Nothing is appended on failure.
 * Errors: the callback's, IMS_E_RANGE, IMS_E_NOMEM. */
IMS_MUST_CHECK int evidence_put_nodes(evidence_span_fn *span, void *ctx, uint64_t m, uint64_t n, struct buf *out);

/* The file. evidence_parse() borrows the text and unpacks the nodes into `nodes`.
 * Errors: IMS_E_UNSUPPORTED (does not begin with the magic line), IMS_E_SYNTAX, IMS_E_TOO_MANY. */
bool evidence_is_file(struct bytes text);
void evidence_put_text(const struct evidence *e, struct buf *out);
IMS_MUST_CHECK int evidence_parse(struct bytes text, struct buf *nodes, struct evidence *ret, struct errtext *why);

#endif
