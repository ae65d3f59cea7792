/* SPDX-License-Identifier: Apache-2.0 */
/* Entries of a peer that need not be honest: what is verified before the store sees it (S1). */
#include "unit/replication/liar.h"

static void what_is_proven_is_stored(void **state)
{
	struct liar *l = *state;
	struct liar_log *log = liar_log(l, 260, "true");

	assert_int_equal(liar_show(l, liar_head(log, LIAR_MX, "mx/l1a")), 0);
	assert_int_equal(l->n_stored, 0);
	assert_int_equal(liar_answer(l, log, 0, 100), 0);
	assert_int_equal(liar_answer(l, log, 100, 256), 0);
	assert_int_equal(liar_answer(l, log, 256, 260), 0);
	assert_int_equal(l->n_stored, 260);
	assert_int_equal(l->n_wanted, 0);
	assert_int_equal(liar_info(l, LIAR_MX).head_size, 260);
}

/* inv. 4: an entry that is not in the tree that was signed. */
static void a_changed_entry_is_refused(void **state)
{
	struct liar *l = *state;
	struct liar_log *log = liar_log(l, 5, "true"), *other = liar_log(l, 5, "else");

	assert_int_equal(liar_show(l, liar_head(log, LIAR_MX, "mx/l1a")), 0);
	log->item[3] = other->item[3];
	assert_int_equal(liar_answer(l, log, 0, 5), IMS_E_ROOT);
	assert_int_equal(l->n_stored, 0);
	assert_int_equal(l->n_evidence, 0); /* the messenger's fault, not the log's */
	assert_int_equal(liar_info(l, LIAR_MX).size, 0);
}

/* inv. 5: entries that are proven to a signed head of a tree that is not the one we hold. */
static void another_history_is_evidence(void **state)
{
	struct liar *l = *state;
	struct liar_log *log = liar_log(l, 256, "true"), *fork = liar_log(l, 256, "else");

	assert_int_equal(liar_show(l, liar_head(log, LIAR_MX, "mx/l1a")), 0);
	assert_int_equal(liar_answer(l, log, 0, 256), 0);
	assert_int_equal(l->n_stored, 256);
	while (fork->n < 260)
		liar_add(fork, "more");
	assert_int_equal(liar_show(l, liar_head(fork, LIAR_MX, "mx/l1a")), 0);
	assert_int_equal(liar_answer(l, fork, 256, 260), 0);
	assert_int_equal(l->n_stored, 256);
	assert_int_equal(l->n_evidence, 1);
	assert_int_equal(l->n_proven, 1);
	assert_true(liar_info(l, LIAR_MX).frozen);
}

/* An entry that its leaf in the tree knows nothing of. */
static void swap_item(struct liar_log *a, struct liar_log *b, size_t i)
{
	struct msg_item keep = a->item[i];

	a->item[i] = b->item[i];
	b->item[i] = keep;
}

/* The same inside of a tile: what does not fit what we hold may be wrong entries or another history;
 * the whole tile tells, and the messenger of another history is not to blame. */
static void another_history_within_a_tile_is_evidence(void **state)
{
	struct liar *l = *state;
	struct liar_log *log = liar_log(l, 4, "true"), *fork = liar_log(l, 4, "else");

	assert_int_equal(liar_show(l, liar_head(log, LIAR_MX, "mx/l1a")), 0);
	assert_int_equal(liar_answer(l, log, 0, 4), 0);
	liar_add(fork, "more");
	assert_int_equal(liar_show(l, liar_head(fork, LIAR_MX, "mx/l1a")), 0);
	assert_int_equal(liar_answer(l, fork, 4, 5), 0);
	assert_int_equal(l->n_evidence, 0);
	assert_int_equal(liar_answer(l, fork, 0, 5), 0);
	assert_int_equal(l->n_evidence, 1);
	assert_int_equal(l->n_proven, 1);
	assert_true(liar_info(l, LIAR_MX).frozen);
	assert_int_equal(l->n_stored, 4);
}

static void wrong_entries_within_a_tile_are_their_senders_fault(void **state)
{
	struct liar *l = *state;
	struct liar_log *log = liar_log(l, 4, "true"), *other = liar_log(l, 5, "else");

	assert_int_equal(liar_show(l, liar_head(log, LIAR_MX, "mx/l1a")), 0);
	assert_int_equal(liar_answer(l, log, 0, 4), 0);
	liar_add(log, "true");
	assert_int_equal(liar_show(l, liar_head(log, LIAR_MX, "mx/l1a")), 0);
	swap_item(log, other, 4);
	assert_int_equal(liar_answer(l, log, 4, 5), 0);
	swap_item(log, other, 4);
	assert_int_equal(liar_answer(l, log, 0, 5), IMS_E_PROOF);
	assert_int_equal(l->n_evidence, 0);
	assert_int_equal(l->n_stored, 4);
}

static void a_changed_payload_is_refused(void **state)
{
	struct liar *l = *state;
	struct liar_log *log = liar_log(l, 5, "true");

	assert_int_equal(liar_show(l, liar_head(log, LIAR_MX, "mx/l1a")), 0);
	log->item[2].payload = BYTES_LIT("what nobody wrote");
	assert_int_equal(liar_answer(l, log, 0, 5), IMS_E_COMMITMENT);
	assert_int_equal(l->n_stored, 0);
}

/* A peer cannot say of what all may see that it is not for us, or gone: it stays wanted. */
static void a_payload_is_not_talked_away(void **state)
{
	static const enum msg_payload_state said[] = {MSG_PAYLOAD_NONE, MSG_PAYLOAD_ABSENT,
						      MSG_PAYLOAD_NOT_FOR_YOU, MSG_PAYLOAD_ERASED};
	struct liar *l = *state;
	struct liar_log *log = liar_log(l, 5, "true");

	for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++) {
		log->item[i].state = said[i];
		log->item[i].salt = log->item[i].payload = BYTES_NONE;
	}
	assert_int_equal(liar_show(l, liar_head(log, LIAR_MX, "mx/l1a")), 0);
	assert_int_equal(liar_answer(l, log, 0, 5), 0);
	assert_int_equal(l->n_stored, 5);
	assert_int_equal(l->n_wanted, 4);
}

/* Three hundred times a and b: frames of zstd. */
#define FRAME_OF_A "\x28\xb5\x2f\xfd\x60\x2c\0\x63\x09\0a"
#define FRAME_OF_B "\x28\xb5\x2f\xfd\x60\x2c\0\x63\x09\0b"

/* Its log goes on with an entry whose payload travels packed. */
static struct liar_log *log_with_packed(struct liar *l)
{
	struct liar_log *log = liar_log(l, 4, "true");
	char text[301];

	memset(text, 'a', 300);
	text[300] = '\0';
	liar_add_text(log, text);
	log->item[4].payload = BYTES_NONE;
	log->item[4].packed = BYTES_LIT(FRAME_OF_A);
	return log;
}

static void a_packed_payload_is_stored_packed(void **state)
{
	struct liar *l = *state;
	struct liar_log *log = log_with_packed(l);

	assert_int_equal(liar_show(l, liar_head(log, LIAR_MX, "mx/l1a")), 0);
	assert_int_equal(liar_answer(l, log, 0, 5), 0);
	assert_int_equal(l->n_stored, 5);
	assert_int_equal(l->n_packed, 1);
}

/* inv. 4, 11: nothing of a package whose packed payload is another one, or no one, is stored. */
static void a_wrong_packed_payload_is_refused(void **state)
{
	static const struct bytes wrong[] = {BYTES_LIT(FRAME_OF_B), BYTES_LIT(FRAME_OF_A "hidden"),
					     BYTES_LIT(FRAME_OF_A FRAME_OF_A),
					     BYTES_LIT("\x28\xb5\x2f\xfd\x60\0\xff\x03\0\x80\x61")};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct liar *l = *state;
		struct liar_log *log = log_with_packed(l);

		log->item[4].packed = wrong[i];
		assert_int_equal(liar_show(l, liar_head(log, LIAR_MX, "mx/l1a")), 0);
		assert_int_equal(liar_answer(l, log, 0, 5), IMS_E_COMMITMENT);
		assert_int_equal(l->n_stored, 0);
		assert_int_equal(liar_teardown(state), 0);
		assert_int_equal(liar_setup(state), 0);
	}
}

#define T(name) cmocka_unit_test_setup_teardown(name, liar_setup, liar_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(what_is_proven_is_stored),
		T(a_changed_entry_is_refused),
		T(another_history_is_evidence),
		T(another_history_within_a_tile_is_evidence),
		T(wrong_entries_within_a_tile_are_their_senders_fault),
		T(a_changed_payload_is_refused),
		T(a_payload_is_not_talked_away),
		T(a_packed_payload_is_stored_packed),
		T(a_wrong_packed_payload_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
