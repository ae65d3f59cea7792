/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/cli/import_sink.h"

static char project[512], organization[512], other[512];

static int setup(void **state)
{
	(void)state;
	fixture("project.csv", project, sizeof(project));
	fixture("organization.csv", organization, sizeof(organization));
	fixture("not_cordis.csv", other, sizeof(other));
	return 0;
}

static void run(struct keeper *k)
{
	const char *files[] = {organization, project};

	assert_int_equal(import_cordis(&k->opts, files, 2, &k->sink, &k->report), 0);
}

static void expect_json(const struct keeper *k, const char *kind, size_t nth, const char *want)
{
	char *json = keeper_json(k, kind, nth), *text = mem_strdup(want);

	for (char *c = text; *c; c++)
		*c = *c == '\'' ? '"' : *c;
	assert_string_equal(json, text);
	free(json);
	free(text);
}

/* What is wrong is said with its place; the rest goes in. */
static void test_problems(void **state)
{
	struct keeper k;

	(void)state;
	keeper_init(&k);
	run(&k);
	assert_string_equal(buf_text(&k.problems),
			    "organization.csv:11: country \"Q9\" is not known\n"
			    "organization.csv:12: role \"dreamer\" is in no row of participant-roles.csv\n"
			    "organization.csv:13: totalCost \"-5\" is not an amount\n"
			    "organization.csv:14: no name\n"
			    "project.csv:5: totalCost \"a lot\" is not an amount\n"
			    "project.csv:7: status \"DREAMING\" is in no row of initiative-states.csv\n"
			    "project.csv:8: project 900001 stands twice\n"
			    "project.csv:9: 4 fields, the header has 13\n"
			    "project.csv:10: text after a closing quote\n"
			    "organization.csv:9: no project 999999\n"
			    "project.csv:6: /start: not a day of the calendar (YYYY-MM-DD)\n"
			    "project.csv:11: /end: before the start\n");
	assert_int_equal(k.report.problems, 12);
	assert_int_equal(k.report.projects, 5);
	assert_int_equal(k.report.initiatives, 3);
	assert_int_equal(k.report.organisations, 6);
	assert_int_equal(k.report.merged, 1);
	assert_true(k.progress_calls > 0);
	keeper_fini(&k);
}

static void test_records(void **state)
{
	struct keeper k;

	(void)state;
	keeper_init(&k);
	run(&k);
	expect_json(&k, "organisation", 0,
		    "{'header':null,'name':'Werk, Weber & "
		    "S\xc3\xb6hne','short_name':'',"
		    "'country':'DE','city':'Ulm','type':'sme','links':[{'rel':'homepage','url':"
		    "'https://weber.example.org'}],'sources':[{'scheme':'pic','id':'911111111'}],"
		    "'ror':'','pic':'911111111',"
		    "'aliases':[],'about':[],'domains':[],'platforms':[],'keywords':[]}");
	expect_json(
		&k, "organisation", 1, /* EL is GR; the first row's city stays */
		"{'header':null,'name':'Kentro Erevnas','short_name':'KE',"
		"'country':'GR','city':'Athina','type':'public-research-centre','links':[],'sources':[],"
		"'ror':'','pic':'','aliases':[],'about':[],'domains':[],'platforms':[],'keywords':[]}");
	expect_json(
		&k, "initiative", 0, /* shares of the total cost, two rows of one organisation joined */
		"{'header':null,'title':[{'lang':'en','text':"
		"'Alpha: a \\\"quoted\\\" title; with a semicolon'}],'abstract':[{'lang':'en','text':"
		"'First line\\nsecond line'}],'acronym':'ALPHA','platform':'','domains':[],"
		"'budget_hundredths':123456750,'currency':'EUR','start':'2024-01-01','end':'2026-12-31',"
		"'state':'active','participants':["
		"{'organisation':'xx-o-1','role':'coordinator','country':'DE','share_hundredths':73456750},"
		"{'organisation':'xx-o-2','role':'participant','country':'GR','share_hundredths':50000000},"
		"{'organisation':'xx-o-3','role':'associated-partner','country':'MX','share_hundredths':0}],"
		"'links':[{'rel':'source','url':'https://cordis.europa.eu/project/id/900001'},"
		"{'rel':'doi','url':'https://doi.org/10.3030/900001'}],"
		"'source':{'scheme':'cordis','id':'900001'},'keywords':['welding','robots'],"
		"'programme':'HORIZON','originator':''}");
	expect_json(
		&k, "initiative", 1, /* no total cost: shares of the contribution; no country: ZZ */
		"{'header':null,'title':[{'lang':'en','text':'Beta'}],"
		"'abstract':[],'acronym':'BETA','platform':'','domains':[],'budget_hundredths':50000025,"
		"'currency':'EUR','start':'2020-01-01','end':'2021-12-31','state':'completed','participants':"
		"["
		"{'organisation':'xx-o-2','role':'participant','country':'GR','share_hundredths':25000013},"
		"{'organisation':'xx-o-4','role':'third-party','country':'GB','share_hundredths':25000013},"
		"{'organisation':'xx-o-5','role':'participant','country':'ZZ','share_hundredths':0}],"
		"'links':[{'rel':'source','url':'https://cordis.europa.eu/project/id/900002'}],"
		"'source':{'scheme':'cordis','id':'900002'},'keywords':[],'programme':'H2020','originator':''}");
	keeper_fini(&k);
}

static void test_regions(void **state)
{
	static const struct {
		const char *region;
		size_t initiatives;
	} want[] = {{"mx", 1}, {"us", 1}, {"eu", 1}, {"jp", 0}};

	(void)state;
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		struct keeper k;

		keeper_init(&k);
		k.opts.assign = "mx,us,eu";
		k.opts.region = want[i].region;
		run(&k);
		assert_int_equal(k.report.initiatives, want[i].initiatives);
		keeper_fini(&k);
	}
}

/* A participant that the node refused is left out of its initiatives, not made up. */
static void test_refused_organisation(void **state)
{
	struct keeper k;
	char *json;

	(void)state;
	keeper_init(&k);
	k.refuse = 1;
	run(&k);
	assert_non_null(strstr(buf_text(&k.problems),
			       "project.csv:2: participant Kentro Erevnas has no record, left out\n"));
	json = keeper_json(&k, "initiative", 0);
	assert_null(strstr(json, "xx-o-2\""));
	assert_non_null(strstr(json, "xx-o-1\""));
	free(json);
	keeper_fini(&k);
}

static void test_same_again(void **state)
{
	struct keeper a, b;
	const char *files[] = {project, organization};
	struct hash one, two;

	(void)state;
	keeper_init(&a);
	keeper_init(&b);
	run(&a);
	assert_int_equal(import_cordis(&b.opts, files, 2, &b.sink, &b.report), 0);
	one = keeper_hash(&a);
	two = keeper_hash(&b);
	assert_memory_equal(&one, &two, sizeof(one));
	keeper_fini(&a);
	keeper_fini(&b);
}

static int refuse_put(void *ctx, const char *kind, const char *record, struct bytes payload, uint64_t ticket)
{
	(void)ctx;
	(void)kind;
	(void)record;
	(void)payload;
	return ticket == 3 ? IMS_E_UNREACHABLE : 0;
}

static void test_failures(void **state)
{
	const char *wrong[] = {project, other}, *absent[] = {"/nonexistent/project.csv"},
		   *good[] = {project, organization};
	struct keeper k;

	(void)state;
	keeper_init(&k);
	assert_int_equal(import_cordis(&k.opts, wrong, 2, &k.sink, &k.report), IMS_E_SYNTAX);
	assert_non_null(
		strstr(buf_text(&k.problems),
		       "not_cordis.csv:1: not a CORDIS project or organization table: no column title\n"));
	assert_int_equal(k.n, 0);
	assert_int_equal(import_cordis(&k.opts, absent, 1, &k.sink, &k.report), IMS_E_IO);
	k.sink.put = refuse_put;
	assert_int_equal(import_cordis(&k.opts, good, 2, &k.sink, &k.report), IMS_E_UNREACHABLE);
	assert_int_equal(k.report.organisations, 3);
	keeper_fini(&k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_problems),   cmocka_unit_test(test_records),
		cmocka_unit_test(test_regions),	   cmocka_unit_test(test_refused_organisation),
		cmocka_unit_test(test_same_again), cmocka_unit_test(test_failures),
	};

	return cmocka_run_group_tests_name("import_cordis", tests, setup, NULL);
}
