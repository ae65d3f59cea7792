/* SPDX-License-Identifier: Apache-2.0 */
/* The dispatch, status, journal, the verifying child, backups, and stopping with calls in flight. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "ledger/backup.h"
#include "unit/ctl/asks.h"

static void test_status(void **state)
{
	Ims__Ctl__Empty empty = FRESH(Empty, empty);
	struct one_node *w = *state;
	Ims__Ctl__StatusReply *r;
	struct arena a;

	one_put(w, "A", "", NULL);
	r = one_call(w, VERB_STATUS, &empty.base, &ims__ctl__status_reply__descriptor, &a);
	assert_string_equal(r->state, "ready");
	assert_string_equal(r->region, "eu");
	assert_string_equal(r->role, "region");
	assert_string_equal(r->origin, ONE_ORIGIN);
	assert_int_equal(r->size, 1);
	assert_int_equal(r->records, 1);
	assert_int_equal(r->n_peers, 0);
	assert_int_equal(r->n_logs, 1);
	assert_int_equal(r->n_attention, 1); /* the test's certificate lives for a day */
	assert_string_equal(r->attention[0]->command, "ims init --renew");
	arena_fini(&a);
}

static void test_unknown_and_malformed_requests(void **state)
{
	Ims__Ctl__Empty empty = FRESH(Empty, empty);
	Ims__Ctl__PeerRequest peer = FRESH(PeerRequest, peer_request);
	struct one_node *w = *state;
	const struct client me = {1, ROLE_LOCAL, "local"};
	char text[512];

	assert_int_equal(one_refused(w, (enum verb)999, &empty.base, text), IMS_E_UNSUPPORTED);
	ctl_request(w->ctl, &me, 7000, VERB_RECORD_GET, BYTES_LIT("\x0a\xff"));
	assert_int_equal(one_await(w, 7000)->err, IMS_E_TRUNCATED);
	one_forget(w);
	peer.region = LEND("mx");
	assert_int_equal(one_refused(w, VERB_PEER_PING, &peer.base, text), IMS_E_NOT_FOUND);
}

static uint64_t count_rows(struct one_node *w, const char *outcome, const char *peer)
{
	Ims__Ctl__JournalRequest q = FRESH(JournalRequest, journal_request);
	Ims__Ctl__JournalReply *r;
	struct arena a;
	uint64_t n;

	q.outcome = LEND(outcome);
	q.peer = LEND(peer);
	r = one_call(w, VERB_JOURNAL_LIST, &q.base, &ims__ctl__journal_reply__descriptor, &a);
	n = r->n_rows;
	assert_int_equal(r->next, 0);
	arena_fini(&a);
	return n;
}

/* A role that may not is told so, and the journal keeps it. */
static void test_refused_roles_are_journaled(void **state)
{
	struct one_node *w = *state;
	const struct client auditor = {1, ROLE_AUDITOR, "otto"};
	char text[512];
	Ims__Ctl__JournalRequest q = FRESH(JournalRequest, journal_request);

	for (uint64_t i = 0; i < 3; i++) {
		ctl_request(w->ctl, &auditor, 7000 + i, i ? VERB_RECORD_PUT : VERB_STATUS, BYTES_NONE);
		assert_int_equal(one_await(w, 7000 + i)->err, IMS_E_PERMISSION);
	}
	one_forget(w);
	assert_int_equal(count_rows(w, "permission", "otto"), 3);
	assert_int_equal(count_rows(w, "refused", "otto"), 3);
	assert_int_equal(count_rows(w, "ok", "otto"), 0);
	assert_int_equal(count_rows(w, "", "nobody"), 0);
	q.outcome = LEND("nonsense");
	assert_int_equal(one_refused(w, VERB_JOURNAL_LIST, &q.base, text), IMS_E_INVALID);
}

/* Every row once, in either direction and for every size of page; row 0 as well. */
static void test_the_journal_by_pages(void **state)
{
	struct one_node *w = *state;
	uint64_t total;

	for (int i = 0; i < 4; i++)
		one_put(w, (const char *[]){"A", "B", "C", "D"}[i], "", NULL);
	total = count_rows(w, "", "");
	assert_true(total >= 5); /* started, four writes */
	for (unsigned k = 0; k < 6; k++) {
		Ims__Ctl__JournalRequest q = FRESH(JournalRequest, journal_request);
		uint64_t seen = 0;

		q.newest_first = k % 2;
		q.limit = k / 2 + 1;
		do {
			Ims__Ctl__JournalReply *r;
			struct arena a;

			r = one_call(w, VERB_JOURNAL_LIST, &q.base, &ims__ctl__journal_reply__descriptor, &a);
			assert_true(r->n_rows <= q.limit);
			for (size_t i = 0; i < r->n_rows; i++, seen++)
				assert_int_equal(r->rows[i]->index, q.newest_first ? total - 1 - seen : seen);
			q.after = r->next;
			arena_fini(&a);
		} while (q.after && seen < total);
		assert_int_equal(seen, total);
	}
}

/* ---- the verifying child: a script plays it */
static void write_script(const struct one_node *w, const char *body)
{
	FILE *f = fopen(w->command, "w");

	assert_non_null(f);
	fprintf(f, "#!/bin/sh\n%s\n", body);
	assert_int_equal(fchmod(fileno(f), 0700), 0);
	fclose(f);
}

static Ims__Ctl__LogVerifyReply *verify(struct one_node *w, const char *origin, struct arena *a)
{
	Ims__Ctl__LogRequest q = FRESH(LogRequest, log_request);

	q.origin = LEND(origin);
	return one_call(w, VERB_LOG_VERIFY, &q.base, &ims__ctl__log_verify_reply__descriptor, a);
}

static void test_a_child_that_verifies(void **state)
{
	struct one_node *w = *state;
	Ims__Ctl__LogVerifyReply out = FRESH(LogVerifyReply, log_verify_reply), *r;
	Ims__Ctl__LogVerifyItem item = FRESH(LogVerifyItem, log_verify_item), *items[] = {&item};
	struct buf packed = {0};
	char hex[512], script[1024];
	struct arena a;

	item.origin = LEND(ONE_ORIGIN);
	item.entries = 5;
	out.ok = true;
	out.logs = items;
	out.n_logs = 1;
	codec_pack(&out.base, &packed);
	hex_put(hex, buf_bytes(&packed));
	snprintf(script, sizeof(script),
		 "test \"$1 $2 $3\" = \"--verify-log the.conf " ONE_ORIGIN "\" && echo %s", hex);
	write_script(w, script);
	r = verify(w, ONE_ORIGIN, &a);
	assert_true(r->ok);
	assert_string_equal(r->failure, "");
	assert_int_equal(r->logs[0]->entries, 5);
	arena_fini(&a);
	buf_fini(&packed);
}

static void test_children_that_fail(void **state)
{
	static const struct {
		const char *script, *failure;
	} cases[] = {
		{"kill -BUS $$", "killed by signal 7: the database file is damaged"},
		{"exit 3", "ended with status 3 and no result"},
		{"echo nonsense", "ended with status 0 and no result"},
		{"echo 080", "ended with status 0 and no result"},
		{"printf 0801", "ended with status 0 and no result"},
		{"yes 00", "said more than a reply holds"},
	};
	struct one_node *w = *state;
	Ims__Ctl__LogRequest q = FRESH(LogRequest, log_request);
	char text[512];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		Ims__Ctl__LogVerifyReply *r;
		struct arena a;

		write_script(w, cases[i].script);
		r = verify(w, "", &a);
		assert_false(r->ok);
		if (!strstr(r->failure, cases[i].failure))
			fail_msg("'%s': %s", cases[i].script, r->failure);
		arena_fini(&a);
	}
	unlink(w->command);
	assert_int_equal(one_refused(w, VERB_LOG_VERIFY, &q.base, text), IMS_E_IO);
	q.origin = LEND("--version");
	assert_int_equal(one_refused(w, VERB_LOG_VERIFY, &q.base, text), IMS_E_NOT_FOUND);
}

/* inv. 12: one child at a time; and the child has no file of the store. */
static void test_one_child_with_clean_hands(void **state)
{
	struct one_node *w = *state;
	Ims__Ctl__LogRequest q = FRESH(LogRequest, log_request);
	Ims__Ctl__LogVerifyReply *r;
	char text[512];
	uint64_t first;
	struct arena a;

	write_script(w, "if ls -l /proc/$$/fd | grep -q -e mdb -e ring; then kill -ABRT $$; fi\n"
			"while ! test -e $0.go; do :; done; rm $0.go; exit 4");
	first = one_send(w, VERB_LOG_VERIFY, &q.base);
	assert_int_equal(one_refused(w, VERB_LOG_VERIFY, &q.base, text), IMS_E_AGAIN);
	snprintf(text, sizeof(text), "%s.go", w->command);
	fclose(fopen(text, "w"));
	r = one_take_reply(w, first, &ims__ctl__log_verify_reply__descriptor, &a);
	if (!strstr(r->failure, "status 4"))
		fail_msg("%s", r->failure);
	arena_fini(&a);
}

/* ---- backups */
static void test_a_backup(void **state)
{
	struct one_node *w = *state;
	Ims__Ctl__BackupRequest q = FRESH(BackupRequest, backup_request);
	char *dir = tmpdir_path(w->dir, "backup"), *data = tmpdir_path(dir, "data"), text[512];
	Ims__Ctl__BackupReply *r;
	struct backup_facts f;
	struct store *copy;
	struct arena a;

	q.dir = LEND("backup");
	assert_int_equal(one_refused(w, VERB_BACKUP_CREATE, &q.base, text), IMS_E_USAGE);
	assert_int_equal(one_refused(w, VERB_BACKUP_VERIFY, &q.base, text), IMS_E_USAGE);
	one_put(w, "A", "", NULL);
	q.dir = dir;
	r = one_call(w, VERB_BACKUP_CREATE, &q.base, &ims__ctl__backup_reply__descriptor, &a);
	assert_string_equal(r->origin, ONE_ORIGIN);
	assert_int_equal(r->size, 1); /* what was acknowledged is in it */
	assert_int_equal(backup_open(dir, &copy, &f, NULL), 0);
	assert_memory_equal(f.marker.root.b, r->root.data, sizeof(f.marker.root.b));
	assert_int_equal(f.head_size, r->head_size);
	store_close(copy);
	arena_fini(&a);
	assert_int_equal(one_refused(w, VERB_BACKUP_CREATE, &q.base, text), IMS_E_EXISTS);
	assert_int_equal(one_refused(w, VERB_BACKUP_CREATE, &q.base, text), IMS_E_EXISTS); /* not: busy */
	tmpdir_free(data);
	tmpdir_free(dir);
}

static void test_a_child_that_verifies_a_backup(void **state)
{
	struct one_node *w = *state;
	Ims__Ctl__BackupRequest q = FRESH(BackupRequest, backup_request);
	Ims__Ctl__LogVerifyReply *r;
	struct arena a;

	q.dir = LEND("/some where");
	write_script(w, "test \"$1|$2|$3|$4\" = '--verify-backup|/some where|--config|the.conf' && echo 0801");
	r = one_call(w, VERB_BACKUP_VERIFY, &q.base, &ims__ctl__log_verify_reply__descriptor, &a);
	assert_true(r->ok);
	arena_fini(&a);
}

/* Whatever waits is dropped without a trace (the sanitizer looks for what is left). */
static void test_stopping_drops_what_waits(void **state)
{
	Ims__Ctl__EntriesRequest tail = FRESH(EntriesRequest, entries_request);
	Ims__Ctl__LogRequest log = FRESH(LogRequest, log_request);
	Ims__Ctl__PutRequest put = FRESH(PutRequest, put_request);
	Ims__Ctl__Empty empty = FRESH(Empty, empty);
	struct one_node *w = *state;
	struct buf payload = {0};

	write_script(w, "while :; do :; done");
	payload_put("organisation", "{'name':'X','country':'NL'}", &payload);
	put.kind = LEND("organisation");
	put.payload = (ProtobufCBinaryData){payload.n, payload.p};
	put.wait_replicated_ms = 60000;
	one_send(w, VERB_RECORD_PUT, &put.base);
	one_put(w, "A", "", NULL);
	tail.from = 100;
	tail.wait_ms = 60000;
	one_send(w, VERB_LOG_ENTRIES, &tail.base);
	one_send(w, VERB_LOG_VERIFY, &log.base);
	one_await(w, one_send(w, VERB_PEER_LIST, &empty.base)); /* the others have begun */
	for (int i = 0; i < 20; i++)
		one_send(w, VERB_VIEW_DIGEST, &empty.base);
	put.wait_replicated_ms = 0;
	one_send(w, VERB_RECORD_PUT, &put.base);
	one_await(w, one_send(w, VERB_PEER_LIST, &empty.base));
	buf_fini(&payload);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_status, one_setup, one_teardown),
		cmocka_unit_test_setup_teardown(test_unknown_and_malformed_requests, one_setup, one_teardown),
		cmocka_unit_test_setup_teardown(test_refused_roles_are_journaled, one_setup, one_teardown),
		cmocka_unit_test_setup_teardown(test_the_journal_by_pages, one_setup, one_teardown),
		cmocka_unit_test_setup_teardown(test_a_child_that_verifies, one_setup, one_teardown),
		cmocka_unit_test_setup_teardown(test_children_that_fail, one_setup, one_teardown),
		cmocka_unit_test_setup_teardown(test_one_child_with_clean_hands, one_setup, one_teardown),
		cmocka_unit_test_setup_teardown(test_a_backup, one_setup, one_teardown),
		cmocka_unit_test_setup_teardown(test_a_child_that_verifies_a_backup, one_setup, one_teardown),
		cmocka_unit_test_setup_teardown(test_stopping_drops_what_waits, one_setup, one_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
