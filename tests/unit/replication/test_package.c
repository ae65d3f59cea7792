/* SPDX-License-Identifier: Apache-2.0 */
/*
 * package.c: what a package proves (S1). Leaf i is the decimal text of i, so entries are those
 * texts; edges and proofs come from merkle/.
 */
#include <stdlib.h>

#include "unit/merkle/shelf.h"

#include "base/mem.h"
#include "crypto/hash.h"
#include "replication/package.h"
#include "wire/entry.h"

#define TREE_MAX 1600

/* A tree up to TREE_MAX whose leaves differ from the others' from `fork` on. */
struct tree {
	struct shelf shelf;
	uint64_t fork;
};

static void text_of(const struct tree *t, uint64_t i, char out[32])
{
	snprintf(out, 32, i >= t->fork ? "other %llu" : "%llu", (unsigned long long)i);
}

static struct tree *tree_new(uint64_t size, uint64_t fork)
{
	struct tree *t = mem_new(struct tree);
	struct hash leaf;
	char text[32];

	t->fork = fork;
	shelf_init(&t->shelf);
	for (uint64_t i = 0; i < size; i++) {
		text_of(t, i, text);
		merkle_leaf(bytes_of(text), &leaf);
		assert_int_equal(tile_edge_append(&t->shelf.edge, &leaf, shelf_put, &t->shelf), 0);
	}
	shelf_put_partial(&t->shelf);
	return t;
}

/* A package as a server of the tree makes it. */
struct package {
	struct msg_entries e;
	struct msg_item items[TILE_WIDTH + 1];
	char text[TILE_WIDTH + 1][32];
	struct merkle_proof proof;
	struct checkpoint c;
};

static void package_make(struct package *p, struct tree *t, uint64_t from, uint64_t end)
{
	struct tile_source src = {shelf_fetch, &t->shelf};
	uint64_t start = from - from % TILE_WIDTH, size = t->shelf.edge.size;

	assert_int_equal(merkle_prove_subtree(tile_node, &src, start, end, size, &p->proof), 0);
	p->e = (struct msg_entries){.from = from,
				    .items = p->items,
				    .n_items = end - from,
				    .proof = BYTES(p->proof.hash, p->proof.n * sizeof(struct hash))};
	for (uint64_t i = from; i < end; i++) {
		text_of(t, i, p->text[i - from]);
		p->items[i - from] = (struct msg_item){.entry = bytes_of(p->text[i - from])};
	}
	p->c = (struct checkpoint){.size = size};
	tile_edge_root(&t->shelf.edge, &p->c.root);
}

/* The edge of a receiver that holds the tree's first `from` leaves. */
static struct tile_edge *edge_at(struct tree *t, uint64_t from)
{
	struct tile_edge *e = mem_new(struct tile_edge);

	assert_int_equal(tile_edge_load(e, from, shelf_fetch, &t->shelf), 0);
	return e;
}

static void expect_good(const struct package *p, const struct tile_edge *edge)
{
	struct hash leaf[TILE_WIDTH], want;

	assert_int_equal(package_verify(edge, &p->e, &p->c, leaf), 0);
	for (size_t i = 0; i < p->e.n_items; i++) {
		merkle_leaf(p->e.items[i].entry, &want);
		assert_true(hash_eq(&leaf[i], &want));
	}
}

/* Whatever is changed in a good package, it is refused; the package is as before. */
static void expect_refused_when_altered(struct package *p, const struct tile_edge *edge)
{
	struct hash leaf[TILE_WIDTH];
	size_t n_proof = p->e.proof.n;

	for (size_t i = 0; i < p->proof.n; i++) {
		p->proof.hash[i].b[i % 32] ^= 0x80;
		assert_int_equal(package_verify(edge, &p->e, &p->c, leaf), IMS_E_PROOF);
		p->proof.hash[i].b[i % 32] ^= 0x80;
	}
	for (size_t i = 0; i<p->e.n_items; i += p->e.n_items> 40 ? 17 : 1) {
		p->text[i][0] ^= 1;
		assert_true(package_verify(edge, &p->e, &p->c, leaf) < 0);
		p->text[i][0] ^= 1;
	}
	p->c.root.b[7] ^= 1;
	assert_true(package_verify(edge, &p->e, &p->c, leaf) < 0);
	p->c.root.b[7] ^= 1;
	p->e.proof.n = n_proof + 32 <= sizeof(p->proof.hash) ? n_proof + 32 : n_proof - 32;
	assert_true(package_verify(edge, &p->e, &p->c, leaf) < 0);
	p->e.proof.n = n_proof;
	if (n_proof) {
		p->e.proof.n = n_proof - 32;
		assert_int_equal(package_verify(edge, &p->e, &p->c, leaf), IMS_E_PROOF);
		p->e.proof.n = n_proof;
	}
}

static void check_span(struct tree *t, uint64_t from, uint64_t end, bool alter)
{
	struct tile_edge *edge = edge_at(t, from);
	struct package p;

	package_make(&p, t, from, end);
	expect_good(&p, edge);
	if (alter)
		expect_refused_when_altered(&p, edge);
	free(edge);
}

static void test_small_sizes(void **state)
{
	(void)state;
	for (uint64_t n = 1; n <= 20; n++) {
		struct tree *t = tree_new(n, UINT64_MAX);

		for (uint64_t from = 0; from < n; from++)
			for (uint64_t end = from + 1; end <= n; end++)
				check_span(t, from, end, true);
		free(t);
	}
}

static void test_around_tiles(void **state)
{
	static const uint64_t sizes[] = {255, 256, 257, 511, 512, 513, 600, 769, 1025, 1281};
	static const uint64_t within[] = {0, 1, 2, 7, 127, 128, 129, 200, 254, 255};

	(void)state;
	for (size_t k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++) {
		struct tree *t = tree_new(sizes[k], UINT64_MAX);

		for (uint64_t tile = 0; tile * TILE_WIDTH < sizes[k]; tile++)
			for (size_t a = 0; a < 10; a++)
				for (size_t b = a; b < 10; b++) {
					uint64_t from = tile * TILE_WIDTH + within[a];
					uint64_t end = tile * TILE_WIDTH + within[b] + 1;

					if (end <= sizes[k])
						check_span(t, from, end, b == 9 && a % 3 == 0);
				}
		free(t);
	}
}

/* inv. 5: a good proof to a signed root, but of a history that is not ours. */
static void test_conflict(void **state)
{
	static const uint64_t forks[] = {0, 100, 255, 256, 511, 700, 1023};
	struct tree *ours = tree_new(1300, UINT64_MAX);

	(void)state;
	for (size_t k = 0; k < sizeof(forks) / sizeof(forks[0]); k++)
		for (uint64_t from = TILE_WIDTH; from < 1300; from += TILE_WIDTH) {
			struct tree *theirs = tree_new(1300, forks[k]);
			struct tile_edge *edge = edge_at(ours, from);
			struct hash leaf[TILE_WIDTH];
			struct package p;

			package_make(&p, theirs, from, from + TILE_WIDTH < 1300 ? from + TILE_WIDTH : 1300);
			assert_int_equal(package_verify(edge, &p.e, &p.c, leaf),
					 forks[k] < from ? IMS_E_CONFLICT : 0);
			free(edge);
			free(theirs);
		}
	free(ours);
}

/* The same where part of the tile is held already. */
static void test_conflict_within_tile(void **state)
{
	struct tree *ours = tree_new(1000, UINT64_MAX), *theirs = mem_new(struct tree);
	struct tile_edge *edge = edge_at(ours, 600);
	struct hash leaf[TILE_WIDTH];
	struct package p;

	(void)state;
	/* theirs differs in leaf 3 alone: the held part of the tile is the same */
	theirs->fork = UINT64_MAX;
	shelf_init(&theirs->shelf);
	for (uint64_t i = 0; i < 1000; i++) {
		shelf_leaf(i == 3 ? 4 : i, &leaf[0]);
		assert_int_equal(tile_edge_append(&theirs->shelf.edge, &leaf[0], shelf_put, &theirs->shelf),
				 0);
	}
	shelf_put_partial(&theirs->shelf);
	package_make(&p, theirs, 600, 700);
	assert_int_equal(package_verify(edge, &p.e, &p.c, leaf), IMS_E_CONFLICT);
	free(edge);
	free(ours);
	free(theirs);
}

/* ---- what a package tells of the tree it is of (evidence.h) */
static int tree_span(void *tree, uint64_t lo, uint64_t hi, struct hash *ret)
{
	struct tile_source src = {shelf_fetch, &((struct tree *)tree)->shelf};

	return merkle_subtree_root(tile_node, &src, lo, hi, ret);
}

static int tree_stored(void *ctx, const char *origin, unsigned level, uint64_t index, struct hash *ret)
{
	struct tile_source src = {shelf_fetch, &((struct tree *)ctx)->shelf};

	(void)origin;
	return tile_node(&src, level, index, ret);
}

/* For every head of ours at m: the nodes of their tree are the true ones, or there are none. How many
 * of [0, end] there are. */
static size_t nodes_told(struct tree *ours, struct tree *theirs, uint64_t start, uint64_t end)
{
	struct sync s = {.o.ops = {.node = tree_stored, .ctx = ours}};
	struct sync_log l = {.edge = edge_at(ours, start)};
	struct package_view v;
	struct package p;
	size_t told = 0;

	package_make(&p, theirs, start, end);
	package_view(&v, &(struct log_nodes){&s, &l}, &p.e, p.c.size);
	for (uint64_t m = 0; m <= p.c.size; m += 1 + m % 7) {
		struct buf got = {0}, want = {0};

		if (evidence_put_nodes(package_span, &v, m, p.c.size, &got) == 0) {
			assert_int_equal(evidence_put_nodes(tree_span, theirs, m, p.c.size, &want), 0);
			assert_true(bytes_eq(buf_bytes(&got), buf_bytes(&want)));
			told++;
		}
		assert_true(got.n || m < start || m > end);
		buf_fini(&got);
		buf_fini(&want);
	}
	free(l.edge);
	return told;
}

static void test_what_a_package_tells(void **state)
{
	static const uint64_t n[] = {257, 300, 512, 700, 769, 1024, 1500};
	struct tree *ours = tree_new(TREE_MAX, UINT64_MAX);

	(void)state;
	for (size_t i = 0; i < sizeof(n) / sizeof(n[0]); i++) {
		/* another history from the first leaf on, from the second tile on, from the last on */
		const uint64_t forks[] = {0, 256, n[i] - 1};

		for (size_t k = 0; k < 3; k++) {
			struct tree *theirs = tree_new(n[i], forks[k]);
			uint64_t start = (n[i] - 1) / TILE_WIDTH * TILE_WIDTH;

			assert_true(nodes_told(ours, theirs, start, n[i]) > 0);
			assert_true(nodes_told(ours, theirs, 0, 256) > 0);
			free(theirs);
		}
	}
	free(ours);
}

static void test_bounds(void **state)
{
	static uint8_t large[ENTRY_MAX_BYTES + 1];
	struct tree *t = tree_new(600, UINT64_MAX);
	struct tile_edge *edge = edge_at(t, 250);
	struct hash leaf[TILE_WIDTH];
	struct package p;

	(void)state;
	package_make(&p, t, 250, 256);
	p.e.n_items = 7; /* over the tile's end */
	p.items[6] = p.items[5];
	assert_int_equal(package_verify(edge, &p.e, &p.c, leaf), IMS_E_RANGE);
	p.e.n_items = 0;
	assert_int_equal(package_verify(edge, &p.e, &p.c, leaf), IMS_E_RANGE);
	package_make(&p, t, 249, 256); /* not at the edge */
	assert_int_equal(package_verify(edge, &p.e, &p.c, leaf), IMS_E_RANGE);
	package_make(&p, t, 251, 256);
	assert_int_equal(package_verify(edge, &p.e, &p.c, leaf), IMS_E_RANGE);
	package_make(&p, t, 250, 256);
	p.c.size = 255; /* past the checkpoint */
	assert_int_equal(package_verify(edge, &p.e, &p.c, leaf), IMS_E_RANGE);
	package_make(&p, t, 250, 256);
	p.items[2].entry = BYTES_NONE;
	assert_int_equal(package_verify(edge, &p.e, &p.c, leaf), IMS_E_LIMIT);
	p.items[2].entry = BYTES(large, sizeof(large));
	assert_int_equal(package_verify(edge, &p.e, &p.c, leaf), IMS_E_LIMIT);
	free(edge);
	free(t);
}

/* ---- payloads */
static struct bytes entry_with(struct buf *b, int audience, struct bytes salt, struct bytes payload)
{
	struct entry en = {.origin = BYTES_LIT("ims.example/eu/1"),
			   .kind = BYTES_LIT("organisation"),
			   .record = BYTES_LIT("eu-o-1"),
			   .operation = ENTRY_PUT,
			   .audience = audience,
			   .has_commitment = salt.n > 0};
	const uint8_t domain = 2;

	crypto_sha256_parts((struct bytes[]){BYTES(&domain, 1), salt, payload}, 3, &en.commitment);
	buf_clear(b);
	assert_int_equal(entry_encode(&en, b), 0);
	return buf_bytes(b);
}

/* Three hundred times a: the frame of zstd. */
#define LETTERS "\x28\xb5\x2f\xfd\x60\x2c\0\x63\x09\0a"

/* What comes packed is judged by what it unpacks to, and stays packed beside it. */
static void expect_judged_packed(struct bytes entry, struct bytes salt, struct bytes packed, struct bytes payload,
				 int err)
{
	struct msg_item it = {.entry = entry, .state = MSG_PAYLOAD_HERE, .salt = salt, .packed = packed};
	struct bytes judged;
	struct arena a;

	arena_init(&a, PAYLOAD_MAX_BYTES);
	assert_int_equal(package_judge_payload(&it, true, &a, &judged), err);
	assert_true(bytes_eq(judged, err ? BYTES_NONE : payload));
	assert_true(err || (it.state == MSG_PAYLOAD_HERE && bytes_eq(it.packed, packed)));
	arena_fini(&a);
}

static void expect_judged(struct bytes entry, bool from_home, enum msg_payload_state said, struct bytes salt,
			  struct bytes payload, int err, enum msg_payload_state state)
{
	struct msg_item it = {.entry = entry, .state = said, .salt = salt, .payload = payload};

	struct bytes judged;
	struct arena a;

	arena_init(&a, PAYLOAD_MAX_BYTES);
	assert_int_equal(package_judge_payload(&it, from_home, &a, &judged), err);
	if (!err)
		assert_int_equal(it.state, state);
	assert_true(bytes_eq(judged, !err && state == MSG_PAYLOAD_HERE ? payload : BYTES_NONE));
	arena_fini(&a);
	if (!err && state == MSG_PAYLOAD_NONE)
		assert_int_equal(it.payload.n + it.salt.n, 0);
}

static void test_payloads(void **state)
{
	const struct bytes salt = BYTES_LIT("0123456789abcdef0123456789abcdef"),
			   payload = BYTES_LIT("what it says");
	struct buf b = {0};
	struct bytes e;

	(void)state;
	e = entry_with(&b, ENTRY_PUBLIC, salt, payload);
	expect_judged(e, true, MSG_PAYLOAD_HERE, salt, payload, 0, MSG_PAYLOAD_HERE);
	expect_judged(e, true, MSG_PAYLOAD_HERE, salt, BYTES_LIT("what it sayz"), IMS_E_COMMITMENT, 0);
	expect_judged(e, true, MSG_PAYLOAD_HERE, BYTES_LIT("0123456789abcdef0123456789abcdee"), payload,
		      IMS_E_COMMITMENT, 0);
	/* what all may see is wanted, whatever a peer says */
	expect_judged(e, true, MSG_PAYLOAD_NONE, BYTES_NONE, BYTES_NONE, 0, MSG_PAYLOAD_ABSENT);
	expect_judged(e, true, MSG_PAYLOAD_ABSENT, BYTES_NONE, BYTES_NONE, 0, MSG_PAYLOAD_ABSENT);
	expect_judged(e, true, MSG_PAYLOAD_NOT_FOR_YOU, BYTES_NONE, BYTES_NONE, 0, MSG_PAYLOAD_ABSENT);
	expect_judged(e, true, MSG_PAYLOAD_ERASED, BYTES_NONE, BYTES_NONE, 0, MSG_PAYLOAD_ABSENT);
	e = entry_with(&b, ENTRY_NAMED, salt, payload);
	expect_judged(e, true, MSG_PAYLOAD_NOT_FOR_YOU, BYTES_NONE, BYTES_NONE, 0, MSG_PAYLOAD_NOT_FOR_YOU);
	expect_judged(e, false, MSG_PAYLOAD_NOT_FOR_YOU, BYTES_NONE, BYTES_NONE, 0, MSG_PAYLOAD_ABSENT);
	expect_judged(e, true, MSG_PAYLOAD_ABSENT, BYTES_NONE, BYTES_NONE, 0, MSG_PAYLOAD_ABSENT);
	e = entry_with(&b, 9, salt, payload); /* an audience of the future */
	expect_judged(e, true, MSG_PAYLOAD_NOT_FOR_YOU, BYTES_NONE, BYTES_NONE, 0, MSG_PAYLOAD_NOT_FOR_YOU);
	e = entry_with(&b, ENTRY_PUBLIC, BYTES_NONE, BYTES_NONE);
	expect_judged(e, true, MSG_PAYLOAD_HERE, salt, payload, 0, MSG_PAYLOAD_NONE);
	expect_judged(BYTES_LIT("\xff"), true, MSG_PAYLOAD_HERE, salt, payload, 0, MSG_PAYLOAD_NONE); /* S3 */
	buf_fini(&b);
}

static void test_packed_payloads(void **state)
{
	const struct bytes salt = BYTES_LIT("0123456789abcdef0123456789abcdef");
	uint8_t letters[300];
	struct buf b = {0};
	struct bytes e, payload = BYTES(letters, sizeof(letters));

	(void)state;
	memset(letters, 'a', sizeof(letters));
	e = entry_with(&b, ENTRY_PUBLIC, salt, payload);
	expect_judged_packed(e, salt, BYTES_LIT(LETTERS), payload, 0);
	expect_judged_packed(e, BYTES_LIT("0123456789abcdef0123456789abcdee"), BYTES_LIT(LETTERS), payload,
			     IMS_E_COMMITMENT);
	expect_judged_packed(e, salt, BYTES_LIT("\x28\xb5\x2f\xfd\x60\x2c\0\x63\x09\0b"), payload, IMS_E_COMMITMENT);
	/* what is no packed form of anything is as what does not hash */
	expect_judged_packed(e, salt, BYTES_LIT(LETTERS "x"), payload, IMS_E_COMMITMENT);
	expect_judged_packed(e, salt, BYTES_LIT(LETTERS LETTERS), payload, IMS_E_COMMITMENT);
	expect_judged_packed(e, salt, BYTES_LIT("\x28\xb5\x2f\xfd\x60\x2c\0\x6b\x09\0a"), payload, IMS_E_COMMITMENT);
	expect_judged_packed(e, salt, payload, payload, IMS_E_COMMITMENT);
	/* the commitment is to what is unpacked, not to how it travels */
	e = entry_with(&b, ENTRY_PUBLIC, salt, BYTES_LIT(LETTERS));
	expect_judged_packed(e, salt, BYTES_LIT(LETTERS), payload, IMS_E_COMMITMENT);
	buf_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_small_sizes), cmocka_unit_test(test_around_tiles),
		cmocka_unit_test(test_conflict),    cmocka_unit_test(test_conflict_within_tile),
		cmocka_unit_test(test_what_a_package_tells),
		cmocka_unit_test(test_bounds),	    cmocka_unit_test(test_payloads),
		cmocka_unit_test(test_packed_payloads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
