/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/proof_file.h"

#include <stdio.h>

#include "base/text.h"
#include "replication/roster.h"

#define MAGIC "c2sp.org/tlog-proof@v1"

static int take_hash(struct bytes line, struct merkle_proof *to, struct errtext *e)
{
	struct hash h;
	size_t n;

	if (to->n == MERKLE_PROOF_MAX)
		return errtext_set(e, IMS_E_TOO_MANY, "more than %d hashes", MERKLE_PROOF_MAX);
	if (!base64_get(line, h.b, sizeof(h.b), &n) || n != sizeof(h.b))
		return errtext_set(e, IMS_E_SYNTAX, "hash %zu is not the base64 of 32 bytes", to->n);
	to->hash[to->n++] = h;
	return 0;
}

int proof_hashes_parse(struct bytes text, struct merkle_proof *ret, struct errtext *e)
{
	struct bytes line;
	int err = 0;

	ret->n = 0;
	while (err == 0 && text_split(&text, '\n', &line))
		if (line.n)
			err = take_hash(line, ret, e);
	return err;
}

int proof_file_parse(struct bytes text, struct proof_file *ret, struct errtext *e)
{
	struct bytes rest = text, line = BYTES_NONE;
	struct proof_file p = {0};
	int err = 0;

	if (!text_split(&rest, '\n', &line) || !bytes_eq_text(line, MAGIC))
		return errtext_set(e, IMS_E_UNSUPPORTED, "the file does not begin with " MAGIC);
	if (!text_split(&rest, '\n', &line))
		return errtext_set(e, IMS_E_SYNTAX, "the file ends before its index");
	if (bytes_has_prefix(line, BYTES_LIT("extra ")) && !text_split(&rest, '\n', &line))
		return errtext_set(e, IMS_E_SYNTAX, "the file ends before its index");
	if (!bytes_has_prefix(line, BYTES_LIT("index ")) ||
	    !dec_get_u64(BYTES(line.p + 6, line.n - 6), &p.index))
		return errtext_set(e, IMS_E_SYNTAX, "no line 'index N'");
	while (err == 0) {
		if (!text_split(&rest, '\n', &line))
			return errtext_set(e, IMS_E_SYNTAX, "the file ends before its checkpoint");
		if (line.n == 0)
			break;
		err = take_hash(line, &p.path, e);
	}
	if (err == 0 && rest.n == 0)
		err = errtext_set(e, IMS_E_SYNTAX, "the file ends before its checkpoint");
	if (err)
		return err;
	p.note = rest;
	*ret = p;
	return 0;
}

/* ---- keys */

static void found_cosigner(void *ctx, const struct roster_region *by, uint64_t time_s, struct bytes line)
{
	struct buf *b = ctx;

	(void)time_s;
	(void)line;
	buf_printf(b, "%s%s", b->n ? " " : "", by->code);
}

static int verify_by_roster(struct bytes text, const struct roster *r, struct proof_verdict *ret,
			    struct errtext *e)
{
	const struct roster_incarnation *incarnation;
	const struct roster_region *region;
	struct note n;
	int err = roster_verify_checkpoint(r, text, &n, &ret->checkpoint);

	if (err)
		return errtext_set(e, err, "the checkpoint by roster version %llu: %s",
				   (unsigned long long)r->version, ims_strerror(err));
	region = roster_origin(r, ret->checkpoint.origin, &incarnation);
	snprintf(ret->signed_by, sizeof(ret->signed_by), "%s", region ? region->code : "");
	roster_verify_cosignatures(r, &n, &ret->checkpoint, found_cosigner, &ret->cosigners);
	return 0;
}

static int verify_by_vkeys(struct bytes text, const struct proof_trust *t, struct proof_verdict *ret,
			   struct errtext *e)
{
	struct note n;
	size_t which;
	int err = note_parse(text, &n);

	if (err == 0)
		err = checkpoint_parse(n.text, &ret->checkpoint);
	if (err == 0)
		err = note_verify_any(&n, t->vkeys, t->n_vkeys, &which);
	if (err)
		return errtext_set(e, err, "the checkpoint: %s", ims_strerror(err));
	snprintf(ret->signed_by, sizeof(ret->signed_by), "%s", t->vkeys[which].name);
	return 0;
}

int proof_checkpoint_verify(struct bytes note, const struct proof_trust *trust, struct proof_verdict *ret,
			    struct errtext *e)
{
	return trust->roster ? verify_by_roster(note, trust->roster, ret, e)
			     : verify_by_vkeys(note, trust, ret, e);
}

int proof_file_verify(const struct proof_file *p, const struct hash *leaf, const struct proof_trust *trust,
		      struct proof_verdict *ret, struct errtext *e)
{
	int err = proof_checkpoint_verify(p->note, trust, ret, e);

	if (err)
		return err;
	err = merkle_verify_inclusion(p->index, ret->checkpoint.size, leaf, p->path.hash, p->path.n,
				      &ret->checkpoint.root);
	return err ? errtext_set(e, err, "entry %llu of %.*s at size %llu: %s", (unsigned long long)p->index,
				 (int)ret->checkpoint.origin.n, (const char *)ret->checkpoint.origin.p,
				 (unsigned long long)ret->checkpoint.size, ims_strerror(err))
		   : 0;
}
