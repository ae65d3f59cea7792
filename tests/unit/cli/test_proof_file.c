/* SPDX-License-Identifier: Apache-2.0 */
/* Proof files without a node: a small tree, its checkpoint, and everything that can be wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/text.h"
#include "cli/proof_file.h"

#define SIZE 7
#define INDEX 4

struct fixture {
	struct hash leaf[SIZE];
	struct note_signer signer;
	struct buf note, file;
};

static int node_at(void *ctx, unsigned level, uint64_t index, struct hash *ret)
{
	struct fixture *x = ctx;
	struct hash left, right;

	if (level == 0) {
		*ret = x->leaf[index];
		return 0;
	}
	(void)!node_at(x, level - 1, 2 * index, &left);
	(void)!node_at(x, level - 1, 2 * index + 1, &right);
	merkle_node(&left, &right, ret);
	return 0;
}

static void setup_tree(struct fixture *x)
{
	static const uint8_t seed[SIGN_SEED_BYTES] = {7};
	struct merkle_proof p;
	struct hash left, right, root;
	struct buf text = {0};
	char b64[BASE64_BYTES(32)];

	*x = (struct fixture){0};
	for (uint8_t i = 0; i < SIZE; i++)
		merkle_leaf(BYTES(&i, 1), &x->leaf[i]);
	assert_int_equal(merkle_subtree_root(node_at, x, 0, 4, &left), 0);
	assert_int_equal(merkle_subtree_root(node_at, x, 4, SIZE, &right), 0);
	merkle_node(&left, &right, &root);
	assert_int_equal(note_signer_from_seed("ims.example/eu/1", NOTE_KEY_ED25519, seed, &x->signer), 0);
	checkpoint_put(&text, BYTES_LIT("ims.example/eu/1"), SIZE, &root);
	assert_int_equal(note_sign(buf_bytes(&text), &x->signer, &x->note), 0);
	buf_fini(&text);
	assert_int_equal(merkle_prove_inclusion(node_at, x, INDEX, SIZE, &p), 0);
	buf_printf(&x->file, "c2sp.org/tlog-proof@v1\nindex %d\n", INDEX);
	for (size_t i = 0; i < p.n; i++)
		buf_printf(&x->file, "%s\n", base64_put(b64, bytes_of_hash(&p.hash[i])));
	buf_put_text(&x->file, "\n");
	buf_put(&x->file, buf_bytes(&x->note));
}

static void teardown_tree(struct fixture *x)
{
	note_signer_fini(&x->signer);
	buf_fini(&x->note);
	buf_fini(&x->file);
}

static int verify(struct fixture *x, const struct hash *leaf, const struct note_vkey *vkey)
{
	struct proof_trust trust = {.vkeys = vkey, .n_vkeys = 1};
	struct proof_verdict v = {0};
	struct proof_file p;
	struct errtext e;
	int err = proof_file_parse(buf_bytes(&x->file), &p, &e);

	if (err == 0)
		err = proof_file_verify(&p, leaf, &trust, &v, &e);
	if (err == 0) {
		assert_string_equal(v.signed_by, "ims.example/eu/1");
		assert_int_equal(v.checkpoint.size, SIZE);
	}
	buf_fini(&v.cosigners);
	return err;
}

static void a_good_proof_verifies(void **state)
{
	struct fixture x;

	(void)state;
	setup_tree(&x);
	assert_int_equal(verify(&x, &x.leaf[INDEX], &x.signer.vkey), 0);
	teardown_tree(&x);
}

static void another_leaf_or_key_does_not(void **state)
{
	static const uint8_t seed[SIGN_SEED_BYTES] = {8};
	struct note_signer other;
	struct fixture x;

	(void)state;
	setup_tree(&x);
	assert_int_equal(verify(&x, &x.leaf[0], &x.signer.vkey), IMS_E_PROOF);
	assert_int_equal(note_signer_from_seed("ims.example/eu/1", NOTE_KEY_ED25519, seed, &other), 0);
	assert_int_equal(verify(&x, &x.leaf[INDEX], &other.vkey), IMS_E_NO_KEY);
	note_signer_fini(&other);
	teardown_tree(&x);
}

/* Any one changed byte is noticed: as another form, or as what does not verify. */
static void no_byte_can_change(void **state)
{
	struct fixture x;

	(void)state;
	setup_tree(&x);
	for (size_t i = 0; i < x.file.n; i++) {
		x.file.p[i] ^= 1;
		assert_int_not_equal(verify(&x, &x.leaf[INDEX], &x.signer.vkey), 0);
		x.file.p[i] ^= 1;
	}
	for (size_t n = x.file.n - 2; n > 0; n--) {
		x.file.n = n;
		assert_int_not_equal(verify(&x, &x.leaf[INDEX], &x.signer.vkey), 0);
	}
	teardown_tree(&x);
}

static void the_form_is_strict(void **state)
{
	static const struct {
		const char *text;
		int err;
	} cases[] = {
		{"", IMS_E_UNSUPPORTED},
		{"c2sp.org/tlog-proof@v2\nindex 0\n\nx\n", IMS_E_UNSUPPORTED},
		{"c2sp.org/tlog-proof@v1\n", IMS_E_SYNTAX},
		{"c2sp.org/tlog-proof@v1\nextra aGk=\n", IMS_E_SYNTAX},
		{"c2sp.org/tlog-proof@v1\nindex 01\n\nx\n", IMS_E_SYNTAX},
		{"c2sp.org/tlog-proof@v1\nindex 0\nAAAA\n\nx\n", IMS_E_SYNTAX},
		{"c2sp.org/tlog-proof@v1\nindex 0\n", IMS_E_SYNTAX},
		{"c2sp.org/tlog-proof@v1\nindex 0\n\n", IMS_E_SYNTAX},
		{"c2sp.org/tlog-proof@v1\nextra aGk=\nindex 5\n\nx\n", 0},
	};
	struct proof_file p;
	struct errtext e;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(proof_file_parse(bytes_of(cases[i].text), &p, &e), cases[i].err);
	assert_int_equal(p.index, 5);
}

static void too_many_hashes_are_refused(void **state)
{
	struct buf b = {0};
	struct merkle_proof p;
	struct errtext e;

	(void)state;
	for (int i = 0; i < MERKLE_PROOF_MAX; i++)
		buf_put_text(&b, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n");
	assert_int_equal(proof_hashes_parse(buf_bytes(&b), &p, &e), 0);
	assert_int_equal(p.n, MERKLE_PROOF_MAX);
	buf_put_text(&b, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n");
	assert_int_equal(proof_hashes_parse(buf_bytes(&b), &p, &e), IMS_E_TOO_MANY);
	buf_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_proof_verifies),       cmocka_unit_test(another_leaf_or_key_does_not),
		cmocka_unit_test(no_byte_can_change),	       cmocka_unit_test(the_form_is_strict),
		cmocka_unit_test(too_many_hashes_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
