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
/* Arena budget for a message of `n` wire bytes: 8 n + 256 KiB. Large fields cost what they are; the
 * fixed part is for lists of small items, whose structs are some ten times their wire bytes (1024
 * refusals in a Payloads: 17 kB, 245 kB). */
size_t codec_budget(size_t n_bytes);

/* ProtoJSON of a message with the printing rules of ctl.proto's header (bytes as hex, fields
 * named note, text or json as text; key/value messages as an object; 64-bit integers as
 * numbers, beyond 63 bits as texts; every field printed, in order of field numbers). `indent` is spaces a level; 0: one
 * line. No newline at the end. A message that is not there prints as null; bytes shown as text
 * that are not UTF-8 get U+FFFD in their place. */
void codec_json(const struct ProtobufCMessage *m, unsigned indent, struct buf *out);

#define CODEC_JSON_MAX_BYTES (512 * 1024)	/* the largest payload with every letter escaped */
#define CODEC_JSON_MAX_DEPTH 32			/* brackets open at once */
#define CODEC_JSON_PROBLEMS_MAX 32		/* lines */

/* Read JSON text (jansson) into a message of `d`, memory from the arena; the inverse of
 * codec_json(). Unknown members, wrong types and out-of-range numbers are collected, each with
 * its JSON pointer, into `problems` ("/title/0/text: expected text", one per line, at most 32,
 * in order of the text) and the result is IMS_E_INVALID. bytes fields take hex. 64-bit integers
 * are numbers or decimal strings; a number beyond 63 bits must be a string. null is the field's
 * absence.
 * Errors: IMS_E_INVALID; IMS_E_SYNTAX (malformed JSON, a member twice; line and column in e);
 * IMS_E_LIMIT, IMS_E_TOO_DEEP (the bounds above, before anything is allocated); IMS_E_NOMEM. */
IMS_MUST_CHECK int codec_from_json(const struct ProtobufCMessageDescriptor *d, struct bytes text,
				   struct arena *a, struct ProtobufCMessage **ret, struct buf *problems,
				   struct errtext *e);

#endif
