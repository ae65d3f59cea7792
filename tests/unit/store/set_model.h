/* SPDX-License-Identifier: Apache-2.0 */
/* Any sequence of calls of a set against a plain array. */
#ifndef TEST_SET_MODEL_H
#define TEST_SET_MODEL_H

#include "store_contract.h"

#define SET_HEADS 4
#define SET_MEMBERS 700

struct set_model {
	bool has[SET_HEADS][SET_MEMBERS];
};

static void set_expect(struct store_txn *t, const struct set_model *m, uint32_t *seed)
{
	uint32_t head = model_random(seed) % SET_HEADS, i = model_random(seed) % SET_MEMBERS;
	struct store_key k;
	struct store_cursor c;
	uint64_t n = 0;

	store_seek(&c, t, SET, BYTES_NONE, store_key(&k, "IL", head, (uint64_t)i), false);
	for (; head < SET_HEADS; head++, i = 0)
		for (; i < SET_MEMBERS; i++) {
			if (!m->has[head][i])
				continue;
			assert_true(store_cursor_ok(&c));
			assert_true(bytes_eq(c.key, store_key(&k, "IL", head, (uint64_t)i)));
			store_next(&c);
		}
	assert_false(store_cursor_ok(&c));
	store_cursor_fini(&c);
	for (head = 0; head < SET_HEADS; head++)
		for (i = 0; i < SET_MEMBERS; i++)
			n += m->has[head][i];
	assert_int_equal(store_count(t, SET), n);
}

/* Runs of neighbours, up or at random, put or deleted: sets grow from a member to pages and back. */
static void set_step(struct store_txn *t, struct set_model *m, uint32_t *seed)
{
	uint32_t head = model_random(seed) % SET_HEADS, i = model_random(seed) % SET_MEMBERS;
	uint32_t n = model_random(seed) % 200;
	bool put = model_random(seed) % 2, ascending = model_random(seed) % 2;
	struct store_key k;

	while (n--) {
		store_key(&k, "IL", head, (uint64_t)i);
		if (put)
			assert_int_equal(store_put(t, SET, BYTES(k.b, k.n), BYTES_NONE), 0);
		else
			assert_int_equal(store_del(t, SET, BYTES(k.b, k.n)),
					 m->has[head][i] ? 0 : IMS_E_NOT_FOUND);
		m->has[head][i] = put;
		i = (ascending ? i + 1 : model_random(seed)) % SET_MEMBERS;
	}
}

/* Puts and deletes anywhere in one call, some of them of one key. */
static void set_change_many(struct store_txn *t, struct set_model *m, uint32_t *seed)
{
	static struct store_change change[400];
	static struct store_key k[400];
	uint32_t n = model_random(seed) % 400, few = 1 + model_random(seed) % SET_MEMBERS;

	for (uint32_t i = 0; i < n; i++) {
		uint32_t head = model_random(seed) % SET_HEADS, member = model_random(seed) % few;

		change[i] = (struct store_change){.key = store_key(&k[i], "IL", head, (uint64_t)member),
						  .put = model_random(seed) % 4};
		m->has[head][member] = change[i].put;
	}
	assert_int_equal(store_change_set(t, SET, change, n), 0);
}

static void any_sequence_of_calls_of_a_set_equals_the_model(void **state)
{
	char *dir = tmpdir_new();
	struct store *s = contract_open(dir);
	struct set_model committed = {0}, own;
	uint32_t seed = 11;

	(void)state;
	for (int round = 0; round < 200; round++) {
		uint32_t steps = model_random(&seed) % 6;
		struct store_txn *t = begin_write(s);

		own = committed;
		while (steps--)
			(model_random(&seed) % 3 ? set_step : set_change_many)(t, &own, &seed);
		set_expect(t, &own, &seed);
		if (model_random(&seed) % 4) {
			assert_int_equal(store_commit(t), 0);
			committed = own;
		} else {
			store_abort(t);
		}
		t = begin_read(s);
		set_expect(t, &committed, &seed);
		store_abort(t);
	}
	store_close(s);
	tmpdir_free(dir);
}

#endif
