/* SPDX-License-Identifier: Apache-2.0 */
/* The table of commands and the parser that lives from it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/text.h"
#include "cli/args.h"
#include "registry/registry.h"

#define PARSE(a, e, ...) parse(a, e, (const char *[]){"ims", __VA_ARGS__, NULL})

static int parse(struct args *a, struct errtext *e, const char **argv)
{
	int argc = 0;

	while (argv[argc])
		argc++;
	return args_parse(a, argc, (char **)(uintptr_t)argv, e);
}

static void options_stand_anywhere(void **state)
{
	struct errtext e;
	struct args a;

	(void)state;
	assert_int_equal(
		PARSE(&a, &e, "--json", "log", "--node", "unix:/x", "tail", "-n", "5", "o/eu/1", "-f"), 0);
	assert_string_equal(a.command->verb, "tail");
	assert_string_equal(args_get(&a, OPT_NODE), "unix:/x");
	assert_string_equal(args_get(&a, OPT_LINES), "5");
	assert_true(args_has(&a, OPT_JSON) && args_has(&a, OPT_FOLLOW));
	assert_string_equal(args_word(&a, 0), "o/eu/1");
	assert_null(args_word(&a, 1));
	args_fini(&a);
}

static void values_may_look_like_options(void **state)
{
	struct errtext e;
	struct args a;
	uint64_t n;

	(void)state;
	assert_int_equal(PARSE(&a, &e, "journal", "list", "--since", "-2h", "--limit=20"), 0);
	assert_string_equal(args_get(&a, OPT_SINCE), "-2h");
	assert_int_equal(args_u64(&a, OPT_LIMIT, 0, &n, &e), 0);
	assert_int_equal(n, 20);
	args_fini(&a);
	assert_int_equal(PARSE(&a, &e, "record", "put", "initiative", "-"), 0);
	assert_string_equal(args_word(&a, 1), "-");
	args_fini(&a);
	assert_int_equal(PARSE(&a, &e, "record", "get", "--", "--id"), 0);
	assert_string_equal(args_word(&a, 0), "--id");
	args_fini(&a);
}

static void a_commands_own_option_wins_after_the_noun(void **state)
{
	struct errtext e;
	struct args a;

	(void)state;
	assert_int_equal(PARSE(&a, &e, "--key", "k.pem", "initiative", "list", "--key", "state=active"), 0);
	assert_string_equal(args_get(&a, OPT_KEY), "k.pem");
	assert_string_equal(args_get(&a, OPT_FILTER), "state=active");
	assert_string_equal(a.noun, "initiative");
	args_fini(&a);
}

static void options_repeat(void **state)
{
	struct errtext e;
	struct args a;

	(void)state;
	assert_int_equal(PARSE(&a, &e, "verify", "f", "--vkey", "a", "--vkey", "b"), 0);
	assert_string_equal(args_nth(&a, OPT_VKEY, 0), "a");
	assert_string_equal(args_nth(&a, OPT_VKEY, 1), "b");
	assert_null(args_nth(&a, OPT_VKEY, 2));
	assert_string_equal(args_get(&a, OPT_VKEY), "b");
	args_fini(&a);
}

static void expect_usage(const char *part, int err, struct args *a, const struct errtext *e)
{
	assert_int_equal(err, IMS_E_USAGE);
	assert_non_null(strstr(e->text, part));
	args_fini(a);
}

static void wrong_usage_is_said(void **state)
{
	struct errtext e;
	struct args a;
	uint64_t n;

	(void)state;
	expect_usage("mean 'log'", PARSE(&a, &e, "lgo", "list"), &a, &e);
	expect_usage("mean 'initiative'", PARSE(&a, &e, "inititative", "list"), &a, &e);
	expect_usage("mean 'list'", PARSE(&a, &e, "log", "lst"), &a, &e);
	expect_usage("is no command", PARSE(&a, &e, "frobnicate"), &a, &e);
	expect_usage("verb is missing", PARSE(&a, &e, "log"), &a, &e);
	expect_usage("missing: KIND FILE", PARSE(&a, &e, "record", "put", "initiative"), &a, &e);
	expect_usage("too many words", PARSE(&a, &e, "status", "now"), &a, &e);
	expect_usage("unknown option --frob", PARSE(&a, &e, "status", "--frob=1"), &a, &e);
	expect_usage("unknown option --since", PARSE(&a, &e, "status", "--since", "today"), &a, &e);
	expect_usage("needs a value", PARSE(&a, &e, "journal", "list", "--since"), &a, &e);
	expect_usage("takes no value", PARSE(&a, &e, "status", "--json=yes"), &a, &e);
	assert_int_equal(PARSE(&a, &e, "journal", "list", "--limit", "-1"), 0);
	expect_usage("not a whole number", args_u64(&a, OPT_LIMIT, 0, &n, &e), &a, &e);
}

/* Every row: found by its noun and verb, its options exist, its help is there. */
static void the_table_is_sound(void **state)
{
	size_t n;
	const struct command *c = command_all(&n);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		bool kind = strcmp(c[i].noun, COMMAND_NOUN_KIND) == 0;
		struct bytes rest = bytes_of(c[i].options), word;

		assert_ptr_equal(command_find(kind ? "organisation" : c[i].noun, c[i].verb), &c[i]);
		assert_true(strlen(c[i].help) > 3 && c[i].help[strlen(c[i].help) - 1] != '.');
		while (text_split(&rest, ' ', &word)) {
			bool found = word.n == 0;

			for (unsigned o = 0; o < OPT_COUNT; o++)
				found |= !option_infos[o].global && bytes_eq_text(word, option_infos[o].id);
			assert_true(found);
		}
	}
}

static void every_kind_is_a_noun(void **state)
{
	size_t n;
	const struct kind *k = kind_all(&n);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		assert_non_null(command_find(k[i].name, "list"));
		assert_non_null(command_find(k[i].name, "put"));
	}
	assert_null(command_find("KIND", "list"));
}

/* Every command is in the manual, every noun and option in the completion. */
static void documents_know_every_row(void **state)
{
	char *man = NULL, *completion = NULL;
	size_t n, man_n, completion_n;
	const struct command *c = command_all(&n);
	FILE *f = open_memstream(&man, &man_n);

	(void)state;
	man_print(f);
	fclose(f);
	f = open_memstream(&completion, &completion_n);
	completion_print(f);
	fclose(f);
	for (size_t i = 0; i < n; i++) {
		char title[120];

		snprintf(title, sizeof(title), ".SS \"ims %s%s%s", c[i].noun, *c[i].verb ? " " : "",
			 c[i].verb);
		assert_non_null(strstr(man, title));
		assert_true(strcmp(c[i].noun, COMMAND_NOUN_KIND) == 0 || strstr(completion, c[i].noun));
	}
	for (unsigned i = 0; i < OPT_COUNT; i++)
		assert_non_null(strstr(completion, option_infos[i].name));
	free(man);
	free(completion);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_stand_anywhere),
		cmocka_unit_test(values_may_look_like_options),
		cmocka_unit_test(a_commands_own_option_wins_after_the_noun),
		cmocka_unit_test(options_repeat),
		cmocka_unit_test(wrong_usage_is_said),
		cmocka_unit_test(the_table_is_sound),
		cmocka_unit_test(every_kind_is_a_noun),
		cmocka_unit_test(documents_know_every_row),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
