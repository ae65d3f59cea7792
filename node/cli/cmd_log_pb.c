/* SPDX-License-Identifier: Apache-2.0 */
/* ims log: what the node holds and can prove. */
#include "pb/ctl.pb-c.h"

#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/request.h"
#include "cli/verified.h"

/* A request about the log that the first word names, the node's own without one. */
static Ims__Ctl__LogRequest request(const struct cli *cli)
{
	Ims__Ctl__LogRequest q = REQUEST(LogRequest, log_request);

	q.origin = cli_lend(args_word(&cli->args, 0));
	return q;
}

static const char *object(const Ims__Ctl__LogRequest *q)
{
	return *q->origin ? q->origin : "own log";
}

int cmd_log_list(struct cli *cli)
{
	Ims__Ctl__Empty q = REQUEST(Empty, empty);

	return cli_show(cli, "logs", VERB_LOG_LIST, &q.base);
}

int cmd_log_show(struct cli *cli)
{
	Ims__Ctl__LogRequest q = request(cli);

	return cli_show(cli, object(&q), VERB_LOG_SHOW, &q.base);
}

int cmd_log_checkpoint(struct cli *cli)
{
	Ims__Ctl__LogRequest q = request(cli);
	int err = cli_u64(cli, OPT_SIZE, 0, &q.size);

	return err ? err : cli_show(cli, object(&q), VERB_LOG_CHECKPOINT, &q.base);
}

int cmd_log_proof(struct cli *cli)
{
	Ims__Ctl__LogRequest q = request(cli);
	bool inclusion = args_has(&cli->args, OPT_INDEX), consistency = args_has(&cli->args, OPT_OLD_SIZE);
	int err;

	if (inclusion == consistency)
		return cli_fail("log proof", IMS_E_USAGE, "give --index N or --old-size N");
	err = cli_u64(cli, OPT_INDEX, 0, &q.index);
	if (err == 0)
		err = cli_u64(cli, OPT_OLD_SIZE, 0, &q.old_size);
	if (err == 0)
		err = cli_u64(cli, OPT_SIZE, 0, &q.size);
	if (err == 0 && consistency && q.old_size == 0)
		err = cli_fail("log proof", IMS_E_USAGE,
			       "every log extends the empty one; --old-size begins at 1");
	return err ? err : cli_show(cli, object(&q), VERB_LOG_PROOF, &q.base);
}

int cmd_log_evidence(struct cli *cli)
{
	Ims__Ctl__LogRequest q = request(cli);

	return cli_show(cli, object(&q), VERB_LOG_EVIDENCE, &q.base);
}

int cli_show_verified(struct cli *cli, const char *object_asked, enum verb verb,
		      const struct ProtobufCMessage *asked)
{
	Ims__Ctl__LogVerifyReply *v;
	ProtobufCMessage *reply;
	struct arena a;
	int err = cli_connect(cli);

	if (err)
		return err;
	cli_be_patient(cli);
	err = cli_call(cli, object_asked, verb, asked, &a, &reply);
	if (err)
		return err;
	v = (Ims__Ctl__LogVerifyReply *)reply;
	out_message(&cli->out, reply);
	if (!v->ok)
		err = cli_fail(object_asked, IMS_E_CORRUPT, "%s",
			       *v->failure ? v->failure : "stored bytes do not verify");
	arena_fini(&a);
	return err;
}

int cmd_log_verify(struct cli *cli)
{
	Ims__Ctl__LogRequest q = request(cli);

	return cli_show_verified(cli, *q.origin ? q.origin : "logs", VERB_LOG_VERIFY, &q.base);
}
