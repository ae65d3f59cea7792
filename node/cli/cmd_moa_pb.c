/* SPDX-License-Identifier: Apache-2.0 */
/* ims moa: drafting an agreement, showing it, concluding it. Signatures: cmd_moa_sign_pb.c. */
#include "pb/ctl.pb-c.h"
#include "pb/registry.pb-c.h"

#include <stdlib.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/as_of.h"
#include "cli/cmd_moa.h"
#include "cli/commands.h"
#include "cli/fields.h"
#include "cli/put_record.h"
#include "cli/request.h"
#include "crypto/hash.h"
#include "programme/agreement.h"
#include "wire/codec.h"

#define TEXT_MAX_BYTES 60000
#define TEXTS_MAX 30
#define PARTIES_MAX 200
#define COVERS_MAX 50

int moa_ask(struct cli *cli, const char *id, struct arena *a, Ims__Ctl__MoaReply **ret)
{
	Ims__Ctl__CaseRequest q = REQUEST(CaseRequest, case_request);
	ProtobufCMessage *reply;
	int err;

	q.id = cli_lend(id);
	err = cli_call(cli, id, VERB_MOA_SHOW, &q.base, a, &reply);
	if (!err)
		*ret = (Ims__Ctl__MoaReply *)reply;
	return err;
}

int moa_open(const Ims__Ctl__MoaReply *r, struct arena *a, Ims__Registry__Agreement **ret)
{
	struct bytes payload = BYTES(r->payload.data, r->payload.len);
	ProtobufCMessage *m;
	int err;

	arena_init(a, codec_budget(payload.n) + (1u << 20));
	err = payload.n ? codec_unpack(&ims__registry__agreement__descriptor, payload, a, &m, NULL)
			: IMS_E_NOT_FOUND;
	if (!err) {
		*ret = (Ims__Registry__Agreement *)m;
		return 0;
	}
	arena_fini(a);
	return cli_fail(r->id, err, "no version is in force that can be read");
}

/* ---- draft: the version before, with what is given in its place */
struct draft {
	struct cli *cli;
	struct arena *arena;
	Ims__Registry__Agreement *m;
};

static void take_sha256(struct draft *d, Ims__Registry__AgreementText *t, const struct hash *h)
{
	t->sha256.data = (uint8_t *)(uintptr_t)arena_dup(d->arena, bytes_of_hash(h)).p;
	t->sha256.len = sizeof(h->b);
}

/* The text is a document's: what is signed is its hash. */
static int take_document(struct draft *d, const char *id, Ims__Registry__AgreementText *t)
{
	struct hash h;
	int err = document_sha256(d->cli, id, &h);

	if (err)
		return err;
	take_sha256(d, t, &h);
	t->document = cli_lend(id);
	t->text = cli_lend("");
	return 0;
}

static int read_text(struct draft *d, const char *path, Ims__Registry__AgreementText *t)
{
	struct buf text = {0};
	struct errtext e;
	struct hash h;
	int err = file_read(path, TEXT_MAX_BYTES, &text, &e);

	if (err) {
		cli_fail(path, err, "%s", e.text);
	} else {
		t->text = arena_text(d->arena, buf_bytes(&text));
		crypto_sha256(buf_bytes(&text), &h);
		take_sha256(d, t, &h);
		t->document = cli_lend("");
	}
	buf_fini(&text);
	return err;
}

static Ims__Registry__AgreementText *text_in(struct draft *d, const char *lang)
{
	Ims__Registry__AgreementText *t;

	for (size_t i = 0; i < d->m->n_texts; i++)
		if (strcmp(d->m->texts[i]->lang, lang) == 0)
			return d->m->texts[i];
	t = arena_alloc(d->arena, sizeof(*t));
	ims__registry__agreement_text__init(t);
	t->lang = cli_lend(lang);
	d->m->texts[d->m->n_texts++] = t;
	return t;
}

static int take_texts(struct draft *d)
{
	size_t n = option_count(d->cli, OPT_TEXT), n_documents = option_count(d->cli, OPT_TEXT_DOCUMENT);
	const char *lang, *what;
	int err = 0;

	if (n + n_documents > TEXTS_MAX)
		return cli_fail("--text", IMS_E_USAGE, "at most %d", TEXTS_MAX);
	d->m->texts = (Ims__Registry__AgreementText **)list_grown(d->arena, d->m->texts, d->m->n_texts,
								  n + n_documents);
	for (size_t i = 0; !err && i < n; i++) {
		err = split_lang("--text", args_nth(&d->cli->args, OPT_TEXT, i), d->arena, &lang, &what);
		if (!err)
			err = read_text(d, what, text_in(d, lang));
	}
	for (size_t i = 0; !err && i < n_documents; i++) {
		err = split_lang("--text-document", args_nth(&d->cli->args, OPT_TEXT_DOCUMENT, i), d->arena, &lang,
				 &what);
		if (!err)
			err = take_document(d, what, text_in(d, lang));
	}
	return err;
}

/* Those that are given take the place of all. */
static int take_parties(struct draft *d)
{
	size_t n = option_count(d->cli, OPT_PARTY);
	struct record_id rid;

	if (n > PARTIES_MAX)
		return cli_fail("--party", IMS_E_USAGE, "at most %d", PARTIES_MAX);
	if (!n)
		return 0;
	d->m->parties = arena_array(d->arena, n, sizeof(*d->m->parties));
	d->m->n_parties = 0;
	for (size_t i = 0; i < n; i++) {
		const char *id = args_nth(&d->cli->args, OPT_PARTY, i);
		Ims__Registry__Party *p = arena_alloc(d->arena, sizeof(*p));

		if (record_id_parse(bytes_of(id), &rid))
			return cli_fail("--party", IMS_E_USAGE, "'%s' is not a record id like mx-o-3", id);
		ims__registry__party__init(p);
		p->organisation = cli_lend(id);
		p->region = arena_text(d->arena, rid.region);
		d->m->parties[d->m->n_parties++] = p;
	}
	return 0;
}

static int put_draft(struct cli *cli, const char *initiative, const char *id, struct arena *a,
		     Ims__Registry__Agreement *m)
{
	struct draft d = {cli, a, m};
	int err;

	m->initiative = cli_lend(initiative);
	m->header = NULL;
	m->version++;
	err = take_texts(&d);
	if (!err)
		err = option_texts(cli, OPT_TITLE, TEXT_ITSELF, a, &m->title, &m->n_title);
	if (!err)
		err = take_parties(&d);
	if (!err)
		err = option_list(cli, OPT_COVERS, COVERS_MAX, a, &m->covers, &m->n_covers);
	if (!err && arena_failed(a))
		err = cli_fail(initiative, IMS_E_NOMEM, "%s", "");
	return err ? err : put_record(cli, initiative, "moa", id, &m->base, true);
}

/* The initiative's agreement, if it has one: the id of a record of kind moa that is about it; "" none. */
static int find_moa(struct cli *cli, const char *initiative, char ret[RECORD_ID_MAX_BYTES + 1])
{
	Ims__Ctl__RecordListRequest q = REQUEST(RecordListRequest, record_list_request);
	const Ims__Ctl__RecordListReply *r;
	ProtobufCMessage *reply;
	struct arena a;
	char key[RECORD_ID_MAX_BYTES + 8];
	int err;

	snprintf(key, sizeof(key), "about=%.48s", initiative);
	q.kind = cli_lend("moa");
	q.key = key;
	q.limit = 1;
	err = cli_call(cli, initiative, VERB_RECORD_LIST, &q.base, &a, &reply);
	if (err)
		return err;
	r = (const Ims__Ctl__RecordListReply *)reply;
	snprintf(ret, RECORD_ID_MAX_BYTES + 1, "%s", r->n_records ? r->records[0]->id : "");
	arena_fini(&a);
	return 0;
}

int cmd_moa_draft(struct cli *cli)
{
	const char *initiative = args_word(&cli->args, 0);
	char id[RECORD_ID_MAX_BYTES + 1];
	Ims__Registry__Agreement first;
	ProtobufCMessage *m;
	Ims__Ctl__Record *r;
	struct arena reply, a;
	int err = find_moa(cli, initiative, id);

	if (err)
		return err;
	if (!*id) {
		ims__registry__agreement__init(&first);
		arena_init(&a, 16u << 20);
		err = put_draft(cli, initiative, NULL, &a, &first);
		arena_fini(&a);
		return err;
	}
	err = get_record(cli, id, "moa", &reply, &r);
	if (err)
		return err;
	err = open_record(r, &a, &m);
	if (!err) {
		struct arena more;

		arena_init(&more, 16u << 20);
		err = put_draft(cli, initiative, id, &more, (Ims__Registry__Agreement *)m);
		arena_fini(&more);
		arena_fini(&a);
	}
	arena_fini(&reply);
	return err;
}

/* ---- show */
const char *moa_lang(const struct cli *cli, const Ims__Registry__Agreement *m)
{
	const char *lang = args_get(&cli->args, OPT_LANG);

	if (lang)
		return lang;
	for (size_t i = 0; i < m->n_texts; i++)
		if (strcmp(m->texts[i]->lang, "en") == 0)
			return "en";
	return m->n_texts ? m->texts[0]->lang : "en";
}

/* The bytes to sign, and nothing else. */
static int show_raw(struct cli *cli, const char *id)
{
	Ims__Registry__Agreement *m;
	Ims__Ctl__MoaReply *r;
	struct buf bytes = {0};
	struct arena reply, a;
	int err = moa_ask(cli, id, &reply, &r);

	if (err)
		return err;
	err = moa_open(r, &a, &m);
	if (!err) {
		err = agreement_bytes(r->id, m, moa_lang(cli, m), &bytes);
		if (err)
			cli_fail(r->id, err, "it has no text in '%s'", moa_lang(cli, m));
		else
			fwrite(bytes.p, 1, bytes.n, cli->out.file);
		arena_fini(&a);
	}
	buf_fini(&bytes);
	arena_fini(&reply);
	return err;
}

int cmd_moa_show(struct cli *cli)
{
	Ims__Ctl__CaseRequest q = REQUEST(CaseRequest, case_request);
	struct as_of as_of;
	int err;

	q.id = cli_lend(args_word(&cli->args, 0));
	if (args_has(&cli->args, OPT_RAW))
		return show_raw(cli, q.id);
	err = as_of_init(cli, &as_of);
	if (err)
		return err;
	q.n_as_of = as_of.n;
	q.as_of = as_of.of;
	err = cli_show(cli, q.id, VERB_MOA_SHOW, &q.base);
	as_of_fini(&as_of);
	return err;
}

/* ---- conclude */
static void cite(Ims__Registry__Citation *c, char *record, char *origin, uint64_t index,
		 ProtobufCBinaryData leaf)
{
	ims__registry__citation__init(c);
	c->record = record;
	c->origin = origin;
	c->index = index;
	c->leaf = leaf;
}

static int conclude(struct cli *cli, const Ims__Ctl__MoaReply *r)
{
	Ims__Registry__Counted *item = mem_zalloc((r->n_signatures + 1) * sizeof(*item));
	Ims__Registry__Counted **list = mem_zalloc((r->n_signatures + 1) * sizeof(Ims__Registry__Counted *));
	Ims__Registry__Citation *cited = mem_zalloc((r->n_signatures + 1) * sizeof(*cited)), moa;
	Ims__Registry__Conclusion m;
	int err;

	ims__registry__conclusion__init(&m);
	cite(&moa, r->id, r->origin, r->index, r->leaf);
	m.agreement = &moa;
	m.initiative = r->initiative;
	m.roster_version = r->roster_version;
	m.counted = list;
	for (size_t i = 0; i < r->n_signatures; i++) {
		const Ims__Ctl__MoaSignature *s = r->signatures[i];

		if (strcmp(s->state, "counts") != 0)
			continue;
		cite(&cited[m.n_counted], s->id, s->origin, s->index, s->leaf);
		ims__registry__counted__init(&item[m.n_counted]);
		item[m.n_counted].signature = &cited[m.n_counted];
		item[m.n_counted].region = s->region;
		list[m.n_counted] = &item[m.n_counted];
		m.n_counted++;
	}
	if (r->concluded)
		err = cli_fail(r->id, IMS_E_EXISTS, "it is concluded already, by %s", r->conclusion);
	else if (m.n_counted < r->regions_needed)
		err = cli_fail(r->id, IMS_E_STATE,
			       "%zu of %u regions have signed: 'ims moa show %s' says who and why",
			       m.n_counted, r->regions_needed, r->id);
	else
		err = put_record(cli, r->id, "conclusion", NULL, &m.base, true);
	free(item);
	free(list);
	free(cited);
	return err;
}

int cmd_moa_conclude(struct cli *cli)
{
	Ims__Ctl__MoaReply *r;
	struct arena a;
	int err = moa_ask(cli, args_word(&cli->args, 0), &a, &r);

	if (err)
		return err;
	err = conclude(cli, r);
	arena_fini(&a);
	return err;
}
