/* SPDX-License-Identifier: Apache-2.0 */
/*
 * protobuf-c behind two calls: scan and unpack into an arena, pack into a buffer. What is
 * unpacked lives as long as the arena and is never freed by itself. Used by *_pb.c files.
 */
#ifndef WIRE_CODEC_H
#define WIRE_CODEC_H

#include "base/arena.h"
#include "base/buf.h"
#include "ims/err.h"

struct ProtobufCMessageDescriptor;
struct ProtobufCMessage;

/* scan_message() with the default limits, then unpack with memory from the arena alone.
 * Errors: those of the scan, IMS_E_NOMEM (budget), IMS_E_SYNTAX. */
IMS_MUST_CHECK int codec_unpack(const struct ProtobufCMessageDescriptor *d, struct bytes b, struct arena *a,
				struct ProtobufCMessage **ret, struct errtext *e);
/* Append the packed message; the buffer's sticky error tells of failure. */
void codec_pack(const struct ProtobufCMessage *m, struct buf *out);
/* Budget for messages of `n` wire bytes: 8 n + 64 KiB. */
size_t codec_budget(size_t n_bytes);

/* ProtoJSON of a message with the printing rules of ctl.proto's header (bytes as hex, fields
 * named note, text or json as text; key/value messages as an object; 64-bit integers as
 * numbers; every field printed, in order of declaration). `indent` 0: one line. */
void codec_json(const struct ProtobufCMessage *m, unsigned indent, struct buf *out);

/* Read JSON text (jansson) into a message of `d`, memory from the arena. Unknown members, wrong
 * types and out-of-range numbers are collected, each with its JSON pointer, into `problems`
 * (one per line, at most 32) and the result is IMS_E_INVALID; malformed JSON: IMS_E_SYNTAX with
 * line and column in e. bytes fields take hex. int64 takes numbers or decimal strings. */
IMS_MUST_CHECK int codec_from_json(const struct ProtobufCMessageDescriptor *d, struct bytes text,
				   struct arena *a, struct ProtobufCMessage **ret, struct buf *problems,
				   struct errtext *e);

#endif
