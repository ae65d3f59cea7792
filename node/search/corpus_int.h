/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by corpus.c (life, counting) and corpus_compare.c (comparing, what is usual). */
#ifndef SEARCH_CORPUS_INT_H
#define SEARCH_CORPUS_INT_H

#include "search/corpus.h"

#define KEPT_SLOTS 16384
#define ORGANISATIONS_ARENA_BYTES ((size_t)128 << 20)
/* Where fewer than PROBES_MIN texts say what is usual. */
#define PROBES_MIN 30
#define USUAL_UNKNOWN 2.0

struct corpus {
	struct index *ix;
	struct likeness *likeness;
	int64_t loaded_to;		/* number of the last text that was counted */
	size_t changes, settled_texts;
	double usual;
	/* texts whose prominence among the others says what is usual */
	int64_t probe[LIKENESS_SAMPLE_MAX];
	size_t n_probes, probes_done;
	double probed[CORPUS_PROBES];
	/* organisations, as they were after so many writes */
	struct arena organisations_arena;
	struct index_doc *organisations;
	size_t n_organisations;
	uint64_t writes, organisations_at;
	/* terms of texts by number, the last of each slot */
	struct corpus_text *kept;
	size_t kept_bytes;
};

#endif
