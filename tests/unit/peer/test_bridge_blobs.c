/* SPDX-License-Identifier: Apache-2.0 */
/* To whom the bytes of a document are given: to whom a payload that cites them is (inv. 10). */
#include "unit/peer/bridge_world.h"
#include "unit/registry/payload.h"

#include "base/text.h"
#include "ledger/blobs.h"
#include "registry/audience.h"
#include "view/cites.h"

#define MX_ORIGIN "ims.example/mx/1"
#define DOC_BYTES (2 * BLOB_PART_BYTES + 5)

static struct bytes content(struct hash *ret)
{
	static uint8_t b[DOC_BYTES];

	for (size_t i = 0; i < DOC_BYTES; i++)
		b[i] = (uint8_t)(i * 7 + i / 251);
	crypto_sha256(BYTES(b, DOC_BYTES), ret);
	return BYTES(b, DOC_BYTES);
}

/* The document's record, sealed for these regions or (NULL) for everybody. */
static void put_payload(const char *regions, struct buf *out)
{
	char json[300], hex[HEX_HASH_BYTES];
	struct buf inner = {0};
	struct hash h;

	content(&h);
	snprintf(json, sizeof(json), "{'name':'a','media_type':'text/plain','bytes':%u,'sha256':'%s'}",
		 DOC_BYTES, hex_hash(&h, hex));
	payload_put("document", json, &inner);
	if (regions)
		assert_int_equal(registry_seal(BYTES_LIT("ana"), bytes_of(regions), BYTES_LIT("document"),
					       buf_bytes(&inner), out),
				 0);
	else
		buf_put(out, buf_bytes(&inner));
	buf_fini(&inner);
}

/* One entry more of a log, which cites. */
static void add(struct bridge_world *w, struct store_txn *t, struct ledger_log *l, const char *regions)
{
	const struct series_id at = {l->slot, ledger_size(l) + 1};
	struct entry en = {.origin = bytes_of(l->origin),
			   .kind = bytes_of(regions ? SEALED_KIND : "document"),
			   .record = BYTES_LIT("eu-x-1"),
			   .index = ledger_size(l),
			   .time_ms = 1000,
			   .roster_version = 1,
			   .revision = regions ? 0 : 1,
			   .operation = ENTRY_PUT,
			   .audience = regions ? ENTRY_NAMED : ENTRY_PUBLIC,
			   .has_commitment = true};
	struct ledger_item it = {.index = en.index, .payload_state = LEDGER_PAYLOAD_HERE};
	uint8_t salt[SALT_BYTES] = {7};
	struct buf b = {0}, payload = {0};

	put_payload(regions, &payload);
	it.salt = arena_dup(&w->arena, BYTES(salt, sizeof(salt)));
	it.payload = arena_dup(&w->arena, buf_bytes(&payload));
	merkle_commitment(it.salt, it.payload, &en.commitment);
	assert_int_equal(entry_encode(&en, &b), 0);
	it.entry = arena_dup(&w->arena, buf_bytes(&b));
	merkle_leaf(it.entry, &it.leaf);
	assert_int_equal(ledger_append(t, l, &it), 0);
	assert_int_equal(cites_add(t, l, &it, en.kind, &at), 0);
	buf_fini(&b);
	buf_fini(&payload);
}

/* Entries of two logs, for these regions each, and eu's bytes; the bridge starts. */
static void begin(struct bridge_world *w, const char *mx, unsigned n_mx, const char *eu)
{
	struct store_txn *t = shelf_write(&w->shelf);
	struct ledger_log *logs[2];
	enum blob_outcome out;
	struct blob_piece p = {.from = ""};
	struct blob row;

	p.data = content(&p.of.sha256);
	p.total = p.data.n;
	assert_int_equal(ledger_open(t, MX_ORIGIN, &logs[0]), 0);
	assert_int_equal(ledger_open(t, SHELF_ORIGIN, &logs[1]), 0);
	for (unsigned i = 0; i < n_mx; i++)
		add(w, t, logs[0], mx);
	add(w, t, logs[1], eu);
	p.of.slot = logs[1]->slot;
	p.from = "eu";
	assert_int_equal(blob_append(t, &p, &out, &row), 0);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(ledger_flush(t, logs[i]), 0);
	assert_int_equal(store_commit(t), 0);
	ledger_close(logs[0]);
	ledger_close(logs[1]);
	world_start(w, 1);
}

static int read_for(struct bridge_world *w, const char *region, uint64_t offset, size_t max,
		    struct bytes *ret)
{
	uint64_t total = 0;
	struct hash h;
	int err;

	content(&h);
	err = bridge_blob_read(w->bridge, SHELF_ORIGIN, &h, offset, max, region, &w->arena, &total, ret);
	if (!err)
		assert_int_equal(total, DOC_BYTES);
	return err;
}

static bool is_for(struct bridge_world *w, const char *region)
{
	struct bytes ret;
	struct hash h;
	bool yes;

	content(&h);
	yes = bridge_blob_is_for(w->bridge, SHELF_ORIGIN, &h, region);
	assert_int_equal(read_for(w, region, 0, SIZE_MAX / 2, &ret), yes ? 0 : IMS_E_NOT_FOUND);
	return yes;
}

static void for_those_that_are_named(void **state)
{
	struct bridge_world *w = *state;

	begin(w, "", 0, "mx");
	assert_true(is_for(w, "mx"));
	assert_true(is_for(w, "eu")); /* the home */
	assert_false(is_for(w, "us"));
	assert_false(is_for(w, "irs"));
	assert_false(bridge_blob_is_for(w->bridge, SHELF_ORIGIN, &(struct hash){{9}}, "mx"));
}

static void for_everybody_when_it_says_so(void **state)
{
	struct bridge_world *w = *state;

	begin(w, "eu", 1, NULL);
	assert_true(is_for(w, "mx"));
	assert_true(is_for(w, "us"));
	assert_true(is_for(w, "irs"));
}

/* B3: who has heard of the hash of what is for eu and mx, and shows "its" document to all, gets nothing by that,
 * and nor does anybody else. */
static void a_hash_that_another_cites(void **state)
{
	struct bridge_world *w = *state;
	const char *const regions[] = {"us", "mx", "eu", "irs"};
	struct sync_blob wanted[4];
	uint64_t total;
	struct bytes ret;
	struct hash h;

	content(&h);
	begin(w, NULL, 1, "mx");
	assert_false(is_for(w, "us"));
	for (size_t i = 0; i < 4; i++) {
		assert_true(bridge_blob_is_for(w->bridge, MX_ORIGIN, &h, regions[i]));
		assert_int_equal(bridge_blob_read(w->bridge, MX_ORIGIN, &h, 0, DOC_BYTES, regions[i], &w->arena,
						  &total, &ret),
				 IMS_E_NOT_FOUND);
	}
	assert_int_equal(bridge_blobs_wanted(w->bridge, MX_ORIGIN, NULL, wanted, 4), 1);
	assert_true(hash_eq(&wanted[0].sha256, &h) && wanted[0].bytes == DOC_BYTES && wanted[0].have == 0);
	assert_int_equal(bridge_blobs_wanted(w->bridge, MX_ORIGIN, &h, wanted, 4), 0);
	assert_int_equal(bridge_blobs_wanted(w->bridge, SHELF_ORIGIN, NULL, wanted, 4), 0);
	assert_int_equal(bridge_blobs_wanted(w->bridge, "ims.example/us/1", NULL, wanted, 4), 0);
	assert_int_equal(bridge_blob_read(w->bridge, "ims.example/us/1", &h, 0, DOC_BYTES, "us", &w->arena, &total,
					  &ret),
			 IMS_E_NOT_FOUND);
}

/* What the documents of another region may take here, begun ones included (inv. 11). */
static void no_more_than_a_region_may(void **state)
{
	struct bridge_world *w = *state;
	static const struct {
		uint64_t max;
		bool no_room;
	} rows[] = {{0, false}, {DOC_BYTES - 1, true}, {DOC_BYTES, false}, {1, true}};
	struct blob_piece p = {.total = DOC_BYTES, .from = "us"};
	struct sync_blob wanted[2];
	struct ledger_reader reader;
	enum blob_outcome out;
	struct store_txn *t;
	struct blob row;

	p.data = BYTES(content(&p.of.sha256).p, BLOB_PART_BYTES);
	begin(w, NULL, 1, "mx");
	for (int begun = 0; begun < 2; begun++) {
		for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
			w->bridge->o.documents_max_bytes = rows[i].max;
			assert_int_equal(bridge_blobs_wanted(w->bridge, MX_ORIGIN, NULL, wanted, 2), 1);
			assert_int_equal(wanted[0].no_room, rows[i].no_room);
			assert_int_equal(wanted[0].have, begun ? BLOB_PART_BYTES : 0);
		}
		t = shelf_write(&w->shelf);
		assert_int_equal(ledger_read_open(t, MX_ORIGIN, &reader), 0);
		p.of.slot = reader.slot;
		assert_int_equal(blob_append(t, &p, &out, &row), 0);
		assert_int_equal(store_commit(t), 0);
	}
}

static void pieces(void **state)
{
	struct bridge_world *w = *state;
	struct hash h;
	struct bytes all = content(&h), part;

	begin(w, "", 0, "mx");
	assert_int_equal(read_for(w, "mx", 0, 2 * BLOB_PART_BYTES, &part), 0);
	assert_int_equal(part.n, 2 * BLOB_PART_BYTES);
	assert_memory_equal(part.p, all.p, part.n);
	assert_int_equal(w->n_rows, 0);
	assert_int_equal(read_for(w, "mx", 2 * BLOB_PART_BYTES, 100, &part), 0); /* one whole part at least */
	assert_int_equal(part.n, 5);
	assert_int_equal(w->n_rows, 1); /* it was sent to its end */
	assert_int_equal(read_for(w, "mx", 2 * BLOB_PART_BYTES, 100, &part), 0);
	assert_int_equal(w->n_rows, 1); /* once a minute */
	assert_int_equal(read_for(w, "mx", 3 * BLOB_PART_BYTES, 100, &part), IMS_E_NOT_FOUND);
	assert_int_equal(read_for(w, "mx", 17, 100, &part), IMS_E_NOT_FOUND);
}

/* What is damaged here is not passed on, and somebody hears of it. */
static void damaged_bytes_stay(void **state)
{
	struct bridge_world *w = *state;
	uint8_t key[40] = {0}, row[32 + 5] = {0};
	struct ledger_reader reader;
	struct store_txn *t;
	struct bytes part;
	struct hash h;

	content(&h);
	begin(w, "", 0, "mx");
	t = shelf_write(&w->shelf);
	assert_int_equal(ledger_read_open(t, SHELF_ORIGIN, &reader), 0);
	be32_put(key, reader.slot);
	memcpy(key + 4, h.b, 32);
	key[39] = 2;
	assert_int_equal(store_put(t, TABLE_PARTS, BYTES(key, 40), BYTES(row, sizeof(row))), 0);
	assert_int_equal(store_commit(t), 0);
	assert_int_equal(read_for(w, "mx", 2 * BLOB_PART_BYTES, 100, &part), IMS_E_CORRUPT);
	assert_int_equal(w->n_alarms, 1);
	assert_int_equal(w->alarm_err, IMS_E_CORRUPT);
	assert_int_equal(read_for(w, "mx", 0, 100, &part), 0);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
	const struct CMUnitTest tests[] = {
		CASE(for_those_that_are_named), CASE(for_everybody_when_it_says_so), CASE(a_hash_that_another_cites),
		CASE(no_more_than_a_region_may), CASE(pieces), CASE(damaged_bytes_stay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
