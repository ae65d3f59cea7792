/* SPDX-License-Identifier: Apache-2.0 */
/* A leaf, as entry and as row of a journal. What is decoded encodes, and from then on to itself. */
#include "base/check.h"
#include "fuzz/fuzz.h"
#include "fuzz/mutate_pb.h"
#include "wire/codec.h"
#include "wire/entry.h"

const size_t mutate_pb_prefix = 0;

static void entry(struct bytes leaf)
{
	struct buf once = {0}, twice = {0};
	struct entry en;
	struct arena a;

	arena_init(&a, codec_budget(leaf.n));
	if (entry_decode(leaf, &a, &en, NULL) == 0) {
		CHECK(entry_encode(&en, &once) == 0 && once.n <= leaf.n + 64);
		CHECK(entry_decode(buf_bytes(&once), &a, &en, NULL) == 0 && entry_encode(&en, &twice) == 0);
		CHECK(bytes_eq(buf_bytes(&once), buf_bytes(&twice)));
	}
	arena_fini(&a);
	buf_fini(&once);
	buf_fini(&twice);
}

static void row(struct bytes leaf)
{
	struct buf once = {0}, twice = {0};
	struct journal_row row;
	struct arena a;

	arena_init(&a, codec_budget(leaf.n));
	if (journal_row_decode(leaf, &a, &row, NULL) == 0) {
		CHECK(journal_row_encode(&row, &once) == 0);
		CHECK(journal_row_decode(buf_bytes(&once), &a, &row, NULL) == 0);
		CHECK(journal_row_encode(&row, &twice) == 0 && bytes_eq(buf_bytes(&once), buf_bytes(&twice)));
	}
	arena_fini(&a);
	buf_fini(&once);
	buf_fini(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	entry(BYTES(data, size));
	row(BYTES(data, size));
	return 0;
}
