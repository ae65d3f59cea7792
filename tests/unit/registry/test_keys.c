/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/registry/payload.h"

/* Keys as lines "name=value". */
static void expect_keys(const char *kind, const char *json, const char *want)
{
	const struct registry_key *natural;
	struct registry_keys keys;
	struct buf payload, got;
	struct arena a;

	buf_init(&payload, 0);
	buf_init(&got, 0);
	arena_init(&a, PAYLOAD_ARENA_BYTES);
	payload_put(kind, json, &payload);
	assert_int_equal(registry_keys_of(kind_by_name(bytes_of(kind)), buf_bytes(&payload), &a, &keys), 0);
	for (size_t i = 0; i < keys.n; i++)
		buf_printf(&got, "%s=%.*s\n", keys.key[i].name, (int)keys.key[i].value.n,
			   (const char *)keys.key[i].value.p);
	assert_string_equal(buf_text(&got), want);
	natural = registry_natural_key(&keys);
	assert_int_equal(natural != NULL, strncmp(want, "natural", 7) == 0);
	assert_true(!natural || natural == keys.key);
	arena_fini(&a);
	buf_fini(&got);
	buf_fini(&payload);
}

static void test_keys(void **state)
{
	(void)state;
	expect_keys("organisation", "{'name':'  Universit\xc3\x89  DE\\tLyon ','country':'FR'}",
		    "natural.name=universit\xc3\x89 de lyon|FR\ncountry=FR\n");
	expect_keys("initiative",
		    "{'title':[{'lang':'en','text':'T'}],'acronym':' My  "
		    "ACRO','state':'draft','domains':['T02','T01'],"
		    "'participants':[{'organisation':'eu-o-2','role':'participant','country':'DE'},"
		    "{'organisation':'eu-o-1','role':'participant','country':'FR'},"
		    "{'organisation':'eu-o-3','role':'participant','country':'DE'}]}",
		    "acronym=my acro\nstate=draft\ndomain=T02\ndomain=T01\nparticipant=eu-o-2\n"
		    "participant=eu-o-1\nparticipant=eu-o-3\ncountry=DE\ncountry=FR\n");
	expect_keys("initiative", "{'state':'draft','source':{'scheme':'cordis','id':'1'}}",
		    "natural.source=cordis:1\nsource=cordis:1\nstate=draft\n");
	expect_keys("contact", "{'name':'N','role':'coach','organisation':'eu-o-1'}",
		    "organisation=eu-o-1\nrole=coach\n");
	expect_keys("contact", "{'name':'N'}", "");
}

/* A value of 256 bytes stays, one more is cut at a hash. */
static void test_long_values(void **state)
{
	char json[400], want[400], name[300];

	(void)state;
	memset(name, 'a', sizeof(name));
	snprintf(json, sizeof(json), "{'name':'%.253s','country':'FR'}", name);
	snprintf(want, sizeof(want), "natural.name=%.253s|FR\ncountry=FR\n", name);
	expect_keys("organisation", json, want);
	snprintf(json, sizeof(json), "{'name':'%.254s','country':'FR'}", name);
	snprintf(want, sizeof(want), "natural.name=%.223s#%s\ncountry=FR\n", name,
		 "f1db11c50eb1b70a79299a8c41908c28");
	expect_keys("organisation", json, want);
}

/* The largest initiative that passes the check: the arena that is promised is enough. */
static void test_promised_arena(void **state)
{
	const struct kind *k = kind_by_name(BYTES_LIT("initiative"));
	struct registry_keys keys;
	struct buf json, payload;
	struct arena a;

	(void)state;
	buf_init(&json, 0);
	buf_init(&payload, 0);
	buf_put_text(&json, "{'title':[{'lang':'en','text':'T'}],'state':'draft','participants':[");
	for (int i = 1; i <= 500; i++)
		buf_printf(&json, "%s{'organisation':'eu-o-%d','role':'x','country':'%c%c'}",
			   i > 1 ? "," : "", i, 'A' + i / 26 % 26, 'A' + i % 26);
	buf_put_text(&json, "]}");
	payload_put("initiative", buf_text(&json), &payload);
	assert_int_equal(payload_check("initiative", buf_bytes(&payload), NULL, NULL), 0);
	arena_init(&a, codec_budget(payload.n));
	assert_int_equal(registry_keys_of(k, buf_bytes(&payload), &a, &keys), 0);
	assert_int_equal(keys.n, 1 + 500 + 500);
	arena_fini(&a);
	arena_init(&a, codec_budget(payload.n));
	assert_int_equal(registry_judge(k, buf_bytes(&payload), BYTES_NONE, NULL, &a, NULL, &keys), 0);
	assert_int_equal(keys.n, 1 + 500 + 500);
	arena_fini(&a);
	buf_fini(&json);
	buf_fini(&payload);
}

static void test_short_of_memory(void **state)
{
	struct registry_keys keys = {.n = 77};
	struct arena a;

	(void)state;
	arena_init(&a, 300);
	assert_int_equal(registry_keys_of(kind_by_name(BYTES_LIT("organisation")),
					  BYTES_LIT("\x12\x01"
						    "A\x22\x02"
						    "ES"),
					  &a, &keys),
			 IMS_E_LIMIT);
	assert_int_equal(keys.n, 77); /* outputs are written on success only */
	arena_fini(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_long_values),
		cmocka_unit_test(test_promised_arena),
		cmocka_unit_test(test_short_of_memory),
	};

	return cmocka_run_group_tests_name("keys", tests, NULL, NULL);
}
