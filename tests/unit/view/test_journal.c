/* SPDX-License-Identifier: Apache-2.0 */
/* Filters and pages of the journal. */
#include "unit/view/look.h"

#define ROWS 20

/* Row i: time 1000 + i, peers mx and us by turns, every fifth refused with PROOF, log by fours. */
static struct commit_job *rows_job(unsigned count)
{
	struct commit_job *j = commit_job_new(COMMIT_JOURNAL);
	struct commit_rows *r = &j->u.rows;

	arena_init(&r->arena, 65536);
	r->n = count;
	r->rows = arena_array(&r->arena, r->n, sizeof(*r->rows));
	for (unsigned i = 0; i < count; i++)
		r->rows[i] = (struct journal_row){
			.time_ms = 1000 + i,
			.event = BYTES_LIT("received"),
			.peer = i % 2 ? BYTES_LIT("us") : BYTES_LIT("mx"),
			.origin = i % 4 ? BYTES_LIT("ims.example/mx/1") : BYTES_LIT("ims.example/us/1"),
			.outcome = i % 5 == 4 ? -IMS_E_PROOF : 0,
		};
	return j;
}

static int start(void **state)
{
	struct node *n;

	node_setup(state);
	n = *state;
	assert_int_equal(node_start(n), 0);
	/* what the start wrote is not for this test: a journal of its own region would be row 0 */
	assert_int_equal(node_run(n, rows_job(ROWS)), 0);
	node_sync(n);
	return 0;
}

struct seen {
	char text[512];
	unsigned stop_after; /* 0: never */
	unsigned n;
};

static int see(void *ctx, const struct journal_row *row)
{
	struct seen *s = ctx;
	size_t at = strlen(s->text);

	/* row 0 is "started" */
	if (row->index > 0)
		snprintf(s->text + at, sizeof(s->text) - at, "%llu ", (unsigned long long)row->index - 1);
	else
		snprintf(s->text + at, sizeof(s->text) - at, "S ");
	return ++s->n == s->stop_after;
}

static uint64_t look(struct node *n, struct journal_filter f, uint64_t max_rows, struct seen *s)
{
	struct store_txn *t = look_begin(n);
	uint64_t next = 4711;

	assert_int_equal(journal_each(t, FIXTURE_JOURNAL, &f, max_rows, see, s, &next), 0);
	store_abort(t);
	return next;
}

static void expect_rows(struct node *n, struct journal_filter f, const char *want)
{
	struct seen s = {.n = 0};

	f.from_start = true;
	assert_int_equal(look(n, f, 1000, &s), 0);
	assert_string_equal(s.text, want);
}

static void test_filters(void **state)
{
	const struct journal_filter all = {.outcome = -1};
	struct journal_filter f = all;

	f.peer = BYTES_LIT("mx");
	expect_rows(*state, f, "0 2 4 6 8 10 12 14 16 18 ");
	f.origin = BYTES_LIT("ims.example/us/1");
	expect_rows(*state, f, "0 4 8 12 16 ");
	f.outcome = 0;
	expect_rows(*state, f, "0 8 12 16 ");
	f.outcome = -IMS_E_PROOF;
	expect_rows(*state, f, "4 ");
	f = all;
	f.outcome_any_refusal = true;
	expect_rows(*state, f, "4 9 14 19 ");
	f.newest_first = true;
	expect_rows(*state, f, "19 14 9 4 ");
	f = all;
	f.since_ms = 1005;
	f.until_ms = 1009;
	expect_rows(*state, f, "5 6 7 8 ");
	f.peer = BYTES_LIT("jp");
	expect_rows(*state, f, "");
}

static void test_unknown_journal(void **state)
{
	struct store_txn *t = look_begin(*state);
	struct journal_filter f = {.outcome = -1, .from_start = true};
	struct seen s = {.n = 0};
	uint64_t next = 1;

	assert_int_equal(journal_each(t, "ims.example/us/journal/1", &f, 10, see, &s, &next), 0);
	assert_int_equal(next, 0);
	store_abort(t);
}

/* Pages of any size, in both directions, show every row once; a page may stop by count of rows
 * looked at or by the reader's wish. */
static void walk_pages(struct node *n, bool newest_first, uint64_t max_rows, unsigned stop_after)
{
	struct journal_filter f = {.outcome = -1, .from_start = true, .newest_first = newest_first};
	struct seen all = {.n = 0}, paged = {.n = 0};
	unsigned pages = 0;

	look(n, f, 1000, &all);
	do {
		paged.stop_after = stop_after;
		paged.n = 0;
		f.after = look(n, f, max_rows, &paged);
		f.from_start = false;
		assert_true(++pages < 50);
	} while (f.after);
	assert_string_equal(paged.text, all.text);
}

static void test_pages(void **state)
{
	for (unsigned size = 2; size < 24; size++) {
		walk_pages(*state, false, size, 0);
		walk_pages(*state, true, size, 0);
		walk_pages(*state, false, 1000, size);
		walk_pages(*state, true, 1000, size);
	}
}

/* A long detail is cut between characters: a row is text. */
static void test_detail_is_cut(void **state)
{
	struct node *n = *state;
	struct commit_job *j = rows_job(1);
	char *detail = arena_alloc(&j->u.rows.arena, 600);

	for (int i = 0; i < 600; i += 3)
		memcpy(detail + i, "\xe2\x82\xac", 3);
	j->u.rows.rows[0].detail = BYTES(detail, 600);
	assert_int_equal(node_run(n, j), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_filters, start, node_teardown),
		cmocka_unit_test_setup_teardown(test_unknown_journal, start, node_teardown),
		cmocka_unit_test_setup_teardown(test_pages, start, node_teardown),
		cmocka_unit_test_setup_teardown(test_detail_is_cut, start, node_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
