/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A text as two sets of terms with how often they stand in it: its stems, and the pieces of
 * TERMS_PIECE_CHARS characters of its words, which also meet when words are put together otherwise or come
 * from another language. A term is a number of TERMS_BITS bits, a hash: two may fall together, rarely.
 *
 * Pure. An object belongs to whoever built it. Memory: 8 bytes a term, some 7 kB of a usual text.
 */
#ifndef SEARCH_TERMS_H
#define SEARCH_TERMS_H

#include "base/bytes.h"
#include "search/words.h"

#define TERMS_BITS 21
#define TERMS_COUNT (1u << TERMS_BITS)
#define TERMS_PIECE_CHARS 5
#define TERMS_MAX 200000	/* of one text; what comes later is not counted */

struct term {
	uint32_t number;
	float often;	/* square root of the weighted count */
};

enum terms_set { TERMS_STEMS, TERMS_PIECES, TERMS_SETS };

/* Each set in ascending order of number. */
struct terms {
	struct term *of[TERMS_SETS];
	uint32_t n[TERMS_SETS];
};

struct terms_builder {
	struct term *list[TERMS_SETS];
	size_t n[TERMS_SETS], capacity[TERMS_SETS];
	float weight;
};

/* terms_begin, terms_add for each field with its weight (title twice that of the text, say), terms_end. */
void terms_begin(struct terms_builder *b);
void terms_add(struct terms_builder *b, struct bytes text, double weight);
/* Ends the builder. */
void terms_end(struct terms_builder *b, struct terms *ret);
void terms_fini(struct terms *t);
size_t terms_bytes(const struct terms *t);
/* The term of a word's stem. */
uint32_t terms_stem(const struct word *w);

#endif
