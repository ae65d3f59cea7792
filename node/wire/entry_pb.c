/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/entry.h"

#include "base/text.h"
#include "pb/log.pb-c.h"
#include "wire/codec.h"
#include "wire/span_pb.h"

/* Texts are copied for their NUL, and the message's few hundred bytes stand beside them. */
#define ENCODE_BUDGET (2 * ENTRY_MAX_BYTES)

_Static_assert(ENTRY_PUT == (int)IMS__LOG__OPERATION__OPERATION_PUT &&
		       ENTRY_WITHDRAW == (int)IMS__LOG__OPERATION__OPERATION_WITHDRAW &&
		       ENTRY_ERASE == (int)IMS__LOG__OPERATION__OPERATION_ERASE,
	       "operations are those of log.proto");
_Static_assert(ENTRY_PUBLIC == (int)IMS__LOG__AUDIENCE__AUDIENCE_PUBLIC &&
		       ENTRY_FEDERATION == (int)IMS__LOG__AUDIENCE__AUDIENCE_FEDERATION &&
		       ENTRY_NAMED == (int)IMS__LOG__AUDIENCE__AUDIENCE_NAMED,
	       "audiences are those of log.proto");

/* Unpack a leaf of either kind. */
static int leaf_unpack(const ProtobufCMessageDescriptor *d, struct bytes b, struct arena *a,
		       ProtobufCMessage **ret, struct errtext *e)
{
	if (b.n > ENTRY_MAX_BYTES)
		return errtext_set(e, IMS_E_LIMIT, "%s of %zu bytes", d->short_name, b.n);
	return codec_unpack(d, b, a, ret, e);
}

/* Append a leaf, or nothing. */
static int leaf_pack(const ProtobufCMessage *m, struct buf *out)
{
	size_t before = out->n;

	if (protobuf_c_message_get_packed_size(m) > ENTRY_MAX_BYTES)
		return IMS_E_LIMIT;
	codec_pack(m, out);
	if (!out->failed)
		return 0;
	out->n = before;
	return IMS_E_NOMEM;
}

static int format_check(uint32_t format, struct errtext *e)
{
	if (format == ENTRY_FORMAT)
		return 0;
	return errtext_set(e, IMS_E_UNSUPPORTED, "format %u", format);
}

/* Texts that one leaf can hold. */
static int texts_check(const struct bytes *texts, size_t n)
{
	size_t sum = 0;

	for (size_t i = 0; i < n; i++) {
		if (texts[i].n > ENTRY_MAX_BYTES - sum)
			return IMS_E_LIMIT;
		sum += texts[i].n;
		if (!utf8_is_text(texts[i]))
			return IMS_E_UTF8;
	}
	return 0;
}

int entry_decode(struct bytes b, struct arena *a, struct entry *ret, struct errtext *e)
{
	const Ims__Log__Entry *pb;
	ProtobufCMessage *m;
	int r = leaf_unpack(&ims__log__entry__descriptor, b, a, &m, e);

	if (r)
		return r;
	pb = (const Ims__Log__Entry *)m;
	r = format_check(pb->format, e);
	if (r)
		return r;
	if (pb->commitment.len && pb->commitment.len != sizeof(ret->commitment.b))
		return errtext_set(e, IMS_E_INVALID, "commitment of %zu bytes", pb->commitment.len);
	*ret = (struct entry){
		.origin = bytes_of(pb->origin),
		.kind = bytes_of(pb->kind),
		.record = bytes_of(pb->record),
		.index = pb->index,
		.time_ms = pb->time_ms,
		.roster_version = pb->roster_version,
		.revision = pb->revision,
		.operation = (int)pb->operation,
		.audience = (int)pb->audience,
		.has_commitment = pb->commitment.len != 0,
	};
	if (ret->has_commitment)
		memcpy(ret->commitment.b, pb->commitment.data, sizeof(ret->commitment.b));
	return 0;
}

int entry_encode(const struct entry *en, struct buf *out)
{
	const struct bytes texts[] = {en->origin, en->kind, en->record};
	Ims__Log__Entry pb;
	struct arena a;
	int r = texts_check(texts, sizeof(texts) / sizeof(texts[0]));

	if (r)
		return r;
	arena_init(&a, ENCODE_BUDGET);
	ims__log__entry__init(&pb);
	pb.format = ENTRY_FORMAT;
	pb.origin = arena_text(&a, en->origin);
	pb.index = en->index;
	pb.time_ms = en->time_ms;
	pb.roster_version = en->roster_version;
	pb.kind = arena_text(&a, en->kind);
	pb.record = arena_text(&a, en->record);
	pb.revision = en->revision;
	pb.operation = (Ims__Log__Operation)en->operation;
	pb.audience = (Ims__Log__Audience)en->audience;
	if (en->has_commitment)
		pb.commitment = PB_DATA(bytes_of_hash(&en->commitment));
	r = arena_failed(&a) ? IMS_E_NOMEM : leaf_pack(&pb.base, out);
	arena_fini(&a);
	return r;
}

int journal_row_decode(struct bytes b, struct arena *a, struct journal_row *ret, struct errtext *e)
{
	const Ims__Log__JournalRow *pb;
	ProtobufCMessage *m;
	int r = leaf_unpack(&ims__log__journal_row__descriptor, b, a, &m, e);

	if (r)
		return r;
	pb = (const Ims__Log__JournalRow *)m;
	r = format_check(pb->format, e);
	if (r)
		return r;
	*ret = (struct journal_row){
		.index = pb->index,
		.time_ms = pb->time_ms,
		.event = bytes_of(pb->event),
		.peer = bytes_of(pb->peer),
		.origin = bytes_of(pb->origin),
		.from = pb->from,
		.to = pb->to,
		.bytes = pb->bytes,
		.outcome = pb->outcome,
		.detail = bytes_of(pb->detail),
		.session = bytes_of(pb->session),
	};
	return 0;
}

int journal_row_encode(const struct journal_row *r, struct buf *out)
{
	const struct bytes texts[] = {r->event, r->peer, r->origin, r->detail, r->session};
	Ims__Log__JournalRow pb;
	struct arena a;
	int err = texts_check(texts, sizeof(texts) / sizeof(texts[0]));

	if (err)
		return err;
	arena_init(&a, ENCODE_BUDGET);
	ims__log__journal_row__init(&pb);
	pb.format = ENTRY_FORMAT;
	pb.index = r->index;
	pb.time_ms = r->time_ms;
	pb.event = arena_text(&a, r->event);
	pb.peer = arena_text(&a, r->peer);
	pb.origin = arena_text(&a, r->origin);
	pb.from = r->from;
	pb.to = r->to;
	pb.bytes = r->bytes;
	pb.outcome = r->outcome;
	pb.detail = arena_text(&a, r->detail);
	pb.session = arena_text(&a, r->session);
	err = arena_failed(&a) ? IMS_E_NOMEM : leaf_pack(&pb.base, out);
	arena_fini(&a);
	return err;
}
