/* SPDX-License-Identifier: Apache-2.0 */
/* A leaf, as entry and as row of a journal. What is decoded can be encoded. */
#include "base/check.h"
#include "fuzz/fuzz.h"
#include "wire/codec.h"
#include "wire/entry.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes leaf = BYTES(data, size);
	struct journal_row row;
	struct entry en;
	struct arena a;
	struct buf b;

	buf_init(&b, 0);
	arena_init(&a, codec_budget(size));
	if (entry_decode(leaf, &a, &en, NULL) == 0)
		CHECK(entry_encode(&en, &b) == 0);
	arena_fini(&a);
	arena_init(&a, codec_budget(size));
	if (journal_row_decode(leaf, &a, &row, NULL) == 0)
		CHECK(journal_row_encode(&row, &b) == 0);
	arena_fini(&a);
	buf_fini(&b);
	return 0;
}
