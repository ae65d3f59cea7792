/* SPDX-License-Identifier: Apache-2.0 */
/* A record's row is believed as far as its entry says the same. */
#include "unit/hex.h"

#include "view/record.h"
#include "wire/entry.h"

#define ID "eu-o-7"

struct sample {
	struct buf entry;
	struct ledger_item item;
	struct record row;
};

static int setup(void **state)
{
	static struct sample s;
	const struct entry en = {.origin = BYTES_LIT("ims.example/eu/1"),
				 .kind = BYTES_LIT("organisation"),
				 .record = BYTES_LIT(ID),
				 .index = 3,
				 .time_ms = 1700000000000,
				 .roster_version = 1,
				 .revision = 2,
				 .operation = ENTRY_PUT,
				 .audience = ENTRY_PUBLIC,
				 .has_commitment = true};

	s = (struct sample){.row = {.state = RECORD_LIVE,
				    .operation = ENTRY_PUT,
				    .audience = ENTRY_PUBLIC,
				    .revision = 2,
				    .index = 3,
				    .kind = "organisation"}};
	assert_int_equal(entry_encode(&en, &s.entry), 0);
	s.item = (struct ledger_item){
		.index = 3, .entry = buf_bytes(&s.entry), .payload_state = LEDGER_PAYLOAD_HERE};
	memset(&s.item.leaf, 0x11, sizeof(s.item.leaf));
	*state = &s;
	return 0;
}

static int teardown(void **state)
{
	struct sample *s = *state;

	buf_fini(&s->entry);
	return 0;
}

static int check_of(const struct sample *s, struct bytes id, const struct record *r)
{
	struct arena a;
	struct entry en;
	int err;

	arena_init(&a, 65536);
	err = record_entry(r, id, &s->item, &a, &en);
	if (!err)
		assert_int_equal(en.time_ms, 1700000000000);
	arena_fini(&a);
	return err;
}

static int check(const struct sample *s, const struct record *r)
{
	return check_of(s, BYTES_LIT(ID), r);
}

static void test_a_true_row_is_believed(void **state)
{
	struct sample *s = *state;
	struct record r = s->row;

	assert_int_equal(check(s, &r), 0);
	r.state = RECORD_INVALID;
	r.reason = IMS_E_MISSING;
	assert_int_equal(check(s, &r), 0);
	r = s->row;
	r.state = RECORD_WANTED;
	s->item.payload_state = LEDGER_PAYLOAD_WANTED;
	assert_int_equal(check(s, &r), 0);
}

/* Found by asking what a damaged row makes a node say (C1). */
static void test_a_changed_row_is_not(void **state)
{
	struct sample *s = *state;
	struct record row[8];

	for (size_t i = 0; i < 8; i++)
		row[i] = s->row;
	row[0].state = RECORD_WITHDRAWN;
	row[1].state = RECORD_WANTED;
	row[2].operation = ENTRY_WITHDRAW;
	row[3].audience = ENTRY_FEDERATION;
	row[4].revision = 3;
	row[5].kind[0] ^= 1;
	row[6].reason = IMS_E_MISSING;
	row[7].state = RECORD_INVALID;
	for (size_t i = 0; i < 8; i++)
		assert_int_equal(check(s, &row[i]), IMS_E_CORRUPT);
	assert_int_equal(check_of(s, BYTES_LIT("eu-o-8"), &s->row), IMS_E_CORRUPT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_a_true_row_is_believed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_changed_row_is_not, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
