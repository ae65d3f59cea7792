/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Commands that read their own options and need no node. commands.def has their options for help,
 * manual and completion; here they are handed on as an argv.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "cli/cli.h"
#include "cli/cmd_init.h"
#include "cli/commands.h"

/* "--name" for each given option of the command's own, its value, then the words. */
static int hand_on(struct cli *cli, const char *name, int (*command)(int argc, char **argv))
{
	const struct args *a = &cli->args;
	char **argv = mem_zalloc((2 * a->n_given + a->n_words + 3) * sizeof(*argv));
	int argc = 0;

	argv[argc++] = mem_strdup(name);
	for (size_t i = 0; i < a->n_given; i++) {
		const struct option_info *o = &option_infos[a->given[i].option];

		if (o->global)
			continue;
		argv[argc++] = mem_printf("--%s", o->name);
		if (o->value)
			argv[argc++] = mem_strdup(a->given[i].value);
	}
	argv[argc++] = mem_strdup("--");
	for (size_t i = 0; i < a->n_words; i++)
		argv[argc++] = mem_strdup(a->word[i]);
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
