/* SPDX-License-Identifier: Apache-2.0 */
/* Checkpoints and cosignatures with the keys of a roster (inv. 4). */
#include "unit/replication/roster_world.h"

/* eu: incarnation 1 closed at 7 with two keys that overlap, incarnation 2 open; a retired cosigner. */
static const struct world_edit past[] = {
	{"incarnation 1 open\nlog-key 1 {eu/l1a} 0 -\n",
	 "incarnation 1 closed 7 {eu/pr}\nincarnation 2 open\n"
	 "log-key 1 {eu/l1a} 0 4\nlog-key 1 {eu/l1b} 3 9\nlog-key 2 {eu/l2a} 0 -\n"},
	{"cosigner-key {eu/ca} current\n", "cosigner-key {eu/ca} current\ncosigner-key {eu/cb} retired\n"
					   "retired {#eu/cb} ims.example/us/1 5\n"},
};

static struct roster *roster_with_past(void)
{
	char *template = world_edit(WORLD, past, 2);
	struct roster *r = world_roster(template, NULL);

	free(template);
	return r;
}

/* A checkpoint of any root, with the lines of `signers`; cosigners cosign at time 1700000000. */
static void put_checkpoint(struct buf *note, const char *origin, uint64_t size, const char *signers)
{
	struct bytes rest = bytes_of(signers), words, text;
	struct buf head = {0};
	struct hash root;

	world_seed(BYTES_LIT("root"), &root);
	checkpoint_put(&head, bytes_of(origin), size, &root);
	text = buf_bytes(&head);
	buf_put(note, text);
	buf_put_text(note, "\n");
	while (text_split(&rest, ' ', &words)) {
		struct note_signer s = world_signer(words, false);

		assert_int_equal(note_sign_line(text, &s, 1700000000, note), 0);
		note_signer_fini(&s);
	}
	buf_fini(&head);
}

struct head_row {
	const char *origin;
	uint64_t size;
	const char *signers;
	int err;
};

static const struct head_row heads[] = {
	{"ims.example/mx/1", 0, "mx/l1a", 0},
	{"ims.example/mx/1", 1ull << 40, "mx/l1a", 0},
	{"ims.example/mx/1", 9, "eu/ca mx/l1a", 0},
	{"ims.example/irs/1", 9, "irs/l1a", 0},
	{"ims.example/jp/1", 9, "jp/l1a", 0}, /* suspended: its log is what it was */
	{"ims.example/mx/1", 9, "us/l1a", IMS_E_NO_KEY},
	{"ims.example/mx/1", 9, "mx/l1b", IMS_E_NO_KEY},
	{"ims.example/mx/1", 9, "mx/da", IMS_E_NO_KEY},
	{"ims.example/mx/1", 9, "mx/ca", IMS_E_NO_KEY},
	{"ims.example/mx/2", 9, "mx/l2a", IMS_E_ORIGIN},
	{"ims.example/cn/1", 9, "cn/l1a", IMS_E_ORIGIN},
	{"ims.test/mx/1", 9, "mx/l1a", IMS_E_ORIGIN},
	{"ims.example/mx/journal/1", 9, "mx/l1a", IMS_E_ORIGIN},
	/* ranges */
	{"ims.example/eu/1", 2, "eu/l1a", 0},
	{"ims.example/eu/1", 4, "eu/l1a", 0},
	{"ims.example/eu/1", 5, "eu/l1a", IMS_E_RANGE},
	{"ims.example/eu/1", 2, "eu/l1b", IMS_E_RANGE},
	{"ims.example/eu/1", 3, "eu/l1b", 0},
	{"ims.example/eu/1", 5, "eu/l1a eu/l1b", 0},
	{"ims.example/eu/1", 10, "eu/l1a eu/l1b", IMS_E_RANGE},
	{"ims.example/eu/1", 8, "eu/l1b", 0}, /* beyond what was kept: evidence has to verify */
	{"ims.example/eu/2", 100, "eu/l2a", 0},
	{"ims.example/eu/2", 3, "eu/l1a", IMS_E_NO_KEY},
	{"ims.example/eu/1", 3, "eu/l2a", IMS_E_NO_KEY},
};

static void heads_are_judged(void **state)
{
	struct roster *r = roster_with_past();

	(void)state;
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		struct checkpoint c;
		struct buf note = {0};
		struct note n;
		int err;

		put_checkpoint(&note, heads[i].origin, heads[i].size, heads[i].signers);
		err = roster_verify_checkpoint(r, buf_bytes(&note), &n, &c);
		if (err != heads[i].err)
			fail_msg("%s %" PRIu64 " %s: %d", heads[i].origin, heads[i].size, heads[i].signers,
				 err);
		if (!err)
			assert_int_equal(c.size, heads[i].size);
		buf_fini(&note);
	}
	roster_unref(r);
}

static void damage_is_seen(void **state)
{
	struct roster *r = roster_with_past();
	struct buf note = {0};
	struct checkpoint c;
	struct note n;

	(void)state;
	put_checkpoint(&note, "ims.example/mx/1", 12, "mx/l1a");
	*(char *)memchr(note.p, '2', note.n) = '3';
	assert_int_equal(roster_verify_checkpoint(r, buf_bytes(&note), &n, &c), IMS_E_SIGNATURE);
	assert_int_equal(roster_verify_checkpoint(r, BYTES(note.p, note.n - 1), &n, &c), IMS_E_SYNTAX);
	assert_int_equal(roster_verify_checkpoint(r, BYTES_NONE, &n, &c), IMS_E_SYNTAX);
	buf_clear(&note);
	world_sign(&note, BYTES_LIT("not a checkpoint\n"), "mx/l1a");
	assert_int_equal(roster_verify_checkpoint(r, buf_bytes(&note), &n, &c), IMS_E_SYNTAX);
	buf_fini(&note);
	roster_unref(r);
}

/* Retired is a log key whose range has an end, and a head that such keys alone have signed. */
static void assert_retired(const char *origin, uint64_t size, const char *signers, bool expected)
{
	struct roster *r = roster_with_past();
	struct buf note = {0};

	put_checkpoint(&note, origin, size, signers);
	assert_int_equal(roster_checkpoint_is_retired(r, buf_bytes(&note)), expected);
	buf_fini(&note);
	roster_unref(r);
}

static void retired_log_keys(void **state)
{
	(void)state;
	assert_retired("ims.example/eu/1", 0, "eu/l1a", true);
	assert_retired("ims.example/eu/1", 4, "eu/l1a", true);
	assert_retired("ims.example/eu/1", 5, "eu/l1a", false); /* not valid at all */
	assert_retired("ims.example/eu/1", 3, "eu/l1a eu/l1b", true);
	assert_retired("ims.example/eu/2", 3, "eu/l2a", false);
	assert_retired("ims.example/mx/1", 3, "mx/l1a", false);
	assert_retired("ims.example/mx/1", 3, "mx/l1b", false);
}

static void collect(void *ctx, const struct roster_region *by, uint64_t time_s, struct bytes line)
{
	struct buf *seen = ctx;

	assert_int_equal(time_s, 1700000000);
	assert_int_equal(line.p[line.n - 1], '\n');
	buf_printf(seen, "%s ", by->code);
}

static void assert_cosigned(const char *origin, uint64_t size, const char *signers, const char *expected)
{
	struct roster *r = roster_with_past();
	struct buf note = {0}, seen = {0};
	struct checkpoint c;
	struct note n;
	size_t count = 0;

	put_checkpoint(&note, origin, size, signers);
	assert_int_equal(roster_verify_checkpoint(r, buf_bytes(&note), &n, &c), 0);
	for (const char *p = expected; *p; p++)
		count += *p == ' ';
	assert_int_equal(roster_verify_cosignatures(r, &n, &c, collect, &seen), count);
	assert_string_equal(buf_text(&seen), expected);
	buf_fini(&note);
	buf_fini(&seen);
	roster_unref(r);
}

static void cosignatures_are_counted(void **state)
{
	(void)state;
	assert_cosigned("ims.example/us/1", 9, "us/l1a", "");
	assert_cosigned("ims.example/us/1", 9, "us/l1a mx/ca irs/ca eu/ca", "eu irs mx ");
	assert_cosigned("ims.example/us/1", 9, "us/l1a mx/cb cn/ca", "");
	assert_cosigned("ims.example/us/1", 9, "us/l1a jp/ca", "jp ");
	/* the retired key: only where and as far as the roster says */
	assert_cosigned("ims.example/us/1", 5, "us/l1a eu/cb", "eu ");
	assert_cosigned("ims.example/us/1", 6, "us/l1a eu/cb", "");
	assert_cosigned("ims.example/mx/1", 3, "mx/l1a eu/cb", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(heads_are_judged),
		cmocka_unit_test(damage_is_seen),
		cmocka_unit_test(retired_log_keys),
		cmocka_unit_test(cosignatures_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
