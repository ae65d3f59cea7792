/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ims log compare: do two nodes hold one history? Both are asked for their newest checkpoint; the
 * larger must be a proven extension of the smaller. Signatures are checked by a roster: the one
 * given, or else the first node's.
 */
#include <stdlib.h>

#include "pb/ctl.pb-c.h"

#include "base/mem.h"
#include "cli/commands.h"
#include "cli/request.h"
#include "cli/trust.h"

/* One side's answer. */
struct side {
	const char *name;
	struct client *client;
	struct buf note;
	struct proof_verdict verdict; /* into note */
};

struct comparison {
	struct cli *cli;
	struct trust trust;
	struct side side[2];
};

/* One call to either side; the reply's bytes field is copied to out. */
static int ask(const struct side *s, enum verb verb, const Ims__Ctl__LogRequest *q, struct buf *out)
{
	struct errtext e = {""};
	ProtobufCMessage *reply;
	ProtobufCBinaryData *data;
	struct arena a;
	int err = verb_call(s->client, verb, &q->base, &a, &reply, &e);

	if (err)
		return cli_fail(s->name, err, "%s: %s", *q->origin ? q->origin : "own log",
				*e.text ? e.text : ims_strerror(err));
	data = verb == VERB_LOG_PROOF ? &((Ims__Ctl__ProofReply *)reply)->text
				      : &((Ims__Ctl__NoteReply *)reply)->note;
	buf_put(out, BYTES(data->data, data->len));
	arena_fini(&a);
	return 0;
}

static int ask_checkpoint(struct comparison *c, struct side *s, const char *origin)
{
	Ims__Ctl__LogRequest q = REQUEST(LogRequest, log_request);
	struct errtext e = {""};
	int err;

	q.origin = cli_lend(origin);
	err = ask(s, VERB_LOG_CHECKPOINT, &q, &s->note);
	if (err)
		return err;
	err = proof_checkpoint_verify(buf_bytes(&s->note), &c->trust.proof, &s->verdict, &e);
	if (err)
		return cli_fail(s->name, err, "%s", e.text);
	if (*origin && !bytes_eq_text(s->verdict.checkpoint.origin, origin))
		return cli_fail(s->name, IMS_E_ORIGIN, "asked for %s, it sent another log's checkpoint",
				origin);
	return 0;
}

/* 0: one history; IMS_E_CONFLICT or a failure to ask, reported. */
static int judge(struct comparison *c, const char *origin)
{
	const struct side *small = &c->side[0], *large = &c->side[1], *t;
	Ims__Ctl__LogRequest q = REQUEST(LogRequest, log_request);
	struct merkle_proof proof;
	struct buf text = {0};
	struct errtext e = {""};
	int err;

	if (small->verdict.checkpoint.size > large->verdict.checkpoint.size) {
		t = small;
		small = large;
		large = t;
	}
	proof.n = 0;
	if (small->verdict.checkpoint.size &&
	    small->verdict.checkpoint.size < large->verdict.checkpoint.size) {
		q.origin = cli_lend(origin);
		q.old_size = small->verdict.checkpoint.size;
		q.size = large->verdict.checkpoint.size;
		err = ask(large, VERB_LOG_PROOF, &q, &text);
		if (err == 0)
			err = proof_hashes_parse(buf_bytes(&text), &proof, &e);
		buf_fini(&text);
		if (err)
			return err == IMS_E_SYNTAX ? cli_fail(large->name, err, "%s", e.text) : err;
	}
	err = merkle_verify_consistency(small->verdict.checkpoint.size, large->verdict.checkpoint.size,
					&small->verdict.checkpoint.root, &large->verdict.checkpoint.root,
					proof.hash, proof.n);
	return err ? cli_fail(origin, IMS_E_CONFLICT, "%s and %s hold different histories (%s)", small->name,
			      large->name, ims_strerror(err))
		   : 0;
}

static void report(struct comparison *c, const char *origin, int err)
{
	uint64_t a = c->side[0].verdict.checkpoint.size, b = c->side[1].verdict.checkpoint.size;
	const char *result = err ? "conflict" : a == b ? "equal" : "extends";
	const struct out_field fields[] = {
		OUT_FIELD_TEXT("origin", origin),
		OUT_FIELD_NUMBER("size", a),
		OUT_FIELD_NUMBER("other_size", b),
		OUT_FIELD_TEXT("result", result),
	};

	out_item_fields(&c->cli->out, fields, sizeof(fields) / sizeof(fields[0]));
}

static int compare_log(struct comparison *c, const char *wanted)
{
	char *origin = NULL;
	int err = ask_checkpoint(c, &c->side[0], wanted);

	if (err == 0) {
		origin = mem_strndup(c->side[0].verdict.checkpoint.origin);
		err = ask_checkpoint(c, &c->side[1], origin);
	}
	if (err == 0) {
		err = judge(c, origin);
		if (err == 0 || err == IMS_E_CONFLICT)
			report(c, origin, err);
		if (err == IMS_E_CONFLICT) /* both notes: the evidence, for whoever wants to see it */
			fprintf(stderr, "%s\n%s", buf_text(&c->side[0].note), buf_text(&c->side[1].note));
	}
	for (int i = 0; i < 2; i++) {
		buf_fini(&c->side[i].verdict.cosigners);
		buf_fini(&c->side[i].note);
		c->side[i].verdict = (struct proof_verdict){0};
	}
	free(origin);
	return err;
}

/* Every log of the first node; the first failure is the outcome, the rest is still compared. */
static int compare_all(struct comparison *c)
{
	Ims__Ctl__Empty q = REQUEST(Empty, empty);
	const Ims__Ctl__LogListReply *l;
	ProtobufCMessage *reply;
	struct arena a;
	int err = cli_call(c->cli, "logs", VERB_LOG_LIST, &q.base, &a, &reply);

	if (err)
		return err;
	l = (const Ims__Ctl__LogListReply *)reply;
	for (size_t i = 0; i < l->n_logs; i++) {
		int one = l->logs[i]->size ? compare_log(c, l->logs[i]->origin) : 0;

		if (one && (err == 0 || one == IMS_E_CONFLICT))
			err = one;
	}
	arena_fini(&a);
	return err;
}

static int believe(struct comparison *c)
{
	Ims__Ctl__RosterRequest q = REQUEST(RosterRequest, roster_request);
	const Ims__Ctl__RosterReply *r;
	ProtobufCMessage *reply;
	struct arena a;
	int err = trust_load(c->cli, &c->trust);

	if (err || c->trust.proof.roster)
		return err;
	err = cli_call(c->cli, "roster", VERB_ROSTER_SHOW, &q.base, &a, &reply);
	if (err)
		return err;
	r = (const Ims__Ctl__RosterReply *)reply;
	err = trust_set_roster(&c->trust, "roster", BYTES(r->note.data, r->note.len));
	arena_fini(&a);
	return err;
}

int cmd_log_compare(struct cli *cli)
{
	const char *with = args_get(&cli->args, OPT_WITH), *origin = args_word(&cli->args, 0);
	struct client_target t = cli_target(cli);
	struct comparison c = {.cli = cli, .side = {{.name = t.node}, {.name = with}}};
	struct errtext e = {""};
	int err;

	if (!with)
		return cli_fail("log compare", IMS_E_USAGE, "give the other node: --with ADDRESS");
	err = cli_connect(cli);
	if (err)
		return err;
	c.side[0].client = cli->client;
	t.node = with;
	err = client_open(&t, &c.side[1].client, &e);
	if (err)
		return cli_fail(with, err, "%s", e.text);
	err = believe(&c);
	if (err == 0) {
		out_list_begin(&cli->out, "logs", NULL);
		err = origin ? compare_log(&c, origin) : compare_all(&c);
		out_list_end(&cli->out, NULL, 0);
	}
	client_free(c.side[1].client);
	trust_fini(&c.trust);
	return err;
}
