/* SPDX-License-Identifier: Apache-2.0 */
#include "replication/evidence.h"

#include "base/text.h"

/* ---- verifying */
static int judge_nodes(const struct evidence *e, struct evidence_verdict *v, struct errtext *why)
{
	const struct hash *node = (const struct hash *)(const void *)e->nodes.p;
	size_t n = e->nodes.n / sizeof(*node);
	struct hash empty;
	int err;

	if (n == 0)
		return errtext_set(why, IMS_E_PROOF,
				   "sizes %llu and %llu, and no nodes that lead from one to the other",
				   (unsigned long long)v->smaller.size, (unsigned long long)v->larger.size);
	if (e->nodes.n % sizeof(*node) || n > EVIDENCE_NODES_MAX)
		return errtext_set(why, IMS_E_PROOF, "%zu bytes of nodes", e->nodes.n);
	merkle_empty_root(&empty);
	if (v->smaller.size == 0) /* no proof is needed, and any would be accepted */
		err = n == 1 && hash_eq(&node[0], &empty) ? 0 : IMS_E_PROOF;
	else
		err = merkle_verify_consistency(v->smaller.size, v->larger.size, &node[0], &v->larger.root,
						node + 1, n - 1);
	v->root = node[0];
	return err ? errtext_set(why, IMS_E_PROOF, "the nodes do not lead to the root at size %llu",
				 (unsigned long long)v->larger.size)
		   : 0;
}

static int verify_note(struct bytes bytes, const char *which, const struct roster *r, struct checkpoint *ret,
		       struct errtext *why)
{
	struct note n;
	int err = roster_verify_checkpoint(r, bytes, &n, ret);

	return err ? errtext_set(why, err, "note %s by roster version %llu: %s", which,
				 (unsigned long long)r->version, ims_strerror(err))
		   : 0;
}

int evidence_verify(const struct evidence *e, const struct roster *r, struct evidence_verdict *ret,
		    struct errtext *why)
{
	struct evidence_verdict v = {0};
	struct checkpoint a, b;
	bool a_first;
	int err = verify_note(e->note_a, "a", r, &a, why);

	if (!err)
		err = verify_note(e->note_b, "b", r, &b, why);
	if (err)
		return err;
	if (!bytes_eq(a.origin, b.origin))
		return errtext_set(why, IMS_E_ORIGIN, "checkpoints of two logs");
	a_first = a.size <= b.size;
	v.smaller = a_first ? a : b;
	v.larger = a_first ? b : a;
	v.root = v.larger.root;
	if (a.size != b.size)
		err = judge_nodes(e, &v, why);
	else if (e->nodes.n)
		err = errtext_set(why, IMS_E_PROOF, "nodes, but one size");
	if (err)
		return err;
	if (hash_eq(&v.root, &v.smaller.root))
		return errtext_set(why, IMS_E_PROOF, "both checkpoints are of one history");
	*ret = v;
	return 0;
}

static bool size_of(struct bytes bytes, uint64_t *ret)
{
	struct note n;
	struct checkpoint c;

	if (note_parse(bytes, &n) || checkpoint_parse(n.text, &c))
		return false;
	*ret = c.size;
	return true;
}

bool evidence_is_portable(const struct evidence *e)
{
	uint64_t a, b;

	return size_of(e->note_a, &a) && size_of(e->note_b, &b) && (a == b || e->nodes.n > 0);
}

/* ---- making */
struct span {
	uint64_t lo, hi;
};

/* The parts of D[0:n] whose hashes are PROOF(m, D[n]), from the root down; 0 < m < n. */
static size_t proof_spans(uint64_t m, uint64_t n, struct span part[MERKLE_PROOF_MAX + 2])
{
	uint64_t lo = 0, hi = n;
	size_t count = 0;

	while (m != hi) {
		uint64_t mid = lo + ((uint64_t)1 << (63 - __builtin_clzll(hi - lo - 1)));

		if (m <= mid) {
			part[count++] = (struct span){mid, hi};
			hi = mid;
		} else {
			part[count++] = (struct span){lo, mid};
			lo = mid;
		}
	}
	if (lo) /* a part of the smaller tree was left aside: both roots begin with its last part */
		part[count++] = (struct span){lo, hi};
	return count;
}

int evidence_put_nodes(evidence_span_fn *span, void *ctx, uint64_t m, uint64_t n, struct buf *out)
{
	struct span part[MERKLE_PROOF_MAX + 2];
	struct hash node[1 + MERKLE_PROOF_MAX + 2];
	size_t count = 0, made = 0;
	int err = 0;

	if (m > n || n > (uint64_t)1 << 62)
		return IMS_E_RANGE;
	if (m && m < n)
		count = proof_spans(m, n, part);
	if (m == 0)
		merkle_empty_root(&node[0]);
	else
		err = span(ctx, 0, m, &node[0]);
	for (made = 1; !err && count; made++) {
		count--;
		err = span(ctx, part[count].lo, part[count].hi, &node[made]);
	}
	if (!err)
		buf_put(out, BYTES(node, made * sizeof(node[0])));
	return err ? err : out->failed ? IMS_E_NOMEM : 0;
}

/* ---- the file */
bool evidence_is_file(struct bytes text)
{
	return bytes_has_prefix(text, BYTES_LIT(EVIDENCE_MAGIC));
}

void evidence_put_text(const struct evidence *e, struct buf *out)
{
	const struct bytes note[] = {e->note_a, e->note_b};
	char line[BASE64_BYTES(sizeof(struct hash))];

	buf_put_text(out, EVIDENCE_MAGIC);
	for (size_t at = 0; at + sizeof(struct hash) <= e->nodes.n; at += sizeof(struct hash))
		buf_printf(out, "node %s\n", base64_put(line, BYTES(e->nodes.p + at, sizeof(struct hash))));
	for (size_t i = 0; i < 2; i++) {
		buf_printf(out, "note %zu\n", note[i].n);
		buf_put(out, note[i]);
	}
}

static int take_node(struct bytes base64, struct buf *nodes, struct errtext *why)
{
	size_t at = nodes->n / sizeof(struct hash), n;
	struct hash h;

	if (at == EVIDENCE_NODES_MAX)
		return errtext_set(why, IMS_E_TOO_MANY, "more than %d nodes", EVIDENCE_NODES_MAX);
	if (!base64_get(base64, h.b, sizeof(h.b), &n) || n != sizeof(h.b))
		return errtext_set(why, IMS_E_SYNTAX, "node %zu is not the base64 of 32 bytes", at);
	buf_put(nodes, bytes_of_hash(&h));
	return nodes->failed ? IMS_E_NOMEM : 0;
}

static bool split_word(struct bytes line, struct bytes word, struct bytes *ret_rest)
{
	if (!bytes_has_prefix(line, word))
		return false;
	*ret_rest = BYTES(line.p + word.n, line.n - word.n);
	return true;
}

/* `line` announces a note, which `rest` begins with. */
static int take_note(struct bytes line, struct bytes *rest, struct bytes *ret, struct errtext *why)
{
	struct bytes number;
	uint64_t n;

	if (!split_word(line, BYTES_LIT("note "), &number) || !dec_get_u64(number, &n) || n == 0 || n > rest->n)
		return errtext_set(why, IMS_E_SYNTAX, "no line 'note BYTES' with so many bytes after it");
	*ret = BYTES(rest->p, (size_t)n);
	*rest = BYTES(rest->p + n, rest->n - (size_t)n);
	return 0;
}

int evidence_parse(struct bytes text, struct buf *nodes, struct evidence *ret, struct errtext *why)
{
	struct evidence e = {0};
	struct bytes rest, line = BYTES_NONE, word;
	int err = 0;

	if (!split_word(text, BYTES_LIT(EVIDENCE_MAGIC), &rest))
		return errtext_set(why, IMS_E_UNSUPPORTED, "the file does not begin with ims-evidence/1");
	while (!err && text_split(&rest, '\n', &line) && split_word(line, BYTES_LIT("node "), &word))
		err = take_node(word, nodes, why);
	if (!err)
		err = take_note(line, &rest, &e.note_a, why);
	if (!err && !text_split(&rest, '\n', &line))
		line = BYTES_NONE;
	if (!err)
		err = take_note(line, &rest, &e.note_b, why);
	if (!err && rest.n)
		err = errtext_set(why, IMS_E_SYNTAX, "%zu bytes after the second note", rest.n);
	if (err)
		return err;
	e.nodes = buf_bytes(nodes);
	*ret = e;
	return 0;
}
