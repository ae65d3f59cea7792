/* SPDX-License-Identifier: Apache-2.0 */
/* Messages that move logs: fetch and entries, want and payloads, cosignatures, evidence. */
#include "wire/msg_pb.h"

#include "pb/peer.pb-c.h"
#include "wire/span_pb.h"

_Static_assert(MSG_PAYLOAD_NONE == (int)IMS__PEER__PAYLOAD_STATE__PAYLOAD_NONE &&
		       MSG_PAYLOAD_HERE == (int)IMS__PEER__PAYLOAD_STATE__PAYLOAD_HERE &&
		       MSG_PAYLOAD_ABSENT == (int)IMS__PEER__PAYLOAD_STATE__PAYLOAD_ABSENT &&
		       MSG_PAYLOAD_NOT_FOR_YOU == (int)IMS__PEER__PAYLOAD_STATE__PAYLOAD_NOT_FOR_YOU &&
		       MSG_PAYLOAD_ERASED == (int)IMS__PEER__PAYLOAD_STATE__PAYLOAD_ERASED,
	       "states are those of peer.proto");

/* What Item and PayloadItem have in common. To protobuf-c they are two types, hence macros. */
#define PAYLOAD_TAKE(pb)                                                                                     \
	.state = (enum msg_payload_state)(pb)->state, .salt = PB_BYTES((pb)->salt),                          \
	.payload = PB_BYTES((pb)->payload), .erased_by = (pb)->erased_by, .packed = PB_BYTES((pb)->packed)
#define PAYLOAD_MAKE(item, pb)                                                                               \
	((pb)->state = (Ims__Peer__PayloadState)(item)->state, (pb)->salt = PB_DATA((item)->salt),           \
	 (pb)->payload = PB_DATA((item)->payload), (pb)->erased_by = (item)->erased_by,                      \
	 (pb)->packed = PB_DATA((item)->packed))

int msg_take_fetch(const Ims__Peer__Fetch *pb, struct arena *a, struct msg_fetch *ret, struct errtext *e)
{
	(void)a;
	(void)e;
	*ret = (struct msg_fetch){
		.id = pb->id,
		.origin = bytes_of(pb->origin),
		.from = pb->from,
		.to = pb->to,
		.budget_bytes = pb->budget_bytes,
		.wait_ms = pb->wait_ms,
	};
	return 0;
}

void msg_make_fetch(const struct msg_fetch *m, struct arena *a, Ims__Peer__Fetch *pb)
{
	pb->id = m->id;
	pb->origin = arena_text(a, m->origin);
	pb->from = m->from;
	pb->to = m->to;
	pb->budget_bytes = m->budget_bytes;
	pb->wait_ms = m->wait_ms;
}

int msg_take_entries(const Ims__Peer__Entries *pb, struct arena *a, struct msg_entries *ret,
		     struct errtext *e)
{
	struct msg_item *items = arena_array(a, pb->n_items, sizeof(*items));

	if (!items)
		return errtext_set(e, arena_error(a), "%zu items", pb->n_items);
	for (size_t i = 0; i < pb->n_items; i++) {
		const Ims__Peer__Item *it = pb->items[i];

		items[i] = (struct msg_item){
			.index = pb->from + i,
			.entry = PB_BYTES(it->entry),
			PAYLOAD_TAKE(it),
		};
	}
	*ret = (struct msg_entries){
		.id = pb->id,
		.origin = bytes_of(pb->origin),
		.from = pb->from,
		.items = items,
		.n_items = pb->n_items,
		.proof = PB_BYTES(pb->proof),
		.checkpoint = PB_BYTES(pb->checkpoint),
		.last = pb->last,
		.named = pb->named,
	};
	return 0;
}

static void items_make(const struct msg_entries *m, struct arena *a, Ims__Peer__Entries *pb)
{
	Ims__Peer__Item *each = arena_array(a, m->n_items, sizeof(*each));

	pb->items = arena_array(a, m->n_items, sizeof(Ims__Peer__Item *));
	if (!pb->items || !each)
		return;
	pb->n_items = m->n_items;
	for (size_t i = 0; i < m->n_items; i++) {
		ims__peer__item__init(&each[i]);
		each[i].entry = PB_DATA(m->items[i].entry);
		PAYLOAD_MAKE(&m->items[i], &each[i]);
		pb->items[i] = &each[i];
	}
}

void msg_make_entries(const struct msg_entries *m, struct arena *a, Ims__Peer__Entries *pb)
{
	pb->id = m->id;
	pb->origin = arena_text(a, m->origin);
	pb->from = m->from;
	items_make(m, a, pb);
	pb->proof = PB_DATA(m->proof);
	pb->checkpoint = PB_DATA(m->checkpoint);
	pb->last = m->last;
	pb->named = m->named;
}

int msg_take_want(const Ims__Peer__Want *pb, struct arena *a, struct msg_want *ret, struct errtext *e)
{
	(void)a;
	(void)e;
	*ret = (struct msg_want){
		.id = pb->id,
		.origin = bytes_of(pb->origin),
		.indexes = pb->indexes,
		.n_indexes = pb->n_indexes,
	};
	return 0;
}

void msg_make_want(const struct msg_want *m, struct arena *a, Ims__Peer__Want *pb)
{
	pb->id = m->id;
	pb->origin = arena_text(a, m->origin);
	pb->indexes = m->indexes;
	pb->n_indexes = m->n_indexes;
}

int msg_take_payloads(const Ims__Peer__Payloads *pb, struct arena *a, struct msg_payloads *ret,
		      struct errtext *e)
{
	struct msg_item *items = arena_array(a, pb->n_items, sizeof(*items));

	if (!items)
		return errtext_set(e, arena_error(a), "%zu items", pb->n_items);
	for (size_t i = 0; i < pb->n_items; i++) {
		const Ims__Peer__PayloadItem *it = pb->items[i];

		items[i] = (struct msg_item){
			.index = it->index,
			PAYLOAD_TAKE(it),
		};
	}
	*ret = (struct msg_payloads){
		.id = pb->id,
		.origin = bytes_of(pb->origin),
		.items = items,
		.n_items = pb->n_items,
		.last = pb->last,
	};
	return 0;
}

void msg_make_payloads(const struct msg_payloads *m, struct arena *a, Ims__Peer__Payloads *pb)
{
	Ims__Peer__PayloadItem *each = arena_array(a, m->n_items, sizeof(*each));

	pb->id = m->id;
	pb->origin = arena_text(a, m->origin);
	pb->last = m->last;
	pb->items = arena_array(a, m->n_items, sizeof(Ims__Peer__PayloadItem *));
	if (!pb->items || !each)
		return;
	pb->n_items = m->n_items;
	for (size_t i = 0; i < m->n_items; i++) {
		ims__peer__payload_item__init(&each[i]);
		each[i].index = m->items[i].index;
		PAYLOAD_MAKE(&m->items[i], &each[i]);
		pb->items[i] = &each[i];
	}
}

static int hash_take(ProtobufCBinaryData b, struct hash *ret, struct errtext *e)
{
	if (b.len != sizeof(ret->b))
		return errtext_set(e, IMS_E_INVALID, "sha256: %zu bytes", b.len);
	memcpy(ret->b, b.data, sizeof(ret->b));
	return 0;
}

int msg_take_blob_fetch(const Ims__Peer__BlobFetch *pb, struct arena *a, struct msg_blob_fetch *ret,
			struct errtext *e)
{
	(void)a;
	ret->id = pb->id;
	ret->origin = bytes_of(pb->origin);
	ret->offset = pb->offset;
	ret->budget_bytes = pb->budget_bytes;
	return hash_take(pb->sha256, &ret->sha256, e);
}

void msg_make_blob_fetch(const struct msg_blob_fetch *m, struct arena *a, Ims__Peer__BlobFetch *pb)
{
	pb->id = m->id;
	pb->origin = arena_text(a, m->origin);
	pb->sha256 = PB_DATA(bytes_of_hash(&m->sha256));
	pb->offset = m->offset;
	pb->budget_bytes = m->budget_bytes;
}

int msg_take_blobs(const Ims__Peer__Blobs *pb, struct arena *a, struct msg_blobs *ret, struct errtext *e)
{
	(void)a;
	ret->id = pb->id;
	ret->here = pb->here;
	ret->bytes = pb->bytes;
	ret->offset = pb->offset;
	ret->data = PB_BYTES(pb->data);
	return hash_take(pb->sha256, &ret->sha256, e);
}

void msg_make_blobs(const struct msg_blobs *m, struct arena *a, Ims__Peer__Blobs *pb)
{
	(void)a;
	pb->id = m->id;
	pb->sha256 = PB_DATA(bytes_of_hash(&m->sha256));
	pb->here = m->here;
	pb->bytes = m->bytes;
	pb->offset = m->offset;
	pb->data = PB_DATA(m->data);
}

int msg_take_cosign(const Ims__Peer__Cosign *pb, struct arena *a, struct msg_cosign *ret, struct errtext *e)
{
	(void)a;
	(void)e;
	ret->note = PB_BYTES(pb->note);
	return 0;
}

void msg_make_cosign(const struct msg_cosign *m, struct arena *a, Ims__Peer__Cosign *pb)
{
	(void)a;
	pb->note = PB_DATA(m->note);
}

int msg_take_evidence(const Ims__Peer__Evidence *pb, struct arena *a, struct msg_evidence *ret,
		      struct errtext *e)
{
	(void)a;
	(void)e;
	*ret = (struct msg_evidence){
		.origin = bytes_of(pb->origin),
		.note_a = PB_BYTES(pb->note_a),
		.note_b = PB_BYTES(pb->note_b),
		.nodes = PB_BYTES(pb->nodes),
	};
	return 0;
}

void msg_make_evidence(const struct msg_evidence *m, struct arena *a, Ims__Peer__Evidence *pb)
{
	pb->origin = arena_text(a, m->origin);
	pb->note_a = PB_DATA(m->note_a);
	pb->note_b = PB_DATA(m->note_b);
	pb->nodes = PB_DATA(m->nodes);
}
