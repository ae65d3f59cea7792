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

/* ---- as the logs were */
struct then {
	Ims__Ctl__SizeOf size, *list[1];
};

/* The own log at a size. */
static Ims__Ctl__SizeOf **then_at(struct one_node *w, struct then *t, uint64_t size)
{
	Ims__Ctl__Empty q = FRESH(Empty, empty);
	static char origin[ORIGIN_MAX_BYTES + 1];
	Ims__Ctl__StatusReply *r;
	struct arena a;

	r = one_call(w, VERB_STATUS, &q.base, &ims__ctl__status_reply__descriptor, &a);
	snprintf(origin, sizeof(origin), "%s", r->origin);
	arena_fini(&a);
	t->size = FRESH(SizeOf, size_of);
	t->size.key = origin;
	t->size.value = size;
	t->list[0] = &t->size;
	return t->list;
}

static void check_name_at(struct one_node *w, const char *id, uint64_t size, const char *name, uint64_t revision,
			  const char *state)
{
	Ims__Ctl__RecordRequest q = FRESH(RecordRequest, record_request);
	struct then t;
	Ims__Ctl__Record *r;
	struct arena a;
	char text[512];

	q.id = LEND(id);
	q.as_of = then_at(w, &t, size);
	q.n_as_of = 1;
	if (!name) {
		assert_int_equal(one_refused(w, VERB_RECORD_GET, &q.base, text), IMS_E_NOT_FOUND);
		assert_non_null(strstr(text, "as of then"));
		return;
	}
	r = one_call(w, VERB_RECORD_GET, &q.base, &ims__ctl__record__descriptor, &a);
	assert_string_equal(r->state, state);
	assert_int_equal(r->revision, revision);
	assert_true(*name == '\0' ? r->payload.len == 0
				  : memmem(r->payload.data, r->payload.len, name, strlen(name)) != NULL);
	arena_fini(&a);
}

static size_t listed_at(struct one_node *w, uint64_t size, const char *key, bool count_only)
{
	Ims__Ctl__RecordListRequest q = FRESH(RecordListRequest, record_list_request);
	Ims__Ctl__RecordListReply *r;
	struct then t;
	struct arena a;
	size_t n;

	q.kind = LEND("organisation");
	q.key = LEND(key);
	q.as_of = then_at(w, &t, size);
	q.n_as_of = 1;
	q.count_only = count_only;
	r = one_call(w, VERB_RECORD_LIST, &q.base, &ims__ctl__record_list_reply__descriptor, &a);
	n = r->count;
	arena_fini(&a);
	return n;
}

/* A record is what it was: by its entries below the size, live though it has been withdrawn since; in lists it is
 * found by the keys that it had. */
static void test_as_of(void **state)
{
	Ims__Ctl__RecordRequest q = FRESH(RecordRequest, record_request);
	struct one_node *w = *state;
	Ims__Ctl__RecordHistoryReply *h;
	uint64_t first;
	struct then t;
	struct arena a;
	char id[64], other[64], text[512];
	Ims__Ctl__Record *r;

	one_put(w, "First", "", id);
	r = get(w, id, 0, &a);
	first = r->index;
	arena_fini(&a);
	one_await(w, one_send_put(w, "Second", id, ""));
	one_put(w, "Other", "", other);
	q.id = id;
	q.reason = LEND("closed down");
	one_call(w, VERB_RECORD_WITHDRAW, &q.base, &ims__ctl__put_reply__descriptor, &a);
	arena_fini(&a);
	check_name_at(w, id, first, NULL, 0, NULL);
	check_name_at(w, id, first + 1, "First", 1, "live");
	check_name_at(w, id, first + 3, "Second", 2, "live");
	check_name_at(w, id, first + 4, "", 3, "withdrawn");
	check_name_at(w, other, first + 2, NULL, 0, NULL);
	assert_int_equal(listed_at(w, first, "", false), 0);
	assert_int_equal(listed_at(w, first + 1, "", false), 1);
	assert_int_equal(listed_at(w, first + 3, "", true), 2);
	assert_int_equal(listed_at(w, first + 3, "country=NL", false), 2);
	assert_int_equal(listed_at(w, first + 3, "country=FR", false), 0);
	assert_int_equal(listed_at(w, first + 4, "country=NL", false), 1);
	assert_int_equal(listed_at(w, first + 3, "kind=organisation", false), 2);
	q.as_of = then_at(w, &t, first + 2);
	q.n_as_of = 1;
	h = one_call(w, VERB_RECORD_HISTORY, &q.base, &ims__ctl__record_history_reply__descriptor, &a);
	assert_int_equal(h->n_revisions, 2);
	arena_fini(&a);
	q.revision = 3;
	assert_int_equal(one_refused(w, VERB_RECORD_GET, &q.base, text), IMS_E_NOT_FOUND);
	q.revision = 1;
	r = one_call(w, VERB_RECORD_GET, &q.base, &ims__ctl__record__descriptor, &a);
	assert_non_null(memmem(r->payload.data, r->payload.len, "First", 5));
	arena_fini(&a);
	t.size.key = LEND("no log");
	assert_int_equal(one_refused(w, VERB_RECORD_GET, &q.base, text), IMS_E_INVALID);
	assert_non_null(strstr(text, "no log's name"));
	t.size.key = LEND("elsewhere.example/xx/1");
	assert_int_equal(one_refused(w, VERB_RECORD_GET, &q.base, text), IMS_E_NOT_FOUND);
	assert_non_null(strstr(text, "there is no log elsewhere.example/xx/1 here"));
	q.as_of = then_at(w, &t, first + 5);
	assert_int_equal(one_refused(w, VERB_RECORD_GET, &q.base, text), IMS_E_NOT_FOUND);
	assert_non_null(strstr(text, "entries here, not"));
}

static uint64_t size_at(struct one_node *w, int64_t time_ms)
{
	Ims__Ctl__LogSizesRequest q = FRESH(LogSizesRequest, log_sizes_request);
	Ims__Ctl__LogSizesReply *r;
	struct arena a;
	uint64_t n;

	q.time_ms = time_ms;
	r = one_call(w, VERB_LOG_SIZES, &q.base, &ims__ctl__log_sizes_reply__descriptor, &a);
	assert_true(r->n_sizes <= 1); /* the own log, and no journal */
	n = r->n_sizes ? r->sizes[0]->value : 0;
	arena_fini(&a);
	return n;
}

/* Each entry's own time leads to a size that holds it, and a moment before to one that does not hold the first. */
static void test_sizes_at_times(void **state)
{
	struct one_node *w = *state;
	struct arena a;
	char id[64];

	for (int i = 0; i < 9; i++) {
		char name[16];
		Ims__Ctl__Record *r;

		snprintf(name, sizeof(name), "Org %d", i);
		one_put(w, name, "", id);
		r = get(w, id, 0, &a);
		assert_int_equal(size_at(w, r->time_ms), r->index + 1);
		assert_true(size_at(w, r->time_ms - 1) <= r->index);
		assert_true(i > 0 || size_at(w, r->time_ms - 1) == r->index);
		assert_int_equal(size_at(w, r->time_ms + 100000), r->index + 1);
		arena_fini(&a);
	}
	assert_int_equal(size_at(w, 0), 0);
	assert_int_equal(size_at(w, INT64_MIN), 0);
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
		cmocka_unit_test_setup_teardown(test_as_of, one_setup, one_teardown),
		cmocka_unit_test_setup_teardown(test_sizes_at_times, one_setup, one_teardown),
		cmocka_unit_test_setup_teardown(test_large_revisions, one_setup, one_teardown),
		cmocka_unit_test_setup_teardown(test_lists_by_pages, one_setup, one_teardown),
		cmocka_unit_test_setup_teardown(test_lists_by_key_and_sealed, one_setup, one_teardown),
		cmocka_unit_test_setup_teardown(test_refusals_say_why, one_setup, one_teardown),
		cmocka_unit_test_setup_teardown(test_not_replicated_in_time, one_setup, one_teardown),
		cmocka_unit_test_setup_teardown(test_the_digest_survives_a_rebuild, one_setup, one_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
