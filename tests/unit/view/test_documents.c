/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes of documents and the records that cite them: which must be there first (inv. 3), which payloads cite,
 * in whatever order they come (inv. 7), and that the bytes go with the last of them.
 */
#include "unit/view/foreign.h"
#include "unit/view/look.h"

#include "base/text.h"
#include "ledger/blobs.h"
#include "registry/audience.h"
#include "view/cites.h"

#define MX "ims.example/mx/1"
#define DAY_MS (24 * 3600 * 1000ll)
#define N_BYTES 1000

struct bench {
	struct node *n;
	struct foreign *f;
};

static int setup(void **state)
{
	struct bench *b = mem_new(struct bench);
	void *n;

	node_setup(&n);
	b->n = n;
	b->f = foreign_new("mx");
	assert_int_equal(node_start(b->n), 0);
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;
	void *n = b->n;

	node_teardown(&n);
	foreign_free(b->f);
	free(b);
	return 0;
}

static struct bytes content(uint8_t seed, struct hash *ret)
{
	static uint8_t b[8][N_BYTES];

	memset(b[seed], seed + 'a', N_BYTES);
	crypto_sha256(BYTES(b[seed], N_BYTES), ret);
	return BYTES(b[seed], N_BYTES);
}

/* The record of those bytes, if there are so many. */
static const char *json_of(uint8_t seed, unsigned bytes)
{
	static char json[300];
	char hex[HEX_HASH_BYTES];
	struct hash h;

	content(seed, &h);
	snprintf(json, sizeof(json), "{'name':'a.txt','media_type':'text/plain','bytes':%u,'sha256':'%s'}",
		 bytes, hex_hash(&h, hex));
	return json;
}

/* Of a client (from NULL), or of a peer. */
static struct commit_job *blob_job(uint8_t seed, const char *from)
{
	struct commit_job *j = commit_job_new(COMMIT_BLOB);
	struct bytes all = content(seed, &j->u.blob.sha256);

	j->u.blob.origin = from ? mem_strdup(MX) : NULL;
	j->u.blob.peer = mem_strdup(from ? from : "");
	j->u.blob.total = all.n;
	j->u.blob.data = BYTES(mem_dup(all.p, all.n), all.n);
	return j;
}

static void upload(struct node *n, uint8_t seed)
{
	assert_int_equal(node_run(n, blob_job(seed, NULL)), 0);
}

/* Of a log. */
static struct blob_ref ref_of(struct store_txn *t, const char *origin, uint8_t seed)
{
	struct ledger_reader r = {0};
	struct blob_ref of;
	int err = ledger_read_open(t, origin, &r);

	assert_true(err == 0 || err == IMS_E_NOT_FOUND);
	of.slot = r.slot;
	content(seed, &of.sha256);
	return of;
}

/* "here", "wanted", "uploaded", "none". */
static const char *state_in(struct node *n, const char *origin, uint8_t seed)
{
	struct store_txn *t;
	struct blob_ref of;
	struct blob b;
	int err;

	node_sync(n);
	t = look_begin(n);
	of = ref_of(t, origin, seed);
	err = blob_find(t, &of, &b);
	store_abort(t);
	return err ? "none" : b.state == BLOB_HERE ? "here" : b.state == BLOB_WANTED ? "wanted" : "uploaded";
}

static const char *state_of(struct node *n, uint8_t seed)
{
	const char *own = state_in(n, FIXTURE_ORIGIN, seed), *mx = state_in(n, MX, seed);

	assert_true(strcmp(own, "none") == 0 || strcmp(mx, "none") == 0);
	return strcmp(own, "none") == 0 ? mx : own;
}

static size_t n_cites(struct node *n, const char *origin, uint8_t seed)
{
	struct store_txn *t = look_begin(n);
	struct blob_ref of = ref_of(t, origin, seed);
	uint64_t c[8];
	size_t k = cites_of(t, &of, c, 8);

	store_abort(t);
	return k;
}

static void test_bytes_before_the_record(void **state)
{
	struct node *n = ((struct bench *)*state)->n;
	struct commit_job *both[2];

	assert_int_equal(node_run(n, put_job("document", json_of(0, N_BYTES), NULL)), IMS_E_MISSING);
	upload(n, 0);
	assert_string_equal(state_of(n, 0), "uploaded");
	assert_int_equal(node_run(n, put_job("document", json_of(0, N_BYTES + 1), NULL)), IMS_E_INVALID);
	assert_int_equal(node_run(n, put_job("document", json_of(0, N_BYTES), NULL)), 0);
	assert_string_equal(state_of(n, 0), "here");
	/* in one turn the record would be durable before its bytes are */
	both[0] = blob_job(1, NULL);
	both[1] = put_job("document", json_of(1, N_BYTES), NULL);
	commit_run(n->commit, both, 2);
	assert_true(both[0]->err == 0 && both[1]->err == IMS_E_AGAIN);
	commit_job_free(both[0]);
	commit_job_free(both[1]);
	assert_int_equal(node_run(n, put_job("document", json_of(1, N_BYTES), NULL)), 0);
	/* a node that starts again has both */
	node_stop(n);
	assert_int_equal(node_start(n), 0);
	assert_string_equal(state_of(n, 1), "here");
}

static void test_withdrawn(void **state)
{
	struct node *n = ((struct bench *)*state)->n;

	upload(n, 0);
	assert_int_equal(node_run(n, put_job("document", json_of(0, N_BYTES), NULL)), 0);
	assert_int_equal(node_run(n, withdraw_job("eu-b-1")), 0);
	assert_string_equal(state_of(n, 0), "none");
	assert_int_equal(n_cites(n, FIXTURE_ORIGIN, 0), 0);
	assert_int_equal(node_run(n, put_job("document", json_of(0, N_BYTES), "eu-b-1")), IMS_E_MISSING);
	upload(n, 0);
	assert_int_equal(node_run(n, put_job("document", json_of(0, N_BYTES), "eu-b-1")), 0);
	assert_string_equal(state_of(n, 0), "here");
}

static struct ledger_item *foreign_document(struct foreign *f, const char *id, uint64_t revision,
					    uint8_t seed)
{
	return foreign_put_kind(f, foreign_entry(f, "document", id, revision), "document",
				json_of(seed, N_BYTES));
}

static void foreign_withdraw(struct foreign *f, const char *id, uint64_t revision)
{
	struct entry en = foreign_entry(f, "document", id, revision);

	en.operation = ENTRY_WITHDRAW;
	foreign_add(f, en, NULL);
}

/* Two records and two revisions of one: what was said under the first one stays readable. */
static void test_gone_with_the_last(void **state)
{
	struct bench *b = *state;

	foreign_document(b->f, "mx-b-1", 1, 0);
	foreign_document(b->f, "mx-b-1", 2, 1);
	foreign_document(b->f, "mx-b-2", 1, 0);
	foreign_give(b->n, b->f);
	assert_string_equal(state_of(b->n, 0), "wanted");
	assert_string_equal(state_of(b->n, 1), "wanted");
	assert_int_equal(n_cites(b->n, MX, 0), 2);
	assert_int_equal(node_run(b->n, blob_job(0, "us")), 0);
	assert_int_equal(node_run(b->n, blob_job(1, "us")), 0);
	assert_string_equal(state_of(b->n, 0), "here");
	assert_int_equal(look_journal(b->n, "document").n, 2);
	foreign_withdraw(b->f, "mx-b-1", 3);
	assert_int_equal(node_run(b->n, foreign_job(b->f, COMMIT_PACKAGE, 3, 4, false)), 0);
	assert_string_equal(state_of(b->n, 0), "here");
	assert_string_equal(state_of(b->n, 1), "none");
	foreign_withdraw(b->f, "mx-b-2", 2);
	assert_int_equal(node_run(b->n, foreign_job(b->f, COMMIT_PACKAGE, 4, 5, false)), 0);
	assert_string_equal(state_of(b->n, 0), "none");
	assert_int_equal(look_count(b->n, TABLE_CITES), 2); /* that they were withdrawn */
	assert_int_equal(look_count(b->n, TABLE_PARTS), 0);
}

/* Payloads that come late: of a revision that another has followed, and of one that was withdrawn since. */
static void test_payloads_that_come_late(void **state)
{
	struct bench *b = *state;
	struct foreign *f = b->f;
	const uint64_t late[] = {0, 2, 5};
	struct ledger_item kept[3];

	foreign_document(f, "mx-b-1", 1, 0);
	foreign_document(f, "mx-b-1", 2, 1);
	foreign_document(f, "mx-b-2", 1, 2);
	foreign_withdraw(f, "mx-b-2", 2);
	foreign_document(f, "mx-b-2", 3, 3);
	foreign_document(f, "mx-b-3", 1, 4);
	for (size_t i = 0; i < 3; i++) {
		kept[i] = f->items[late[i]];
		f->items[late[i]].payload_state = LEDGER_PAYLOAD_WANTED;
		f->items[late[i]].salt = f->items[late[i]].payload = BYTES_NONE;
	}
	foreign_give(b->n, f);
	assert_int_equal(n_cites(b->n, MX, 0) + n_cites(b->n, MX, 2) + n_cites(b->n, MX, 4), 0);
	for (size_t i = 0; i < 3; i++) {
		f->items[late[i]] = kept[i];
		assert_int_equal(node_run(b->n, foreign_job(f, COMMIT_PAYLOADS, late[i], late[i] + 1, false)),
				 0);
	}
	assert_string_equal(state_of(b->n, 0), "wanted");
	assert_string_equal(state_of(b->n, 1), "wanted");
	assert_string_equal(state_of(b->n, 2), "none");
	assert_string_equal(state_of(b->n, 3), "wanted");
	assert_string_equal(state_of(b->n, 4), "wanted");
	/* and a rebuild, which meets all of them in order, says the same */
	assert_int_equal(node_run(b->n, blob_job(1, "us")), 0);
	assert_int_equal(node_run(b->n, commit_job_new(COMMIT_REBUILD)), 0);
	assert_string_equal(state_of(b->n, 0), "wanted");
	assert_string_equal(state_of(b->n, 1), "here");
	assert_string_equal(state_of(b->n, 2), "none");
	assert_string_equal(state_of(b->n, 4), "wanted");
}

/* One for this region cites, one whose payload is not here does not; what a region may not write has no
 * effect. */
static void test_sealed_and_inadmissible(void **state)
{
	struct bench *b = *state;
	struct buf inner = {0}, sealed = {0};
	struct entry en;
	struct bytes payload;

	for (uint8_t seed = 0; seed < 2; seed++) {
		buf_clear(&inner);
		buf_clear(&sealed);
		payload_put("document", json_of(seed, N_BYTES), &inner);
		assert_int_equal(registry_seal(BYTES_LIT("ana"), BYTES_LIT("eu"), BYTES_LIT("document"),
					       buf_bytes(&inner), &sealed),
				 0);
		payload = buf_bytes(&sealed);
		en = foreign_entry(b->f, SEALED_KIND, seed ? "mx-x-7" : "mx-x-8", 0);
		en.audience = ENTRY_NAMED;
		foreign_add(b->f, en, &payload);
	}
	b->f->items[1].payload_state = LEDGER_PAYLOAD_NOT_FOR_ME;
	b->f->items[1].salt = b->f->items[1].payload = BYTES_NONE;
	foreign_document(b->f, "us-b-1", 1, 2); /* not mx's */
	foreign_document(b->f, "mx-b-1", 2, 3); /* no such revision */
	foreign_put_kind(b->f, foreign_entry(b->f, "document", "mx-b-2", 1), "document", "{'name':'a'}");
	foreign_give(b->n, b->f);
	assert_string_equal(state_of(b->n, 0), "wanted");
	for (uint8_t seed = 1; seed < 4; seed++)
		assert_string_equal(state_of(b->n, seed), "none");
	assert_int_equal(look_count(b->n, TABLE_CITES), 2);
	buf_fini(&inner);
	buf_fini(&sealed);
}

/* What another region's document says of the same bytes brings neither of them the other's. */
static void test_each_log_by_itself(void **state)
{
	struct bench *b = *state;

	upload(b->n, 0);
	foreign_document(b->f, "mx-b-1", 1, 0);
	foreign_give(b->n, b->f);
	assert_string_equal(state_in(b->n, FIXTURE_ORIGIN, 0), "uploaded");
	assert_string_equal(state_in(b->n, MX, 0), "wanted");
	assert_int_equal(node_run(b->n, put_job("document", json_of(0, N_BYTES), NULL)), 0);
	assert_string_equal(state_in(b->n, FIXTURE_ORIGIN, 0), "here");
	assert_string_equal(state_in(b->n, MX, 0), "wanted");
	assert_int_equal(node_run(b->n, withdraw_job("eu-b-1")), 0);
	assert_string_equal(state_of(b->n, 0), "wanted");
	assert_int_equal(node_run(b->n, blob_job(0, "us")), 0);
	assert_string_equal(state_in(b->n, MX, 0), "here");
	/* and what is here of mx's is not what a record of ours needs */
	assert_int_equal(node_run(b->n, put_job("document", json_of(0, N_BYTES), NULL)), IMS_E_MISSING);
}

/* Folding all again meets a withdrawal before what has cited the same bytes since: they stay, and what nothing
 * cites any more in the end waits to be swept. */
static void test_rebuild_keeps_bytes(void **state)
{
	struct bench *b = *state;
	struct node *n = b->n;

	upload(n, 0);
	assert_int_equal(node_run(n, put_job("document", json_of(0, N_BYTES), NULL)), 0);
	assert_int_equal(node_run(n, withdraw_job("eu-b-1")), 0);
	upload(n, 0);
	assert_int_equal(node_run(n, put_job("document", json_of(0, N_BYTES), "eu-b-1")), 0);
	foreign_document(b->f, "mx-b-1", 1, 1);
	foreign_withdraw(b->f, "mx-b-1", 2);
	foreign_document(b->f, "mx-b-2", 1, 1);
	foreign_give(n, b->f);
	assert_int_equal(node_run(n, blob_job(1, "us")), 0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(node_run(n, commit_job_new(COMMIT_REBUILD)), 0);
		assert_string_equal(state_of(n, 0), "here");
		assert_string_equal(state_of(n, 1), "here");
		assert_true(n_cites(n, FIXTURE_ORIGIN, 0) == 1 && n_cites(n, MX, 1) == 1);
		node_advance(n, 2 * DAY_MS);
		commit_tick(n->commit);
	}
	foreign_withdraw(b->f, "mx-b-2", 2);
	assert_int_equal(node_run(n, foreign_job(b->f, COMMIT_PACKAGE, 3, 4, false)), 0);
	assert_string_equal(state_of(n, 1), "none");
	assert_int_equal(node_run(n, commit_job_new(COMMIT_REBUILD)), 0);
	assert_string_equal(state_of(n, 1), "none");
	assert_string_equal(state_of(n, 0), "here");
}

static int begin_upload(struct node *n, uint32_t number, uint64_t total)
{
	struct commit_job *j = commit_job_new(COMMIT_BLOB);
	uint8_t *part = mem_zalloc(BLOB_PART_BYTES);

	be32_put(j->u.blob.sha256.b, number);
	j->u.blob.peer = mem_strdup("");
	j->u.blob.total = total;
	j->u.blob.data = BYTES(part, BLOB_PART_BYTES);
	return node_run(n, j);
}

/* Uploads that were begun are bounded by what they say is to come, also if one says more the second time. */
static void test_uploads_are_bounded(void **state)
{
	struct node *n = ((struct bench *)*state)->n;
	uint32_t k = 0;

	assert_int_equal(begin_upload(n, 0, BLOB_MAX_BYTES + 1), IMS_E_LIMIT);
	while (k < 15)
		assert_int_equal(begin_upload(n, k++, BLOB_MAX_BYTES), 0);
	assert_int_equal(begin_upload(n, k, BLOB_MAX_BYTES / 2), 0);
	assert_int_equal(begin_upload(n, k + 1, BLOB_MAX_BYTES), IMS_E_LIMIT);
	assert_int_equal(begin_upload(n, k, BLOB_MAX_BYTES), 0);
	assert_int_equal(begin_upload(n, k + 1, 2 * BLOB_PART_BYTES), IMS_E_LIMIT);
	assert_int_equal(begin_upload(n, 0, BLOB_MAX_BYTES / 2), 0);
	assert_int_equal(begin_upload(n, k + 1, BLOB_MAX_BYTES / 2), 0);
	assert_int_equal(begin_upload(n, 0, BLOB_MAX_BYTES), IMS_E_LIMIT);
}

/* What no record names goes after a day; who asks may have it before. */
static void test_uploads_that_nobody_cites(void **state)
{
	struct node *n = ((struct bench *)*state)->n;

	upload(n, 0);
	node_advance(n, DAY_MS / 2);
	upload(n, 1);
	commit_tick(n->commit);
	assert_string_equal(state_of(n, 0), "uploaded");
	node_advance(n, DAY_MS / 2 + 60000);
	commit_tick(n->commit);
	assert_string_equal(state_of(n, 0), "none");
	assert_string_equal(state_of(n, 1), "uploaded");
}

/* Wrong bytes are no document, and of a peer they are journalled as such. */
static void test_wrong_bytes(void **state)
{
	struct bench *b = *state;
	struct commit_job *j = blob_job(0, "us");

	foreign_document(b->f, "mx-b-1", 1, 0);
	foreign_give(b->n, b->f);
	*(uint8_t *)(uintptr_t)j->u.blob.data.p ^= 1;
	assert_int_equal(node_do(b->n, j), 0);
	assert_true(j->u.blob.ret_outcome == BLOB_WRONG && !j->u.blob.ret_mixed);
	commit_job_free(j);
	assert_string_equal(state_of(b->n, 0), "wanted");
	assert_int_equal(look_journal(b->n, "document").outcome, -IMS_E_HASH);
	assert_int_equal(node_run(b->n, blob_job(0, "us")), 0);
	assert_string_equal(state_of(b->n, 0), "here");
	assert_int_equal(node_run(b->n, blob_job(5, "us")), IMS_E_NOT_FOUND); /* that nobody wants */
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(test_bytes_before_the_record),
		CASE(test_withdrawn),
		CASE(test_gone_with_the_last),
		CASE(test_payloads_that_come_late),
		CASE(test_sealed_and_inadmissible),
		CASE(test_each_log_by_itself),
		CASE(test_rebuild_keeps_bytes),
		CASE(test_uploads_are_bounded),
		CASE(test_uploads_that_nobody_cites),
		CASE(test_wrong_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
