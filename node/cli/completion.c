/* SPDX-License-Identifier: Apache-2.0 */
/* Completion for bash, from the rows of commands.def and kinds.def. */
#include "cli/command.h"
#include "registry/registry.h"

static bool is_kind_row(const struct command *c)
{
	return strcmp(c->noun, COMMAND_NOUN_KIND) == 0;
}

static bool same_noun(const struct command *a, const struct command *b)
{
	return strcmp(a->noun, b->noun) == 0;
}

static void put_nouns(FILE *f)
{
	size_t n, n_kinds;
	const struct command *all = command_all(&n);
	const struct kind *kinds = kind_all(&n_kinds);

	for (size_t i = 0; i < n; i++)
		if (!is_kind_row(&all[i]) && (i == 0 || !same_noun(&all[i], &all[i - 1])))
			fprintf(f, "%s ", all[i].noun);
	for (size_t i = 0; i < n_kinds; i++)
		fprintf(f, "%s ", kinds[i].name);
}

/* The names a row answers to, each with the same text around it, as alternatives of a `case`. */
static void put_pattern(FILE *f, const struct command *c, const char *before, const char *after)
{
	size_t n;
	const struct kind *kinds = kind_all(&n);

	fputc('\t', f);
	if (!is_kind_row(c))
		fprintf(f, "%s%s%s", before, c->noun, after);
	else
		for (size_t i = 0; i < n; i++)
			fprintf(f, "%s%s%s%s", i ? "|" : "", before, kinds[i].name, after);
	fputs(") ", f);
}

static void put_options(FILE *f, const struct command *c)
{
	for (unsigned i = 0; i < OPT_COUNT; i++)
		if (c ? command_has_option(c, (enum option)i) : option_infos[i].global)
			fprintf(f, "--%s ", option_infos[i].name);
}

static void put_verbs(FILE *f)
{
	size_t n;
	const struct command *all = command_all(&n);

	fputs("\tcase $noun in\n", f);
	for (size_t i = 0, j; i < n; i = j) {
		put_pattern(f, &all[i], "", "");
		fputs("verbs=\"", f);
		for (j = i; j < n && same_noun(&all[j], &all[i]); j++)
			fprintf(f, "%s%s", all[j].verb, *all[j].verb ? " " : "");
		fputs("\" ;;\n", f);
	}
	fputs("\tesac\n", f);
}

static void put_own_options(FILE *f)
{
	size_t n;
	const struct command *all = command_all(&n);
	char after[40];

	fputs("\tcase \"$noun $verb\" in\n", f);
	for (size_t i = 0; i < n; i++) {
		if (!*all[i].options)
			continue;
		/* a noun that is a command by itself has its first word where others have the verb */
		snprintf(after, sizeof(after), " %s\"%s", all[i].verb, *all[i].verb ? "" : "*");
		put_pattern(f, &all[i], "\"", after);
		fputs("own=\"", f);
		put_options(f, &all[i]);
		fputs("\" ;;\n", f);
	}
	fputs("\tesac\n", f);
}

/* Noun and verb are the first words that are neither options nor values of general ones. */
static void put_head(FILE *f)
{
	const char *separator = "";

	fputs("# completion of ims(1) for bash; made by `ims --print-completion`\n"
	      "_ims()\n{\n"
	      "\tlocal word=${COMP_WORDS[COMP_CWORD]} noun= verb= verbs= own= i\n"
	      "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n\t\tcase ${COMP_WORDS[i]} in\n\t\t",
	      f);
	for (unsigned i = 0; i < OPT_COUNT; i++)
		if (option_infos[i].global && option_infos[i].value) {
			fprintf(f, "%s--%s", separator, option_infos[i].name);
			separator = "|";
		}
	fputs(") ((i++)) ;;\n\t\t-*) ;;\n"
	      "\t\t*) if [[ -z $noun ]]; then noun=${COMP_WORDS[i]}; elif [[ -z $verb ]]; then "
	      "verb=${COMP_WORDS[i]}; fi ;;\n"
	      "\t\tesac\n\tdone\n",
	      f);
}

void completion_print(FILE *f)
{
	put_head(f);
	put_verbs(f);
	put_own_options(f);
	fputs("\tif [[ $word == -* ]]; then\n\t\tCOMPREPLY=($(compgen -W \"$own ", f);
	put_options(f, NULL);
	fputs("\" -- \"$word\"))\n\telif [[ -z $noun ]]; then\n\t\tCOMPREPLY=($(compgen -W \"", f);
	put_nouns(f);
	fputs("\" -- \"$word\"))\n"
	      "\telif [[ -z $verb && -n $verbs ]]; then\n"
	      "\t\tCOMPREPLY=($(compgen -W \"$verbs\" -- \"$word\"))\n"
	      "\telse\n\t\tCOMPREPLY=($(compgen -f -- \"$word\"))\n\tfi\n}\n"
	      "complete -o filenames -F _ims ims\n",
	      f);
}
