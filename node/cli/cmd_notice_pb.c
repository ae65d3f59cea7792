/* SPDX-License-Identifier: Apache-2.0 */
/* ims notice, ims acknowledge, ims summary: what the IRS makes known in all regions, and the programme in
 * numbers. */
#include "pb/ctl.pb-c.h"
#include "pb/registry.pb-c.h"

#include "cli/commands.h"
#include "cli/fields.h"
#include "cli/put_record.h"
#include "cli/request.h"

#define CHANNELS_MAX 30
#define LINKS_MAX 20
#define DUE_DAYS_MAX 366

/* ---- publish */
static int take_links(struct cli *cli, struct arena *a, Ims__Registry__Notice *m)
{
	size_t n = option_count(cli, OPT_LINK);

	if (n > LINKS_MAX)
		return cli_fail("--link", IMS_E_USAGE, "at most %d", LINKS_MAX);
	m->links = arena_array(a, n + 1, sizeof(*m->links));
	for (size_t i = 0; m->links && i < n; i++) {
		Ims__Registry__Link *l = arena_alloc(a, sizeof(*l));

		if (!l)
			break;
		ims__registry__link__init(l);
		l->rel = cli_lend("homepage");
		l->url = cli_lend(args_nth(&cli->args, OPT_LINK, i));
		m->links[m->n_links++] = l;
	}
	return 0;
}

static int publish(struct cli *cli, Ims__Ctl__Record *initiative, struct arena *a)
{
	Ims__Registry__Notice m;
	Ims__Registry__Citation cited;
	uint64_t due;
	char day[16];
	int err = cli_u64(cli, OPT_DUE_DAYS, 0, &due);

	if (err)
		return err;
	if (due > DUE_DAYS_MAX)
		return cli_fail("--due-days", IMS_E_USAGE, "at most %d", DUE_DAYS_MAX);
	ims__registry__notice__init(&m);
	cite_record(initiative, &cited);
	m.initiative = &cited;
	m.due_days = (uint32_t)due;
	m.published = cli_lend(today(day));
	option_field(cli, OPT_PUBLISHED, &m.published);
	err = option_texts(cli, OPT_TEXT, TEXT_IN_FILE, a, &m.text, &m.n_text);
	if (!err)
		err = take_links(cli, a, &m);
	if (!err && !m.n_text)
		err = cli_fail(initiative->id, IMS_E_USAGE,
			       "what are the regions to make known: --text en=FILE");
	return err ? err : put_record(cli, initiative->id, "notice", NULL, &m.base, true);
}

int cmd_notice_publish(struct cli *cli)
{
	Ims__Ctl__Record *initiative;
	struct arena reply, a;
	int err = get_record(cli, args_word(&cli->args, 0), "initiative", &reply, &initiative);

	if (err)
		return err;
	arena_init(&a, 4u << 20);
	err = publish(cli, initiative, &a);
	arena_fini(&a);
	arena_fini(&reply);
	return err;
}

/* ---- acknowledge */
static int acknowledge(struct cli *cli, Ims__Ctl__Record *notice, struct arena *a)
{
	Ims__Registry__Acknowledgement m;
	Ims__Registry__Citation cited;
	char day[16];
	int err;

	ims__registry__acknowledgement__init(&m);
	cite_record(notice, &cited);
	m.notice = &cited;
	m.published = cli_lend(today(day));
	option_field(cli, OPT_PUBLISHED, &m.published);
	err = cli_u64(cli, OPT_REACH, 0, &m.reach);
	if (!err)
		err = option_list(cli, OPT_CHANNEL, CHANNELS_MAX, a, &m.channels, &m.n_channels);
	if (!err)
		err = option_texts(cli, OPT_TEXT, TEXT_IN_FILE, a, &m.note, &m.n_note);
	if (!err && !args_has(&cli->args, OPT_REACH))
		err = cli_fail(notice->id, IMS_E_USAGE,
			       "how many people or organisations were addressed: --reach N");
	if (!err && !m.n_channels)
		err = cli_fail(notice->id, IMS_E_USAGE,
			       "by which channels: --channel newsletter; marketing-channels.csv lists them");
	return err ? err : put_record(cli, notice->id, "acknowledgement", NULL, &m.base, true);
}

int cmd_acknowledge(struct cli *cli)
{
	Ims__Ctl__Record *notice;
	struct arena reply, a;
	int err = get_record(cli, args_word(&cli->args, 0), "notice", &reply, &notice);

	if (err)
		return err;
	arena_init(&a, 4u << 20);
	err = acknowledge(cli, notice, &a);
	arena_fini(&a);
	arena_fini(&reply);
	return err;
}

/* ---- reading */
static int walk(struct cli *cli, char day[16])
{
	Ims__Ctl__NoticeListRequest q = REQUEST(NoticeListRequest, notice_list_request);
	char next[RECORD_ID_MAX_BYTES + 1] = "";
	int err;

	q.late = args_has(&cli->args, OPT_LATE);
	q.all = args_has(&cli->args, OPT_ALL);
	do {
		const Ims__Ctl__NoticeListReply *r;
		ProtobufCMessage *reply;
		struct arena a;

		q.after = next;
		err = cli_call(cli, "notice", VERB_NOTICE_LIST, &q.base, &a, &reply);
		if (err)
			return err;
		r = (const Ims__Ctl__NoticeListReply *)reply;
		for (size_t i = 0; i < r->n_notices; i++)
			out_item(&cli->out, &r->notices[i]->base);
		if (strlen(r->next) >= sizeof(next) || (*r->next && strcmp(r->next, next) == 0))
			err = cli_fail("notice", IMS_E_PROTOCOL, "the node does not move on from '%s'", next);
		else
			snprintf(next, sizeof(next), "%s", r->next);
		snprintf(day, 16, "%s", r->day);
		arena_fini(&a);
	} while (!err && *next && !out_is_broken(&cli->out));
	return err;
}

int cmd_notice_list(struct cli *cli)
{
	struct out_field tail[] = {OUT_FIELD_NUMBER("count", 0), OUT_FIELD_TEXT("day", "")};
	char day[16] = "";
	int err = cli_connect(cli);

	if (err)
		return err;
	out_list_begin(&cli->out, "notices", &ims__ctl__notice_info__descriptor);
	err = walk(cli, day);
	tail[0].number = cli->out.items;
	tail[1].text = day;
	out_list_end(&cli->out, tail, 2);
	if (!err && !cli->out.items && !cli->out.json)
		cli_tell("no such notices%s",
			 args_has(&cli->args, OPT_ALL)
				 ? ""
				 : "; --all shows those that every region has acknowledged");
	return err;
}

int cmd_notice_show(struct cli *cli)
{
	Ims__Ctl__NoticeListRequest q = REQUEST(NoticeListRequest, notice_list_request);
	const Ims__Ctl__NoticeListReply *r;
	ProtobufCMessage *reply;
	struct arena a;
	int err;

	q.id = cli_lend(args_word(&cli->args, 0));
	err = cli_call(cli, q.id, VERB_NOTICE_LIST, &q.base, &a, &reply);
	if (err)
		return err;
	r = (const Ims__Ctl__NoticeListReply *)reply;
	if (r->n_notices)
		out_message(&cli->out, &r->notices[0]->base);
	else
		err = cli_fail(q.id, IMS_E_PROTOCOL, "the node shows nothing");
	arena_fini(&a);
	return err;
}

/* ---- numbers */
int cmd_summary(struct cli *cli)
{
	Ims__Ctl__SummaryRequest q = REQUEST(SummaryRequest, summary_request);
	uint64_t seconds;
	int err = cli_u64(cli, OPT_STALE_AFTER, 0, &seconds);

	if (err)
		return err;
	if (args_has(&cli->args, OPT_STALE_AFTER) && (!seconds || seconds > 3660ull * 86400))
		return cli_fail("--stale-after", IMS_E_USAGE, "seconds, from 1 to ten years");
	q.stale_ms = seconds * 1000;
	err = cli_connect(cli);
	if (err)
		return err;
	cli_be_patient(cli);
	return cli_show(cli, "summary", VERB_SUMMARY, &q.base);
}
