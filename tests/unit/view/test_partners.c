/* SPDX-License-Identifier: Apache-2.0 */
/* inv. 8, 10: needs, interests and answers beside what is here; who may answer, and what is not told too
 * early. */
#include "view/partners.h"

#include "programme/days.h"
#include "unit/view/sealed.h"

#define DAY_MS (24 * 60 * 60 * INT64_C(1000))
#define DAY_0 INT64_C(1700000000000) /* 2023-11-14 */

struct bench {
	struct node *n;
	struct foreign *f;
	struct arena a;
};

static int setup(void **state)
{
	struct bench *b = mem_new(struct bench);

	assert_int_equal(node_setup((void **)&b->n), 0);
	sealed_begin(b->n);
	b->f = foreign_new("mx");
	arena_init(&b->a, 16u << 20);
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;

	arena_fini(&b->a);
	foreign_free(b->f);
	node_teardown((void **)&b->n);
	free(b);
	return 0;
}

static const char *need_1(struct bench *b)
{
	return sealed_citation(b->n, FIXTURE_ORIGIN, 1, "eu-n-1", &b->a);
}

static const char *need_2(struct bench *b)
{
	return sealed_citation(b->n, FIXTURE_ORIGIN, 2, "eu-n-2", &b->a);
}

static int64_t today(void)
{
	return day_of_ms(DAY_0);
}

/* "id state;…" of all in a need, as of a day. Static memory. */
static const char *states(struct bench *b, const char *need, int64_t day)
{
	static char text[2000];
	struct store_txn *t = look_begin(b->n);
	struct interest_here *all;
	struct arena a;
	size_t count, at = 0;
	bool cut;

	arena_init(&a, PARTNERS_ARENA_BYTES);
	assert_int_equal(partners_interests(t, need, day, &a, &all, &count, &cut), 0);
	assert_false(cut);
	text[0] = '\0';
	for (size_t i = 0; i < count; i++) {
		struct interest_here one;

		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s %s;", all[i].item.record,
				       all[i].now.state);
		assert_int_equal(partners_interest(t, all[i].item.record, day, &a, &one), 0);
		assert_string_equal(one.now.state, all[i].now.state); /* alone as among others */
	}
	arena_fini(&a);
	store_abort(t);
	return text;
}

static const char *owner_of(struct bench *b, const char *need)
{
	static char text[64];
	struct store_txn *t = look_begin(b->n);
	struct record_here here;
	const char *owner;
	struct arena a;

	arena_init(&a, PARTNERS_ARENA_BYTES);
	assert_int_equal(partners_record(t, "need", need, &a, &here), 0);
	assert_int_equal(partners_owner(t, need, &here, &a, &owner), 0);
	snprintf(text, sizeof(text), "%s", owner);
	arena_fini(&a);
	store_abort(t);
	return text;
}

/* Who acted, as the payload at that place says, and whether it holds a text. */
static bool payload_says(struct bench *b, uint64_t index, const char *text)
{
	struct store_txn *t = look_begin(b->n);
	struct ledger_reader r;
	struct ledger_item it;
	struct arena a;
	bool says;

	arena_init(&a, LEDGER_ITEM_BYTES);
	assert_int_equal(ledger_read_open(t, FIXTURE_ORIGIN, &r), 0);
	assert_int_equal(ledger_read_item(&r, index, &a, &it), 0);
	says = memmem(it.payload.p, it.payload.n, text, strlen(text)) != NULL;
	arena_fini(&a);
	store_abort(t);
	return says;
}

static void test_one_organisation_twice(void **state)
{
	struct bench *b = *state;

	sealed_interest(b->f, "mx-x-9", need_1(b), "A", DAY_0);
	sealed_interest(b->f, "mx-x-3", need_1(b), "A", DAY_0 + 1); /* by its place, not by its id */
	sealed_interest(b->f, "mx-x-5", need_1(b), "B", DAY_0 + 2);
	sealed_interest(b->f, "mx-x-6", need_2(b), "A", DAY_0 + 3); /* in another need */
	foreign_give(b->n, b->f);
	assert_string_equal(states(b, "eu-n-1", today()), "mx-x-3 waiting;mx-x-5 waiting;mx-x-9 superseded;");
	assert_string_equal(states(b, NULL, today()),
			    "mx-x-3 waiting;mx-x-5 waiting;mx-x-9 superseded;mx-x-6 waiting;");
}

/* One that came too late takes nobody's place. */
static void test_a_late_one_supersedes_nothing(void **state)
{
	struct bench *b = *state;

	sealed_interest(b->f, "mx-x-1", need_1(b), "A", DAY_0);
	sealed_interest(b->f, "mx-x-2", need_1(b), "A",
			DAY_0 + 30 * DAY_MS); /* after the deadline, 2023-12-01 */
	foreign_give(b->n, b->f);
	assert_string_equal(states(b, "eu-n-1", today()), "mx-x-1 waiting;mx-x-2 void;");
}

/* inv. 8: it counts for nothing that it says of the need, before that is here, or when it is made up. */
static void test_cited_need_is_not_here(void **state)
{
	struct bench *b = *state;
	const char *made_up =
		sealed_citation(b->n, FIXTURE_ORIGIN, 0, "eu-n-1", &b->a); /* of another record */

	sealed_interest(b->f, "mx-x-1", made_up, "A", DAY_0 + 40 * DAY_MS);
	sealed_interest(b->f, "mx-x-2", need_1(b), "B", DAY_0 + 40 * DAY_MS);
	foreign_give(b->n, b->f);
	assert_string_equal(states(b, "eu-n-1", today()), "mx-x-1 waiting;mx-x-2 void;");
}

static int answer_to(struct bench *b, uint64_t index, const char *id, const char *decision)
{
	return sealed_put(b->n, "answer",
			  arena_printf(&b->a, "{'interest':%s,%s}",
				       sealed_citation(b->n, SEALED_MX, index, id, &b->a), decision),
			  NULL, NULL);
}

#define NO "'decision':'declined','reason':[{'lang':'en','text':'No'}]"
#define MORE "'decision':'more-information','reason':[{'lang':'en','text':'?'}]"
#define EXPECT_REFUSED(b, what, error, words)                                                                \
	do {                                                                                                 \
		assert_int_equal(what, error);                                                               \
		assert_string_equal((b)->n->why.text, words);                                                \
	} while (0)

static void test_answers(void **state)
{
	struct bench *b = *state;

	sealed_interest(b->f, "mx-x-1", need_2(b), "A", DAY_0);
	sealed_interest(b->f, "mx-x-2", need_2(b), "A", DAY_0 + 1);
	sealed_interest(b->f, "mx-x-3", need_2(b), "B", DAY_0);
	sealed_keep_back(sealed_interest(b->f, "mx-x-4", need_2(b), "C", DAY_0));
	sealed_add(b->f, "mx-x-5", "eu,mx", "organisation", "{'name':'A','country':'MX'}", DAY_0);
	foreign_give(b->n, b->f);
	assert_int_equal(sealed_put(b->n, "contact", "{'name':'Eva','role':'coach','email':'e@example.org'}",
				    NULL, NULL),
			 0);
	EXPECT_REFUSED(
		b, answer_to(b, 0, "mx-x-1", NO), IMS_E_INVALID,
		"/interest/record: a later interest of the same organisation takes its place: answer that "
		"one\n");
	EXPECT_REFUSED(b, answer_to(b, 3, "mx-x-4", NO), IMS_E_INVALID,
		       "/interest/record: it is sealed for other regions\n");
	EXPECT_REFUSED(b, answer_to(b, 4, "mx-x-5", NO), IMS_E_INVALID,
		       "/interest/record: it is no interest\n");
	EXPECT_REFUSED(b, answer_to(b, 1, "mx-x-2", MORE ",'contact':'eu-c-1'"), IMS_E_INVALID,
		       "/contact: told with the decision 'accepted' alone: the owner wishes not to be known "
		       "before\n");
	assert_int_equal(answer_to(b, 1, "mx-x-2", MORE), 0);
	assert_true(payload_says(b, 5, "secretariat"));
	assert_false(payload_says(b, 5, "anna")); /* inv. 10: nor who wrote it */
	assert_false(payload_says(b, 5, "eu-i-1"));
	assert_int_equal(
		answer_to(b, 1, "mx-x-2", "'decision':'accepted','initiative':'eu-i-1','contact':'eu-c-1'"),
		0);
	assert_true(payload_says(b, 6, "anna"));
	assert_string_equal(states(b, "eu-n-2", today()),
			    "mx-x-1 superseded;mx-x-2 accepted;mx-x-3 waiting;");
	EXPECT_REFUSED(b, answer_to(b, 1, "mx-x-2", NO), IMS_E_INVALID,
		       "/interest/record: it is accepted already, and the owner told\n");
}

/* An answer counts from the need's home alone, and to the very entry that it cites. */
static void test_answers_of_others(void **state)
{
	struct bench *b = *state;
	const char *citation;

	sealed_interest(b->f, "mx-x-1", need_1(b), "A", DAY_0);
	foreign_give(b->n, b->f);
	citation = sealed_citation(b->n, SEALED_MX, 0, "mx-x-1", &b->a);
	sealed_add(b->f, "mx-x-2", "eu,mx", "answer", arena_printf(&b->a, "{'interest':%s," NO "}", citation),
		   DAY_0);
	assert_int_equal(node_run(b->n, foreign_job(b->f, COMMIT_PACKAGE, 1, 2, false)), 0);
	assert_string_equal(states(b, "eu-n-1", today()), "mx-x-1 waiting;");
	assert_int_equal(answer_to(b, 0, "mx-x-1", NO), 0);
	assert_string_equal(states(b, "eu-n-1", today()), "mx-x-1 declined;");
}

/* A need of another region is answered there. */
static void test_interest_in_a_foreign_need(void **state)
{
	struct bench *b = *state;
	char id[64];

	foreign_put_kind(b->f, foreign_entry(b->f, "need", "mx-n-1", 1), "need",
			 "{'anonymous':true,'owner_country':'MX','title':[{'lang':'en','text':'N'}],"
			 "'expiry':'2024-01-01','state':'open'}");
	foreign_give(b->n, b->f);
	assert_string_equal(owner_of(b, "mx-n-1"), "");
	assert_int_equal(sealed_put(b->n, "interest",
				    arena_printf(&b->a,
						 "{'need':%s,'name':'E','country':'DE','cooperation':[{'lang'"
						 ":'en','text':'W'}]}",
						 sealed_citation(b->n, SEALED_MX, 0, "mx-n-1", &b->a)),
				    NULL, id),
			 0);
	EXPECT_REFUSED(
		b,
		sealed_put(b->n, "answer",
			   arena_printf(&b->a, "{'interest':%s," NO "}",
					sealed_citation(b->n, FIXTURE_ORIGIN, 4, id, &b->a)),
			   NULL, NULL),
		IMS_E_INVALID,
		arena_printf(&b->a,
			     "/interest/record: it is about mx-n-1: the secretariat of mx answers it\n"));
}

/* inv. 10: nothing that all see tells whose it is; a rebuild tells it at home still; others cannot claim it.
 */
static void test_owner(void **state)
{
	struct bench *b = *state;

	assert_string_equal(owner_of(b, "eu-n-1"), "eu-i-1");
	assert_string_equal(owner_of(b, "eu-n-2"), "eu-i-1");
	assert_true(payload_says(b, 2, "secretariat"));
	assert_false(payload_says(b, 2, "anna"));
	assert_false(payload_says(b, 2, "eu-i-1"));
	assert_string_equal(look_keys(b->n, "about"), "eu-i-1=eu-n-1;");
	assert_int_equal(node_run(b->n, commit_job_new(COMMIT_REBUILD)), 0);
	assert_string_equal(owner_of(b, "eu-n-2"), "eu-i-1");
	sealed_add(b->f, "mx-x-1", "eu,mx", "owner", "{'need':'eu-n-2','initiative':'mx-i-1'}", DAY_0);
	foreign_give(b->n, b->f);
	assert_string_equal(owner_of(b, "eu-n-2"), "eu-i-1");
}

/* What refuses the owner refuses the need: both or neither. */
static void test_owner_that_is_none(void **state)
{
	static const char hidden[] =
		"{'anonymous':true,'owner_country':'DE','title':[{'lang':'en','text':'H'}],"
		"'expiry':'2024-06-01','state':'open'}";
	struct bench *b = *state;
	uint64_t size = look_log(b->n, FIXTURE_ORIGIN, NULL);

	assert_int_not_equal(sealed_put(b->n, "need", hidden, "eu-i-9", NULL), 0);
	assert_int_not_equal(sealed_put(b->n, "need", hidden, "mx-i-1", NULL), 0);
	assert_int_not_equal(sealed_put(b->n, "need", hidden, "", NULL), 0);
	assert_int_not_equal(sealed_put(b->n, "need", hidden, "eu-n-1", NULL), 0);
	assert_int_not_equal(sealed_put(b->n, "organisation", "{'name':'A','country':'DE'}", "eu-i-1", NULL),
			     0);
	assert_int_equal(look_log(b->n, FIXTURE_ORIGIN, NULL), size);
	assert_string_equal(look_record(b->n, "eu-n-3"), "none");
}

static void test_withdrawn_need(void **state)
{
	struct bench *b = *state;

	sealed_interest(b->f, "mx-x-1", need_1(b), "A", DAY_0 - 1);
	foreign_give(b->n, b->f);
	assert_int_equal(node_run(b->n, withdraw_job("eu-n-1")), 0);
	node_sync(b->n);
	assert_string_equal(states(b, "eu-n-1", today()), "mx-x-1 waiting;");
	assert_string_equal(owner_of(b, "eu-n-1"), "");
	EXPECT_REFUSED(
		b,
		answer_to(b, 0, "mx-x-1", "'decision':'accepted','initiative':'eu-i-1','contact':'eu-c-1'"),
		IMS_E_INVALID,
		"/decision: the need is withdrawn: nobody is accepted any more\n/contact: no contact eu-c-1 "
		"is "
		"here\n");
	assert_int_equal(answer_to(b, 0, "mx-x-1", NO), 0); /* a word of regret may always be said */
}

#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_one_organisation_twice),
		T(test_a_late_one_supersedes_nothing),
		T(test_cited_need_is_not_here),
		T(test_answers),
		T(test_answers_of_others),
		T(test_interest_in_a_foreign_need),
		T(test_owner),
		T(test_owner_that_is_none),
		T(test_withdrawn_need),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
