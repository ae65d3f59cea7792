/* SPDX-License-Identifier: Apache-2.0 */
/* A C2SP tlog-proof file, and a line of hashes. */
#include "cli/proof_file.h"
#include "fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct proof_file p;
	struct merkle_proof hashes;
	struct errtext why;
	const struct hash leaf = {{0}};
	struct proof_verdict v = {.cosigners = {0}};
	const struct proof_trust nobody = {0};

	if (proof_file_parse(BYTES(data, size), &p, &why) == 0 &&
	    proof_file_verify(&p, &leaf, &nobody, &v, &why) == 0)
		__builtin_trap(); /* nobody is trusted */
	buf_fini(&v.cosigners);
	if (proof_hashes_parse(BYTES(data, size), &hashes, &why) == 0 && hashes.n > MERKLE_PROOF_MAX)
		__builtin_trap();
	return 0;
}
