/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Commands that read their own options and need no node. commands.def has their options for help,
 * manual and completion; here they are handed on as an argv, in the order in which they were typed
 * (an option of theirs may take several words).
 */
#include <stdlib.h>

#include "base/mem.h"
#include "cli/cli.h"
#include "cli/cmd_init.h"
#include "cli/cmd_roster.h"
#include "cli/commands.h"

/* The options that stood before word `at`; of the general ones only --json is theirs to know. */
static int put_options(const struct args *a, size_t at, char **argv, int argc)
{
	for (size_t i = 0; i < a->n_given; i++) {
		const struct option_info *o = &option_infos[a->given[i].option];

		if (a->given[i].before_word != at || (o->global && a->given[i].option != OPT_JSON))
			continue;
		argv[argc++] = mem_printf("--%s", o->name);
		if (o->value)
			argv[argc++] = mem_strdup(a->given[i].value);
	}
	return argc;
}

static int hand_on(struct cli *cli, const char *name, int (*command)(int argc, char **argv))
{
	const struct args *a = &cli->args;
	char **argv = mem_zalloc((2 * a->n_given + a->n_words + 2) * sizeof(*argv));
	int argc = 0;

	argv[argc++] = mem_strdup(name);
	for (size_t i = 0; i <= a->n_words; i++) {
		argc = put_options(a, i, argv, argc);
		if (i < a->n_words)
			argv[argc++] = mem_strdup(a->word[i]);
	}
	cli->exit_code = command(argc, argv);
	/* getopt_long() may have changed their order, not their number */
	while (argc > 0)
		free(argv[--argc]);
	free(argv);
	return 0;
}

int cmd_own_init(struct cli *cli)
{
	return hand_on(cli, "init", cmd_init);
}

int cmd_own_roster_propose(struct cli *cli)
{
	return hand_on(cli, "propose", cmd_roster_propose);
}

int cmd_own_roster_sign(struct cli *cli)
{
	return hand_on(cli, "sign", cmd_roster_sign);
}

int cmd_own_roster_verify(struct cli *cli)
{
	return hand_on(cli, "verify", cmd_roster_verify);
}
