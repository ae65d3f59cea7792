/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shared by match.c (the answer), match_wish.c (what is sought), match_gather.c and match_one.c (what organisations
 * have done), match_need.c (open needs) and match_score.c (the parts of a score).
 */
#ifndef SEARCH_MATCH_INT_H
#define SEARCH_MATCH_INT_H

#include "search/match.h"

#define MATCH_QUERIES_MAX (2 * DOC_TEXTS_MAX)
#define MATCH_PARTIES_MAX 2000	/* participants of an initiative that are looked at */
#define MATCH_REGIONS_NEEDED 3
#define MATCH_REGION_BYTES 16

/* What is sought: an initiative as it is, or a need with the initiative it is for. */
struct match_wish {
	struct index_doc doc, initiative;	/* initiative.number 0: none */
	bool is_need;
	struct likeness_query *query[MATCH_QUERIES_MAX];
	size_t n_queries;
	int64_t *parties;	/* who takes part, ascending, without the hidden one */
	size_t n_parties;
	int64_t hidden;
	bool hidden_takes_part;
	char region[MATCH_REGIONS_NEEDED][MATCH_REGION_BYTES];	/* the first three of those who take part */
	size_t n_regions;
	struct bytes domains, platforms;
};
/* Of an initiative or a need. Errors: IMS_E_NOT_FOUND, IMS_E_INVALID (another kind), those of the index. */
IMS_MUST_CHECK int wish_load(struct corpus *c, struct bytes id, struct bytes hide, struct arena *a,
			     struct match_wish *ret);
/* The same without its texts: nothing can be compared with it. */
IMS_MUST_CHECK int wish_load_facts(struct corpus *c, struct bytes id, struct arena *a, struct match_wish *ret);
void wish_fini(struct match_wish *w);
bool wish_has_party(const struct match_wish *w, int64_t organisation);

/* What an organisation brings, as far as it is not in its document. */
struct match_deeds {
	int64_t organisation;
	double track, partners, text;
	double best_likeness;	/* of its initiatives, and which one */
	int64_t best;
	unsigned alike, shared;	/* initiatives that count for track, partners */
};

/* By organisation; open addressing. */
struct match_table {
	struct match_deeds *of;
	size_t size, n;
};
IMS_MUST_CHECK int deeds_gather(struct corpus *c, const struct match_wish *w, struct match_table *ret);
const struct match_deeds *deeds_of(const struct match_table *t, int64_t organisation);
void deeds_fini(struct match_table *t);
/* The same of one organisation alone. */
IMS_MUST_CHECK int deeds_of_one(struct corpus *c, const struct match_wish *w, const struct index_doc *organisation,
				struct match_deeds *ret);

/* ---- match.c, match_need.c */
size_t match_limit(const struct match_ask *q, size_t n);
/* Puts the most alike initiative's id behind the line of the track record. */
IMS_MUST_CHECK int match_name_best(struct corpus *c, const struct match_deeds *d, struct arena *a,
				   struct match_item *item);
/* Open needs for an organisation. */
IMS_MUST_CHECK int match_needs(struct corpus *c, const struct match_ask *q, const struct index_doc *organisation,
			       struct arena *a, struct match *ret);

/* ---- match_one.c: needs whose words are most like what the organisation says and has done, by number, ascending; at
 * most max. Errors: those of the index. */
IMS_MUST_CHECK int needs_like(struct corpus *c, int64_t organisation, size_t max, int64_t *ret, size_t *ret_n);

/* The score and its lines; texts of the lines in the arena, or with a NULL one none are made. */
void score(const struct match_ask *q, const struct match_wish *w, const struct index_doc *organisation,
	   const struct match_deeds *d, struct arena *a, struct match_item *ret);

#endif
