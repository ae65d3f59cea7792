/* SPDX-License-Identifier: Apache-2.0 */
#include "search/words.h"

#include <stdlib.h>

#include "base/text.h"

#define REPLACED 0xfffd

/* One character from the front; what is not UTF-8 is one byte of REPLACED. */
static uint32_t next_char(struct bytes *rest)
{
	static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
	const uint8_t *p = rest->p;
	uint32_t c = p[0];
	size_t more = c >= 0xf0 && c < 0xf5 ? 3 : c >= 0xe0 && c < 0xf0 ? 2 : c >= 0xc2 && c < 0xe0 ? 1 : 0;

	if (c < 0x80 || !more || rest->n <= more) {
		*rest = BYTES(p + 1, rest->n - 1);
		return c < 0x80 ? c : REPLACED;
	}
	c &= 0x3fu >> more;
	for (size_t i = 1; i <= more; i++) {
		if ((p[i] & 0xc0) != 0x80) {
			*rest = BYTES(p + 1, rest->n - 1);
			return REPLACED;
		}
		c = c << 6 | (p[i] & 0x3fu);
	}
	*rest = BYTES(p + more + 1, rest->n - more - 1);
	return c < least[more] || (c >= 0xd800 && c < 0xe000) ? REPLACED : c;
}

/* Latin letters with marks, from U+00C0 to U+017F, without them; a dot is no letter. */
static const char latin[] = "aaaaaaaceeeeiiiidnooooo.ouuuuytsaaaaaaaceeeeiiiidnooooo.ouuuuyty"
			    "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkkklllllll"
			    "lllnnnnnnnnnoooooooorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";

static bool is_mark(uint32_t c)
{
	return c >= 0x300 && c < 0x370;
}

static bool is_letter(uint32_t c)
{
	if (c < 0x80)
		return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
	if (c < 0xc0)
		return c == 0xb5 || c == 0xaa || c == 0xba;
	return c != REPLACED && c != 0xd7 && c != 0xf7 && !(c >= 0x2000 && c < 0x2c00) &&
	       !(c >= 0x3000 && c < 0x3005) && !(c >= 0x3008 && c < 0x3021) && !(c >= 0xe000 && c < 0xf900) &&
	       !(c >= 0xfe10 && c < 0xfe70) && !(c >= 0xff00 && c < 0xff10) && !(c >= 0xff1a && c < 0xff21);
}

/* Small, and without a mark where the letter is Latin. */
static uint32_t fold(uint32_t c)
{
	if (c >= 'A' && c <= 'Z')
		return c + 32;
	if (c >= 0xc0 && c < 0x180 && latin[c - 0xc0] != '.')
		return (uint8_t)latin[c - 0xc0];
	if ((c >= 0x391 && c <= 0x3a9) || (c >= 0x410 && c <= 0x42f))
		return c + 32;
	if (c >= 0x400 && c <= 0x40f)
		return c + 80;
	if (c == 0xb5)
		return 0x3bc; /* micro sign */
	return c;
}

static bool has_no_spaces(uint32_t c)
{
	return (c >= 0x3040 && c < 0x3100) || (c >= 0x3400 && c < 0xa000) || (c >= 0x20000 && c < 0x32000) ||
	       (c >= 0xe00 && c < 0xe80);
}

/* ---- stop words */
static const char *const stops[] = {
#define STOP(word, languages) word,
#include "search/stopwords.def"
#undef STOP
};
#define N_STOPS (sizeof(stops) / sizeof(stops[0]))

static int compare_stop(const void *key, const void *row)
{
	return bytes_cmp(*(const struct bytes *)key, bytes_of(*(const char *const *)row));
}

bool word_is_stop(struct bytes folded)
{
	return bsearch(&folded, stops, N_STOPS, sizeof(stops[0]), compare_stop) != NULL;
}

bool words_stops_are_sorted(void)
{
	for (size_t i = 1; i < N_STOPS; i++)
		if (bytes_cmp(bytes_of(stops[i - 1]), bytes_of(stops[i])) >= 0)
			return false;
	return true;
}

/* ---- words */
size_t word_text(const struct word *w, size_t max_chars, char *out)
{
	size_t n = 0;

	for (size_t i = 0; i < w->n && i < max_chars; i++)
		n += utf8_put(w->chars[i], out + n);
	out[n] = '\0';
	return n;
}

struct reading {
	words_fn *fn;
	void *ctx;
	struct word w;
};

static void end_word(struct reading *r, const uint8_t *end)
{
	char text[WORDS_BYTES_MAX + 1];
	size_t n;

	if (r->w.n >= 2) {
		r->w.raw.n = (size_t)(end - r->w.raw.p);
		n = word_text(&r->w, WORDS_CHARS_MAX, text);
		if (!word_is_stop(BYTES(text, n)))
			r->fn(r->ctx, &r->w);
	}
	r->w.n = 0;
}

static void add_char(struct reading *r, uint32_t c, const uint8_t *at)
{
	if (r->w.n == 0)
		r->w.raw = BYTES(at, 0);
	if (r->w.n < WORDS_CHARS_MAX)
		r->w.chars[r->w.n++] = c;
}

void words_each(struct bytes text, words_fn *fn, void *ctx)
{
	struct reading r = {.fn = fn, .ctx = ctx};
	struct bytes rest = text;
	bool pairs = false; /* the word is of a script without spaces */

	while (rest.n) {
		const uint8_t *at = rest.p;
		uint32_t c = fold(next_char(&rest));

		if (is_mark(c))
			continue;
		if (!is_letter(c) || (r.w.n && pairs != has_no_spaces(c)))
			end_word(&r, at);
		if (!is_letter(c))
			continue;
		pairs = has_no_spaces(c);
		add_char(&r, c, at);
		if (pairs && r.w.n == 2) {
			end_word(&r, rest.p);
			add_char(&r, c, at);
		}
	}
	end_word(&r, rest.p);
}
