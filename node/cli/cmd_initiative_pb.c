/* SPDX-License-Identifier: Apache-2.0 */
/* ims initiative: its steps through the programme, and where it stands. */
#include "pb/ctl.pb-c.h"
#include "pb/registry.pb-c.h"

#include "cli/as_of.h"
#include "cli/commands.h"
#include "cli/put_record.h"
#include "cli/request.h"
#include "programme/acts.h"

#define LANG_UNKNOWN "und" /* BCP 47: not determined */
#define WAIT_MAX_MS 3600000

/* What it may duplicate, behind the steps: for people, of today, and no part of what was asked. */
static void show_alike(struct cli *cli, const char *id)
{
	Ims__Ctl__OverlapRequest q = REQUEST(OverlapRequest, overlap_request);
	struct ProtobufCMessage *reply;
	struct errtext e = {""};
	struct arena a;
	int err;

	q.id = cli_lend(id);
	q.alarms = true;
	err = verb_call(cli->client, VERB_OVERLAP, &q.base, &a, &reply, &e);
	if (err) {
		fprintf(cli->out.file, "\n  not compared with other initiatives: %s\n", e.text);
		return;
	}
	if (((const Ims__Ctl__OverlapReply *)reply)->n_matches) {
		fprintf(cli->out.file, "\n  it may duplicate (ims initiative overlap %s tells more):\n\n", id);
		out_message(&cli->out, reply);
	} else {
		fputs("\n  nothing here stands out as a likely duplicate of it\n", cli->out.file);
	}
	arena_fini(&a);
}

int cmd_initiative_check(struct cli *cli)
{
	Ims__Ctl__CaseRequest q = REQUEST(CaseRequest, case_request);
	struct as_of as_of;
	int err;

	q.id = cli_lend(args_word(&cli->args, 0));
	err = as_of_init(cli, &as_of);
	if (err)
		return err;
	q.n_as_of = as_of.n;
	q.as_of = as_of.of;
	err = cli_show(cli, q.id, VERB_INITIATIVE_CHECK, &q.base);
	if (!err && !cli->out.json && !q.n_as_of)
		show_alike(cli, q.id);
	as_of_fini(&as_of);
	return err;
}

/* The reason as a note beside the initiative, which all regions see. */
static int note_reason(struct cli *cli, const char *id, const char *reason)
{
	Ims__Registry__CaseNote note;
	Ims__Registry__Text text, *texts[] = {&text};
	char day[16];

	ims__registry__case_note__init(&note);
	ims__registry__text__init(&text);
	text.lang = cli_lend(LANG_UNKNOWN);
	text.text = cli_lend(reason);
	note.initiative = cli_lend(id);
	note.day = cli_lend(today(day));
	note.topic = cli_lend("other");
	note.text = texts;
	note.n_text = 1;
	return put_record(cli, id, "note", NULL, &note.base, false);
}

/* People see behind the answer what it has led to; programs ask for that themselves. */
static int show_check(struct cli *cli, const char *id)
{
	Ims__Ctl__CaseRequest q = REQUEST(CaseRequest, case_request);

	if (cli->out.json)
		return 0;
	q.id = cli_lend(id);
	fputc('\n', cli->out.file);
	return cli_show(cli, id, VERB_INITIATIVE_CHECK, &q.base);
}

static int step(struct cli *cli, const char *act)
{
	Ims__Ctl__InitiativeStepRequest q = REQUEST(InitiativeStepRequest, initiative_step_request);
	uint64_t wait_ms;
	int err = cli_u64(cli, OPT_WAIT, 0, &wait_ms);

	if (!err)
		err = cli_u64(cli, OPT_IF_REVISION, 0, &q.if_revision);
	if (err)
		return err;
	if (wait_ms > WAIT_MAX_MS)
		return cli_fail("--wait", IMS_E_USAGE, "at most %d ms", WAIT_MAX_MS);
	q.id = cli_lend(args_word(&cli->args, 0));
	q.act = cli_lend(act);
	q.reason = cli_text(cli, OPT_WHY);
	q.wait_replicated_ms = (uint32_t)wait_ms;
	err = cli_connect(cli);
	if (err)
		return err;
	if (wait_ms > CLI_TIMEOUT_MS / 2)
		client_set_timeout(cli->client, (int64_t)wait_ms + CLI_TIMEOUT_MS);
	err = cli_show(cli, q.id, VERB_INITIATIVE_STEP, &q.base);
	if (!err && *q.reason)
		err = note_reason(cli, q.id, q.reason);
	return err ? err : show_check(cli, q.id);
}

int cmd_initiative_step(struct cli *cli)
{
	return step(cli, cli->args.command->verb);
}

int cmd_initiative_stop(struct cli *cli)
{
	if (!*cli_text(cli, OPT_WHY))
		return cli_fail(args_word(&cli->args, 0), IMS_E_USAGE, "say why: --reason TEXT");
	return cmd_initiative_step(cli);
}

int cmd_initiative_coach(struct cli *cli)
{
	Ims__Registry__CoachAssignment m;
	const char *id = args_word(&cli->args, 0);
	char day[16];
	int err = 0;

	if (args_has(&cli->args, OPT_COACH)) {
		ims__registry__coach_assignment__init(&m);
		m.initiative = cli_lend(id);
		m.coach = cli_text(cli, OPT_COACH);
		m.start = cli_lend(today(day));
		err = put_record(cli, id, "assignment", NULL, &m.base, false);
	}
	return err ? err : cmd_initiative_step(cli);
}

/* First the record that says into which one, by the entry that it stands in now. */
static int put_merge(struct cli *cli, const char *id, const char *into)
{
	Ims__Registry__Merge m;
	Ims__Registry__Citation target;
	Ims__Registry__Text text, *texts[] = {&text};
	Ims__Ctl__Record *r;
	struct arena a;
	int err = get_record(cli, into, "initiative", &a, &r);

	if (err)
		return err;
	ims__registry__merge__init(&m);
	ims__registry__text__init(&text);
	cite_record(r, &target);
	text.lang = cli_lend(LANG_UNKNOWN);
	text.text = cli_text(cli, OPT_WHY);
	m.initiative = cli_lend(id);
	m.into = &target;
	m.reason = texts;
	m.n_reason = 1;
	err = put_record(cli, id, "merge", NULL, &m.base, false);
	arena_fini(&a);
	return err;
}

int cmd_initiative_merge(struct cli *cli)
{
	const char *id = args_word(&cli->args, 0), *into = args_get(&cli->args, OPT_INTO);
	int err;

	if (!into)
		return cli_fail(id, IMS_E_USAGE, "into which one: --into ID");
	if (!*cli_text(cli, OPT_WHY))
		return cli_fail(id, IMS_E_USAGE, "say why: --reason TEXT");
	err = put_merge(cli, id, into);
	return err ? err : cmd_initiative_step(cli);
}
