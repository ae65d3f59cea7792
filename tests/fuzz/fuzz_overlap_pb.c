/* SPDX-License-Identifier: Apache-2.0 */
/* A text that is to be compared: the JSON as people have it, then its words and terms, which take any bytes. */
#include "base/check.h"
#include "base/text.h"
#include "cli/overlap_file.h"
#include "fuzz/fuzz.h"
#include "pb/registry.pb-c.h"
#include "search/terms.h"

static void check_word(void *ctx, const struct word *w)
{
	const struct bytes *text = ctx;
	char folded[WORDS_BYTES_MAX + 1];

	CHECK(w->n >= 2 && w->n <= WORDS_CHARS_MAX);
	CHECK(w->raw.p >= text->p && w->raw.p + w->raw.n <= text->p + text->n);
	CHECK(utf8_valid(BYTES(folded, word_text(w, WORDS_CHARS_MAX, folded))));
}

static void check_terms(struct bytes text)
{
	struct terms_builder b;
	struct terms t;

	terms_begin(&b);
	terms_add(&b, text, 1);
	terms_end(&b, &t);
	for (int set = 0; set < TERMS_SETS; set++)
		for (uint32_t i = 0; i < t.n[set]; i++)
			CHECK(t.of[set][i].number < TERMS_COUNT &&
			      (!i || t.of[set][i - 1].number < t.of[set][i].number));
	terms_fini(&t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes text = BYTES(data, size);
	Ims__Registry__Initiative m;
	struct errtext e;
	struct arena a;

	words_each(text, check_word, &text);
	check_terms(text);
	arena_init(&a, 1u << 20);
	if (overlap_file_read(text, &a, &m, &e) == 0)
		CHECK(m.n_title + m.n_abstract > 0);
	arena_fini(&a);
	return 0;
}
