/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How messages of ctl.proto look to people, a row each: alone, and as a row of a table. Rows stand
 * beside their functions in show_*_pb.c; out_text_pb.c finds them by descriptor.
 */
#ifndef CLI_SHOW_H
#define CLI_SHOW_H

#include "base/arena.h"
#include "base/buf.h"
#include "cli/out.h"

struct show {
	const struct ProtobufCMessageDescriptor *of;
	/* The message alone; NULL: as a table with one row. */
	void (*whole)(struct out *o, const struct ProtobufCMessage *m);
	const char *const *headings;	/* as table_init() takes them; NULL: never a row */
	void (*row)(struct table *t, const struct ProtobufCMessage *m);
};

/* Each ends with a row whose `of` is NULL. */
extern const struct show show_status[], show_logs[], show_records[], show_cases[], show_partners[], show_search[],
	show_rest[];

/* "eu-i-7 updated, revision 2, entry 9 of …, durable": what was written. */
void show_written(struct out *o, const char *id, const char *outcome, uint64_t revision, uint64_t index,
		  const char *origin, const char *ack);

/* "name      value" lines: begin, put pairs, table_fini(). */
void show_pairs_begin(struct table *t, const struct out *o);
void show_pair(struct table *t, const char *name, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* A table of messages inside another, from their rows. `indent` is static. */
void show_table(const struct out *o, const char *indent, const struct show *rows,
		const struct ProtobufCMessageDescriptor *of, struct ProtobufCMessage *const *m, size_t n);
const struct show *show_find(const struct show *rows, const struct ProtobufCMessageDescriptor *of);
/* The pair "state", coloured, with its reason unless that is "". */
void show_state(struct table *t, const char *state, const char *reason);
/* Colour of a state's name: ready, in-sync, ok… good; behind, … warn; unreachable, frozen… bad. */
enum mark show_state_mark(const char *state);

/* Names of what entries hold as numbers; "unknown" for those of the future. */
const char *show_operation(int operation);
const char *show_audience(int audience);

/* ---- payloads of records */
struct Ims__Ctl__Record;
/* A record's payload, decoded by the name of its kind; NULL when there is none or it cannot be.
 * In the arena, which is initialised here and ended by the caller in any case. */
struct ProtobufCMessage *payload_open(const struct Ims__Ctl__Record *r, struct arena *a);
/* What a record is called: its name, or its first title. "" when it has none; into the message. */
const char *payload_label(const struct ProtobufCMessage *payload);

#endif
