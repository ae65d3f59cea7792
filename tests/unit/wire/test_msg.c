/* SPDX-License-Identifier: Apache-2.0 */
/* Messages: there and back, cut short, short of memory, out of bounds (inv. 11). */
#include "wire/msg.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "unit/wire/sample.h"
#include "wire/codec.h"
#include "wire/frame.h"

static const uint8_t types[] = {
#define MSG(NAME, name, id, Message, message, max_bytes, who, when, help) MSG_##NAME,
#include "messages.def"
#undef MSG
};
#define TYPE_COUNT (sizeof(types) / sizeof(types[0]))

static void assert_span(struct bytes a, struct bytes b)
{
	assert_int_equal(a.n, b.n);
	if (a.n)
		assert_memory_equal(a.p, b.p, a.n);
}

static void assert_heads(const struct msg_head *a, size_t n_a, const struct msg_head *b, size_t n_b)
{
	assert_int_equal(n_a, n_b);
	for (size_t i = 0; i < n_a; i++) {
		assert_span(a[i].note, b[i].note);
		assert_int_equal(a[i].named, b[i].named);
	}
}

static void assert_items(const struct msg_item *a, size_t n_a, const struct msg_item *b, size_t n_b)
{
	assert_int_equal(n_a, n_b);
	for (size_t i = 0; i < n_a; i++) {
		assert_int_equal(a[i].index, b[i].index);
		assert_span(a[i].entry, b[i].entry);
		assert_int_equal(a[i].state, b[i].state);
		assert_span(a[i].salt, b[i].salt);
		assert_span(a[i].payload, b[i].payload);
		assert_int_equal(a[i].erased_by, b[i].erased_by);
		assert_span(a[i].packed, b[i].packed);
	}
}

static void assert_hello(const struct msg_hello *a, const struct msg_hello *b)
{
	assert_int_equal(a->version, b->version);
	assert_span(a->federation, b->federation);
	assert_span(a->region, b->region);
	assert_int_equal(a->roster_version, b->roster_version);
	assert_memory_equal(&a->roster_hash, &b->roster_hash, 32);
	assert_memory_equal(a->instance, b->instance, 16);
	assert_span(a->software, b->software);
	assert_true(a->run == b->run && a->takes_packed == b->takes_packed);
	assert_heads(a->heads, a->n_heads, b->heads, b->n_heads);
}

static void assert_sync(const struct msg *a, const struct msg *b)
{
	if (a->type == MSG_FETCH) {
		assert_int_equal(a->u.fetch.id, b->u.fetch.id);
		assert_span(a->u.fetch.origin, b->u.fetch.origin);
		assert_int_equal(a->u.fetch.from, b->u.fetch.from);
		assert_int_equal(a->u.fetch.to, b->u.fetch.to);
		assert_int_equal(a->u.fetch.budget_bytes, b->u.fetch.budget_bytes);
		assert_int_equal(a->u.fetch.wait_ms, b->u.fetch.wait_ms);
	} else if (a->type == MSG_ENTRIES) {
		const struct msg_entries *x = &a->u.entries, *y = &b->u.entries;

		assert_int_equal(x->id, y->id);
		assert_span(x->origin, y->origin);
		assert_int_equal(x->from, y->from);
		assert_items(x->items, x->n_items, y->items, y->n_items);
		assert_span(x->proof, y->proof);
		assert_span(x->checkpoint, y->checkpoint);
		assert_int_equal(x->last, y->last);
		assert_int_equal(x->named, y->named);
	} else if (a->type == MSG_WANT) {
		assert_int_equal(a->u.want.id, b->u.want.id);
		assert_span(a->u.want.origin, b->u.want.origin);
		assert_int_equal(a->u.want.n_indexes, b->u.want.n_indexes);
		assert_memory_equal(a->u.want.indexes, b->u.want.indexes, 8 * a->u.want.n_indexes);
	} else if (a->type == MSG_PAYLOADS) {
		const struct msg_payloads *x = &a->u.payloads, *y = &b->u.payloads;

		assert_int_equal(x->id, y->id);
		assert_span(x->origin, y->origin);
		assert_items(x->items, x->n_items, y->items, y->n_items);
		assert_int_equal(x->last, y->last);
	} else if (a->type == MSG_BLOB_FETCH) {
		assert_int_equal(a->u.blob_fetch.id, b->u.blob_fetch.id);
		assert_true(bytes_eq(a->u.blob_fetch.origin, b->u.blob_fetch.origin));
		assert_true(hash_eq(&a->u.blob_fetch.sha256, &b->u.blob_fetch.sha256));
		assert_int_equal(a->u.blob_fetch.offset, b->u.blob_fetch.offset);
		assert_int_equal(a->u.blob_fetch.budget_bytes, b->u.blob_fetch.budget_bytes);
	} else if (a->type == MSG_BLOBS) {
		const struct msg_blobs *x = &a->u.blobs, *y = &b->u.blobs;

		assert_true(x->id == y->id && hash_eq(&x->sha256, &y->sha256) && x->here == y->here);
		assert_true(x->bytes == y->bytes && x->offset == y->offset);
		assert_span(x->data, y->data);
	} else if (a->type == MSG_COSIGN) {
		assert_span(a->u.cosign.note, b->u.cosign.note);
	} else if (a->type == MSG_EVIDENCE) {
		assert_span(a->u.evidence.origin, b->u.evidence.origin);
		assert_span(a->u.evidence.note_a, b->u.evidence.note_a);
		assert_span(a->u.evidence.note_b, b->u.evidence.note_b);
		assert_span(a->u.evidence.nodes, b->u.evidence.nodes);
	} else {
		fail_msg("type %d is compared nowhere", a->type);
	}
}

static void assert_msg(const struct msg *a, const struct msg *b)
{
	assert_int_equal(a->type, b->type);
	if (a->type == MSG_HELLO) {
		assert_hello(&a->u.hello, &b->u.hello);
	} else if (a->type == MSG_HEADS) {
		assert_heads(a->u.heads.heads, a->u.heads.n_heads, b->u.heads.heads, b->u.heads.n_heads);
	} else if (a->type == MSG_ROSTER_FETCH) {
		assert_int_equal(a->u.roster_fetch.from_version, b->u.roster_fetch.from_version);
	} else if (a->type == MSG_ROSTER_NOTES) {
		assert_int_equal(a->u.roster_notes.n_notes, b->u.roster_notes.n_notes);
		for (size_t i = 0; i < a->u.roster_notes.n_notes; i++)
			assert_span(a->u.roster_notes.notes[i], b->u.roster_notes.notes[i]);
	} else if (a->type == MSG_PING) {
		assert_int_equal(a->u.ping.nonce, b->u.ping.nonce);
		assert_int_equal(a->u.ping.alarm, b->u.ping.alarm);
		assert_int_equal(a->u.ping.reply, b->u.ping.reply);
	} else if (a->type == MSG_BYE) {
		assert_int_equal(a->u.bye.code, b->u.bye.code);
		assert_span(a->u.bye.text, b->u.bye.text);
	} else if (a->type == MSG_REQUEST) {
		assert_int_equal(a->u.request.id, b->u.request.id);
		assert_int_equal(a->u.request.verb, b->u.request.verb);
		assert_span(a->u.request.body, b->u.request.body);
	} else if (a->type == MSG_REPLY) {
		assert_int_equal(a->u.reply.id, b->u.reply.id);
		assert_int_equal(a->u.reply.code, b->u.reply.code);
		assert_span(a->u.reply.text, b->u.reply.text);
		assert_span(a->u.reply.body, b->u.reply.body);
		assert_int_equal(a->u.reply.more, b->u.reply.more);
	} else {
		assert_sync(a, b);
	}
}

/* The message of a frame just encoded; the buffer is the caller's. */
static struct bytes encoded(const struct msg *m, struct buf *b)
{
	struct frame f;

	buf_clear(b);
	assert_int_equal(msg_encode(m, b), 0);
	assert_int_equal(frame_take(buf_bytes(b), &f), 1);
	assert_int_equal(f.type, m->type);
	assert_int_equal(f.total_bytes, b->n);
	return f.message;
}

static void test_round_trip(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	for (size_t i = 0; i < TYPE_COUNT; i++) {
		struct msg m = sample_msg((enum msg_type)types[i]), back;
		struct bytes wire = encoded(&m, &b);
		struct arena a;

		arena_init(&a, codec_budget(wire.n));
		assert_int_equal(msg_decode(types[i], wire, &a, &back, NULL), 0);
		assert_msg(&m, &back);
		arena_fini(&a);
	}
	buf_fini(&b);
}

/* Either the cut falls between fields, and what is left may do, or it is seen. */
static void test_cut_at_every_byte(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	for (size_t i = 0; i < TYPE_COUNT; i++) {
		struct msg m = sample_msg((enum msg_type)types[i]), back;
		struct bytes wire = encoded(&m, &b);
		size_t whole = 0;

		for (size_t n = 0; n < wire.n; n++) {
			uint8_t *cut = malloc(n ? n : 1); /* so that ASan sees a byte too many */
			struct arena a;
			int r;

			memcpy(cut, wire.p, n);
			arena_init(&a, codec_budget(n));
			r = msg_decode(types[i], BYTES(cut, n), &a, &back, NULL);
			assert_true(r == 0 || r == IMS_E_TRUNCATED || r == IMS_E_INVALID);
			whole += r != IMS_E_TRUNCATED;
			arena_fini(&a);
			free(cut);
		}
		assert_in_range(whole, 1, 12); /* no more than there are fields */
	}
	buf_fini(&b);
}

static void test_short_of_memory_at_each_step(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	for (size_t i = 0; i < TYPE_COUNT; i++) {
		struct msg m = sample_msg((enum msg_type)types[i]), back;
		struct bytes wire = encoded(&m, &b);
		int r = IMS_E_LIMIT;

		for (size_t budget = 0; r == IMS_E_LIMIT; budget += 8) {
			struct arena a;

			assert_true(budget < codec_budget(wire.n));
			arena_init(&a, budget);
			r = msg_decode(types[i], wire, &a, &back, NULL);
			assert_int_equal(arena_failed(&a), r == IMS_E_LIMIT);
			arena_fini(&a);
		}
		assert_int_equal(r, 0);
	}
	buf_fini(&b);
}

static void test_unknown_type(void **state)
{
	struct msg m = {.type = MSG_PING};
	struct arena a;
	struct buf b;

	(void)state;
	arena_init(&a, 1000);
	assert_int_equal(msg_decode(99, BYTES_NONE, &a, &m, NULL), IMS_E_FRAME);
	m.type = (enum msg_type)99;
	buf_init(&b, 0);
	assert_int_equal(msg_encode(&m, &b), IMS_E_FRAME);
	assert_int_equal(b.n, 0);
	arena_fini(&a);
}

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

static void test_items_are_held_to_their_bounds(void **state)
{
	struct msg m = sample_msg(MSG_ENTRIES);
	static uint8_t big[PAYLOAD_MAX_BYTES + 1];
	struct msg_item keep;

	(void)state;
	keep = sample_items[1];
	sample_items[1].salt.n = 31;
	refused(&m, IMS_E_INVALID, "items[1].salt");
	sample_items[1].salt.n = 0;
	refused(&m, IMS_E_INVALID, "items[1].salt");
	sample_items[1] = keep;
	sample_items[1].state = MSG_PAYLOAD_ABSENT;
	refused(&m, IMS_E_INVALID, "items[1].salt");
	sample_items[1].salt = BYTES_NONE;
	refused(&m, IMS_E_INVALID, "items[1].payload");
	sample_items[1].payload = BYTES_NONE;
	assert_int_equal(msg_check(&m, NULL), 0);
	sample_items[1] = keep;
	sample_items[1].payload = BYTES(big, PAYLOAD_MAX_BYTES);
	assert_int_equal(msg_check(&m, NULL), 0);
	sample_items[1].payload.n++;
	refused(&m, IMS_E_LIMIT, "items[1].payload");
	sample_items[1] = keep;
	sample_items[1].entry = BYTES(big, ENTRY_MAX_BYTES + 1);
	refused(&m, IMS_E_LIMIT, "items[1].entry");
	sample_items[1].entry = BYTES_NONE;
	refused(&m, IMS_E_INVALID, "items[1].entry");
	sample_items[1] = keep;
	sample_items[2].state = MSG_PAYLOAD_STATES;
	refused(&m, IMS_E_INVALID, "items[2].state");
	sample_items[2].state = (enum msg_payload_state) - 1;
	refused(&m, IMS_E_INVALID, "items[2].state");
	m = sample_msg(MSG_PAYLOADS);
	sample_payloads[1].entry = BYTES_LIT("e");
	refused(&m, IMS_E_INVALID, "items[1].entry");
}

static void test_packages_and_proofs(void **state)
{
	struct msg m = sample_msg(MSG_ENTRIES);
	static uint8_t hashes[64 * 32];

	(void)state;
	m.u.entries.from = 256 + 251;
	assert_int_equal(msg_check(&m, NULL), 0);
	m.u.entries.from++;
	refused(&m, IMS_E_TOO_MANY, "items");
	m.u.entries.from = UINT64_MAX - 4;
	assert_int_equal(msg_check(&m, NULL), 0);
	m.u.entries.proof = BYTES(hashes, 33);
	refused(&m, IMS_E_INVALID, "proof");
	m.u.entries.proof.n = 63 * 32;
	assert_int_equal(msg_check(&m, NULL), 0);
	m.u.entries.proof.n = 64 * 32;
	refused(&m, IMS_E_LIMIT, "proof");
	m = sample_msg(MSG_EVIDENCE);
	m.u.evidence.nodes.n--;
	refused(&m, IMS_E_INVALID, "nodes");
}

static void test_names_and_notes(void **state)
{
	static uint8_t big[MSG_NOTE_MAX_BYTES + 1];
	struct msg m = sample_msg(MSG_HELLO);

	(void)state;
	m.u.hello.federation = BYTES_NONE;
	refused(&m, IMS_E_INVALID, "federation");
	m.u.hello.federation = BYTES_LIT("a\0b");
	refused(&m, IMS_E_UTF8, "federation");
	m = sample_msg(MSG_HELLO);
	m.u.hello.region = BYTES_LIT("thirteenchars");
	refused(&m, IMS_E_LIMIT, "region");
	m = sample_msg(MSG_HEADS);
	sample_heads[1].note = BYTES(big, sizeof(big));
	refused(&m, IMS_E_LIMIT, "heads[1].note");
	sample_heads[1].note = BYTES_NONE;
	refused(&m, IMS_E_INVALID, "heads[1].note");
	m.u.heads.n_heads = MSG_HEADS_MAX + 1;
	refused(&m, IMS_E_TOO_MANY, "heads");
	m = sample_msg(MSG_ROSTER_NOTES);
	sample_notes[0] = BYTES(big, sizeof(big));
	refused(&m, IMS_E_LIMIT, "notes[0]");
	m = sample_msg(MSG_COSIGN);
	m.u.cosign.note = BYTES(big, 16384); /* fits a note, not this message */
	assert_int_equal(msg_check(&m, NULL), 0);
	m.u.fetch.origin = BYTES_NONE;
	m.type = MSG_FETCH;
	refused(&m, IMS_E_INVALID, "origin");
}

static void test_cap_of_the_type(void **state)
{
	static uint8_t big[16384];
	struct msg m = sample_msg(MSG_COSIGN);
	struct arena a;
	struct buf b;

	(void)state;
	m.u.cosign.note = BYTES(big, sizeof(big));
	buf_init(&b, 0);
	buf_put_text(&b, "before");
	assert_int_equal(msg_encode(&m, &b), IMS_E_LIMIT);
	assert_int_equal(b.n, 6);
	m.u.cosign.note.n -= 4;
	assert_int_equal(msg_encode(&m, &b), 0);
	buf_fini(&b);
	arena_init(&a, 1000);
	assert_int_equal(msg_decode(MSG_PING, BYTES(big, 65), &a, &m, NULL), IMS_E_LIMIT);
	assert_null(a.blocks);
	arena_fini(&a);
}

/* A sender that keeps to the counts stays below the caps. */
static void test_most_wants_fit(void **state)
{
	static uint64_t indexes[MSG_WANT_MAX + 1];
	static struct msg_item items[MSG_WANT_MAX];
	static char origin[MSG_ORIGIN_MAX_BYTES];
	struct msg m = sample_msg(MSG_WANT), back;
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	memset(origin, 'o', sizeof(origin));
	for (size_t i = 0; i < MSG_WANT_MAX; i++) {
		indexes[i] = UINT64_MAX - i;
		items[i] =
			(struct msg_item){.index = UINT64_MAX, .state = MSG_PAYLOAD_ERASED, .erased_by = 1};
	}
	m.u.want = (struct msg_want){UINT64_MAX, BYTES(origin, sizeof(origin)), indexes, MSG_WANT_MAX};
	for (int k = 0; k < 2; k++) {
		struct bytes wire = encoded(&m, &b);
		struct arena a;

		arena_init(&a, codec_budget(wire.n));
		assert_int_equal(msg_decode((uint8_t)m.type, wire, &a, &back, NULL), 0);
		assert_msg(&m, &back);
		arena_fini(&a);
		m.type = MSG_PAYLOADS;
		m.u.payloads =
			(struct msg_payloads){1, BYTES(origin, sizeof(origin)), items, MSG_WANT_MAX, true};
	}
	m.type = MSG_WANT;
	m.u.want = (struct msg_want){1, SAMPLE_ORIGIN, indexes, MSG_WANT_MAX + 1};
	refused(&m, IMS_E_TOO_MANY, "indexes");
	buf_fini(&b);
}

/* errtext cuts in the middle of a letter; why a connection ends must get across all the same. */
static void test_free_texts_always_pass(void **state)
{
	static char big[MSG_REPLY_TEXT_MAX_BYTES + 9];
	struct msg m = {.type = MSG_BYE, .u.bye = {1, BYTES_LIT("a\0\xc3\x28 caf\xc3")}}, back;
	struct arena a;
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	arena_init(&a, 1 << 20);
	assert_int_equal(msg_decode(MSG_BYE, encoded(&m, &b), &a, &back, NULL), 0);
	assert_true(bytes_eq_text(back.u.bye.text, "a?"
						   "?( caf?"));
	memset(big, 'x', sizeof(big));
	m.u.bye.text = BYTES(big, sizeof(big));
	assert_int_equal(msg_decode(MSG_BYE, encoded(&m, &b), &a, &back, NULL), 0);
	assert_int_equal(back.u.bye.text.n, MSG_BYE_TEXT_MAX_BYTES);
	m = (struct msg){.type = MSG_REPLY, .u.reply = {.code = 3, .text = BYTES(big, sizeof(big))}};
	assert_int_equal(msg_decode(MSG_REPLY, encoded(&m, &b), &a, &back, NULL), 0);
	assert_int_equal(back.u.reply.text.n, MSG_REPLY_TEXT_MAX_BYTES);
	arena_fini(&a);
	buf_fini(&b);
}

static void decode_refuses(uint8_t type, struct bytes wire, int err, const char *path)
{
	struct errtext e = {""};
	struct arena a;
	struct msg m;

	arena_init(&a, codec_budget(wire.n));
	assert_int_equal(msg_decode(type, wire, &a, &m, &e), err);
	if (strncmp(e.text, path, strlen(path)) != 0)
		fail_msg("\"%s\" is not about %s", e.text, path);
	arena_fini(&a);
}

static void test_decoding_holds_to_the_same(void **state)
{
	(void)state;
	decode_refuses(MSG_HELLO, BYTES_LIT("\x12\x01x\x1a\x02xy\x2a\x01z"), IMS_E_INVALID, "roster_hash");
	decode_refuses(MSG_HELLO,
		       BYTES_LIT("\x12\x01x\x2a\x20"
				 "01234567890123456789012345678901"
				 "\x32\x01i"),
		       IMS_E_INVALID, "instance");
	decode_refuses(MSG_ENTRIES, BYTES_LIT("\x12\x01o\x22\x05\x0a\x01x\x10\x05"), IMS_E_INVALID,
		       "items[0].state");
	decode_refuses(MSG_ENTRIES,
		       BYTES_LIT("\x12\x01o\x22\x0e\x0a\x01x\x10\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
		       IMS_E_INVALID, "items[0].state");
	decode_refuses(MSG_ENTRIES, BYTES_LIT("\x12\x01o\x2a\x01p"), IMS_E_INVALID, "proof");
	decode_refuses(MSG_PAYLOADS, BYTES_LIT("\x12\x01o\x1a\x02\x10\x01"), IMS_E_INVALID, "items[0].salt");
	decode_refuses(MSG_WANT, BYTES_LIT("\x1a\x01\x01"), IMS_E_INVALID, "origin");
	decode_refuses(MSG_BYE, BYTES_LIT("\x12\x02\xc3\x28"), IMS_E_UTF8, "text");
	decode_refuses(MSG_HELLO, BYTES_LIT("\x08\x01\x08\x01"), IMS_E_DUPLICATE, "version");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_cut_at_every_byte),
		cmocka_unit_test(test_short_of_memory_at_each_step),
		cmocka_unit_test(test_unknown_type),
		cmocka_unit_test(test_items_are_held_to_their_bounds),
		cmocka_unit_test(test_packages_and_proofs),
		cmocka_unit_test(test_names_and_notes),
		cmocka_unit_test(test_cap_of_the_type),
		cmocka_unit_test(test_most_wants_fit),
		cmocka_unit_test(test_free_texts_always_pass),
		cmocka_unit_test(test_decoding_holds_to_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
