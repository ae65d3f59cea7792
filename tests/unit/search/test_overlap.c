/* SPDX-License-Identifier: Apache-2.0 */
/* What may be the same is found first, with reasons; alarms are for what stands out. */
#include "unit/search/corpus.h"

#include "search/overlap.h"

#define TITLE "Microplastics from mulch films in European farmland"
#define BODY                                                                                                 \
	"We measure how plastic mulch and other agricultural films break down into particles, how these "    \
	"move "                                                                                              \
	"through farmland soils, and what they do to earthworms, crops and groundwater. Farmers, chemists "  \
	"and "                                                                                               \
	"toxicologists together derive limits and advise regulators on biodegradable alternatives."
#define REWORDED_TITLE "What agricultural films leave behind in the ground"
#define REWORDED                                                                                             \
	"Mulching with plastic is common among farmers. Particles of the films stay in farmland, reach "     \
	"groundwater and harm earthworms. Chemists and toxicologists propose biodegradable replacements "    \
	"and "                                                                                               \
	"limits for regulators."

static void find(struct place *p, const struct doc *d, struct arena *a, struct overlap *ret)
{
	arena_init(a, 16u << 20);
	assert_int_equal(overlap_find(p->c, d, 10, a, ret), 0);
}

static bool has_reason(const struct overlap_match *m, const char *part)
{
	for (size_t i = 0; i < m->n_reasons; i++)
		if (strstr(m->reasons[i], part))
			return true;
	return false;
}

static int setup(void **state)
{
	int err = place_setup(state);

	place_fill(*state);
	place_put_text(*state, "eu-i-1", TITLE, BODY);
	place_settle(*state);
	return err;
}

static void test_a_reworded_text_finds_it(void **state)
{
	struct doc_text text;
	struct doc d = initiative("", REWORDED_TITLE, REWORDED, &text);
	struct overlap found;
	struct arena a;

	find(*state, &d, &a, &found);
	assert_true(found.n > 0);
	assert_true(bytes_eq_text(found.matches[0].id, "eu-i-1"));
	assert_true(found.matches[0].alarm);
	assert_true(has_reason(&found.matches[0], "films"));
	assert_true(has_reason(&found.matches[0], "stands out"));
	for (size_t i = 1; i < found.n; i++) {
		assert_false(found.matches[i].alarm);
		assert_true(found.matches[i - 1].score >= found.matches[i].score);
	}
	arena_fini(&a);
}

/* Itself is left out; a copy is told whatever else is alike. */
static void test_a_copy(void **state)
{
	struct doc_text text;
	struct doc d = initiative("eu-i-1", TITLE, BODY, &text);
	struct overlap found;
	struct arena a;

	find(*state, &d, &a, &found);
	assert_true(found.n == 0 || !bytes_eq_text(found.matches[0].id, "eu-i-1"));
	arena_fini(&a);
	d.id = BYTES_LIT("mx-i-1");
	d.source = BYTES_LIT("cordis:1");
	find(*state, &d, &a, &found);
	assert_true(bytes_eq_text(found.matches[0].id, "eu-i-1"));
	assert_true(found.matches[0].alarm);
	assert_true(has_reason(&found.matches[0], "nearly the same text"));
	arena_fini(&a);
}

static void test_another_subject_raises_no_alarm(void **state)
{
	struct doc_text text;
	struct doc d = initiative(
		"", "Choirs of the baroque",
		"Singers and historians edit vocal music of small towns, with concerts and recordings.",
		&text);
	struct overlap found;
	struct arena a;

	find(*state, &d, &a, &found);
	for (size_t i = 0; i < found.n; i++)
		assert_false(found.matches[i].alarm);
	arena_fini(&a);
}

/* Each language of a record is compared by itself. */
static void test_languages_side_by_side(void **state)
{
	struct doc_text texts[2] = {
		{BYTES_LIT("es"), BYTES_LIT("Acolchado"),
		 BYTES_LIT("Residuos en el campo de los agricultores.")},
		{BYTES_LIT("en"), BYTES_LIT(REWORDED_TITLE), BYTES_LIT(REWORDED)},
	};
	struct doc d = {.kind = DOC_INITIATIVE, .texts = texts, .n_texts = 2};
	struct overlap found;
	struct arena a;

	find(*state, &d, &a, &found);
	assert_true(bytes_eq_text(found.matches[0].id, "eu-i-1"));
	arena_fini(&a);
}

/* Of equals the lower id stands first, whatever came first. */
static void test_ties_are_stable(void **state)
{
	struct place *p = *state;
	struct doc_text text;
	struct doc d = initiative("", TITLE, BODY, &text);
	struct overlap found;
	struct arena a;

	place_put_text(p, "mx-i-7", TITLE, BODY);
	place_put_text(p, "eu-i-0", TITLE, BODY);
	place_settle(p);
	find(p, &d, &a, &found);
	assert_true(bytes_eq_text(found.matches[0].id, "eu-i-0"));
	assert_true(bytes_eq_text(found.matches[1].id, "eu-i-1"));
	assert_true(bytes_eq_text(found.matches[2].id, "mx-i-7"));
	assert_true(found.matches[0].alarm && found.matches[2].alarm);
	arena_fini(&a);
}

static void test_nothing_is_asked(void **state)
{
	struct doc d = {.kind = DOC_INITIATIVE};
	struct overlap found;
	struct arena a;

	find(*state, &d, &a, &found);
	assert_int_equal(found.n, 0);
	arena_fini(&a);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, place_teardown)
	const struct CMUnitTest tests[] = {
		T(test_a_reworded_text_finds_it),
		T(test_a_copy),
		T(test_another_subject_raises_no_alarm),
		T(test_languages_side_by_side),
		T(test_ties_are_stable),
		T(test_nothing_is_asked),
	};
#undef T
	return cmocka_run_group_tests(tests, NULL, NULL);
}
