/* SPDX-License-Identifier: Apache-2.0 */
/* ims: the command line. Which function does what is in commands.def. */
#include <signal.h>
#include <stdio.h>

#include "cli/cli.h"

/* Switches that need no command. True when one was there. */
static bool did_general(const struct args *a)
{
	if (args_has(a, OPT_PRINT_MAN))
		man_print(stdout);
	else if (args_has(a, OPT_PRINT_COMPLETION))
		completion_print(stdout);
	else if (args_has(a, OPT_VERSION))
		printf("ims %s\n", IMS_VERSION);
	else if (args_has(a, OPT_HELP))
		usage_print(stdout, a->command, a->noun);
	else
		return false;
	return true;
}

static int usage_error(const struct args *a, int err, const struct errtext *e)
{
	const char *verb = a->command ? a->command->verb : "", *gap = *verb ? " " : "";
	char command[64] = "arguments";

	if (a->noun)
		snprintf(command, sizeof(command), "%s%s%s", a->noun, gap, verb);
	cli_fail(command, err, "%s", e->text);
	if (a->command) {
		fputs("usage: ", stderr);
		usage_line(stderr, a->command, a->noun);
		fputc('\n', stderr);
	}
	fprintf(stderr, "'ims%s%s%s%s --help' tells more\n", a->noun ? " " : "", a->noun ? a->noun : "", gap,
		verb);
	return err;
}

static int run(struct cli *cli, int argc, char **argv)
{
	struct errtext e = {""};
	int err = args_parse(&cli->args, argc, argv, &e), flushed;

	if (err)
		return usage_error(&cli->args, err, &e);
	out_init(&cli->out, args_has(&cli->args, OPT_JSON), stdout);
	if (!did_general(&cli->args)) {
		if (!cli->args.command) {
			usage_print(stderr, NULL, NULL);
			return IMS_E_USAGE;
		}
		err = cli->args.command->run(cli);
	}
	flushed = out_finish(&cli->out);
	if (flushed && err == 0)
		err = cli_fail("standard output", flushed, "could not be written");
	return err;
}

int main(int argc, char **argv)
{
	struct cli cli = {0};
	int err;

	signal(SIGPIPE, SIG_IGN);
	err = run(&cli, argc, argv);
	client_free(cli.client);
	args_fini(&cli.args);
	return err ? ims_error(err)->exit_code : 0;
}
