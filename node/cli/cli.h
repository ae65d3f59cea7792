/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a command works with: its arguments, its output, and a connection that is made when it is
 * first needed. One process, one thread, one command.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "base/arena.h"
#include "cli/args.h"
#include "cli/client.h"
#include "cli/out.h"
#include "cli/verb.h"

#define CLI_TIMEOUT_MS 30000
#define CLI_LONG_TIMEOUT_MS (3600 * 1000)	/* verbs that read everything */

struct cli {
	struct args args;
	struct out out;
	struct client *client;	/* NULL until cli_connect() */
};

/* One line on standard error, "ims: OBJECT: CAUSE [NAME]"; returns err. An empty cause is the text
 * of the error's row. Control characters become '?'. */
int cli_fail(const char *object, int err, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* The end of a command that judges its options itself: report err, and `usage` when it is IMS_E_USAGE.
 * Returns err; 0 is silent. */
int cli_end(const char *command, int err, const struct errtext *e, const char *usage);
/* A line for people on standard error: "ims: ...". */
void cli_tell(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Where to connect, from options, then environment, then defaults. */
struct client_target cli_target(const struct cli *cli);
/* Connect unless connected. Reports failure. */
IMS_MUST_CHECK int cli_connect(struct cli *cli);
/* Replies may take longer than usual from now on, unless --timeout was given. */
void cli_be_patient(struct cli *cli);

/* One request, one reply, decoded into *a, which this initialises and the caller ends on success.
 * Connects; reports failure with `object`. */
IMS_MUST_CHECK int cli_call(struct cli *cli, const char *object, enum verb verb,
			    const struct ProtobufCMessage *request, struct arena *a,
			    struct ProtobufCMessage **ret);
/* cli_call(), print the reply as it is. */
int cli_show(struct cli *cli, const char *object, enum verb verb, const struct ProtobufCMessage *request);

/* A number option or its default; reports failure. */
IMS_MUST_CHECK int cli_u64(const struct cli *cli, enum option o, uint64_t otherwise, uint64_t *ret);
/* --limit; none or 0: UINT64_MAX. */
IMS_MUST_CHECK int cli_limit(const struct cli *cli, uint64_t *ret);
/* The text of an option for a field of a request: "" when it was not given; not to be written to. */
char *cli_text(const struct cli *cli, enum option o);
/* A text that a request points to. protobuf-c's structs are not const. */
static inline char *cli_lend(const char *text)
{
	return (char *)(uintptr_t)(text ? text : "");
}
/* Is standard error a terminal that may show progress? */
bool cli_has_terminal(void);
/* Ask on the terminal for `answer` to be typed; --yes agrees beforehand. IMS_E_USAGE without
 * either, IMS_E_CANCELLED for another answer; reported. */
IMS_MUST_CHECK int cli_confirm(const struct cli *cli, const char *question, const char *answer);

#endif
