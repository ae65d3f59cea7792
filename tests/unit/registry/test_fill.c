/* SPDX-License-Identifier: Apache-2.0 */
/* Filling a record from a second source. */
#include "unit/registry/payload.h"

#include "registry/fill.h"

#define FROM_CORDIS                                                                                          \
	"{'name':'Taller','country':'MX','city':'Leon','links':[{'rel':'homepage','url':'https://t.example/" \
	"'}"                                                                                                 \
	"],'sources':[{'scheme':'cordis','id':'13'}]}"
#define FROM_NSF                                                                                             \
	"{'name':'TALLER','short_name':'TLR','country':'MX','city':'Mexico "                                 \
	"City','links':[{'rel':'homepage',"                                                                  \
	"'url':'https://t.example/'},{'rel':'map','url':'https://m.example/'}],'sources':[{'scheme':'nsf',"  \
	"'id':'A7'}]}"
#define FROM_BOTH                                                                                            \
	"{'name':'Taller','short_name':'TLR','country':'MX','city':'Leon','links':[{'rel':'homepage',"       \
	"'url':'https://t.example/'},{'rel':'map','url':'https://m.example/"                                 \
	"'}],'sources':[{'scheme':'cordis',"                                                                 \
	"'id':'13'},{'scheme':'nsf','id':'A7'}]}"

/* have := have filled from what is offered. */
static void fill(const char *kind, struct buf *have, const char *offered_json)
{
	struct buf offered = {0}, out = {0};
	struct arena a;

	payload_put(kind, offered_json, &offered);
	arena_init(&a, PAYLOAD_ARENA_BYTES);
	assert_int_equal(
		registry_fill(kind_by_name(bytes_of(kind)), buf_bytes(have), buf_bytes(&offered), &a, &out),
		0);
	buf_clear(have);
	buf_put(have, buf_bytes(&out));
	arena_fini(&a);
	buf_fini(&offered);
	buf_fini(&out);
}

static void expect_payload(const char *kind, const struct buf *have, const char *json)
{
	struct buf want = {0};

	payload_put(kind, json, &want);
	assert_true(bytes_eq(buf_bytes(have), buf_bytes(&want)));
	buf_fini(&want);
}

static void expect_filled(const char *kind, const char *have_json, const char *offered, const char *want)
{
	struct buf have = {0};

	payload_put(kind, have_json, &have);
	fill(kind, &have, offered);
	expect_payload(kind, &have, want);
	buf_fini(&have);
}

static void what_is_there_stays(void **state)
{
	(void)state;
	expect_filled("organisation", FROM_CORDIS, "{'name':'Other','country':'US','city':'Reno'}",
		      FROM_CORDIS);
	expect_filled("initiative",
		      "{'state':'draft','budget_hundredths':1,'source':{'scheme':'cordis','id':'1'}}",
		      "{'state':'active','budget_hundredths':2,'source':{'scheme':'nsf','id':'2'}}",
		      "{'state':'draft','budget_hundredths':1,'source':{'scheme':'cordis','id':'1'}}");
}

/* Texts, numbers, messages. */
static void what_is_empty_is_taken(void **state)
{
	(void)state;
	expect_filled("organisation", "{'name':'A'}", FROM_NSF,
		      "{'name':'A','short_name':'TLR','country':'MX','city':'Mexico City','links':[{'rel':"
		      "'homepage','url':'https://t.example/'},{'rel':'map','url':'https://m.example/'}],"
		      "'sources':[{'scheme':'nsf','id':'A7'}]}");
	expect_filled("initiative", "{'state':'draft'}",
		      "{'budget_hundredths':5,'currency':'EUR','source':{'scheme':'nsf','id':'2'}}",
		      "{'state':'draft','budget_hundredths':5,'currency':'EUR','source':{'scheme':'nsf',"
		      "'id':'2'}}");
}

/* Of messages and of texts, in order of appearance, each once. */
static void lists_are_united(void **state)
{
	(void)state;
	expect_filled("organisation", FROM_CORDIS, FROM_NSF, FROM_BOTH);
	expect_filled("initiative", "{'keywords':['b','a']}", "{'keywords':['c','a','c','d']}",
		      "{'keywords':['b','a','c','d']}");
}

/* The header says who acted, which is not the record's. */
static void headers_are_left_out(void **state)
{
	(void)state;
	expect_filled("organisation", "{'header':{'operator':'anna'},'name':'A'}",
		      "{'header':{'operator':'otto','named':['mx']},'name':'B'}", "{'name':'A'}");
	expect_filled("organisation", "{'name':'A'}", "{'header':{'operator':'otto'}}", "{'name':'A'}");
}

/* Each import of a second source wrote all its organisations anew, and the next of the first did it back. */
static void sources_that_come_back_change_nothing(void **state)
{
	static const char *const again[] = {FROM_NSF, FROM_CORDIS, FROM_CORDIS, FROM_NSF, FROM_BOTH, "{}"};
	struct buf have = {0};

	(void)state;
	payload_put("organisation", FROM_CORDIS, &have);
	fill("organisation", &have, FROM_NSF);
	for (size_t i = 0; i < sizeof(again) / sizeof(again[0]); i++) {
		fill("organisation", &have, again[i]);
		expect_payload("organisation", &have, FROM_BOTH);
	}
	buf_fini(&have);
}

static void what_does_not_parse_is_an_error(void **state)
{
	const struct kind *k = kind_by_name(BYTES_LIT("organisation"));
	struct buf out = {0}, good = {0};
	struct arena a;

	(void)state;
	payload_put("organisation", FROM_NSF, &good);
	arena_init(&a, PAYLOAD_ARENA_BYTES);
	assert_true(registry_fill(k, BYTES_LIT("\x12\x7f"), buf_bytes(&good), &a, &out) < 0);
	assert_true(registry_fill(k, buf_bytes(&good), BYTES_LIT("\x12\x7f"), &a, &out) < 0);
	assert_int_equal(out.n, 0);
	arena_fini(&a);
	buf_fini(&good);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_there_stays),
		cmocka_unit_test(what_is_empty_is_taken),
		cmocka_unit_test(lists_are_united),
		cmocka_unit_test(headers_are_left_out),
		cmocka_unit_test(sources_that_come_back_change_nothing),
		cmocka_unit_test(what_does_not_parse_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
