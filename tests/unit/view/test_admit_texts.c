/* SPDX-License-Identifier: Apache-2.0 */
/* An agreement whose text is a document: what is signed is a hash, and it is that document's. */
#include "unit/view/acting.h"

#include "base/text.h"
#include "view/cites.h"

#define MX "ims.example/mx/1"
#define N_BYTES 200

static struct bytes content(uint8_t seed, struct hash *ret)
{
	static uint8_t b[4][N_BYTES];

	memset(b[seed], 'a' + seed, N_BYTES);
	crypto_sha256(BYTES(b[seed], N_BYTES), ret);
	return BYTES(b[seed], N_BYTES);
}

static const char *document(uint8_t seed)
{
	static char json[300];
	char hex[HEX_HASH_BYTES];
	struct hash h;

	content(seed, &h);
	snprintf(json, sizeof(json), "{'name':'moa.pdf','media_type':'application/pdf','bytes':%u,'sha256':'%s'}",
		 N_BYTES, hex_hash(&h, hex));
	return json;
}

static void upload(struct node *n, uint8_t seed)
{
	struct commit_job *j = commit_job_new(COMMIT_BLOB);
	struct bytes all = content(seed, &j->u.blob.sha256);

	j->u.blob.peer = mem_strdup("");
	j->u.blob.total = all.n;
	j->u.blob.data = BYTES(mem_dup(all.p, all.n), all.n);
	assert_int_equal(node_run(n, j), 0);
}

/* The next version, whose text is that document, of those bytes. */
static int draft_moa(struct node *n, unsigned version, const char *id, uint8_t seed)
{
	char hex[HEX_HASH_BYTES], *json;
	struct hash h;
	int err;

	content(seed, &h);
	json = mem_printf("{'initiative':'eu-i-1','version':%u,'title':[{'lang':'en','text':'MoA'}],'texts':[{'lang':"
			  "'en','document':'%s','sha256':'%s'}],'parties':[{'organisation':'eu-o-1','region':'eu'}]}",
			  version, id, hex_hash(&h, hex));
	err = put(n, "moa", json, version > 1 ? "eu-m-1" : NULL, 0);
	free(json);
	return err;
}

static struct named named(struct node *n, const char *id, uint8_t seed)
{
	struct store_txn *t;
	struct named d;
	struct hash h;

	node_sync(n);
	t = look_begin(n);
	content(seed, &h);
	assert_int_equal(cites_named(t, bytes_of(id), &h, &d), 0);
	store_abort(t);
	return d;
}

static struct node *begin_coached(void **state)
{
	struct node *n = begin(state);

	assert_int_equal(put(n, "initiative", draft, NULL, 0), 0);
	assert_int_equal(put(n, "organisation", "{'name':'A','country':'DE'}", NULL, 0), 0);
	assert_int_equal(put(n, "assignment", "{'initiative':'eu-i-1','coach':'anna','start':'2024-01-01'}", NULL, 0),
			 0);
	assert_int_equal(act(n, "eu-i-1", "submit", 0), 0);
	assert_int_equal(act(n, "eu-i-1", "coach", 0), 0);
	upload(n, 0);
	assert_int_equal(put(n, "document", document(0), NULL, 0), 0);
	return n;
}

static void test_the_hash_is_the_document_s(void **state)
{
	struct node *n = begin_coached(state);
	char hex[HEX_HASH_BYTES], *words;
	struct hash h;

	content(0, &h);
	words = mem_printf("/texts/0/sha256: not that of eu-b-1, which is %s\n", hex_hash(&h, hex));
	EXPECT_REFUSED(n, draft_moa(n, 1, "eu-b-1", 1), IMS_E_INVALID, words);
	free(words);
	EXPECT_REFUSED(n, draft_moa(n, 1, "eu-b-2", 0), IMS_E_INVALID,
		       "/texts/0/document: no such document is here (yet)\n");
	assert_int_equal(draft_moa(n, 1, "eu-b-1", 0), 0);
	/* the document becomes another one: so does what can be drafted, and what was signed is still told from it */
	upload(n, 1);
	assert_int_equal(put(n, "document", document(1), "eu-b-1", 0), 0);
	assert_int_equal(draft_moa(n, 2, "eu-b-1", 0), IMS_E_INVALID);
	assert_true(named(n, "eu-b-1", 0).is_once && !named(n, "eu-b-1", 0).is_now);
	assert_true(named(n, "eu-b-1", 0).bytes == NAMED_HERE);
	assert_true(named(n, "eu-b-1", 1).is_now && named(n, "eu-b-1", 1).bytes == NAMED_HERE);
	assert_true(!named(n, "eu-b-1", 2).is_once && named(n, "eu-b-1", 2).bytes == NAMED_NO_BYTES);
	assert_int_equal(draft_moa(n, 2, "eu-b-1", 1), 0);
	assert_int_equal(node_run(n, withdraw_job("eu-b-1")), 0);
	EXPECT_REFUSED(n, draft_moa(n, 3, "eu-b-1", 1), IMS_E_INVALID,
		       "/texts/0/document: the document is withdrawn\n");
	assert_true(named(n, "eu-b-1", 1).record == NAMED_WITHDRAWN && !named(n, "eu-b-1", 1).is_once);
	assert_true(named(n, "eu-o-1", 1).record == NAMED_NONE && named(n, "?", 1).record == NAMED_NONE);
}

/* Another region's, whose bytes are not here yet. */
static void test_bytes_that_are_to_come(void **state)
{
	struct node *n = begin_coached(state);
	struct foreign *f = foreign_new("mx");
	struct commit_job *j = commit_job_new(COMMIT_BLOB);
	struct bytes all = content(2, &j->u.blob.sha256);

	foreign_put_kind(f, foreign_entry(f, "document", "mx-b-1", 1), "document", document(2));
	foreign_put_kind(f, foreign_entry(f, "document", "mx-b-2", 1), "document", document(2));
	f->items[1].payload_state = LEDGER_PAYLOAD_WANTED;
	f->items[1].salt = f->items[1].payload = BYTES_NONE;
	foreign_give(n, f);
	EXPECT_REFUSED(n, draft_moa(n, 1, "mx-b-1", 2), IMS_E_INVALID,
		       "/texts/0/document: its bytes are not here yet: nobody could read here what is signed\n");
	EXPECT_REFUSED(n, draft_moa(n, 1, "mx-b-2", 2), IMS_E_INVALID,
		       "/texts/0/document: what the document's record says has not come yet, or breaks a rule\n");
	assert_true(named(n, "mx-b-1", 2).bytes == NAMED_WANTED);
	j->u.blob.origin = mem_strdup(MX);
	j->u.blob.peer = mem_strdup("us");
	j->u.blob.total = all.n;
	j->u.blob.data = BYTES(mem_dup(all.p, all.n), all.n);
	assert_int_equal(node_run(n, j), 0);
	assert_int_equal(draft_moa(n, 1, "mx-b-1", 2), 0);
	foreign_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_the_hash_is_the_document_s, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_bytes_that_are_to_come, node_setup, node_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
