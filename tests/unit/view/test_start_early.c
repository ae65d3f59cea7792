/* SPDX-License-Identifier: Apache-2.0 */
/* A start with the key of an incarnation that no roster here has opened. */
#include "unit/view/files.h"
#include "unit/view/look.h"

/* The operator was faster than the roster: the node called its own data damaged. Found by the simulator. */
static void test_next_key_before_its_roster(void **state)
{
	struct node *n = *state;
	struct note_signer first = n->log_signer;

	assert_int_equal(node_start(n), 0);
	node_fill(n, 3, "Before");
	node_stop(n);
	n->origin = "ims.example/eu/2";
	n->log_signer = world_signer(BYTES_LIT("eu/l2a"), false);
	assert_int_equal(node_start(n), IMS_E_ORIGIN);
	assert_non_null(strstr(n->why.text, "has opened ims.example/eu/2"));
	node_close_files(n);
	note_signer_fini(&n->log_signer);
	n->origin = FIXTURE_ORIGIN;
	n->log_signer = first;
	assert_int_equal(node_start(n), 0);
	assert_int_equal(n->state, COMMIT_READY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_next_key_before_its_roster, node_setup, node_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
