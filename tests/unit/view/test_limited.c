/* SPDX-License-Identifier: Apache-2.0 */
/* inv. 7, 10: what this node may read of sealed records is found, in no digest, the same after a rebuild;
 * what it may not read, or is not as it should be, is not. */
#include "view/limited.h"

#include "unit/view/sealed.h"

#define DAY_0 INT64_C(1700000000000)

static int setup(void **state)
{
	assert_int_equal(node_setup(state), 0);
	sealed_begin(*state);
	return 0;
}

/* "id=region/index;…" of a kind about a record, and "+" when there are more. Static memory. */
static const char *listed(struct node *n, const char *kind, const char *about, size_t max)
{
	static char text[8000];
	struct store_txn *t = look_begin(n);
	struct limited_item *list;
	struct arena a;
	size_t count, at = 0;
	bool cut;

	arena_init(&a, 64u << 20);
	assert_int_equal(limited_list(t, kind, about, max, &a, &list, &count, &cut), 0);
	text[0] = '\0';
	for (size_t i = 0; i < count; i++) {
		assert_string_equal(list[i].kind->name, kind);
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s=%s/%llu;", list[i].record,
				       list[i].region, (unsigned long long)list[i].index);
	}
	snprintf(text + at, sizeof(text) - at, "%s", cut ? "+" : "");
	arena_fini(&a);
	store_abort(t);
	return text;
}

static int get(struct node *n, const char *id)
{
	struct store_txn *t = look_begin(n);
	struct limited_item item;
	struct arena a;
	int err;

	arena_init(&a, LIMITED_ARENA_BYTES);
	err = limited_get(t, bytes_of(id), &a, &item);
	arena_fini(&a);
	store_abort(t);
	return err;
}

static struct foreign *mx_with(struct node *n, const char *const *names, size_t count)
{
	struct foreign *f = foreign_new("mx");
	struct arena a;
	char id[32];

	arena_init(&a, 65536);
	for (size_t i = 0; i < count; i++) {
		snprintf(id, sizeof(id), "mx-x-%zu", 70 + i);
		sealed_interest(f, id, sealed_citation(n, FIXTURE_ORIGIN, 1, "eu-n-1", &a), names[i], DAY_0);
	}
	arena_fini(&a);
	return f;
}

static void test_found_and_rebuilt(void **state)
{
	static const char *const names[] = {"A", "B", "C"};
	struct node *n = *state;
	struct foreign *f = mx_with(n, names, 3);
	struct ledger_item late = f->items[1];
	struct hash before, after;

	f->items[1].payload_state = LEDGER_PAYLOAD_WANTED;
	f->items[1].payload = f->items[1].salt = BYTES_NONE;
	sealed_keep_back(&f->items[2]);
	foreign_give(n, f);
	assert_string_equal(listed(n, "interest", "eu-n-1", 9), "mx-x-70=mx/0;");
	assert_string_equal(listed(n, "interest", NULL, 9), "mx-x-70=mx/0;");
	assert_string_equal(listed(n, "interest", "eu-n-11", 9), ""); /* not the beginning of it */
	assert_string_equal(listed(n, "interest", "eu-n-", 9), "");
	assert_int_equal(get(n, "mx-x-70"), 0);
	assert_int_equal(get(n, "mx-x-71"), IMS_E_AGAIN);
	assert_int_equal(get(n, "mx-x-72"), IMS_E_PERMISSION);
	assert_int_equal(get(n, "mx-x-73"), IMS_E_NOT_FOUND);
	assert_int_equal(get(n, "eu-n-1"), IMS_E_INVALID);
	assert_int_equal(get(n, "what"), IMS_E_NOT_FOUND);
	before = look_digest(n);
	f->items[1] = late; /* its payload comes later */
	assert_int_equal(node_run(n, foreign_job(f, COMMIT_PAYLOADS, 1, 2, false)), 0);
	assert_string_equal(listed(n, "interest", "eu-n-1", 9), "mx-x-70=mx/0;mx-x-71=mx/1;");
	after = look_digest(n);
	assert_true(hash_eq(&before, &after)); /* who may read more has the same view */
	assert_int_equal(look_count(n, TABLE_LIMITED),
			 4); /* those two, and about need and initiative the owner */
	assert_int_equal(node_run(n, commit_job_new(COMMIT_REBUILD)), 0);
	assert_string_equal(listed(n, "interest", "eu-n-1", 9), "mx-x-70=mx/0;mx-x-71=mx/1;");
	assert_int_equal(look_count(n, TABLE_LIMITED), 4);
	foreign_free(f);
}

/* A region that floods hides nobody else's. */
static void test_bounds(void **state)
{
	static const char *const names[] = {"A", "B", "C"};
	struct node *n = *state;
	struct foreign *f = mx_with(n, names, 3), *us = foreign_new("us");
	struct arena a;

	arena_init(&a, 65536);
	sealed_interest(us, "us-x-5", sealed_citation(n, FIXTURE_ORIGIN, 1, "eu-n-1", &a), "A", DAY_0);
	foreign_give(n, f);
	foreign_give(n, us);
	assert_string_equal(listed(n, "interest", "eu-n-1", 2), "mx-x-70=mx/0;mx-x-71=mx/1;us-x-5=us/0;+");
	assert_string_equal(listed(n, "interest", "eu-n-1", 3),
			    "mx-x-70=mx/0;mx-x-71=mx/1;mx-x-72=mx/2;us-x-5=us/0;");
	arena_fini(&a);
	foreign_free(us);
	foreign_free(f);
}

/* The same with bytes: large ones of one region end, those of another are there. */
static void test_bound_of_bytes(void **state)
{
	struct node *n = *state;
	struct foreign *f = foreign_new("mx"), *us = foreign_new("us");
	const size_t large = 5000, count = LIMITED_REGION_BYTES / (3 * large) + 3;
	char *text = malloc(large + 1), *json = malloc(3 * large + 2000), *found;
	const char *citation;
	struct arena a;
	size_t shown = 0;

	arena_init(&a, 65536);
	citation = sealed_citation(n, FIXTURE_ORIGIN, 1, "eu-n-1", &a);
	memset(text, 'x', large);
	text[large] = '\0';
	snprintf(json, 3 * large + 2000,
		 "{'need':%s,'name':'A','country':'MX','cooperation':[{'lang':'en','text':'%s'}],"
		 "'questions':[{'lang':'en','text':'%s'}],'about':[{'lang':'en','text':'%s'}]}",
		 citation, text, text, text);
	for (size_t i = 0; i < count; i++) {
		char id[32];

		snprintf(id, sizeof(id), "mx-x-%zu", 100 + i);
		sealed_add(f, id, "eu,mx", "interest", json, DAY_0);
	}
	sealed_interest(us, "us-x-5", citation, "A", DAY_0);
	foreign_give(n, f);
	foreign_give(n, us);
	expect("interest", json, NULL, "");
	found = mem_strdup(listed(n, "interest", "eu-n-1", 1000));
	for (const char *p = found; (p = strstr(p, "mx-x-")) != NULL; p++)
		shown++;
	assert_in_range(shown, LIMITED_REGION_BYTES / (3 * large + 1000), count - 1);
	assert_non_null(strstr(found, "us-x-5=us/0;+"));
	free(found);
	free(json);
	free(text);
	arena_fini(&a);
	foreign_free(us);
	foreign_free(f);
}

/* What is inside and breaks its kind's rules is not there: nobody has judged it before. */
static void test_bad_inside(void **state)
{
	struct node *n = *state;
	struct foreign *f = foreign_new("mx");
	struct entry en = foreign_entry(f, "sealed", "mx-x-1", 0);
	struct bytes garbage = BYTES_LIT("\xff\xff\xff");

	en.audience = ENTRY_NAMED;
	foreign_add(f, en, &garbage);
	sealed_add(f, "mx-x-2", "eu,mx", "interest", "{'name':'A'}", DAY_0); /* no need */
	sealed_add(f, "mx-x-3", "eu,mx", "owner", "{'need':'eu-n-1','initiative':'eu-i-1'}",
		   DAY_0); /* another's */
	foreign_give(n, f);
	assert_string_equal(look_record(n, "mx-x-1"), "sealed 0"); /* as all nodes see it */
	assert_int_equal(get(n, "mx-x-1"), IMS_E_INVALID);
	assert_int_equal(get(n, "mx-x-2"), IMS_E_INVALID);
	assert_string_equal(listed(n, "interest", NULL, 9), "");
	assert_null(strstr(listed(n, "owner", "eu-n-1", 9), "mx-"));
	foreign_free(f);
}

/* A record of a kind that all may see, sealed for some: found with the kind alone. */
static void test_about_nothing(void **state)
{
	struct node *n = *state;
	struct foreign *f = foreign_new("mx");

	sealed_add(f, "mx-x-1", "eu,mx", "organisation", "{'name':'A','country':'MX'}", DAY_0);
	foreign_give(n, f);
	assert_string_equal(listed(n, "organisation", NULL, 9), "mx-x-1=mx/0;");
	assert_string_equal(listed(n, "organisation", "", 9), "mx-x-1=mx/0;");
	foreign_free(f);
}

#define T(test) cmocka_unit_test_setup_teardown(test, setup, node_teardown)
int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_found_and_rebuilt), T(test_bounds),	  T(test_bound_of_bytes),
		T(test_bad_inside),	   T(test_about_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
