/* SPDX-License-Identifier: Apache-2.0 */
/* Agreements, signatures and what regions do about an initiative: every wrong field is named at once, by its
 * JSON pointer. */
#include "unit/registry/payload.h"

#define LEAF "0000000000000000000000000000000000000000000000000000000000000000"

static void test_moa(void **state)
{
	(void)state;
	expect("moa", "{}", NULL,
	       "/initiative: required\n"
	       "/version: required, 1 or more\n"
	       "/title: required in one language at least\n"
	       "/texts: required in one language at least\n");
	expect("moa",
	       "{'initiative':'eu-i-1','version':1,'title':[{'lang':'en','text':'T'}],'texts':[{'lang':'en','"
	       "text':'a','document':'eu-b-1','sha256':'" LEAF
	       "'},{'lang':'EN','document':'eu-d-1','sha256':'00'},{'lang':'es'}],'parties':[{'organisation':"
	       "'eu-o-1','region':'mx'},{'organisation':'eu-o-1','region':'EU'},{}],'covers':['?']}",
	       NULL,
	       "/texts/0/text: a text or a document, one of the two\n"
	       "/texts/0/sha256: not that of the text\n"
	       "/texts/1/document: the id of another kind, where document is wanted (like eu-b-17)\n"
	       "/texts/1/sha256: 64 hexadecimal digits are wanted, not 2\n"
	       "/texts/1/lang: stands twice\n"
	       "/texts/2/text: a text or a document, one of the two\n"
	       "/texts/2/sha256: required\n"
	       "/parties/0/region: eu-o-1 is at home in eu\n"
	       "/parties/1/region: not a region code\n"
	       "/parties/1/organisation: stands twice\n"
	       "/parties/2/organisation: required\n"
	       "/parties/2/region: required\n"
	       "/covers/0: not a code (letters, digits and -, at most 32)\n");
}

static void test_signature(void **state)
{
	(void)state;
	expect("signature", "{}", NULL,
	       "/agreement: required\n"
	       "/lang: required\n"
	       "/organisation: required\n"
	       "/region: required\n"
	       "/cms: a CMS signature or one on paper, one of the two\n");
	expect("signature",
	       "{'agreement':{'record':'eu-m-1','origin':'ims.example/eu/1','leaf':'" LEAF
	       "'},'lang':'en','organisation':{'record':'mx-o-1','origin':'ims.example/mx/1','leaf':'" LEAF
	       "'},'region':'us','signatory':'x','cms':{'algorithm':'?','certificate_sha256':'00'},'paper':{'"
	       "day':'x','document':'x'}}",
	       NULL,
	       "/region: mx-o-1 is at home in mx\n"
	       "/signatory: not a record id (like eu-c-17)\n"
	       "/cms: a CMS signature or one on paper, one of the two\n"
	       "/cms/key: required\n"
	       "/cms/algorithm: not a code (letters, digits and -, at most 32)\n"
	       "/cms/signed_bytes: required\n"
	       "/cms/signature: required\n"
	       "/cms/certificate_sha256: 64 hexadecimal digits are wanted, not 2\n"
	       "/paper/day: not a day of the calendar (YYYY-MM-DD)\n"
	       "/paper/document: not a record id (like eu-b-17)\n"
	       "/paper/statement: required in one language at least\n");
}

static void test_conclusion(void **state)
{
	(void)state;
	expect("conclusion", "{}", NULL,
	       "/agreement: required\n"
	       "/initiative: required\n"
	       "/roster_version: required, 1 or more\n"
	       "/counted: one signature at least\n");
	expect("conclusion",
	       "{'agreement':{'record':'eu-m-1','origin':'ims.example/eu/1','leaf':'" LEAF
	       "'},'initiative':'eu-i-1','roster_version':1,'counted':[{'signature':{'record':'mx-sg-1','"
	       "origin':'ims.example/mx/"
	       "1','leaf':'" LEAF
	       "'},'region':'us'},{'signature':{'record':'mx-sg-1','origin':'ims.example/mx/2','leaf':'" LEAF
	       "'},'region':'mx'},{}]}",
	       NULL,
	       "/counted/0/region: mx-sg-1 is at home in mx\n"
	       "/counted/1/signature: stands twice\n"
	       "/counted/2/signature: required\n"
	       "/counted/2/region: required\n");
}

static void test_endorsement(void **state)
{
	(void)state;
	expect("endorsement", "{}", NULL, "/subject: required\n");
	expect("endorsement",
	       "{'subject':{'record':'eu-o-1','origin':'ims.example/eu/1','leaf':'" LEAF
	       "'},'text':[{'lang':'en','text':''}]}",
	       NULL,
	       "/subject/record: the id of another kind, where initiative or moa is wanted (like eu-i-17)\n"
	       "/text/0/text: required\n");
}

static void test_notice(void **state)
{
	(void)state;
	expect("notice", "{}", NULL,
	       "/initiative: required\n"
	       "/text: required in one language at least\n"
	       "/published: required\n");
	expect("notice",
	       "{'initiative':{'record':'eu-i-1','origin':'ims.example/eu/1','leaf':'" LEAF
	       "'},'text':[{'lang':'en','text':'x'}],'published':'x','due_days':367,'links':[{'rel':'x','url'"
	       ":'x'}]}",
	       NULL,
	       "/published: not a day of the calendar (YYYY-MM-DD)\n"
	       "/due_days: 367, where 0 to 366 may stand\n"
	       "/links/0/url: not an http or https address\n");
}

static void test_acknowledgement(void **state)
{
	(void)state;
	expect("acknowledgement", "{}", NULL,
	       "/notice: required\n"
	       "/published: required\n");
	expect("acknowledgement",
	       "{'notice':{'record':'irs-n-1','origin':'ims.example/irs/1','leaf':'" LEAF
	       "'},'published':'x','reach':'9223372036854775808','channels':['?'],'note':[{'lang':'en','text'"
	       ":''}]}",
	       NULL,
	       "/notice/record: the id of another kind, where notice is wanted (like eu-mn-17)\n"
	       "/published: not a day of the calendar (YYYY-MM-DD)\n"
	       "/reach: 9223372036854775808, where 0 to 9223372036854775807 may stand\n"
	       "/channels/0: not a code (letters, digits and -, at most 32)\n"
	       "/note/0/text: required\n");
}

static void test_overlap(void **state)
{
	(void)state;
	expect("overlap", "{}", NULL,
	       "/one: required\n"
	       "/other: required\n"
	       "/relation: required\n");
	expect("overlap",
	       "{'one':{'record':'eu-i-1','origin':'ims.example/eu/1','leaf':'" LEAF
	       "'},'other':{'record':'eu-i-1','origin':'ims.example/eu/1','leaf':'" LEAF
	       "'},'relation':'?','reason':[{'lang':'en','text':''}]}",
	       NULL,
	       "/other: the same initiative as the one\n"
	       "/relation: not a code (letters, digits and -, at most 32)\n"
	       "/reason/0/text: required\n");
}

static void test_merge(void **state)
{
	(void)state;
	expect("merge", "{}", NULL,
	       "/initiative: required\n"
	       "/into: required\n");
	expect("merge",
	       "{'initiative':'eu-i-1','into':{'record':'eu-i-1','origin':'ims.example/eu/1','leaf':'" LEAF
	       "'},'reason':[{'lang':'en','text':''}]}",
	       NULL,
	       "/into: the same initiative\n"
	       "/reason/0/text: required\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_moa),	   cmocka_unit_test(test_signature),
		cmocka_unit_test(test_conclusion), cmocka_unit_test(test_endorsement),
		cmocka_unit_test(test_notice),	   cmocka_unit_test(test_acknowledgement),
		cmocka_unit_test(test_overlap),	   cmocka_unit_test(test_merge),
	};

	return cmocka_run_group_tests_name("kinds moa", tests, NULL, NULL);
}
