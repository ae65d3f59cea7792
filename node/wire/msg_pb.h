/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For each message of messages.def the two functions that msg_decode() and msg_encode() call. Of
 * this folder only.
 *
 * msg_take_NAME(pb, a, ret, e)  unpacked message → plain struct. Spans point into the message,
 *                               arrays are of the arena. Checks what the plain struct has no room
 *                               to be wrong in (fixed lengths): IMS_E_INVALID; IMS_E_NOMEM.
 * msg_make_NAME(m, a, pb)       plain struct → message to pack. Spans are borrowed, texts and
 *                               arrays are of the arena; the caller looks at arena_failed().
 */
#ifndef WIRE_MSG_PB_H
#define WIRE_MSG_PB_H

#include "wire/msg.h"

#define MSG(NAME, name, id, Message, message, max_bytes, who, when, help)                                      \
	struct Ims__Peer__##Message;                                                                           \
	int msg_take_##name(const struct Ims__Peer__##Message *pb, struct arena *a, struct msg_##name *ret,    \
			    struct errtext *e);                                                                \
	void msg_make_##name(const struct msg_##name *m, struct arena *a, struct Ims__Peer__##Message *pb);
#include "messages.def"
#undef MSG

#endif
