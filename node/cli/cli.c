/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/table.h"

#define LINE_BYTES 1024
#define TIMEOUT_MAX_S 86400

int cli_fail(const char *object, int err, const char *fmt, ...)
{
	char cause[LINE_BYTES];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(cause, sizeof(cause), fmt, ap);
	va_end(ap);
	if (cause[0] == '\0')
		snprintf(cause, sizeof(cause), "%s", ims_strerror(err));
	text_tame(cause);
	fprintf(stderr, "ims: %s: %s [%s]\n", object, cause, ims_error(err)->name);
	return err;
}

int cli_end(const char *command, int err, const struct errtext *e, const char *usage)
{
	if (err)
		cli_fail(command, err, "%s", e->text);
	if (err == IMS_E_USAGE)
		fputs(usage, stderr);
	return err;
}

void cli_tell(const char *fmt, ...)
{
	char line[LINE_BYTES];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	text_tame(line);
	fprintf(stderr, "ims: %s\n", line);
}

/* Option, else environment, else `otherwise`; empty counts as absent. */
static const char *setting(const struct cli *cli, enum option o, const char *variable, const char *otherwise)
{
	const char *v = args_get(&cli->args, o);

	if (!v)
		v = getenv(variable);
	return v && *v ? v : otherwise;
}

struct client_target cli_target(const struct cli *cli)
{
	return (struct client_target){
		.node = setting(cli, OPT_NODE, "IMS_NODE", CLIENT_DEFAULT_NODE),
		.cert = setting(cli, OPT_CERT, "IMS_CERT", NULL),
		.key = setting(cli, OPT_KEY, "IMS_KEY", NULL),
		.pin = setting(cli, OPT_PIN, "IMS_PIN", NULL),
		.roster = setting(cli, OPT_ROSTER, "IMS_ROSTER", NULL),
		.timeout_ms = CLI_TIMEOUT_MS,
	};
}

int cli_connect(struct cli *cli)
{
	struct client_target t = cli_target(cli);
	struct errtext e = {""};
	uint64_t seconds;
	int err;

	if (cli->client)
		return 0;
	err = cli_u64(cli, OPT_TIMEOUT, CLI_TIMEOUT_MS / 1000, &seconds);
	if (err)
		return err;
	if (seconds == 0 || seconds > TIMEOUT_MAX_S)
		return cli_fail("--timeout", IMS_E_USAGE, "1 to %d seconds", TIMEOUT_MAX_S);
	t.timeout_ms = (int64_t)seconds * 1000;
	err = client_open(&t, &cli->client, &e);
	return err ? cli_fail(t.node, err, "%s", e.text) : 0;
}

void cli_be_patient(struct cli *cli)
{
	if (cli->client && !args_has(&cli->args, OPT_TIMEOUT))
		client_set_timeout(cli->client, CLI_LONG_TIMEOUT_MS);
}

int cli_call(struct cli *cli, const char *object, enum verb verb, const struct ProtobufCMessage *request,
	     struct arena *a, struct ProtobufCMessage **ret)
{
	struct errtext e = {""};
	int err = cli_connect(cli);

	if (err)
		return err;
	err = verb_call(cli->client, verb, request, a, ret, &e);
	return err ? cli_fail(object, err, "%s", e.text) : 0;
}

int cli_show(struct cli *cli, const char *object, enum verb verb, const struct ProtobufCMessage *request)
{
	struct ProtobufCMessage *reply;
	struct arena a;
	int err = cli_call(cli, object, verb, request, &a, &reply);

	if (err)
		return err;
	out_message(&cli->out, reply);
	arena_fini(&a);
	return 0;
}

int cli_u64(const struct cli *cli, enum option o, uint64_t otherwise, uint64_t *ret)
{
	struct errtext e;
	int err = args_u64(&cli->args, o, otherwise, ret, &e);

	return err ? cli_fail(cli->args.noun, err, "%s", e.text) : 0;
}

int cli_limit(const struct cli *cli, uint64_t *ret)
{
	int err = cli_u64(cli, OPT_LIMIT, 0, ret);

	if (err == 0 && *ret == 0)
		*ret = UINT64_MAX;
	return err;
}

char *cli_text(const struct cli *cli, enum option o)
{
	return cli_lend(args_get(&cli->args, o));
}

bool cli_has_terminal(void)
{
	const char *term = getenv("TERM");

	return isatty(STDERR_FILENO) && !(term && strcmp(term, "dumb") == 0);
}

int cli_confirm(const struct cli *cli, const char *question, const char *answer)
{
	char line[128];

	if (args_has(&cli->args, OPT_YES))
		return 0;
	if (!isatty(STDIN_FILENO))
		return cli_fail(cli->args.noun, IMS_E_USAGE, "this needs a terminal to ask on, or --yes");
	fprintf(stderr, "%s\nType '%s' to go on: ", question, answer);
	if (!fgets(line, sizeof(line), stdin))
		line[0] = '\0';
	line[strcspn(line, "\r\n")] = '\0';
	if (strcmp(line, answer) != 0)
		return cli_fail(cli->args.noun, IMS_E_CANCELLED, "not confirmed");
	return 0;
}
