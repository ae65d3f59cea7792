/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The acts table walked whole: every act by every role, on an initiative of the own region, of another one or none, in
 * every state, against the rules said again by hand; and what the rules must never allow.
 */
#include "programme/acts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "registry/registry.h"

/* ---- by hand, not from acts.def */

/* Roles: o originator, c coach, s secretariat, i IRS. Whose: h the own region's, o another's, n none.
 * States: n new, d draft, s submitted, c coached, k seeking, g signing, a active, f completed, h on hold,
 * w withdrawn, x declined, m merged. To: the same letters, = the same one, b back, . no state. */
static const struct {
	const char *name, *kind, *roles, *whose, *from;
	char to;
} rules[] = {
	/* the way of an initiative: only its home moves it */
	{"draft", "initiative", "ocs", "h", "n", 'd'},
	{"hand-in", "initiative", "cs", "h", "n", 's'},
	{"edit", "initiative", "o", "h", "dck", '='},
	{"edit", "initiative", "cs", "h", "dsckgah", '='},
	{"submit", "initiative", "ocs", "h", "d", 's'},
	{"coach", "initiative", "cs", "h", "s", 'c'},
	{"seek", "initiative", "cs", "h", "cg", 'k'},
	{"sign", "initiative", "cs", "h", "ck", 'g'},
	{"activate", "initiative", "s", "h", "g", 'a'},
	{"complete", "initiative", "cs", "h", "a", 'f'},
	{"hold", "initiative", "cs", "h", "dsckga", 'h'},
	{"resume", "initiative", "cs", "h", "h", 'b'},
	{"withdraw", "initiative", "os", "h", "dsckgah", 'w'},
	{"decline", "initiative", "s", "h", "sckgh", 'x'},
	{"merge", "initiative", "s", "h", "sckgah", 'm'},
	/* what the home says of its own */
	{"describe", "description", "ocs", "h", "dsckgh", '.'},
	{"assign", "assignment", "s", "h", "dsckgah", '.'},
	{"waive", "waiver", "cs", "h", "dsckgh", '.'},
	{"need", "need", "ocs", "h", "ckga", '.'},
	{"agree", "moa", "cs", "h", "ckg", '.'},
	{"conclude", "conclusion", "s", "h", "g", '.'},
	{"join", "merge", "s", "h", "sckgah", '.'},
	/* what every region says of any */
	{"note", "note", "ocsi", "ho", "dsckgafhwxm", '.'},
	{"signature", "signature", "cs", "ho", "g", '.'},
	{"endorse", "endorsement", "s", "ho", "sckga", '.'},
	{"market", "notice", "i", "o", "ckga", '.'},
	{"acknowledge", "acknowledgement", "s", "ho", "sckgafh", '.'},
	{"link", "overlap", "csi", "ho", "dsckgafhwxm", '.'},
	/* what is about none */
	{"keep", "region", "si", "n", "n", '.'},
	{"keep", "secretariat", "si", "n", "n", '.'},
	{"keep", "template", "si", "n", "n", '.'},
	{"keep", "organisation", "ocsi", "n", "n", '.'},
	{"keep", "contact", "ocsi", "n", "n", '.'},
	{"keep", "document", "ocsi", "n", "n", '.'},
	{"keep", "need", "ocs", "n", "n", '.'},
	{"keep", "owner", "cs", "n", "n", '.'},
	{"keep", "interest", "ocs", "n", "n", '.'},
	{"keep", "answer", "cs", "n", "n", '.'},
};
#define RULES_COUNT (sizeof(rules) / sizeof(rules[0]))

static const struct {
	char letter;
	unsigned state;
} states[] = {
	{'n', INITIATIVE_NEW},	     {'d', INITIATIVE_DRAFT},	  {'s', INITIATIVE_SUBMITTED},
	{'c', INITIATIVE_COACHED},   {'k', INITIATIVE_SEEKING},	  {'g', INITIATIVE_SIGNING},
	{'a', INITIATIVE_ACTIVE},    {'f', INITIATIVE_COMPLETED}, {'h', INITIATIVE_ON_HOLD},
	{'w', INITIATIVE_WITHDRAWN}, {'x', INITIATIVE_DECLINED},  {'m', INITIATIVE_MERGED},
};
#define STATES_COUNT (sizeof(states) / sizeof(states[0]))
static const struct {
	char letter;
	unsigned role;
} roles[] = {{'o', ACTOR_ORIGINATOR}, {'c', ACTOR_COACH}, {'s', ACTOR_SECRETARIAT}, {'i', ACTOR_IRS}};
static const struct {
	char letter;
	enum act_whose whose;
} whose[] = {{'n', ACT_NONE}, {'h', ACT_HOME}, {'o', ACT_OTHER}};

#define BEFORE_HOLD INITIATIVE_SEEKING

/* The state that a rule leads to; false: it does not allow it. */
static bool rule_allows(size_t i, char role, char of, char state, unsigned *ret_to)
{
	if (!strchr(rules[i].roles, role) || !strchr(rules[i].whose, of) || !strchr(rules[i].from, state))
		return false;
	*ret_to = 0;
	for (size_t k = 0; k < STATES_COUNT; k++)
		if (states[k].letter == (rules[i].to == '=' ? state : rules[i].to))
			*ret_to = states[k].state;
	if (rules[i].to == 'b')
		*ret_to = BEFORE_HOLD;
	return true;
}

static bool is_allowed(const char *name, const char *kind, char role, char of, char state, unsigned *ret_to)
{
	for (size_t i = 0; i < RULES_COUNT; i++)
		if (strcmp(rules[i].name, name) == 0 && strcmp(rules[i].kind, kind) == 0 &&
		    rule_allows(i, role, of, state, ret_to))
			return true;
	return false;
}

static struct act_ask ask_of(size_t i, size_t role, size_t of, size_t state)
{
	return (struct act_ask){.id = "eu-i-1",
				.kind = rules[i].kind,
				.name = rules[i].name,
				.roles = roles[role].role,
				.whose = whose[of].whose,
				.now = states[state].state,
				.before_hold = BEFORE_HOLD};
}

static void check_one(size_t i, size_t role, size_t of, size_t state)
{
	const struct act_ask ask = ask_of(i, role, of, state);
	/* of what is about no initiative the state is not asked */
	char letter = whose[of].whose == ACT_NONE ? 'n' : states[state].letter;
	unsigned to = 0, wanted = 0;
	const struct act *act = NULL;
	struct errtext why = {""};
	bool allowed = is_allowed(ask.name, ask.kind, roles[role].letter, whose[of].letter, letter, &wanted);
	int err = act_may(&ask, &act, &to, &why);

	if (allowed != (err == 0))
		fail_msg("%s of %s by %c, %c, in %c: %s", ask.name, ask.kind, roles[role].letter,
			 whose[of].letter, letter, err ? why.text : "allowed");
	if (!err) {
		assert_int_equal(to, wanted);
		assert_string_equal(act->name, ask.name);
		return;
	}
	assert_true(err == IMS_E_PERMISSION || err == IMS_E_STATE);
	assert_true(strlen(why.text) > 20); /* words */
}

static void test_every_act_role_and_state(void **state)
{
	(void)state;
	for (size_t i = 0; i < RULES_COUNT; i++)
		for (size_t role = 0; role < 4; role++)
			for (size_t of = 0; of < 3; of++)
				for (size_t s = 0; s < STATES_COUNT; s++)
					check_one(i, role, of, s);
}

/* Every kind of record has its act. */
static void test_every_kind(void **state)
{
	size_t n;
	const struct kind *k = kind_all(&n);

	(void)state;
	for (size_t i = 0; i < n; i++)
		if (!act_roles_of_kind(k[i].name))
			fail_msg("nobody may write a %s", k[i].name);
	assert_int_equal(act_roles_of_kind("waiver"), ACTOR_COACH | ACTOR_SECRETARIAT);
	assert_int_equal(act_roles_of_kind("moon"), 0);
}

/* Nothing stands in acts.def that is not above. */
static void test_no_other_acts(void **state)
{
	size_t n;
	const struct act *all = act_all(&n);

	(void)state;
	assert_int_equal(n, RULES_COUNT);
	for (size_t i = 0; i < n; i++) {
		bool found = false;

		for (size_t k = 0; k < RULES_COUNT; k++)
			found |= strcmp(all[i].name, rules[k].name) == 0 &&
				 strcmp(all[i].kind, rules[k].kind) == 0;
		if (!found)
			fail_msg("%s of %s", all[i].name, all[i].kind);
		assert_true(strlen(all[i].help) > 5);
	}
}

/* By the state that a revision has, as `record put` writes it: from where to where, by whom. */
static bool may_move(unsigned role, unsigned from, unsigned to)
{
	struct act_ask ask = {.kind = "initiative",
			      .roles = role,
			      .whose = ACT_HOME,
			      .now = from,
			      .before_hold = BEFORE_HOLD,
			      .wanted = to};
	const struct act *act;
	unsigned is;

	if (act_may(&ask, &act, &is, NULL))
		return false;
	assert_int_equal(is, to);
	return true;
}

/* What is over stays over; nothing begins in the middle; the work begins only out of the signing. */
static void test_what_is_never_allowed(void **state)
{
	const unsigned over =
		INITIATIVE_COMPLETED | INITIATIVE_WITHDRAWN | INITIATIVE_DECLINED | INITIATIVE_MERGED;

	(void)state;
	for (size_t role = 0; role < 4; role++)
		for (size_t from = 0; from < STATES_COUNT; from++)
			for (size_t to = 1; to < STATES_COUNT; to++) {
				unsigned a = states[from].state, b = states[to].state;
				bool may = may_move(roles[role].role, a, b);

				if (a & over)
					assert_false(may);
				if (a == INITIATIVE_NEW && !(b & (INITIATIVE_DRAFT | INITIATIVE_SUBMITTED)))
					assert_false(may);
				if (b == INITIATIVE_ACTIVE && a != b)
					assert_int_equal(may, a == INITIATIVE_SIGNING &&
								      roles[role].role == ACTOR_SECRETARIAT);
				if (roles[role].role == ACTOR_IRS)
					assert_false(may);
			}
}

static void expect_words(const struct act_ask *ask, int err, const char *words)
{
	const struct act *act;
	struct errtext why;
	unsigned to;

	assert_int_equal(act_may(ask, &act, &to, &why), err);
	assert_string_equal(why.text, words);
}

static void test_words_for_a_newcomer(void **state)
{
	struct act_ask ask = {.id = "eu-i-1",
			      .kind = "initiative",
			      .name = "sign",
			      .roles = ACTOR_COACH,
			      .whose = ACT_HOME,
			      .now = INITIATIVE_SUBMITTED};

	(void)state;
	expect_words(&ask, IMS_E_STATE,
		     "eu-i-1 is 'submitted': 'sign' needs it to be coached or seeking-partners; what can be "
		     "done with it "
		     "now: coach, hold, withdraw, decline or merge");
	ask.name = "activate";
	ask.now = INITIATIVE_SIGNING;
	expect_words(&ask, IMS_E_PERMISSION, "'activate' is for the secretariat; whoever acts here is not");
	ask.whose = ACT_OTHER;
	ask.roles = ACTOR_SECRETARIAT;
	expect_words(&ask, IMS_E_PERMISSION,
		     "'activate' is not for an initiative of another region: its home does it");
	ask.whose = ACT_HOME;
	ask.name = "fly";
	expect_words(&ask, IMS_E_NOT_FOUND, "no act 'fly' on a record of kind initiative");
	ask.name = NULL;
	ask.now = INITIATIVE_NEW;
	ask.wanted = INITIATIVE_ACTIVE;
	expect_words(&ask, IMS_E_STATE,
		     "/state: a new initiative is 'draft' or 'submitted', not 'active'; an imported one "
		     "names its source");
	ask.now = INITIATIVE_COMPLETED;
	expect_words(
		&ask, IMS_E_STATE,
		"/state: no step leads from 'completed' to 'active'; what can be done: nothing, it is over");
}

static void test_roles_of_operators(void **state)
{
	static const char table[] = "anna:coach, bert:originator+coach\tirene:irs";

	(void)state;
	assert_int_equal(actor_roles_of(table, BYTES_LIT("anna"), 99), ACTOR_COACH);
	assert_int_equal(actor_roles_of(table, BYTES_LIT("bert"), 99), ACTOR_ORIGINATOR | ACTOR_COACH);
	assert_int_equal(actor_roles_of(table, BYTES_LIT("irene"), 99), ACTOR_IRS);
	assert_int_equal(actor_roles_of(table, BYTES_LIT("ann"), 99), 99);
	assert_int_equal(actor_roles_of("", BYTES_LIT("anna"), 99), 99);
	assert_int_equal(actor_roles_check(table, NULL), 0);
	assert_int_equal(actor_roles_check("", NULL), 0);
	assert_int_equal(actor_roles_check("anna", NULL), IMS_E_SYNTAX);
	assert_int_equal(actor_roles_check("anna:", NULL), IMS_E_SYNTAX);
	assert_int_equal(actor_roles_check(":coach", NULL), IMS_E_SYNTAX);
	assert_int_equal(actor_roles_check("anna:coach+king", NULL), IMS_E_SYNTAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_act_role_and_state),
		cmocka_unit_test(test_every_kind),
		cmocka_unit_test(test_no_other_acts),
		cmocka_unit_test(test_what_is_never_allowed),
		cmocka_unit_test(test_words_for_a_newcomer),
		cmocka_unit_test(test_roles_of_operators),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
