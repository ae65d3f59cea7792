/* SPDX-License-Identifier: Apache-2.0 */
/* The write path in good weather: puts, revisions, natural keys, groups, heads. */
#include "registry/audience.h"
#include "unit/view/foreign.h"
#include "unit/view/look.h"

/* C1: answered after the ring has it, while the database has not; then both have the same. */
static void test_put(void **state)
{
	struct node *n = *state;
	struct commit_job *j = org_job("Acme", "Bonn");
	struct hash root;

	assert_int_equal(node_start(n), 0);
	assert_int_equal(node_do(n, j), 0);
	assert_string_equal(j->u.put.ret_id, "eu-o-1");
	assert_string_equal(j->u.put.ret_origin, FIXTURE_ORIGIN);
	assert_string_equal(j->u.put.ret_outcome, "created");
	assert_int_equal(j->u.put.ret_index, 0);
	assert_int_equal(j->u.put.ret_revision, 1);
	assert_int_equal(ring_last(n->ring), 1);
	assert_int_equal(n->n_published, 1);
	assert_int_equal(n->committed, 0);
	assert_string_equal(look_record(n, "eu-o-1"), "none");
	commit_job_free(j);
	node_sync(n);
	assert_int_equal(n->committed, 1);
	assert_string_equal(look_record(n, "eu-o-1"), "live 1");
	assert_string_equal(look_keys(n, "natural.name"), "acme|DE=eu-o-1;");
	assert_int_equal(look_log(n, FIXTURE_ORIGIN, &root), 1);
	assert_true(hash_eq(&root, &n->published_root));
	assert_int_equal(look_journal(n, "written").n, 1);
}

/* inv. 3: killed before the database's commit, the next start folds the ring's tail to the same. */
static void test_crash_and_replay(void **state)
{
	struct node *n = *state;
	struct hash digest, again, root, published;

	assert_int_equal(node_start(n), 0);
	node_fill(n, 3, "Early");
	node_sync(n);
	node_fill(n, 5, "Single");
	node_fill_at_once(n, 295, "Late");
	assert_int_equal(node_run(n, withdraw_job("eu-o-5")), 0);
	published = n->published_root;
	assert_int_equal(n->published_size, 304);
	node_crash(n);

	assert_int_equal(node_start(n), 0);
	assert_int_equal(commit_state_of(n->commit), COMMIT_READY);
	assert_int_equal(n->committed, 304);
	assert_int_equal(look_log(n, FIXTURE_ORIGIN, &root), 304);
	assert_true(hash_eq(&root, &published));
	assert_string_equal(look_record(n, "eu-o-5"), "withdrawn 2");
	assert_string_equal(look_record(n, "eu-o-303"), "live 1");
	assert_int_equal(look_journal(n, "written").n, 3 + 5 + 1 + 1);
	digest = look_digest(n);
	assert_int_equal(node_run(n, commit_job_new(COMMIT_REBUILD)), 0); /* inv. 7 */
	again = look_digest(n);
	assert_true(hash_eq(&digest, &again));
	node_stop(n);
	assert_int_equal(node_start(n), 0);
	again = look_digest(n);
	assert_true(hash_eq(&digest, &again));
	assert_int_equal(node_run(n, org_job("After", "Bonn")), 0);
	assert_int_equal(n->published_size, 305);
}

/* An entry's time never goes back, over a restart either (DESIGN section 4, Time). */
static void test_time(void **state)
{
	struct node *n = *state;
	struct ledger_reader r;
	struct ledger_item it;
	struct store_txn *t;
	int64_t last = 0;

	assert_int_equal(node_start(n), 0);
	node_fill(n, 1, "A");
	n->wall_ms -= 5000;
	node_fill(n, 1, "B");
	node_crash(n);
	n->wall_ms -= 5000;
	assert_int_equal(node_start(n), 0);
	node_fill(n, 1, "C");
	n->wall_ms += 3600 * 1000 + 20000; /* more than an hour ahead of the monotonic clock */
	assert_int_equal(node_run(n, org_job("D", "Bonn")), IMS_E_CLOCK);
	n->mono_ms += 3600 * 1000;
	assert_int_equal(node_run(n, org_job("D", "Bonn")), 0);
	node_sync(n);
	t = look_begin(n);
	assert_int_equal(ledger_read_open(t, FIXTURE_ORIGIN, &r), 0);
	assert_int_equal(r.size, 4);
	for (uint64_t i = 0; i < r.size; i++) {
		struct arena a;
		struct entry en;

		arena_init(&a, 65536);
		assert_int_equal(ledger_read_entry(&r, i, &it), 0);
		assert_int_equal(entry_decode(it.entry, &a, &en, NULL), 0);
		assert_true(en.time_ms >= last);
		last = en.time_ms;
		arena_fini(&a);
	}
	store_abort(t);
	/* 400 days later: appends wait for the operator */
	node_stop(n);
	node_advance(n, 401LL * 24 * 3600 * 1000);
	assert_int_equal(node_start(n), 0);
	assert_int_equal(node_run(n, org_job("E", "Bonn")), IMS_E_CLOCK);
	assert_int_equal(node_run(n, commit_job_new(COMMIT_OVERRIDE)), 0);
	assert_int_equal(node_run(n, org_job("E", "Bonn")), 0);
}

static size_t n_cosigs(struct node *n)
{
	struct store_txn *t = look_begin(n);
	size_t ret = store_count(t, TABLE_COSIGS);

	store_abort(t);
	return ret;
}

/* A write that the clock refused had numbered its record by then, so that the open transaction was undone, and with it
 * the cosignatures in it, which nobody sends again. Found by the simulator. */
static void test_the_clock_undoes_no_cosignature(void **state)
{
	struct commit_job *j = commit_job_new(COMMIT_COSIGNATURE);
	struct node *n = *state;

	assert_int_equal(node_start(n), 0);
	j->u.cosignature.origin = mem_strdup(FIXTURE_ORIGIN);
	j->u.cosignature.region = mem_strdup("mx");
	j->u.cosignature.size = 1;
	buf_put_text(&j->u.cosignature.line, "a line\n");
	assert_int_equal(node_run(n, j), 0);
	n->wall_ms += 2 * 3600 * 1000;
	assert_int_equal(node_run(n, org_job("A", "Bonn")), IMS_E_CLOCK);
	node_sync(n);
	assert_int_equal(n_cosigs(n), 1);
}

/* A write that is refused leaves no trace, in the ring neither. */
static void test_refused_put_writes_nothing(void **state)
{
	struct node *n = *state;

	assert_int_equal(node_start(n), 0);
	n->wall_ms += 2 * 3600 * 1000;
	assert_int_equal(node_run(n, org_job("A", "Bonn")), IMS_E_CLOCK);
	assert_int_equal(node_run(n, put_job("organisation", "{'name':'B','country':'QX'}", NULL)),
			 IMS_E_INVALID);
	assert_int_equal(ring_last(n->ring), 0);
	assert_int_equal(n->n_published, 0);
}

static void test_natural_key(void **state)
{
	struct node *n = *state;
	struct commit_job *j[6] = {org_job("Acme", "Bonn"),   org_job("Beta", "Bonn"),
				   org_job(" ACME ", "Bonn"), org_job("Acme", "Berlin"),
				   org_job("Acme", "Bonn"),   org_job("Acme", "Bonn")};
	static const char *const outcome[] = {"created", "created", "updated",
					      "updated", "updated", "unchanged"};
	static const unsigned revision[] = {1, 1, 2, 3, 4, 4};

	assert_int_equal(node_start(n), 0);
	commit_run(n->commit, j, 6);
	assert_int_equal(n->n_completed, 6);
	assert_int_equal(n->n_published, 1); /* one group, one fsync */
	for (int i = 0; i < 6; i++) {
		assert_int_equal(j[i]->err, 0);
		assert_string_equal(j[i]->u.put.ret_id, i == 1 ? "eu-o-2" : "eu-o-1");
		assert_string_equal(j[i]->u.put.ret_outcome, outcome[i]);
		assert_int_equal(j[i]->u.put.ret_revision, revision[i]);
		commit_job_free(j[i]);
	}
	node_sync(n);
	for (int i = 0; i < 2; i++) { /* across turns, and across a start */
		j[0] = org_job("Acme", "Bonn");
		assert_int_equal(node_do(n, j[0]), 0);
		assert_string_equal(j[0]->u.put.ret_outcome, "unchanged");
		assert_string_equal(j[0]->u.put.ret_id, "eu-o-1");
		assert_int_equal(j[0]->u.put.ret_index, 4);
		commit_job_free(j[0]);
		node_stop(n);
		assert_int_equal(node_start(n), 0);
	}
	assert_int_equal(look_log(n, FIXTURE_ORIGIN, NULL), 5);
}

static void test_if_revision(void **state)
{
	struct node *n = *state;
	struct commit_job *j;

	assert_int_equal(node_start(n), 0);
	node_fill(n, 1, "A");
	j = put_job("organisation", "{'name':'A','country':'DE'}", "eu-o-1");
	j->u.put.if_revision = 2;
	assert_int_equal(node_run(n, j), IMS_E_STALE);
	j = put_job("organisation", "{'name':'A','country':'DE'}", "eu-o-1");
	j->u.put.if_revision = 1;
	assert_int_equal(node_do(n, j), 0);
	assert_int_equal(j->u.put.ret_revision, 2);
	commit_job_free(j);
	assert_int_equal(node_run(n, put_job("organisation", "{'name':'A','country':'DE'}", "eu-o-9")),
			 IMS_E_NOT_FOUND);
	assert_int_equal(node_run(n, put_job("organisation", "{'name':'A','country':'DE'}", "mx-o-1")),
			 IMS_E_PERMISSION); /* inv. 8 */
	assert_int_equal(node_run(n, put_job("contact", "{'role':'coach'}", "eu-o-1")), IMS_E_INVALID);
}

static void test_withdraw(void **state)
{
	struct node *n = *state;
	struct commit_job *j;

	assert_int_equal(node_start(n), 0);
	node_fill(n, 2, "A");
	assert_int_equal(node_run(n, withdraw_job("eu-o-1")), 0);
	j = withdraw_job("eu-o-1");
	assert_int_equal(node_do(n, j), 0);
	assert_string_equal(j->u.put.ret_outcome, "unchanged");
	commit_job_free(j);
	node_sync(n);
	assert_string_equal(look_record(n, "eu-o-1"), "withdrawn 2");
	assert_string_equal(look_keys(n, "natural.name"), "a 1|DE=eu-o-2;");
	j = put_job("organisation", "{'name':'A 0','country':'DE'}", "eu-o-1"); /* back again */
	assert_int_equal(node_do(n, j), 0);
	assert_int_equal(j->u.put.ret_revision, 3);
	commit_job_free(j);
	node_sync(n);
	assert_string_equal(look_record(n, "eu-o-1"), "live 3");
	assert_int_equal(look_log(n, FIXTURE_ORIGIN, NULL), 4);
}

/* inv. 10: a payload for named regions shows nothing outside. */
static void test_sealed(void **state)
{
	struct node *n = *state;
	struct commit_job *j = org_job("Secret", "Bonn");
	char id[RECORD_ID_MAX_BYTES + 1];

	assert_int_equal(node_start(n), 0);
	j->u.put.audience = ENTRY_NAMED;
	j->u.put.named = mem_strdup("mx,us");
	assert_int_equal(node_do(n, j), 0);
	snprintf(id, sizeof(id), "%s", j->u.put.ret_id);
	assert_int_equal(strncmp(id, "eu-x-", 5), 0);
	assert_int_equal(j->u.put.ret_revision, 0);
	commit_job_free(j);
	node_sync(n);
	assert_string_equal(look_record(n, id), "sealed 0");
	assert_string_equal(look_keys(n, "natural.name"), "");
	assert_string_equal(look_keys(n, "kind"), "");
	j = org_job("Secret", "Bonn");
	j->u.put.audience = ENTRY_NAMED;
	j->u.put.named = mem_strdup("Mexico");
	assert_int_equal(node_run(n, j), IMS_E_INVALID);
}

/* inv. 10: a kind that is for named regions finds them by itself, and nobody can name others. */
static void test_sealed_by_kind(void **state)
{
	static const char owner[] = "{'need':'eu-n-1','initiative':'eu-i-1'}";
	static const char *const first[][2] = {
		{"initiative", "{'title':[{'lang':'en','text':'T'}],'state':'draft',"
			       "'source':{'scheme':'cordis','id':'1'}}"},
		{"need", "{'anonymous':true,'owner_country':'DE','title':[{'lang':'en','text':'N'}],"
			 "'expiry':'2024-06-01','state':'open'}"},
	};
	struct node *n = *state;
	struct commit_job *j;
	struct ledger_reader r;
	struct ledger_item it;
	struct store_txn *t;
	struct arena a;

	assert_int_equal(node_start(n), 0);
	for (size_t i = 0; i < 2; i++) {
		j = put_job(first[i][0], first[i][1], NULL);
		j->u.put.owner = i ? mem_strdup("eu-i-1") : NULL;
		assert_int_equal(node_run(n, j), 0);
	}
	j = put_job("owner", owner, NULL);
	assert_int_equal(node_do(n, j), 0);
	assert_int_equal(strncmp(j->u.put.ret_id, "eu-x-", 5), 0);
	commit_job_free(j);
	node_sync(n);
	t = look_begin(n);
	assert_int_equal(ledger_read_open(t, FIXTURE_ORIGIN, &r), 0);
	arena_init(&a, 2 * LEDGER_ITEM_BYTES);
	assert_int_equal(ledger_read_item(&r, 3, &a, &it), 0);
	assert_true(registry_names_region(it.payload, BYTES_LIT("eu"), &a));
	assert_false(registry_names_region(it.payload, BYTES_LIT("mx"), &a));
	arena_fini(&a);
	store_abort(t);
	j = put_job("owner", owner, NULL);
	j->u.put.audience = ENTRY_PUBLIC;
	assert_int_equal(node_run(n, j), IMS_E_INVALID);
	j = put_job("owner", owner, NULL);
	j->u.put.audience = ENTRY_NAMED;
	j->u.put.named = mem_strdup("mx");
	assert_int_equal(node_run(n, j), IMS_E_INVALID);
	j = put_job("owner", "{'need':'mx-n-1','initiative':'eu-i-1'}", NULL); /* inv. 8 */
	assert_int_equal(node_run(n, j), IMS_E_INVALID);
}

/* What this node would write, the others would judge by rules that it does not know. */
static void test_rules_of_the_roster(void **state)
{
	struct node *n = *state;

	assert_int_equal(node_start(n), 0);
	n->roster->rules = REGISTRY_RULES_VERSION;
	assert_int_equal(node_run(n, org_job("Known", "Bonn")), 0);
	n->roster->rules = REGISTRY_RULES_VERSION + 1;
	assert_int_equal(node_run(n, org_job("Unknown", "Bonn")), IMS_E_READ_ONLY);
}

/* A sealed record has no second revision: its withdrawal would have no effect. */
static void test_sealed_is_not_withdrawn(void **state)
{
	struct node *n = *state;
	struct commit_job *j = org_job("Secret", "Bonn");

	assert_int_equal(node_start(n), 0);
	j->u.put.audience = ENTRY_NAMED;
	j->u.put.named = mem_strdup("mx");
	assert_int_equal(node_do(n, j), 0);
	assert_int_equal(node_run(n, withdraw_job(j->u.put.ret_id)), IMS_E_UNSUPPORTED);
	commit_job_free(j);
	node_sync(n);
	assert_int_equal(look_log(n, FIXTURE_ORIGIN, NULL), 1);
}

/* What is sealed must still fit a payload, or no peer would take it. */
static void test_sealed_too_large(void **state)
{
	struct node *n = *state;
	struct commit_job *j = commit_job_new(COMMIT_PUT);
	struct buf json = {0}, payload = {0};

	buf_put_text(&json, "{'title':[{'lang':'en','text':'T'}],'state':'draft','abstract':[");
	for (int i = 0; i < 4; i++) {
		buf_printf(&json, "%s{'lang':'%c%c','text':'", i ? "," : "", 'd' + i, 'e');
		for (int k = 0; k < (i < 3 ? 16200 : 16860); k++)
			buf_put_u8(&json, 'x');
		buf_put_text(&json, "'}");
	}
	buf_put_text(&json, "]}");
	payload_put("initiative", buf_text(&json), &payload);
	assert_true(payload.n > 65510 && payload.n < 65526);
	j->u.put.kind = mem_strdup("initiative");
	j->u.put.operator_name = mem_strdup("anna");
	j->u.put.audience = ENTRY_NAMED;
	j->u.put.named = mem_strdup("mx,us");
	j->u.put.payload = buf_bytes(&payload);
	buf_fini(&json);
	assert_int_equal(node_start(n), 0);
	assert_int_equal(node_run(n, j), IMS_E_LIMIT);
}

/* C5: what a job wrote before it failed is taken back, and the jobs beside it are as if it had never been. */
static void test_half_of_a_job_is_not_kept(void **state)
{
	struct node *n = *state;
	struct foreign *f = foreign_new("mx");
	struct commit_job *jobs[3];
	struct ledger_reader r;
	struct store_txn *t;

	assert_int_equal(node_start(n), 0);
	foreign_org(f, "mx-o-1", 1, "One");
	foreign_org(f, "mx-o-2", 1, "Two");
	jobs[0] = org_job("A", "Bonn");
	jobs[1] = foreign_job(f, COMMIT_PACKAGE, 0, 2, false);
	jobs[1]->u.package.items[1].index = 7; /* the first is appended and folded, the second is not */
	jobs[2] = org_job("B", "Bonn");
	commit_run(n->commit, jobs, 3);
	assert_int_equal(jobs[0]->err, 0);
	assert_int_equal(jobs[1]->err, IMS_E_BUG);
	assert_int_equal(jobs[2]->err, 0);
	assert_int_equal(n->fatal, 0);
	assert_int_equal(jobs[2]->u.put.ret_index, 1);
	for (int i = 0; i < 3; i++)
		commit_job_free(jobs[i]);
	node_stop(n);
	assert_int_equal(node_start(n), 0);
	t = look_begin(n);
	assert_int_equal(ledger_read_open(t, FIXTURE_ORIGIN, &r), 0);
	assert_int_equal(r.size, 2);
	store_abort(t);
	assert_string_equal(look_record(n, "mx-o-1"), "none");
	foreign_give(n, f);
	foreign_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_put, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_crash_and_replay, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_time, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_the_clock_undoes_no_cosignature, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_refused_put_writes_nothing, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_natural_key, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_if_revision, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_withdraw, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_sealed_by_kind, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_rules_of_the_roster, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_sealed, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_sealed_is_not_withdrawn, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_sealed_too_large, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_half_of_a_job_is_not_kept, node_setup, node_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
