/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/command.h"

#include "base/text.h"
#include "cli/commands.h"
#include "registry/registry.h"

#define GLOBAL true
#define LOCAL false
const struct option_info option_infos[OPT_COUNT] = {
#define OPTION(NAME, name, letter, value, scope, help)                                                       \
	[OPT_##NAME] = {#NAME, name, letter, value, scope, help},
#include "cli/commands.def"
};
#undef GLOBAL
#undef LOCAL

static const struct command rows[] = {
#define COMMAND(noun, verb, args, options, function, help) {noun, verb, args, options, function, help},
#include "cli/commands.def"
};

const struct command *command_all(size_t *ret_count)
{
	*ret_count = sizeof(rows) / sizeof(rows[0]);
	return rows;
}

bool command_has_noun(const struct command *c, const char *noun)
{
	if (strcmp(c->noun, COMMAND_NOUN_KIND) == 0)
		return kind_by_name(bytes_of(noun)) != NULL;
	return strcmp(c->noun, noun) == 0;
}

const struct command *command_find(const char *noun, const char *verb)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(rows[i].verb, verb) == 0 && command_has_noun(&rows[i], noun))
			return &rows[i];
	return NULL;
}

bool command_noun_exists(const char *noun)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (command_has_noun(&rows[i], noun))
			return true;
	return false;
}

bool command_has_option(const struct command *c, enum option o)
{
	struct bytes rest = bytes_of(c->options), word;

	if (option_infos[o].global)
		return false;
	while (text_split(&rest, ' ', &word))
		if (bytes_eq_text(word, option_infos[o].id))
			return true;
	return false;
}

void command_arity(const struct command *c, size_t *ret_min, size_t *ret_max)
{
	struct bytes rest = bytes_of(c->args), word;
	size_t min = 0, max = 0;

	while (text_split(&rest, ' ', &word)) {
		if (word.n == 0)
			continue;
		min += word.p[0] != '[';
		max++;
		if (memmem(word.p, word.n, "...", 3))
			max = SIZE_MAX;
	}
	*ret_min = min;
	*ret_max = max;
}

/* ---- did you mean */

#define WORD_MAX 24
#define NEAR 2

/* Levenshtein distance of words up to WORD_MAX letters; longer ones are far from everything. */
static unsigned edits(const char *a, const char *b)
{
	unsigned row[WORD_MAX + 1];
	size_t na = strlen(a), nb = strlen(b);

	if (na > WORD_MAX || nb > WORD_MAX)
		return WORD_MAX;
	for (unsigned j = 0; j <= nb; j++)
		row[j] = j;
	for (unsigned i = 1; i <= na; i++) {
		unsigned diagonal = row[0];

		row[0] = i;
		for (unsigned j = 1; j <= nb; j++) {
			unsigned best = diagonal + (a[i - 1] != b[j - 1]);

			diagonal = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[nb];
}

static void consider(const char *word, const char *candidate, unsigned *best, const char **ret)
{
	unsigned n = edits(word, candidate);

	if (n < *best && n < strlen(candidate)) {
		*best = n;
		*ret = candidate;
	}
}

const char *command_guess(const char *noun, const char *word)
{
	const char *found = NULL;
	unsigned best = NEAR + 1;
	size_t n_kinds;
	const struct kind *kinds = kind_all(&n_kinds);

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (noun && command_has_noun(&rows[i], noun))
			consider(word, rows[i].verb, &best, &found);
		else if (!noun && strcmp(rows[i].noun, COMMAND_NOUN_KIND) != 0)
			consider(word, rows[i].noun, &best, &found);
	}
	for (size_t i = 0; !noun && i < n_kinds; i++)
		consider(word, kinds[i].name, &best, &found);
	return found;
}
