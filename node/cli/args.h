/* SPDX-License-Identifier: Apache-2.0 */
/*
 * argv read by commands.def: noun, verb, options, words. Options may stand anywhere; the value
 * of an option is the next word whatever it begins with, or follows after '='. "--" ends
 * options, "-" is a word. Points into argv.
 */
#ifndef CLI_ARGS_H
#define CLI_ARGS_H

#include "cli/command.h"
#include "ims/err.h"

struct given_option {
	enum option option;
	const char *value;	/* "" for a switch */
	size_t before_word;	/* how many words stood before it */
};

struct args {
	const struct command *command;	/* NULL: only global options were given */
	const char *noun;		/* as typed; NULL when none was */
	struct given_option *given;	/* in order */
	size_t n_given;
	const char **word;		/* after noun and verb */
	size_t n_words;
};

/* Errors: IMS_E_USAGE with what is wrong; the noun that was understood is kept for the usage text.
 * *ret is initialised in any case. */
IMS_MUST_CHECK int args_parse(struct args *ret, int argc, char **argv, struct errtext *e);
void args_fini(struct args *a);

bool args_has(const struct args *a, enum option o);
/* The last value given; NULL when there is none. */
const char *args_get(const struct args *a, enum option o);
/* The n-th of an option that repeats, from 0; NULL at the end. */
const char *args_nth(const struct args *a, enum option o, size_t n);
/* The n-th word, or NULL. */
const char *args_word(const struct args *a, size_t n);
/* A whole number, `otherwise` when it was not given. Errors: IMS_E_USAGE. */
IMS_MUST_CHECK int args_u64(const struct args *a, enum option o, uint64_t otherwise, uint64_t *ret,
			    struct errtext *e);

#endif
