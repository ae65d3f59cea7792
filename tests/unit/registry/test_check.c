/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "unit/registry/payload.h"

static struct reference *ref;

static int setup(void **state)
{
	char *dir = mem_printf("%s/config/reference", top_dir());
	struct errtext e = {""};

	(void)state;
	if (reference_load(dir, &ref, &e))
		fail_msg("%s (IMS_TOP?)", e.text);
	free(dir);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	reference_free(ref);
	return 0;
}

static void test_good(void **state)
{
	(void)state;
	expect("organisation", "{'name':'A','country':'ES'}", ref, "");
	expect("contact", "{'role':'coach'}", ref, "");
	expect("contact",
	       "{'name':'N','email':'a.b+c@x-y.example.org','phone':'+34 (91) "
	       "123-45','organisation':'eu-o-1',"
	       "'languages':['es','pt-BR','zh-Hant-TW']}",
	       ref, "");
	expect("initiative", "{'title':[{'lang':'en','text':'T'}],'state':'draft'}", ref, "");
	expect("initiative",
	       "{'header':{'operator':'op-7','named':['eu','irs']},'title':[{'lang':'en','text':'T'},"
	       "{'lang':'es','text':'\xc3\xad'}],'abstract':[{'lang':'en','text':'a\\n\\nb'}],'platform':'P1'"
	       ","
	       "'domains':['T01','T33'],'budget_hundredths':1,'currency':'USD','start':'2024-02-29',"
	       "'end':'2024-02-29','state':'active','participants':[{'organisation':'eu-o-1',"
	       "'role':'coordinator','country':'DE','share_hundredths':1}],"
	       "'links':[{'rel':'doi','url':'https://doi.org/10.3030/"
	       "1'}],'source':{'scheme':'x','id':'y:z'}}",
	       ref, "");
}

/* Everything wrong is named at once, each by its pointer. */
static void test_all_at_once(void **state)
{
	(void)state;
	expect("initiative",
	       "{'header':{'named':['EU','mx','MX']},'title':[{'lang':'english','text':' '},{'lang':'en',"
	       "'text':'a\\nb'},{'lang':'EN','text':''}],'abstract':[{'lang':'en','text':'\\n'}],"
	       "'platform':'P 1','domains':['T01','t01'],'budget_hundredths':-1,'currency':'usd',"
	       "'start':'2023-02-29','end':'2023-1-1','participants':[{'organisation':'eu-i-1','country':'de'"
	       ","
	       "'share_hundredths':-1},{'organisation':'eu-i-1','role':'r','country':'DE'}],"
	       "'links':[{'rel':'Home','url':'ftp://x'}],'source':{'scheme':'','id':'a b'},'keywords':['']}",
	       NULL,
	       "/header/named/0: not a region code\n"
	       "/header/named/2: not a region code\n"
	       "/header/named/2: stands twice\n"
	       "/title/0/lang: not a language tag (like en or pt-BR)\n"
	       "/title/0/text: nothing but white space\n"
	       "/title/1/text: a line break or tab in a line\n"
	       "/title/2/lang: stands twice\n"
	       "/title/2/text: required\n"
	       "/abstract/0/text: nothing but white space\n"
	       "/platform: not a code (letters, digits and -, at most 32)\n"
	       "/domains/1: stands twice\n"
	       "/budget_hundredths: below zero\n"
	       "/currency: not a currency code (three upper-case letters)\n"
	       "/start: not a day of the calendar (YYYY-MM-DD)\n"
	       "/end: not a day of the calendar (YYYY-MM-DD)\n"
	       "/state: required\n"
	       "/participants/0/organisation: the id of another kind, where organisation is wanted (like eu-o-17)\n"
	       "/participants/0/role: required\n"
	       "/participants/0/country: not a country code (two upper-case letters)\n"
	       "/participants/0/share_hundredths: below zero\n"
	       "/participants/1/organisation: the id of another kind, where organisation is wanted (like eu-o-17)\n"
	       "/participants/1/organisation: takes part already\n"
	       "/links/0/rel: not a relation (a lower-case word like homepage)\n"
	       "/links/0/url: not an http or https address\n"
	       "/source/scheme: not a scheme (a lower-case word like cordis)\n"
	       "/source/id: a space or a character outside ASCII\n"
	       "/keywords/0: required\n");
	expect("organisation", "{}", NULL, "/name: required\n/country: required\n");
	expect("contact", "{'email':'a@b','phone':'call me','organisation':'x','languages':['','en','En']}",
	       NULL,
	       "/name: a contact has a name or a role\n"
	       "/email: not an address (name@example.org)\n"
	       "/phone: not a telephone number\n"
	       "/organisation: not a record id (like eu-o-17)\n"
	       "/languages/0: required\n"
	       "/languages/2: stands twice\n");
}

/* Inv. 7: the check every node applies knows no list; the origin's admission does. */
static void test_lists_only_at_admission(void **state)
{
	static const char json[] =
		"{'title':[{'lang':'en','text':'T'}],'platform':'P9','domains':['T99'],'currency':'ZZZ',"
		"'state':'dreaming','participants':[{'organisation':'eu-o-1','role':'boss','country':'QQ'}]}";

	(void)state;
	expect("initiative", json, NULL, "");
	expect("initiative", json, ref,
	       "/platform: \"P9\" is not in platforms.csv\n"
	       "/domains/0: \"T99\" is not in technology-domains.csv\n"
	       "/currency: \"ZZZ\" is not in currencies.csv\n"
	       "/state: \"dreaming\" is not in initiative-states.csv\n"
	       "/participants/0/role: \"boss\" is not in participant-roles.csv\n"
	       "/participants/0/country: \"QQ\" is not in countries.csv\n");
	expect("organisation", "{'name':'A','country':'QQ','type':'club'}", ref,
	       "/country: \"QQ\" is not in countries.csv\n/type: \"club\" is not in "
	       "organisation-types.csv\n");
	expect("contact", "{'role':'boss'}", ref, "/role: \"boss\" is not in contact-roles.csv\n");
}

static void test_days_and_money(void **state)
{
	static const char *const good[] = {"1900-01-01", "2000-02-29", "2024-12-31", "9999-12-31"};
	static const char *const bad[] = {"1899-12-31", "1900-02-29", "2023-00-01",
					  "2023-13-01", "2023-04-31", "2023-04-00",
					  "2023/04/01", "2023-04-1 ", "20230401"};
	char json[200];

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		snprintf(json, sizeof(json),
			 "{'title':[{'lang':'en','text':'T'}],'state':'draft','start':'%s'}", good[i]);
		expect("initiative", json, NULL, "");
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(json, sizeof(json),
			 "{'title':[{'lang':'en','text':'T'}],'state':'draft','start':'%s'}", bad[i]);
		expect("initiative", json, NULL, "/start: not a day of the calendar (YYYY-MM-DD)\n");
	}
	expect("initiative", "{'title':[{'lang':'en','text':'T'}],'state':'draft','budget_hundredths':5}",
	       NULL, "/currency: required\n");
}

static void test_emails(void **state)
{
	static const char *const bad[] = {"@x.org",   "a@",	  "a@x",       "a@x..org", "a@-x.org",
					  "a@x-.org", "a@x.org.", "a b@x.org", "a@@x.org", "a@x_y.org"};
	char json[100];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(json, sizeof(json), "{'name':'N','email':'%s'}", bad[i]);
		expect("contact", json, NULL, "/email: not an address (name@example.org)\n");
	}
}

/* Inv. 11: lengths and counts have limits, and so has the list of problems. */
static void test_limits(void **state)
{
	struct buf json, payload, said;
	size_t lines = 0;

	(void)state;
	buf_init(&json, 0);
	buf_init(&payload, 0);
	buf_init(&said, 0);
	buf_put_text(&json, "{'title':[{'lang':'en','text':'");
	for (int i = 0; i < 501; i++)
		buf_put_text(&json, "\xc3\xa9"); /* characters, not bytes, count */
	buf_put_text(&json, "'}],'abstract':[{'lang':'en','text':'");
	for (int i = 0; i < 20001; i++)
		buf_put_u8(&json, 'a');
	buf_put_text(&json, "'}],'state':'draft'}");
	expect("initiative", buf_text(&json), NULL,
	       "/title/0/text: 501 characters, at most 500\n/abstract/0/text: 20001 bytes, at most 20000\n");

	buf_clear(&json);
	buf_put_text(&json, "{'title':[{'lang':'en','text':'T'}],'state':'draft','participants':[");
	for (int i = 0; i < 600; i++)
		buf_put_text(&json, i ? ",{}" : "{}");
	buf_put_text(&json, "]}");
	payload_put("initiative", buf_text(&json), &payload);
	assert_int_equal(payload_check("initiative", buf_bytes(&payload), NULL, &said), IMS_E_INVALID);
	for (size_t i = 0; i < said.n; i++)
		lines += said.p[i] == '\n';
	assert_int_equal(lines, 101);
	assert_non_null(strstr(buf_text(&said), "/participants: 600 items, at most 500\n"));
	assert_non_null(strstr(buf_text(&said), "/: and "));
	buf_fini(&json);
	buf_fini(&payload);
	buf_fini(&said);
}

static void test_bytes(void **state)
{
	static uint8_t large[4097];
	struct buf said;
	struct arena a;

	(void)state;
	buf_init(&said, 0);
	arena_init(&a, 1 << 20);
	assert_int_equal(registry_check(NULL, BYTES_NONE, &a, &said), IMS_E_UNKNOWN_KIND);
	assert_int_equal(payload_check("contact", BYTES(large, sizeof(large)), NULL, &said), IMS_E_LIMIT);
	assert_string_equal(buf_text(&said), "/: 4097 bytes, at most 4096\n");
	buf_clear(&said);
	/* title[0].text holds a byte that is not UTF-8 */
	assert_int_equal(payload_check("initiative",
				       BYTES_LIT("\x12\x07\x0a\x02"
						 "en\x12\x01\xff"),
				       NULL, &said),
			 IMS_E_UTF8);
	assert_string_equal(buf_text(&said),
			    "/title/0/text: text is not valid UTF-8 or holds a control character\n");
	assert_int_equal(payload_check("initiative", BYTES_LIT("\x12\x07\x0a"), NULL, NULL), IMS_E_TRUNCATED);
	/* a field of the future is no problem (inv. 6) */
	assert_int_equal(payload_check("organisation",
				       BYTES_LIT("\x12\x01"
						 "A\x22\x02"
						 "ES\xf8\x07\x01"),
				       NULL, NULL),
			 0);
	arena_fini(&a);
	buf_fini(&said);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_all_at_once),
		cmocka_unit_test(test_lists_only_at_admission),
		cmocka_unit_test(test_days_and_money),
		cmocka_unit_test(test_emails),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_bytes),
	};

	return cmocka_run_group_tests_name("check", tests, setup, teardown);
}
