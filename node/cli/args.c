/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/args.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/text.h"

/* "--name" or "-n". */
static bool option_is(const struct option_info *o, struct bytes text)
{
	if (text.p[1] == '-')
		return bytes_eq_text(BYTES(text.p + 2, text.n - 2), o->name);
	return text.n == 2 && text.p[1] == o->letter;
}

/* Which option is this? The command's own first; none: OPT_COUNT. */
static enum option option_named(const struct command *c, struct bytes text)
{
	enum option found = OPT_COUNT;

	for (unsigned i = 0; i < OPT_COUNT; i++) {
		const struct option_info *o = &option_infos[i];

		if (!option_is(o, text))
			continue;
		if (c && command_has_option(c, (enum option)i))
			return (enum option)i;
		if (o->global)
			found = (enum option)i;
	}
	return found;
}

/* argv[*at] is an option: take it with its value and step over. */
static int take_option(struct args *a, int argc, char **argv, int *at, struct errtext *e)
{
	const char *text = argv[*at];
	const char *equals = text[1] == '-' ? strchr(text, '=') : NULL;
	size_t n = equals ? (size_t)(equals - text) : strlen(text);
	enum option o = option_named(a->command, BYTES(text, n));
	const char *value = "";

	if (o == OPT_COUNT)
		return errtext_set(e, IMS_E_USAGE, "unknown option %.*s", (int)(n > 64 ? 64 : n), text);
	if (option_infos[o].value && equals) {
		value = equals + 1;
	} else if (option_infos[o].value) {
		if (*at + 1 >= argc)
			return errtext_set(e, IMS_E_USAGE, "--%s needs a value: %s", option_infos[o].name,
					   option_infos[o].value);
		value = argv[++*at];
	} else if (equals) {
		return errtext_set(e, IMS_E_USAGE, "--%s takes no value", option_infos[o].name);
	}
	(*at)++;
	a->given[a->n_given++] = (struct given_option){o, value, a->n_words};
	return 0;
}

#define MEANT(guess) (guess) ? "; did you mean '" : "", (guess) ? (guess) : "", (guess) ? "'?" : ""

/* A word before the command is known: the noun, then its verb. */
static int take_head(struct args *a, const char *word, struct errtext *e)
{
	const char *guess;

	if (!a->noun) {
		if (!command_noun_exists(word)) {
			guess = command_guess(NULL, word);
			return errtext_set(e, IMS_E_USAGE, "'%.40s' is no command%s%s%s", word, MEANT(guess));
		}
		a->noun = word;
		a->command = command_find(word, "");
		return 0;
	}
	a->command = command_find(a->noun, word);
	if (a->command)
		return 0;
	guess = command_guess(a->noun, word);
	return errtext_set(e, IMS_E_USAGE, "'%.40s' is not a verb of '%s'%s%s%s", word, a->noun,
			   MEANT(guess));
}

static int check_words(const struct args *a, struct errtext *e)
{
	size_t min, max;

	if (!a->command) {
		if (a->noun && !args_has(a, OPT_HELP))
			return errtext_set(e, IMS_E_USAGE, "what about '%s'? A verb is missing", a->noun);
		return 0;
	}
	command_arity(a->command, &min, &max);
	if (a->n_words < min && !args_has(a, OPT_HELP))
		return errtext_set(e, IMS_E_USAGE, "missing: %s", a->command->args);
	if (a->n_words > max)
		return errtext_set(e, IMS_E_USAGE, "too many words, from '%.80s' on", a->word[max]);
	return 0;
}

int args_parse(struct args *ret, int argc, char **argv, struct errtext *e)
{
	bool options = true;
	int err = 0;

	*ret = (struct args){0};
	ret->given = mem_zalloc(((size_t)argc + 1) * sizeof(*ret->given));
	ret->word = mem_zalloc(((size_t)argc + 1) * sizeof(*ret->word));
	for (int at = 1; at < argc && err == 0;) {
		const char *text = argv[at];

		if (options && strcmp(text, "--") == 0) {
			options = false;
			at++;
		} else if (options && text[0] == '-' && text[1] != '\0') {
			err = take_option(ret, argc, argv, &at, e);
		} else if (!ret->command) {
			err = take_head(ret, text, e);
			at++;
		} else {
			ret->word[ret->n_words++] = text;
			at++;
		}
	}
	return err ? err : check_words(ret, e);
}

void args_fini(struct args *a)
{
	free(a->given);
	free(a->word);
	*a = (struct args){0};
}

const char *args_get(const struct args *a, enum option o)
{
	for (size_t i = a->n_given; i > 0; i--)
		if (a->given[i - 1].option == o)
			return a->given[i - 1].value;
	return NULL;
}

bool args_has(const struct args *a, enum option o)
{
	return args_get(a, o) != NULL;
}

const char *args_nth(const struct args *a, enum option o, size_t n)
{
	for (size_t i = 0; i < a->n_given; i++)
		if (a->given[i].option == o && n-- == 0)
			return a->given[i].value;
	return NULL;
}

const char *args_word(const struct args *a, size_t n)
{
	return n < a->n_words ? a->word[n] : NULL;
}

int args_u64(const struct args *a, enum option o, uint64_t otherwise, uint64_t *ret, struct errtext *e)
{
	const char *text = args_get(a, o);
	uint64_t v = otherwise;

	if (text && !dec_get_u64(bytes_of(text), &v))
		return errtext_set(e, IMS_E_USAGE, "--%s: '%.40s' is not a whole number",
				   option_infos[o].name, text);
	*ret = v;
	return 0;
}
