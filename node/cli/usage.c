/* SPDX-License-Identifier: Apache-2.0 */
/* Usage and --help from the rows of commands.def. */
#include "cli/command.h"
#include "registry/registry.h"

#define HELP_COLUMN 30

static const char *noun_of(const struct command *c, const char *noun)
{
	return noun && strcmp(c->noun, COMMAND_NOUN_KIND) == 0 ? noun : c->noun;
}

void usage_line(FILE *f, const struct command *c, const char *noun)
{
	fprintf(f, "ims %s%s%s%s%s", noun_of(c, noun), *c->verb ? " " : "", c->verb, *c->args ? " " : "",
		c->args);
}

static void print_option(FILE *f, const struct option_info *o)
{
	char left[64];

	snprintf(left, sizeof(left), "%s%c%s--%s%s%s", o->letter ? "-" : " ", o->letter ? o->letter : ' ',
		 o->letter ? ", " : "  ", o->name, o->value ? " " : "", o->value ? o->value : "");
	fprintf(f, "  %-*s %s\n", HELP_COLUMN, left, o->help);
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
	fprintf(f, "  %-*s %s\n", HELP_COLUMN, left, c->help);
}

static void print_kinds(FILE *f)
{
	size_t n;
	const struct kind *k = kind_all(&n);

	fprintf(f, "\nKIND is one of:\n");
	for (size_t i = 0; i < n; i++)
		fprintf(f, "  %-*s %s\n", HELP_COLUMN, k[i].name, k[i].help);
}

static void print_command(FILE *f, const struct command *c, const char *noun)
{
	fprintf(f, "usage: ");
	usage_line(f, c, noun);
	fprintf(f, "%s\n\n%s\n", *c->options ? " [OPTION...]" : "", c->help);
	if (*c->options) {
		fprintf(f, "\noptions:\n");
		print_options(f, c);
	}
	fprintf(f, "\ngeneral options:\n");
	print_options(f, NULL);
}

void usage_print(FILE *f, const struct command *c, const char *noun)
{
	size_t n;
	const struct command *all = command_all(&n);

	if (c) {
		print_command(f, c, noun);
		return;
	}
	fprintf(f, "usage: ims NOUN VERB [WORD...] [OPTION...]\n\n");
	for (size_t i = 0; i < n; i++)
		if (!noun || command_has_noun(&all[i], noun))
			print_row(f, &all[i], noun);
	if (noun)
		return;
	print_kinds(f);
	fprintf(f, "\ngeneral options:\n");
	print_options(f, NULL);
	fprintf(f, "\n'ims NOUN VERB --help' explains a command, ims(1) everything.\n");
}
