/* SPDX-License-Identifier: Apache-2.0 */
/* Partners: what speaks for whom, and every point of a score explained. */
#include "unit/search/corpus.h"

#include "search/match.h"

struct world {
	struct place *p;
	struct reference *ref;
	struct match_weights weights;
	struct arena a;
	struct match found;
};

static void put_org(struct place *p, const char *id, const char *country, const char *type,
		    const char *domains, const char *about)
{
	struct doc_text text = {BYTES_LIT("en"), BYTES_NONE, bytes_of(about)};
	struct doc d = {.kind = DOC_ORGANISATION,
			.id = bytes_of(id),
			.name = bytes_of(id),
			.country = bytes_of(country),
			.type = bytes_of(type),
			.domains = bytes_of(domains),
			.texts = &text,
			.n_texts = about != NULL};

	place_put(p, &d);
}

static void put_initiative(struct place *p, const char *id, const char *title, const char *body,
			   struct bytes *parties, size_t n)
{
	struct doc_text text;
	struct doc d = initiative(id, title, body, &text);

	d.domains = BYTES_LIT("T02");
	d.parties = parties;
	d.n_parties = n;
	place_put(p, &d);
}

static void put_need(struct place *p, const char *id, const char *title, const char *state,
		     const char *expiry)
{
	static struct bytes about[] = {BYTES_LIT("eu-i-1")};
	struct doc_text text = {BYTES_LIT("en"), bytes_of(title), BYTES_NONE};
	struct doc d = {.kind = DOC_NEED,
			.id = bytes_of(id),
			.name = bytes_of(title),
			.state = bytes_of(state),
			.texts = &text,
			.n_texts = 1,
			.parties = about,
			.n_parties = 1,
			.wanted_types = BYTES_LIT("sme university"),
			.wanted_countries = BYTES_LIT("MX"),
			.wanted_regions = BYTES_LIT("mx us"),
			.expiry = bytes_of(expiry)};

	place_put(p, &d);
}

static void fill(struct place *p)
{
	struct bytes one[] = {BYTES_LIT("eu-o-1"), BYTES_LIT("us-o-1")},
		     two[] = {BYTES_LIT("eu-o-1"), BYTES_LIT("mx-o-1")};

	place_fill(p);
	put_org(p, "eu-o-1", "DE", "university", "", NULL);
	put_org(p, "us-o-1", "US", "sme", "", NULL);
	put_org(p, "mx-o-1", "MX", "sme", "T02 T05", NULL);
	put_org(p, "mx-o-2", "MX", "university", "", "We remanufacture used gearboxes and engines");
	put_initiative(p, "eu-i-1", "Remanufacturing of gearboxes",
		       "Used gearboxes are taken apart and made as new", one, 1);
	put_initiative(p, "eu-i-2", "Gearboxes used twice", "Remanufacturing plants for used gearboxes", one,
		       2);
	put_initiative(p, "eu-i-3", "Choirs of the baroque", "Singers and historians", two, 2);
	put_need(p, "eu-n-1", "Who takes used gearboxes apart?", "open", "2030-01-01");
	put_need(p, "eu-n-2", "Who takes used engines apart?", "open", "2020-01-01");
	put_need(p, "eu-n-3", "Who takes used pumps apart?", "filled", "2030-01-01");
	place_settle(p);
}

static int setup(void **state)
{
	static struct world w;
	struct errtext e = {""};
	void *p;
	int err = place_setup(&p);

	w = (struct world){.p = p};
	err = err ? err : reference_load("config/reference", &w.ref, &e);
	err = err ? err : match_weights_load(w.ref, &w.weights, &e);
	fill(w.p);
	*state = &w;
	return err;
}

static int teardown(void **state)
{
	struct world *w = *state;
	void *p = w->p;

	reference_free(w->ref);
	arena_fini(&w->a);
	return place_teardown(&p);
}

static int find(struct world *w, const char *id, const char *hide)
{
	struct match_ask q = {.id = bytes_of(id),
			      .hide = bytes_of(hide),
			      .ref = w->ref,
			      .weights = &w->weights,
			      .today = "2026-01-01",
			      .max = 10};

	arena_fini(&w->a);
	arena_init(&w->a, 16u << 20);
	return match_find(w->p->c, &q, &w->a, &w->found);
}

static const struct match_line *line_of(const struct match_item *m, enum match_feature f)
{
	for (size_t i = 0; i < m->n_lines; i++)
		if (m->lines[i].feature == f)
			return &m->lines[i];
	return NULL;
}

static const struct match_item *item_of(const struct world *w, const char *id)
{
	for (size_t i = 0; i < w->found.n; i++)
		if (bytes_eq_text(w->found.items[i].id, id))
			return &w->found.items[i];
	return NULL;
}

static void assert_explained(const struct match_item *m)
{
	double sum = 0;

	for (size_t i = 0; i < m->n_lines; i++) {
		assert_true(m->lines[i].value > 0 && m->lines[i].value <= 1);
		assert_non_null(m->lines[i].text);
		sum += m->lines[i].points;
	}
	assert_true(sum > m->score - 1e-9 && sum < m->score + 1e-9);
}

static void test_organisations_for_an_initiative(void **state)
{
	struct world *w = *state;
	const struct match_item *us, *mx;

	assert_int_equal(find(w, "eu-i-1", NULL), 0);
	assert_null(item_of(w, "eu-o-1")); /* takes part */
	us = item_of(w, "us-o-1");
	mx = item_of(w, "mx-o-2");
	assert_non_null(us);
	assert_non_null(mx);
	assert_non_null(line_of(us, MATCH_TRACK)); /* eu-i-2 is alike */
	assert_non_null(line_of(us, MATCH_PARTNERS));
	assert_non_null(line_of(us, MATCH_REGION));
	assert_non_null(line_of(mx, MATCH_TEXT));
	assert_non_null(line_of(item_of(w, "mx-o-1"), MATCH_DOMAIN));
	for (size_t i = 0; i < w->found.n; i++)
		assert_explained(&w->found.items[i]);
	for (size_t i = 1; i < w->found.n; i++)
		assert_true(w->found.items[i - 1].score >= w->found.items[i].score);
}

/* Whoever is hidden is ranked by what it has done elsewhere. */
static void test_hidden(void **state)
{
	struct world *w = *state;

	assert_int_equal(find(w, "eu-i-2", "us-o-1"), 0);
	assert_null(item_of(w, "eu-o-1"));
	assert_non_null(item_of(w, "us-o-1"));
	assert_null(
		line_of(item_of(w, "us-o-1"), MATCH_TRACK)); /* its only initiative is the one asked about */
	assert_null(line_of(item_of(w, "us-o-1"), MATCH_EXPERIENCE));
}

static void test_organisations_for_a_need(void **state)
{
	struct world *w = *state;
	const struct match_item *mx;

	assert_int_equal(find(w, "eu-n-1", NULL), 0);
	mx = item_of(w, "mx-o-2");
	assert_non_null(mx);
	assert_true(bytes_eq_text(w->found.items[0].id, "mx-o-1") ||
		    bytes_eq_text(w->found.items[0].id, "mx-o-2"));
	assert_non_null(line_of(mx, MATCH_TYPE));
	assert_non_null(line_of(mx, MATCH_COUNTRY));
	assert_non_null(line_of(mx, MATCH_REGION));
	assert_null(item_of(w, "eu-o-1"));
}

/* Open ones that have not expired; scored as the need scores the organisation. */
static void test_needs_for_an_organisation(void **state)
{
	struct world *w = *state;
	double score;

	assert_int_equal(find(w, "us-o-1", NULL), 0);
	assert_int_equal(w->found.n, 1);
	assert_true(bytes_eq_text(w->found.items[0].id, "eu-n-1"));
	assert_explained(&w->found.items[0]);
	score = w->found.items[0].score;
	assert_int_equal(find(w, "eu-n-1", NULL), 0);
	assert_true(item_of(w, "us-o-1")->score > score - 1e-6 && item_of(w, "us-o-1")->score < score + 1e-6);
}

static void test_what_is_not_here(void **state)
{
	struct world *w = *state;

	assert_int_equal(find(w, "eu-i-99", NULL), IMS_E_NOT_FOUND);
	assert_int_equal(find(w, "", NULL), IMS_E_NOT_FOUND);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_organisations_for_an_initiative),
		T(test_hidden),
		T(test_organisations_for_a_need),
		T(test_needs_for_an_organisation),
		T(test_what_is_not_here),
	};
#undef T
	return cmocka_run_group_tests(tests, NULL, NULL);
}
