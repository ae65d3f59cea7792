/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inv. 8 at the origin: an initiative of this region on its way, by whom and when, and what a record has to fit
 * to beside others; each refusal with its words.
 */
#include "unit/view/acting.h"

#define MX "ims.example/mx/1"
#define TEXT "We shall."

static void expect_state(struct node *n, const char *id, const char *key)
{
	struct store_txn *t;
	struct key_cursor c;
	struct store_key k;

	(void)id;
	node_sync(n);
	t = look_begin(n);
	key_seek(&c, t, store_key(&k, "SS", bytes_of(key), BYTES_LIT("state")), BYTES_NONE);
	assert_true(key_cursor_ok(&c));
	key_cursor_fini(&c);
	store_abort(t);
}

static void test_steps(void **state)
{
	struct node *n = begin(state);

	assert_int_equal(put(n, "initiative", draft, NULL, ACTOR_ORIGINATOR), 0);
	EXPECT_REFUSED(n, act(n, "eu-i-1", "coach", 0), IMS_E_STATE,
		       "eu-i-1 is 'draft': 'coach' needs it to be submitted; what can be done with it now: "
		       "submit, hold or "
		       "withdraw");
	assert_int_equal(act(n, "eu-i-1", "submit", ACTOR_ORIGINATOR), 0);
	EXPECT_REFUSED(n, act(n, "eu-i-1", "coach", ACTOR_ORIGINATOR), IMS_E_PERMISSION,
		       "'coach' is for a coach or the secretariat; whoever acts here is not");
	EXPECT_REFUSED(n, act(n, "eu-i-1", "coach", ACTOR_COACH), IMS_E_INVALID,
		       "/state: a coach is assigned first: a record of kind assignment\n");
	assert_int_equal(
		put(n, "assignment", "{'initiative':'eu-i-1','coach':'anna','start':'2024-01-01'}", NULL, 0),
		0);
	assert_int_equal(act(n, "eu-i-1", "coach", ACTOR_COACH), 0);
	assert_int_equal(act(n, "eu-i-1", "hold", 0), 0);
	assert_int_equal(act(n, "eu-i-1", "resume", 0), 0);
	expect_state(n, "eu-i-1", "coached"); /* where it was */
	EXPECT_REFUSED(n, act(n, "eu-i-1", "sign", 0), IMS_E_INVALID,
		       "/state: a Memorandum of Agreement is drafted first: 'ims moa draft'\n");
	assert_int_equal(act(n, "eu-i-1", "withdraw", ACTOR_ORIGINATOR), 0);
	EXPECT_REFUSED(n, act(n, "eu-i-1", "resume", 0), IMS_E_STATE,
		       "eu-i-1 is 'withdrawn': 'resume' needs it to be on-hold; what can be done with it "
		       "now: nothing, it is "
		       "over");
	EXPECT_REFUSED(n, act(n, "eu-i-9", "submit", 0), IMS_E_NOT_FOUND, "no record eu-i-9");
}

/* A whole record with another state is a step like any other. */
static void test_put_is_a_step(void **state)
{
	struct node *n = begin(state);

	EXPECT_REFUSED(n,
		       put(n, "initiative", "{'title':[{'lang':'en','text':'X'}],'state':'active'}", NULL, 0),
		       IMS_E_STATE,
		       "/state: a new initiative is 'draft' or 'submitted', not 'active'; an imported one "
		       "names its source");
	assert_int_equal(put(n, "initiative", draft, NULL, 0), 0);
	EXPECT_REFUSED(
		n,
		put(n, "initiative", "{'title':[{'lang':'en','text':'X'}],'state':'completed'}", "eu-i-1", 0),
		IMS_E_STATE,
		"/state: no step leads from 'draft' to 'completed'; what can be done: submit, hold or "
		"withdraw");
	assert_int_equal(
		put(n, "initiative", "{'title':[{'lang':'en','text':'X'}],'state':'draft'}", "eu-i-1", 0), 0);
	EXPECT_REFUSED(
		n,
		put(n, "initiative",
		    "{'title':[{'lang':'en','text':'X'}],'state':'draft','source':{'scheme':'nsf','id':'7'}}",
		    "eu-i-1", 0),
		IMS_E_INVALID, "/source: it began here and has no source: its steps are made here\n");
}

/* What comes from elsewhere has the state that it has there. */
static void test_imports_are_free(void **state)
{
	static const char active[] =
		"{'title':[{'lang':'en','text':'X'}],'state':'active','source':{'scheme':'nsf','id':'7'}}";
	static const char done[] =
		"{'title':[{'lang':'en','text':'X'}],'state':'completed','source':{'scheme':'nsf','id':'7'}}";
	struct node *n = begin(state);

	assert_int_equal(put(n, "initiative", active, NULL, 0), 0);
	assert_int_equal(put(n, "initiative", done, NULL, 0), 0);
	assert_int_equal(put(n, "initiative", active, "eu-i-1", 0), 0);
	EXPECT_REFUSED(n, put(n, "initiative", done, NULL, ACTOR_COACH), IMS_E_PERMISSION,
		       "an imported initiative is kept by the secretariat");
	EXPECT_REFUSED(n, act(n, "eu-i-1", "complete", 0), IMS_E_STATE,
		       "eu-i-1 is imported: its state is its source's");
}

/* ---- beside other records */
static void test_citations(void **state)
{
	static const char endorsement[] = "{'subject':";
	struct node *n = begin(state);

	assert_int_equal(put(n, "initiative", draft, NULL, 0), 0);
	assert_int_equal(act(n, "eu-i-1", "submit", 0), 0);
	EXPECT_REFUSED(
		n, put_about(n, "endorsement", endorsement, cite(n, FIXTURE_ORIGIN, 0, "eu-i-1", true), "}"),
		IMS_E_NOT_FOUND, "/subject: the entry that stands there has another leaf hash\n");
	EXPECT_REFUSED(
		n, put_about(n, "endorsement", endorsement, cite(n, FIXTURE_ORIGIN, 0, "eu-i-2", false), "}"),
		IMS_E_NOT_FOUND, "/subject: the entry that stands there made another record\n");
	EXPECT_REFUSED(
		n,
		put_about(
			n, "endorsement", endorsement,
			mem_printf("{'record':'mx-i-1','origin':'ims.example/mx/1','index':3,'leaf':'%064d'}",
				   0),
			"}"),
		IMS_E_NOT_FOUND, "/subject: the entry is not here (yet)\n");
	assert_int_equal(
		put_about(n, "endorsement", endorsement, cite(n, FIXTURE_ORIGIN, 0, "eu-i-1", false), "}"),
		0);
	EXPECT_REFUSED(n,
		       put(n, "note",
			   "{'initiative':'mx-i-5','day':'2024-01-01','topic':'other',"
			   "'text':[{'lang':'en','text':'?'}]}",
			   NULL, 0),
		       IMS_E_NOT_FOUND, "the initiative mx-i-5 is not here (yet)");
}

/* Up to signing, with an agreement of two own organisations and one of mx. */
static void to_signing(struct node *n)
{
	char hex[HEX_HASH_BYTES], *moa;
	struct hash h;

	crypto_sha256(BYTES_LIT(TEXT), &h);
	moa = mem_printf("{'initiative':'eu-i-1','version':1,'title':[{'lang':'en','text':'MoA'}],'texts':[{'"
			 "lang':'en',"
			 "'text':'" TEXT
			 "','sha256':'%s'}],'parties':[{'organisation':'eu-o-1','region':'eu'}]}",
			 hex_hash(&h, hex));
	assert_int_equal(put(n, "initiative", draft, NULL, 0), 0);
	assert_int_equal(put(n, "organisation", "{'name':'A','country':'DE'}", NULL, 0), 0);
	assert_int_equal(put(n, "organisation", "{'name':'B','country':'DE'}", NULL, 0), 0);
	assert_int_equal(
		put(n, "assignment", "{'initiative':'eu-i-1','coach':'anna','start':'2024-01-01'}", NULL, 0),
		0);
	assert_int_equal(act(n, "eu-i-1", "submit", 0), 0);
	EXPECT_REFUSED(n, put(n, "moa", moa, NULL, 0), IMS_E_STATE,
		       "eu-i-1 is 'submitted': 'agree' needs it to be coached, seeking-partners or signing; "
		       "what can be done "
		       "with it now: coach, hold, withdraw, decline or merge");
	assert_int_equal(act(n, "eu-i-1", "coach", 0), 0);
	assert_int_equal(put(n, "moa", moa, NULL, 0), 0); /* entry 6 */
	EXPECT_REFUSED(
		n, put(n, "moa", moa, NULL, 0), IMS_E_INVALID,
		"/initiative: it has the agreement eu-m-1 already: the next version is a revision of that\n");
	assert_int_equal(act(n, "eu-i-1", "sign", 0), 0);
	free(moa);
}

static char *paper(char *moa, char *organisation)
{
	char *json = mem_printf(
		"{'agreement':%s,'lang':'en','organisation':%s,'region':'eu','paper':{'day':'2024-01-01',"
		"'statement':[{'lang':'en','text':'Seen.'}]}}",
		moa, organisation);

	free(moa);
	free(organisation);
	return json;
}

static void test_signatures_and_conclusions(void **state)
{
	struct node *n = begin(state);
	char *json, *conclusion;

	to_signing(n);
	json = paper(cite(n, FIXTURE_ORIGIN, 6, "eu-m-1", false),
		     cite(n, FIXTURE_ORIGIN, 2, "eu-o-2", false));
	EXPECT_REFUSED(n, put(n, "signature", json, NULL, 0), IMS_E_INVALID,
		       ": eu-o-2 is no party of this version for eu\n");
	free(json);
	json = paper(cite(n, FIXTURE_ORIGIN, 6, "eu-m-1", false),
		     cite(n, FIXTURE_ORIGIN, 1, "eu-o-1", false));
	assert_int_equal(put(n, "signature", json, NULL, ACTOR_COACH), 0); /* entry 8 */
	EXPECT_REFUSED(n, put(n, "signature", json, NULL, ACTOR_ORIGINATOR), IMS_E_PERMISSION,
		       "'signature' is for a coach or the secretariat; whoever acts here is not");
	free(json);
	json = cite(n, FIXTURE_ORIGIN, 8, "eu-sg-1", false);
	conclusion = mem_printf(",'roster_version':1,'initiative':'eu-i-1',"
				"'counted':[{'signature':%s,'region':'eu'}]}",
				json);
	free(json);
	EXPECT_REFUSED(n,
		       put_about(n, "conclusion",
				 "{'agreement':", cite(n, FIXTURE_ORIGIN, 6, "eu-m-1", false), conclusion),
		       IMS_E_INVALID, ": 1 regions, 3 are needed\n");
	free(conclusion);
	EXPECT_REFUSED(n, act(n, "eu-i-1", "activate", 0), IMS_E_INVALID,
		       "/state: its agreement is concluded first: 'ims moa conclude'\n");
	/* and with the initiative nothing is signed any more */
	assert_int_equal(act(n, "eu-i-1", "decline", 0), 0);
	json = paper(cite(n, FIXTURE_ORIGIN, 6, "eu-m-1", false),
		     cite(n, FIXTURE_ORIGIN, 1, "eu-o-1", false));
	assert_int_equal(put(n, "signature", json, NULL, 0), IMS_E_STATE);
	free(json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_steps, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_put_is_a_step, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_imports_are_free, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_citations, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_signatures_and_conclusions, node_setup, node_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
