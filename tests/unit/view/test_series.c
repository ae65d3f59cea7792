/* SPDX-License-Identifier: Apache-2.0 */
/* Records by number: what a node numbers as it comes is walked in the order of ids, the same everywhere. */
#include "unit/view/look.h"

struct bench {
	struct node *n;
	struct store_txn *t;
};

static int setup(void **state)
{
	struct bench *b = mem_new(struct bench);
	void *made;

	node_setup(&made);
	b->n = made;
	node_open_files(b->n);
	assert_int_equal(store_begin_write(b->n->store, &b->t), 0);
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;
	void *made = b->n;

	store_abort(b->t);
	node_close_files(b->n);
	free(b);
	return node_teardown(&made);
}

static struct record_id parse(const char *id)
{
	struct record_id rid;

	assert_int_equal(record_id_parse(bytes_of(id), &rid), 0);
	return rid;
}

/* As the fold does: a row of its own, and a member of the set country=DE. */
static void add(struct bench *b, const char *id)
{
	struct record_id rid = parse(id);
	struct series_id at;
	struct store_key k;

	assert_int_equal(series_use(b->t, &rid, &at), 0);
	assert_int_equal(
		store_put(b->t, TABLE_RECORDS, store_key(&k, "IL", at.series, at.number), bytes_of("r")), 0);
	assert_int_equal(
		store_put(b->t, TABLE_KEYS,
			  store_key(&k, "SSIL", BYTES_LIT("country"), BYTES_LIT("DE"), at.series, at.number),
			  BYTES_NONE),
		0);
}

static void add_all(struct bench *b)
{
	static const char *const ids[] = {"us-o-3",  "mx-o-10", "mx-i-1", "mx-o-9",
					  "mx2-o-1", "eu-o-7",	"us-o-2", "mx-op-1"};

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		add(b, ids[i]);
}

struct walked {
	char text[300];
	size_t n;
	size_t stop_after; /* 0: never */
};

static int take(void *ctx, const char *code, uint64_t number, struct bytes value)
{
	char id[RECORD_ID_MAX_BYTES + 1];
	struct walked *w = ctx;

	(void)value;
	series_id_text(code, number, id);
	w->n += (size_t)snprintf(w->text + w->n, sizeof(w->text) - w->n, "%s ", id);
	return w->stop_after && --w->stop_after == 0 ? 7 : 0;
}

static const char *walk(struct bench *b, bool keys, const char *region, const char *after)
{
	static struct walked w;
	struct record_id rid = after ? parse(after) : (struct record_id){0};
	struct series_list list;
	struct store_key k;
	const struct series_walk walk = {
		.list = &list,
		.table = keys ? TABLE_KEYS : TABLE_RECORDS,
		.prefix = keys ? store_key(&k, "SS", BYTES_LIT("country"), BYTES_LIT("DE")) : BYTES_NONE,
		.region = bytes_of(region),
		.after = after ? &rid : NULL,
	};

	w = (struct walked){.text = ""};
	assert_int_equal(series_list_load(b->t, &list), 0);
	assert_int_equal(series_walk(b->t, &walk, take, &w), 0);
	series_list_fini(&list);
	return w.text;
}

static void test_numbers_are_given_as_they_come(void **state)
{
	struct bench *b = *state;
	struct record_id first = parse("us-o-3"), second = parse("mx-o-10"), less = parse("us-o-2");
	struct series_id at;
	uint32_t series;
	uint64_t last;

	assert_int_equal(series_find(b->t, &first, &at), IMS_E_NOT_FOUND);
	add_all(b);
	assert_int_equal(series_find(b->t, &first, &at), 0);
	assert_int_equal(at.series, 1);
	assert_int_equal(at.number, 3);
	assert_int_equal(series_find(b->t, &second, &at), 0);
	assert_int_equal(at.series, 2);
	assert_int_equal(series_use(b->t, &less, &at), 0);
	assert_int_equal(series_last(b->t, BYTES_LIT("us-o"), &series, &last), 0);
	assert_int_equal(series, 1);
	assert_int_equal(last, 3); /* the largest, not the newest */
	assert_int_equal(series_last(b->t, BYTES_LIT("us-i"), &series, &last), IMS_E_NOT_FOUND);
}

static void test_walks_go_by_the_names(void **state)
{
	struct bench *b = *state;

	assert_string_equal(walk(b, false, "", NULL), "");
	add_all(b);
	for (int keys = 0; keys < 2; keys++) {
		assert_string_equal(walk(b, keys, "", NULL),
				    "eu-o-7 mx-i-1 mx-o-9 mx-o-10 mx-op-1 mx2-o-1 us-o-2 us-o-3 ");
		assert_string_equal(walk(b, keys, "mx", NULL), "mx-i-1 mx-o-9 mx-o-10 mx-op-1 ");
		assert_string_equal(walk(b, keys, "jp", NULL), "");
		assert_string_equal(walk(b, keys, "", "mx-o-9"), "mx-o-10 mx-op-1 mx2-o-1 us-o-2 us-o-3 ");
		assert_string_equal(walk(b, keys, "mx", "mx-o-10"), "mx-op-1 ");
		/* ids that nobody has, of series that are not here, and the last there can be */
		assert_string_equal(walk(b, keys, "", "mx-o-4"),
				    "mx-o-9 mx-o-10 mx-op-1 mx2-o-1 us-o-2 us-o-3 ");
		assert_string_equal(walk(b, keys, "", "mx-k-1"),
				    "mx-o-9 mx-o-10 mx-op-1 mx2-o-1 us-o-2 us-o-3 ");
		assert_string_equal(walk(b, keys, "", "mx-o-18446744073709551615"),
				    "mx-op-1 mx2-o-1 us-o-2 us-o-3 ");
		assert_string_equal(walk(b, keys, "", "us-o-3"), "");
	}
}

/* Other sets beside it are not looked at, and a walk ends where it is told to. */
static void test_a_walk_stays_within_its_prefix(void **state)
{
	struct bench *b = *state;
	struct walked w = {.stop_after = 2};
	struct series_list list;
	struct store_key k;

	add_all(b);
	assert_int_equal(store_put(b->t, TABLE_KEYS,
				   store_key(&k, "SSIL", BYTES_LIT("country"), BYTES_LIT("DEX"), (uint32_t)1,
					     (uint64_t)1),
				   BYTES_NONE),
			 0);
	assert_string_equal(walk(b, true, "us", NULL), "us-o-2 us-o-3 ");
	assert_int_equal(series_list_load(b->t, &list), 0);
	assert_int_equal(
		series_walk(b->t, &(struct series_walk){.list = &list, .table = TABLE_RECORDS}, take, &w), 7);
	assert_string_equal(w.text, "eu-o-7 mx-i-1 ");
	series_list_fini(&list);
}

/* The database has no checksums. */
static void test_damage_is_seen(void **state)
{
	struct bench *b = *state;
	struct series_list list;
	struct record_id rid = parse("us-o-3");
	struct series_id at;
	struct store_key k;
	uint8_t twice[12] = {0, 0, 0, 2};

	add_all(b);
	assert_int_equal(
		store_put(b->t, TABLE_SERIALS, store_key(&k, "S", BYTES_LIT("us-o")), BYTES(twice, 12)), 0);
	assert_int_equal(series_list_load(b->t, &list), IMS_E_CORRUPT);
	twice[0] = 1;
	assert_int_equal(
		store_put(b->t, TABLE_SERIALS, store_key(&k, "S", BYTES_LIT("us-o")), BYTES(twice, 12)), 0);
	assert_int_equal(series_list_load(b->t, &list), IMS_E_CORRUPT);
	assert_int_equal(
		store_put(b->t, TABLE_SERIALS, store_key(&k, "S", BYTES_LIT("us-o")), BYTES(twice, 11)), 0);
	assert_int_equal(series_list_load(b->t, &list), IMS_E_CORRUPT);
	assert_int_equal(series_find(b->t, &rid, &at), IMS_E_CORRUPT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_numbers_are_given_as_they_come, setup, teardown),
		cmocka_unit_test_setup_teardown(test_walks_go_by_the_names, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_walk_stays_within_its_prefix, setup, teardown),
		cmocka_unit_test_setup_teardown(test_damage_is_seen, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
