/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every arrow of the diagram in fold.h, from another region's log: what an entry makes of a
 * record, or which reason it gets (inv. 6), and that nothing stops behind a bad one.
 */
#include "unit/view/foreign.h"
#include "unit/view/look.h"

#define MX "ims.example/mx/1"
#define GOOD "{'name':'Pozol','country':'MX'}"

struct bench {
	struct node *n;
	struct foreign *f;
};

static int setup(void **state)
{
	struct bench *b = mem_new(struct bench);
	void *n;

	node_setup(&n);
	b->n = n;
	b->f = foreign_new("mx");
	assert_int_equal(node_start(b->n), 0);
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;
	void *n = b->n;

	node_teardown(&n);
	foreign_free(b->f);
	free(b);
	return 0;
}

/* The bench's log is stored, its entry `bad` had no effect for this reason, and a good entry
 * behind it has one. */
static void expect_problem(struct bench *b, uint64_t bad, int err)
{
	foreign_org(b->f, "mx-o-900", 1, "After");
	foreign_give(b->n, b->f);
	assert_int_equal(look_problem(b->n, MX, bad), err);
	assert_string_equal(look_record(b->n, "mx-o-900"), "live 1");
	assert_int_equal(look_log(b->n, MX, NULL), b->f->size); /* it stays in the log */
}

static struct entry entry_of(struct bench *b)
{
	return foreign_entry(b->f, "organisation", "mx-o-1", 1);
}

static void test_not_decodable(void **state)
{
	foreign_raw(((struct bench *)*state)->f, BYTES_LIT("\xff\xff\xff not an entry"));
	expect_problem(*state, 0, IMS_E_SYNTAX);
}

static void test_format_of_the_future(void **state)
{
	foreign_raw(((struct bench *)*state)->f, BYTES_LIT("\x08\x02"));
	expect_problem(*state, 0, IMS_E_UNSUPPORTED);
}

static void test_wrong_origin(void **state)
{
	struct bench *b = *state;
	struct entry en = entry_of(b);

	en.origin = BYTES_LIT("ims.example/us/1");
	foreign_put_json(b->f, en, GOOD);
	expect_problem(b, 0, IMS_E_ORIGIN);
	assert_string_equal(look_record(b->n, "mx-o-1"), "none");
}

static void test_wrong_index(void **state)
{
	struct bench *b = *state;
	struct entry en = entry_of(b);

	en.index = 7;
	foreign_put_json(b->f, en, GOOD);
	expect_problem(b, 0, IMS_E_INDEX);
	assert_string_equal(look_record(b->n, "mx-o-1"), "none");
}

/* inv. 8: an entry speaks for its own region only. */
static void test_wrong_home(void **state)
{
	struct bench *b = *state;
	struct entry en = entry_of(b);

	node_fill(b->n, 1, "Mine");
	en.record = BYTES_LIT("eu-o-1");
	en.revision = 2;
	foreign_put_json(b->f, en, "{'name':'Yours','country':'DE'}");
	expect_problem(b, 0, IMS_E_PERMISSION);
	assert_string_equal(look_record(b->n, "eu-o-1"), "live 1");
	assert_string_equal(look_keys(b->n, "natural.name"), "after|MX=mx-o-900;mine 0|DE=eu-o-1;");
}

static void test_wrong_revision(void **state)
{
	struct bench *b = *state;

	foreign_org(b->f, "mx-o-1", 1, "One");
	foreign_org(b->f, "mx-o-1", 1, "Again");
	foreign_org(b->f, "mx-o-1", 3, "Too far");
	foreign_org(b->f, "mx-o-1", 2, "Two");
	foreign_org(b->f, "mx-o-2", 2, "Begins late");
	foreign_org(b->f, "mx-o-2", 0, "Nought");
	expect_problem(b, 1, IMS_E_STALE);
	assert_int_equal(look_problem(b->n, MX, 2), IMS_E_STALE);
	assert_int_equal(look_problem(b->n, MX, 4), IMS_E_STALE);
	assert_int_equal(look_problem(b->n, MX, 5), IMS_E_STALE);
	assert_string_equal(look_record(b->n, "mx-o-1"), "live 2");
	assert_string_equal(look_record(b->n, "mx-o-2"), "none");
	assert_string_equal(look_keys(b->n, "natural.name"), "after|MX=mx-o-900;two|MX=mx-o-1;");
}

static void test_kind_and_letter(void **state)
{
	struct bench *b = *state;
	struct entry en = entry_of(b);

	en.record = BYTES_LIT("mx-c-1");
	foreign_put_json(b->f, en, GOOD);
	expect_problem(b, 0, IMS_E_INVALID);
}

static void test_kind_changes(void **state)
{
	struct bench *b = *state;

	foreign_org(b->f, "mx-o-1", 1, "One");
	foreign_put_json(b->f, foreign_entry(b->f, "future", "mx-o-1", 2), GOOD);
	expect_problem(b, 1, IMS_E_INVALID);
	assert_string_equal(look_record(b->n, "mx-o-1"), "live 1");
}

static void test_bad_record_id(void **state)
{
	static const char *const ids[] = {"",	  "mx-o-0", "mx-o-01",
					  "mx-o", "MX-o-1", "mx-o-18446744073709551616"};
	struct bench *b = *state;

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		foreign_put_json(b->f, foreign_entry(b->f, "organisation", ids[i], 1), GOOD);
	foreign_put_json(b->f, foreign_entry(b->f, "", "mx-o-1", 1), GOOD);
	expect_problem(b, 0, IMS_E_INVALID);
	for (uint64_t i = 1; i < 7; i++)
		assert_int_equal(look_problem(b->n, MX, i), IMS_E_INVALID);
}

static void test_operation_and_audience(void **state)
{
	struct bench *b = *state;
	struct entry en = entry_of(b);

	en.operation = 9;
	foreign_put_json(b->f, en, GOOD);
	en = entry_of(b);
	en.audience = 0;
	foreign_put_json(b->f, en, GOOD);
	en = entry_of(b);
	en.audience = 4;
	foreign_put_json(b->f, en, GOOD);
	expect_problem(b, 0, IMS_E_UNSUPPORTED);
	assert_int_equal(look_problem(b->n, MX, 1), IMS_E_UNSUPPORTED);
	assert_int_equal(look_problem(b->n, MX, 2), IMS_E_UNSUPPORTED);
}

static void test_put_without_commitment(void **state)
{
	struct bench *b = *state;

	foreign_add(b->f, entry_of(b), NULL);
	expect_problem(b, 0, IMS_E_MISSING);
}

/* inv. 6: a kind of the future waits for the upgrade; it has no keys but its kind. */
static void test_unknown_kind(void **state)
{
	struct bench *b = *state;

	foreign_put_json(b->f, foreign_entry(b->f, "spaceship", "mx-s-1", 1), GOOD);
	expect_problem(b, 0, 0);
	assert_string_equal(look_record(b->n, "mx-s-1"), "unknown-kind 1");
	assert_string_equal(look_keys(b->n, "natural.name"), "after|MX=mx-o-900;");
	assert_string_equal(look_keys(b->n, "kind"), "organisation=mx-o-900;spaceship=mx-s-1;");
}

static void test_invalid_payload(void **state)
{
	struct bench *b = *state;
	struct bytes junk = BYTES_LIT("\x01\x02\x03");

	foreign_put_json(b->f, entry_of(b), "{'name':'','country':'MX'}");
	foreign_add(b->f, foreign_entry(b->f, "organisation", "mx-o-2", 1), &junk);
	foreign_org(b->f, "mx-o-1", 2, "Mended");
	expect_problem(b, 0, 0);
	assert_string_equal(look_record(b->n, "mx-o-1"), "live 2");
	assert_string_equal(look_record(b->n, "mx-o-2"), "invalid 1");
	assert_string_equal(look_keys(b->n, "natural.name"), "after|MX=mx-o-900;mended|MX=mx-o-1;");
}

/* From live to invalid: the old keys go. */
static void test_live_then_invalid(void **state)
{
	struct bench *b = *state;

	foreign_org(b->f, "mx-o-1", 1, "Good");
	foreign_put_json(b->f, foreign_entry(b->f, "organisation", "mx-o-1", 2),
			 "{'name':'','country':'MX'}");
	expect_problem(b, 1, 0);
	assert_string_equal(look_record(b->n, "mx-o-1"), "invalid 2");
	assert_string_equal(look_keys(b->n, "natural.name"), "after|MX=mx-o-900;");
}

static void forget_payload(struct ledger_item *it)
{
	it->payload_state = LEDGER_PAYLOAD_WANTED;
	it->payload = it->salt = BYTES_NONE;
}

/* A payload that comes later makes the same view as one that came with its entry (inv. 7). */
static void test_payload_comes_later(void **state)
{
	struct bench *b = *state;
	struct ledger_item late, older;
	struct hash with, without, after;

	foreign_org(b->f, "mx-o-1", 1, "One");
	foreign_org(b->f, "mx-o-2", 1, "Old");
	foreign_org(b->f, "mx-o-2", 2, "New");
	late = b->f->items[0];
	older = b->f->items[1];
	forget_payload(&b->f->items[0]);
	forget_payload(&b->f->items[1]);
	foreign_give(b->n, b->f);
	assert_string_equal(look_record(b->n, "mx-o-1"), "wanted 1");
	assert_string_equal(look_record(b->n, "mx-o-2"), "live 2");
	assert_string_equal(look_keys(b->n, "natural.name"), "new|MX=mx-o-2;");
	assert_int_equal(look_count(b->n, TABLE_WANTED), 2);
	without = look_digest(b->n);
	b->f->items[0] = late;
	b->f->items[1] = older;
	assert_int_equal(node_run(b->n, foreign_job(b->f, COMMIT_PAYLOADS, 0, 2, false)), 0);
	assert_int_equal(look_count(b->n, TABLE_WANTED), 0);
	assert_string_equal(look_record(b->n, "mx-o-1"), "live 1");
	assert_string_equal(look_record(b->n, "mx-o-2"), "live 2");
	assert_string_equal(look_keys(b->n, "natural.name"), "new|MX=mx-o-2;one|MX=mx-o-1;");
	assert_int_equal(look_log(b->n, MX, NULL), 3);
	with = look_digest(b->n);
	assert_false(hash_eq(&with, &without));
	assert_int_equal(node_run(b->n, commit_job_new(COMMIT_REBUILD)), 0);
	after = look_digest(b->n);
	assert_true(hash_eq(&with, &after));
}

/* Only what is wanted is taken: a peer that answers late or unasked takes nothing away. */
static void test_payload_is_not_replaced(void **state)
{
	struct bench *b = *state;
	struct entry en = entry_of(b);
	struct ledger_reader r;
	struct arena a;
	struct ledger_item it;
	struct store_txn *t;

	en.kind = BYTES_LIT("sealed");
	en.record = BYTES_LIT("mx-x-5");
	en.audience = ENTRY_NAMED;
	en.revision = 0;
	foreign_put_json(b->f, en, GOOD);
	foreign_give(b->n, b->f);
	b->f->items[0].payload_state = LEDGER_PAYLOAD_NOT_FOR_ME;
	b->f->items[0].payload = b->f->items[0].salt = BYTES_NONE;
	assert_int_equal(node_run(b->n, foreign_job(b->f, COMMIT_PAYLOADS, 0, 1, false)), 0);
	t = look_begin(b->n);
	assert_int_equal(ledger_read_open(t, MX, &r), 0);
	arena_init(&a, LEDGER_ITEM_BYTES);
	assert_int_equal(ledger_read_item(&r, 0, &a, &it), 0);
	assert_int_equal(it.payload_state, LEDGER_PAYLOAD_HERE);
	arena_fini(&a);
	store_abort(t);
}

static void test_withdraw_then_put(void **state)
{
	struct bench *b = *state;
	struct entry en;

	foreign_org(b->f, "mx-o-1", 1, "One");
	en = foreign_entry(b->f, "organisation", "mx-o-1", 2);
	en.operation = ENTRY_WITHDRAW;
	foreign_add(b->f, en, NULL);
	foreign_give(b->n, b->f);
	assert_string_equal(look_record(b->n, "mx-o-1"), "withdrawn 2");
	assert_string_equal(look_keys(b->n, "natural.name"), "");
	foreign_org(b->f, "mx-o-1", 3, "Back");
	assert_int_equal(node_run(b->n, foreign_job(b->f, COMMIT_PACKAGE, 2, 3, false)), 0);
	assert_string_equal(look_record(b->n, "mx-o-1"), "live 3");
	assert_string_equal(look_keys(b->n, "natural.name"), "back|MX=mx-o-1;");
	assert_int_equal(look_count(b->n, TABLE_HISTORY), 2); /* and the row itself */
}

/* Withdrawn before anything was put: revision 1 of nothing is still an entry of its home. */
static void test_withdraw_of_nothing(void **state)
{
	struct bench *b = *state;
	struct entry en = entry_of(b);

	en.operation = ENTRY_WITHDRAW;
	foreign_add(b->f, en, NULL);
	foreign_give(b->n, b->f);
	assert_string_equal(look_record(b->n, "mx-o-1"), "withdrawn 1");
}

/* A kind for named regions that came to all: without effect, so that nobody's private words get keys. */
static void test_named_kind_for_all(void **state)
{
	struct bench *b = *state;

	foreign_put_kind(b->f, foreign_entry(b->f, "owner", "mx-no-1", 1), "owner",
			 "{'need':'mx-n-1','initiative':'mx-i-1'}");
	foreign_give(b->n, b->f);
	assert_int_equal(look_problem(b->n, MX, 0), IMS_E_INVALID);
	assert_string_equal(look_keys(b->n, "about"), "");
}

/* inv. 8: what only the home may say of its own records, no other region's entry says. */
static void test_home_of_what_is_said(void **state)
{
	struct bench *b = *state;

	foreign_put_kind(b->f, foreign_entry(b->f, "assignment", "mx-a-1", 1), "assignment",
			 "{'initiative':'mx-i-1','coach':'ana','start':'2027-01-01'}");
	foreign_put_kind(b->f, foreign_entry(b->f, "assignment", "mx-a-2", 1), "assignment",
			 "{'initiative':'eu-i-1','coach':'ana','start':'2027-01-01'}");
	foreign_give(b->n, b->f);
	assert_string_equal(look_record(b->n, "mx-a-1"), "live 1");
	assert_string_equal(look_record(b->n, "mx-a-2"), "invalid 1");
	assert_string_equal(look_keys(b->n, "about"), "mx-i-1=mx-a-1;");
}

static void test_sealed(void **state)
{
	struct bench *b = *state;
	struct entry en = foreign_entry(b->f, "sealed", "mx-x-77", 0);
	struct hash before, after;

	en.audience = ENTRY_NAMED;
	foreign_put_json(b->f, en, GOOD);
	en.index = 1;
	foreign_put_json(b->f, en, GOOD); /* no second revision */
	en = foreign_entry(b->f, "organisation", "mx-o-78", 0); /* a limited one of another kind */
	en.audience = ENTRY_NAMED;
	en.index = 2;
	foreign_put_json(b->f, en, GOOD);
	en = foreign_entry(b->f, "sealed", "mx-x-79", 1); /* a sealed one for all */
	en.index = 3;
	foreign_put_json(b->f, en, GOOD);
	foreign_give(b->n, b->f);
	assert_int_equal(look_problem(b->n, MX, 2), IMS_E_INVALID);
	assert_int_equal(look_problem(b->n, MX, 3), IMS_E_INVALID);
	assert_string_equal(look_record(b->n, "mx-x-77"), "sealed 0");
	assert_string_equal(look_keys(b->n, "kind"), "");
	assert_int_equal(look_problem(b->n, MX, 1), IMS_E_STALE);
	/* inv. 7: whether this node has the payload is nothing that the digest sees */
	before = look_digest(b->n);
	assert_int_equal(node_run(b->n, commit_job_new(COMMIT_REBUILD)), 0);
	after = look_digest(b->n);
	assert_true(hash_eq(&before, &after));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_not_decodable, setup, teardown),
		cmocka_unit_test_setup_teardown(test_format_of_the_future, setup, teardown),
		cmocka_unit_test_setup_teardown(test_wrong_origin, setup, teardown),
		cmocka_unit_test_setup_teardown(test_wrong_index, setup, teardown),
		cmocka_unit_test_setup_teardown(test_wrong_home, setup, teardown),
		cmocka_unit_test_setup_teardown(test_wrong_revision, setup, teardown),
		cmocka_unit_test_setup_teardown(test_kind_and_letter, setup, teardown),
		cmocka_unit_test_setup_teardown(test_kind_changes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bad_record_id, setup, teardown),
		cmocka_unit_test_setup_teardown(test_operation_and_audience, setup, teardown),
		cmocka_unit_test_setup_teardown(test_put_without_commitment, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unknown_kind, setup, teardown),
		cmocka_unit_test_setup_teardown(test_invalid_payload, setup, teardown),
		cmocka_unit_test_setup_teardown(test_live_then_invalid, setup, teardown),
		cmocka_unit_test_setup_teardown(test_payload_comes_later, setup, teardown),
		cmocka_unit_test_setup_teardown(test_payload_is_not_replaced, setup, teardown),
		cmocka_unit_test_setup_teardown(test_withdraw_then_put, setup, teardown),
		cmocka_unit_test_setup_teardown(test_withdraw_of_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(test_named_kind_for_all, setup, teardown),
		cmocka_unit_test_setup_teardown(test_home_of_what_is_said, setup, teardown),
		cmocka_unit_test_setup_teardown(test_sealed, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
