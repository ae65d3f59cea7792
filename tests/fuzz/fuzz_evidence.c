/* SPDX-License-Identifier: Apache-2.0 */
/* Evidence as a file: what is taken is whole hashes and notes, and is written as it was. */
#include "fuzz/fuzz.h"
#include "replication/evidence.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf nodes = {0}, again = {0};
	struct evidence e;
	struct errtext why;

	if (evidence_parse(BYTES(data, size), &nodes, &e, &why) == 0) {
		evidence_put_text(&e, &again);
		if (again.failed || !bytes_eq(buf_bytes(&again), BYTES(data, size)))
			__builtin_trap();
		if (e.nodes.n > EVIDENCE_NODES_MAX * sizeof(struct hash))
			__builtin_trap();
		(void)evidence_is_portable(&e);
	}
	buf_fini(&nodes);
	buf_fini(&again);
	return 0;
}
