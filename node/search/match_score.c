/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of a score, and what is said of each. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "search/match_int.h"

#define SPREAD 20.0 /* of sums of small squares: ln(1 + 20 x) / 3 reaches 1 at 0.95 */
#define TEXT_SPREAD 3.0
#define MANY 100.0 /* initiatives: more make nobody more experienced */

const char *match_feature_id(enum match_feature f)
{
	static const char *const ids[] = {
#define FEATURE(NAME, id) id,
#include "search/match.def"
#undef FEATURE
	};

	return ids[f];
}

static int load_weight(const struct reference *ref, enum match_feature f, struct match_weights *ret,
		       struct errtext *e)
{
	struct bytes id = bytes_of(match_feature_id(f)),
		     text = reference_get(ref, "match-weights", id, "weight");
	char number[32], *end;

	if (!text.n)
		return errtext_set(e, IMS_E_NOT_FOUND, "match-weights.csv has no row %s",
				   match_feature_id(f));
	snprintf(number, sizeof(number), "%.*s", (int)text.n, (const char *)text.p);
	ret->of[f] = strtod(number, &end);
	if (*end || !(ret->of[f] >= 0 && ret->of[f] <= 100))
		return errtext_set(e, IMS_E_SYNTAX,
				   "match-weights.csv: weight of %s is no number from 0 to 100",
				   match_feature_id(f));
	ret->name[f] = reference_get(ref, "match-weights", id, "name");
	return 0;
}

int match_weights_load(const struct reference *ref, struct match_weights *ret, struct errtext *e)
{
	int err = 0;

	*ret = (struct match_weights){.of = {0}};
	for (int f = 0; !err && f < MATCH_FEATURES; f++)
		err = load_weight(ref, (enum match_feature)f, ret, e);
	return err;
}

/* ---- parts */
struct scoring {
	const struct match_ask *q;
	const struct match_wish *w;
	const struct index_doc *o;
	const struct match_deeds *d;
	struct arena *a;
	struct match_item *item;
};

static void add(struct scoring *s, enum match_feature f, double value, char *text)
{
	double points = s->q->weights->of[f] * fmin(1, value);

	if (!(points > 0))
		return;
	s->item->score += points;
	s->item->lines[s->item->n_lines++] = (struct match_line){f, fmin(1, value), points, text};
}

#define SAY(s, ...) ((s)->a ? arena_printf((s)->a, __VA_ARGS__) : NULL)

static void score_deeds(struct scoring *s)
{
	static const struct match_deeds none;
	const struct match_deeds *d = s->d ? s->d : &none;
	uint64_t uses = s->o->uses;

	if (s->w->hidden_takes_part && s->o->number == s->w->hidden && uses)
		uses--;
	add(s, MATCH_TRACK, log1p(SPREAD * d->track) / 3,
	    SAY(s, "%u initiatives with something in common, the most alike %.2f", d->alike,
		d->best_likeness));
	add(s, MATCH_PARTNERS, log1p(SPREAD * d->partners) / 3,
	    SAY(s, "%u initiatives together with those who take part", d->shared));
	add(s, MATCH_TEXT, TEXT_SPREAD * d->text, SAY(s, "its own words are %.2f alike", d->text));
	add(s, MATCH_EXPERIENCE, log1p((double)uses) / log1p(MANY),
	    SAY(s, "%llu initiatives", (unsigned long long)uses));
}

static bool has(struct bytes list, struct bytes word)
{
	struct bytes part;

	while (word.n && text_split(&list, ' ', &part))
		if (bytes_eq(part, word))
			return true;
	return false;
}

/* Which of those wanted it has, written with commas into out. */
static unsigned common(struct bytes wanted, struct bytes list, unsigned *ret_wanted, char *out, size_t out_n)
{
	unsigned n = 0;
	struct bytes part;
	size_t at = 0;

	*ret_wanted = 0;
	out[0] = '\0';
	while (text_split(&wanted, ' ', &part)) {
		*ret_wanted += part.n > 0;
		if (!has(list, part))
			continue;
		if (at + part.n + 3 < out_n)
			at += (size_t)snprintf(out + at, out_n - at, "%s%.*s", n ? ", " : "", (int)part.n,
					       (const char *)part.p);
		n++;
	}
	return n;
}

static void score_codes(struct scoring *s, enum match_feature f, struct bytes wanted, struct bytes list)
{
	char names[200];
	unsigned n_wanted, n = common(wanted, list, &n_wanted, names, sizeof(names));

	if (n)
		add(s, f, (double)n / n_wanted, SAY(s, "%s", names));
}

static struct bytes region_of(struct bytes id)
{
	struct record_id rid;

	return record_id_parse(id, &rid) ? BYTES_NONE : rid.region;
}

/* Wanted by a need; else new among the three regions that sign. */
static void score_region(struct scoring *s)
{
	struct bytes region = region_of(s->o->doc.id), wanted = s->w->doc.doc.wanted_regions;
	bool is_there = false;

	if (!region.n)
		return;
	if (s->w->is_need && wanted.n) {
		if (has(wanted, region))
			add(s, MATCH_REGION, 1,
			    SAY(s, "%.*s is wanted", (int)region.n, (const char *)region.p));
		return;
	}
	for (size_t i = 0; i < s->w->n_regions; i++)
		is_there |= bytes_eq_text(region, s->w->region[i]);
	if (!is_there && s->w->n_regions < MATCH_REGIONS_NEEDED)
		add(s, MATCH_REGION, 1,
		    SAY(s, "%.*s would be region %zu of %d that have to sign", (int)region.n,
			(const char *)region.p, s->w->n_regions + 1, MATCH_REGIONS_NEEDED));
}

/* The lists hold "T01-AU-S" and "T01-AU-L": domain, country, which list. */
static bool is_opportunity(const struct reference *ref, struct bytes domain, struct bytes country)
{
	char id[64];

	for (const char *list = "SL"; *list; list++) {
		int n = snprintf(id, sizeof(id), "%.*s-%.*s-%c", (int)domain.n, (const char *)domain.p,
				 (int)country.n, (const char *)country.p, *list);

		if (n > 0 && (size_t)n < sizeof(id) && reference_has(ref, "opportunities", bytes_of(id)))
			return true;
	}
	return false;
}

static void score_opportunity(struct scoring *s)
{
	struct bytes rest = s->w->domains, part, country = s->o->doc.country;

	while (s->q->ref && country.n && text_split(&rest, ' ', &part))
		if (part.n && part.n < 16 && is_opportunity(s->q->ref, part, country)) {
			add(s, MATCH_OPPORTUNITY, 1,
			    SAY(s, "%.*s in %.*s", (int)part.n, (const char *)part.p, (int)country.n,
				(const char *)country.p));
			return;
		}
}

static int by_points(const void *a, const void *b)
{
	const struct match_line *x = a, *y = b;

	if (x->points != y->points)
		return x->points > y->points ? -1 : 1;
	return x->feature < y->feature ? -1 : x->feature > y->feature;
}

void score(const struct match_ask *q, const struct match_wish *w, const struct index_doc *organisation,
	   const struct match_deeds *d, struct arena *a, struct match_item *ret)
{
	struct scoring s = {q, w, organisation, d, a, ret};
	const struct doc *wanted = &w->doc.doc;

	*ret = (struct match_item){.id = organisation->doc.id,
				   .name = organisation->doc.name,
				   .country = organisation->doc.country,
				   .type = organisation->doc.type};
	score_deeds(&s);
	score_codes(&s, MATCH_DOMAIN, w->domains, organisation->doc.domains);
	score_codes(&s, MATCH_PLATFORM, w->platforms, organisation->doc.platforms);
	if (has(wanted->wanted_types, organisation->doc.type))
		add(&s, MATCH_TYPE, 1, SAY(&s, "%.*s", (int)ret->type.n, (const char *)ret->type.p));
	if (has(wanted->wanted_countries, organisation->doc.country))
		add(&s, MATCH_COUNTRY, 1, SAY(&s, "%.*s", (int)ret->country.n, (const char *)ret->country.p));
	score_region(&s);
	score_opportunity(&s);
	qsort(ret->lines, ret->n_lines, sizeof(ret->lines[0]), by_points);
}
