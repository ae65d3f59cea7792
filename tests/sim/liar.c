/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One node whose messages are sometimes bent on their way out, until healing begins: wrong bytes,
 * proofs and states, gaps, stale heads, others' entries, cosignatures in others' names, silence; and
 * in some seeds heads of another history, signed by its own key. The others may refuse it, and only it
 * (inv. 4, 6, 12), and freeze its log, and only its; what it cannot do is make them keep anything
 * wrong, or keep them from getting on afterwards.
 */
#include "sim/faults.h"
#include "sim/oracle.h"
#include "sim/sim.h"

#include "wire/frame.h"

#define BEND_PERCENT 12

static struct bytes flipped(struct sim *s, struct arena *a, struct bytes b)
{
	struct bytes copy = arena_dup(a, b);

	if (copy.n)
		((uint8_t *)(uintptr_t)copy.p)[rng_below(&s->rng, (unsigned)copy.n)] ^=
			(uint8_t)(1u << rng_below(&s->rng, 8));
	return copy;
}

/* ---- notes */
static struct bytes signed_head(struct sim *s, struct arena *a, uint64_t size, const struct hash *root)
{
	struct host *h = &s->host[s->p.liar];
	struct buf text = {0}, note = {0};
	struct bytes ret;

	checkpoint_put(&text, bytes_of(h->who->origin), size, root);
	if (note_sign(buf_bytes(&text), &h->who->log[chain_has_new_keys(h)], &note))
		buf_clear(&note);
	ret = arena_dup(a, buf_bytes(&note));
	buf_fini(&text);
	buf_fini(&note);
	return ret;
}

/* Of a history that is not its own; or, where it does not fork, an old one of its own. */
static struct bytes another_head(struct sim *s, struct arena *a, struct bytes was)
{
	struct host *h = &s->host[s->p.liar];
	uint64_t size = oracle_size(s->oracle, h->number);
	struct hash root;

	/* Its writer may be ahead of what it says. */
	if (h->log == h->number && size > bridge_durable_size(h->bridge))
		size = bridge_durable_size(h->bridge);
	if (size == 0 || h->lost_ring) /* what it has lost it cannot sign */
		return was;
	size -= rng_below(&s->rng, size < 4 ? (unsigned)size : 4);
	if (!s->p.forks)
		return signed_head(s, a, size, &oracle_row(s->oracle, h->number, size - 1)->root);
	sim_trace(s, "%s forks at %llu", h->who->code, (unsigned long long)size);
	h->forked = true;
	host_random(h, root.b, sizeof(root.b));
	return signed_head(s, a, size + rng_below(&s->rng, 2), &root);
}

/* By the liar's key, in the name of another. */
static struct bytes cosigned_by_another(struct sim *s, struct arena *a, struct bytes bytes)
{
	struct note_signer forger = s->host[s->p.liar].who->cosigner[0];
	struct buf out = {0};
	struct bytes ret;
	struct note n;

	forger.vkey = s->fed->member[(s->p.liar + 1 + rng_below(&s->rng, s->p.hosts - 1)) % s->p.hosts]
			      .cosigner[0]
			      .vkey;
	if (note_parse(bytes, &n))
		return bytes;
	buf_put(&out, n.all);
	if (note_sign_line(n.text, &forger, 1790000000, &out))
		buf_clear(&out);
	ret = arena_dup(a, buf_bytes(&out));
	buf_fini(&out);
	return ret;
}

/* ---- messages */
static void bend_item(struct sim *s, struct arena *a, struct msg_item *it)
{
	switch (rng_below(&s->rng, 4)) {
	case 0:
		it->entry = flipped(s, a, it->entry);
		break;
	case 1:
		it->payload = flipped(s, a, it->payload);
		it->packed = flipped(s, a, it->packed);
		break;
	case 2:
		it->salt = flipped(s, a, it->salt);
		break;
	default:
		it->state = (enum msg_payload_state)rng_below(&s->rng, MSG_PAYLOAD_STATES);
		if (it->state == MSG_PAYLOAD_HERE && !it->salt.n)
			it->state = MSG_PAYLOAD_ABSENT;
		if (it->state != MSG_PAYLOAD_HERE)
			it->salt = it->payload = it->packed = BYTES_NONE;
		break;
	}
}

static struct msg_item *copy_items(struct arena *a, const struct msg_item *items, size_t n)
{
	struct msg_item *copy = arena_array(a, n ? n : 1, sizeof(*copy));

	if (copy && n)
		memcpy(copy, items, n * sizeof(*copy));
	return copy;
}

static void bend_entries(struct sim *s, struct arena *a, struct msg_entries *e)
{
	e->items = copy_items(a, e->items, e->n_items);
	switch (rng_below(&s->rng, 10)) {
	case 8:
		e->origin = bytes_of(s->fed->member[rng_below(&s->rng, s->p.hosts)].origin);
		break;
	case 9:
		e->checkpoint = another_head(s, a, e->checkpoint);
		break;
	case 0:
		e->n_items -= e->n_items > 0;
		break;
	case 1:
		e->from += e->n_items < 2 ? 1 : 0;
		break;
	case 2:
		e->proof = flipped(s, a, e->proof);
		break;
	case 3:
		e->checkpoint = flipped(s, a, e->checkpoint);
		break;
	case 4:
		e->named = !e->named;
		e->last = !e->last;
		break;
	case 5:
		e->n_items = 0;
		e->proof = BYTES_NONE;
		break;
	case 6:
		e->id += rng_below(&s->rng, 3);
		break;
	default:
		if (e->n_items)
			bend_item(s, a, &e->items[rng_below(&s->rng, (unsigned)e->n_items)]);
		break;
	}
}

static void bend_head(struct sim *s, struct arena *a, struct msg_head *head)
{
	switch (rng_below(&s->rng, 4)) {
	case 0:
		head->named = !head->named;
		break;
	case 1:
		head->note = another_head(s, a, head->note);
		break;
	case 2:
		head->note = cosigned_by_another(s, a, head->note);
		break;
	default:
		head->note = flipped(s, a, head->note);
		break;
	}
}

static void bend(struct sim *s, struct arena *a, struct msg *m)
{
	switch (m->type) {
	case MSG_ENTRIES:
		bend_entries(s, a, &m->u.entries);
		break;
	case MSG_PAYLOADS:
		m->u.payloads.items = copy_items(a, m->u.payloads.items, m->u.payloads.n_items);
		if (m->u.payloads.n_items)
			bend_item(s, a, &m->u.payloads.items[0]);
		break;
	case MSG_HEADS:
		bend_head(s, a, &m->u.heads.heads[0]);
		break;
	case MSG_COSIGN:
		m->u.cosign.note = rng_percent(&s->rng, 50) ? flipped(s, a, m->u.cosign.note)
							     : cosigned_by_another(s, a, m->u.cosign.note);
		break;
	case MSG_FETCH:
		m->u.fetch.to += rng_below(&s->rng, 300); /* what its own node will not believe hurts only itself */
		break;
	default:
		break;
	}
}

int liar_encode(struct host *h, const struct msg *m, struct buf *out)
{
	struct sim *s = h->sim;
	struct msg bent = *m;
	struct msg_head head;
	struct arena a;
	int err;

	if (s->healing || s->p.liar != h->number || m->type == MSG_HELLO ||
	    !rng_percent(&s->rng, BEND_PERCENT))
		return msg_encode(m, out);
	sim_trace(s, "%s lies in a message %d", h->who->code, m->type);
	arena_init(&a, 4u << 20);
	if (m->type == MSG_HEADS) {
		head = m->u.heads.heads[0];
		bent.u.heads = (struct msg_heads){&head, 1};
	}
	bend(s, &a, &bent);
	err = msg_encode(&bent, out);
	if (err) { /* it is not let out like this: as it was, with a wrong byte */
		err = msg_encode(m, out);
		if (!err && out->n > FRAME_HEADER_BYTES)
			out->p[rng_range(&s->rng, FRAME_HEADER_BYTES, (unsigned)out->n - 1)] ^= 0x10;
	}
	arena_fini(&a);
	return err;
}

bool liar_is(const struct host *h)
{
	return h->sim->p.liar == h->number;
}

bool liar_forked(const struct sim *s, const char *origin)
{
	return s->p.liar < s->p.hosts && s->host[s->p.liar].forked &&
	       strcmp(s->host[s->p.liar].who->origin, origin) == 0;
}
