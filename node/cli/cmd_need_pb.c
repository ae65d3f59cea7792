/* SPDX-License-Identifier: Apache-2.0 */
/* ims need: partners that an initiative seeks. */
#include "pb/ctl.pb-c.h"
#include "pb/registry.pb-c.h"

#include "cli/commands.h"
#include "cli/fields.h"
#include "cli/put_record.h"
#include "cli/request.h"

#define DOMAINS_MAX 40
#define PLATFORMS_MAX 10
#define KEYWORDS_MAX 100
#define WANTED_MAX 300 /* regions, countries, types */

/* ---- publish */
static int take_lists(const struct cli *cli, struct arena *a, Ims__Registry__Need *m)
{
	const struct {
		enum option option;
		size_t max;
		char ***list;
		size_t *n;
	} lists[] = {
		{OPT_DOMAIN, DOMAINS_MAX, &m->domains, &m->n_domains},
		{OPT_PLATFORM, PLATFORMS_MAX, &m->platforms, &m->n_platforms},
		{OPT_KEYWORD, KEYWORDS_MAX, &m->keywords, &m->n_keywords},
		{OPT_TYPE, WANTED_MAX, &m->organisation_types, &m->n_organisation_types},
		{OPT_WANTED, WANTED_MAX, &m->regions, &m->n_regions},
		{OPT_COUNTRY, WANTED_MAX, &m->countries, &m->n_countries},
	};
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(lists) / sizeof(lists[0]); i++)
		err = option_list(cli, lists[i].option, lists[i].max, a, lists[i].list, lists[i].n);
	return err;
}

static int take_options(const struct cli *cli, struct arena *a, Ims__Registry__Need *m)
{
	int err = option_texts(cli, OPT_TITLE, TEXT_ITSELF, a, &m->title, &m->n_title);

	if (!err)
		err = option_texts(cli, OPT_TEXT, TEXT_IN_FILE, a, &m->description, &m->n_description);
	if (!err)
		err = take_lists(cli, a, m);
	option_field(cli, OPT_ROLE, &m->role);
	option_field(cli, OPT_DEADLINE, &m->deadline);
	option_field(cli, OPT_EXPIRY, &m->expiry);
	option_field(cli, OPT_OWNER_COUNTRY, &m->owner_country);
	option_field(cli, OPT_OWNER_TYPE, &m->owner_type);
	return err;
}

static int publish(struct cli *cli, const char *initiative, Ims__Registry__Need *m, struct arena *a)
{
	bool anonymous = m->anonymous || args_has(&cli->args, OPT_ANONYMOUS);
	int err = take_options(cli, a, m);

	if (err)
		return err;
	if (!m->n_title)
		return cli_fail(initiative, IMS_E_USAGE,
				"say what is sought: --title en='A maker of grippers'");
	if (!m->expiry[0])
		return cli_fail(initiative, IMS_E_USAGE,
				"until when is it shown: --until YYYY-MM-DD, at most 12 months ahead");
	if (anonymous && !m->owner_country[0])
		return cli_fail(initiative, IMS_E_USAGE,
				"an anonymous need shows the country of its owner: --owner-country DE");
	m->anonymous = anonymous;
	m->header = NULL;
	m->initiative = cli_lend(anonymous ? "" : initiative);
	if (!m->state[0])
		m->state = cli_lend("open");
	return put_need(cli, initiative, anonymous ? initiative : NULL, &m->base);
}

int cmd_need_publish(struct cli *cli)
{
	const char *initiative = args_word(&cli->args, 0), *file = args_word(&cli->args, 1);
	const struct kind *k = kind_by_name(BYTES_LIT("need"));
	ProtobufCMessage *m;
	struct arena a;
	int err = file ? read_json_record(file, k, &a, &m) : empty_record(k, &a, &m);

	if (err)
		return err;
	err = publish(cli, initiative, (Ims__Registry__Need *)m, &a);
	arena_fini(&a);
	return err;
}

/* ---- later revisions: as it is, with one thing changed */
static int revise(struct cli *cli, const char *state)
{
	const char *id = args_word(&cli->args, 0);
	Ims__Ctl__Record *r;
	Ims__Registry__Need *m;
	ProtobufCMessage *base;
	struct arena reply, a;
	int err = get_record(cli, id, "need", &reply, &r);

	if (err)
		return err;
	err = open_record(r, &a, &base);
	if (!err) {
		m = (Ims__Registry__Need *)base;
		m->header = NULL;
		m->state = cli_lend(state);
		option_field(cli, OPT_EXPIRY, &m->expiry);
		option_field(cli, OPT_DEADLINE, &m->deadline);
		err = put_record(cli, id, "need", id, base, true);
		arena_fini(&a);
	}
	arena_fini(&reply);
	return err;
}

int cmd_need_renew(struct cli *cli)
{
	if (!args_has(&cli->args, OPT_EXPIRY))
		return cli_fail(args_word(&cli->args, 0), IMS_E_USAGE,
				"until when: --until YYYY-MM-DD, at most 12 months ahead");
	return revise(cli, "open");
}

int cmd_need_fill(struct cli *cli)
{
	return revise(cli, "filled");
}

int cmd_need_close(struct cli *cli)
{
	return revise(cli, "closed");
}

/* ---- reading */
struct walk {
	uint64_t limit, n;
	bool prints;
	char next[RECORD_ID_MAX_BYTES + 1];
	char day[16];
};

static int walk_page(struct cli *cli, struct walk *w)
{
	Ims__Ctl__NeedListRequest q = REQUEST(NeedListRequest, need_list_request);
	const Ims__Ctl__NeedListReply *r;
	char after[RECORD_ID_MAX_BYTES + 1];
	ProtobufCMessage *reply;
	struct arena a;
	int err;

	memcpy(after, w->next, sizeof(after));
	q.wanted = cli_text(cli, OPT_WANTED);
	q.domain = cli_text(cli, OPT_DOMAIN);
	q.mine = args_has(&cli->args, OPT_MINE);
	q.all = args_has(&cli->args, OPT_ALL);
	q.after = after;
	err = cli_call(cli, "need", VERB_NEED_LIST, &q.base, &a, &reply);
	if (err)
		return err;
	r = (const Ims__Ctl__NeedListReply *)reply;
	for (size_t i = 0; i < r->n_needs && w->n < w->limit; i++, w->n++)
		if (w->prints)
			out_item(&cli->out, &r->needs[i]->base);
	if (strlen(r->next) >= sizeof(w->next) || (*r->next && strcmp(r->next, after) == 0))
		err = cli_fail("need", IMS_E_PROTOCOL, "the node does not move on from '%s'", after);
	else
		snprintf(w->next, sizeof(w->next), "%s", r->next);
	snprintf(w->day, sizeof(w->day), "%s", r->day);
	arena_fini(&a);
	return err;
}

static int walk(struct cli *cli, struct walk *w)
{
	int err;

	do
		err = walk_page(cli, w);
	while (!err && w->next[0] && w->n < w->limit && !out_is_broken(&cli->out));
	return err;
}

static int count(struct cli *cli)
{
	struct walk w = {.limit = UINT64_MAX};
	struct out_field field[] = {OUT_FIELD_NUMBER("count", 0)};
	int err = walk(cli, &w);

	field[0].number = w.n;
	if (err)
		return err;
	if (cli->out.json)
		out_fields(&cli->out, field, 1);
	else
		fprintf(cli->out.file, "%llu\n", (unsigned long long)w.n);
	return 0;
}

int cmd_need_list(struct cli *cli)
{
	struct walk w = {.prints = true};
	struct out_field tail[] = {OUT_FIELD_NUMBER("count", 0), OUT_FIELD_TEXT("day", "")};
	int err = cli_limit(cli, &w.limit);

	if (!err)
		err = cli_connect(cli);
	if (err)
		return err;
	if (args_has(&cli->args, OPT_COUNT_ONLY))
		return count(cli);
	out_list_begin(&cli->out, "needs", &ims__ctl__need_info__descriptor);
	err = walk(cli, &w);
	tail[0].number = w.n;
	tail[1].text = w.day;
	out_list_end(&cli->out, tail, 2);
	if (!err && !w.n && !cli->out.json)
		cli_tell("no such needs%s",
			 args_has(&cli->args, OPT_ALL) ? "" : "; --all shows those that are over");
	return err;
}

int cmd_need_show(struct cli *cli)
{
	Ims__Ctl__NeedListRequest q = REQUEST(NeedListRequest, need_list_request);
	const Ims__Ctl__NeedListReply *r;
	ProtobufCMessage *reply;
	struct arena a;
	int err;

	q.id = cli_lend(args_word(&cli->args, 0));
	err = cli_call(cli, q.id, VERB_NEED_LIST, &q.base, &a, &reply);
	if (err)
		return err;
	r = (const Ims__Ctl__NeedListReply *)reply;
	if (r->n_needs)
		out_message(&cli->out, &r->needs[0]->base);
	else
		err = cli_fail(q.id, IMS_E_PROTOCOL, "the node shows nothing");
	arena_fini(&a);
	return err;
}
