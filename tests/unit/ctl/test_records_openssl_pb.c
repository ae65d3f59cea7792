/* SPDX-License-Identifier: Apache-2.0 */
/* Writing and reading records: lists by pages, revisions, what is refused and how it is said. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "unit/ctl/asks.h"

static Ims__Ctl__Record *get(struct one_node *w, const char *id, uint64_t revision, struct arena *a)
{
	Ims__Ctl__RecordRequest q = FRESH(RecordRequest, record_request);

	q.id = LEND(id);
	q.revision = revision;
	return one_call(w, VERB_RECORD_GET, &q.base, &ims__ctl__record__descriptor, a);
}

static uint64_t count(struct one_node *w)
{
	Ims__Ctl__RecordListRequest q = FRESH(RecordListRequest, record_list_request);
	Ims__Ctl__RecordListReply *r;
	struct arena a;
	uint64_t n;

	q.kind = LEND("organisation");
	q.count_only = true;
	r = one_call(w, VERB_RECORD_LIST, &q.base, &ims__ctl__record_list_reply__descriptor, &a);
	n = r->count;
	assert_int_equal(r->n_records, 0);
	arena_fini(&a);
	return n;
}

static void test_revisions_and_history(void **state)
{
	Ims__Ctl__RecordRequest q = FRESH(RecordRequest, record_request);
	struct one_node *w = *state;
	Ims__Ctl__RecordHistoryReply *h;
	Ims__Ctl__PutReply *p;
	Ims__Ctl__Record *r;
	struct arena a;
	char id[64], text[512];

	one_put(w, "First", "", id);
	p = one_take_reply(w, one_send_put(w, "Second", id, ""), &ims__ctl__put_reply__descriptor, &a);
	assert_int_equal(p->revision, 2);
	assert_string_equal(p->outcome, "updated");
	arena_fini(&a);
	q.id = id;
	q.reason = LEND("closed down");
	p = one_call(w, VERB_RECORD_WITHDRAW, &q.base, &ims__ctl__put_reply__descriptor, &a);
	assert_int_equal(p->revision, 3);
	assert_string_equal(p->outcome, "withdrawn");
	arena_fini(&a);
	r = get(w, id, 0, &a);
	assert_string_equal(r->state, "withdrawn");
	assert_int_equal(r->payload.len, 0);
	arena_fini(&a);
	r = get(w, id, 1, &a);
	assert_string_equal(r->state, "live");
	assert_non_null(memmem(r->payload.data, r->payload.len, "First", 5));
	assert_string_equal(r->audience, "public");
	arena_fini(&a);
	h = one_call(w, VERB_RECORD_HISTORY, &q.base, &ims__ctl__record_history_reply__descriptor, &a);
	assert_int_equal(h->n_revisions, 3);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(h->revisions[i]->revision, i + 1);
	assert_string_equal(h->revisions[2]->operation, "withdraw");
	arena_fini(&a);
	q.revision = 4;
	assert_int_equal(one_refused(w, VERB_RECORD_GET, &q.base, text), IMS_E_NOT_FOUND);
	assert_int_equal(count(w), 0);
}

static unsigned long long number_of(const char *id)
{
	const char *dash = strrchr(id, '-');

	return dash ? strtoull(dash + 1, NULL, 10) : 0;
}

/* Pages of any size give every live record once, in order of ids: 9 comes before 10. */
static void test_lists_by_pages(void **state)
{
	struct one_node *w = *state;
	uint64_t ids[23];
	char name[16];

	for (int i = 0; i < 23; i++) {
		snprintf(name, sizeof(name), "Org %d", i);
		ids[i] = one_send_put(w, name, "", "");
	}
	for (int i = 0; i < 23; i++)
		assert_int_equal(one_await(w, ids[i])->err, 0);
	one_forget(w);
	assert_int_equal(count(w), 23);
	for (uint32_t page = 1; page <= 24; page += 4) {
		Ims__Ctl__RecordListRequest q = FRESH(RecordListRequest, record_list_request);
		char after[64] = "", last[64] = "";
		size_t seen = 0;

		do {
			Ims__Ctl__RecordListReply *r;
			struct arena a;

			q.kind = LEND("organisation");
			q.region = LEND("eu");
			q.limit = page;
			q.after = after;
			r = one_call(w, VERB_RECORD_LIST, &q.base, &ims__ctl__record_list_reply__descriptor,
				     &a);
			assert_true(r->n_records <= page);
			for (size_t i = 0; i < r->n_records; i++, seen++) {
				assert_true(number_of(last) < number_of(r->records[i]->id));
				snprintf(last, sizeof(last), "%s", r->records[i]->id);
			}
			snprintf(after, sizeof(after), "%s", r->next);
			arena_fini(&a);
		} while (*after);
		assert_int_equal(seen, 23);
	}
}

static void test_lists_by_key_and_sealed(void **state)
{
	Ims__Ctl__RecordListRequest q = FRESH(RecordListRequest, record_list_request);
	struct one_node *w = *state;
	Ims__Ctl__RecordListReply *r;
	struct arena a;
	char id[64], text[512];

	one_put(w, "A", "", NULL);
	one_put(w, "B", "", NULL);
	one_put(w, "C", "named:mx", id);
	q.key = LEND("country=NL");
	r = one_call(w, VERB_RECORD_LIST, &q.base, &ims__ctl__record_list_reply__descriptor, &a);
	assert_int_equal(r->n_records, 2);
	arena_fini(&a);
	q.key = LEND("country=DE");
	r = one_call(w, VERB_RECORD_LIST, &q.base, &ims__ctl__record_list_reply__descriptor, &a);
	assert_int_equal(r->n_records, 0);
	arena_fini(&a);
	q.key = LEND("");
	q.kind = LEND("sealed");
	r = one_call(w, VERB_RECORD_LIST, &q.base, &ims__ctl__record_list_reply__descriptor, &a);
	assert_int_equal(r->n_records, 1);
	assert_string_equal(r->records[0]->id, id);
	assert_string_equal(r->records[0]->state, "sealed");
	arena_fini(&a);
	q.key = LEND("country");
	assert_int_equal(one_refused(w, VERB_RECORD_LIST, &q.base, text), IMS_E_INVALID);
	q.key = LEND("");
	q.kind = LEND("nonsense");
	assert_int_equal(one_refused(w, VERB_RECORD_LIST, &q.base, text), IMS_E_UNKNOWN_KIND);
	q.kind = LEND("organisation");
	q.after = LEND("eu");
	assert_int_equal(one_refused(w, VERB_RECORD_LIST, &q.base, text), IMS_E_INVALID);
}

/* Each wrong field is named, in one line. */
static void test_refusals_say_why(void **state)
{
	Ims__Ctl__PutRequest q = FRESH(PutRequest, put_request);
	struct one_node *w = *state;
	struct buf payload = {0};
	char text[512];

	payload_put("organisation", "{'name':'X','country':'QQ','type':'nonsense'}", &payload);
	q.kind = LEND("organisation");
	q.payload = (ProtobufCBinaryData){payload.n, payload.p};
	assert_int_equal(one_refused(w, VERB_RECORD_PUT, &q.base, text), IMS_E_INVALID);
	assert_non_null(strstr(text, "/country"));
	assert_non_null(strstr(text, "; "));
	assert_non_null(strstr(text, "/type"));
	assert_null(strchr(text, '\n'));
	q.audience = LEND("everybody");
	assert_int_equal(one_refused(w, VERB_RECORD_PUT, &q.base, text), IMS_E_INVALID);
	assert_non_null(strstr(text, "everybody"));
	q.audience = LEND("");
	q.wait_replicated_ms = UINT32_MAX;
	assert_int_equal(one_refused(w, VERB_RECORD_PUT, &q.base, text), IMS_E_RANGE);
	q.wait_replicated_ms = 0;
	q.kind = LEND("nonsense");
	assert_int_equal(one_refused(w, VERB_RECORD_PUT, &q.base, text), IMS_E_UNKNOWN_KIND);
	buf_fini(&payload);
	assert_int_equal(count(w), 0);
}

/* inv. 3: nobody cosigns here, so the time passes and the answer says what is true. */
static void test_not_replicated_in_time(void **state)
{
	Ims__Ctl__PutRequest q = FRESH(PutRequest, put_request);
	struct one_node *w = *state;
	struct buf payload = {0};
	Ims__Ctl__PutReply *r;
	struct arena a;

	payload_put("organisation", "{'name':'X','country':'NL'}", &payload);
	q.kind = LEND("organisation");
	q.payload = (ProtobufCBinaryData){payload.n, payload.p};
	q.wait_replicated_ms = 120;
	r = one_call(w, VERB_RECORD_PUT, &q.base, &ims__ctl__put_reply__descriptor, &a);
	assert_string_equal(r->ack, "durable");
	arena_fini(&a);
	buf_fini(&payload);
}

static void test_the_digest_survives_a_rebuild(void **state)
{
	Ims__Ctl__Empty empty = FRESH(Empty, empty);
	struct one_node *w = *state;
	Ims__Ctl__ViewDigestReply *r;
	struct hash before;
	struct arena a;

	one_put(w, "A", "", NULL);
	one_put(w, "B", "federation", NULL);
	r = one_call(w, VERB_VIEW_DIGEST, &empty.base, &ims__ctl__view_digest_reply__descriptor, &a);
	assert_int_equal(r->digest.len, 32);
	memcpy(&before, r->digest.data, 32);
	assert_int_equal(r->records, 2);
	assert_int_equal(r->n_sizes, 1);
	assert_string_equal(r->sizes[0]->key, ONE_ORIGIN);
	assert_int_equal(r->sizes[0]->value, 2);
	arena_fini(&a);
	r = one_call(w, VERB_VIEW_REBUILD, &empty.base, &ims__ctl__view_digest_reply__descriptor, &a);
	assert_memory_equal(r->digest.data, &before, 32);
	arena_fini(&a);
}

/* ---- what takes a tenth of its length on the disk, and all of it in a reply */
#define LARGE_REVISIONS 90

/* Some 48 kB. */
static void put_large(struct one_node *w, unsigned revision, char id[64])
{
	Ims__Ctl__PutRequest q = FRESH(PutRequest, put_request);
	struct buf json = {0}, payload = {0};
	Ims__Ctl__PutReply *r;
	struct arena a;

	buf_printf(&json, "{'title':[{'lang':'en','text':'Revision %u'}],'state':'draft','abstract':[", revision);
	for (char lang = 'a'; lang < 'd'; lang++) {
		buf_printf(&json, "%s{'lang':'%cn','text':'", lang > 'a' ? "," : "", lang);
		for (int i = 0; i < 2000; i++)
			buf_put_text(&json, "so long ");
		buf_put_text(&json, "on'}");
	}
	buf_put_text(&json, "]}");
	payload_put("initiative", buf_text(&json), &payload);
	q.kind = LEND("initiative");
	q.id = id;
	q.payload = (ProtobufCBinaryData){payload.n, payload.p};
	r = one_call(w, VERB_RECORD_PUT, &q.base, &ims__ctl__put_reply__descriptor, &a);
	assert_int_equal(r->revision, revision);
	snprintf(id, 64, "%s", r->id);
	arena_fini(&a);
	buf_fini(&json);
	buf_fini(&payload);
}

static void expect_entries(struct one_node *w, bool payloads, size_t least, size_t most)
{
	Ims__Ctl__EntriesRequest q = FRESH(EntriesRequest, entries_request);
	Ims__Ctl__EntriesReply *r;
	struct arena a;

	q.payloads = payloads;
	r = one_call(w, VERB_LOG_ENTRIES, &q.base, &ims__ctl__entries_reply__descriptor, &a);
	assert_in_range(r->n_entries, least, most);
	for (size_t i = 0; i < r->n_entries; i++)
		assert_true(payloads == (r->entries[i]->payload.len > 40000));
	arena_fini(&a);
}

/* As much as a call has memory, and more: what is read of it and not shown is not kept. */
static void test_large_revisions(void **state)
{
	Ims__Ctl__RecordRequest q = FRESH(RecordRequest, record_request);
	struct one_node *w = *state;
	Ims__Ctl__RecordHistoryReply *h;
	Ims__Ctl__Record *r;
	struct arena a;
	size_t shown = 0;
	char id[64] = "";

	for (unsigned i = 1; i <= LARGE_REVISIONS; i++)
		put_large(w, i, id);
	q.id = id;
	h = one_call(w, VERB_RECORD_HISTORY, &q.base, &ims__ctl__record_history_reply__descriptor, &a);
	assert_int_equal(h->n_revisions, LARGE_REVISIONS);
	for (size_t i = 0; i < h->n_revisions; i++) {
		assert_int_equal(h->revisions[i]->revision, i + 1);
		shown += h->revisions[i]->payload.len > 40000;
	}
	assert_in_range(shown, 10, 22);
	arena_fini(&a);
	r = get(w, id, LARGE_REVISIONS - 1, &a); /* behind all others of its history */
	assert_non_null(memmem(r->payload.data, r->payload.len, "Revision 89", 11));
	arena_fini(&a);
	expect_entries(w, false, LARGE_REVISIONS, LARGE_REVISIONS);
	expect_entries(w, true, 10, 22);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_revisions_and_history, one_setup, one_teardown),
		cmocka_unit_test_setup_teardown(test_large_revisions, one_setup, one_teardown),
		cmocka_unit_test_setup_teardown(test_lists_by_pages, one_setup, one_teardown),
		cmocka_unit_test_setup_teardown(test_lists_by_key_and_sealed, one_setup, one_teardown),
		cmocka_unit_test_setup_teardown(test_refusals_say_why, one_setup, one_teardown),
		cmocka_unit_test_setup_teardown(test_not_replicated_in_time, one_setup, one_teardown),
		cmocka_unit_test_setup_teardown(test_the_digest_survives_a_rebuild, one_setup, one_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
