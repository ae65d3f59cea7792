/* SPDX-License-Identifier: Apache-2.0 */
/* ims moa sign and verify: a CMS file is taken apart here, at the origin; what is verified is the parts. */
#include "pb/ctl.pb-c.h"
#include "pb/registry.pb-c.h"

#include "base/file.h"
#include "base/text.h"
#include "cli/cmd_moa.h"
#include "cli/commands.h"
#include "cli/put_record.h"
#include "cli/request.h"
#include "programme/agreement.h"
#include "registry/cms.h"
#include "wire/codec.h"

#define TEXT_MAX_BYTES (128u << 10)

/* A CMS file's parts, in the arena. */
static int read_p7s(const char *path, struct arena *a, struct cms_parts *ret)
{
	struct buf file = {0};
	struct errtext e = {""};
	int err = file_read(path, CMS_FILE_MAX_BYTES, &file, &e);

	if (!err)
		err = cms_take_apart(buf_bytes(&file), a, ret, &e);
	if (err)
		cli_fail(path, err, "%s", e.text);
	buf_fini(&file);
	return err;
}

static ProtobufCBinaryData data_of(struct bytes b)
{
	return (ProtobufCBinaryData){b.n, (uint8_t *)(uintptr_t)b.p};
}

static void put_parts(const struct cms_parts *p, Ims__Registry__CmsParts *m)
{
	ims__registry__cms_parts__init(m);
	m->key = data_of(p->key);
	m->algorithm = cli_lend(p->algorithm);
	m->signed_bytes = data_of(p->signed_bytes);
	m->signature = data_of(p->signature);
	m->certificate_sha256 = data_of(bytes_of_hash(&p->certificate_sha256));
}

/* ---- sign */
struct signing_up {
	struct cli *cli;
	const Ims__Ctl__MoaReply *moa;
	const Ims__Registry__Agreement *version;
	const Ims__Ctl__Record *organisation;
	struct arena *arena;
};

static int put_signature(struct signing_up *k, Ims__Registry__CmsParts *cms, Ims__Registry__PaperParts *paper)
{
	Ims__Registry__Signature m;
	Ims__Registry__Citation moa, organisation;
	struct record_id rid;

	if (record_id_parse(bytes_of(k->organisation->id), &rid))
		return cli_fail(k->organisation->id, IMS_E_INVALID, "not a record id");
	ims__registry__signature__init(&m);
	ims__registry__citation__init(&moa);
	moa.record = k->moa->id;
	moa.origin = k->moa->origin;
	moa.index = k->moa->index;
	moa.leaf = k->moa->leaf;
	cite_record(k->organisation, &organisation);
	m.agreement = &moa;
	m.organisation = &organisation;
	m.lang = cli_lend(moa_lang(k->cli, k->version));
	m.region = arena_text(k->arena, rid.region);
	m.signatory = cli_text(k->cli, OPT_SIGNATORY);
	m.cms = cms;
	m.paper = paper;
	if (cms && !agreement_is_signed_by(k->moa->id, k->version, &m))
		return cli_fail(args_get(&k->cli->args, OPT_P7S), IMS_E_SIGNATURE,
				"it signs something else than version %u of %s in '%s', as 'ims moa show %s "
				"--lang %s --raw' "
				"prints it",
				k->version->version, k->moa->id, m.lang, k->moa->id, m.lang);
	return put_record(k->cli, k->moa->id, "signature", NULL, &m.base, true);
}

static int sign_by_cms(struct signing_up *k)
{
	Ims__Registry__CmsParts m;
	struct cms_parts parts;
	int err = read_p7s(args_get(&k->cli->args, OPT_P7S), k->arena, &parts);

	if (err)
		return err;
	put_parts(&parts, &m);
	return put_signature(k, &m, NULL);
}

static int sign_on_paper(struct signing_up *k)
{
	Ims__Registry__PaperParts m;
	Ims__Registry__Text text, *texts[] = {&text};

	ims__registry__paper_parts__init(&m);
	ims__registry__text__init(&text);
	text.lang = cli_lend("en");
	text.text = arena_printf(k->arena, "Signed on paper by %s; the secretariat has seen it.",
				 k->organisation->id);
	m.day = cli_text(k->cli, OPT_PAPER);
	m.document = cli_text(k->cli, OPT_DOCUMENT);
	m.statement = texts;
	m.n_statement = 1;
	return put_signature(k, NULL, &m);
}

static int sign_as(struct cli *cli, const Ims__Ctl__MoaReply *moa, const Ims__Registry__Agreement *version)
{
	struct signing_up k = {.cli = cli, .moa = moa, .version = version};
	Ims__Ctl__Record *organisation;
	struct arena reply, a;
	int err = get_record(cli, args_get(&cli->args, OPT_ORGANISATION), "organisation", &reply,
			     &organisation);

	if (err)
		return err;
	arena_init(&a, 1u << 20);
	k.organisation = organisation;
	k.arena = &a;
	err = args_has(&cli->args, OPT_P7S) ? sign_by_cms(&k) : sign_on_paper(&k);
	arena_fini(&a);
	arena_fini(&reply);
	return err;
}

int cmd_moa_sign(struct cli *cli)
{
	const char *id = args_word(&cli->args, 0);
	Ims__Registry__Agreement *version;
	Ims__Ctl__MoaReply *moa;
	struct arena reply, a;
	int err;

	if (!args_has(&cli->args, OPT_ORGANISATION))
		return cli_fail(id, IMS_E_USAGE, "for whom: --organisation ID");
	if (args_has(&cli->args, OPT_P7S) == args_has(&cli->args, OPT_PAPER))
		return cli_fail(id, IMS_E_USAGE, "either --p7s FILE, or --paper DAY");
	err = moa_ask(cli, id, &reply, &moa);
	if (err)
		return err;
	err = moa_open(moa, &a, &version);
	if (!err) {
		err = sign_as(cli, moa, version);
		arena_fini(&a);
	}
	arena_fini(&reply);
	return err;
}

/* ---- verify */
static int verify_file(struct cli *cli, const char *p7s, const char *path)
{
	struct buf text = {0};
	struct cms_parts parts;
	struct errtext e;
	struct arena a;
	char hex[HEX_HASH_BYTES];
	int err;

	arena_init(&a, 1u << 20);
	err = read_p7s(p7s, &a, &parts);
	if (!err) {
		err = file_read(path, TEXT_MAX_BYTES, &text, &e);
		if (err)
			cli_fail(path, err, "%s", e.text);
	}
	if (!err && !cms_is_over(&parts, buf_bytes(&text)))
		err = cli_fail(p7s, IMS_E_SIGNATURE, "it signs something else than %s", path);
	if (!err) {
		const struct out_field fields[] = {
			OUT_FIELD_TRUTH("ok", 1),
			OUT_FIELD_TEXT("algorithm", parts.algorithm),
			OUT_FIELD_TEXT("certificate", hex_hash(&parts.certificate_sha256, hex)),
		};

		out_fields(&cli->out, fields, 3);
	}
	buf_fini(&text);
	arena_fini(&a);
	return err;
}

/* One signature, from its record: the parts by themselves, and that they are over the text. */
static int verify_record(struct cli *cli, const Ims__Ctl__MoaReply *moa,
			 const Ims__Registry__Agreement *version, const Ims__Ctl__MoaSignature *s,
			 const char **ret_result)
{
	const Ims__Registry__Signature *m;
	struct cms_parts parts;
	struct arena reply, a;
	struct errtext why;
	ProtobufCMessage *payload;
	Ims__Ctl__Record *r;
	int err = get_record(cli, s->id, "signature", &reply, &r);

	if (err)
		return err;
	err = open_record(r, &a, &payload);
	if (err) {
		arena_fini(&reply);
		return err;
	}
	m = (const Ims__Registry__Signature *)payload;
	*ret_result = "on paper: nothing to verify";
	if (m->cms) {
		parts = (struct cms_parts){
			.key = BYTES(m->cms->key.data, m->cms->key.len),
			.algorithm = m->cms->algorithm,
			.signed_bytes = BYTES(m->cms->signed_bytes.data, m->cms->signed_bytes.len),
			.signature = BYTES(m->cms->signature.data, m->cms->signature.len),
		};
		*ret_result = cms_verify(&parts, &why) ? "does not verify"
			      : agreement_is_signed_by(moa->id, version, m)
				      ? "verifies"
				      : "verifies, and is over another text";
	}
	arena_fini(&a);
	arena_fini(&reply);
	return 0;
}

static int verify_all(struct cli *cli, const Ims__Ctl__MoaReply *moa, const Ims__Registry__Agreement *version)
{
	const char *result = "";
	int err = 0, bad = 0;

	out_list_begin(&cli->out, "signatures", NULL);
	for (size_t i = 0; !err && i < moa->n_signatures; i++) {
		const Ims__Ctl__MoaSignature *s = moa->signatures[i];
		bool counts = strcmp(s->state, "counts") == 0;

		err = verify_record(cli, moa, version, s, &result);
		if (err)
			break;
		/* what counts, and is not what it should be */
		if (counts && strcmp(result, "verifies") != 0 && strcmp(s->how, "paper") != 0)
			bad = IMS_E_SIGNATURE;
		out_item_fields(&cli->out,
				(struct out_field[]){
					OUT_FIELD_TEXT("id", s->id), OUT_FIELD_TEXT("region", s->region),
					OUT_FIELD_TEXT("state", s->state), OUT_FIELD_TEXT("result", result)},
				4);
	}
	out_list_end(&cli->out, NULL, 0);
	for (size_t i = 0; !err && i < moa->n_remarks; i++)
		cli_tell("%s", moa->remarks[i]);
	if (!err && bad)
		err = cli_fail(moa->id, bad, "a signature that the node counts does not verify");
	return err;
}

int cmd_moa_verify(struct cli *cli)
{
	const char *id = args_word(&cli->args, 0), *p7s = args_get(&cli->args, OPT_P7S);
	const char *text = args_get(&cli->args, OPT_SIGNED_TEXT);
	Ims__Registry__Agreement *version;
	Ims__Ctl__MoaReply *moa;
	struct arena reply, a;
	int err;

	if (!id != (p7s && text))
		return cli_fail("moa verify", IMS_E_USAGE,
				"the id of an agreement, or --p7s FILE and --text FILE");
	if (!id)
		return verify_file(cli, p7s, text);
	err = moa_ask(cli, id, &reply, &moa);
	if (err)
		return err;
	err = moa_open(moa, &a, &version);
	if (!err) {
		err = verify_all(cli, moa, version);
		arena_fini(&a);
	}
	arena_fini(&reply);
	return err;
}
