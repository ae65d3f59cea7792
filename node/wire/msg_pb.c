/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/msg.h"

#include "pb/peer.pb-c.h"
#include "wire/codec.h"
#include "wire/frame.h"
#include "wire/msg_pb.h"

static const ProtobufCMessageDescriptor *descriptor_of(uint8_t type)
{
	switch (type) {
#define MSG(NAME, name, id, Message, message, max_bytes, who, when, help)                                    \
	case MSG_##NAME:                                                                                     \
		return &ims__peer__##message##__descriptor;
#include "messages.def"
#undef MSG
	}
	return NULL;
}

static int take(const ProtobufCMessage *pb, struct arena *a, struct msg *ret, struct errtext *e)
{
	switch (ret->type) {
#define MSG(NAME, name, id, Message, message, max_bytes, who, when, help)                                    \
	case MSG_##NAME:                                                                                     \
		return msg_take_##name((const Ims__Peer__##Message *)pb, a, &ret->u.name, e);
#include "messages.def"
#undef MSG
	}
	return IMS_E_FRAME;
}

int msg_decode(uint8_t type, struct bytes message, struct arena *a, struct msg *ret, struct errtext *e)
{
	const struct msg_info *info = msg_info(type);
	ProtobufCMessage *pb;
	struct msg m;
	int r;

	if (!info)
		return errtext_set(e, IMS_E_FRAME, "type %u", type);
	if (message.n > info->max_bytes)
		return errtext_set(e, IMS_E_LIMIT, "%s of %zu bytes", info->name, message.n);
	r = codec_unpack(descriptor_of(type), message, a, &pb, e);
	if (r)
		return r;
	memset(&m, 0, sizeof(m));
	m.type = (enum msg_type)type;
	r = take(pb, a, &m, e);
	if (!r)
		r = msg_check(&m, e);
	if (!r)
		*ret = m;
	return r;
}

/* NULL when memory is short. */
static ProtobufCMessage *make(const struct msg *m, struct arena *a)
{
	ProtobufCMessage *pb = arena_alloc(a, descriptor_of(m->type)->sizeof_message);

	if (!pb)
		return NULL;
	protobuf_c_message_init(descriptor_of(m->type), pb);
	switch (m->type) {
#define MSG(NAME, name, id, Message, message, max_bytes, who, when, help)                                    \
	case MSG_##NAME:                                                                                     \
		msg_make_##name(&m->u.name, a, (Ims__Peer__##Message *)pb);                                  \
		break;
#include "messages.def"
#undef MSG
	}
	return arena_failed(a) ? NULL : pb;
}

static int frame_pack(uint8_t type, const ProtobufCMessage *pb, struct buf *out)
{
	size_t n = protobuf_c_message_get_packed_size(pb);
	uint8_t header[FRAME_HEADER_BYTES], *p;
	int r = frame_header(type, n, header);

	if (r)
		return r;
	p = buf_reserve(out, sizeof(header) + n);
	if (!p)
		return IMS_E_NOMEM;
	memcpy(p, header, sizeof(header));
	protobuf_c_message_pack(pb, p + sizeof(header));
	return 0;
}

int msg_encode(const struct msg *m, struct buf *out)
{
	ProtobufCMessage *pb;
	struct arena a;
	int r = msg_check(m, NULL);

	if (r)
		return r;
	arena_init(&a, SIZE_MAX); /* our own message: msg_check() has bounded it */
	pb = make(m, &a);
	r = pb ? frame_pack((uint8_t)m->type, pb, out) : IMS_E_NOMEM;
	arena_fini(&a);
	return r;
}
