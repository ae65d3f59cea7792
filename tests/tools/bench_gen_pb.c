/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Seeded payloads of initiatives for the benchmark: bench_gen_pb FILE COUNT [SEED].
 *
 * A record depends on the seed and its number alone, so a short file is the beginning of a long
 * one. Titles and abstracts are drawn from 40,000 words with weights 1 / (rank + 2.7)^1.05
 * (Zipf-Mandelbrot), as words of a language are; frequent words are short. About 1.5 KB a record.
 */
#include <ctype.h>

#include "pb/registry.pb-c.h"

#include "base/arena.h"
#include "base/buf.h"
#include "bench/measure.h"
#include "wire/codec.h"

#define WORDS 40000
#define ARENA_BYTES (256u << 10)
#define ABSTRACT_MEAN 1185.0 /* its last sentence runs over by some 40 bytes */
#define ABSTRACT_DEVIATION 220.0
#define PARTICIPANTS_MAX 5
#define DOMAINS_MAX 3
#define KEYWORDS 3
#define ORGANISATIONS 2000

static double cumulative[WORDS];

static const char *const onsets[] = {"b", "c", "d", "f", "g",  "h",  "l",  "m",	 "n",  "p",
				     "r", "s", "t", "v", "br", "cr", "pl", "st", "tr", "th"};
static const char vowels[] = "aeiou";
static const char *const states[] = {"submitted", "seeking-partners", "active",
				     "active",	  "active",	      "completed"};
static const char *const countries[] = {"DE", "FR", "IT", "ES", "PL", "NL",
					"SE", "FI", "DK", "AT", "MX", "US"};
static const char *const roles[] = {"coordinator", "participant", "participant", "participant",
				    "associated-partner"};

#define PICK(list, rng) (list)[chance(rng) % (sizeof(list) / sizeof((list)[0]))]

/* From one rank to the next the weight falls by (1 - e)^1.05, e = 1 / (rank + 2.7); of the part
 * with the exponent 0.05 two terms of the series are enough. */
static void weigh_words(void)
{
	double sum = 0, weight = 1;

	for (size_t i = 0; i < WORDS; i++) {
		double e = 1 / ((double)i + 2 + 2.7);

		cumulative[i] = sum += weight;
		weight *= (1 - e) * (1 - 0.05 * e - 0.02375 * e * e);
	}
	for (size_t i = 0; i < WORDS; i++)
		cumulative[i] /= sum;
}

static double unit(uint64_t *rng)
{
	return (double)(chance(rng) >> 11) * 0x1p-53;
}

static size_t draw_rank(uint64_t *rng)
{
	double u = unit(rng);
	size_t low = 0, high = WORDS - 1;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (cumulative[middle] < u)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* A word is its rank written in syllables, a consonant and a vowel each: no two are alike. */
static void put_word(struct buf *b, size_t rank)
{
	const size_t base = sizeof(onsets) / sizeof(onsets[0]) * (sizeof(vowels) - 1);

	for (;; rank = rank / base - 1) {
		size_t syllable = rank % base;

		buf_put_text(b, onsets[syllable / (sizeof(vowels) - 1)]);
		buf_put_u8(b, (uint8_t)vowels[syllable % (sizeof(vowels) - 1)]);
		if (rank < base)
			return;
	}
}

static void put_words(struct buf *b, size_t n, uint64_t *rng)
{
	size_t start = b->n;

	for (size_t i = 0; i < n; i++) {
		if (i)
			buf_put_u8(b, ' ');
		put_word(b, draw_rank(rng));
	}
	b->p[start] = (uint8_t)toupper(b->p[start]);
}

/* The sum of twelve uniform numbers is as good as normal. */
static size_t abstract_bytes(uint64_t *rng)
{
	double sum = -6, want;

	for (int i = 0; i < 12; i++)
		sum += unit(rng);
	want = ABSTRACT_MEAN + sum * ABSTRACT_DEVIATION;
	return want < 300 ? 300 : want > 2400 ? 2400 : (size_t)want;
}

static char *words(struct arena *a, size_t n, uint64_t *rng)
{
	struct buf b = {0};
	char *text;

	put_words(&b, n, rng);
	text = arena_text(a, buf_bytes(&b));
	buf_fini(&b);
	return text;
}

static char *abstract(struct arena *a, uint64_t *rng)
{
	size_t want = abstract_bytes(rng);
	struct buf b = {0};
	char *text;

	do {
		if (b.n)
			buf_put_u8(&b, ' ');
		put_words(&b, 9 + chance(rng) % 16, rng);
		buf_put_u8(&b, '.');
	} while (b.n < want);
	text = arena_text(a, buf_bytes(&b));
	buf_fini(&b);
	return text;
}

static void put_participants(Ims__Registry__Initiative *m, struct arena *a, uint64_t *rng)
{
	uint64_t first = chance(rng) % ORGANISATIONS; /* neighbours, so that none takes part twice */

	m->n_participants = 1 + chance(rng) % PARTICIPANTS_MAX;
	m->participants = arena_array(a, m->n_participants, sizeof(*m->participants));
	for (size_t i = 0; i < m->n_participants; i++) {
		Ims__Registry__Participant *who = arena_alloc(a, sizeof(*who));

		ims__registry__participant__init(who);
		who->organisation = arena_printf(a, "eu-o-%" PRIu64, first + i + 1);
		who->role = arena_printf(a, "%s", PICK(roles, rng));
		who->country = arena_printf(a, "%s", PICK(countries, rng));
		who->share_hundredths = (int64_t)(chance(rng) % 100000000);
		m->participants[i] = who;
	}
}

static void put_lists(Ims__Registry__Initiative *m, struct arena *a, uint64_t *rng)
{
	uint64_t first = chance(rng) % 30;

	m->n_domains = 1 + chance(rng) % DOMAINS_MAX;
	m->domains = arena_array(a, m->n_domains, sizeof(*m->domains));
	for (size_t i = 0; i < m->n_domains; i++)
		m->domains[i] = arena_printf(a, "T%02" PRIu64, first + i + 1);
	m->n_keywords = KEYWORDS;
	m->keywords = arena_array(a, m->n_keywords, sizeof(*m->keywords));
	for (size_t i = 0; i < m->n_keywords; i++)
		m->keywords[i] = words(a, 2, rng);
}

/* Everything in the arena, whose budget holds any record. */
static void make(struct buf *out, uint64_t seed, uint64_t number_of)
{
	Ims__Registry__Initiative m;
	Ims__Registry__Text title, text, *titles = &title, *texts = &text;
	Ims__Registry__Source source;
	uint64_t rng = (seed << 32 ^ number_of) * 0x9e3779b97f4a7c15u + 1, year;
	struct arena a;

	ims__registry__initiative__init(&m);
	ims__registry__text__init(&title);
	ims__registry__text__init(&text);
	ims__registry__source__init(&source);
	arena_init(&a, ARENA_BYTES);
	title.lang = text.lang = arena_printf(&a, "en");
	title.text = words(&a, 5 + chance(&rng) % 7, &rng);
	text.text = abstract(&a, &rng);
	m.n_title = m.n_abstract = 1;
	m.title = &titles;
	m.abstract = &texts;
	m.acronym = words(&a, 1, &rng);
	m.platform = arena_printf(&a, "P%" PRIu64, 1 + chance(&rng) % 5);
	put_lists(&m, &a, &rng);
	m.budget_hundredths = (int64_t)(20 + chance(&rng) % 8980) * 100000;
	m.currency = arena_printf(&a, "EUR");
	year = 2008 + chance(&rng) % 19;
	m.start = arena_printf(&a, "%" PRIu64 "-%02" PRIu64 "-01", year, 1 + chance(&rng) % 12);
	m.end = arena_printf(&a, "%" PRIu64 "-%02" PRIu64 "-28", year + 1 + chance(&rng) % 5,
			     1 + chance(&rng) % 12);
	m.state = arena_printf(&a, "%s", PICK(states, &rng));
	put_participants(&m, &a, &rng);
	source.scheme = arena_printf(&a, "bench");
	source.id = arena_printf(&a, "%016" PRIx64 "-%" PRIu64, chance(&rng), number_of);
	m.source = &source;
	if (arena_failed(&a))
		die("a record is larger than planned");
	codec_pack(&m.base, out);
	arena_fini(&a);
}

int main(int argc, char **argv)
{
	uint64_t count, seed, total = 0;
	struct buf record = {0};
	FILE *f;

	if (argc < 3 || argc > 4)
		die("usage: bench_gen_pb FILE COUNT [SEED]");
	count = number("COUNT", argv[2]);
	seed = argc > 3 ? number("SEED", argv[3]) : 1;
	f = fopen(argv[1], "we");
	if (!f)
		die("cannot write %s", argv[1]);
	weigh_words();
	for (uint64_t i = 0; i < count; i++) {
		uint8_t length[4];

		buf_clear(&record);
		make(&record, seed, i);
		be32_put(length, (uint32_t)record.n);
		total += record.n;
		if (fwrite(length, 1, 4, f) != 4 || fwrite(record.p, 1, record.n, f) != record.n)
			die("cannot write %s", argv[1]);
	}
	if (fclose(f) != 0)
		die("cannot write %s", argv[1]);
	buf_fini(&record);
	printf("{\"n\": %" PRIu64 ", \"mean_bytes\": %.1f}\n", count,
	       count ? (double)total / (double)count : 0);
	return 0;
}
