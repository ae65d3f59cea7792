/* SPDX-License-Identifier: Apache-2.0 */
/* What regions, organisations and initiatives say of themselves: every wrong field is named at once, by its
 * JSON pointer. */
#include "unit/registry/payload.h"

static void test_organisation(void **state)
{
	(void)state;
	expect("organisation",
	       "{'name':'A','country':'DE','ror':'03yrm5c27','pic':'12345678','aliases':[{'lang':'x','text':'"
	       "'}],'about':[{'lang':'en','text':' '}],'domains':['T01','T01'],'platforms':['P "
	       "1'],'keywords':['']}",
	       NULL,
	       "/ror: a ROR id whose last two digits do not fit: is it mistyped?\n"
	       "/pic: not a participant code of the EU (nine digits)\n"
	       "/aliases/0/lang: not a language tag (like en or pt-BR)\n"
	       "/aliases/0/text: required\n"
	       "/about/0/text: nothing but white space\n"
	       "/domains/1: stands twice\n"
	       "/platforms/0: not a code (letters, digits and -, at most 32)\n"
	       "/keywords/0: required\n");
	expect("organisation",
	       "{'name':'A','country':'DE','ror':'https://ror.org/03yrm5c26','pic':'000000000'}", NULL,
	       "/ror: not a ROR id (nine characters like 03yrm5c26, without https://ror.org/)\n"
	       "/pic: not a participant code of the EU (nine digits)\n");
}

static void test_initiative(void **state)
{
	(void)state;
	expect("initiative", "{'title':[{'lang':'en','text':'T'}],'state':'draft','originator':'eu-i-1'}",
	       NULL, "/originator: the id of another kind, where organisation is wanted (like eu-o-17)\n");
}

static void test_region(void **state)
{
	(void)state;
	expect("region", "{}", NULL,
	       "/name: required in one language at least\n"
	       "/countries: one country at least\n");
	expect("region",
	       "{'name':[{'lang':'en','text':'R'}],'countries':['mx','MX','MX'],'host':'mx-c-1','languages':["
	       "'e'],'links':[{'rel':'x','url':'x'}],'joined':'soon','about':[{'lang':'en','text':''}]}",
	       NULL,
	       "/countries/0: not a country code (two upper-case letters)\n"
	       "/countries/1: stands twice\n"
	       "/countries/2: stands twice\n"
	       "/host: the id of another kind, where organisation is wanted (like eu-o-17)\n"
	       "/languages/0: not a language tag (like en or pt-BR)\n"
	       "/links/0/url: not an http or https address\n"
	       "/joined: not a day of the calendar (YYYY-MM-DD)\n"
	       "/about/0/text: required\n");
}

static void test_secretariat(void **state)
{
	(void)state;
	expect("secretariat", "{}", NULL, "/name: required in one language at least\n");
	expect("secretariat",
	       "{'name':[{'lang':'en','text':'S'}],'host':'x','address':['a','b\\nc'],'country':'mx','email':"
	       "'x','phone':'x','languages':['en','en'],'contacts':['mx-c-1','mx-o-1'],'links':[{'rel':'','"
	       "url':''}]}",
	       NULL,
	       "/host: not a record id (like eu-o-17)\n"
	       "/address/1: a line break or tab in a line\n"
	       "/country: not a country code (two upper-case letters)\n"
	       "/email: not an address (name@example.org)\n"
	       "/phone: not a telephone number\n"
	       "/languages/1: stands twice\n"
	       "/contacts/1: the id of another kind, where contact is wanted (like eu-c-17)\n"
	       "/links/0/rel: not a relation (a lower-case word like homepage)\n"
	       "/links/0/url: not an http or https address\n");
}

static void test_document(void **state)
{
	(void)state;
	expect("document", "{}", NULL,
	       "/name: required\n"
	       "/media_type: required\n"
	       "/bytes: required, 1 or more\n"
	       "/sha256: required\n");
	expect("document",
	       "{'name':'a','media_type':'pdf','bytes':16777217,'sha256':'0011','title':[{'lang':'en','text':"
	       "''}],'lang':'e'}",
	       NULL,
	       "/media_type: not a media type (like application/pdf)\n"
	       "/bytes: 16777217, where 1 to 16777216 may stand\n"
	       "/sha256: 64 hexadecimal digits are wanted, not 4\n"
	       "/title/0/text: required\n"
	       "/lang: not a language tag (like en or pt-BR)\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_organisation), cmocka_unit_test(test_initiative),
		cmocka_unit_test(test_region),	     cmocka_unit_test(test_secretariat),
		cmocka_unit_test(test_document),
	};

	return cmocka_run_group_tests_name("kinds home", tests, NULL, NULL);
}
