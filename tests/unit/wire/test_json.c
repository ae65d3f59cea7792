/* SPDX-License-Identifier: Apache-2.0 */
/* JSON as people and scripts see it: golden text, there and back, every complaint in its place. */
#include "wire/codec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "pb/ctl.pb-c.h"
#include "pb/log.pb-c.h"
#include "pb/registry.pb-c.h"

#define INITIATIVE (&ims__registry__initiative__descriptor)
#define DIGEST (&ims__ctl__view_digest_reply__descriptor)
#define ROSTER (&ims__ctl__roster_reply__descriptor)
#define ENTRY (&ims__log__entry__descriptor)
#define ROW (&ims__log__journal_row__descriptor)
#define EMPTY (&ims__ctl__empty__descriptor)

static struct arena arena;
static struct buf problems, out;
static struct errtext detail;

static int setup(void **state)
{
	(void)state;
	arena_init(&arena, 1 << 20);
	buf_init(&problems, 0);
	buf_init(&out, 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_fini(&arena);
	buf_fini(&problems);
	buf_fini(&out);
	return 0;
}

static ProtobufCMessage *read_ok(const ProtobufCMessageDescriptor *d, const char *text)
{
	ProtobufCMessage *m = NULL;
	int r = codec_from_json(d, bytes_of(text), &arena, &m, &problems, &detail);

	if (r)
		fail_msg("%d %s\n%s", r, detail.text, buf_text(&problems));
	return m;
}

/* Reads `text` and prints it; the same comes out. */
static void same(const ProtobufCMessageDescriptor *d, unsigned indent, const char *text)
{
	const ProtobufCMessage *m = read_ok(d, text);

	buf_clear(&out);
	codec_json(m, indent, &out);
	assert_string_equal(buf_text(&out), text);
}

static void refused(const ProtobufCMessageDescriptor *d, const char *text, const char *want)
{
	ProtobufCMessage *m = NULL;

	buf_clear(&problems);
	assert_int_equal(codec_from_json(d, bytes_of(text), &arena, &m, &problems, &detail), IMS_E_INVALID);
	assert_null(m);
	assert_string_equal(buf_text(&problems), want);
}

static void test_view_digest(void **state)
{
	(void)state;
	same(DIGEST, 0,
	     "{\"digest\":\"00ff10\",\"roster\":1,\"rules\":1,\"holes\":0,"
	     "\"sizes\":{\"ims.example/eu/1\":123,\"ims.example/mx/"
	     "1\":0},\"records\":9223372036854775807,\"keys\":0}");
	same(DIGEST, 0,
	     "{\"digest\":\"\",\"roster\":0,\"rules\":0,\"holes\":0,\"sizes\":{},\"records\":0,\"keys\":0}");
	same(EMPTY, 0, "{}");
	same(EMPTY, 2, "{}");
}

static void test_indented(void **state)
{
	(void)state;
	same(&ims__registry__organisation__descriptor, 2,
	     "{\n"
	     "  \"header\": null,\n"
	     "  \"name\": \"Universit\xc3\xa4t \\\"X\\\"\",\n"
	     "  \"short_name\": \"\",\n"
	     "  \"country\": \"DE\",\n"
	     "  \"city\": \"\",\n"
	     "  \"type\": \"\",\n"
	     "  \"links\": [\n"
	     "    {\n"
	     "      \"rel\": \"homepage\",\n"
	     "      \"url\": \"https://x.example/\"\n"
	     "    }\n"
	     "  ],\n"
	     "  \"sources\": [],\n"
	     "  \"ror\": \"\",\n"
	     "  \"pic\": \"\",\n"
	     "  \"aliases\": [],\n"
	     "  \"about\": [],\n"
	     "  \"domains\": [],\n"
	     "  \"platforms\": [],\n"
	     "  \"keywords\": []\n"
	     "}");
}

static void test_notes_are_text_and_bytes_are_hex(void **state)
{
	const Ims__Ctl__RosterReply *m;

	(void)state;
	same(ROSTER, 0, "{\"version\":2,\"hash\":\"0aff\",\"note\":\"a\\nb\xe2\x80\x94 \\\\\\t\"}");
	m = (const Ims__Ctl__RosterReply *)read_ok(ROSTER, "{\"note\":\"a\\nb\",\"hash\":\"0AfF\"}");
	assert_int_equal(m->note.len, 3);
	assert_memory_equal(m->note.data, "a\nb", 3);
	assert_memory_equal(m->hash.data, "\x0a\xff", 2);
}

/* Bytes that were announced as text and are none still make valid JSON. */
static void test_note_that_is_no_text(void **state)
{
	uint8_t note[] = {'a', 0xff, 0xc3, 'b', 0, 0x1b, 0x7f, 0xe2, 0x80};
	Ims__Ctl__NoteReply m;

	(void)state;
	ims__ctl__note_reply__init(&m);
	m.note = (ProtobufCBinaryData){sizeof(note), note};
	codec_json(&m.base, 0, &out);
	assert_string_equal(buf_text(&out), "{\"note\":\"a\xef\xbf\xbd\xef\xbf\xbd"
					    "b\\u0000\\u001b\\u007f\xef\xbf\xbd\xef\xbf\xbd\"}");
}

static void test_numbers_and_enums(void **state)
{
	const Ims__Log__Entry *m;

	(void)state;
	m = (const Ims__Log__Entry *)read_ok(
		ENTRY,
		"{\"index\":\"18446744073709551615\",\"time_ms\":\"-9223372036854775808\","
		"\"format\":4294967295,\"operation\":\"OPERATION_ERASE\",\"audience\":2,\"revision\":null}");
	assert_true(m->index == UINT64_MAX);
	assert_true(m->time_ms == INT64_MIN);
	assert_int_equal(m->format, UINT32_MAX);
	assert_int_equal(m->operation, IMS__LOG__OPERATION__OPERATION_ERASE);
	assert_int_equal(m->audience, IMS__LOG__AUDIENCE__AUDIENCE_FEDERATION);
	codec_json(&m->base, 0, &out);
	assert_string_equal(
		buf_text(&out),
		"{\"format\":4294967295,\"origin\":\"\",\"index\":\"18446744073709551615\","
		"\"time_ms\":-9223372036854775808,\"roster_version\":0,\"kind\":\"\",\"record\":\"\","
		"\"revision\":0,\"operation\":\"OPERATION_ERASE\",\"audience\":\"AUDIENCE_FEDERATION\","
		"\"commitment\":\"\"}");
	m = (const Ims__Log__Entry *)read_ok(ENTRY, "{\"time_ms\":-1,\"index\":7}");
	assert_int_equal(m->time_ms, -1);
	assert_int_equal(((const Ims__Log__JournalRow *)read_ok(ROW, "{\"outcome\":-2147483648}"))->outcome,
			 INT32_MIN);
}

static void test_enum_of_the_future(void **state)
{
	Ims__Log__Entry m;

	(void)state;
	ims__log__entry__init(&m);
	m.operation = (Ims__Log__Operation)99;
	codec_json(&m.base, 0, &out);
	assert_non_null(strstr(buf_text(&out), "\"operation\":99,"));
	refused(ENTRY, "{\"operation\":99}", "/operation: not one of the values of this field\n");
	refused(ENTRY, "{\"operation\":\"PUT\"}", "/operation: not one of the values of this field\n");
}

static void test_problems_have_pointers(void **state)
{
	(void)state;
	refused(INITIATIVE,
		"{\"title\":[{\"lang\":\"en\",\"text\":5},{\"x\":1}],\"budget_hundredths\":1.5,"
		"\"keywords\":[\"a\",null,\"c\\u0001\"],\"source\":[],\"participants\":{},\"a/b~c\\n\":0,"
		"\"header\":{\"named\":\"eu\"},\"acronym\":true}",
		"/title/0/text: expected text\n"
		"/title/1/x: unknown member\n"
		"/budget_hundredths: expected a whole number of 64 bits\n"
		"/keywords/1: expected text\n"
		"/keywords/2: text holds a control character\n"
		"/source: expected an object\n"
		"/participants: expected a list\n"
		"/a~1b~0c?: unknown member\n"
		"/header/named: expected a list\n"
		"/acronym: expected text\n");
	assert_string_equal(detail.text, "10 problems");
	refused(DIGEST, "{\"sizes\":{\"a\":-1,\"b\":2,\"c\\u0007\":3},\"digest\":\"abc\",\"holes\":\"01\"}",
		"/sizes/a: expected a whole number from 0 to 2^64-1\n"
		"/sizes/c?: name holds a control character\n"
		"/digest: expected an even number of hex digits\n"
		"/holes: expected a whole number from 0 to 2^64-1\n");
	refused(DIGEST, "{\"sizes\":[],\"digest\":1}",
		"/sizes: expected an object\n/digest: expected hex digits\n");
}

static void test_numbers_out_of_range(void **state)
{
	(void)state;
	refused(ENTRY,
		"{\"format\":4294967296,\"index\":\"18446744073709551616\",\"time_ms\":"
		"\"9223372036854775808\"}",
		"/format: expected a whole number from 0 to 2^32-1\n"
		"/index: expected a whole number from 0 to 2^64-1\n"
		"/time_ms: expected a whole number of 64 bits\n");
	refused(ENTRY, "{\"format\":-1,\"index\":\"\",\"time_ms\":\"-\",\"revision\":true}",
		"/format: expected a whole number from 0 to 2^32-1\n"
		"/index: expected a whole number from 0 to 2^64-1\n"
		"/time_ms: expected a whole number of 64 bits\n"
		"/revision: expected a whole number from 0 to 2^64-1\n");
	refused(ROW, "{\"outcome\":2147483648}", "/outcome: expected a whole number of 32 bits\n");
	refused(ROW, "{\"outcome\":\"1\"}", "/outcome: expected a whole number of 32 bits\n");
}

static void test_the_whole_is_no_object(void **state)
{
	(void)state;
	refused(DIGEST, "[]", ": expected an object\n");
	refused(DIGEST, "[[1]]", ": expected an object\n");
}

static void test_problems_are_bounded(void **state)
{
	unsigned lines = 0;
	struct buf text;

	(void)state;
	buf_init(&text, 0);
	buf_put_text(&text, "{");
	for (unsigned i = 0; i < 100; i++)
		buf_printf(&text, "%s\"%0300u\":1", i ? "," : "", i);
	buf_put_text(&text, "}");
	buf_clear(&problems);
	assert_int_equal(codec_from_json(DIGEST, buf_bytes(&text), &arena, NULL, &problems, &detail),
			 IMS_E_INVALID);
	assert_string_equal(detail.text, "100 problems");
	for (size_t i = 0; i < problems.n; i++)
		lines += problems.p[i] == '\n';
	assert_int_equal(lines, CODEC_JSON_PROBLEMS_MAX);
	assert_true(problems.n < (size_t)lines * 100);
	buf_fini(&text);
}

static void syntax(struct bytes text, int err)
{
	ProtobufCMessage *m = NULL;

	detail.text[0] = '\0';
	assert_int_equal(codec_from_json(DIGEST, text, &arena, &m, &problems, &detail), err);
	assert_int_not_equal(detail.text[0], '\0');
	assert_null(m);
}

static void test_malformed(void **state)
{
	(void)state;
	syntax(BYTES_NONE, IMS_E_SYNTAX);
	syntax(BYTES_LIT("{"), IMS_E_SYNTAX);
	syntax(BYTES_LIT("{}x"), IMS_E_SYNTAX);
	syntax(BYTES_LIT("{\"roster\":1,\"roster\":2}"), IMS_E_SYNTAX);
	syntax(BYTES_LIT("{\"digest\":\"\xff\"}"), IMS_E_SYNTAX);
	syntax(BYTES_LIT("{\"digest\":\"\\u0000\"}"), IMS_E_SYNTAX);
	syntax(BYTES_LIT("{\"roster\":18446744073709551615}"), IMS_E_SYNTAX);
	syntax(BYTES_LIT("{\n \"roster\": }"), IMS_E_SYNTAX);
	assert_ptr_equal(strstr(detail.text, "line 2, column "), detail.text);
}

static void test_bounds_before_memory(void **state)
{
	static char big[CODEC_JSON_MAX_BYTES + 1];

	(void)state;
	memset(big, ' ', sizeof(big));
	syntax(BYTES(big, sizeof(big)), IMS_E_LIMIT);
	memset(big, '[', CODEC_JSON_MAX_DEPTH);
	syntax(BYTES(big, CODEC_JSON_MAX_DEPTH), IMS_E_SYNTAX);
	big[CODEC_JSON_MAX_DEPTH] = '{';
	syntax(BYTES(big, CODEC_JSON_MAX_DEPTH + 1), IMS_E_TOO_DEEP);
	/* brackets in texts are letters */
	read_ok(ROSTER, "{\"note\":\"[[[[[[[[[[[[[[[[[\\\"[[[[[[[[[[[[[[[[[[[[[[\"}");
}

static void test_short_of_memory_at_each_step(void **state)
{
	struct bytes text = BYTES_LIT("{\"header\":{\"operator\":\"o\",\"named\":[\"eu\",\"mx\"]},"
				      "\"title\":[{\"lang\":\"en\",\"text\":\"t\"}],\"keywords\":[\"k\"]}");
	int r = IMS_E_NOMEM;

	(void)state;
	for (size_t budget = 0; r == IMS_E_NOMEM; budget += 8) {
		ProtobufCMessage *m;
		struct arena a;

		assert_true(budget < 4096);
		arena_init(&a, budget);
		r = codec_from_json(INITIATIVE, text, &a, &m, &problems, NULL);
		arena_fini(&a);
	}
	assert_int_equal(r, 0);
	assert_int_equal(problems.n, 0);
}

static void test_no_room_to_print(void **state)
{
	const ProtobufCMessage *m = read_ok(ROSTER, "{\"note\":\"abc\",\"hash\":\"00\"}");

	(void)state;
	for (size_t limit = 1; limit < 40; limit++) {
		struct buf small;

		buf_init(&small, limit);
		codec_json(m, 1, &small);
		assert_true(small.failed && small.n <= limit);
		buf_fini(&small);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_view_digest, setup, teardown),
		cmocka_unit_test_setup_teardown(test_indented, setup, teardown),
		cmocka_unit_test_setup_teardown(test_notes_are_text_and_bytes_are_hex, setup, teardown),
		cmocka_unit_test_setup_teardown(test_note_that_is_no_text, setup, teardown),
		cmocka_unit_test_setup_teardown(test_numbers_and_enums, setup, teardown),
		cmocka_unit_test_setup_teardown(test_enum_of_the_future, setup, teardown),
		cmocka_unit_test_setup_teardown(test_problems_have_pointers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_numbers_out_of_range, setup, teardown),
		cmocka_unit_test_setup_teardown(test_the_whole_is_no_object, setup, teardown),
		cmocka_unit_test_setup_teardown(test_problems_are_bounded, setup, teardown),
		cmocka_unit_test_setup_teardown(test_malformed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bounds_before_memory, setup, teardown),
		cmocka_unit_test_setup_teardown(test_short_of_memory_at_each_step, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_room_to_print, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
