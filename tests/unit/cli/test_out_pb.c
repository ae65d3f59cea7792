/* SPDX-License-Identifier: Apache-2.0 */
/* Both ways of printing; the JSON shapes are those that others script against (DESIGN section 9). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "pb/ctl.pb-c.h"
#include "pb/registry.pb-c.h"

#include "cli/out.h"
#include "cli/request.h"
#include "wire/codec.h"

/* What printing m gives. */
static char *print(const ProtobufCMessage *m, bool json)
{
	char *text = NULL;
	size_t n;
	FILE *f = open_memstream(&text, &n);
	struct out o;

	out_init(&o, json, f);
	out_message(&o, m);
	assert_int_equal(out_finish(&o), 0);
	fclose(f);
	return text;
}

static void expect_json(const ProtobufCMessage *m, const char *begins)
{
	char *text = print(m, true);

	if (strncmp(text, begins, strlen(begins)) != 0)
		fail_msg("%s does not begin with %s", text, begins);
	free(text);
}

static char eu[] = "eu", mx[] = "mx", origin[] = "ims.example/eu/1", id[] = "eu-o-17", ok[] = "ok",
	    irs[] = "irs", organisation[] = "organisation", durable[] = "durable", created[] = "created",
	    ready[] = "ready", region[] = "region", in_sync[] = "in-sync", live[] = "live",
	    name[] = "Universität", escape[] = "a\x1b[2Jb";

static void shapes_of_logs_and_views(void **state)
{
	uint8_t root[2] = {0xab, 0x01};
	char *cosigners[] = {irs, mx};
	Ims__Ctl__LogInfo info = REQUEST(LogInfo, log_info), *infos[] = {&info};
	Ims__Ctl__LogListReply logs = REQUEST(LogListReply, log_list_reply);
	Ims__Ctl__SizeOf size = REQUEST(SizeOf, size_of), *sizes[] = {&size};
	Ims__Ctl__ViewDigestReply view = REQUEST(ViewDigestReply, view_digest_reply);

	(void)state;
	info.origin = origin;
	info.region = eu;
	info.size = 123;
	info.root = (ProtobufCBinaryData){2, root};
	info.cosigners = cosigners;
	info.n_cosigners = 2;
	info.state = ok;
	logs.logs = infos;
	logs.n_logs = 1;
	expect_json(&logs.base, "{\"logs\":[{\"origin\":\"ims.example/eu/1\",\"region\":\"eu\",\"size\":123,"
				"\"root\":\"ab01\",\"cosigners\":[\"irs\",\"mx\"],\"state\":\"ok\"");
	size.key = origin;
	size.value = 123;
	view.digest = info.root;
	view.roster = view.rules = 1;
	view.sizes = sizes;
	view.n_sizes = 1;
	expect_json(&view.base, "{\"digest\":\"ab01\",\"roster\":1,\"rules\":1,\"holes\":0,"
				"\"sizes\":{\"ims.example/eu/1\":123}");
}

static void shapes_of_status_and_put(void **state)
{
	Ims__Ctl__StatusReply s = REQUEST(StatusReply, status_reply);
	Ims__Ctl__PeerStatus p = REQUEST(PeerStatus, peer_status), *peers[] = {&p};
	Ims__Ctl__PutReply put = REQUEST(PutReply, put_reply);

	(void)state;
	s.region = eu;
	s.role = region;
	s.state = ready;
	p.region = mx;
	p.state = in_sync;
	p.lag_ms = 12;
	s.peers = peers;
	s.n_peers = 1;
	expect_json(
		&s.base,
		"{\"region\":\"eu\",\"role\":\"region\",\"state\":\"ready\",\"peers\":[{\"region\":\"mx\","
		"\"state\":\"in-sync\",\"lag_entries\":0,\"lag_ms\":12");
	put.id = id;
	put.origin = origin;
	put.index = 57;
	put.ack = durable;
	put.outcome = created;
	expect_json(&put.base,
		    "{\"id\":\"eu-o-17\",\"origin\":\"ims.example/eu/1\",\"index\":57,\"ack\":\"durable\"");
}

static Ims__Ctl__Record record_of(struct buf *payload)
{
	Ims__Registry__Organisation org;
	Ims__Ctl__Record r = REQUEST(Record, record);

	ims__registry__organisation__init(&org);
	org.name = name;
	codec_pack(&org.base, payload);
	r.id = id;
	r.kind = organisation;
	r.revision = 2;
	r.origin = origin;
	r.index = 57;
	r.state = live;
	r.payload = (ProtobufCBinaryData){payload->n, payload->p};
	return r;
}

static void a_records_payload_is_an_object(void **state)
{
	struct buf payload = {0};
	Ims__Ctl__Record r = record_of(&payload);

	(void)state;
	expect_json(&r.base, "{\"id\":\"eu-o-17\",\"kind\":\"organisation\",\"revision\":2,"
			     "\"origin\":\"ims.example/eu/1\",\"index\":57,\"payload\":{");
	r.payload.len = 0;
	expect_json(&r.base,
		    "{\"id\":\"eu-o-17\",\"kind\":\"organisation\",\"revision\":2,"
		    "\"origin\":\"ims.example/eu/1\",\"index\":57,\"payload\":null,\"state\":\"live\"");
	buf_fini(&payload);
}

static void a_history_is_a_list_of_records(void **state)
{
	struct buf payload = {0};
	Ims__Ctl__Record r = record_of(&payload), *revisions[] = {&r, &r};
	Ims__Ctl__RecordHistoryReply h = REQUEST(RecordHistoryReply, record_history_reply);
	char *text;

	(void)state;
	h.revisions = revisions;
	h.n_revisions = 2;
	expect_json(&h.base, "{\"revisions\":[{\"id\":\"eu-o-17\",");
	text = print(&h.base, false);
	assert_non_null(strstr(text, "Universität"));
	free(text);
	buf_fini(&payload);
}

static void columns_align_and_are_tame(void **state)
{
	Ims__Ctl__PeerStatus a = REQUEST(PeerStatus, peer_status), b = a, *peers[] = {&a, &b};
	Ims__Ctl__PeerListReply l = REQUEST(PeerListReply, peer_list_reply);
	char *text, *second;

	(void)state;
	a.region = eu;
	a.state = in_sync;
	b.region = irs;
	b.state = ok;
	b.reason = escape;
	l.peers = peers;
	l.n_peers = 2;
	text = print(&l.base, false);
	assert_null(strchr(text, '\x1b'));
	assert_non_null(strstr(text, "a?[2Jb"));
	second = strchr(text, '\n') + 1;
	assert_int_equal(strstr(text, "STATE") - text, strstr(second, "in-sync") - second);
	free(text);
}

static void status_says_what_to_do(void **state)
{
	static char wrong[] = "mx does not answer", command[] = "ims peer ping mx";
	Ims__Ctl__StatusReply s = REQUEST(StatusReply, status_reply);
	Ims__Ctl__Attention at = REQUEST(Attention, attention), *list[] = {&at};
	char *text;

	(void)state;
	s.region = eu;
	s.state = ready;
	text = print(&s.base, false);
	assert_non_null(strstr(text, "all is well"));
	free(text);
	at.text = wrong;
	at.command = command;
	s.attention = list;
	s.n_attention = 1;
	text = print(&s.base, false);
	assert_non_null(
		strstr(text, "1 thing needs attention:\n  mx does not answer\n    try: ims peer ping mx"));
	free(text);
}

static void lists_and_fields(void **state)
{
	const struct out_field fields[] = {OUT_FIELD_TEXT("a", "x\"y"), OUT_FIELD_NUMBER("n", 7),
					   OUT_FIELD_TRUTH("t", 1), OUT_FIELD_WORDS("w", "eu mx")};
	char *text = NULL;
	size_t n;
	FILE *f = open_memstream(&text, &n);
	struct out o;

	(void)state;
	out_init(&o, true, f);
	out_fields(&o, fields, 4);
	out_list_begin(&o, "none", NULL);
	out_list_end(&o, fields + 1, 1);
	out_note(&o, "note", BYTES_LIT("line\n"));
	fclose(f);
	assert_string_equal(text, "{\"a\":\"x\\\"y\",\"n\":7,\"t\":true,\"w\":[\"eu\",\"mx\"]}\n"
				  "{\"none\":[],\"n\":7}\n{\"note\":\"line\\n\"}\n");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shapes_of_logs_and_views),
		cmocka_unit_test(shapes_of_status_and_put),
		cmocka_unit_test(a_records_payload_is_an_object),
		cmocka_unit_test(a_history_is_a_list_of_records),
		cmocka_unit_test(columns_align_and_are_tame),
		cmocka_unit_test(status_says_what_to_do),
		cmocka_unit_test(lists_and_fields),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
