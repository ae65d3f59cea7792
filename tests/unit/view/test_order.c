/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order of what is written, flushed, told and answered (inv. 3; C1, C2, C3), from the calls that
 * store and ring make: this program's own pwrite() and fdatasync() take them down.
 */
#include <errno.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "unit/view/foreign.h"

static struct {
	ino_t ring;
	bool flush_fails;
	char events[512];
} seen;

static void see(const char *event)
{
	size_t n = strlen(seen.events);

	snprintf(seen.events + n, sizeof(seen.events) - n, "%s%s", n ? " " : "", event);
}

static bool is_ring(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_ino == seen.ring;
}

ssize_t pwrite(int fd, const void *p, size_t n, off_t offset)
{
	if (is_ring(fd))
		see("write");
	return syscall(SYS_pwrite64, fd, p, n, offset);
}

int fdatasync(int fd)
{
	see(is_ring(fd) ? "flush" : "database");
	if (!seen.flush_fails)
		return 0; /* no test here loses power */
	errno = EIO;
	return -1;
}

static void on_complete(void *ctx, struct commit_job *job)
{
	see(job->err ? "refusal" : "answer");
	node_complete(ctx, job);
}

static void on_published(void *ctx, struct commit_group *g)
{
	see("publish");
	node_published(ctx, g);
}

static int setup(void **state)
{
	struct node *n;
	struct stat st;
	char *path;

	memset(&seen, 0, sizeof(seen));
	node_setup(state);
	n = *state;
	assert_int_equal(node_start(n), 0);
	path = tmpdir_path(n->dir, "ring");
	assert_int_equal(stat(path, &st), 0);
	free(path);
	n->commit->o.ops.complete = on_complete;
	n->commit->o.ops.published = on_published;
	seen.ring = st.st_ino;
	seen.events[0] = '\0'; /* of the start */
	return 0;
}

static void expect_order(const char *events)
{
	assert_string_equal(seen.events, events);
	seen.events[0] = '\0';
}

/* C1: in the ring, flushed, and only then told to anybody. */
static void test_put(void **state)
{
	struct node *n = *state;

	assert_int_equal(node_run(n, org_job("A", "Bonn")), 0);
	expect_order("write flush answer publish");
	assert_int_equal(node_run(n, withdraw_job("eu-o-1")), 0);
	expect_order("write flush answer publish");
}

/* One flush for all that came at once. */
static void test_group(void **state)
{
	node_fill_at_once(*state, 3, "A");
	expect_order("write flush answer answer answer publish");
}

/* C2, also when the turn that has the group commits the database. */
static void test_ring_then_database(void **state)
{
	struct node *n = *state;
	struct commit_job *jobs[] = {org_job("A", "Bonn"), commit_job_new(COMMIT_SYNC)};

	assert_int_equal(node_run(n, org_job("B", "Bonn")), 0);
	node_sync(n);
	expect_order("write flush answer publish database answer");
	commit_run(n->commit, jobs, 2);
	expect_order("write flush answer publish database answer");
	for (int i = 0; i < 2; i++)
		commit_job_free(jobs[i]);
}

/* C3: what a peer sends as it is written is answered, and so cosigned, when the commit log has it. */
static void test_live_package(void **state)
{
	struct node *n = *state;
	struct foreign *f = foreign_new("mx");
	struct commit_job *j;

	foreign_org(f, "mx-o-1", 1, "One");
	j = foreign_job(f, COMMIT_PACKAGE, 0, 1, true);
	assert_int_equal(node_do(n, j), 0);
	assert_int_equal(j->u.package.ret_cosigned_size, 1);
	expect_order("write flush answer");
	commit_job_free(j);
	foreign_free(f);
}

/* And what comes with much else when the database has it. */
static void test_package(void **state)
{
	struct node *n = *state;
	struct foreign *f = foreign_new("mx");
	struct commit_job *j;

	for (unsigned i = 1; i <= 100; i++) {
		char id[16];

		snprintf(id, sizeof(id), "mx-o-%u", i);
		foreign_org(f, id, 1, id);
	}
	j = foreign_job(f, COMMIT_PACKAGE, 0, 100, true);
	assert_int_equal(node_do(n, j), 0);
	assert_int_equal(j->u.package.ret_cosigned_size, 100);
	expect_order("database answer");
	commit_job_free(j);
	foreign_free(f);
}

static bool pressed(void *ctx)
{
	return ((struct node *)ctx)->n_completed == 0;
}

/* Somebody waits: what has been run is durable and answered, the rest is not touched. */
static void test_pressed(void **state)
{
	struct node *n = *state;
	struct foreign *f = foreign_new("mx");
	struct commit_job *jobs[2];

	foreign_org(f, "mx-o-1", 1, "One");
	foreign_org(f, "mx-o-2", 1, "Two");
	jobs[0] = foreign_job(f, COMMIT_PACKAGE, 0, 1, true);
	jobs[1] = foreign_job(f, COMMIT_PACKAGE, 1, 2, true);
	n->commit->o.ops.pressed = pressed;
	assert_int_equal(commit_run(n->commit, jobs, 2), 1);
	expect_order("write flush answer");
	assert_int_equal(jobs[0]->u.package.ret_size, 1);
	assert_int_equal(node_do(n, jobs[1]), 0);
	expect_order("write flush answer");
	assert_int_equal(jobs[1]->u.package.ret_cosigned_size, 2);
	commit_job_free(jobs[0]);
	commit_job_free(jobs[1]);
	foreign_free(f);
}

/* A group whose flush failed may be lost: nobody is told of it but of the failure. */
static void test_failed_flush(void **state)
{
	struct node *n = *state;

	seen.flush_fails = true;
	assert_int_equal(node_run(n, org_job("A", "Bonn")), IMS_E_IO);
	expect_order("write flush refusal");
	assert_int_equal(n->fatal, IMS_E_IO);
}

/* And a package that could not be kept is not cosigned. */
static void test_failed_commit(void **state)
{
	struct node *n = *state;
	struct foreign *f = foreign_new("mx");
	struct commit_job *j;

	foreign_org(f, "mx-o-1", 1, "One");
	j = foreign_job(f, COMMIT_PACKAGE, 0, 1, true);
	seen.flush_fails = true;
	assert_int_equal(node_do(n, j), IMS_E_IO);
	assert_int_equal(j->u.package.ret_cosigned_size, 0);
	assert_int_equal(j->u.package.ret_cosignature.n, 0);
	assert_int_equal(n->fatal, IMS_E_IO);
	commit_job_free(j);
	foreign_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_put, setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_group, setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_ring_then_database, setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_live_package, setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_package, setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_pressed, setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_failed_flush, setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_failed_commit, setup, node_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
