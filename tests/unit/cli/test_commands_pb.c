/* SPDX-License-Identifier: Apache-2.0 */
/* Commands from argv to what is printed, against a node that holds a little of everything. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pb/ctl.pb-c.h"
#include "pb/registry.pb-c.h"

#include "cli/request.h"
#include "unit/cli/fake_node.h"
#include "wire/codec.h"
#include "wire/entry.h"

#define ROWS 1203
#define RECORDS 450
#define ENTRIES 2500

static char eu_1[] = "ims.example/eu/1", organisation[] = "organisation", ok[] = "ok", here[] = "here",
	    live[] = "live", durable[] = "durable", created[] = "created";

/* ---- the fake's answers, one verb each */

/* Rows 1..ROWS in pages of at most 100, whatever was asked for: clients follow `next`. */
static void journal(const Ims__Ctl__JournalRequest *q, struct buf *body)
{
	Ims__Ctl__JournalReply r = REQUEST(JournalReply, journal_reply);
	Ims__Ctl__JournalItem rows[100], *list[100];
	uint64_t at = q->after;

	CHECK(strcmp(q->outcome, "refused") == 0 && q->since_ms == 1000);
	for (; at < ROWS && r.n_rows < 100 && r.n_rows < q->limit; at++) {
		Ims__Ctl__JournalItem *item = &rows[r.n_rows];

		ims__ctl__journal_item__init(item);
		item->index = at + 1;
		item->outcome = ok;
		list[r.n_rows++] = item;
	}
	r.rows = list;
	r.next = at < ROWS ? at : 0;
	codec_pack(&r.base, body);
}

static void records(const Ims__Ctl__RecordListRequest *q, struct buf *body)
{
	Ims__Ctl__RecordListReply r = REQUEST(RecordListReply, record_list_reply);
	static char ids[200][32];
	Ims__Ctl__Record rows[200], *list[200];
	unsigned at = *q->after ? (unsigned)strtoul(q->after + 5, NULL, 10) : 0;
	char next[32] = "";

	r.count = RECORDS;
	for (; !q->count_only && at < RECORDS && r.n_records < q->limit; at++) {
		Ims__Ctl__Record *item = &rows[r.n_records];

		ims__ctl__record__init(item);
		snprintf(ids[r.n_records], sizeof(ids[0]), "eu-o-%u", at + 1);
		item->id = ids[r.n_records];
		item->kind = organisation;
		item->state = live;
		list[r.n_records++] = item;
	}
	if (at < RECORDS)
		snprintf(next, sizeof(next), "eu-o-%u", at);
	r.records = list;
	r.next = next;
	codec_pack(&r.base, body);
}

static void entries(const Ims__Ctl__EntriesRequest *q, struct buf *body)
{
	Ims__Ctl__EntriesReply r = REQUEST(EntriesReply, entries_reply);
	Ims__Ctl__LogEntry rows[1000], *list[1000];
	static uint8_t bytes[] = {1, 2, 3};

	for (uint64_t at = q->from; at < ENTRIES && r.n_entries < q->limit; at++) {
		Ims__Ctl__LogEntry *item = &rows[r.n_entries];

		ims__ctl__log_entry__init(item);
		item->index = at;
		item->entry = (ProtobufCBinaryData){sizeof(bytes), bytes};
		item->payload_state = here;
		list[r.n_entries++] = item;
	}
	r.origin = eu_1;
	r.entries = list;
	r.size = ENTRIES;
	codec_pack(&r.base, body);
}

static void log_show(struct buf *body)
{
	Ims__Ctl__LogShowReply r = REQUEST(LogShowReply, log_show_reply);
	Ims__Ctl__LogInfo info = REQUEST(LogInfo, log_info);

	info.origin = eu_1;
	info.state = ok;
	info.size = ENTRIES;
	r.log = &info;
	codec_pack(&r.base, body);
}

static void put(const Ims__Ctl__PutRequest *q, struct buf *body)
{
	Ims__Ctl__PutReply r = REQUEST(PutReply, put_reply);
	ProtobufCMessage *m;
	struct arena a;

	arena_init(&a, 1 << 20);
	CHECK(codec_unpack(&ims__registry__organisation__descriptor, BYTES(q->payload.data, q->payload.len),
			   &a, &m, NULL) == 0);
	CHECK(strcmp(((Ims__Registry__Organisation *)m)->name, "CNR") == 0);
	arena_fini(&a);
	r.id = q->id;
	r.origin = eu_1;
	r.index = 57;
	r.ack = durable;
	r.outcome = created;
	codec_pack(&r.base, body);
}

static void status(struct fake_node *f, struct buf *body)
{
	Ims__Ctl__StatusReply r = REQUEST(StatusReply, status_reply);
	Ims__Ctl__Attention at = REQUEST(Attention, attention), *list[] = {&at};

	r.attention = list;
	r.n_attention = f->ctx ? 1 : 0;
	codec_pack(&r.base, body);
}

static bool answer(struct fake_node *f, const struct msg_request *q, struct buf *out)
{
	struct buf body = {0};
	ProtobufCMessage *m;
	struct arena a;

	arena_init(&a, 1 << 20);
	CHECK(codec_unpack(verb_info((enum verb)q->verb)->request, q->body, &a, &m, NULL) == 0);
	if (q->verb == VERB_JOURNAL_LIST)
		journal((Ims__Ctl__JournalRequest *)m, &body);
	else if (q->verb == VERB_RECORD_LIST)
		records((Ims__Ctl__RecordListRequest *)m, &body);
	else if (q->verb == VERB_LOG_ENTRIES)
		entries((Ims__Ctl__EntriesRequest *)m, &body);
	else if (q->verb == VERB_LOG_SHOW)
		log_show(&body);
	else if (q->verb == VERB_RECORD_PUT)
		put((Ims__Ctl__PutRequest *)m, &body);
	else if (q->verb == VERB_STATUS)
		status(f, &body);
	if (body.n || q->verb == VERB_STATUS)
		fake_reply(out, q->id, 0, "", buf_bytes(&body));
	else
		fake_reply(out, q->id, IMS_E_NOT_FOUND, "no such thing", BYTES_NONE);
	buf_fini(&body);
	arena_fini(&a);
	return true;
}

static int start(void **state)
{
	struct fake_node *f = calloc(1, sizeof(*f));

	f->answer = answer;
	fake_start(f);
	*state = f;
	return 0;
}

static int stop(void **state)
{
	fake_stop(*state);
	free(*state);
	return 0;
}

static unsigned count_of(const char *text, const char *part)
{
	unsigned n = 0;

	for (; (text = strstr(text, part)); text++)
		n++;
	return n;
}

/* ---- tests */

static void lists_are_read_to_their_end(void **state)
{
	struct fake_node *f = *state;
	char *text;

	assert_int_equal(RUN_IMS(f->address, &text, "journal", "list", "--json", "--outcome", "refused",
				 "--since", "1000"),
			 0);
	assert_int_equal(count_of(text, "\"index\":"), ROWS);
	assert_non_null(strstr(text, "],\"next\":0}"));
	free(text);
	assert_int_equal(RUN_IMS(f->address, &text, "organisation", "list", "--json"), 0);
	assert_int_equal(count_of(text, "\"kind\":\"organisation\""), RECORDS);
	assert_non_null(strstr(text, "],\"count\":450,\"next\":\"\"}"));
	free(text);
	assert_int_equal(RUN_IMS(f->address, &text, "organisation", "list"), 0);
	assert_int_equal(count_of(text, "\n"), RECORDS + 1);
	free(text);
}

static void limits_hold(void **state)
{
	struct fake_node *f = *state;
	char *text;

	assert_int_equal(RUN_IMS(f->address, &text, "journal", "list", "--json", "--outcome", "refused",
				 "--since", "1000", "--limit", "150"),
			 0);
	assert_int_equal(count_of(text, "\"index\":"), 150);
	free(text);
	assert_int_equal(
		RUN_IMS(f->address, &text, "record", "list", "organisation", "--json", "--limit", "3"), 0);
	assert_int_equal(count_of(text, "\"kind\""), 3);
	assert_non_null(strstr(text, "\"next\":\"eu-o-3\"}"));
	free(text);
}

static void a_count_is_a_number(void **state)
{
	struct fake_node *f = *state;
	char *text;

	assert_int_equal(RUN_IMS(f->address, &text, "organisation", "list", "--count", "--json"), 0);
	assert_string_equal(text, "{\"count\":450}\n");
	free(text);
	assert_int_equal(RUN_IMS(f->address, &text, "organisation", "count"), 0);
	assert_string_equal(text, "450\n");
	free(text);
}

static void the_tail_is_the_end(void **state)
{
	struct fake_node *f = *state;
	char *text;

	assert_int_equal(RUN_IMS(f->address, &text, "log", "tail", "-n", "3", "--json"), 0);
	assert_int_equal(count_of(text, "\n"), 3);
	assert_non_null(strstr(text, "{\"index\":2497,"));
	assert_non_null(strstr(text, "{\"index\":2499,"));
	free(text);
}

static void exports_hold_every_entry(void **state)
{
	struct fake_node *f = *state;
	char *text;

	assert_int_equal(RUN_IMS(f->address, &text, "export", "jsonl", "--log", eu_1), 0);
	assert_ptr_equal(
		strstr(text, "{\"origin\":\"ims.example/eu/1\",\"size\":2500,\"checkpoint\":\"\"}\n"), text);
	assert_int_equal(count_of(text, "\n"), 1 + ENTRIES);
	assert_non_null(strstr(
		text, "{\"origin\":\"ims.example/eu/1\",\"index\":2499,\"entry\":\"AQID\",\"salt\":\"\","
		      "\"payload\":\"\",\"payload_state\":\"here\"}\n"));
	free(text);
	assert_int_equal(RUN_IMS(f->address, &text, "export", "csv", "organisation"), 0);
	assert_ptr_equal(strstr(text, "id,revision,state,origin,index,time,name,"), text);
	assert_int_equal(count_of(text, "\r\n"), 1 + RECORDS);
	free(text);
}

static int put_json(struct fake_node *f, const char *json, char **ret_text)
{
	char path[128];
	FILE *file;
	int err;

	snprintf(path, sizeof(path), "%s/put.json", f->dir);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(json, file);
	fclose(file);
	err = RUN_IMS(f->address, ret_text, "organisation", "put", path, "--id", "eu-o-17", "--json");
	unlink(path);
	return err;
}

static void json_becomes_a_payload(void **state)
{
	struct fake_node *f = *state;
	char *text;

	assert_int_equal(put_json(f, "{\"name\":\"CNR\",\"country\":\"IT\"}", &text), 0);
	assert_non_null(strstr(text, "{\"id\":\"eu-o-17\",\"origin\":\"ims.example/eu/1\",\"index\":57,"
				     "\"ack\":\"durable\""));
	free(text);
	/* what `record get` shows as the payload can be put again */
	assert_int_equal(
		put_json(f, "{\"header\":null,\"name\":\"CNR\",\"country\":\"IT\",\"links\":[]}", &text), 0);
	free(text);
	f->n_requests = 0;
	assert_int_equal(put_json(f, "{\"name\":\"CNR\",\"color\":\"red\"}", &text), IMS_E_INVALID);
	free(text);
	assert_int_equal(put_json(f, "{\"country\":\"IT\"}", &text), IMS_E_INVALID);
	free(text);
	assert_int_equal(put_json(f, "{\"name\":", &text), IMS_E_SYNTAX);
	free(text);
	assert_int_equal(f->n_requests, 0); /* what is wrong here does not reach the node */
}

static void status_tells_cron(void **state)
{
	struct fake_node *f = *state;
	char *text;

	assert_int_equal(RUN_IMS(f->address, &text, "status", "--json"), 0);
	free(text);
	f->ctx = f;
	assert_int_equal(RUN_IMS(f->address, &text, "status", "--json"), IMS_E_ATTENTION);
	assert_int_equal(ims_error(IMS_E_ATTENTION)->exit_code, 4);
	free(text);
}

static void failures_keep_their_name(void **state)
{
	struct fake_node *f = *state;
	char *text;

	assert_int_equal(RUN_IMS(f->address, &text, "record", "get", "eu-o-99"), IMS_E_NOT_FOUND);
	free(text);
	assert_int_equal(RUN_IMS(f->address, &text, "record", "withdraw", "eu-o-99"), IMS_E_USAGE);
	free(text);
	assert_int_equal(RUN_IMS("unix:/nonexistent", &text, "status"), IMS_E_UNREACHABLE);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(lists_are_read_to_their_end, start, stop),
		cmocka_unit_test_setup_teardown(limits_hold, start, stop),
		cmocka_unit_test_setup_teardown(a_count_is_a_number, start, stop),
		cmocka_unit_test_setup_teardown(the_tail_is_the_end, start, stop),
		cmocka_unit_test_setup_teardown(exports_hold_every_entry, start, stop),
		cmocka_unit_test_setup_teardown(json_becomes_a_payload, start, stop),
		cmocka_unit_test_setup_teardown(status_tells_cron, start, stop),
		cmocka_unit_test_setup_teardown(failures_keep_their_name, start, stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
