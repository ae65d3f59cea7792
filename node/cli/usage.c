/* SPDX-License-Identifier: Apache-2.0 */
/* Usage and --help from the rows of commands.def. */
#include <string.h>

#include "cli/command.h"
#include "registry/registry.h"

#define HELP_COLUMN 30
#define HELP_END 100

/* A line of two columns; the right one is wrapped between words. */
static void print_columns(FILE *f, const char *left, const char *right)
{
	size_t room = HELP_END - HELP_COLUMN - 3;

	fprintf(f, "  %-*s", HELP_COLUMN, left);
	for (size_t n; *right; right += n + strspn(right + n, " ")) {
		n = strlen(right);
		if (n > room)
			for (n = room; n && right[n] != ' ';)
				n--;
		if (n == 0) /* a word that is longer than a line */
			n = strlen(right);
		fprintf(f, " %.*s\n", (int)n, right);
		if (right[n])
			fprintf(f, "  %-*s", HELP_COLUMN, "");
	}
}

static const char *noun_of(const struct command *c, const char *noun)
{
	return noun && strcmp(c->noun, COMMAND_NOUN_KIND) == 0 ? noun : c->noun;
}

void usage_line(FILE *f, const struct command *c, const char *noun)
{
	fprintf(f, "ims %s%s%s%s%s [OPTION...]", noun_of(c, noun), *c->verb ? " " : "", c->verb,
		*c->args ? " " : "", c->args);
}

static void print_option(FILE *f, const struct option_info *o)
{
	char left[64];

	snprintf(left, sizeof(left), "%s%c%s--%s%s%s", o->letter ? "-" : " ", o->letter ? o->letter : ' ',
		 o->letter ? ", " : "  ", o->name, o->value ? " " : "", o->value ? o->value : "");
	print_columns(f, left, o->help);
}

static void print_options(FILE *f, const struct command *c)
{
	for (unsigned i = 0; i < OPT_COUNT; i++)
		if (c ? command_has_option(c, (enum option)i) : option_infos[i].global)
			print_option(f, &option_infos[i]);
}

static void print_row(FILE *f, const struct command *c, const char *noun)
{
	char left[80];

	snprintf(left, sizeof(left), "%s%s%s%s%s", noun_of(c, noun), *c->verb ? " " : "", c->verb,
		 *c->args ? " " : "", c->args);
	print_columns(f, left, c->help);
}

static void print_kinds(FILE *f)
{
	size_t n;
	const struct kind *k = kind_all(&n);

	fprintf(f, "\nKIND is one of:\n");
	for (size_t i = 0; i < n; i++)
		print_columns(f, k[i].name, k[i].help);
}

static void print_command(FILE *f, const struct command *c, const char *noun)
{
	const struct kind *k = noun ? kind_by_name(bytes_of(noun)) : NULL;

	fprintf(f, "usage: ");
	usage_line(f, c, noun);
	fprintf(f, "\n\n%s\n", c->help);
	if (*c->options) {
		fprintf(f, "\noptions:\n");
		print_options(f, c);
	}
	if (k && command_has_option(c, OPT_FILTER))
		fprintf(f, "\nkeys of %s records: %s\n", k->name, k->key_names);
	fprintf(f, "\n'ims --help' has the general options, ims(1) everything.\n");
}

void usage_print(FILE *f, const struct command *c, const char *noun)
{
	size_t n;
	const struct command *all = command_all(&n);

	if (c) {
		print_command(f, c, noun);
		return;
	}
	fprintf(f, "usage: ims %s VERB [WORD...] [OPTION...]\n\n", noun ? noun : "NOUN");
	for (size_t i = 0; i < n; i++)
		if (!noun || command_find(noun, all[i].verb) == &all[i]) /* a kind may have a verb of its own */
			print_row(f, &all[i], noun);
	if (noun) {
		fprintf(f, "\n'ims %s VERB --help' explains a command.\n", noun);
		return;
	}
	print_kinds(f);
	fprintf(f, "\ngeneral options:\n");
	print_options(f, NULL);
	fprintf(f, "\n'ims NOUN VERB --help' explains a command, ims(1) everything.\n");
}
