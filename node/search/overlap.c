/* SPDX-License-Identifier: Apache-2.0 */
#include "search/overlap.h"

#include <math.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"

#define WORDS_NAMED 8
#define WORDS_LOOKED_AT 400 /* of a text, for naming them */

struct asking {
	struct corpus *c;
	const struct doc *d;
	struct arena *a;
	struct likeness_query *query[DOC_TEXTS_MAX]; /* one a language */
	size_t n;
};

/* Of a text that people gave: no word of it makes a reason long. */
#define SHOWN_WORD_BYTES 60

static void ask(struct asking *k)
{
	for (size_t i = 0; i < k->d->n_texts && i < DOC_TEXTS_MAX; i++) {
		struct index_text t = {.title = k->d->texts[i].title,
				       .keywords = k->d->keywords,
				       .body = k->d->texts[i].body};
		struct terms terms;

		index_terms(&t, &terms);
		k->query[k->n++] = likeness_ask(corpus_likeness(k->c), &terms);
		terms_fini(&terms);
	}
}

/* ---- words in common */
struct shared_word {
	struct bytes raw;
	uint32_t stem;
	double share;
};

struct naming {
	const struct likeness_query *q;
	const struct corpus_text *t;
	struct shared_word of[WORDS_LOOKED_AT];
	size_t n;
};

static void name_word(void *ctx, const struct word *w)
{
	struct naming *k = ctx;
	uint32_t stem = terms_stem(w);
	double share = likeness_share(k->q, &k->t->terms, &k->t->norm, stem);

	if (share <= 0 || k->n == WORDS_LOOKED_AT)
		return;
	for (size_t i = 0; i < k->n; i++)
		if (k->of[i].stem == stem)
			return;
	k->of[k->n++] = (struct shared_word){w->raw, stem, share};
}

static int by_share(const void *a, const void *b)
{
	const struct shared_word *x = a, *y = b;

	if (x->share != y->share)
		return x->share > y->share ? -1 : 1;
	return bytes_cmp(x->raw, y->raw);
}

static void put_reason(struct overlap_match *m, char *text)
{
	if (text && m->n_reasons < OVERLAP_REASONS_MAX)
		m->reasons[m->n_reasons++] = text;
}

static void put_shown(struct buf *b, const char *before, struct bytes word)
{
	bool whole = word.n <= SHOWN_WORD_BYTES;

	if (!whole) /* not within a character */
		for (word.n = SHOWN_WORD_BYTES; word.n && (word.p[word.n] & 0xc0) == 0x80;)
			word.n--;
	buf_printf(b, "%s%.*s%s", before, (int)word.n, (const char *)word.p, whole ? "" : "…");
}

static int explain_words(struct asking *k, const struct corpus_hit *hit, struct overlap_match *m)
{
	const struct doc_text *text = &k->d->texts[hit->variant];
	struct naming *n = mem_new(struct naming);
	struct buf b = {0};
	int err = corpus_text(k->c, hit->text, &n->t);

	n->q = k->query[hit->variant];
	if (!err) {
		words_each(text->title, name_word, n);
		words_each(k->d->keywords, name_word, n);
		words_each(text->body, name_word, n);
		if (n->n)
			qsort(n->of, n->n, sizeof(n->of[0]), by_share);
		for (size_t i = 0; i < n->n && i < WORDS_NAMED; i++)
			put_shown(&b, i ? ", " : "", n->of[i].raw);
		if (n->n)
			put_reason(m, arena_printf(k->a, "%zu word%s in common%s: %s", n->n,
						   n->n == 1 ? "" : "s",
						   n->n > WORDS_NAMED ? ", these the most" : "", buf_text(&b)));
	}
	buf_fini(&b);
	free(n);
	return err;
}

/* ---- facts in common */
static bool has_word(struct bytes list, struct bytes word)
{
	struct bytes part;

	while (text_split(&list, ' ', &part))
		if (bytes_eq(part, word))
			return true;
	return false;
}

static void explain_domains(struct asking *k, const struct doc *other, struct overlap_match *m)
{
	struct bytes rest = k->d->domains, part;
	struct buf b = {0};

	while (text_split(&rest, ' ', &part))
		if (part.n && has_word(other->domains, part))
			buf_printf(&b, "%s%.*s", b.n ? ", " : "", (int)part.n, (const char *)part.p);
	if (b.n)
		put_reason(m, arena_printf(k->a, "same technology domain: %s", buf_text(&b)));
	buf_fini(&b);
}

static void explain_facts(struct asking *k, const struct doc *other, struct overlap_match *m)
{
	if (k->d->source.n && bytes_eq(k->d->source, other->source))
		put_reason(m, arena_printf(k->a, "same source: %.*s", (int)other->source.n,
					   (const char *)other->source.p));
	if (k->d->acronym.n &&
	    bytes_eq(registry_fold(k->d->acronym, k->a), registry_fold(other->acronym, k->a)))
		put_reason(m, arena_printf(k->a, "same acronym: %.*s", (int)other->acronym.n,
					   (const char *)other->acronym.p));
	explain_domains(k, other, m);
}

/* ---- answers */
static double clamp(double v)
{
	v = v < 0 ? 0 : v > 1 ? 1 : v;
	return round(1000 * v) / 1000; /* more digits would say more than is known */
}

static int put_match(struct asking *k, const struct corpus_hit *hit, struct overlap_match *m)
{
	struct index_doc other;
	int err = index_get(corpus_index(k->c), hit->doc, k->a, &other);

	if (err)
		return err;
	*m = (struct overlap_match){.id = other.doc.id,
				    .source = other.doc.source,
				    .title = other.doc.name,
				    .state = other.doc.state,
				    .score = clamp(hit->score.likeness)};
	if (hit->score.cosine >= OVERLAP_COPY) {
		m->alarm = true;
		put_reason(m, arena_printf(k->a, "nearly the same text: %.0f %% alike",
					   100 * hit->score.cosine));
	}
	explain_facts(k, &other.doc, m);
	return explain_words(k, hit, m);
}

/* The first one stands out. */
static void alarm_first(struct asking *k, const struct corpus_hits *hits, struct overlap *ret)
{
	struct overlap_match *m = ret->matches;

	ret->unusual = exp(corpus_prominence(hits) - corpus_usual(k->c));
	if (!ret->n || ret->unusual < OVERLAP_UNUSUAL || hits->of[0].score.breadth < OVERLAP_BREADTH)
		return;
	m->alarm = true;
	put_reason(m, arena_printf(k->a,
				   "stands out among all that is alike %.1f times as much as is usual here",
				   ret->unusual));
}

/* Of equals the lower id comes first. */
static int by_score(const void *a, const void *b)
{
	const struct overlap_match *x = a, *y = b;

	if (x->score != y->score)
		return x->score > y->score ? -1 : 1;
	return bytes_cmp(x->id, y->id);
}

static int answer(struct asking *k, const struct corpus_hits *hits, size_t max, struct overlap *ret)
{
	size_t n = hits->n < max ? hits->n : max;
	int err = 0;

	ret->matches = arena_array(k->a, n + 1, sizeof(*ret->matches));
	if (!ret->matches)
		return IMS_E_NOMEM;
	while (!err && ret->n < n) {
		err = put_match(k, &hits->of[ret->n], &ret->matches[ret->n]);
		ret->n += !err;
	}
	if (err)
		return err;
	alarm_first(k, hits, ret);
	if (ret->n)
		qsort(ret->matches, ret->n, sizeof(*ret->matches), by_score);
	return arena_failed(k->a) ? IMS_E_NOMEM : 0;
}

int overlap_find(struct corpus *c, const struct doc *d, size_t max, struct arena *a, struct overlap *ret)
{
	struct asking k = {.c = c, .d = d, .a = a};
	struct index_doc self = {.number = 0};
	struct corpus_hits hits;
	int err = d->id.n ? index_find(corpus_index(c), d->id, a, &self) : 0;

	*ret = (struct overlap){0};
	if (err && err != IMS_E_NOT_FOUND)
		return err;
	ask(&k);
	err = corpus_compare(c, DOC_INITIATIVE, k.query, k.n, self.number, &hits);
	if (!err) {
		err = answer(&k, &hits, max < OVERLAP_MATCHES_MAX ? max : OVERLAP_MATCHES_MAX, ret);
		corpus_hits_fini(&hits);
	}
	for (size_t i = 0; i < k.n; i++)
		likeness_query_free(k.query[i]);
	return err;
}
