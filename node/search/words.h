/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A text as words that can be compared: small letters without accents, of every script. What stands
 * between letters and digits ends a word; scripts that write without spaces give a word for every two
 * characters that stand together. Words that only hold sentences together (stopwords.def) are left out.
 *
 * A stem is the first WORDS_STEM_CHARS characters of a word: coarse, but the same for "recycle",
 * "recycling" and "reciclaje"'s English cousins, without a rule of any one language.
 *
 * Pure; any bytes are a text, what is not UTF-8 separates words.
 */
#ifndef SEARCH_WORDS_H
#define SEARCH_WORDS_H

#include <stdbool.h>

#include "base/bytes.h"

#define WORDS_CHARS_MAX 48	/* of a word; the rest of a longer one is dropped */
#define WORDS_STEM_CHARS 5
#define WORDS_BYTES_MAX (WORDS_CHARS_MAX * 4)

struct word {
	uint32_t chars[WORDS_CHARS_MAX];	/* folded */
	size_t n;
	struct bytes raw;			/* where it stands in the text */
};

typedef void words_fn(void *ctx, const struct word *w);
/* Each word of two characters or more that is no stop word. */
void words_each(struct bytes text, words_fn *fn, void *ctx);
/* The folded word, or its stem, as UTF-8, into out[WORDS_BYTES_MAX + 1]; its length. */
size_t word_text(const struct word *w, size_t max_chars, char *out);
/* Folded, is it a stop word of any language that is listed? */
bool word_is_stop(struct bytes folded);
/* Are the rows of stopwords.def in order, so that one is found? For its test. */
bool words_stops_are_sorted(void);

#endif
