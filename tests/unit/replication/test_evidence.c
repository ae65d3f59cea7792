/* SPDX-License-Identifier: Apache-2.0 */
/* Evidence by itself: what proves two histories with the roster alone, and what does not. */
#include "unit/replication/liar_log.h"

#include "replication/evidence.h"

struct fixture {
	struct arena arena;
	struct roster *roster;
	struct buf nodes;
};

static int setup(void **state)
{
	struct fixture *x = mem_new(struct fixture);

	arena_init(&x->arena, 256u << 20);
	x->roster = world_roster(WORLD, NULL);
	*state = x;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *x = *state;

	roster_unref(x->roster);
	buf_fini(&x->nodes);
	arena_fini(&x->arena);
	free(x);
	return 0;
}

static struct bytes head_of(struct liar_log *log, size_t n)
{
	size_t all = log->n;
	struct bytes note;

	log->n = n;
	note = liar_head(log, LIAR_MX, "mx/l1a");
	log->n = all;
	return note;
}

static int log_span(void *log, uint64_t lo, uint64_t hi, struct hash *ret)
{
	return merkle_subtree_root(liar_node, log, lo, hi, ret);
}

/* The larger tree's nodes, and a note of the smaller one. */
static struct evidence make(struct fixture *x, struct bytes smaller, uint64_t m, struct liar_log *larger)
{
	buf_clear(&x->nodes);
	assert_int_equal(evidence_put_nodes(log_span, larger, m, larger->n, &x->nodes), 0);
	return (struct evidence){smaller, head_of(larger, larger->n), buf_bytes(&x->nodes)};
}

static int judge(struct fixture *x, const struct evidence *e)
{
	struct evidence_verdict v;
	struct errtext why = {""};
	int err = evidence_verify(e, x->roster, &v, &why);

	assert_true(!err == !*why.text);
	return err;
}

static void one_size_and_two_roots(void **state)
{
	struct fixture *x = *state;
	struct liar_log *log = liar_log_new(&x->arena, 3, "true"), *fork = liar_log_new(&x->arena, 3, "else");
	struct bytes a = head_of(log, 3), b = head_of(fork, 3);
	const struct hash node = {{1}};

	assert_int_equal(judge(x, &(struct evidence){a, b, BYTES_NONE}), 0);
	assert_int_equal(judge(x, &(struct evidence){b, a, BYTES_NONE}), 0);
	assert_true(evidence_is_portable(&(struct evidence){a, b, BYTES_NONE}));
	assert_int_equal(judge(x, &(struct evidence){a, a, BYTES_NONE}), IMS_E_PROOF);
	assert_int_equal(judge(x, &(struct evidence){a, b, bytes_of_hash(&node)}), IMS_E_PROOF);
}

/* inv. 5: only what the log itself signed counts. */
static void others_words_are_no_evidence(void **state)
{
	struct fixture *x = *state;
	struct liar_log *log = liar_log_new(&x->arena, 3, "true"), *fork = liar_log_new(&x->arena, 3, "else");
	struct bytes a = head_of(log, 3);

	assert_int_equal(judge(x, &(struct evidence){a, liar_head(fork, LIAR_MX, "us/l1a"), BYTES_NONE}),
			 IMS_E_NO_KEY);
	assert_int_equal(judge(x, &(struct evidence){a, liar_head(fork, "ims.example/us/1", "us/l1a"), BYTES_NONE}),
			 IMS_E_ORIGIN);
	assert_int_equal(judge(x, &(struct evidence){a, BYTES_LIT("no note"), BYTES_NONE}), IMS_E_SYNTAX);
}

static const uint64_t sizes[] = {1, 2, 3, 4, 5, 7, 8, 9, 13, 16, 31, 64, 65, 100};
#define SIZES (sizeof(sizes) / sizeof(sizes[0]))

/* Of every two sizes: the nodes are what RFC 6962 says, and they prove a fork. */
static void two_sizes_prove_by_their_nodes(void **state)
{
	struct fixture *x = *state;
	struct liar_log *log = liar_log_new(&x->arena, 100, "true"), *fork = liar_log_new(&x->arena, 100, "else");
	struct merkle_proof proof;
	struct hash root;

	for (size_t i = 0; i < SIZES; i++)
		for (size_t k = i + 1; k < SIZES; k++) {
			struct evidence e;

			log->n = sizes[k];
			e = make(x, head_of(fork, sizes[i]), sizes[i], log);
			assert_int_equal(judge(x, &e), 0);
			assert_int_equal(merkle_subtree_root(liar_node, log, 0, sizes[i], &root), 0);
			assert_int_equal(merkle_prove_consistency(liar_node, log, sizes[i], sizes[k], &proof), 0);
			assert_int_equal(e.nodes.n, (1 + proof.n) * sizeof(root));
			assert_memory_equal(e.nodes.p, &root, sizeof(root));
			assert_memory_equal(e.nodes.p + sizeof(root), proof.hash, proof.n * sizeof(root));
			e = (struct evidence){e.note_b, e.note_a, e.nodes}; /* in any order */
			assert_int_equal(judge(x, &e), 0);
		}
}

/* A log that has only grown is not accused, whatever nodes come with its heads. */
static void one_history_is_no_evidence(void **state)
{
	struct fixture *x = *state;
	struct liar_log *log = liar_log_new(&x->arena, 13, "true"), *fork = liar_log_new(&x->arena, 13, "else");

	for (uint64_t m = 1; m < 13; m++) {
		struct evidence e = make(x, head_of(log, m), m, log);

		assert_int_equal(judge(x, &e), IMS_E_PROOF);
		e = make(x, head_of(log, m), m, fork);
		e.note_b = head_of(log, 13);
		assert_int_equal(judge(x, &e), IMS_E_PROOF);
	}
}

static void nodes_are_exact(void **state)
{
	struct fixture *x = *state;
	struct liar_log *log = liar_log_new(&x->arena, 13, "true"), *fork = liar_log_new(&x->arena, 13, "else");
	struct evidence e = make(x, head_of(fork, 6), 6, log);
	const struct evidence whole = e;

	for (size_t i = 0; i < x->nodes.n; i++) {
		x->nodes.p[i] ^= 1;
		assert_int_equal(judge(x, &e), IMS_E_PROOF);
		x->nodes.p[i] ^= 1;
	}
	for (e.nodes.n = 0; e.nodes.n < whole.nodes.n; e.nodes.n++)
		assert_int_equal(judge(x, &e), IMS_E_PROOF);
	buf_put(&x->nodes, BYTES(whole.nodes.p, sizeof(struct hash)));
	e.nodes = buf_bytes(&x->nodes);
	assert_int_equal(judge(x, &e), IMS_E_PROOF);
	e.nodes = BYTES_NONE;
	assert_false(evidence_is_portable(&e));
}

/* A head of size 0 has one root. */
static void the_empty_tree_has_one_root(void **state)
{
	struct fixture *x = *state;
	struct liar_log *log = liar_log_new(&x->arena, 3, "true");
	struct note_signer s = world_signer(BYTES_LIT("mx/l1a"), false);
	const struct hash wrong = {{7}};
	struct buf text = {0}, note = {0};
	struct evidence e;

	checkpoint_put(&text, BYTES_LIT(LIAR_MX), 0, &wrong);
	assert_int_equal(note_sign(buf_bytes(&text), &s, &note), 0);
	e = make(x, buf_bytes(&note), 0, log);
	assert_int_equal(judge(x, &e), 0);
	e.note_a = head_of(log, 0);
	assert_int_equal(judge(x, &e), IMS_E_PROOF);
	e = make(x, buf_bytes(&note), 0, log);
	x->nodes.p[0] ^= 1; /* any other node would be as different from the wrong root */
	assert_int_equal(judge(x, &e), IMS_E_PROOF);
	note_signer_fini(&s);
	buf_fini(&text);
	buf_fini(&note);
}

static void a_file_comes_back_whole(void **state)
{
	struct fixture *x = *state;
	struct liar_log *log = liar_log_new(&x->arena, 13, "true"), *fork = liar_log_new(&x->arena, 13, "else");
	struct evidence e = make(x, head_of(fork, 6), 6, log), got;
	struct buf file = {0}, nodes = {0};
	struct errtext why = {""};

	evidence_put_text(&e, &file);
	assert_true(evidence_is_file(buf_bytes(&file)));
	assert_int_equal(evidence_parse(buf_bytes(&file), &nodes, &got, &why), 0);
	assert_true(bytes_eq(got.note_a, e.note_a) && bytes_eq(got.note_b, e.note_b));
	assert_true(bytes_eq(got.nodes, e.nodes));
	assert_int_equal(judge(x, &got), 0);
	for (size_t n = 0; n < file.n; n++) {
		buf_clear(&nodes);
		assert_int_not_equal(evidence_parse(BYTES(file.p, n), &nodes, &got, &why), 0);
	}
	buf_put_text(&file, "\n");
	buf_clear(&nodes);
	assert_int_equal(evidence_parse(buf_bytes(&file), &nodes, &got, &why), IMS_E_SYNTAX);
	assert_int_equal(evidence_parse(BYTES_LIT("ims-evidence/2\n"), &nodes, &got, &why), IMS_E_UNSUPPORTED);
	buf_fini(&file);
	buf_fini(&nodes);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(one_size_and_two_roots),     T(others_words_are_no_evidence),
		T(two_sizes_prove_by_their_nodes), T(one_history_is_no_evidence),
		T(nodes_are_exact),	       T(the_empty_tree_has_one_root),
		T(a_file_comes_back_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
