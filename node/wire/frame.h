/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames: u32 big-endian length of what follows, u8 type, message. Pure: bytes in, frame out.
 * The length is judged before anyone waits for, or makes room for, the message.
 */
#ifndef WIRE_FRAME_H
#define WIRE_FRAME_H

#include "base/buf.h"
#include "base/bytes.h"
#include "ims/err.h"

#define FRAME_HEADER_BYTES 5

struct frame {
	uint8_t type;		/* a row of messages.def */
	struct bytes message;	/* points into the input */
	size_t total_bytes;	/* to consume */
};

/* 1: a whole frame stands at the front; 0: more bytes are needed; IMS_E_FRAME: unknown type or
 * above the cap of its type, seen as soon as the header is there; without a type, or above the
 * largest of all caps, as soon as the length is. */
IMS_MUST_CHECK int frame_take(struct bytes input, struct frame *ret);
/* Header for a message of n bytes. Errors: IMS_E_LIMIT (above the cap of its type), IMS_E_FRAME
 * (unknown type). */
IMS_MUST_CHECK int frame_header(uint8_t type, size_t n_bytes, uint8_t out[FRAME_HEADER_BYTES]);

#endif
