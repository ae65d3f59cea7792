/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Coming back (DESIGN section 6): own entries are let in again as peers hold them, and what was
 * acknowledged meanwhile is appended after them; nothing acknowledged is lost (inv. 3), no index is
 * used twice among heads that were signed (inv. 5).
 */
#include "unit/view/held.h"

#include "view/again.h"
#include "view/commit_int.h"

/* Written after the restore and before any peer came: under new indexes after what peers hold, and a new
 * record whose id was taken in the meantime has another, also where others name it. */
static void test_set_aside_and_appended_again(void **state)
{
	struct node *n = *state;
	struct commit_job *j;
	struct held h;

	begin_restored(n, &h);
	assert_int_equal(node_run(n, org_job("Offline", "Bonn")), 0);
	j = put_job("contact", "{'name':'A','email':'a@example.org','organisation':'eu-o-4'}", NULL);
	assert_int_equal(node_run(n, j), 0);
	j = put_job("organisation", "{'name':'Before 0','country':'DE','city':'Ulm'}", "eu-o-1");
	assert_int_equal(node_run(n, j), 0);
	roll_back(n);
	assert_int_equal(give_back(n, &h, 3, 7), IMS_E_STALE); /* not before it is asked for */
	assert_int_equal(node_run(n, commit_job_new(COMMIT_RECOVER)), 0);
	assert_int_equal(n->state, COMMIT_RECOVERING);
	assert_int_equal(look_log(n, FIXTURE_ORIGIN, NULL), 3);
	assert_int_equal(look_count(n, TABLE_ASIDE), 3);
	assert_string_equal(look_record(n, "eu-o-4"), "none");
	assert_int_equal(node_run(n, org_job("No", "Bonn")), IMS_E_ROLLED_BACK);
	assert_int_equal(give_back(n, &h, 3, 5), 0);
	assert_int_equal(give_back(n, &h, 5, 7), 0);
	assert_int_equal(node_run(n, commit_job_new(COMMIT_RECOVERED)), 0);
	assert_int_equal(n->state, COMMIT_READY);
	expect_same_leaves(n, &h);
	assert_string_equal(look_record(n, "eu-o-8"), "live 1");
	assert_string_equal(look_record(n, "eu-o-1"), "live 2");
	assert_string_equal(look_keys(n, "organisation"), "eu-o-8=eu-c-1;");
	assert_int_equal(look_journal(n, "appended-again").n, 3);
	expect_sound(n, 10);
	assert_int_equal(node_run(n, org_job("After", "Bonn")), 0);
	assert_true(n->published_note[0] != '\0'); /* all were heard: it signs at once */
	node_crash(n);
	assert_int_equal(node_start(n), 0);
	assert_int_equal(commit_state_of(n->commit), COMMIT_READY);
	expect_sound(n, 11);
	arena_fini(&h.arena);
}

/* What was acknowledged and is just what peers hold, or goes on from it, keeps its index. */
static void test_kept_where_it_was(void **state)
{
	struct node *n = *state;
	struct held h;

	assert_int_equal(node_start(n), 0);
	node_fill(n, 3, "Before");
	node_stop(n);
	file_copy(n, "data.mdb", "data.old");
	assert_int_equal(node_start(n), 0);
	node_fill(n, 4, "More");
	hold(n, &h);
	node_stop(n);
	file_copy(n, "data.old", "data.mdb");
	n->gate_open = false;
	assert_int_equal(node_start(n),
			 0); /* the ring gives all back, but a peer has said that it has more */
	roll_back(n);
	assert_int_equal(node_run(n, commit_job_new(COMMIT_RECOVER)), 0);
	assert_int_equal(look_log(n, FIXTURE_ORIGIN, NULL), 3);
	assert_int_equal(give_back(n, &h, 3, 5), 0);
	assert_int_equal(node_run(n, commit_job_new(COMMIT_RECOVERED)), 0);
	expect_same_leaves(n, &h);
	expect_sound(n, 7);
	assert_int_equal(look_journal(n, "appended-again").n, 0);
	arena_fini(&h.arena);
}

/* A crash between any two steps: recovering goes on where it was. */
static void test_goes_on_after_a_crash(void **state)
{
	struct node *n = *state;
	struct held h;

	begin_restored(n, &h);
	assert_int_equal(node_run(n, org_job("Offline", "Bonn")), 0);
	roll_back(n);
	node_crash(n);
	assert_int_equal(node_start(n), 0);
	assert_int_equal(n->state, COMMIT_ROLLED_BACK);
	assert_int_equal(node_run(n, commit_job_new(COMMIT_RECOVER)), 0);
	for (uint64_t at = 3; at < h.size; at++) {
		node_crash(n);
		assert_int_equal(node_start(n), 0);
		assert_int_equal(n->state, COMMIT_RECOVERING);
		assert_int_equal(look_log(n, FIXTURE_ORIGIN, NULL), at);
		assert_int_equal(node_run(n, commit_job_new(COMMIT_RECOVER)), 0); /* asked again: no matter */
		assert_int_equal(give_back(n, &h, at, at + 1), 0);
	}
	assert_int_equal(node_run(n, commit_job_new(COMMIT_RECOVERED)), 0);
	expect_same_leaves(n, &h);
	expect_sound(n, h.size + 1);
	node_crash(n);
	assert_int_equal(node_start(n), 0);
	assert_int_equal(n->state, COMMIT_READY);
	expect_sound(n, h.size + 1);
	arena_fini(&h.arena);
}

/* What a recovery has appended again is not set aside by the next one, although the commit log still has it
 * where it was acknowledged first: an older state of a record must not follow a newer one. */
static void test_set_aside_once(void **state)
{
	struct node *n = *state;
	struct commit_job *j;
	struct held h;

	begin_restored(n, &h);
	assert_int_equal(node_run(n, put_job("organisation",
					     "{'name':'Before 0','country':'DE','city':'Ulm'}", "eu-o-1")),
			 0);
	j = put_job("contact", "{'name':'A','email':'a@example.org','organisation':'eu-o-2'}", NULL);
	assert_int_equal(node_run(n, j), 0);
	roll_back(n);
	assert_int_equal(node_run(n, commit_job_new(COMMIT_RECOVER)), 0);
	assert_int_equal(give_back(n, &h, 3, 7), 0);
	assert_int_equal(node_run(n, commit_job_new(COMMIT_RECOVERED)), 0);
	expect_sound(n, 9);
	assert_int_equal(node_run(n, put_job("organisation",
					     "{'name':'Before 0','country':'DE','city':'Kiel'}", "eu-o-1")),
			 0);
	for (int i = 0; i < 2; i++) {
		roll_back(n);
		assert_int_equal(node_run(n, commit_job_new(COMMIT_RECOVER)), 0);
		assert_int_equal(look_count(n, TABLE_ASIDE), 0);
		assert_int_equal(node_run(n, commit_job_new(COMMIT_RECOVERED)), 0);
		assert_string_equal(look_record(n, "eu-o-1"), "live 3"); /* Kiel */
		assert_string_equal(look_record(n, "eu-c-2"), "none");
		expect_sound(n, 10);
		node_crash(n);
		assert_int_equal(node_start(n), 0);
		assert_int_equal(n->state, COMMIT_READY);
	}
	arena_fini(&h.arena);
}

/* Some entries are back, and the head that covers them says that there are more: going on from here would
 * be a second history (inv. 5), and the database said so at every later start. */
static void test_override_half_way(void **state)
{
	struct node *n = *state;
	struct commit_job *j;
	struct held h;

	begin_restored(n, &h);
	roll_back(n);
	assert_int_equal(node_run(n, commit_job_new(COMMIT_RECOVER)), 0);
	assert_int_equal(give_back(n, &h, 3, 5), 0);
	for (int i = 0; i < 2; i++) {
		j = commit_job_new(COMMIT_OVERRIDE);
		assert_int_equal(node_do(n, j), IMS_E_ROLLED_BACK);
		assert_non_null(strstr(j->why.text, "at 7"));
		commit_job_free(j);
		assert_int_equal(node_run(n, commit_job_new(COMMIT_RECOVERED)), IMS_E_ROLLED_BACK);
		assert_int_equal(n->state, COMMIT_RECOVERING);
		node_crash(n);
		assert_int_equal(node_start(n), 0);
		assert_int_equal(n->state, COMMIT_RECOVERING);
	}
	assert_int_equal(give_back(n, &h, 5, 7), 0);
	assert_int_equal(node_run(n, commit_job_new(COMMIT_OVERRIDE)), 0);
	assert_int_equal(n->state, COMMIT_READY);
	expect_same_leaves(n, &h);
	expect_sound(n, 7);
	arena_fini(&h.arena);
}

/* How often a text stands in the payload of an entry. */
static int count_in_payload(struct node *n, uint64_t index, const char *text)
{
	struct store_txn *t = look_begin(n);
	struct ledger_reader r;
	struct ledger_item it;
	struct arena a;
	int found = 0;

	assert_int_equal(ledger_read_open(t, FIXTURE_ORIGIN, &r), 0);
	arena_init(&a, LEDGER_ITEM_BYTES);
	assert_int_equal(ledger_read_item(&r, index, &a, &it), 0);
	for (size_t i = 0; i + strlen(text) <= it.payload.n; i++)
		found += memcmp(it.payload.p + i, text, strlen(text)) == 0;
	arena_fini(&a);
	store_abort(t);
	return found;
}

/* Every kind of operation, about records whose ids and names others have taken in the meantime. What is
 * sealed names them by their new ids, too: it named a stranger. */
static void test_operations_set_aside(void **state)
{
	struct node *n = *state;
	struct commit_job *j;
	struct held h;

	begin_restored(n, &h); /* published meanwhile: eu-o-4 to eu-o-7 */
	assert_int_equal(node_run(n, org_job("Offline", "Bonn")), 0);	  /* eu-o-4, becomes eu-o-8 */
	assert_int_equal(node_run(n, org_job("Published 1", "Bonn")), 0); /* eu-o-5, as published */
	assert_int_equal(node_run(n, org_job("Published 2", "Ulm")), 0);  /* eu-o-6, another city */
	assert_int_equal(node_run(n, org_job("Mistake", "Bonn")), 0);	  /* eu-o-7, becomes eu-o-9 */
	assert_int_equal(node_run(n, withdraw_job("eu-o-7")), 0);
	assert_int_equal(node_run(n, withdraw_job("eu-o-1")), 0);
	j = put_job("initiative",
		    "{'title':[{'lang':'en','text':'T'}],'state':'draft','participants':[{'organisation':'eu-"
		    "o-4','role':'participant',"
		    "'country':'DE'},{'organisation':'eu-o-2','role':'participant','country':'DE'}]}",
		    NULL);
	assert_int_equal(node_run(n, j), 0);
	j = put_job("contact", "{'name':'A','email':'a@example.org','organisation':'eu-o-4'}", NULL);
	j->u.put.audience = ENTRY_NAMED;
	j->u.put.named = mem_strdup("mx");
	assert_int_equal(node_run(n, j), 0);
	roll_back(n);
	assert_int_equal(node_run(n, commit_job_new(COMMIT_RECOVER)), 0);
	assert_int_equal(look_count(n, TABLE_ASIDE), 8);
	assert_int_equal(give_back(n, &h, 3, 7), 0);
	assert_int_equal(node_run(n, commit_job_new(COMMIT_RECOVERED)), 0);
	expect_same_leaves(n, &h);
	expect_sound(n, 14); /* "Published 1" says nothing new */
	assert_string_equal(look_record(n, "eu-o-1"), "withdrawn 2");
	assert_string_equal(look_record(n, "eu-o-4"), "live 1");
	assert_string_equal(look_record(n, "eu-o-5"), "live 1");
	assert_string_equal(look_record(n, "eu-o-6"), "live 2");
	assert_string_equal(look_record(n, "eu-o-7"), "live 1");
	assert_string_equal(look_record(n, "eu-o-8"), "live 1");
	assert_string_equal(look_record(n, "eu-o-9"), "withdrawn 2");
	for (uint64_t i = 12; i < 14; i++) {
		assert_int_equal(count_in_payload(n, i, "eu-o-8"), 1);
		assert_int_equal(count_in_payload(n, i, "eu-o-4"), 0);
	}
	arena_fini(&h.arena);
}

/* A store that is full while the log is fetched back is told; it looked as if peers were missing. */
static void test_full_while_recovering(void **state)
{
	struct node *n = *state;
	struct held h;

	begin_restored(n, &h);
	roll_back(n);
	assert_int_equal(node_run(n, commit_job_new(COMMIT_RECOVER)), 0);
	for (int i = 0; i < 3; i++)
		room_was_full(n->commit, "the database map has reached its maximum");
	assert_int_equal(n->state, COMMIT_RECOVERING);
	assert_string_equal(n->reason, "the database map has reached its maximum; peer mx shows more");
	node_advance(n, 60000);
	commit_tick(n->commit);
	assert_int_equal(n->state, COMMIT_RECOVERING);
	assert_string_equal(n->reason, "peer mx shows more");
	assert_int_equal(give_back(n, &h, 3, 7), 0);
	assert_int_equal(node_run(n, commit_job_new(COMMIT_RECOVERED)), 0);
	expect_sound(n, 7);
	arena_fini(&h.arena);
}

/* The last step ends with a record in the commit log; when its transaction was lost, that record was folded
 * into a database which did not hold what it marks, and the node ended. */
static void test_mark_without_its_transaction(void **state)
{
	struct node *n = *state;
	struct again_counts counts;
	struct held h;
	bool grew;

	begin_restored(n, &h);
	node_fill(n, 2, "Meanwhile");
	roll_back(n);
	assert_int_equal(node_run(n, commit_job_new(COMMIT_RECOVER)), 0);
	assert_int_equal(give_back(n, &h, 3, 7), 0);
	assert_int_equal(commit_ensure_txn(n->commit), 0);
	assert_int_equal(again_append_all(n->commit, &counts), 0);
	assert_int_equal(counts.moved, 2);
	assert_int_equal(group_mark(n->commit), 0);
	n->commit->dirty = true;
	assert_int_equal(commit_undo(n->commit, IMS_E_MAP_FULL, &grew), 0);
	assert_int_equal(n->fatal, 0);
	assert_int_equal(n->state, COMMIT_RECOVERING);
	assert_int_equal(node_run(n, commit_job_new(COMMIT_RECOVERED)), 0);
	expect_sound(n, 9);
	node_crash(n);
	assert_int_equal(node_start(n), 0);
	assert_int_equal(n->state, COMMIT_READY);
	expect_sound(n, 9);
	arena_fini(&h.arena);
}

/* In one step, whatever the number. */
static void test_many_set_aside(void **state)
{
	struct node *n = *state;
	struct held h;
	const unsigned many = 2000, at_once = 500;

	n->ring_bytes = 32u << 20;
	n->map_bytes = n->map_max_bytes = 256u << 20;
	begin_restored(n, &h);
	for (unsigned i = 0; i < many; i += at_once) {
		char name[32];

		snprintf(name, sizeof(name), "Offline %u", i);
		node_fill_at_once(n, at_once, name);
	}
	roll_back(n);
	assert_int_equal(node_run(n, commit_job_new(COMMIT_RECOVER)), 0);
	assert_int_equal(look_count(n, TABLE_ASIDE), many);
	assert_int_equal(give_back(n, &h, 3, 7), 0);
	assert_int_equal(node_run(n, commit_job_new(COMMIT_RECOVERED)), 0);
	expect_sound(n, 7 + many);
	node_crash(n);
	assert_int_equal(node_start(n), 0);
	assert_int_equal(n->state, COMMIT_READY);
	arena_fini(&h.arena);
}

/* A new database, and a commit log that is not the file it was, wait for every peer; the same file, once
 * vouched for, does not. */
static void test_who_must_be_heard(void **state)
{
	struct node *n = *state;

	n->gate_open = false;
	assert_int_equal(node_start(n), 0);
	assert_true(commit_needs_all_heads(n->commit));
	node_fill(n, 1, "A");
	assert_int_equal(node_open_gate(n, false), 0);
	assert_string_equal(n->published_note, "");
	assert_int_equal(node_open_gate(n, true), 0);
	assert_true(n->published_note[0] != '\0');
	node_stop(n);
	assert_int_equal(node_start(n), 0);
	assert_false(commit_needs_all_heads(n->commit));
	node_fill(n, 1, "B");
	assert_string_equal(n->published_note, "");
	assert_int_equal(node_open_gate(n, false), 0);
	assert_true(n->published_note[0] != '\0');
	node_stop(n);
	file_copy(n, "ring", "ring.copy");
	file_rename(n, "ring.copy", "ring");
	assert_int_equal(node_start(n), 0);
	assert_int_equal(commit_state_of(n->commit), COMMIT_READY);
	assert_true(commit_needs_all_heads(n->commit));
	assert_int_equal(node_run(n, commit_job_new(COMMIT_OVERRIDE)), 0); /* the operator knows */
	assert_false(commit_needs_all_heads(n->commit));
}

/* The clock that an operator has looked at is right from then on. */
static void test_override_takes_the_clock(void **state)
{
	struct node *n = *state;

	assert_int_equal(node_start(n), 0);
	n->wall_ms += 3 * 60 * 60 * 1000;
	assert_int_equal(node_run(n, org_job("Ahead", "Bonn")), IMS_E_CLOCK);
	assert_int_equal(node_run(n, commit_job_new(COMMIT_OVERRIDE)), 0);
	assert_int_equal(node_run(n, org_job("Ahead", "Bonn")), 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, node_setup, node_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_set_aside_and_appended_again),
		T(test_kept_where_it_was),
		T(test_goes_on_after_a_crash),
		T(test_who_must_be_heard),
		T(test_override_takes_the_clock),
		T(test_set_aside_once),
		T(test_override_half_way),
		T(test_many_set_aside),
		T(test_full_while_recovering),
		T(test_mark_without_its_transaction),
		T(test_operations_set_aside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
