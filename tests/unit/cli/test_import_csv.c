/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of any kind: columns as fields, rows that go on with a record, organisations by name, what is wrong. */
#include "unit/cli/import_sink.h"

#include <dirent.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/export_cells.h"

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
	buf_put_text(json, "{\"header\":{\"operator\":\"x\"},\"name\":\"One\",\"country\":\"NL\","
			   "\"city\":\"Oud  Delft\"}");
	return 0;
}

/* A table of an export: by ids, over what the records are; its columns about the entry are passed over. */
static void test_over_records(void **state)
{
	struct keeper *k = *state;

	k->sink.get = get;
	import_table(k, "organisation",
		     "id,revision,state,origin,index,time,name,short_name,city,links\n"
		     "eu-o-1,3,live,o,7,t,,ONE,Oud Delft,"
		     "\"[{\"\"rel\"\":\"\"homepage\"\",\"\"url\"\":\"\"https://a.example\"\"}]\"\n"
		     "eu-o-2,3,live,o,7,t,,TWO,,\n");
	check_said(k, ":3: eu-o-2: no such record");
	assert_int_equal(k->n, 1);
	assert_string_equal(buf_text(&k->records), "eu-o-1 ");
	check_nth(k, "organisation", 0, "{\"header\":null,\"name\":\"One\",\"short_name\":\"ONE\",\"country\":\"NL\","
					"\"city\":\"Oud  Delft\""); /* white space alone is no change */
	check_nth(k, "organisation", 0, "{\"rel\":\"homepage\",\"url\":\"https://a.example\"}");
}

/* What goes on with a row that cannot be read is of no other record. */
static void test_what_goes_on_with_a_lost_row(void **state)
{
	struct keeper *k = *state;

	import_table(k, "initiative",
		     HEAD ",,,,,Nobody,DE,participant,more\n"
			  ",,,,,Nobody,DE,participant\n"
			  "ALFA,Robots,1,EUR,draft,Werk Nord,DE,coordinator\n"
			  "BETA,Lasers,7,USD,draft,Werk West,DE,coordinator,more\n"
			  ",,,,,Werk Sued,AT,participant\n"
			  "GAMMA,Mills,7,USD,draft,Werk Ost,DE,coordinator\n"
			  "\"DELTA,Saws\n"
			  ",,,,,Werk Sued,AT,participant\n"
			  "GAMMA,Mills,7,USD,draft,Werk West,DE,participant\n");
	assert_int_equal(keeper_count(k, "initiative"), 2);
	assert_int_equal(keeper_count(k, "organisation"), 3);
	check_nth(k, "initiative", 0, "\"participants\":[{\"organisation\":\"xx-o-1\",\"role\":\"coordinator\","
				      "\"country\":\"DE\",\"share_hundredths\":0}]");
	check_nth(k, "initiative", 1, "\"role\":\"coordinator\",\"country\":\"DE\",\"share_hundredths\":0},"
				      "{\"organisation\":\"xx-o-3\",\"role\":\"participant\"");
}

/* A text in brackets is a text; what is no UTF-8 is said to be none. */
static void test_brackets_and_bytes(void **state)
{
	struct keeper *k = *state;

	import_table(k, "initiative", "acronym,state,title,keywords\n"
				      "A,draft,[Draft] Lasers,[x] y; z\n"
				      "B,draft,[1],\"[\"\"p;q\"\"]\"\n"
				      "C,draft,{Saws} and mills,\n"
				      "D,draft,Mi\xfflls,\n");
	check_said(k, ":5: title \"Mi\xfflls\": expected valid UTF-8");
	assert_int_equal(keeper_count(k, "initiative"), 3);
	check_nth(k, "initiative", 0, "{\"lang\":\"en\",\"text\":\"[Draft] Lasers\"}");
	check_nth(k, "initiative", 0, "[\"[x] y\",\"z\"]");
	check_nth(k, "initiative", 1, "{\"lang\":\"en\",\"text\":\"[1]\"}");
	check_nth(k, "initiative", 1, "\"keywords\":[\"p;q\"]");
	check_nth(k, "initiative", 2, "{\"lang\":\"en\",\"text\":\"{Saws} and mills\"}");
}

/* ---- there and back */
static void export_table(const char *kind, struct bytes json, char **ret, size_t *ret_n)
{
	const struct kind *row = kind_by_name(bytes_of(kind));
	FILE *f = open_memstream(ret, ret_n);
	struct ProtobufCMessage *m;
	struct errtext e = {""};
	struct arena a;

	arena_init(&a, codec_budget(json.n));
	if (codec_from_json(row->descriptor, json, &a, &m, NULL, &e))
		fail_msg("%s: %s", kind, e.text);
	export_headings(f, row);
	export_fields(f, row, m);
	fclose(f);
	arena_fini(&a);
}

/* As the node keeps it: all fields, but not who acted. */
static char *as_kept(const char *kind, struct bytes json)
{
	const struct kind *row = kind_by_name(bytes_of(kind));
	struct ProtobufCMessage *m;
	struct buf out = {0};
	struct arena a;
	char *text, *rest;

	arena_init(&a, codec_budget(json.n));
	assert_int_equal(codec_from_json(row->descriptor, json, &a, &m, NULL, NULL), 0);
	codec_json(m, 0, &out);
	arena_fini(&a);
	rest = strstr(buf_text(&out), "},\"");
	text = mem_printf("{\"header\":null%s", strncmp(buf_text(&out), "{\"header\":{", 11) == 0
							 ? rest + 1
							 : buf_text(&out) + strlen("{\"header\":null"));
	buf_fini(&out);
	return text;
}

/* White space in words is tidied. */
static void tidy(char *text)
{
	char *to = text;

	for (; *text; text++)
		if (*text != ' ' || text[1] != ' ')
			*to++ = *text;
	*to = '\0';
}

static void check_comes_back(const char *kind, struct bytes json, bool is_tidy)
{
	char *table, *was = as_kept(kind, json), *is;
	struct keeper k;
	size_t n;

	keeper_init(&k);
	export_table(kind, json, &table, &n);
	import_table(&k, kind, table);
	if (keeper_count(&k, kind) != 1)
		fail_msg("%s: %s\n%s", kind, buf_text(&k.problems), table);
	is = keeper_json(&k, kind, 0);
	if (!is_tidy)
		tidy(was);
	assert_string_equal(is, was);
	keeper_fini(&k);
	free(is);
	free(was);
	free(table);
}

/* What texts and lists could be taken for is no matter. */
static void test_hostile_cells_come_back(void **state)
{
	static const struct {
		const char *kind, *json;
	} rows[] = {
		{"organisation", "{\"name\":\"=A\\\"1\\\", B\",\"country\":\"DE\",\"keywords\":[\"a;b\",\"c\"],"
				 "\"about\":[{\"lang\":\"en\",\"text\":\"[x] one\\n\\n\\n\\ntwo\\n\"}],"
				 "\"aliases\":[{\"lang\":\"en\",\"text\":\"{A}\"}]}"},
		{"organisation", "{\"name\":\"B\",\"country\":\"DE\",\"keywords\":[\"[a]\",\"b  c\"],"
				 "\"about\":[{\"lang\":\"en\",\"text\":\"one\\ntwo  \\n\"}]}"},
		{"organisation", "{\"name\":\"C\",\"country\":\"DE\",\"keywords\":[\"one\",\"two words\"],"
				 "\"about\":[{\"lang\":\"en\",\"text\":\"one\\n\\ntwo\"}]}"},
		{"organisation", "{\"name\":\"'-D\",\"country\":\"DE\",\"city\":\"@E\",\"short_name\":\"'F'\"}"},
		{"moa", "{\"initiative\":\"xx-i-1\",\"version\":1,\"title\":[{\"lang\":\"en\",\"text\":\"M\"}],"
			"\"texts\":[{\"lang\":\"en\",\"document\":\"xx-b-2\",\"sha256\":"
			"\"c0bc1e08f9743b2d50d5f1607503bf4e849af0e729fca896515bea955d70a33e\"}]}"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check_comes_back(rows[i].kind, bytes_of(rows[i].json), true);
}

/* Whatever another region calls itself, a spreadsheet is given a text. */
static void test_no_cell_is_a_formula(void **state)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	(void)state;
	export_cell(f, "=HYPERLINK(\"x\")", false);
	export_cell(f, "a=b", false);
	export_cell(f, "'tis", true);
	fclose(f);
	assert_string_equal(text, "\"'=HYPERLINK(\"\"x\"\")\",a=b,''tis\r\n");
	free(text);
}

/* Of every kind there is a vector. */
static void test_every_kind_comes_back(void **state)
{
	char path[512];
	struct dirent *e;
	size_t n = 0;
	DIR *d;

	(void)state;
	snprintf(path, sizeof(path), "%s/tests/vectors/kinds", top_dir());
	d = opendir(path);
	assert_non_null(d);
	while ((e = readdir(d))) {
		char kind[64];
		struct buf json = {0};
		struct errtext why;

		if (!strstr(e->d_name, ".json"))
			continue;
		snprintf(kind, sizeof(kind), "%.*s", (int)strcspn(e->d_name, "._"), e->d_name);
		snprintf(path, sizeof(path), "%s/tests/vectors/kinds/%s", top_dir(), e->d_name);
		assert_int_equal(file_read(path, 1 << 20, &json, &why), 0);
		check_comes_back(kind, buf_bytes(&json), false);
		buf_fini(&json);
		n++;
	}
	closedir(d);
	assert_true(n >= 23);
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
		TEST(test_what_goes_on_with_a_lost_row),	 TEST(test_brackets_and_bytes),
		TEST(test_no_cell_is_a_formula),
		TEST(test_hostile_cells_come_back),		 TEST(test_every_kind_comes_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
