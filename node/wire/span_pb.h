/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Spans in and out of protobuf-c's byte fields. Macros, so that the header needs none of its
 * types; for the *_pb.c files of this folder, which have them.
 */
#ifndef WIRE_SPAN_PB_H
#define WIRE_SPAN_PB_H

#include "base/bytes.h"

/* What a byte field holds. */
#define PB_BYTES(field) BYTES((field).data, (field).len)
/* A byte field that borrows a span. protobuf-c's field is not const, but packing only reads it. */
#define PB_DATA(span) ((ProtobufCBinaryData){.len = (span).n, .data = (uint8_t *)(uintptr_t)(span).p})

#endif
