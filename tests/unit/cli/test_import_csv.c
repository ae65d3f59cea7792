/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of any kind: columns as fields, rows that go on with a record, organisations by name, what is wrong. */
#include "unit/cli/import_sink.h"

#include <unistd.h>

/* Import a table that is written to a file first. */
static void import_table(struct keeper *k, const char *kind, const char *text)
{
	char path[] = "/tmp/imsd-csv-XXXXXX";
	const char *file = path;
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	k->opts.kind = kind_by_name(bytes_of(kind));
	(void)!import_csv(&k->opts, &file, 1, &k->sink, &k->report);
	unlink(path);
}

static void check_nth(const struct keeper *k, const char *kind, size_t n, const char *part)
{
	char *json = keeper_json(k, kind, n);

	if (!strstr(json, part))
		fail_msg("no %s in %s", part, json);
	free(json);
}

/* The name of the temporary file is no part of what is compared. */
static void check_said(struct keeper *k, const char *line_and_text)
{
	if (!strstr(buf_text(&k->problems), line_and_text))
		fail_msg("not said: %s; but\n%s", line_and_text, buf_text(&k->problems));
}

static void test_cells(void **state)
{
	struct keeper *k = *state;

	import_table(k, "organisation",
		     "Name;short-name;Country;pic;links;sources;Keywords;about@en;about@de;sme\r\n"
		     "\"Werk; Nord\";WN;Germany;;https://werk.example;list:7;lasers; robots;Makes;Macht;no\r\n");
	assert_int_equal(k->n, 0); /* the ';' between the keywords shifts what follows */
	check_said(k, ":2: more cells than headings: is one with a ';' without quotes?");
	import_table(k, "organisation",
		     "Name\tshort-name\tCountry\tlinks\tsources\tKeywords\tabout@en\tabout@de\n"
		     "Werk; Nord\tWN\tGermany\thttps://werk.example\tlist:7\tlasers; robots\t"
		     "Makes things\tMacht Dinge\n");
	assert_int_equal(keeper_count(k, "organisation"), 1);
	check_nth(k, "organisation", 0, "\"name\":\"Werk; Nord\",\"short_name\":\"WN\",\"country\":\"DE\"");
	check_nth(k, "organisation", 0, "\"links\":[{\"rel\":\"homepage\",\"url\":\"https://werk.example\"}]");
	check_nth(k, "organisation", 0, "\"sources\":[{\"scheme\":\"list\",\"id\":\"7\"}]");
	check_nth(k, "organisation", 0, "\"keywords\":[\"lasers\",\"robots\"]");
	check_nth(k, "organisation", 0, "{\"lang\":\"de\",\"text\":\"Macht Dinge\"}");
	assert_string_equal(buf_text(&k->records), "- ");
}

#define HEAD "acronym,title,budget,currency,state,participants.organisation,participants.country,participants.role\n"

/* A consortium: rows that say the same, or nothing, of the initiative go on; each organisation is put once. */
static void test_a_consortium(void **state)
{
	struct keeper *k = *state;

	import_table(k, "initiative",
		     HEAD "ALFA,Robots,1234.5,EUR,draft,Werk Nord,DE,coordinator\n"
			  ",,,,,Werk Sued,Austria,participant\n"
			  "BETA,Lasers,7,USD,draft,Werk Nord,Germany,coordinator\n"
			  "BETA,Lasers,7,USD,draft,eu-o-77,FR,participant\n"
			  "BETA,Lasers,8,USD,draft,eu-o-77,FR,coordinator\n");
	assert_string_equal(buf_text(&k->problems), "");
	assert_int_equal(keeper_count(k, "organisation"), 2);
	assert_int_equal(keeper_count(k, "initiative"), 3);
	check_nth(k, "initiative", 0, "\"budget_hundredths\":123450,\"currency\":\"EUR\"");
	check_nth(k, "initiative", 0, "{\"organisation\":\"xx-o-1\",\"role\":\"coordinator\",\"country\":\"DE\"");
	check_nth(k, "initiative", 0, "{\"organisation\":\"xx-o-2\",\"role\":\"participant\",\"country\":\"AT\"");
	check_nth(k, "initiative", 1, "{\"organisation\":\"xx-o-1\"");
	check_nth(k, "initiative", 1, "{\"organisation\":\"eu-o-77\",\"role\":\"participant\"");
	check_nth(k, "initiative", 2, "\"budget_hundredths\":800");
}

/* Each with its line; what is good goes in. */
static void test_what_is_wrong_is_said(void **state)
{
	struct keeper *k = *state;

	import_table(k, "initiative",
		     HEAD "ALFA,Robots,much,EUR,draft,Werk Nord,DE,coordinator\n"
			  ",,,,,Werk Sued,AT,participant\n"
			  "BETA,Lasers,7,EURO,dreft,eu-o-1,FR,captain\n"
			  "\"GAMMA,Lasers\n"
			  "DELTA,Mills,7,EUR,draft,eu-o-1,FR,coordinator\n");
	check_said(k, ":2: budget \"much\": expected an amount, as 1234.50");
	check_said(k, ":4: /currency: ");
	check_said(k, ":4: /state: \"dreft\"");
	check_said(k, ":4: /participants/0/role: \"captain\"");
	check_said(k, ":5: ");
	assert_int_equal(keeper_count(k, "initiative"), 1);
	assert_int_equal(keeper_count(k, "organisation"), 0); /* of a record that is left out nothing is put */
	check_nth(k, "initiative", 0, "\"acronym\":\"DELTA\"");
}

static void test_headings(void **state)
{
	static const char *const columns[] = {"society=name"};
	struct keeper *k = *state;

	import_table(k, "organisation", "society\nOne\n");
	check_said(k, ":1: left aside, being no field of organisation: 'society'. Its fields: name short_name");
	check_said(k, ":1: no column is a field of organisation");
	assert_int_equal(k->n, 0);
	k->opts.columns = columns;
	k->opts.n_columns = 1;
	k->opts.template = BYTES_LIT("{\"country\":\"CN\",\"type\":\"society\",\"keywords\":[\"all\"]}");
	import_table(k, "organisation", "society,keywords,header.operator\nOne,\nTwo,own\n");
	check_said(k, ":1: left aside, being no field of organisation: 'header.operator'");
	assert_int_equal(k->n, 2);
	check_nth(k, "organisation", 0, "\"name\":\"One\",\"short_name\":\"\",\"country\":\"CN\"");
	check_nth(k, "organisation", 0, "\"keywords\":[\"all\"]");
	check_nth(k, "organisation", 1, "\"keywords\":[\"own\"]");
	import_table(k, "organisation", "");
	check_said(k, ":1: it has no heading");
}

static int get(void *ctx, const char *record, const struct kind *kind, struct buf *json, struct errtext *e)
{
	(void)ctx;
	assert_string_equal(kind->name, "organisation");
	if (strcmp(record, "eu-o-1") != 0)
		return errtext_set(e, IMS_E_NOT_FOUND, "no such record");
	buf_put_text(json, "{\"header\":{\"operator\":\"x\"},\"name\":\"One\",\"country\":\"NL\",\"city\":\"Delft\"}");
	return 0;
}

/* A table of an export: by ids, over what the records are; its columns about the entry are passed over. */
static void test_over_records(void **state)
{
	struct keeper *k = *state;

	k->sink.get = get;
	import_table(k, "organisation",
		     "id,revision,state,origin,index,time,name,short_name,links\n"
		     "eu-o-1,3,live,o,7,t,,ONE,"
		     "\"[{\"\"rel\"\":\"\"homepage\"\",\"\"url\"\":\"\"https://a.example\"\"}]\"\n"
		     "eu-o-2,3,live,o,7,t,,TWO,\n");
	check_said(k, ":3: eu-o-2: no such record");
	assert_int_equal(k->n, 1);
	assert_string_equal(buf_text(&k->records), "eu-o-1 ");
	check_nth(k, "organisation", 0, "{\"header\":null,\"name\":\"One\",\"short_name\":\"ONE\",\"country\":\"NL\","
					"\"city\":\"Delft\"");
	check_nth(k, "organisation", 0, "{\"rel\":\"homepage\",\"url\":\"https://a.example\"}");
}

/* More than a batch, and a record on its edge. */
static void test_many_rows(void **state)
{
	struct keeper *k = *state;
	struct buf text = {0};

	buf_put_text(&text, HEAD);
	for (int i = 0; i < 1203; i++)
		buf_printf(&text, "A%d,T,1,EUR,draft,Org %d,DE,coordinator\n,,,,,Org %d,DE,participant\n", i, i % 7,
			   7 + i % 3);
	import_table(k, "initiative", buf_text(&text));
	buf_fini(&text);
	assert_string_equal(buf_text(&k->problems), "");
	assert_int_equal(keeper_count(k, "organisation"), 10);
	assert_int_equal(keeper_count(k, "initiative"), 1203);
	check_nth(k, "initiative", 500, "\"role\":\"participant\"");
	check_nth(k, "initiative", 1202, "\"role\":\"participant\"");
}

static int setup(void **state)
{
	struct keeper *k = mem_new(struct keeper);

	keeper_init(k);
	*state = k;
	return 0;
}

static int teardown(void **state)
{
	keeper_fini(*state);
	free(*state);
	return 0;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_cells),	TEST(test_a_consortium), TEST(test_what_is_wrong_is_said),
		TEST(test_headings),	TEST(test_over_records), TEST(test_many_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
