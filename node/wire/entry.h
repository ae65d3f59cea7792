/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entries of a log and rows of a journal (log.proto) as plain structs. An entry is encoded once,
 * by its origin; everyone else only decodes, and keeps the bytes as they came (invariant 2).
 * Pure; any thread with its own arena.
 */
#ifndef WIRE_ENTRY_H
#define WIRE_ENTRY_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "ims/err.h"

#define ENTRY_MAX_BYTES 4096
#define PAYLOAD_MAX_BYTES 65536
#define SALT_BYTES 32
#define ENTRY_FORMAT 1

enum entry_operation { ENTRY_PUT = 1, ENTRY_WITHDRAW = 2, ENTRY_ERASE = 3 };
enum entry_audience { ENTRY_PUBLIC = 1, ENTRY_FEDERATION = 2, ENTRY_NAMED = 3 };

struct entry {
	struct bytes origin, kind, record;	/* texts; decode: into the arena */
	uint64_t index;
	int64_t time_ms;
	uint64_t roster_version, revision;
	int operation, audience;		/* as received, may be values of the future */
	bool has_commitment;
	struct hash commitment;
};

/* Errors: IMS_E_LIMIT (> ENTRY_MAX_BYTES), those of codec_unpack(), IMS_E_UNSUPPORTED (format),
 * IMS_E_INVALID (commitment neither absent nor 32 bytes). */
IMS_MUST_CHECK int entry_decode(struct bytes b, struct arena *a, struct entry *ret, struct errtext *e);
/* Append the entry's bytes; nothing on failure. Errors: IMS_E_LIMIT, IMS_E_UTF8 (a text that no
 * one could decode), IMS_E_NOMEM. */
IMS_MUST_CHECK int entry_encode(const struct entry *en, struct buf *out);

struct journal_row {
	uint64_t index;
	int64_t time_ms;
	struct bytes event, peer, origin;	/* texts, like detail and session */
	uint64_t from, to, bytes;
	int32_t outcome;			/* 0 or positive code of errors.def */
	struct bytes detail, session;
};
/* Rows are leaves too: same limit, same errors as entries. */
IMS_MUST_CHECK int journal_row_decode(struct bytes b, struct arena *a, struct journal_row *ret,
				      struct errtext *e);
IMS_MUST_CHECK int journal_row_encode(const struct journal_row *r, struct buf *out);

#endif
