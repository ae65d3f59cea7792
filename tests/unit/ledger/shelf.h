/* SPDX-License-Identifier: Apache-2.0 */
/* A store in a fresh directory, and entries to put into it. */
#ifndef TESTS_UNIT_LEDGER_SHELF_H
#define TESTS_UNIT_LEDGER_SHELF_H

#include "unit/hex.h"

#include "ledger/ledger.h"
#include "unit/store/tmpdir.h"
#include "wire/entry.h"

#define SHELF_ORIGIN "ims.example/eu/1"

struct shelf {
	char *dir;
	struct store *store;
};

static inline void shelf_open(struct shelf *s)
{
	struct store_opts o = {
		.dir = s->dir,
		.tables = ledger_tables,
		.n_tables = TABLE_COUNT,
		.max_extra_tables = 64,
		.map_bytes = 4u << 20,
		.map_max_bytes = 64u << 20,
	};

	assert_int_equal(store_open(&o, &s->store, NULL), 0);
}

static inline int shelf_setup(void **state)
{
	struct shelf *s = mem_new(struct shelf);

	s->dir = tmpdir_new();
	shelf_open(s);
	*state = s;
	return 0;
}

static inline int shelf_teardown(void **state)
{
	struct shelf *s = *state;

	store_close(s->store);
	tmpdir_free(s->dir);
	free(s);
	return 0;
}

static inline struct store_txn *shelf_write(struct shelf *s)
{
	struct store_txn *t;

	assert_int_equal(store_begin_write(s->store, &t), 0);
	return t;
}

static inline struct store_txn *shelf_read(struct shelf *s)
{
	struct store_txn *t;

	assert_int_equal(store_begin_read(s->store, &t), 0);
	return t;
}

/* Every third entry has no payload, of the others every fifth is wanted. */
static inline bool shelf_has_payload(uint64_t index)
{
	return index % 3 != 0;
}

static inline enum ledger_payload shelf_state(uint64_t index)
{
	return !shelf_has_payload(index) ? LEDGER_PAYLOAD_NONE
	       : index % 5 == 0		 ? LEDGER_PAYLOAD_WANTED
					 : LEDGER_PAYLOAD_HERE;
}

/* Every seventh is long, and so stored packed. */
static inline bool shelf_is_long(uint64_t index)
{
	return index % 7 == 4;
}

static inline struct bytes shelf_payload(const char *id, bool is_long, struct arena *a)
{
	char *text = arena_printf(a, "payload of %s", id);

	for (int i = 0; is_long && i < 5; i++)
		text = arena_printf(a, "%s, %d of it\n%s", text, i, text);
	return bytes_of(text);
}

/* The item's entry, and its leaf. */
static inline void shelf_encode(const struct entry *en, struct arena *a, struct ledger_item *it)
{
	struct buf b = {0};

	assert_int_equal(entry_encode(en, &b), 0);
	it->entry = arena_dup(a, buf_bytes(&b));
	merkle_leaf(it->entry, &it->leaf);
	buf_fini(&b);
	assert_false(arena_failed(a));
}

/* Item `index` of the log; its memory is the arena's. */
static inline struct ledger_item shelf_item(uint64_t index, struct arena *a)
{
	struct ledger_item it = {.index = index, .payload_state = shelf_state(index)};
	char *id = arena_printf(a, "eu-o-%llu", (unsigned long long)index + 1);
	struct entry en = {.origin = BYTES_LIT(SHELF_ORIGIN),
			   .kind = BYTES_LIT("organisation"),
			   .record = bytes_of(id),
			   .index = index,
			   .time_ms = 1000 + (int64_t)index,
			   .roster_version = 1,
			   .revision = 1,
			   .operation = shelf_has_payload(index) ? ENTRY_PUT : ENTRY_WITHDRAW,
			   .audience = ENTRY_PUBLIC,
			   .has_commitment = shelf_has_payload(index)};
	uint8_t salt[SALT_BYTES];

	memset(salt, (int)(index & 0xff), sizeof(salt));
	if (it.payload_state != LEDGER_PAYLOAD_NONE) {
		struct bytes payload = shelf_payload(id, shelf_is_long(index), a);

		merkle_commitment(BYTES(salt, sizeof(salt)), payload, &en.commitment);
		if (it.payload_state == LEDGER_PAYLOAD_HERE) {
			it.salt = arena_dup(a, BYTES(salt, sizeof(salt)));
			it.payload = payload;
		}
	}
	shelf_encode(&en, a, &it);
	return it;
}

/* The same with this payload, which is here. */
static inline struct ledger_item shelf_item_with(uint64_t index, struct bytes payload, struct arena *a)
{
	struct ledger_item it = {.index = index, .payload_state = LEDGER_PAYLOAD_HERE, .payload = payload};
	uint8_t salt[SALT_BYTES];
	struct entry en;

	memset(salt, (int)(index & 0xff), sizeof(salt));
	it.salt = arena_dup(a, BYTES(salt, sizeof(salt)));
	assert_int_equal(entry_decode(shelf_item(index, a).entry, a, &en, NULL), 0);
	en.operation = ENTRY_PUT;
	en.has_commitment = true;
	merkle_commitment(it.salt, it.payload, &en.commitment);
	shelf_encode(&en, a, &it);
	return it;
}

/* Append entries up to size `to`. */
static inline void shelf_grow(struct store_txn *t, struct ledger_log *l, uint64_t to)
{
	struct arena a;

	arena_init(&a, 16u << 20);
	while (ledger_size(l) < to) {
		struct ledger_item it = shelf_item(ledger_size(l), &a);

		assert_int_equal(ledger_append(t, l, &it), 0);
	}
	arena_fini(&a);
}

/* A committed log of `size` entries. */
static inline void shelf_fill(struct shelf *s, uint64_t size)
{
	struct store_txn *t = shelf_write(s);
	struct ledger_log *l;

	assert_int_equal(ledger_open(t, SHELF_ORIGIN, &l), 0);
	shelf_grow(t, l, size);
	assert_int_equal(ledger_flush(t, l), 0);
	assert_int_equal(store_commit(t), 0);
	ledger_close(l);
}

#endif
