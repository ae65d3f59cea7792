/* SPDX-License-Identifier: Apache-2.0 */
/* What a message may say of payloads that it has packed (inv. 11). */
#include "unit/hex.h"

#include "unit/wire/sample.h"

static void refused(const struct msg *m, int err, const char *path)
{
	struct errtext e = {""};
	struct buf b;

	assert_int_equal(msg_check(m, &e), err);
	if (strncmp(e.text, path, strlen(path)) != 0)
		fail_msg("\"%s\" is not about %s", e.text, path);
	buf_init(&b, 0);
	assert_int_equal(msg_encode(m, &b), err);
	assert_int_equal(b.n, 0);
	buf_fini(&b);
}

/* One packed payload, as it is said, in the place of another. */
static void refused_packed(struct msg *m, struct msg_item *item, struct bytes packed, int err, const char *path)
{
	struct msg_item keep = *item;

	item->packed = packed;
	refused(m, err, path);
	*item = keep;
}

static void test_packed_payloads_are_held_to_their_claims(void **state)
{
	struct msg m = sample_msg(MSG_ENTRIES);
	static uint8_t big[PAYLOAD_MAX_BYTES];

	(void)state;
	assert_int_equal(msg_item_bytes(&sample_items[4]), 2 + SALT_BYTES + 300);
	refused_packed(&m, &sample_items[1], BYTES_LIT(SAMPLE_PACKED), IMS_E_INVALID, "items[1].packed"); /* both */
	refused_packed(&m, &sample_items[0], BYTES_LIT(SAMPLE_PACKED), IMS_E_INVALID, "items[0].packed");
	refused_packed(&m, &sample_items[4], BYTES_LIT("what is no frame"), IMS_E_INVALID, "items[4].packed");
	refused_packed(&m, &sample_items[4], BYTES_LIT("\x28\xb5\x2f\xfd\xa0\x01\0\x01\0\x01\0\0"), IMS_E_INVALID,
		       "items[4].packed"); /* of 65,537 bytes */
	refused_packed(&m, &sample_items[4], BYTES(big, sizeof(big)), IMS_E_INVALID, "items[4].packed");
	m = sample_msg(MSG_PAYLOADS);
	refused_packed(&m, &sample_payloads[1], BYTES_LIT(SAMPLE_PACKED), IMS_E_INVALID, "items[1].packed");
}

/* Of 65,536 bytes each, in a few, and so many that their payloads would be more than a message may have (inv. 11). */
static void test_packed_payloads_are_no_more_than_a_message(void **state)
{
	static const struct bytes most = BYTES_LIT("\x28\xb5\x2f\xfd\x60\0\xff\x03\0\x80\x61");
	static struct msg_item items[17];
	struct msg m = sample_msg(MSG_ENTRIES);

	(void)state;
	for (size_t i = 0; i < 17; i++) {
		items[i] = sample_items[4];
		items[i].packed = most;
	}
	m.u.entries.items = items;
	m.u.entries.n_items = 16;
	assert_int_equal(16 * (size_t)PAYLOAD_MAX_BYTES, msg_info(MSG_ENTRIES)->max_bytes);
	assert_int_equal(msg_check(&m, NULL), 0);
	m.u.entries.n_items = 17;
	refused(&m, IMS_E_LIMIT, "items[16].payload");
	for (size_t i = 0; i < 17; i++)
		items[i].entry = BYTES_NONE;
	m.type = MSG_PAYLOADS;
	m.u.payloads = (struct msg_payloads){1, SAMPLE_ORIGIN, items, 16, true};
	assert_int_equal(msg_check(&m, NULL), 0);
	m.u.payloads.n_items = 17;
	refused(&m, IMS_E_LIMIT, "items[16].payload");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_packed_payloads_are_held_to_their_claims),
		cmocka_unit_test(test_packed_payloads_are_no_more_than_a_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
