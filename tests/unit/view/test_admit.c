/* SPDX-License-Identifier: Apache-2.0 */
/* Writes of one organisation that come from several sources (registry/fill.h), through commit. */
#include "unit/view/look.h"

#define FROM_CORDIS "{'name':'Taller','country':'DE','city':'Bonn','sources':[{'scheme':'cordis','id':'13'}]}"
#define FROM_NSF                                                                                             \
	"{'name':'Taller','short_name':'TLR','country':'DE','city':'Berlin','sources':[{'scheme':'nsf',"     \
	"'id':'A7'}]}"
#define FROM_BOTH                                                                                            \
	"{'header':{'operator':'anna'},'name':'Taller','short_name':'TLR','country':'DE','city':'Bonn',"     \
	"'sources':[{'scheme':'cordis','id':'13'},{'scheme':'nsf','id':'A7'}]}"

static struct commit_job *source_job(const char *json)
{
	struct commit_job *j = put_job("organisation", json, NULL);

	j->u.put.fill = true;
	return j;
}

static void expect_put(struct node *n, struct commit_job *j, const char *outcome, uint64_t revision)
{
	assert_int_equal(node_do(n, j), 0);
	assert_string_equal(j->u.put.ret_id, "eu-o-1");
	assert_string_equal(j->u.put.ret_outcome, outcome);
	assert_int_equal(j->u.put.ret_revision, revision);
	commit_job_free(j);
}

/* The payload of the own log's entry, as it is stored. */
static void expect_stored(struct node *n, uint64_t index, const char *json)
{
	struct store_txn *t = look_begin(n);
	struct ledger_reader r;
	struct ledger_item it;
	struct buf want = {0};
	struct arena a;

	payload_put("organisation", json, &want);
	assert_int_equal(ledger_read_open(t, FIXTURE_ORIGIN, &r), 0);
	arena_init(&a, LEDGER_ITEM_BYTES);
	assert_int_equal(ledger_read_item(&r, index, &a, &it), 0);
	assert_true(bytes_eq(it.payload, buf_bytes(&want)));
	arena_fini(&a);
	store_abort(t);
	buf_fini(&want);
}

/* Two importers that name the same organisation wrote it to and fro, a revision each time. */
static void a_second_source_and_the_first_again_are_unchanged(void **state)
{
	struct node *n = *state;

	assert_int_equal(node_start(n), 0);
	expect_put(n, source_job(FROM_CORDIS), "created", 1);
	expect_put(n, source_job(FROM_NSF), "updated", 2);
	for (int i = 0; i < 2; i++) {
		expect_put(n, source_job(FROM_CORDIS), "unchanged", 2);
		expect_put(n, source_job(FROM_NSF), "unchanged", 2);
		node_sync(n); /* and out of the database */
	}
	assert_int_equal(look_log(n, FIXTURE_ORIGIN, NULL), 2);
	expect_stored(n, 1, FROM_BOTH);
}

/* Whoever does not ask for it writes what he says. */
static void without_fill_a_put_replaces(void **state)
{
	struct node *n = *state;

	assert_int_equal(node_start(n), 0);
	expect_put(n, source_job(FROM_CORDIS), "created", 1);
	expect_put(n, put_job("organisation", FROM_NSF, NULL), "updated", 2);
	expect_put(n, put_job("organisation", FROM_CORDIS, NULL), "updated", 3);
	node_sync(n);
	assert_int_equal(look_log(n, FIXTURE_ORIGIN, NULL), 3);
}

/* A withdrawn record is not filled with what it was. */
static void what_was_withdrawn_is_not_filled(void **state)
{
	struct node *n = *state;
	struct commit_job *j;

	assert_int_equal(node_start(n), 0);
	expect_put(n, source_job(FROM_CORDIS), "created", 1);
	assert_int_equal(node_run(n, withdraw_job("eu-o-1")), 0);
	j = put_job("organisation", "{'name':'Taller','country':'DE'}", "eu-o-1");
	j->u.put.fill = true;
	expect_put(n, j, "updated", 3);
	node_sync(n);
	expect_stored(n, 2, "{'header':{'operator':'anna'},'name':'Taller','country':'DE'}");
}

/* An organisation with a city of some length and so many links, each like the other. */
static char *long_org(unsigned city_bytes, unsigned first_link, unsigned n_links)
{
	struct buf json = {0};
	char *ret;

	buf_printf(&json, "{'name':'Taller','country':'DE','city':'%.*s','links':[", (int)city_bytes,
		   "CityCityCityCityCityCityCityCityCityCityCityCityCityCityCityCityCityCityCityCity");
	for (unsigned i = 0; i < n_links; i++)
		buf_printf(&json, "%s{'rel':'homepage','url':'https://example.org/%0780u'}", i ? "," : "",
			   first_link + i);
	buf_put_text(&json, "]}");
	ret = mem_strdup(buf_text(&json));
	buf_fini(&json);
	return ret;
}

static size_t packed_bytes(const char *json)
{
	struct buf payload = {0};
	size_t n;

	payload_put("organisation", json, &payload);
	n = payload.n;
	buf_fini(&payload);
	return n;
}

/* Found by reading: the union was checked before its header was put in front, and one that just fitted
 * became an invalid record. */
static void a_union_fits_with_its_header_or_is_not_made(void **state)
{
	size_t max = kind_by_name(BYTES_LIT("organisation"))->max_bytes;
	struct node *n = *state;
	char *both = long_org(1, 0, 20), *first, *second;

	assert_in_range(packed_bytes(both), max - 70, max);
	first = long_org((unsigned)(max - packed_bytes(both)), 0, 10);
	second = long_org(1, 10, 10);
	assert_int_equal(node_start(n), 0);
	expect_put(n, source_job(first), "created", 1);
	expect_put(n, source_job(second), "updated", 2);
	node_sync(n);
	assert_string_equal(look_record(n, "eu-o-1"), "live 2");
	free(both);
	free(first);
	free(second);
}

/* ---- packed before the writer has it */
#define SIX_WORDS "an der Donau an der Donau "
#define LONG_CITY "Ulm " SIX_WORDS SIX_WORDS SIX_WORDS SIX_WORDS SIX_WORDS SIX_WORDS SIX_WORDS "an ihr"

/* The newest row of a payload ends with what the job brought? */
static bool row_ends_with(struct node *n, uint64_t index, struct bytes packed)
{
	struct store_txn *t = look_begin(n);
	struct store_key k;
	struct bytes v;
	bool ret;

	assert_int_equal(store_get(t, n->commit->own->payloads, store_key(&k, "L", index), &v), 0);
	ret = v.n >= packed.n && memcmp(v.p + v.n - packed.n, packed.p, packed.n) == 0;
	store_abort(t);
	return ret;
}

static void what_comes_packed_is_stored_so(void **state)
{
	struct node *n = *state;
	struct commit_job *j = org_job("Taller", LONG_CITY);

	assert_int_equal(node_start(n), 0);
	commit_put_pack(&j->u.put);
	assert_true(j->u.put.packed.n > 33 && j->u.put.packed.n < j->u.put.payload.n);
	assert_int_equal(node_do(n, j), 0);
	node_sync(n);
	assert_true(row_ends_with(n, 0, buf_bytes(&j->u.put.packed)));
	expect_stored(n, 0, "{'header':{'operator':'anna'},'name':'Taller','country':'DE','city':'" LONG_CITY "'}");
	commit_job_free(j);
}

/* What is sealed, or filled from what was there, is another payload than the one that came. */
static void what_becomes_of_it_is_not_what_came_packed(void **state)
{
	struct node *n = *state;
	struct commit_job *sealed = org_job("Taller", LONG_CITY), *filled = org_job("Taller", LONG_CITY);

	assert_int_equal(node_start(n), 0);
	commit_put_pack(&sealed->u.put);
	sealed->u.put.audience = ENTRY_NAMED; /* as its kind may say */
	sealed->u.put.named = mem_strdup("mx");
	assert_int_equal(node_do(n, sealed), 0);
	assert_int_equal(node_run(n, source_job(FROM_NSF)), 0);
	commit_put_pack(&filled->u.put);
	filled->u.put.fill = true;
	assert_int_equal(node_do(n, filled), 0);
	assert_string_equal(filled->u.put.ret_outcome, "unchanged");
	commit_job_free(filled);
	filled = source_job("{'name':'Taller','country':'DE','type':'sme',"
			    "'links':[{'rel':'homepage','url':'https://x.example/'}]}");
	commit_put_pack(&filled->u.put);
	assert_int_equal(filled->u.put.packed.n, 0);
	assert_int_equal(node_run(n, filled), 0);
	node_sync(n);
	assert_false(row_ends_with(n, 0, buf_bytes(&sealed->u.put.packed)));
	assert_int_equal(look_log(n, FIXTURE_ORIGIN, NULL), 3); /* each payload is what its entry commits to */
	commit_job_free(sealed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_second_source_and_the_first_again_are_unchanged, node_setup,
						node_teardown),
		cmocka_unit_test_setup_teardown(without_fill_a_put_replaces, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(what_was_withdrawn_is_not_filled, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(what_comes_packed_is_stored_so, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(what_becomes_of_it_is_not_what_came_packed, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(a_union_fits_with_its_header_or_is_not_made, node_setup,
						node_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
