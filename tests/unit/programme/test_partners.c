/* SPDX-License-Identifier: Apache-2.0 */
/* What a need is worth on a day, where an interest stands, and each refusal at the origin with its words. */
#include "programme/partners.h"

#include "base/mem.h"
#include "pb/registry.pb-c.h"
#include "programme/days.h"
#include "unit/registry/payload.h"

#define DAY_MS (24 * 60 * 60 * INT64_C(1000))

struct bench {
	struct arena arena;
	struct buf problems;
};

static int setup(void **state)
{
	struct bench *b = mem_new(struct bench);

	*b = (struct bench){0};
	arena_init(&b->arena, 64u << 20);
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;

	buf_fini(&b->problems);
	arena_fini(&b->arena);
	free(b);
	return 0;
}

static int64_t day(const char *text)
{
	return day_number(text);
}

static const void *made(struct bench *b, const char *kind, const char *json)
{
	struct buf payload = {0};
	ProtobufCMessage *m;

	payload_put(kind, json, &payload);
	assert_int_equal(codec_unpack(kind_by_name(bytes_of(kind))->descriptor,
				      arena_dup(&b->arena, buf_bytes(&payload)), &b->arena, &m, NULL),
			 0);
	buf_fini(&payload);
	return m;
}

#define NEED(more) "{'title':[{'lang':'en','text':'T'}],'state':'open','expiry':'2024-06-30'" more "}"
static const Ims__Registry__Need *need(struct bench *b, const char *json)
{
	return made(b, "need", json);
}

/* ---- needs: the day that is named is in it */
static void test_need_on_a_day(void **state)
{
	struct bench *b = *state;
	const Ims__Registry__Need *m = need(b, NEED(",'deadline':'2024-05-31'"));
	static const struct {
		const char *day, *state;
	} days[] = {{"2024-05-31", "open"},
		    {"2024-06-01", "past-deadline"},
		    {"2024-06-30", "past-deadline"},
		    {"2024-07-01", "expired"}};

	for (size_t i = 0; i < sizeof(days) / sizeof(days[0]); i++)
		assert_string_equal(need_state_name(need_state_on(m, day(days[i].day))), days[i].state);
	assert_int_equal(need_state_on(need(b, NEED("")), day("2024-06-30")), NEED_OPEN);
	assert_int_equal(need_state_on(NULL, 0), NEED_WITHDRAWN);
	m = need(b, "{'state':'filled','expiry':'2024-06-30'}"); /* for good: no day changes it */
	assert_int_equal(need_state_on(m, day("2025-01-01")), NEED_FILLED);
	assert_true(need_is_over(NEED_FILLED) && need_is_over(NEED_CLOSED) && need_is_over(NEED_WITHDRAWN));
	assert_false(need_is_over(NEED_OPEN) || need_is_over(NEED_PAST_DEADLINE) ||
		     need_is_over(NEED_EXPIRED));
}

static void test_wanted(void **state)
{
	struct bench *b = *state;
	char *lists = mem_printf("%s/config/reference", top_dir());
	struct reference *r;

	assert_int_equal(reference_load(lists, &r, NULL), 0);
	free(lists);
	assert_true(need_wants_region(need(b, NEED("")), "mx", r));
	assert_true(need_wants_region(need(b, NEED(",'regions':['mx']")), "mx", r));
	assert_false(need_wants_region(need(b, NEED(",'regions':['mx']")), "us", r));
	assert_true(need_wants_region(need(b, NEED(",'countries':['US']")), "us", r)); /* its region */
	assert_false(need_wants_region(need(b, NEED(",'countries':['US']")), "mx", r));
	assert_true(need_wants_region(need(b, NEED(",'countries':['US'],'regions':['mx']")), "mx", r));
	reference_free(r);
}

/* ---- interests */
static struct interest_said said(struct bench *b, const char *more)
{
	char json[300];

	snprintf(json, sizeof(json), "{'need':{'record':'eu-n-1'},'name':'P','country':'MX'%s}", more);
	return (struct interest_said){.m = made(b, "interest", json),
				      .time_ms = day("2024-05-10") * DAY_MS,
				      .need = need(b, NEED(",'deadline':'2024-05-31'")),
				      .need_time_ms = day("2024-05-01") * DAY_MS};
}

static void expect_stands(struct bench *b, const struct interest_said *s, const char *today,
			  const char *expected)
{
	struct interest_now n;
	char by[DAY_BYTES] = "";
	char text[300];

	assert_int_equal(interest_judge(s, day(today), &b->arena, &n), 0);
	if (n.due != INT64_MIN)
		day_text(n.due, by);
	snprintf(text, sizeof(text), "%s|%s|%s|%d|%s", n.state, n.due_for, by, (int)n.late_days, n.remark);
	assert_string_equal(text, expected);
}

static void test_deadlines_of_both_sides(void **state)
{
	struct bench *b = *state;
	struct interest_said s = said(b, "");

	expect_stands(b, &s, "2024-05-10",
		      "waiting|answer|2024-06-09|0|"); /* 30 days, unless it names a day */
	expect_stands(b, &s, "2024-06-09", "waiting|answer|2024-06-09|0|");
	expect_stands(b, &s, "2024-06-11", "waiting|answer|2024-06-09|2|");
	s = said(b, ",'answer_by':'2024-05-20'");
	expect_stands(b, &s, "2024-05-21", "waiting|answer|2024-05-20|1|");
	s.answer = made(b, "answer", "{'decision':'accepted','meet_by':'2024-06-15'}");
	expect_stands(b, &s, "2024-06-15", "accepted|meeting|2024-06-15|0|");
	expect_stands(b, &s, "2024-06-18", "accepted|meeting|2024-06-15|3|");
	s.need = need(b, "{'state':'filled'}"); /* they have met */
	s.need_time_ms = day("2024-06-16") * DAY_MS;
	expect_stands(b, &s, "2024-06-18", "accepted|||0|");
	s.answer = made(b, "answer", "{'decision':'more-information'}");
	expect_stands(b, &s, "2024-06-18", "more-information|||0|");
}

static void test_over(void **state)
{
	struct bench *b = *state;
	struct interest_said s = said(b, "");

	s.need_time_ms = 0; /* inv. 7: not here yet, so nothing is said of it */
	s.need = NULL;
	expect_stands(b, &s, "2024-05-11", "waiting|answer|2024-06-09|0|the need has not come yet");
	s.need_time_ms = day("2024-05-20") * DAY_MS; /* withdrawn later than it came */
	expect_stands(b, &s, "2024-05-21",
		      "waiting|||0|the need is over: nobody waits for an answer any more");
	s.need_time_ms = day("2024-05-05") * DAY_MS;
	expect_stands(b, &s, "2024-05-21", "void|||0|it came when the need was withdrawn already");
}

/* A need that was renewed takes what came in between; one that was not does not. */
static void test_too_late(void **state)
{
	struct bench *b = *state;
	struct interest_said s = said(b, "");

	s.time_ms = (day("2024-06-01") - 1) * DAY_MS + DAY_MS - 1; /* the last moment of the last day */
	expect_stands(b, &s, "2024-06-01", "waiting|answer|2024-06-30|0|");
	s.time_ms++;
	expect_stands(b, &s, "2024-06-01", "void|||0|it came after the need's deadline, 2024-05-31");
	s.need = need(b, NEED(",'deadline':'2024-06-20'"));
	expect_stands(b, &s, "2024-06-01", "waiting|answer|2024-07-01|0|");
	s.time_ms = day("2024-07-01") * DAY_MS;
	expect_stands(b, &s, "2024-07-01", "void|||0|it came after the need had expired, on 2024-06-30");
	s.is_superseded = true;
	expect_stands(b, &s, "2024-07-01", "void|||0|it came after the need had expired, on 2024-06-30");
	s.answer = made(b, "answer", "{'decision':'declined'}"); /* whoever answers has seen when it came */
	expect_stands(b, &s, "2024-07-01", "declined|||0|it came after the need had expired, on 2024-06-30");
}

static void test_same_organisation(void **state)
{
	struct bench *b = *state;
	const Ims__Registry__Interest *named = made(b, "interest", "{'name':'P'}"),
				      *other = made(b, "interest", "{'name':'Q'}"),
				      *record = made(b, "interest", "{'name':'P','organisation':'mx-o-1'}");

	assert_true(interest_is_of_same(named, named));
	assert_true(interest_is_of_same(record, record));
	assert_false(interest_is_of_same(named, other));
	assert_false(interest_is_of_same(named, record)); /* who has no record is nobody's but by name */
}

static void test_superseded(void **state)
{
	struct bench *b = *state;
	struct interest_said s = said(b, "");

	s.is_superseded = true;
	expect_stands(b, &s, "2024-05-11",
		      "superseded|||0|a later interest of the same organisation takes its place");
	s.answer = made(b, "answer", "{'decision':'accepted'}"); /* the owner was told */
	expect_stands(b, &s, "2024-05-11", "accepted|||0|");
}

/* ---- at the origin */
static void expect_problems(struct bench *b, const char *expected)
{
	assert_string_equal(buf_text(&b->problems), expected);
	buf_clear(&b->problems);
}

#define TODAY "2024-04-01"
static void gate_need(struct bench *b, const char *json, const Ims__Registry__Need *before, const char *owner)
{
	need_gate(need(b, json), before, owner, day(TODAY), &b->problems);
}

static void test_gate_of_needs(void **state)
{
	struct bench *b = *state;

	gate_need(b, NEED(""), NULL, NULL);
	gate_need(b, "{'state':'open','expiry':'2025-04-01','deadline':'2025-04-01'}", NULL, NULL);
	expect_problems(b, "");
	gate_need(b, "{'state':'open','expiry':'2025-04-02','deadline':'2024-03-31'}", NULL, NULL);
	expect_problems(b,
			"/expiry: at most 12 months ahead, until 2025-04-01: then it is renewed, if it still "
			"holds\n/deadline: 2024-03-31 is over: name a later day, or none\n");
	gate_need(b, "{'state':'open','expiry':'2024-03-31'}", NULL, NULL);
	expect_problems(b,
			"/expiry: 2024-03-31 is over: a need is shown until a day that is still to come\n");
	gate_need(b, NEED(",'deadline':'2024-07-01'"), NULL, NULL);
	expect_problems(b,
			"/deadline: 2024-07-01 is behind the expiry, 2024-06-30: until then it is shown\n");
	gate_need(b, "{'state':'filled','expiry':'2024-06-30'}", NULL, NULL);
	expect_problems(b, "/state: a new need is 'open', not 'filled'\n");
	gate_need(b, NEED(""), need(b, "{'state':'closed'}"), NULL);
	expect_problems(b, "/state: it is closed, for good: publish a new need\n");
	/* of one that has expired another word may be mended, or it may be closed, without a new day */
	gate_need(b, "{'state':'open','expiry':'2024-03-01','role':'x'}",
		  need(b, "{'state':'open','expiry':'2024-03-01'}"), NULL);
	gate_need(b, "{'state':'closed','expiry':'2024-03-01'}",
		  need(b, "{'state':'open','expiry':'2024-03-01'}"), NULL);
	expect_problems(b, "");
}

static void test_gate_of_anonymous_needs(void **state)
{
	struct bench *b = *state;
	const char *hidden = NEED(",'anonymous':true");

	gate_need(b, hidden, NULL, "eu-i-1");
	gate_need(b, hidden, need(b, hidden), NULL); /* a later revision */
	expect_problems(b, "");
	gate_need(b, hidden, NULL, NULL);
	expect_problems(
		b, "/anonymous: whose it is has to be kept for the home alone: 'ims need publish INITIATIVE "
		   "--anonymous' does that\n");
	gate_need(b, NEED(""), NULL, "eu-i-1");
	expect_problems(b, "/anonymous: only of an anonymous need the initiative is kept apart\n");
	gate_need(b, hidden, need(b, hidden), "eu-i-1");
	expect_problems(b, "/anonymous: whose a need is, is said when it is published\n");
	gate_need(b, hidden, need(b, NEED(",'initiative':'eu-i-1'")), NULL);
	expect_problems(
		b, "/anonymous: its earlier revisions name the initiative, and stay: publish a new need\n");
}

static void test_gate_of_interests(void **state)
{
	struct bench *b = *state;
	const Ims__Registry__Interest *m = made(b, "interest", "{'need':{'record':'eu-n-1'}}");

	interest_gate(m, need(b, NEED("")), day("2024-06-30"), &b->problems);
	expect_problems(b, "");
	interest_gate(m, need(b, NEED("")), day("2024-07-01"), &b->problems);
	expect_problems(b, "/need/record: eu-n-1 has expired on 2024-06-30; its secretariat may renew it\n");
	interest_gate(m, need(b, NEED(",'deadline':'2024-05-31'")), day("2024-06-01"), &b->problems);
	expect_problems(
		b, "/need/record: the deadline of eu-n-1 was 2024-05-31; its secretariat may set a later "
		   "one\n");
	interest_gate(m, NULL, day(TODAY), &b->problems);
	expect_problems(b, "/need/record: eu-n-1 is withdrawn: its region looks for nobody any more\n");
	m = made(b, "interest", "{'need':{'record':'eu-n-1'},'answer_by':'2024-03-31'}");
	interest_gate(m, need(b, NEED("")), day(TODAY), &b->problems);
	expect_problems(b, "/answer_by: 2024-03-31 is over\n");
}

static void gate_answer(struct bench *b, const char *json, const char *before, const char *of,
			const char *owner)
{
	answer_gate(made(b, "answer", json), before ? made(b, "answer", before) : NULL,
		    of ? need(b, of) : NULL, owner, day(TODAY), &b->problems);
}

static void test_gate_of_answers(void **state)
{
	static const char yes[] = "{'decision':'accepted','initiative':'eu-i-1','contact':'eu-c-1'}";
	struct bench *b = *state;

	gate_answer(b, yes, NULL, NEED(""), "eu-i-1");
	gate_answer(b, yes, "{'decision':'declined'}", NEED(""), "eu-i-1"); /* on second thoughts */
	expect_problems(b, "");
	gate_answer(b, "{'decision':'accepted'}", NULL, NEED(""), "eu-i-1");
	expect_problems(b, "/initiative: required: whoever is accepted is told whose the need is\n"
			   "/contact: required: whoever is accepted is told whom to turn to\n");
	gate_answer(b, yes, NULL, NEED(""), "eu-i-2");
	expect_problems(b, "/initiative: the need is of eu-i-2\n");
	gate_answer(b, yes, NULL, NEED(",'anonymous':true"), "");
	expect_problems(
		b, "/initiative: whose the need is, is not known here: a record of kind owner says it\n");
	gate_answer(b, yes, NULL, NULL, "");
	expect_problems(b, "/decision: the need is withdrawn: nobody is accepted any more\n");
	gate_answer(b, "{'decision':'declined','reason':[{'lang':'en','text':'No'}]}", yes, NEED(""),
		    "eu-i-1");
	expect_problems(b, "/interest/record: it is accepted already, and the owner told\n");
	gate_answer(b, "{'decision':'declined','meet_by':'2024-03-31'}", NULL, NULL, "");
	expect_problems(b,
			"/reason: required with the decision 'declined': the other side reads nothing else\n"
			"/meet_by: 2024-03-31 is over\n");
}

/* inv. 10: whom to turn to would tell whose it is. */
static void test_gate_of_answers_of_the_anonymous(void **state)
{
	static const char more[] =
		"{'decision':'more-information','contact':'eu-c-1','reason':[{'lang':'en','text':'?'}]}";
	struct bench *b = *state;

	gate_answer(b, more, NULL, NEED(""), "eu-i-1");
	expect_problems(b, "");
	gate_answer(b, more, NULL, NEED(",'anonymous':true"), "eu-i-1");
	expect_problems(b,
			"/contact: told with the decision 'accepted' alone: the owner wishes not to be known "
			"before\n");
}

static void test_months(void **state)
{
	char text[DAY_BYTES];

	(void)state;
	assert_string_equal(day_text(day_months_after(day("2024-01-31"), 1), text), "2024-02-29");
	assert_string_equal(day_text(day_months_after(day("2024-02-29"), 12), text), "2025-02-28");
	assert_string_equal(day_text(day_months_after(day("2024-12-31"), 2), text), "2025-02-28");
	assert_string_equal(day_text(day_months_after(day("2024-12-01"), 12), text), "2025-12-01");
}

#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_need_on_a_day),
		T(test_wanted),
		T(test_deadlines_of_both_sides),
		T(test_over),
		T(test_too_late),
		T(test_same_organisation),
		T(test_superseded),
		T(test_gate_of_needs),
		T(test_gate_of_anonymous_needs),
		T(test_gate_of_interests),
		T(test_gate_of_answers),
		T(test_gate_of_answers_of_the_anonymous),
		T(test_months),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
