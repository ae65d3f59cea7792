/* SPDX-License-Identifier: Apache-2.0 */
/* Changes that wait, against a list of them: the last one of each key, in the order of keys, however they
 * came. */
#include "unit/hex.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "store/key.h"
#include "view/waiting.h"

#define HEADS 30
#define NUMBERS 40
#define KEYS (HEADS * NUMBERS)

struct model {
	struct waiting w;
	int last[KEYS]; /* 0: none; 1: put; 2: deleted */
	uint64_t seed;
};

static int setup(void **state)
{
	struct model *m = mem_zalloc(sizeof(*m));

	m->seed = 5;
	waiting_init(&m->w, 0x9e3779b97f4a7c15u);
	*state = m;
	return 0;
}

static int teardown(void **state)
{
	struct model *m = *state;

	waiting_fini(&m->w);
	free(m);
	return 0;
}

static uint32_t draw(struct model *m, uint32_t below)
{
	m->seed = m->seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(m->seed >> 33) % below;
}

/* Heads that are equal for their first eight bytes and more, and shorter ones. */
static struct bytes key_of(size_t i, struct store_key *k)
{
	char value[40];

	snprintf(value, sizeof(value), i / NUMBERS % 2 ? "a" : "programme-of-%02zu", i / NUMBERS / 2);
	return store_key(k, "SIL", bytes_of(value), (unsigned)(i / NUMBERS), (uint64_t)(i % NUMBERS) * 1000);
}

static int by_key(const void *a, const void *b)
{
	struct store_key x, y;

	return bytes_cmp(key_of(*(const size_t *)a, &x), key_of(*(const size_t *)b, &y));
}

static void change(struct model *m, size_t i, bool put)
{
	struct store_key k;

	assert_int_equal(waiting_add(&m->w, key_of(i, &k), put), 0);
	m->last[i] = put ? 1 : 2;
}

struct walk {
	struct model *m;
	size_t order[KEYS], at, stop_at;
};

static int expect_next(void *ctx, struct bytes key, bool put)
{
	struct walk *w = ctx;
	struct store_key k;
	struct bytes want;

	while (w->at < KEYS && !w->m->last[w->order[w->at]])
		w->at++;
	assert_true(w->at < KEYS);
	want = key_of(w->order[w->at], &k);
	assert_true(bytes_eq(key, want));
	assert_int_equal(put, w->m->last[w->order[w->at]] == 1);
	return ++w->at == w->stop_at ? 17 : 0;
}

static void expect_all(struct model *m)
{
	struct walk *w = mem_zalloc(sizeof(*w));

	w->m = m;
	for (size_t i = 0; i < KEYS; i++)
		w->order[i] = i;
	qsort(w->order, KEYS, sizeof(w->order[0]), by_key);
	assert_int_equal(waiting_each(&m->w, expect_next, w), 0);
	while (w->at < KEYS)
		assert_int_equal(m->last[w->order[w->at++]], 0);
	free(w);
}

static void expect_lookups(struct model *m)
{
	for (size_t head = 0; head < HEADS; head++) {
		uint64_t least = UINT64_MAX;
		struct store_key k;
		struct bytes key;

		for (size_t n = NUMBERS; n-- > 0;) {
			size_t i = head * NUMBERS + n;
			bool put = false;

			assert_int_equal(waiting_last(&m->w, key_of(i, &k), &put), m->last[i] != 0);
			if (m->last[i])
				assert_int_equal(put, m->last[i] == 1);
			if (m->last[i] == 1)
				least = n * 1000;
		}
		key = key_of(head * NUMBERS, &k);
		assert_true(waiting_least(&m->w, BYTES(key.p, key.n - 8)) == least);
	}
}

static void the_last_change_of_each_key_in_order(void **state)
{
	struct model *m = *state;

	expect_all(m);
	for (int round = 0; round < 4; round++) {
		for (int i = 0; i < 3000; i++)
			change(m, draw(m, KEYS), draw(m, 3) > 0);
		expect_all(m);
		expect_lookups(m);
		waiting_drop(&m->w);
		memset(m->last, 0, sizeof(m->last));
		expect_all(m);
		expect_lookups(m);
	}
}

static void numbers_may_come_in_any_order(void **state)
{
	struct model *m = *state;

	for (size_t i = KEYS; i-- > 0;)
		change(m, i, i % 5 != 0);
	for (size_t i = 0; i < KEYS; i += 7)
		change(m, i, true);
	expect_all(m);
	expect_lookups(m);
}

static void a_walk_ends_when_it_is_told(void **state)
{
	struct model *m = *state;
	struct walk *w = mem_zalloc(sizeof(*w));

	change(m, 3, true);
	change(m, 1, true);
	w->m = m;
	w->order[0] = 1;
	w->order[1] = 3;
	w->stop_at = 1;
	assert_int_equal(waiting_each(&m->w, expect_next, w), 17);
	assert_int_equal(w->at, 1);
	free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_last_change_of_each_key_in_order, setup, teardown),
		cmocka_unit_test_setup_teardown(numbers_may_come_in_any_order, setup, teardown),
		cmocka_unit_test_setup_teardown(a_walk_ends_when_it_is_told, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
