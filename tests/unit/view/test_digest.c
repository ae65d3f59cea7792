/* SPDX-License-Identifier: Apache-2.0 */
/* inv. 7: the digest is a function of what is in the logs, and anyone can compute it. */
#include "unit/view/foreign.h"
#include "unit/view/look.h"

static int start(void **state)
{
	node_setup(state);
	return node_start(*state);
}

static void put_hex(struct buf *b, const struct hash *h)
{
	char hex[HEX_HASH_BYTES];

	buf_put_text(b, hex_hash(h, hex));
}

/* digest.h, written down again: logs, records and keys of two entries. */
static void test_text(void **state)
{
	struct node *n = *state;
	struct foreign *f = foreign_new("mx");
	struct buf text = {0};
	struct hash empty, own, want, have;
	struct bytes junk = BYTES_LIT("\x08");
	struct store_txn *t;
	struct digest d;

	foreign_org(f, "mx-o-10", 1, "Pozol  de Maiz");
	foreign_add(f, foreign_entry(f, "organisation", "mx-o-9", 1), &junk);
	f->items[1].payload_state = LEDGER_PAYLOAD_WANTED;
	foreign_give(n, f);
	merkle_empty_root(&empty);
	own = empty;
	buf_put_text(&text, "imsd-view/1\nroster 7\nrules 2\nlog ims.example/eu/1 0 ");
	put_hex(&text, &own);
	buf_put_text(&text, "\nlog ims.example/mx/1 2 ");
	merkle_node(&f->items[0].leaf, &f->items[1].leaf, &own);
	put_hex(&text, &own);
	buf_put_text(&text, "\nlog ims.example/us/1 0 ");
	put_hex(&text, &empty);
	buf_put_text(&text, "\nrecord mx-o-9 organisation wanted 1 ims.example/mx/1 1 ");
	put_hex(&text, &f->items[1].leaf);
	buf_put_text(&text, "\nrecord mx-o-10 organisation live 1 ims.example/mx/1 0 ");
	put_hex(&text, &f->items[0].leaf);
	buf_put_text(&text, "\nkey country MX mx-o-10\nkey kind organisation mx-o-9\n"
			    "key kind organisation mx-o-10\nkey natural.name pozol de maiz|MX mx-o-10\n");
	crypto_sha256(buf_bytes(&text), &want);
	t = look_begin(n);
	assert_int_equal(digest_compute(t, 7, &d), 0);
	have = d.digest;
	assert_int_equal(d.records, 2);
	assert_int_equal(d.keys, 4);
	assert_int_equal(d.holes, 1);
	assert_int_equal(d.roster, 7);
	assert_int_equal(d.n_logs, 3);
	assert_string_equal(d.logs[1].origin, "ims.example/mx/1");
	assert_int_equal(d.logs[1].size, 2);
	digest_fini(&d);
	store_abort(t);
	assert_true(hash_eq(&want, &have));
	buf_fini(&text);
	foreign_free(f);
}

static void fill(struct foreign *f)
{
	char id[32], name[32];

	for (unsigned i = 0; i < 40; i++) {
		snprintf(id, sizeof(id), "%.2s-o-%u", f->origin + 12, i % 10 + 1);
		snprintf(name, sizeof(name), "Org %u", i);
		foreign_org(f, id, i / 10 + 1, name);
	}
}

/* Entries [from, to) of each log, in the order of the letters. */
static void give_in_order(struct node *n, struct foreign *mx, struct foreign *us, const char *order)
{
	uint64_t at[2] = {0, 0};

	for (; *order; order++) {
		int which = *order == 'u';
		struct foreign *f = which ? us : mx;

		assert_int_equal(
			node_run(n, foreign_job(f, COMMIT_PACKAGE, at[which], at[which] + 10, false)), 0);
		at[which] += 10;
	}
}

/* The logs' entries interleave as the network pleases; slots differ, too. */
static void test_arrival_order(void **state)
{
	static const char *const orders[] = {"mmmmuuuu", "uuuummmm", "mumumumu", "ummuumum"};
	struct foreign *mx = foreign_new("mx"), *us = foreign_new("us");
	struct hash first, now;

	(void)state;
	fill(mx);
	fill(us);
	for (size_t i = 0; i < 4; i++) {
		struct node *n;
		void *made;

		node_setup(&made);
		n = made;
		assert_int_equal(node_start(n), 0);
		give_in_order(n, mx, us, orders[i]);
		now = look_digest(n);
		if (i == 0)
			first = now;
		assert_true(hash_eq(&first, &now));
		assert_int_equal(node_run(n, commit_job_new(COMMIT_REBUILD)), 0);
		now = look_digest(n);
		assert_true(hash_eq(&first, &now));
		node_teardown(&made);
	}
	foreign_free(mx);
	foreign_free(us);
}

static void give_many(struct node *n, struct foreign *f, const char *region)
{
	char id[32], name[32];

	for (unsigned i = 1; i <= 300; i++) {
		snprintf(id, sizeof(id), "%s-o-%u", region, i);
		snprintf(name, sizeof(name), "Org %u", i);
		foreign_org(f, id, 1, name);
	}
	foreign_give(n, f);
}

/* An index key of more records than are held in memory at once, of two regions. */
static void test_large_groups(void **state)
{
	struct hash seen[2];

	(void)state;
	for (int us_first = 0; us_first < 2; us_first++) {
		struct foreign *mx = foreign_new("mx"), *us = foreign_new("us");
		struct store_txn *t;
		struct digest d;
		struct node *n;
		void *made;

		node_setup(&made);
		n = made;
		assert_int_equal(node_start(n), 0);
		give_many(n, us_first ? us : mx, us_first ? "us" : "mx");
		give_many(n, us_first ? mx : us, us_first ? "mx" : "us");
		t = look_begin(n);
		assert_int_equal(digest_compute(t, 1, &d), 0);
		assert_int_equal(d.records, 600);
		assert_int_equal(d.keys, look_key_count(t));
		seen[us_first] = d.digest;
		digest_fini(&d);
		store_abort(t);
		node_teardown(&made);
		foreign_free(mx);
		foreign_free(us);
	}
	assert_true(hash_eq(&seen[0], &seen[1]));
}

/* A view made by other kinds or rules is made again at start. */
static void test_rebuild_at_start(void **state)
{
	struct node *n = *state;
	struct foreign *f = foreign_new("mx");
	struct hash before, after;
	struct store_txn *t;

	fill(f);
	foreign_give(n, f);
	node_fill(n, 3, "Own");
	node_sync(n);
	before = look_digest(n);
	node_stop(n);
	node_open_files(n);
	assert_int_equal(store_begin_write(n->store, &t), 0);
	assert_int_equal(meta_put(t, META_VIEW, BYTES_LIT("the fingerprint of other rules..")), 0);
	assert_int_equal(store_clear(t, TABLE_RECORDS), 0);
	assert_int_equal(store_clear(t, TABLE_SERIALS), 0);
	assert_int_equal(store_commit(t), 0);
	node_close_files(n);
	assert_int_equal(node_start(n), 0);
	after = look_digest(n);
	assert_true(hash_eq(&before, &after));
	node_fill(n, 1, "Next");
	node_sync(n);
	assert_string_equal(look_record(n, "eu-o-4"), "live 1"); /* serial numbers are found again */
	foreign_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_text, start, node_teardown),
		cmocka_unit_test(test_arrival_order),
		cmocka_unit_test(test_large_groups),
		cmocka_unit_test_setup_teardown(test_rebuild_at_start, start, node_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
