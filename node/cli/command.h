/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rows of commands.def as data: what args.c parses by and what usage, manual and completion
 * are printed from. Static, immutable.
 */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/bytes.h"

struct cli;

enum option {
#define OPTION(NAME, name, letter, value, scope, help) OPT_##NAME,
#include "cli/commands.def"
	OPT_COUNT
};

struct option_info {
	const char *id;		/* as commands name it in their options column */
	const char *name;
	char letter;		/* 0: none */
	const char *value;	/* NULL: a switch */
	bool global;
	const char *help;
};
extern const struct option_info option_infos[OPT_COUNT];

struct command {
	const char *noun, *verb, *args, *options;
	int (*run)(struct cli *cli);
	const char *help;
};

const struct command *command_all(size_t *ret_count);

#define COMMAND_NOUN_KIND "KIND"
/* Does the row answer to this noun: its own, or any kind's name for KIND rows? */
bool command_has_noun(const struct command *c, const char *noun);
/* NULL when there is none. verb "" finds nouns that are commands. */
const struct command *command_find(const char *noun, const char *verb);
bool command_noun_exists(const char *noun);
/* Does the command name this LOCAL option? */
bool command_has_option(const struct command *c, enum option o);
/* How many words a command takes; max SIZE_MAX: any number. */
void command_arity(const struct command *c, size_t *ret_min, size_t *ret_max);

/* The nearest noun (verb of noun, if noun is given) by edits, or NULL when none is near. */
const char *command_guess(const char *noun, const char *word);

/* ---- printed from the rows */
/* "ims log show [ORIGIN]". Noun: the word typed, for KIND rows. */
void usage_line(FILE *f, const struct command *c, const char *noun);
/* Help for one command, for a noun (c NULL), or all (noun NULL). */
void usage_print(FILE *f, const struct command *c, const char *noun);
void man_print(FILE *f);
void completion_print(FILE *f);

#endif
