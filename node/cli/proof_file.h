/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Verifying without a node: a C2SP tlog-proof file (index, Merkle path, checkpoint) against a leaf
 * and keys that the verifier trusts. Pure: bytes in, verdict out.
 */
#ifndef CLI_PROOF_FILE_H
#define CLI_PROOF_FILE_H

#include "merkle/merkle.h"
#include "note/note.h"

struct roster;

struct proof_file {
	uint64_t index;
	struct merkle_proof path;
	struct bytes note;	/* into the input */
};
/* Errors: IMS_E_SYNTAX, IMS_E_UNSUPPORTED (another format or version), IMS_E_TOO_MANY. */
IMS_MUST_CHECK int proof_file_parse(struct bytes text, struct proof_file *ret, struct errtext *e);

/* A line of base64 hashes, as in consistency proofs. Errors as above. */
IMS_MUST_CHECK int proof_hashes_parse(struct bytes text, struct merkle_proof *ret, struct errtext *e);

/* Whom the verifier believes: a roster, or keys of the log. */
struct proof_trust {
	const struct roster *roster;	/* or NULL */
	const struct note_vkey *vkeys;
	size_t n_vkeys;
};

struct proof_verdict {
	struct checkpoint checkpoint;	/* into the input */
	char signed_by[NOTE_NAME_MAX_BYTES + 1];
	struct buf cosigners;		/* regions, separated by spaces; the caller ends it */
};
/* Errors: the verification errors of errors.def (IMS_E_SIGNATURE, _NO_KEY, _PROOF, _ORIGIN, …). */
IMS_MUST_CHECK int proof_file_verify(const struct proof_file *p, const struct hash *leaf,
				     const struct proof_trust *trust, struct proof_verdict *ret, struct errtext *e);
/* Only the checkpoint: its signature by a log key, and who cosigned it. */
IMS_MUST_CHECK int proof_checkpoint_verify(struct bytes note, const struct proof_trust *trust,
					   struct proof_verdict *ret, struct errtext *e);

#endif
