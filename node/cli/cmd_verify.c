/* SPDX-License-Identifier: Apache-2.0 */
/* ims verify: a proof file or evidence, without a node and without believing one. */
#include <stdlib.h>

#include "base/mem.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "base/file.h"
#include "cli/proof_file.h"
#include "cli/trust.h"
#include "replication/evidence.h"
#include "wire/entry.h"

#define ENTRY_ARENA_BYTES 65536

/* An entry says itself where it stands: that has to be where the proof puts it. */
static int check_place(struct bytes entry, const struct proof_file *p, const struct checkpoint *c,
		       struct errtext *e)
{
	struct entry en;
	struct arena a;
	int err = 0;

	arena_init(&a, ENTRY_ARENA_BYTES);
	/* bytes that are no entry of ours are some other log's: there the tree is all there is to check */
	if (entry_decode(entry, &a, &en, NULL) == 0) {
		if (en.index != p->index)
			err = errtext_set(e, IMS_E_INDEX, "the entry says it stands at %llu, not at %llu",
					  (unsigned long long)en.index, (unsigned long long)p->index);
		else if (!bytes_eq(en.origin, c->origin))
			err = errtext_set(e, IMS_E_ORIGIN, "the entry is of %.*s", (int)en.origin.n,
					  (const char *)en.origin.p);
	}
	arena_fini(&a);
	return err;
}

/* --entry or --leaf; the entry's bytes stay in `entry`. */
static int take_leaf(const struct cli *cli, struct buf *entry, struct hash *ret)
{
	const char *file = args_get(&cli->args, OPT_ENTRY), *hex = args_get(&cli->args, OPT_LEAF);
	struct errtext e;
	int err;

	if (!file == !hex)
		return cli_fail("verify", IMS_E_USAGE, "give --entry FILE or --leaf HEX");
	if (hex)
		return hex_get(bytes_of(hex), ret->b, sizeof(ret->b))
			       ? 0
			       : cli_fail("--leaf", IMS_E_USAGE, "a leaf hash has 64 hex digits");
	err = file_read(file, UINT16_MAX, entry, &e);
	if (err)
		return cli_fail(file, err, "%s", e.text);
	merkle_leaf(buf_bytes(entry), ret);
	return 0;
}

static void report(struct cli *cli, const struct proof_file *p, struct proof_verdict *v)
{
	char *origin = mem_strndup(v->checkpoint.origin);
	char root[HEX_HASH_BYTES];
	const struct out_field fields[] = {
		OUT_FIELD_TRUTH("verified", 1),
		OUT_FIELD_TEXT("origin", origin),
		OUT_FIELD_NUMBER("index", p->index),
		OUT_FIELD_NUMBER("size", v->checkpoint.size),
		OUT_FIELD_TEXT("root", hex_hash(&v->checkpoint.root, root)),
		OUT_FIELD_TEXT("signed_by", v->signed_by),
		OUT_FIELD_WORDS("cosigners", buf_text(&v->cosigners)),
	};

	out_fields(&cli->out, fields, sizeof(fields) / sizeof(fields[0]));
	free(origin);
}

static int verify(struct cli *cli, const char *path, struct bytes text, const struct proof_trust *trust)
{
	struct proof_verdict v = {0};
	struct buf entry = {0};
	struct errtext e = {""};
	struct proof_file p;
	struct hash leaf;
	int err = take_leaf(cli, &entry, &leaf);

	if (err)
		return err;
	err = proof_file_parse(text, &p, &e);
	if (err == 0)
		err = proof_file_verify(&p, &leaf, trust, &v, &e);
	if (err == 0 && entry.n)
		err = check_place(buf_bytes(&entry), &p, &v.checkpoint, &e);
	if (err)
		cli_fail(path, err, "%s", e.text);
	else
		report(cli, &p, &v);
	buf_fini(&v.cosigners);
	buf_fini(&entry);
	return err;
}

static void report_evidence(struct cli *cli, const struct evidence_verdict *v)
{
	char *origin = mem_strndup(v->larger.origin);
	char signed_root[HEX_HASH_BYTES], root[HEX_HASH_BYTES];
	const struct out_field fields[] = {
		OUT_FIELD_TRUTH("proves_two_histories", 1),
		OUT_FIELD_TEXT("origin", origin),
		OUT_FIELD_NUMBER("size", v->smaller.size),
		OUT_FIELD_TEXT("root", hex_hash(&v->smaller.root, signed_root)),
		OUT_FIELD_NUMBER("other_size", v->larger.size),
		OUT_FIELD_TEXT("other_root_at_size", hex_hash(&v->root, root)),
	};

	out_fields(&cli->out, fields, sizeof(fields) / sizeof(fields[0]));
	free(origin);
}

/* A file that is damaged proves nothing: that, too, is a failed verification. */
static int verify_evidence(struct cli *cli, const char *path, struct bytes text, const struct proof_trust *trust)
{
	struct evidence_verdict v;
	struct evidence e;
	struct buf nodes = {0};
	struct errtext why = {""};
	int err;

	if (!trust->roster)
		return cli_fail(path, IMS_E_USAGE, "evidence is verified by the roster alone: give --roster FILE");
	err = evidence_parse(text, &nodes, &e, &why);
	if (!err)
		err = evidence_verify(&e, trust->roster, &v, &why);
	if (err)
		err = cli_fail(path, IMS_E_PROOF, "%s", why.text);
	else
		report_evidence(cli, &v);
	buf_fini(&nodes);
	return err;
}

int cmd_verify(struct cli *cli)
{
	const char *path = args_word(&cli->args, 0);
	struct buf text = {0};
	struct errtext e;
	struct trust trust;
	int err = trust_load(cli, &trust);

	if (err)
		return err;
	if (!trust.proof.roster && trust.proof.n_vkeys == 0)
		err = cli_fail(path, IMS_E_USAGE, "give --roster FILE or --vkey KEY: whom do you believe?");
	if (err == 0) {
		err = file_read(path, EVIDENCE_FILE_MAX_BYTES, &text, &e); /* the larger of the two */
		if (err)
			cli_fail(path, err, "%s", e.text);
	}
	if (err == 0)
		err = evidence_is_file(buf_bytes(&text))
			      ? verify_evidence(cli, path, buf_bytes(&text), &trust.proof)
			      : verify(cli, path, buf_bytes(&text), &trust.proof);
	buf_fini(&text);
	trust_fini(&trust);
	return err;
}
