/* SPDX-License-Identifier: Apache-2.0 */
/* Index keys against a model: whatever waits, is kept in runs, merged, half taken in or given up, a walk gives the
 * keys that are there, and the set alone gives them when all is settled. */
#include "unit/view/look.h"
#include "view/keys.h"

#define VALUES 40
#define NAMES 2
#define NUMBERS 150
#define MODEL (VALUES * NAMES * 2 * NUMBERS)

struct bench {
	struct node *n;
	struct store_txn *t;
	struct keys *k;
	bool now[MODEL], committed[MODEL];
	uint64_t seed;
};

static int setup(void **state)
{
	struct bench *b = mem_new(struct bench);
	void *made;

	node_setup(&made);
	b->n = made;
	node_open_files(b->n);
	b->k = keys_new(b->n->store, 11);
	b->seed = 7;
	assert_int_equal(store_begin_write(b->n->store, &b->t), 0);
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;
	void *made = b->n;

	store_abort(b->t);
	keys_free(b->k);
	node_close_files(b->n);
	free(b);
	return node_teardown(&made);
}

static uint32_t draw(struct bench *b, uint32_t below)
{
	b->seed = b->seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(b->seed >> 33) % below;
}

/* Long values too, so that blocks end anywhere. */
static struct bytes value_of(uint32_t v, char text[300])
{
	int n = snprintf(text, 300, "v%02u", v);

	if (v % 7 == 3) {
		memset(text + n, 'x', 250);
		n += 250;
	}
	return BYTES((uint8_t *)text, (size_t)n);
}

static struct bytes key_at(size_t place, struct store_key *k, size_t *ret_prefix_bytes)
{
	static const char *const names[NAMES] = {"country", "natural.source"};
	char text[300];
	uint32_t number = place % NUMBERS, series = place / NUMBERS % 2, name = place / NUMBERS / 2 % NAMES;
	struct bytes key = store_key(k, "SSIL", value_of((uint32_t)(place / NUMBERS / 2 / NAMES), text),
				     bytes_of(names[name]), series + 1, (uint64_t)number + 1);

	*ret_prefix_bytes = key.n - 8;
	return key;
}

static void change(struct bench *b, size_t place, bool put)
{
	struct store_key k;
	size_t n;

	assert_int_equal(keys_wait(b->k, b->t, key_at(place, &k, &n), put), 0);
	b->now[place] = put;
}

/* Many, as a package brings them, and deletions of what is and is not there. */
static void change_some(struct bench *b, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		change(b, draw(b, MODEL), draw(b, 3) > 0);
}

static void assert_walk(struct store_txn *t, const bool *there, struct bytes prefix, struct bytes from)
{
	struct key_cursor c;

	key_seek(&c, t, prefix, from);
	for (size_t i = 0; i < MODEL; i++) {
		struct store_key k;
		size_t n;
		struct bytes key = key_at(i, &k, &n);

		if (!there[i] || !bytes_has_prefix(key, prefix) || (from.n && bytes_cmp(key, from) < 0))
			continue;
		assert_true(key_cursor_ok(&c));
		assert_int_equal(c.key.n, key.n);
		assert_memory_equal(c.key.p, key.p, key.n);
		key_next(&c);
	}
	assert_false(key_cursor_ok(&c));
	key_cursor_fini(&c);
	assert_int_equal(store_txn_error(t), 0);
}

static void assert_walks(struct bench *b)
{
	struct store_key k, from;
	size_t n, m;

	assert_walk(b->t, b->now, BYTES_NONE, BYTES_NONE);
	for (int i = 0; i < 4; i++) {
		struct bytes key = key_at(draw(b, MODEL), &k, &n);

		assert_walk(b->t, b->now, BYTES(key.p, n), BYTES_NONE);
		assert_walk(b->t, b->now, BYTES(key.p, n), key);
		assert_walk(b->t, b->now, BYTES(key.p, 1), key_at(draw(b, MODEL), &from, &m));
	}
}

/* Whether what waits is in memory or in a run. */
static void assert_found(struct bench *b)
{
	for (int i = 0; i < 20; i++) {
		size_t place = (size_t)draw(b, VALUES) * NAMES * 2 * NUMBERS + 2 * NUMBERS + draw(b, 2) * NUMBERS, n;
		uint64_t number, want = 0;
		struct store_key k;
		struct bytes key = key_at(place, &k, &n);
		int err = keys_find(b->k, b->t, BYTES(key.p, n), &number);

		while (want < NUMBERS && !b->now[place + want])
			want++;
		assert_int_equal(err, want == NUMBERS ? IMS_E_NOT_FOUND : 0);
		if (!err)
			assert_int_equal(number, want + 1);
	}
}

static void end(struct bench *b, bool commit)
{
	if (commit) {
		assert_int_equal(keys_keep(b->k, b->t), 0);
		assert_int_equal(store_commit(b->t), 0);
		memcpy(b->committed, b->now, sizeof(b->now));
	} else {
		keys_drop(b->k);
		store_abort(b->t);
		memcpy(b->now, b->committed, sizeof(b->now));
	}
	assert_int_equal(store_begin_write(b->n->store, &b->t), 0);
}

static void settle_all(struct bench *b)
{
	assert_int_equal(keys_keep(b->k, b->t), 0);
	for (int i = 0; keys_may_settle(b->k) && i < 1000; i++)
		assert_int_equal(keys_settle(b->k, b->t), 0);
	assert_false(keys_may_settle(b->k));
}

static void test_any_order_of_steps(void **state)
{
	struct bench *b = *state;

	for (int round = 0; round < 120; round++) {
		change_some(b, draw(b, 4) ? draw(b, 40) : draw(b, 6000));
		switch (draw(b, 6)) {
		case 0:
			end(b, true);
			break;
		case 1:
			end(b, false);
			break;
		case 2: /* a part, and what comes in between says more than it */
			assert_int_equal(keys_keep(b->k, b->t), 0);
			assert_int_equal(keys_settle(b->k, b->t), 0);
			break;
		case 3: /* another process of the same database */
			end(b, true);
			keys_free(b->k);
			b->k = keys_new(b->n->store, 11);
			break;
		default:
			break;
		}
		assert_found(b);
		assert_int_equal(keys_keep(b->k, b->t), 0);
		if (round % 4 == 0)
			assert_walks(b);
		assert_found(b);
	}
	settle_all(b);
	assert_int_equal(store_count(b->t, TABLE_RUNS), 0);
	assert_walks(b);
}

/* More than a part, so that a round of taking in is under way while more comes. */
static void test_parts_in_between(void **state)
{
	struct bench *b = *state;

	for (size_t i = 0; i < MODEL; i++)
		change(b, i, true);
	assert_int_equal(keys_keep(b->k, b->t), 0);
	assert_int_equal(keys_settle(b->k, b->t), 0);
	assert_true(keys_may_settle(b->k));
	for (size_t i = 0; i < MODEL; i += 3) /* of what is in the set by now, and of what is not */
		change(b, i, false);
	assert_int_equal(keys_keep(b->k, b->t), 0);
	assert_walks(b);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(keys_settle(b->k, b->t), 0);
		assert_walk(b->t, b->now, BYTES_NONE, BYTES_NONE);
	}
	end(b, false);
	assert_walk(b->t, b->now, BYTES_NONE, BYTES_NONE);
	assert_int_equal(store_count(b->t, TABLE_KEYS), 0);
}

/* As a live log is committed, ten times a second: runs do not become many. */
static void test_many_small_commits(void **state)
{
	struct bench *b = *state;
	uint64_t number[RUNS_MAX];
	size_t n;

	for (int i = 0; i < 400; i++) {
		change_some(b, 30);
		end(b, true);
		assert_int_equal(runs_list(b->t, number, &n), 0);
		assert_in_range(n, 1, 24);
	}
	assert_walks(b);
}

static void damage(struct bench *b, struct bytes block)
{
	struct store_key k;
	struct key_cursor c;

	assert_int_equal(store_put(b->t, TABLE_RUNS, store_key(&k, "LD", (uint64_t)9, BYTES_LIT("a")), block), 0);
	for (key_seek(&c, b->t, BYTES_NONE, BYTES_NONE); key_cursor_ok(&c); key_next(&c))
		;
	key_cursor_fini(&c);
	assert_int_equal(store_txn_error(b->t), IMS_E_CORRUPT);
	end(b, false);
}

/* The database has no checksums. */
static void test_damage_is_seen(void **state)
{
	struct bench *b = *state;

	end(b, true);
	damage(b, BYTES_NONE);
	damage(b, BYTES_LIT("\x01\x03" "a"));		 /* shares what is not there */
	damage(b, BYTES_LIT("\x00\x00"));		 /* an empty key */
	damage(b, BYTES_LIT("\x00\x09" "abc"));	 /* ends early */
	damage(b, BYTES_LIT("\x00\xff\xff\xff\x7f" "a")); /* longer than any */
	damage(b, BYTES_LIT("\x00\x03" "b\x80"));	 /* a number that does not end */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_any_order_of_steps, setup, teardown),
		cmocka_unit_test_setup_teardown(test_parts_in_between, setup, teardown),
		cmocka_unit_test_setup_teardown(test_many_small_commits, setup, teardown),
		cmocka_unit_test_setup_teardown(test_damage_is_seen, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
