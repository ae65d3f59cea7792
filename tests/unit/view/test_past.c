/* SPDX-License-Identifier: Apache-2.0 */
/* What a record was, and how far back that is looked for. */
#include "unit/view/look.h"
#include "view/past.h"

#define TURN 500

/* `n` revisions of one organisation. */
static void revise(struct node *n, unsigned count)
{
	struct commit_job *j[TURN];
	unsigned done = 0;
	char city[32];

	while (done < count) {
		unsigned turn = count - done < TURN ? count - done : TURN;

		for (unsigned i = 0; i < turn; i++) {
			snprintf(city, sizeof(city), "City %u", done + i);
			j[i] = org_job("One", city);
		}
		commit_run(n->commit, j, turn);
		for (unsigned i = 0; i < turn; i++) {
			assert_int_equal(j[i]->err, 0);
			commit_job_free(j[i]);
		}
		done += turn;
	}
}

static uint64_t revision_at(struct node *n, uint64_t size)
{
	struct store_txn *t = look_begin(n);
	char origin[ORIGIN_MAX_BYTES + 1];
	struct record now, then;
	struct series_id at;
	struct past p;
	struct past_size s = {origin, size};
	const struct past_sizes sizes = {&s, 1};
	struct arena a;
	int err = record_get(t, BYTES_LIT("eu-o-1"), &now, &at);

	arena_init(&a, 65536);
	p = past_of(t, &sizes, &a);
	if (!err)
		err = ledger_origin_of(t, now.slot, origin);
	if (!err)
		err = past_record(&p, &at, &now, &then);
	arena_fini(&a);
	store_abort(t);
	assert_int_equal(err, 0);
	return then.revision;
}

/* Of more revisions than are looked at it is the newest ones that count. */
static void test_the_newest_of_many(void **state)
{
	struct node *n = *state;

	assert_int_equal(node_start(n), 0);
	revise(n, PAST_REVISIONS_MAX + 5);
	node_sync(n);
	assert_int_equal(revision_at(n, PAST_REVISIONS_MAX + 3), PAST_REVISIONS_MAX + 3);
	assert_int_equal(revision_at(n, 7), 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_the_newest_of_many, node_setup, node_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
