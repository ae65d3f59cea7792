/* SPDX-License-Identifier: Apache-2.0 */
/* The answer for an organisation: what is open. */
#include <stdlib.h>

#include "base/mem.h"
#include "search/match_int.h"

#define NEEDS_MAX 2000	   /* that are looked at */
#define NEEDS_FULL_MAX 200 /* of them word by word */

struct needs {
	int64_t number[NEEDS_MAX];
	size_t n;
	int64_t like[NEEDS_FULL_MAX]; /* those that are compared word by word; ascending */
	size_t n_like;
};

static int take_need(void *ctx, int64_t number)
{
	struct needs *s = ctx;

	s->number[s->n++] = number;
	return 0;
}

static bool is_open(const struct match_ask *q, const struct doc *need)
{
	return bytes_eq_text(need->state, "open") &&
	       (!need->expiry.n || bytes_cmp(need->expiry, bytes_of(q->today)) >= 0);
}

static int by_number(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

/* Of many needs those that have nothing much in common in words are ranked by their facts alone. */
static bool is_like(const struct needs *s, int64_t number)
{
	return s->n <= NEEDS_FULL_MAX ||
	       (s->n_like && bsearch(&number, s->like, s->n_like, sizeof(number), by_number));
}

/* To be experienced alone is no reason. */
static bool has_to_do_with_it(const struct match_item *item)
{
	return item->n_lines > 1 || (item->n_lines == 1 && item->lines[0].feature != MATCH_EXPERIENCE);
}

/* One need for the organisation: *ret_taken when it is open and has to do with it. */
static int judge_need(struct corpus *c, const struct match_ask *q, const struct index_doc *organisation,
		      int64_t number, bool full, struct arena *a, struct match_item *ret, bool *ret_taken)
{
	struct match_wish w;
	struct match_deeds d = {.organisation = organisation->number};
	struct index_doc need;
	int err = index_get(corpus_index(c), number, a, &need);

	*ret_taken = false;
	if (err || !is_open(q, &need.doc))
		return err;
	err = full ? wish_load(c, need.doc.id, BYTES_NONE, a, &w) : wish_load_facts(c, need.doc.id, a, &w);
	if (err)
		return err;
	if (!wish_has_party(&w, organisation->number)) {
		if (full)
			err = deeds_of_one(c, &w, organisation, &d);
		if (!err)
			score(q, &w, organisation, &d, a, ret);
		if (!err)
			err = match_name_best(c, &d, a, ret);
		*ret_taken = !err && has_to_do_with_it(ret);
		ret->id = need.doc.id;
		ret->name = need.doc.name;
		ret->country = need.doc.country;
		ret->type = need.doc.type;
	}
	wish_fini(&w);
	return err;
}

static int by_item(const void *a, const void *b)
{
	const struct match_item *x = a, *y = b;

	if (x->score != y->score)
		return x->score > y->score ? -1 : 1;
	return bytes_cmp(x->id, y->id);
}

int match_needs(struct corpus *c, const struct match_ask *q, const struct index_doc *organisation,
		struct arena *a, struct match *ret)
{
	struct needs *s = mem_new(struct needs);
	int err = index_each(corpus_index(c), DOC_NEED, NEEDS_MAX, take_need, s);

	if (!err && s->n > NEEDS_FULL_MAX)
		err = needs_like(c, organisation->number, NEEDS_FULL_MAX, s->like, &s->n_like);
	ret->items = arena_array(a, s->n + 1, sizeof(*ret->items));
	for (size_t i = 0; !err && ret->items && i < s->n; i++) {
		bool taken;

		err = judge_need(c, q, organisation, s->number[i], is_like(s, s->number[i]), a,
				 &ret->items[ret->n], &taken);
		ret->n += !err && taken;
	}
	free(s);
	if (err || arena_failed(a))
		return err ? err : IMS_E_NOMEM;
	qsort(ret->items, ret->n, sizeof(*ret->items), by_item);
	ret->n = match_limit(q, ret->n);
	return 0;
}
