/* SPDX-License-Identifier: Apache-2.0 */
/* Entries that end the process when they are folded (inv. 6): counted by a child that dies, twice. */
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit/view/foreign.h"
#include "unit/view/look.h"

#include "base/crash.h"

#define POISONED 3

static char *file_of(struct node *n)
{
	return tmpdir_path(n->dir, "folding");
}

static struct poison *open_file(struct node *n, const char *version, struct poison_row *last)
{
	char *path = file_of(n);
	struct poison *p;

	assert_int_equal(poison_open(path, version, &p, last, &n->why), 0);
	free(path);
	return p;
}

/* A child enters the fold of an entry and ends by a signal; which one ended it. */
static int die_in_fold(struct node *n, uint64_t index, const struct hash *leaf, int signo, bool left)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		struct poison_row last;
		struct poison *p = open_file(n, "1", &last);

		signal(SIGABRT, SIG_DFL); /* cmocka's own */
		signal(SIGSEGV, SIG_DFL);
		crash_watch(poison_crashed);
		crash_own_stack();
		poison_enter(p, "ims.example/mx/1", index, leaf);
		if (left)
			poison_leave(p);
		if (signo == SIGSEGV)
			*(volatile int *)mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) = 1;
		if (signo == SIGABRT)
			abort();
		raise(signo);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFSIGNALED(status) ? WTERMSIG(status) : -1;
}

static unsigned crashes_of(struct node *n, const struct hash *leaf)
{
	struct poison_row last;
	struct poison *p = open_file(n, "1", &last);
	unsigned crashes = poison_crashes(p, leaf);

	poison_close(p);
	return crashes;
}

static void only_deadly_signals_within_a_fold_count(void **state)
{
	struct node *n = *state;
	struct hash leaf = {{1}}, other = {{2}};

	assert_int_equal(die_in_fold(n, 7, &leaf, SIGKILL, false), SIGKILL);
	assert_int_equal(crashes_of(n, &leaf), 0);
	assert_int_equal(die_in_fold(n, 7, &leaf, SIGABRT, true), SIGABRT);
	assert_int_equal(crashes_of(n, &leaf), 0);
	assert_int_equal(die_in_fold(n, 7, &leaf, SIGTERM, false), SIGTERM);
	assert_int_equal(crashes_of(n, &leaf), 0);
	assert_int_equal(die_in_fold(n, 7, &leaf, SIGABRT, false), SIGABRT);
	assert_int_equal(crashes_of(n, &leaf), 1);
	assert_int_equal(crashes_of(n, &leaf), 1); /* once a crash, not once a start */
	assert_int_equal(die_in_fold(n, 7, &leaf, SIGSEGV, false), SIGSEGV);
	assert_int_equal(crashes_of(n, &leaf), 2);
	assert_int_equal(crashes_of(n, &other), 0);
}

static void the_next_start_says_what_it_was(void **state)
{
	struct node *n = *state;
	const struct poison_row *first;
	struct poison_row last;
	struct hash leaf = {{1}};
	struct poison *p;

	die_in_fold(n, 7, &leaf, SIGABRT, false);
	p = open_file(n, "1", &last);
	assert_int_equal(last.crashes, 1);
	assert_int_equal(last.index, 7);
	assert_int_equal(last.signo, SIGABRT);
	assert_string_equal(last.origin, "ims.example/mx/1");
	assert_int_equal(poison_count(p, NULL), 0);
	poison_close(p);
	die_in_fold(n, 7, &leaf, SIGABRT, false);
	p = open_file(n, "1", &last);
	assert_int_equal(last.crashes, 2);
	assert_int_equal(poison_count(p, &first), 1);
	assert_int_equal(first->index, 7);
	poison_close(p);
	p = open_file(n, "2", &last); /* another version may have learned to fold it */
	assert_int_equal(last.crashes, 0);
	assert_int_equal(poison_crashes(p, &leaf), 0);
	poison_close(p);
}

/* More entries than it remembers: the newest are there, nothing else is harmed. */
static void what_is_remembered_is_bounded(void **state)
{
	struct node *n = *state;

	for (unsigned i = 0; i < POISON_ROWS + 5; i++) {
		struct hash leaf = {{(uint8_t)i, 1}};

		assert_int_equal(die_in_fold(n, i, &leaf, SIGABRT, false), SIGABRT);
		assert_int_equal(crashes_of(n, &leaf), 1);
	}
	assert_int_equal(crashes_of(n, &(struct hash){{0, 1}}), 0);
	assert_int_equal(crashes_of(n, &(struct hash){{POISON_ROWS, 1}}), 1);
}

static void a_damaged_file_is_begun_again(void **state)
{
	struct node *n = *state;
	struct hash leaf = {{1}};
	char *path = file_of(n);
	FILE *f;

	die_in_fold(n, 7, &leaf, SIGABRT, false);
	assert_int_equal(crashes_of(n, &leaf), 1);
	f = fopen(path, "r+");
	assert_int_equal(fputs("garbage", f) >= 0, 1);
	assert_int_equal(fclose(f), 0);
	free(path);
	assert_int_equal(crashes_of(n, &leaf), 0);
	die_in_fold(n, 7, &leaf, SIGABRT, false);
	assert_int_equal(crashes_of(n, &leaf), 1);
}

static struct digest digest_of(struct node *n)
{
	struct store_txn *t;
	struct digest d;

	assert_int_equal(store_begin_read(n->store, &t), 0);
	assert_int_equal(digest_compute(t, 1, &d), 0);
	store_abort(t);
	return d;
}

/* Stored, proven and counted like any other; not folded, a hole; what comes after it is. A rebuild
 * honours it, and another version folds it. */
static void a_quarantined_entry_is_a_hole_and_the_log_flows_on(void **state)
{
	struct node *n = *state;
	struct foreign *f = foreign_new("mx");
	struct poison_row last;
	struct poison *p;
	struct digest d;
	char id[32];

	for (unsigned i = 0; i < 6; i++) {
		snprintf(id, sizeof(id), "mx-o-%u", i + 1);
		foreign_org(f, arena_text(&f->arena, bytes_of(id)), 1, id);
	}
	for (unsigned i = 0; i < POISON_CRASHES; i++)
		die_in_fold(n, POISONED, &f->items[POISONED].leaf, SIGABRT, false);
	p = open_file(n, "1", &last);
	n->poison = p;
	assert_int_equal(node_start(n), 0);
	foreign_give(n, f);
	assert_int_equal(look_log(n, f->origin, NULL), 6);
	for (unsigned round = 0; round < 2; round++) {
		assert_non_null(strstr(look_record(n, "mx-o-3"), "live"));
		assert_null(strstr(look_record(n, "mx-o-4"), "live"));
		assert_int_equal(look_problem(n, f->origin, POISONED), IMS_E_QUARANTINED);
		assert_non_null(strstr(look_record(n, "mx-o-6"), "live"));
		d = digest_of(n);
		assert_int_equal(d.holes, 1);
		digest_fini(&d);
		assert_int_equal(node_run(n, commit_job_new(COMMIT_REBUILD)), 0);
		node_sync(n);
	}
	node_stop(n);
	poison_close(p);
	n->poison = p = open_file(n, "2", &last);
	assert_int_equal(node_start(n), 0);
	assert_int_equal(node_run(n, commit_job_new(COMMIT_REBUILD)), 0);
	node_sync(n);
	assert_non_null(strstr(look_record(n, "mx-o-4"), "live"));
	d = digest_of(n);
	assert_int_equal(d.holes, 0);
	digest_fini(&d);
	node_stop(n);
	poison_close(p);
	foreign_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(only_deadly_signals_within_a_fold_count, node_setup,
						node_teardown),
		cmocka_unit_test_setup_teardown(the_next_start_says_what_it_was, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(what_is_remembered_is_bounded, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(a_damaged_file_is_begun_again, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(a_quarantined_entry_is_a_hole_and_the_log_flows_on,
						node_setup, node_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
