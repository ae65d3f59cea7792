/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "store/key.h"
#include "store/store.h"
#include "tmpdir.h"

static struct store *open_store(const char *dir)
{
	static const struct store_spec one = {"one", 0};
	const struct store_opts o = {.dir = dir,
				     .tables = &one,
				     .n_tables = 1,
				     .map_bytes = 32u << 20,
				     .map_max_bytes = 32u << 20};
	struct store *s;

	assert_int_equal(store_open(&o, &s, NULL), 0);
	return s;
}

static struct store_txn *begin_write(struct store *s)
{
	struct store_txn *t;

	assert_int_equal(store_begin_write(s, &t), 0);
	return t;
}

/* Who cuts values to the room that is told leaves no page half empty, also after a commit; and what is told
 * is no more than there is: an append that keeps to it makes no page. */
static void the_room_on_the_last_page_is_told(void **state)
{
	static const uint8_t value[STORE_SMALL_BYTES];
	char *dir = tmpdir_new();
	struct store *s = open_store(dir);
	struct store_txn *t = begin_write(s);
	uint64_t bytes = 0, cut = 0;

	(void)state;
	assert_int_equal(store_append_room(t, 0, 4), 0); /* nothing is known of it */
	for (uint32_t i = 0; i < 4000; i++) {
		size_t n = 1 + i * 97 % sizeof(value), room;
		uint64_t pages = store_table_bytes(t, 0);
		struct store_key k;

		room = store_append_room(t, 0, store_key(&k, "I", i).n);
		if (room && n > room)
			n = room, cut++;
		assert_int_equal(store_append(t, 0, store_key(&k, "I", i), BYTES(value, n)), 0);
		bytes += n + 4 + 10;
		if (n <= room)
			assert_int_equal(store_table_bytes(t, 0), pages);
		if (i % 1000 == 999) {
			assert_int_equal(store_commit(t), 0);
			t = begin_write(s);
		}
	}
	assert_true(cut > 500);
	assert_true(store_table_bytes(t, 0) < bytes / 100 * 103);
	assert_true(store_append_room(t, 0, 4) <= 2038 - 8 - 4); /* a longer one has pages of its own */
	assert_int_equal(store_put(t, 0, bytes_of("zz"), bytes_of("it may stand on any page")), 0);
	assert_int_equal(store_append_room(t, 0, 4), 0);
	store_abort(t);
	store_close(s);
	tmpdir_free(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_room_on_the_last_page_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
