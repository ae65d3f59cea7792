/* SPDX-License-Identifier: Apache-2.0 */
/* ims journal list: what auditors ask. */
#include "pb/ctl.pb-c.h"

#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/human.h"
#include "cli/request.h"

#define PAGE_ROWS 500

static int time_option(const struct cli *cli, enum option o, int64_t *ret)
{
	const char *text = args_get(&cli->args, o);
	struct errtext e;
	int err;

	if (!text)
		return 0;
	err = human_time_parse(text, clock_wall(), ret, &e);
	return err ? cli_fail(option_infos[o].name, err, "%s", e.text) : 0;
}

static int make_request(const struct cli *cli, Ims__Ctl__JournalRequest *q, uint64_t *ret_limit)
{
	int err = cli_limit(cli, ret_limit);

	q->peer = cli_text(cli, OPT_PEER);
	q->origin = cli_text(cli, OPT_ORIGIN);
	q->outcome = cli_text(cli, OPT_OUTCOME);
	q->newest_first = args_has(&cli->args, OPT_NEWEST);
	if (err == 0)
		err = time_option(cli, OPT_SINCE, &q->since_ms);
	if (err == 0)
		err = time_option(cli, OPT_UNTIL, &q->until_ms);
	return err;
}

int cmd_journal_list(struct cli *cli)
{
	Ims__Ctl__JournalRequest q = REQUEST(JournalRequest, journal_request);
	struct out_field tail[] = {OUT_FIELD_NUMBER("next", 0)};
	uint64_t left;
	int err = make_request(cli, &q, &left);
	bool begun = false;

	while (err == 0 && left > 0 && !out_is_broken(&cli->out)) {
		const Ims__Ctl__JournalReply *r;
		ProtobufCMessage *reply;
		struct arena a;

		q.limit = left < PAGE_ROWS ? (uint32_t)left : PAGE_ROWS;
		err = cli_call(cli, "journal", VERB_JOURNAL_LIST, &q.base, &a, &reply);
		if (err)
			break;
		if (!begun)
			out_list_begin(&cli->out, "rows", &ims__ctl__journal_item__descriptor);
		begun = true;
		r = (const Ims__Ctl__JournalReply *)reply;
		for (size_t i = 0; i < r->n_rows && left > 0; i++, left--)
			out_item(&cli->out, &r->rows[i]->base);
		tail[0].number = q.after = r->next;
		arena_fini(&a);
		if (q.after == 0)
			break;
	}
	if (begun)
		out_list_end(&cli->out, tail, 1);
	if (err == 0 && cli->out.items == 0 && !cli->out.json)
		cli_tell("no such rows");
	return err;
}
