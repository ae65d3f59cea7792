/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ims interest: an organisation answers a need of another region, through its own secretariat to that one's.
 * Both see it, and nobody else.
 */
#include "pb/ctl.pb-c.h"
#include "pb/registry.pb-c.h"

#include "cli/commands.h"
#include "cli/fields.h"
#include "cli/put_record.h"
#include "cli/request.h"

/* The three standard questions: an option each, or asked one by one. */
static const struct question {
	enum option option;
	const char *asked;
	bool required;
} questions[] = {
	{OPT_COOPERATION, "1. What cooperation do you seek with the owner of this need?", true},
	{OPT_QUESTIONS, "2. What is unclear to you, and should be answered first?", false},
	{OPT_ABOUT, "3. What should the owner know about your organisation?", false},
};
#define QUESTIONS_COUNT (sizeof(questions) / sizeof(questions[0]))

static const char *lang_of(const struct cli *cli)
{
	const char *lang = args_get(&cli->args, OPT_IN_LANG);

	return lang ? lang : "en";
}

/* One text as a list; none when it is empty. */
static int put_text(const struct cli *cli, struct arena *a, const char *text, Ims__Registry__Text ***list,
		    size_t *n)
{
	Ims__Registry__Text *t = arena_alloc(a, sizeof(*t));

	if (!*text)
		return 0;
	*list = arena_array(a, 1, sizeof(*list));
	if (!t || !*list)
		return cli_fail("the answer", IMS_E_LIMIT, "too long");
	ims__registry__text__init(t);
	t->lang = cli_lend(lang_of(cli));
	t->text = cli_lend(text);
	(*list)[0] = t;
	*n = 1;
	return 0;
}

/* ---- send */
static int ask_questions(struct cli *cli, struct arena *a, Ims__Registry__Interest *m)
{
	struct {
		Ims__Registry__Text ***list;
		size_t *n;
	} to[QUESTIONS_COUNT] = {{&m->cooperation, &m->n_cooperation},
				 {&m->questions, &m->n_questions},
				 {&m->about, &m->n_about}};
	int err = 0;

	for (size_t i = 0; !err && i < QUESTIONS_COUNT; i++) {
		const char *text = args_get(&cli->args, questions[i].option);

		if (!text && *to[i].n)
			continue; /* the file says it */
		if (!text && can_ask())
			err = ask_text(questions[i].asked, a, &text);
		if (!err && text)
			err = put_text(cli, a, text, to[i].list, to[i].n);
		if (!err && questions[i].required && !*to[i].n)
			err = cli_fail(m->need->record, IMS_E_USAGE, "what cooperation is sought: --%s TEXT",
				       option_infos[questions[i].option].name);
	}
	return err;
}

static int fill(struct cli *cli, struct arena *a, Ims__Registry__Interest *m)
{
	m->header = NULL;
	option_field(cli, OPT_INTERESTED, &m->organisation);
	option_field(cli, OPT_NAME, &m->name);
	option_field(cli, OPT_OF_COUNTRY, &m->country);
	option_field(cli, OPT_OF_TYPE, &m->organisation_type);
	option_field(cli, OPT_CONTACT, &m->contact);
	option_field(cli, OPT_ANSWER_BY, &m->answer_by);
	if (!m->organisation[0] && !m->name[0])
		return cli_fail(
			m->need->record, IMS_E_USAGE,
			"who is interested: --organisation ID of a record of this region, or --name NAME "
			"--country CC");
	if (!m->organisation[0] && !m->country[0])
		return cli_fail(m->need->record, IMS_E_USAGE, "from which country: --country CC");
	return ask_questions(cli, a, m);
}

static int send_interest(struct cli *cli, const Ims__Ctl__Record *need, const char *file)
{
	const struct kind *k = kind_by_name(BYTES_LIT("interest"));
	Ims__Registry__Citation cited;
	Ims__Registry__Interest *m;
	ProtobufCMessage *base;
	struct arena a;
	int err = file ? read_json_record(file, k, &a, &base) : empty_record(k, &a, &base);

	if (err)
		return err;
	m = (Ims__Registry__Interest *)base;
	cite_record(need, &cited);
	m->need = &cited;
	err = fill(cli, &a, m);
	if (!err)
		err = put_record(cli, need->id, "interest", NULL, base, true);
	arena_fini(&a);
	return err;
}

int cmd_interest_send(struct cli *cli)
{
	Ims__Ctl__Record *need;
	struct arena a;
	int err = get_record(cli, args_word(&cli->args, 0), "need", &a, &need);

	if (err)
		return err;
	err = send_interest(cli, need, args_word(&cli->args, 1));
	arena_fini(&a);
	return err;
}

/* ---- reading */
static int ask_list(struct cli *cli, const char *id, struct arena *a, Ims__Ctl__InterestListReply **ret)
{
	Ims__Ctl__InterestListRequest q = REQUEST(InterestListRequest, interest_list_request);
	ProtobufCMessage *reply;
	int err;

	q.id = cli_lend(id);
	if (!id) {
		q.need = cli_text(cli, OPT_NEED);
		q.all = args_has(&cli->args, OPT_ALL);
	}
	err = cli_call(cli, id ? id : "interest", VERB_INTEREST_LIST, &q.base, a, &reply);
	if (!err)
		*ret = (Ims__Ctl__InterestListReply *)reply;
	return err;
}

int cmd_interest_list(struct cli *cli)
{
	Ims__Ctl__InterestListReply *r;
	struct arena a;
	int err = ask_list(cli, NULL, &a, &r);

	if (err)
		return err;
	if (cli->out.json || r->n_interests)
		out_message(&cli->out, &r->base);
	else
		cli_tell("nothing is due%s",
			 args_has(&cli->args, OPT_ALL) ? "" : "; --all shows what is done");
	if (*r->cut && !cli->out.json)
		cli_tell("not all is shown: %s", r->cut);
	arena_fini(&a);
	return 0;
}

/* One, as the node shows it. */
static int ask_one(struct cli *cli, const char *id, struct arena *a, Ims__Ctl__InterestInfo **ret)
{
	Ims__Ctl__InterestListReply *r;
	int err = ask_list(cli, id, a, &r);

	if (err)
		return err;
	if (r->n_interests) {
		*ret = r->interests[0];
		return 0;
	}
	arena_fini(a);
	return cli_fail(id, IMS_E_PROTOCOL, "the node shows nothing");
}

int cmd_interest_show(struct cli *cli)
{
	Ims__Ctl__InterestInfo *i;
	struct arena a;
	int err = ask_one(cli, args_word(&cli->args, 0), &a, &i);

	if (err)
		return err;
	out_message(&cli->out, &i->base);
	arena_fini(&a);
	return 0;
}

/* ---- answer */
static int answer(struct cli *cli, const Ims__Ctl__InterestInfo *i, const char *decision)
{
	bool accepts = strcmp(decision, "accepted") == 0;
	const char *why = cli_text(cli, OPT_TOLD);
	Ims__Registry__InterestAnswer m;
	Ims__Registry__Citation cited;
	struct arena a;
	int err;

	if (accepts && !args_has(&cli->args, OPT_CONTACT))
		return cli_fail(i->id, IMS_E_USAGE,
				"whom may they turn to: --contact ID of a record of kind contact");
	if (!accepts && !*why)
		return cli_fail(i->id, IMS_E_USAGE, "say why, for the other side: --reason TEXT");
	ims__registry__interest_answer__init(&m);
	ims__registry__citation__init(&cited);
	cited.record = i->id;
	cited.origin = i->origin;
	cited.index = i->index;
	cited.leaf = i->leaf;
	m.interest = &cited;
	m.decision = cli_lend(decision);
	m.initiative = accepts ? i->initiative : cli_lend("");
	m.contact = cli_text(cli, OPT_CONTACT);
	m.meet_by = cli_text(cli, OPT_MEET_BY);
	arena_init(&a, 1u << 20);
	err = put_text(cli, &a, why, &m.reason, &m.n_reason);
	if (!err)
		err = put_record(cli, i->id, "answer", NULL, &m.base, true);
	arena_fini(&a);
	return err;
}

int cmd_interest_answer(struct cli *cli)
{
	const char *id = args_word(&cli->args, 0), *decision = args_word(&cli->args, 1);
	Ims__Ctl__InterestInfo *i;
	struct arena a;
	int err = ask_one(cli, id, &a, &i);

	if (err)
		return err;
	err = strcmp(i->side, "theirs") == 0
		      ? cli_fail(id, IMS_E_PERMISSION, "it is this region's own: the region of %s answers it",
				 i->need)
		      : answer(cli, i, decision);
	arena_fini(&a);
	return err;
}
