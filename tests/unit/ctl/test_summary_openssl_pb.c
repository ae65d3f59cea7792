/* SPDX-License-Identifier: Apache-2.0 */
/* The programme in numbers: what is counted, and that a region of which nothing is heard is in no total. */
#define ONE_OTHERS WORLD_REGION("mx", "associate", "")
#include "unit/ctl/asks.h"

static const Ims__Ctl__SummaryReply *summary(struct one_node *w, uint64_t stale_ms, struct arena *a)
{
	Ims__Ctl__SummaryRequest q = FRESH(SummaryRequest, summary_request);

	q.stale_ms = stale_ms;
	return one_call(w, VERB_SUMMARY, &q.base, &ims__ctl__summary_reply__descriptor, a);
}

static const Ims__Ctl__SummaryRow *row(const Ims__Ctl__SummaryReply *r, const char *group, const char *id)
{
	for (size_t i = 0; i < r->n_groups; i++)
		for (size_t k = 0; k < r->groups[i]->n_rows; k++)
			if (strcmp(r->groups[i]->name, group) == 0 &&
			    strcmp(r->groups[i]->rows[k]->id, id) == 0)
				return r->groups[i]->rows[k];
	return NULL;
}

static void put(struct one_node *w, const char *kind, const char *json)
{
	Ims__Ctl__PutRequest q = FRESH(PutRequest, put_request);
	struct buf payload = {0};
	struct arena a;

	payload_put(kind, json, &payload);
	q.kind = LEND(kind);
	q.payload = (ProtobufCBinaryData){payload.n, payload.p};
	one_call(w, VERB_RECORD_PUT, &q.base, &ims__ctl__put_reply__descriptor, &a);
	arena_fini(&a);
	buf_fini(&payload);
}

static void withdraw(struct one_node *w, const char *id)
{
	Ims__Ctl__RecordRequest q = FRESH(RecordRequest, record_request);
	struct arena a;

	q.id = LEND(id);
	one_call(w, VERB_RECORD_WITHDRAW, &q.base, &ims__ctl__put_reply__descriptor, &a);
	arena_fini(&a);
}

#define INITIATIVE(state, id, more)                                                                          \
	"{'title':[{'lang':'en','text':'T'}],'state':'" state "','source':{'scheme':'cordis','id':'" id      \
	"'}" more "}"

static void test_counts(void **state)
{
	struct one_node *w = *state;
	const Ims__Ctl__SummaryReply *r;
	struct arena a;

	one_put(w, "A", "", NULL);
	one_put(w, "B", "", NULL);
	one_put(w, "C", "", NULL);
	withdraw(w, "eu-o-2");
	put(w, "initiative", INITIATIVE("active", "1", ",'platform':'P3','domains':['T01','T02']"));
	put(w, "initiative", INITIATIVE("active", "2", ""));
	put(w, "initiative", INITIATIVE("completed", "3", ",'platform':'P3'"));
	r = summary(w, 0, &a);
	assert_int_equal(row(r, "records", "organisation")->total, 2); /* what is withdrawn does not count */
	assert_int_equal(row(r, "records", "initiative")->total, 3);
	assert_int_equal(row(r, "records", "signature")->total, 0);
	assert_null(row(r, "records", "interest")); /* inv. 10: what is sealed is counted by nobody */
	assert_int_equal(row(r, "states", "active")->total, 2);
	assert_int_equal(row(r, "states", "completed")->total, 1);
	assert_int_equal(row(r, "states", "draft")->total, 0);
	assert_int_equal(row(r, "platforms", "P3")->total, 2);
	assert_int_equal(row(r, "domains", "T02")->total, 1);
	assert_int_equal(r->regions[0]->size, 7);
	assert_int_equal(r->regions[0]->n_logs, 1);
	assert_string_equal(r->regions[0]->logs[0]->key, ONE_ORIGIN);
	assert_int_equal(r->regions[0]->logs[0]->value, 7);
	assert_true(r->regions[0]->entry_ms > 0);
	arena_fini(&a);
}

/* A region of which nothing has come is shown, says why, and has its own column; no total has it. */
static void test_stale(void **state)
{
	struct one_node *w = *state;
	const Ims__Ctl__SummaryReply *r;
	struct arena a;

	one_put(w, "A", "", NULL);
	r = summary(w, 0, &a);
	assert_int_equal(r->n_regions, 2);
	assert_string_equal(r->regions[0]->state, "ok");
	assert_true(r->regions[0]->counted);
	assert_int_equal(r->regions[0]->age_ms, 0); /* the own log is all there */
	assert_string_equal(r->regions[1]->region, "mx");
	assert_string_equal(r->regions[1]->class_, "associate");
	assert_string_equal(r->regions[1]->state, "stale");
	assert_string_equal(r->regions[1]->reason, "nothing of it has come yet");
	assert_false(r->regions[1]->counted);
	assert_int_equal(r->regions[1]->age_ms, -1);
	assert_int_equal(r->n_left_out, 1);
	assert_string_equal(r->left_out[0], "mx");
	assert_int_equal(row(r, "records", "organisation")->n_regions, 2);
	assert_int_equal(row(r, "records", "organisation")->total, 1);
	arena_fini(&a);
}

static void test_bound(void **state)
{
	Ims__Ctl__SummaryRequest q = FRESH(SummaryRequest, summary_request);
	struct one_node *w = *state;
	char text[512];

	q.stale_ms = UINT64_MAX;
	assert_int_equal(one_refused(w, VERB_SUMMARY, &q.base, text), IMS_E_RANGE);
	assert_string_equal(text, "a bound for stale regions is at most ten years");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_counts, one_setup, one_teardown),
		cmocka_unit_test_setup_teardown(test_stale, one_setup, one_teardown),
		cmocka_unit_test_setup_teardown(test_bound, one_setup, one_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
