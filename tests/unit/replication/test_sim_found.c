/* SPDX-License-Identifier: Apache-2.0 */
/* What the simulator found in replication, each as small as it gets. */
#include "unit/replication/liar.h"

#include "replication/package.h"

/* A lying relay shows a head that is known, with a wrong signature: it was stored and passed on, and
 * honest peers were refused for it (inv. 12). */
static void a_wrong_signature_below_a_known_head_is_refused(void **state)
{
	struct liar *l = *state;
	struct bytes note = liar_head(liar_log(l, 7, "true"), LIAR_MX, "mx/l1a");
	uint8_t *in_signature = (uint8_t *)(uintptr_t)note.p + note.n - 20;

	assert_int_equal(liar_show(l, note), 0);
	*in_signature = *in_signature == 'A' ? 'B' : 'A';
	assert_int_equal(liar_show(l, note), IMS_E_SIGNATURE);
}

/* Lines under the log's name that are not of its keys, or of one key twice, would fill a note until
 * no further cosignature fits. */
static void of_a_head_one_line_a_key_is_kept(void **state)
{
	struct liar *l = *state;
	struct liar_log *log = liar_log(l, 7, "true");
	struct bytes note = liar_head(log, LIAR_MX, "mx/l1a mx/l1b mx/l1a mx/l1b mx/l1a");
	struct msg_hello hello;
	struct note n;

	assert_int_equal(liar_show(l, note), 0);
	assert_int_equal(liar_answer(l, log, 0, 7), 0);
	sync_hello(l->sync, "us", &l->arena, &hello);
	assert_int_equal(hello.n_heads, 1);
	assert_int_equal(note_parse(hello.heads[0].note, &n), 0);
	assert_int_equal(n.n_sigs, 1);
}

/* The writer may put a roster in force that names this region, and publish, before the loop knows. */
static void what_is_published_before_the_roster_names_the_log_counts(void **state)
{
	struct liar *l = *state;
	struct sync_opts o = {.own_region = "zz", .own_origin = "ims.example/zz/1", .software = "test"};
	struct sync *s = sync_new(&o, l->roster, (struct mono){0});
	struct hash leaf = {{1}};
	struct sync_log_info info;

	sync_published(s, 0, &leaf, 1, BYTES_NONE, false, (struct mono){0});
	sync_set_roster(s, l->roster);
	sync_published(s, 1, &leaf, 1, BYTES_NONE, false, (struct mono){0});
	sync_log_at(s, 0, &info);
	assert_string_equal(info.origin, "ims.example/zz/1");
	assert_int_equal(info.size, 2);
	sync_free(s);
}

/* The writer signed under a roster that names the log's key before the loop had that one: the loop kept the
 * head without its signature, as of a key that is none, and showed a note that is none. */
static void a_head_signed_before_the_roster_names_the_key_keeps_its_signature(void **state)
{
	struct liar *l = *state;
	struct bytes note = liar_head(liar_log(l, 7, "true"), LIAR_MX, "mx/l2a");
	struct sync_opts o = {.own_region = "mx", .own_origin = LIAR_MX, .software = "test"};
	struct sync *s = sync_new(&o, l->roster, (struct mono){0});
	struct hash leaf[7];
	struct msg_hello hello;

	for (size_t i = 0; i < 7; i++)
		merkle_leaf(liar_log(l, 7, "true")->item[i].entry, &leaf[i]);
	sync_published(s, 0, leaf, 7, note, true, (struct mono){0});
	sync_hello(s, "eu", &l->arena, &hello);
	assert_int_equal(hello.n_heads, 1);
	assert_true(bytes_eq(hello.heads[0].note, note));
	sync_free(s);
}

static int send_payloads(void *ctx, void *session, const struct msg *m)
{
	(void)session;
	if (m->type == MSG_PAYLOADS)
		*(size_t *)ctx = m->u.payloads.n_items;
	return 0;
}

static int read_one(void *ctx, const char *origin, uint64_t from, uint64_t to, size_t budget_bytes,
		    const char *for_region, bool packed, struct arena *a, struct msg_item *items, size_t max,
		    size_t *ret_n)
{
	(void)ctx;
	(void)origin;
	(void)to;
	(void)budget_bytes;
	(void)for_region;
	(void)packed;
	(void)a;
	(void)max;
	items[0] = (struct msg_item){.index = from, .state = MSG_PAYLOAD_NONE};
	*ret_n = 1;
	return 0;
}

/* A node that had lost its files wrote other entries, and before it heard that it is behind sent the payload of
 * one of them, which no head covered, to who wanted that of the entry in whose place it was (inv. 4, 10). */
static void no_payload_is_sent_of_an_own_entry_that_no_head_covers(void **state)
{
	struct liar *l = *state;
	struct bytes note = liar_head(liar_log(l, 7, "true"), LIAR_MX, "mx/l1a");
	size_t n_items = 99;
	struct sync_opts o = {.own_region = "mx",
			      .own_origin = LIAR_MX,
			      .software = "test",
			      .ops = {.send = send_payloads, .read = read_one, .ctx = &n_items}};
	struct sync *s = sync_new(&o, l->roster, (struct mono){0});
	struct sync_peer *p = sync_peer_up(s, &n_items, "eu", (struct mono){0});
	struct msg m = {.type = MSG_WANT, .u.want = {.id = 1, .origin = BYTES_LIT(LIAR_MX)}};
	struct hash leaf[7];
	uint64_t first = 0;

	m.u.want.indexes = &first;
	m.u.want.n_indexes = 1;
	for (size_t i = 0; i < 7; i++)
		merkle_leaf(liar_log(l, 7, "true")->item[i].entry, &leaf[i]);
	sync_published(s, 0, leaf, 7, BYTES_NONE, false, (struct mono){0});
	assert_int_equal(sync_on_message(s, p, &m, (struct mono){0}, NULL), 0);
	assert_int_equal(n_items, 0);
	sync_published(s, 7, NULL, 0, note, true, (struct mono){0});
	assert_int_equal(sync_on_message(s, p, &m, (struct mono){0}, NULL), 0);
	assert_int_equal(n_items, 1);
	sync_peer_down(s, p);
	sync_free(s);
}

static enum msg_payload_state judged(int audience, bool from_home)
{
	struct entry en = {.origin = BYTES_LIT(LIAR_MX),
			   .kind = BYTES_LIT("sealed"),
			   .record = BYTES_LIT("mx-x-1"),
			   .operation = ENTRY_PUT,
			   .audience = audience,
			   .has_commitment = true};
	struct msg_item it = {.state = MSG_PAYLOAD_NOT_FOR_YOU};
	struct buf b = {0};
	struct bytes payload;
	struct arena a;

	assert_int_equal(entry_encode(&en, &b), 0);
	it.entry = buf_bytes(&b);
	arena_init(&a, 0);
	assert_int_equal(package_judge_payload(&it, from_home, &a, &payload), 0);
	arena_fini(&a);
	buf_fini(&b);
	return it.state;
}

/* A relay's "not for you" would talk a region out of what is for it; and an audience of the future
 * was wanted for ever, which nobody cosigns (inv. 6, 10). */
static void only_its_home_says_whom_a_payload_is_for(void **state)
{
	(void)state;
	assert_int_equal(judged(ENTRY_NAMED, true), MSG_PAYLOAD_NOT_FOR_YOU);
	assert_int_equal(judged(ENTRY_NAMED, false), MSG_PAYLOAD_ABSENT);
	assert_int_equal(judged(9, true), MSG_PAYLOAD_NOT_FOR_YOU);
	assert_int_equal(judged(ENTRY_PUBLIC, true), MSG_PAYLOAD_ABSENT);
	assert_int_equal(judged(ENTRY_FEDERATION, true), MSG_PAYLOAD_ABSENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_wrong_signature_below_a_known_head_is_refused, liar_setup,
						liar_teardown),
		cmocka_unit_test_setup_teardown(of_a_head_one_line_a_key_is_kept, liar_setup, liar_teardown),
		cmocka_unit_test_setup_teardown(what_is_published_before_the_roster_names_the_log_counts,
						liar_setup, liar_teardown),
		cmocka_unit_test_setup_teardown(
			a_head_signed_before_the_roster_names_the_key_keeps_its_signature, liar_setup,
			liar_teardown),
		cmocka_unit_test_setup_teardown(no_payload_is_sent_of_an_own_entry_that_no_head_covers,
						liar_setup, liar_teardown),
		cmocka_unit_test(only_its_home_says_whom_a_payload_is_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
