/* SPDX-License-Identifier: Apache-2.0 */
/* Heads and cosignatures that a peer shows: whose word counts (inv. 4, 5). */
#include "unit/replication/liar.h"

static void a_head_counts_when_its_log_signed_it(void **state)
{
	struct liar *l = *state;

	assert_int_equal(liar_show(l, liar_head(liar_log(l, 7, "true"), LIAR_MX, "mx/l1a")), 0);
	assert_int_equal(liar_info(l, LIAR_MX).known_size, 7);
	assert_int_equal(liar_info(l, LIAR_MX).head_size, 0); /* shown when it is reached */
}

static void a_head_that_another_signed_is_refused(void **state)
{
	static const char *const signers[] = {"us/l1a", "mx/l1b", "mx/ca", "mx/da us/ca"};
	struct liar *l = *state;
	struct liar_log *log = liar_log(l, 7, "true");

	for (size_t i = 0; i < sizeof(signers) / sizeof(signers[0]); i++)
		assert_int_equal(liar_show(l, liar_head(log, LIAR_MX, signers[i])), IMS_E_NO_KEY);
	assert_int_equal(liar_info(l, LIAR_MX).known_size, 0);
}

static void a_changed_head_is_refused(void **state)
{
	struct liar *l = *state;
	struct bytes note = liar_head(liar_log(l, 7, "true"), LIAR_MX, "mx/l1a");
	uint8_t *size = memmem(note.p, note.n, "\n7\n", 3);

	size[1] = '9';
	assert_int_equal(liar_show(l, note), IMS_E_SIGNATURE);
	assert_int_equal(liar_info(l, LIAR_MX).known_size, 0);
}

static void a_bad_head_in_a_hello_ends_the_session(void **state)
{
	struct liar *l = *state;
	struct msg_head head = {liar_head(liar_log(l, 7, "true"), LIAR_MX, "us/l1a"), true, false};
	struct msg_hello hello = {.version = 1, .roster_version = 1, .heads = &head, .n_heads = 1};

	sync_on_hello(l->sync, l->peer, &hello, (struct mono){0});
	assert_int_equal(l->misbehaved, IMS_E_NO_KEY);
	assert_int_equal(liar_info(l, LIAR_MX).known_size, 0);
}

/* Found by the simulator: a relay whose roster has a new key already was accused of what it passed on. */
static void a_head_by_a_later_roster_accuses_nobody(void **state)
{
	struct liar *l = *state;
	struct bytes note = liar_head(liar_log(l, 7, "true"), LIAR_MX, "us/l1a");

	sync_peer_roster(l->sync, l->peer, 2);
	assert_int_equal(liar_show(l, note), 0);
	assert_int_equal(liar_info(l, LIAR_MX).known_size, 0);
	assert_int_equal(liar_show(l, BYTES(note.p, note.n - 1)), IMS_E_SYNTAX);
}

/* S2: of one size with two roots, before anything of it is stored, and after. */
static void two_heads_of_one_size_are_evidence(void **state)
{
	struct liar *l = *state;
	struct liar_log *log = liar_log(l, 7, "true"), *fork = liar_log(l, 7, "else");

	assert_int_equal(liar_show(l, liar_head(log, LIAR_MX, "mx/l1a")), 0);
	assert_int_equal(liar_show(l, liar_head(fork, LIAR_MX, "mx/l1a")), 0);
	assert_int_equal(l->n_evidence, 1);
	assert_int_equal(l->n_proven, 1);
	assert_true(liar_info(l, LIAR_MX).frozen);
	assert_false(liar_info(l, LIAR_EU).frozen); /* inv. 12 */
}

static void a_head_off_the_stored_history_is_evidence(void **state)
{
	struct liar *l = *state;
	struct liar_log *log = liar_log(l, 7, "true"), *fork = liar_log(l, 5, "else");

	assert_int_equal(liar_show(l, liar_head(log, LIAR_MX, "mx/l1a")), 0);
	assert_int_equal(liar_answer(l, log, 0, 7), 0);
	assert_int_equal(liar_show(l, liar_head(liar_log(l, 5, "true"), LIAR_MX, "mx/l1a")), 0);
	assert_int_equal(l->n_evidence, 0);
	assert_int_equal(liar_show(l, liar_head(fork, LIAR_MX, "mx/l1a")), 0);
	assert_int_equal(l->n_evidence, 1);
	assert_int_equal(l->n_proven, 1);
	assert_true(liar_info(l, LIAR_MX).frozen);
}

/* DESIGN section 6: a head of my own log that I do not contain, by my own key; nobody else's word. */
static void an_own_head_that_is_ahead_is_told(void **state)
{
	struct liar *l = *state;
	struct liar_log *log = liar_log(l, 3, "mine");

	assert_int_equal(liar_show(l, liar_head(log, LIAR_EU, "mx/l1a")), IMS_E_NO_KEY);
	assert_int_equal(l->n_ahead, 0);
	assert_int_equal(liar_show(l, liar_head(log, LIAR_EU, "eu/l1a")), 0);
	assert_int_equal(l->n_ahead, 1);
}

static void cosignatures_are_kept_of_the_rosters_keys(void **state)
{
	struct liar *l = *state;
	struct liar_log *log = liar_log(l, 3, "true");

	assert_int_equal(liar_show(l, liar_head(log, LIAR_MX, "mx/l1a")), 0);
	assert_int_equal(liar_answer(l, log, 0, 3), 0);
	assert_int_equal(liar_show(l, liar_head(log, LIAR_MX, "mx/l1a us/cb cn/ca")), 0);
	assert_int_equal(l->n_cosignatures, 0);
	assert_int_equal(liar_show(l, liar_head(log, LIAR_MX, "mx/l1a us/ca irs/ca")), 0);
	assert_int_equal(l->n_cosignatures, 2);
	assert_int_equal(liar_info(l, LIAR_MX).n_cosigners, 2);
	assert_int_equal(liar_show(l, liar_head(log, LIAR_MX, "mx/l1a us/ca")), 0);
	assert_int_equal(l->n_cosignatures, 2);
}

/* Found by the simulator: a region that cosigned its own log was one of those that vouch for it. */
static void a_region_does_not_cosign_itself(void **state)
{
	struct liar *l = *state;
	struct liar_log *log = liar_log(l, 3, "true");

	assert_int_equal(liar_show(l, liar_head(log, LIAR_MX, "mx/l1a")), 0);
	assert_int_equal(liar_answer(l, log, 0, 3), 0);
	assert_int_equal(liar_show(l, liar_head(log, LIAR_MX, "mx/l1a mx/ca us/ca")), 0);
	assert_int_equal(l->n_cosignatures, 1);
	assert_string_equal(liar_info(l, LIAR_MX).cosigners[0], "us");
}

/* inv. 5: evidence is two heads that the log itself signed, and that cannot both be true. */
static void evidence_must_prove(void **state)
{
	struct liar *l = *state;
	struct liar_log *log = liar_log(l, 3, "true"), *fork = liar_log(l, 3, "else");
	struct bytes a = liar_head(log, LIAR_MX, "mx/l1a"), b = liar_head(fork, LIAR_MX, "us/l1a");
	struct msg m = {.type = MSG_EVIDENCE,
			.u.evidence = {.origin = BYTES_LIT(LIAR_MX), .note_a = a, .note_b = b}};

	assert_int_equal(liar_say(l, &m), IMS_E_NO_KEY);
	m.u.evidence.note_b = a;
	assert_int_equal(liar_say(l, &m), IMS_E_PROOF);
	m.u.evidence.note_b = liar_head(liar_log(l, 4, "true"), LIAR_MX, "mx/l1a");
	assert_int_equal(liar_say(l, &m), IMS_E_PROOF);
	assert_int_equal(l->n_evidence, 0);
	m.u.evidence.note_b = liar_head(fork, LIAR_MX, "mx/l1a");
	assert_int_equal(liar_say(l, &m), 0);
	assert_int_equal(l->n_evidence, 1);
	assert_int_equal(l->n_proven, 1);
	assert_true(liar_info(l, LIAR_MX).frozen);
}

#define T(name) cmocka_unit_test_setup_teardown(name, liar_setup, liar_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_head_counts_when_its_log_signed_it),
		T(a_head_that_another_signed_is_refused),
		T(a_changed_head_is_refused),
		T(a_bad_head_in_a_hello_ends_the_session),
		T(a_head_by_a_later_roster_accuses_nobody),
		T(two_heads_of_one_size_are_evidence),
		T(a_head_off_the_stored_history_is_evidence),
		T(an_own_head_that_is_ahead_is_told),
		T(cosignatures_are_kept_of_the_rosters_keys),
		T(a_region_does_not_cosign_itself),
		T(evidence_must_prove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
