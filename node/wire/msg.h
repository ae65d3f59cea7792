/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages of peer.proto as plain structs: what replication/ and peer/ work with. Decoding
 * points into the frame and the arena; encoding copies. Fields are those of peer.proto, see
 * there for their meaning. Texts are spans without NUL.
 */
#ifndef WIRE_MSG_H
#define WIRE_MSG_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "ims/err.h"

/* What a message holds at most, beside the cap of its type in bytes (messages.def). A sender that
 * keeps to these counts with texts and notes of ordinary length stays below the caps. */
#define MSG_HEADS_MAX 4096		/* of a Hello or Heads */
#define MSG_ROSTER_NOTES_MAX 1024	/* of a RosterNotes */
#define MSG_PACKAGE_ENTRIES 256		/* Entries never cross a multiple of it */
#define MSG_WANT_MAX 1024		/* indexes of a Want, items of a Payloads */
#define MSG_PROOF_HASHES_MAX 63
#define MSG_BLOB_DATA_BYTES (512u << 10) /* of one Blobs */
#define MSG_NOTE_MAX_BYTES 65536
#define MSG_ORIGIN_MAX_BYTES 255	/* and of a federation's name */
#define MSG_REGION_MAX_BYTES 12
#define MSG_SOFTWARE_MAX_BYTES 128
#define MSG_BYE_TEXT_MAX_BYTES 512	/* free texts are cut to these when encoded */
#define MSG_REPLY_TEXT_MAX_BYTES 16384

enum msg_type {
#define MSG(NAME, name, id, Message, message, max_bytes, who, when, help) MSG_##NAME = (id),
#include "messages.def"
#undef MSG
};

enum msg_who { MSG_WHO_NODE, MSG_WHO_ROSTER, MSG_WHO_CLIENT, MSG_WHO_ANY };
enum msg_when { MSG_WHEN_OPENING, MSG_WHEN_READY, MSG_WHEN_ALWAYS };

/* Row of messages.def. */
struct msg_info {
	uint8_t id;
	const char *name;
	size_t max_bytes;
	enum msg_who who;
	enum msg_when when;
	const char *help;
};
/* NULL for an unknown type. Static. */
const struct msg_info *msg_info(uint8_t type);

struct msg_head {
	struct bytes note;
	bool named, unreached;
};

struct msg_hello {
	uint32_t version;
	struct bytes federation, region;
	uint64_t roster_version;
	struct hash roster_hash;
	uint8_t instance[16];
	struct bytes software;
	struct msg_head *heads;
	size_t n_heads;
	uint64_t run;
	bool takes_packed;
};

struct msg_heads {
	struct msg_head *heads;
	size_t n_heads;
};

struct msg_roster_fetch {
	uint64_t from_version;
};

struct msg_roster_notes {
	struct bytes *notes;
	size_t n_notes;
};

struct msg_fetch {
	uint64_t id;
	struct bytes origin;
	uint64_t from, to;
	uint32_t budget_bytes, wait_ms;
};

enum msg_payload_state {
	MSG_PAYLOAD_NONE,
	MSG_PAYLOAD_HERE,
	MSG_PAYLOAD_ABSENT,
	MSG_PAYLOAD_NOT_FOR_YOU,
	MSG_PAYLOAD_ERASED,
	MSG_PAYLOAD_STATES,		/* their number */
};

/* An entry with what goes with it; `index` is not on the wire in Entries (from + place). */
struct msg_item {
	uint64_t index;
	struct bytes entry;		/* empty in Payloads */
	enum msg_payload_state state;
	struct bytes salt, payload;	/* when MSG_PAYLOAD_HERE */
	uint64_t erased_by;
	struct bytes packed;		/* the payload's packed form (pack.h), in its place: only to who takes it */
};
/* What an item is counted as, whichever form its payload travels in: memory for it, budgets and quotas are by this. */
size_t msg_item_bytes(const struct msg_item *it);

struct msg_entries {
	uint64_t id;
	struct bytes origin;
	uint64_t from;
	struct msg_item *items;
	size_t n_items;
	struct bytes proof;		/* n * 32 bytes, n <= 63, checked */
	struct bytes checkpoint;
	bool last, named;
};

struct msg_want {
	uint64_t id;
	struct bytes origin;
	uint64_t *indexes;
	size_t n_indexes;
};

struct msg_payloads {
	uint64_t id;
	struct bytes origin;
	struct msg_item *items;
	size_t n_items;
	bool last;
};

struct msg_blob_fetch {
	uint64_t id;
	struct bytes origin;
	struct hash sha256;
	uint64_t offset;
	uint32_t budget_bytes;
};

struct msg_blobs {
	uint64_t id;
	struct hash sha256;
	bool here;
	uint64_t bytes, offset;
	struct bytes data;
};

struct msg_cosign {
	struct bytes note;
};

struct msg_evidence {
	struct bytes origin, note_a, note_b, nodes;
};

struct msg_ping {
	uint64_t nonce;
	bool reply;
	uint32_t alarm;
};

struct msg_bye {
	uint32_t code;
	struct bytes text;
};

struct msg_request {
	uint64_t id;
	uint32_t verb;
	struct bytes body;
};

struct msg_reply {
	uint64_t id;
	uint32_t code;
	struct bytes text, body;
	bool more;
};

struct msg {
	enum msg_type type;
	union {
#define MSG(NAME, name, id, Message, message, max_bytes, who, when, help) struct msg_##name name;
#include "messages.def"
#undef MSG
	} u;
};

/* The bounds above, and: a head, roster note or cosignature has a note; an origin is not empty, nor
 * are federation and region of a hello; an entry has 1 to 4096 bytes; a payload that is here has
 * 32 bytes of salt and at most 64 KiB, one that is not has neither; a packed one claims as much, and all
 * payloads of a message no more than it could have without packing; entries stay in their package;
 * proofs and nodes are whole hashes; the bytes of a document that is here are within its end, of one that is
 * not there are none. What is sent and what is taken is held to the same.
 * Errors, with the field's path: IMS_E_INVALID, IMS_E_LIMIT (length), IMS_E_TOO_MANY (count),
 * IMS_E_UTF8 (a text that is none), IMS_E_FRAME (unknown type). */
IMS_MUST_CHECK int msg_check(const struct msg *m, struct errtext *e);

/* Scan, unpack, msg_check(), fixed lengths (hashes, instance). The arena's budget should be
 * codec_budget(message.n). Errors: those of codec_unpack() and msg_check(), IMS_E_FRAME (unknown
 * type), IMS_E_LIMIT (above the cap of the type). */
IMS_MUST_CHECK int msg_decode(uint8_t type, struct bytes message, struct arena *a, struct msg *ret,
			      struct errtext *e);
/* Append a whole frame; nothing on failure. In the free texts of Bye and Reply what is not text
 * becomes '?' and the end is cut: saying why must not fail.
 * Errors: those of msg_check(), IMS_E_LIMIT (above the cap of the type), IMS_E_NOMEM. */
IMS_MUST_CHECK int msg_encode(const struct msg *m, struct buf *out);

#endif
