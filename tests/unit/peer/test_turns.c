/* SPDX-License-Identifier: Apache-2.0 */
/* Who waits for the writer, and for how much of others' work (inv. 11, 12). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "peer/turns.h"

#define ORIGIN_MX "ims.example/mx/1"
#define ORIGIN_US "ims.example/us/1"
#define ORIGIN_JP "ims.example/jp/1"
#define PACKAGE_BYTES 100000
#define LITTLE_BYTES 2000
#define ITEM_BYTES 1500
#define LATER ((struct mono){INT64_MAX}) /* no rest lasts so long */

static struct commit_job *package_of(const char *origin, uint64_t from, uint64_t bytes)
{
	struct commit_job *j = commit_job_new(COMMIT_PACKAGE);

	arena_init(&j->u.package.arena, 64);
	j->u.package.origin = origin;
	j->u.package.from = from;
	j->u.package.wire_bytes = bytes;
	j->u.package.awaited = true;
	return j;
}

static struct commit_job *package(const char *origin, uint64_t from)
{
	return package_of(origin, from, PACKAGE_BYTES);
}

static void flood(struct turns *t, const char *origin, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		assert_true(turns_push(t, package(origin, i)));
}

#define push(t, type) assert_true(turns_push(t, commit_job_new(type)))

/* What a turn has of one origin; every origin's jobs are in their order. */
static unsigned packages_of(const struct commit_job *list, const char *origin)
{
	unsigned n = 0;
	uint64_t last = 0;

	for (; list; list = list->next)
		if (list->type == COMMIT_PACKAGE && strcmp(list->u.package.origin, origin) == 0) {
			assert_true(n == 0 || list->u.package.from == last + 1);
			last = list->u.package.from;
			n++;
		}
	return n;
}

static void drop(struct commit_job *list)
{
	while (list) {
		struct commit_job *next = list->next;

		commit_job_free(list);
		list = next;
	}
}

/* A turn of `n` jobs, `mx` and `us` of these origins. */
static void expect_turn(struct turns *t, size_t n, unsigned mx, unsigned us)
{
	struct commit_job *list;

	assert_int_equal(turns_take(t, LATER, &list), n);
	assert_int_equal(packages_of(list, ORIGIN_MX), mx);
	assert_int_equal(packages_of(list, ORIGIN_US), us);
	drop(list);
}

static void a_flooding_origin_delays_others_by_a_slice_only(void **state)
{
	struct turns *t = turns_new();
	struct commit_job *list;
	unsigned mx;

	(void)state;
	flood(t, ORIGIN_MX, 600);
	assert_true(turns_push(t, package_of(ORIGIN_US, 0, LITTLE_BYTES)));
	assert_true(turns_push(t, package_of(ORIGIN_US, 1, LITTLE_BYTES)));
	push(t, COMMIT_PUT);
	expect_turn(t, 3, 0, 2); /* what is little has a commit of its own */
	assert_true(turns_push(t, package_of(ORIGIN_US, 2, LITTLE_BYTES)));
	push(t, COMMIT_PUT);
	assert_true(turns_take(t, LATER, &list) < 60);	  /* and comes together with a slice at the latest */
	assert_int_equal(list->type, COMMIT_PUT); /* acknowledged before anything of others is done */
	mx = packages_of(list, ORIGIN_MX);
	assert_in_range(mx, 1, 49);
	drop(list);
	turns_free(t);
}

/* However much of the quiet comes, the flood has every second turn; however large the flood, the quiet
 * waits for one of its turns. */
static void neither_the_quiet_nor_the_loud_starve(void **state)
{
	struct turns *t = turns_new();
	struct commit_job *list;
	unsigned mx = 0, now, without = 0;

	(void)state;
	flood(t, ORIGIN_MX, 600);
	for (uint64_t i = 0; i < 40; i++) {
		assert_true(turns_push(t, package_of(ORIGIN_US, i, LITTLE_BYTES)));
		push(t, COMMIT_PUT);
		turns_take(t, LATER, &list);
		assert_int_equal(packages_of(list, ORIGIN_US), 1);
		now = packages_of(list, ORIGIN_MX);
		without = now ? 0 : without + 1;
		assert_true(without <= 1);
		mx += now;
		drop(list);
		turns_took(t, (struct mono){0}, 30000, 1000); /* a slow disk */
	}
	assert_true(mx >= 20);
	turns_free(t);
}

/* An origin alone has every turn, whoever waits with rows of the journal. */
static void alone_there_is_one_kind_of_turn(void **state)
{
	struct turns *t = turns_new();
	struct commit_job *list;

	(void)state;
	flood(t, ORIGIN_MX, 300);
	for (int i = 0; i < 3; i++) {
		struct commit_job *j = commit_job_new(COMMIT_JOURNAL);

		arena_init(&j->u.rows.arena, 64);
		assert_true(turns_push(t, j));
		turns_take(t, LATER, &list);
		assert_true(packages_of(list, ORIGIN_MX) > 0);
		drop(list);
	}
	assert_int_equal(turns_waiting(t), 300 - 3 * 42);
	turns_free(t);
}

/* What a turn takes of a flood after turns of so many microseconds, while somebody else trickles in, or none
 * does. */
static unsigned slice_after(int64_t us, bool shared)
{
	struct turns *t = turns_new();
	struct commit_job *list;
	unsigned n = 0;

	flood(t, ORIGIN_MX, 600);
	for (uint64_t i = 0; i < 8; i++) {
		if (shared)
			assert_true(turns_push(t, package_of(ORIGIN_US, i, LITTLE_BYTES)));
		turns_take(t, LATER, &list);
		n = packages_of(list, ORIGIN_MX);
		drop(list);
		turns_took(t, (struct mono){0}, us, us);
	}
	turns_free(t);
	return n;
}

static void the_slice_is_short_while_others_trickle_in(void **state)
{
	int64_t us = (TURNS_TARGET_MS + TURNS_SHARED_MS) * 500;

	(void)state;
	assert_int_equal(slice_after(us, true), 1);
	assert_true(slice_after(us, false) > 8);
	assert_in_range(slice_after(4 * TURNS_TARGET_MS * 1000, false), 20, 21);
}

/* A package of n entries that have bytes. */
static struct commit_job *full_package(const char *origin, uint64_t from, size_t n)
{
	static const uint8_t payload[ITEM_BYTES];
	struct commit_job *j = package_of(origin, from, n * ITEM_BYTES);
	struct commit_package *p = &j->u.package;

	arena_init(&p->arena, 1u << 20);
	p->items = arena_array(&p->arena, n, sizeof(*p->items));
	p->n = n;
	for (size_t i = 0; i < n; i++)
		p->items[i] = (struct ledger_item){.index = from + i, .payload = BYTES(payload, ITEM_BYTES)};
	return j;
}

/* Entries of a turn of one origin, the first of which is `next`; each part follows the one before. */
static size_t entries_of(const struct commit_job *list, const char *origin, uint64_t next)
{
	size_t n = 0;

	for (; list; list = list->next)
		if (list->type == COMMIT_PACKAGE && strcmp(list->u.package.origin, origin) == 0) {
			assert_int_equal(list->u.package.from, next + n);
			assert_int_equal(list->u.package.items[0].index, next + n);
			assert_int_equal(list->u.package.wire_bytes, list->u.package.n * ITEM_BYTES);
			n += list->u.package.n;
		}
	return n;
}

/* What a queue holds of a package that was taken in part is counted: at the end nothing is left. Alone it
 * goes whole. */
static void a_package_goes_in_parts_while_others_trickle_in(void **state)
{
	struct turns *t = turns_new();
	struct turns_count c[TURNS_KINDS];
	struct commit_job *list;
	size_t done = 0, now;

	(void)state;
	for (uint64_t i = 0; i < 4; i++)
		assert_true(turns_push(t, full_package(ORIGIN_MX, i * 256, 256)));
	for (uint64_t i = 0; turns_waiting(t); i++) {
		if (i < 40)
			assert_true(turns_push(t, package_of(ORIGIN_US, i, LITTLE_BYTES)));
		turns_take(t, LATER, &list);
		now = entries_of(list, ORIGIN_MX, done);
		assert_true(i >= 40 || now <= 40);
		assert_true(i > 1 || now == 0 || now >= 36); /* a share, at first */
		done += now;
		drop(list);
		turns_took(t, (struct mono){0}, 5000, 4000);
	}
	assert_int_equal(done, 4 * 256);
	turns_count(t, c);
	assert_int_equal(c[TURNS_ORIGIN].bytes, 0);
	turns_free(t);
	t = turns_new();
	assert_true(turns_push(t, full_package(ORIGIN_MX, 0, 256)));
	assert_int_equal(turns_take(t, LATER, &list), 1);
	assert_int_equal(entries_of(list, ORIGIN_MX, 0), 256);
	drop(list);
	turns_free(t);
}

/* Entries of a turn beside somebody quiet, after turns of so many microseconds in which the thread worked for
 * 2 ms. */
static size_t part_after(int64_t us)
{
	struct turns *t = turns_new();
	struct commit_job *list;
	size_t n = 0, done = 0;

	for (uint64_t i = 0; i < 4; i++)
		assert_true(turns_push(t, full_package(ORIGIN_MX, i * 256, 256)));
	for (uint64_t i = 0; i < 20; i++) {
		assert_true(turns_push(t, package_of(ORIGIN_US, i, LITTLE_BYTES)));
		turns_take(t, LATER, &list);
		n = entries_of(list, ORIGIN_MX, done);
		done += n;
		drop(list);
		turns_took(t, (struct mono){0}, us, 2000);
	}
	turns_free(t);
	return n;
}

/* Thirty logs are caught up with: the rest of a queue is no trickle, and the turns stay large. */
static void a_little_of_who_catches_up_is_no_trickle(void **state)
{
	struct turns *t = turns_new();
	struct commit_job *list;

	(void)state;
	for (uint64_t i = 0; i < 10; i++) {
		struct commit_job *little = package_of(ORIGIN_US, i, LITTLE_BYTES);

		flood(t, ORIGIN_MX, 5);
		little->u.package.awaited = false;
		assert_true(turns_push(t, little));
		for (unsigned n = 0; n < 2; n++, drop(list))
			turns_take(t, LATER, &list), assert_int_equal(packages_of(list, ORIGIN_MX), n * 5);
	}
	turns_free(t);
}

static void beside_a_slow_flush_a_part_is_larger(void **state)
{
	(void)state;
	assert_in_range(part_after(2000), 1, 10);
	assert_in_range(part_after(30000), 30, 40);
}

/* While somebody quiet is about, a flood rests after its turn; the quiet do not wait for that. */
static void the_loud_rest_and_the_quiet_do_not(void **state)
{
	struct turns *t = turns_new();
	struct commit_job *list;
	struct mono now = {1000000000}, ready;

	(void)state;
	assert_int_equal(turns_ready(t).ns, INT64_MAX);
	flood(t, ORIGIN_MX, 600);
	assert_int_equal(turns_ready(t).ns, 0);
	assert_true(turns_take(t, now, &list) > 1);
	drop(list);
	turns_took(t, now, 3000, 3000);
	assert_true(turns_ready(t).ns <= now.ns); /* alone it has no rest */
	assert_true(turns_push(t, package_of(ORIGIN_US, 0, LITTLE_BYTES)));
	expect_turn(t, 1, 0, 1);
	turns_take(t, now, &list);
	assert_true(packages_of(list, ORIGIN_MX) > 0);
	drop(list);
	turns_took(t, now, 3000, 3000);
	ready = turns_ready(t);
	assert_int_equal(ready.ns, now.ns + 3000000 * TURNS_REST);
	assert_int_equal(turns_take(t, now, &list), 0);
	for (uint64_t i = 1; i < 5; i++) { /* as often as they come */
		assert_true(turns_push(t, package_of(ORIGIN_US, i, LITTLE_BYTES)));
		assert_int_equal(turns_ready(t).ns, 0);
		assert_int_equal(turns_take(t, now, &list), 1);
		assert_int_equal(packages_of(list, ORIGIN_US), 1);
		drop(list);
		turns_took(t, now, 1000, 1000);
		assert_int_equal(turns_ready(t).ns, ready.ns);
	}
	turns_take(t, ready, &list);
	assert_true(packages_of(list, ORIGIN_MX) > 0);
	drop(list);
	turns_took(t, ready, 10000000, 3000);
	assert_true(turns_ready(t).ns <= ready.ns + 60000000); /* however slow the disk */
	turns_free(t);
}

/* Both flood: each gets as much as the other, and nothing is left behind or done twice. */
static void origins_come_in_turn(void **state)
{
	struct turns *t = turns_new();
	struct commit_job *list;
	unsigned mx = 0, us = 0;

	(void)state;
	flood(t, ORIGIN_MX, 300);
	flood(t, ORIGIN_US, 100);
	while (turns_take(t, LATER, &list)) {
		mx += packages_of(list, ORIGIN_MX);
		us += packages_of(list, ORIGIN_US);
		drop(list);
		if (us < 100)
			assert_in_range(mx, us > 2 ? us - 2 : 0, us + 2);
	}
	assert_int_equal(mx, 300);
	assert_int_equal(us, 100);
	assert_int_equal(turns_waiting(t), 0);
	turns_free(t);
}

/* Much work makes the slice small, little large, within limits; a slow disk does not: a smaller transaction
 * writes hardly less. */
static void the_slice_follows_the_work_of_turns(void **state)
{
	struct turns *t = turns_new();
	struct commit_job *list;
	size_t first, slow, quick;

	(void)state;
	flood(t, ORIGIN_MX, 600);
	first = turns_take(t, LATER, &list);
	drop(list);
	for (int i = 0; i < 20; i++)
		turns_took(t, (struct mono){0}, 8 * TURNS_TARGET_MS * 1000, 4 * TURNS_TARGET_MS * 1000);
	slow = turns_take(t, LATER, &list);
	drop(list);
	assert_in_range(slow, 1, first / 2);
	for (int i = 0; i < 4; i++) {
		turns_took(t, (struct mono){0}, 8 * TURNS_TARGET_MS * 1000, 1000);
		quick = turns_take(t, LATER, &list);
		drop(list);
	}
	assert_int_equal(quick, first); /* it began with the largest */
	turns_free(t);
}

/* Who is quiet and comes while a turn is all of the loud ends it: what has not been run is taken again, in its
 * order, after him. */
static void who_is_quiet_presses(void **state)
{
	struct turns *t = turns_new();
	struct commit_job *list, *job[8];
	size_t n, k = 0;

	(void)state;
	flood(t, ORIGIN_MX, 8);
	n = turns_take(t, LATER, &list);
	assert_int_equal(n, 8);
	assert_false(turns_pressed(t));
	assert_true(turns_push(t, package(ORIGIN_JP, 0))); /* loud itself */
	assert_false(turns_pressed(t));
	assert_true(turns_push(t, package_of(ORIGIN_US, 0, LITTLE_BYTES)));
	assert_true(turns_pressed(t));
	for (; list; list = list->next)
		job[k++] = list;
	while (n > 2)
		turns_give_back(t, job[--n]);
	turns_took(t, (struct mono){0}, 1000, 1000);
	commit_job_free(job[0]);
	commit_job_free(job[1]);
	assert_int_equal(turns_waiting(t), 8);
	turns_take(t, LATER, &list);
	assert_string_equal(list->u.package.origin, ORIGIN_US);
	assert_int_equal(packages_of(list, ORIGIN_MX), 0); /* that turn is his alone */
	assert_false(turns_pressed(t));
	drop(list);
	turns_took(t, (struct mono){0}, 1000, 1000);
	n = 0;
	while (turns_take(t, LATER, &list)) {
		n += packages_of(list, ORIGIN_MX);
		drop(list);
		turns_took(t, (struct mono){0}, 1000, 1000);
	}
	assert_int_equal(n, 6);
	assert_int_equal(turns_waiting(t), 0);
	turns_free(t);
}

/* The node's own business goes before writes, rows of the journal come after them. */
static void kinds_have_their_order(void **state)
{
	static const enum commit_job_type order[] = {COMMIT_ROLL_BACK, COMMIT_ROSTER, COMMIT_PUT,
						     COMMIT_SYNC,      COMMIT_PUT,    COMMIT_JOURNAL};
	struct turns *t = turns_new();
	struct commit_job *list, *j = commit_job_new(COMMIT_JOURNAL);

	(void)state;
	arena_init(&j->u.rows.arena, 64);
	assert_true(turns_push(t, j));
	for (size_t i = 2; i < 5; i++)
		push(t, order[i]);
	for (size_t i = 0; i < 2; i++)
		push(t, order[i]);
	assert_int_equal(turns_take(t, LATER, &list), 6);
	j = list;
	for (size_t i = 0; i < 6; i++, j = j->next)
		assert_int_equal(j->type, order[i]);
	drop(list);
	turns_free(t);
}

static void a_full_queue_refuses_and_counts(void **state)
{
	struct turns *t = turns_new();
	struct turns_count c[TURNS_KINDS];
	struct commit_job *j = commit_job_new(COMMIT_PUT);
	uint64_t n = 0;

	(void)state;
	while (turns_push(t, j)) {
		j = commit_job_new(COMMIT_PUT);
		n++;
	}
	commit_job_free(j);
	turns_count(t, c);
	assert_int_equal(c[TURNS_LOCAL].jobs, n);
	assert_int_equal(c[TURNS_LOCAL].refused, 1);
	flood(t, ORIGIN_US, 100);
	for (n = 0; turns_push(t, j = package(ORIGIN_MX, n)); n++)
		assert_true(n * PACKAGE_BYTES < 256u << 20);
	commit_job_free(j);
	assert_true(turns_push(t, package(ORIGIN_US, 100))); /* one that is full is full alone */
	turns_count(t, c);
	assert_int_equal(c[TURNS_ORIGIN].refused, 1);
	assert_int_equal(c[TURNS_ORIGIN].jobs, n + 101);
	turns_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_flooding_origin_delays_others_by_a_slice_only),
		cmocka_unit_test(neither_the_quiet_nor_the_loud_starve),
		cmocka_unit_test(alone_there_is_one_kind_of_turn),
		cmocka_unit_test(the_slice_is_short_while_others_trickle_in),
		cmocka_unit_test(a_package_goes_in_parts_while_others_trickle_in),
		cmocka_unit_test(a_little_of_who_catches_up_is_no_trickle),
		cmocka_unit_test(beside_a_slow_flush_a_part_is_larger),
		cmocka_unit_test(the_loud_rest_and_the_quiet_do_not),
		cmocka_unit_test(origins_come_in_turn),
		cmocka_unit_test(the_slice_follows_the_work_of_turns),
		cmocka_unit_test(who_is_quiet_presses),
		cmocka_unit_test(kinds_have_their_order),
		cmocka_unit_test(a_full_queue_refuses_and_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
