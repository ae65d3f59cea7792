/* SPDX-License-Identifier: Apache-2.0 */
/* Needs, interests, descriptions and what coaches write: every wrong field is named at once, by its JSON
 * pointer. */
#include "unit/registry/payload.h"

#define LEAF "0000000000000000000000000000000000000000000000000000000000000000"

static void test_need(void **state)
{
	(void)state;
	expect("need", "{}", NULL,
	       "/initiative: required\n"
	       "/title: required in one language at least\n"
	       "/expiry: required\n"
	       "/state: required\n");
	expect("need", "{'initiative':'eu-i-1','anonymous':true}", NULL,
	       "/initiative: an anonymous need names none (an owner record does)\n"
	       "/owner_country: required\n"
	       "/title: required in one language at least\n"
	       "/expiry: required\n"
	       "/state: required\n");
	expect("need",
	       "{'initiative':'eu-o-1','owner_country':'de','owner_type':'?','title':[{'lang':'en','text':'T'"
	       "}],'description':[{'lang':'en','text':''}],'domains':['?'],'platforms':['?'],'keywords':[''],"
	       "'organisation_types':['?'],'regions':['EU','irs','mx','mx'],'countries':['x'],'role':'?','"
	       "deadline':'2027-02-30','expiry':'never','state':'?'}",
	       NULL,
	       "/initiative: the id of another kind, where initiative is wanted (like eu-i-17)\n"
	       "/owner_country: not a country code (two upper-case letters)\n"
	       "/owner_type: not a code (letters, digits and -, at most 32)\n"
	       "/description/0/text: required\n"
	       "/domains/0: not a code (letters, digits and -, at most 32)\n"
	       "/platforms/0: not a code (letters, digits and -, at most 32)\n"
	       "/keywords/0: required\n"
	       "/organisation_types/0: not a code (letters, digits and -, at most 32)\n"
	       "/regions/0: not a region code\n"
	       "/regions/1: not a region code\n"
	       "/regions/3: stands twice\n"
	       "/countries/0: not a country code (two upper-case letters)\n"
	       "/role: not a code (letters, digits and -, at most 32)\n"
	       "/deadline: not a day of the calendar (YYYY-MM-DD)\n"
	       "/expiry: not a day of the calendar (YYYY-MM-DD)\n"
	       "/state: not a code (letters, digits and -, at most 32)\n");
}

static void test_owner(void **state)
{
	(void)state;
	expect("owner", "{}", NULL,
	       "/need: required\n"
	       "/initiative: required\n");
	expect("owner", "{'need':'eu-i-1','initiative':'eu-n-1'}", NULL,
	       "/need: the id of another kind, where need is wanted (like eu-n-17)\n"
	       "/initiative: the id of another kind, where initiative is wanted (like eu-i-17)\n");
}

static void test_interest(void **state)
{
	(void)state;
	expect("interest", "{}", NULL,
	       "/need: required\n"
	       "/organisation: required: a record of this region, or name and country instead\n"
	       "/cooperation: required in one language at least\n");
	expect("interest",
	       "{'need':{'record':'eu-i-1','origin':'ims.example/mx/"
	       "1','leaf':'00'},'organisation':'us-c-1','organisation_type':'?','cooperation':[{'lang':'en','"
	       "text':''}],'questions':[{'lang':'en','text':''}],'about':[{'lang':'en','text':''}],'contact':"
	       "'us-o-1','answer_by':'x'}",
	       NULL,
	       "/need/record: the id of another kind, where need is wanted (like eu-n-17)\n"
	       "/need/origin: not a log of the record's home\n"
	       "/need/leaf: 64 hexadecimal digits are wanted, not 2\n"
	       "/organisation: the id of another kind, where organisation is wanted (like eu-o-17)\n"
	       "/organisation_type: not a code (letters, digits and -, at most 32)\n"
	       "/cooperation/0/text: required\n"
	       "/questions/0/text: required\n"
	       "/about/0/text: required\n"
	       "/contact: the id of another kind, where contact is wanted (like eu-c-17)\n"
	       "/answer_by: not a day of the calendar (YYYY-MM-DD)\n");
	expect("interest",
	       "{'need':{'origin':'eu'},'name':'N','country':'MX','cooperation':[{'lang':'en','text':'c'}]}",
	       NULL,
	       "/need/record: required\n"
	       "/need/origin: not the origin of a log (like ims.example/eu/1)\n"
	       "/need/leaf: required\n");
}

static void test_answer(void **state)
{
	(void)state;
	expect("answer", "{}", NULL,
	       "/interest: required\n"
	       "/decision: required\n");
	expect("answer",
	       "{'interest':{'record':'us-e-1','origin':'ims.example/us/1','leaf':'" LEAF
	       "'},'decision':'declined','reason':[{'lang':'en','text':''}],'initiative':'eu-i-1','contact':'"
	       "x','meet_by':'x'}",
	       NULL,
	       "/interest/record: the id of another kind, where sealed is wanted (like eu-x-17)\n"
	       "/reason/0/text: required\n"
	       "/initiative: told with the decision \"accepted\" alone\n"
	       "/contact: not a record id (like eu-c-17)\n"
	       "/meet_by: not a day of the calendar (YYYY-MM-DD)\n");
}

static void test_template(void **state)
{
	(void)state;
	expect("template", "{}", NULL,
	       "/name: required\n"
	       "/version: required, 1 or more\n"
	       "/title: required in one language at least\n"
	       "/pages_max: required, 1 or more\n"
	       "/columns: required, 20 or more\n"
	       "/lines: required, 10 or more\n"
	       "/sections: one section at least\n");
	expect("template",
	       "{'name':'MTP','version':100001,'title':[{'lang':'en','text':'T'}],'pages_max':101,'columns':"
	       "19,'lines':401,'sections':[{'id':'a','title':[{'lang':'en','text':'A'}]},{'id':'a','guidance'"
	       ":[{'lang':'en','text':''}]},{}]}",
	       NULL,
	       "/name: not a name (lower-case letters, digits and -, at most 32)\n"
	       "/version: 100001, where 1 to 100000 may stand\n"
	       "/pages_max: 101, where 1 to 100 may stand\n"
	       "/columns: 19, where 20 to 400 may stand\n"
	       "/lines: 401, where 10 to 400 may stand\n"
	       "/sections/1/id: stands twice\n"
	       "/sections/1/title: required in one language at least\n"
	       "/sections/1/guidance/0/text: required\n"
	       "/sections/2/id: required\n"
	       "/sections/2/title: required in one language at least\n");
}

static void test_description(void **state)
{
	(void)state;
	expect("description", "{}", NULL,
	       "/initiative: required\n"
	       "/template: required\n"
	       "/lang: required\n"
	       "/sections: one section at least, or a document\n");
	expect("description",
	       "{'initiative':'eu-i-1','template':{'record':'irs-t-1','origin':'ims.example/irs/"
	       "1','leaf':'" LEAF "'},'lang':'e','sections':[{'id':'a','text':'x'},{'id':'a'},{'text':'x'}],'"
				  "document':'eu-d-1'}",
	       NULL,
	       "/lang: not a language tag (like en or pt-BR)\n"
	       "/sections/1/id: stands twice\n"
	       "/sections/1/text: required\n"
	       "/sections/2/id: required\n"
	       "/document: the id of another kind, where document is wanted (like eu-b-17)\n");
}

static void test_assignment(void **state)
{
	(void)state;
	expect("assignment", "{}", NULL,
	       "/initiative: required\n"
	       "/coach: required\n"
	       "/start: required\n");
	expect("assignment",
	       "{'initiative':'eu-i-1','coach':'a\\tb','contact':'x','start':'2027-02-01','end':'2027-01-01'"
	       "}",
	       NULL,
	       "/coach: a line break or tab in a line\n"
	       "/contact: not a record id (like eu-c-17)\n"
	       "/end: before the start\n");
}

static void test_note(void **state)
{
	(void)state;
	expect("note", "{}", NULL,
	       "/initiative: required\n"
	       "/day: required\n"
	       "/topic: required\n"
	       "/text: required in one language at least\n");
	expect("note",
	       "{'initiative':'eu-n-1','day':'x','topic':'?','text':[{'lang':'en','text':''}],'next_action':'"
	       "x'}",
	       NULL,
	       "/initiative: the id of another kind, where initiative is wanted (like eu-i-17)\n"
	       "/day: not a day of the calendar (YYYY-MM-DD)\n"
	       "/topic: not a code (letters, digits and -, at most 32)\n"
	       "/text/0/text: required\n"
	       "/next_action: not a day of the calendar (YYYY-MM-DD)\n");
}

static void test_waiver(void **state)
{
	(void)state;
	expect("waiver", "{}", NULL,
	       "/initiative: required\n"
	       "/step: required\n"
	       "/reason: required in one language at least\n");
	expect("waiver", "{'initiative':'eu-i-1','step':'?','reason':[{'lang':'en','text':''}]}", NULL,
	       "/step: not a code (letters, digits and -, at most 32)\n"
	       "/reason/0/text: required\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_need),	   cmocka_unit_test(test_owner),
		cmocka_unit_test(test_interest),   cmocka_unit_test(test_answer),
		cmocka_unit_test(test_template),   cmocka_unit_test(test_description),
		cmocka_unit_test(test_assignment), cmocka_unit_test(test_note),
		cmocka_unit_test(test_waiver),
	};

	return cmocka_run_group_tests_name("kinds need", tests, NULL, NULL);
}
