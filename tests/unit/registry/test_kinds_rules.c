/* SPDX-License-Identifier: Apache-2.0 */
/* What is asked for beyond the form of a field: where a record is at home, what the lists say, for whom a
 * payload is, and what is tidied before it is sent. */
#include "base/file.h"
#include "base/mem.h"
#include "registry/audience.h"
#include "registry/tidy.h"
#include "unit/registry/payload.h"

#define LEAF "0000000000000000000000000000000000000000000000000000000000000000"
#define CITE(record, origin) "{'record':'" record "','origin':'" origin "','index':7,'leaf':'" LEAF "'}"
#define TEXT "[{'lang':'en','text':'x'}]"

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

/* A record of this home says this. */
static void expect_at(const char *home, const char *kind, const char *json, const char *problems)
{
	struct buf payload = {0}, said = {0};
	struct registry_keys keys;
	struct arena a;
	int err;

	payload_put(kind, json, &payload);
	arena_init(&a, PAYLOAD_ARENA_BYTES);
	err = registry_judge(kind_by_name(bytes_of(kind)), buf_bytes(&payload), bytes_of(home), NULL, &a,
			     &said, &keys);
	assert_string_equal(buf_text(&said), problems);
	assert_int_equal(err, problems[0] ? IMS_E_INVALID : 0);
	arena_fini(&a);
	buf_fini(&payload);
	buf_fini(&said);
}

static const char conclusion[] = "{'agreement':" CITE(
	"eu-m-1", "ims.example/eu/1") ",'initiative':'eu-i-1',"
				      "'roster_version':1,'counted':[{'signature':" CITE(
					      "us-sg-1", "ims.example/us/1") ",'region':'us'}]}";

/* inv. 8: what speaks about the home's own records can stand in its log alone. */
static void test_home(void **state)
{
	static const struct {
		const char *kind, *field, *json;
	} own[] = {
		{"need", "/initiative",
		 "{'initiative':'eu-i-1','title':" TEXT ",'expiry':'2027-01-01','state':'open'}"},
		{"interest", "/organisation",
		 "{'need':" CITE("eu-n-1", "ims.example/eu/1") ",'organisation':'eu-o-1','cooperation':" TEXT
							       "}"},
		{"answer", "/initiative",
		 "{'interest':" CITE("us-x-5",
				     "ims.example/us/1") ",'decision':'accepted','initiative':'eu-i-1'}"},
		{"description", "/initiative",
		 "{'initiative':'eu-i-1','template':" CITE(
			 "irs-t-1", "ims.example/irs/1") ",'lang':'en','sections':[{'id':'a','text':'x'}]}"},
		{"assignment", "/initiative", "{'initiative':'eu-i-1','coach':'anna','start':'2027-01-01'}"},
		{"waiver", "/initiative", "{'initiative':'eu-i-1','step':'critical-mass','reason':" TEXT "}"},
		{"moa", "/initiative",
		 "{'initiative':'eu-i-1','version':1,'title':" TEXT
		 ",'texts':[{'lang':'en','document':'eu-b-1','sha256':'" LEAF "'}]}"},
		{"signature", "/organisation/record",
		 "{'agreement':" CITE("us-m-1", "ims.example/us/1") ",'lang':'en','organisation':" CITE(
			 "eu-o-1",
			 "ims.example/eu/1") ",'region':'eu','paper':{'day':'2027-01-01','statement':" TEXT
					     "}}"},
		{"merge", "/initiative",
		 "{'initiative':'eu-i-1','into':" CITE("mx-i-1", "ims.example/mx/1") "}"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		char *want = mem_printf("%s: a record of this region is wanted (mx-…)\n", own[i].field);

		expect_at("mx", own[i].kind, own[i].json, want);
		expect_at("eu", own[i].kind, own[i].json, "");
		expect(own[i].kind, own[i].json, NULL, ""); /* a client does not know the home */
		free(want);
	}
	expect_at("mx", "owner", "{'need':'eu-n-1','initiative':'eu-i-1'}",
		  "/need: a record of this region is wanted (mx-…)\n"
		  "/initiative: a record of this region is wanted (mx-…)\n");
	expect_at("mx", "conclusion", conclusion,
		  "/agreement/record: a record of this region is wanted (mx-…)\n"
		  "/initiative: a record of this region is wanted (mx-…)\n");
	expect_at("eu", "conclusion", conclusion, "");
	expect_at("eu", "owner", "{'need':'eu-n-1','initiative':'eu-i-1'}", "");
}

/* Others' records are spoken about from everywhere. */
static void test_other_homes(void **state)
{
	(void)state;
	expect_at("mx", "note",
		  "{'initiative':'eu-i-1','day':'2027-01-01','topic':'contact','text':" TEXT "}", "");
	expect_at("mx", "endorsement", "{'subject':" CITE("eu-m-1", "ims.example/eu/2") "}", "");
	expect_at("mx", "endorsement", "{'subject':" CITE("eu-m-1", "ims.example/mx/1") "}",
		  "/subject/origin: not a log of the record's home\n");
	expect_at("mx", "overlap",
		  "{'one':" CITE("eu-i-1", "ims.example/eu/1") ",'other':" CITE(
			  "us-i-1", "ims.example/us/1") ",'relation':'overlaps'}",
		  "");
}

/* Codes against the lists, once, at the origin. */
static void test_lists(void **state)
{
	(void)state;
	expect("waiver", "{'initiative':'eu-i-1','step':'critical-mass','reason':" TEXT "}", ref, "");
	expect("waiver", "{'initiative':'eu-i-1','step':'agreement','reason':" TEXT "}", ref,
	       "/step: \"agreement\" is no step that may be waived\n");
	expect("waiver", "{'initiative':'eu-i-1','step':'courage','reason':" TEXT "}", ref,
	       "/step: \"courage\" is not in mtp-steps.csv\n");
	expect("need",
	       "{'initiative':'eu-i-1','title':" TEXT ",'domains':['T99'],'platforms':['P9'],"
	       "'organisation_types':['choir'],'countries':['QQ'],'role':'chef','expiry':'2027-01-01','state'"
	       ":'ajar'}",
	       ref,
	       "/domains/0: \"T99\" is not in technology-domains.csv\n"
	       "/platforms/0: \"P9\" is not in platforms.csv\n"
	       "/organisation_types/0: \"choir\" is not in organisation-types.csv\n"
	       "/countries/0: \"QQ\" is not in countries.csv\n"
	       "/role: \"chef\" is not in participant-roles.csv\n"
	       "/state: \"ajar\" is not in need-states.csv\n");
}

/* inv. 10: nobody has to say for whom. */
static void expect_recipients(const char *kind, const char *home, const char *json, const char *want)
{
	struct buf payload = {0}, got = {0};
	struct arena a;

	payload_put(kind, json, &payload);
	arena_init(&a, PAYLOAD_ARENA_BYTES);
	assert_int_equal(registry_recipients(kind_by_name(bytes_of(kind)), buf_bytes(&payload),
					     bytes_of(home), &a, &got),
			 0);
	assert_string_equal(buf_text(&got), want);
	arena_fini(&a);
	buf_fini(&payload);
	buf_fini(&got);
}

static void test_recipients(void **state)
{
	(void)state;
	expect_recipients("owner", "eu", "{'need':'eu-n-1','initiative':'eu-i-1'}", "eu");
	expect_recipients("interest", "us",
			  "{'need':" CITE("eu-n-1", "ims.example/eu/1") ",'contact':'mx-c-1'}", "eu,us");
	expect_recipients("interest", "eu", "{'need':" CITE("eu-n-1", "ims.example/eu/1") "}", "eu");
	expect_recipients("answer", "eu", "{'interest':" CITE("us-x-9", "ims.example/us/1") "}", "eu,us");
}

static void expect_tidy(const char *kind, const char *json, const char *want)
{
	const struct kind *k = kind_by_name(bytes_of(kind));
	struct buf payload = {0}, tidy = {0}, good = {0};
	struct ProtobufCMessage *m;
	struct arena a;

	payload_put(kind, json, &payload);
	payload_put(kind, want, &good);
	arena_init(&a, PAYLOAD_ARENA_BYTES);
	assert_int_equal(codec_unpack(k->descriptor, buf_bytes(&payload), &a, &m, NULL), 0);
	registry_tidy(k, m, &a);
	codec_pack(m, &tidy);
	assert_true(bytes_eq(buf_bytes(&tidy), buf_bytes(&good)));
	arena_fini(&a);
	buf_fini(&payload);
	buf_fini(&tidy);
	buf_fini(&good);
}

static void test_tidy(void **state)
{
	(void)state;
	expect_tidy("organisation", "{'name':' A ','ror':' https://ror.org/03YRM5C26/ ','pic':'999 997 930'}",
		    "{'name':' A ','ror':'03yrm5c26','pic':'999997930'}");
	expect_tidy("organisation", "{'ror':'nonsense','pic':''}", "{'ror':'nonsense'}");
	expect_tidy("moa", "{'texts':[{'lang':'en','text':'abc'},{'lang':'es','document':'eu-b-1'}]}",
		    "{'texts':[{'lang':'en','text':'abc','sha256':"
		    "'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'},"
		    "{'lang':'es','document':'eu-b-1'}]}");
	expect_tidy("moa", "{'texts':[{'lang':'en','text':'abc','sha256':'" LEAF "'}]}",
		    "{'texts':[{'lang':'en','text':'abc','sha256':'" LEAF "'}]}"); /* said, so checked */
	expect_tidy("contact", "{'name':'N'}", "{'name':'N'}");
}

/* The lists that the programme reads row by row. */
static void test_rows_of_lists(void **state)
{
	size_t n = reference_count(ref, "mtp-steps");

	(void)state;
	assert_int_equal(n, 5);
	assert_true(bytes_eq_text(reference_id(ref, "mtp-steps", 0), "manufacturing"));
	assert_true(bytes_eq_text(reference_id(ref, "mtp-steps", 4), "assistance"));
	assert_int_equal(reference_id(ref, "mtp-steps", 5).n, 0);
	assert_int_equal(reference_count(ref, "no-such-list"), 0);
	assert_int_equal(reference_id(ref, "no-such-list", 0).n, 0);
	assert_int_equal(reference_count(ref, "agreement-topics"), 7);
}

/* What one list says of another is there. */
static void test_lists_agree(void **state)
{
	(void)state;
	for (size_t i = 0; i < reference_count(ref, "opportunities"); i++) {
		struct bytes id = reference_id(ref, "opportunities", i);

		assert_true(reference_has(ref, "technology-domains",
					  reference_get(ref, "opportunities", id, "domain")));
		assert_true(
			reference_has(ref, "countries", reference_get(ref, "opportunities", id, "country")));
	}
	for (size_t i = 0; i < reference_count(ref, "exchange-rates"); i++) {
		struct bytes id = reference_id(ref, "exchange-rates", i);

		assert_true(reference_has(ref, "currencies",
					  reference_get(ref, "exchange-rates", id, "currency")));
	}
	assert_true(reference_count(ref, "opportunities") > 100 &&
		    reference_count(ref, "exchange-rates") > 100);
}

/* The template that is installed can be put as it is; its texts are what people see in each language. */
static void test_installed_template(void **state)
{
	char *path = mem_printf("%s/config/templates/mtp-1.en.json", top_dir());
	const struct kind *k = kind_by_name(BYTES_LIT("template"));
	struct buf json = {0}, payload = {0}, said = {0};
	struct ProtobufCMessage *m;
	struct arena a;

	(void)state;
	arena_init(&a, PAYLOAD_ARENA_BYTES);
	assert_int_equal(file_load(path, 1 << 20, &json, NULL), 0);
	assert_int_equal(codec_from_json(k->descriptor, buf_bytes(&json), &a, &m, &said, NULL), 0);
	codec_pack(m, &payload);
	assert_int_equal(registry_admit(k, buf_bytes(&payload), ref, &a, &said), 0);
	assert_string_equal(buf_text(&said), "");
	arena_fini(&a);
	buf_fini(&json);
	buf_fini(&payload);
	buf_fini(&said);
	free(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_home),	    cmocka_unit_test(test_other_homes),
		cmocka_unit_test(test_lists),	    cmocka_unit_test(test_recipients),
		cmocka_unit_test(test_tidy),	    cmocka_unit_test(test_rows_of_lists),
		cmocka_unit_test(test_lists_agree), cmocka_unit_test(test_installed_template),
	};

	return cmocka_run_group_tests_name("rules of kinds", tests, setup, teardown);
}
