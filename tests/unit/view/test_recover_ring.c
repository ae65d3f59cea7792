/* SPDX-License-Identifier: Apache-2.0 */
/* The commit log fails, or is exchanged, while the node comes back. */
#include "unit/view/files.h"
#include "unit/view/look.h"

/* Nothing can be written to the open commit log any more. */
static void break_ring(struct node *n)
{
	char *path = tmpdir_path(n->dir, "ring"), link[32], to[256];
	int sealed = open(path, O_RDONLY | O_CLOEXEC), broken = 0;

	for (int fd = 3; fd < 256; fd++) {
		snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
		memset(to, 0, sizeof(to));
		if (fd != sealed && readlink(link, to, sizeof(to) - 1) > 0 && strcmp(to, path) == 0)
			broken += dup2(sealed, fd) == fd;
	}
	assert_true(broken > 0);
	close(sealed);
	free(path);
}

/* It failed at the last step of recovering: the node tried again for ever, with a commit log that takes nothing
 * more, in place of ending. Found by the simulator. */
static void test_ring_fails_while_finishing(void **state)
{
	struct node *n = *state;
	struct commit_job *j = roll_back_job("peer mx shows more");

	assert_int_equal(node_start(n), 0);
	node_fill(n, 3, "Before");
	assert_int_equal(node_run(n, j), 0);
	assert_int_equal(node_run(n, commit_job_new(COMMIT_RECOVER)), 0);
	break_ring(n);
	assert_int_equal(node_run(n, commit_job_new(COMMIT_RECOVERED)), IMS_E_IO);
	assert_int_equal(n->fatal, IMS_E_IO);
}

/* The commit log was lost after recovering had begun, and found again: what it held was folded upon what
 * comes back from peers, in place of being set aside, and the node froze its own log. Found by the simulator.
 */
static void test_ring_returns_while_recovering(void **state)
{
	struct node *n = *state;
	struct commit_job *j = roll_back_job("peer mx shows more");

	n->gate_open = false;
	assert_int_equal(node_start(n), 0);
	node_fill(n, 1, "Nobody saw");
	assert_int_equal(node_run(n, j), 0);
	assert_int_equal(node_run(n, commit_job_new(COMMIT_RECOVER)), 0);
	node_stop(n);
	file_rename(n, "ring", "old-ring");
	assert_int_equal(node_start(n), 0);
	assert_int_equal(n->state, COMMIT_RECOVERING);
	node_stop(n);
	file_rename(n, "old-ring", "ring");
	assert_int_equal(node_start(n), 0);
	assert_int_equal(n->state, COMMIT_RECOVERING);
	assert_int_equal(look_log(n, FIXTURE_ORIGIN, NULL), 0);
	assert_int_equal(look_count(n, TABLE_ASIDE), 1);
	assert_int_equal(node_run(n, commit_job_new(COMMIT_RECOVERED)), 0);
	assert_int_equal(look_log(n, FIXTURE_ORIGIN, NULL), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_ring_fails_while_finishing, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_ring_returns_while_recovering, node_setup,
						node_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
