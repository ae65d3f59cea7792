/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The roster: who takes part, as a chain of signed notes (DESIGN section 4). Pure: parsing,
 * validity of a version, look-ups. Keeping and fetching the chain is the callers' business.
 *
 * Text of a version, one fact a line, in exactly this order (words separated by one space):
 *
 *   ims-roster/1
 *   federation <name>
 *   version <n>
 *   previous <hex SHA-256 of the text of version n-1, or 64 zeros for version 1>
 *   rules <n>                            of the shared rules (registry.h), the least that a writer must know
 *   replicated <k> <region>...           k cosigners of these make a write `replicated`
 *   region <code> participant|associate|secretariat [suspended]
 *     delegation <vkey, Ed25519>         offline; signs roster versions only
 *     incarnation <n> open | closed <size> <hex root>
 *     log-key <n> <vkey> <from> <to|->   valid for checkpoints of incarnation n with size in [from, to]
 *     cosigner-key <vkey, cosignature/v1> current | retired
 *     retired <vkey id hex> <origin> <size>   up to which a retired cosigner counts
 *     tls-pin <hex SHA-256 of SPKI>      one or two
 *     address <IP:PORT>                  as many as there are
 *     operator <name> <hex pin>
 *     auditor <name> <hex pin>
 *
 * Region lines are not indented in the file (here only for reading) and belong to the last
 * `region` line; regions in ascending order of code, `secretariat` is the class of `irs`.
 * Keys are named after their use: delegation `<federation>/<region>/delegation`, log key
 * `<federation>/<region>/<n>` (the origin), cosigner key `<federation>/<region>`. A public key
 * or a pin stands in a roster once, whatever its use. How often a line may stand is a table in
 * roster_parse.c; a word that is not in it is refused.
 *
 * R1. Version 1 is trusted by the hash of its text, nothing else.
 * R2. Version n+1 names the hash of version n and is signed by a majority (more than half) of
 *     version n's participant delegations that are not suspended.
 * R3. Keys new in n+1 (log, cosigner, delegation) countersign it. A cosignature/v1 speaks of logs
 *     only, so a cosigner key countersigns as an Ed25519 note key of the same name.
 * R4. A region's own keys, pins, addresses, operators and auditors change only with that region's
 *     delegation (of version n) among the signers; a majority alone may suspend a region, change
 *     its class, close an incarnation, or open the next one. A version that opens the next
 *     incarnation re-keys the region: delegation, new log keys, cosigner keys (the old ones stay
 *     in it, at least as retired) and TLS pins may then change by a majority alone.
 *     Nobody removes a region or an incarnation, reopens one, changes what a closed one kept, opens
 *     two at once, puts a retired cosigner key back, or gives a key another use.
 * R5. Rules version and the roster version an entry names never go back.
 */
#ifndef REPLICATION_ROSTER_H
#define REPLICATION_ROSTER_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "ims/err.h"
#include "note/note.h"

#define ROSTER_REGIONS_MAX 64
#define ROSTER_NOTE_MAX_BYTES 65536
#define ROSTER_CODE_BYTES 13	/* with its NUL */
#define ROSTER_FEDERATION_MAX_BYTES 64

enum roster_class { ROSTER_PARTICIPANT, ROSTER_ASSOCIATE, ROSTER_SECRETARIAT };

struct roster_log_key {
	uint64_t incarnation;
	struct note_vkey vkey;		/* name is the log's origin */
	uint64_t from_size, to_size;	/* inclusive; UINT64_MAX: no end */
};

struct roster_incarnation {
	uint64_t number;
	bool open;
	uint64_t kept_size;		/* when closed */
	struct hash kept_root;
};

struct roster_cosigner_key {
	struct note_vkey vkey;		/* name is <federation>/<region> */
	bool retired;
};

struct roster_retired {
	uint32_t key_id;
	char *origin;
	uint64_t size;
};

/* An operator or auditor. */
struct roster_person {
	char *name;
	struct hash pin;
};

struct roster_region {
	char code[ROSTER_CODE_BYTES];
	enum roster_class class;
	bool suspended;
	struct note_vkey delegation;
	struct roster_incarnation *incarnations;
	size_t n_incarnations;
	struct roster_log_key *log_keys;
	size_t n_log_keys;
	struct roster_cosigner_key *cosigner_keys;
	size_t n_cosigner_keys;
	struct roster_retired *retired;
	size_t n_retired;
	struct hash tls_pins[2];
	size_t n_tls_pins;
	char **addresses;
	size_t n_addresses;
	struct roster_person *operators, *auditors;
	size_t n_operators, n_auditors;
};

/* One version; immutable after parsing, counted so that threads may hold it. */
struct roster {
	char *federation;
	uint64_t version, rules;
	struct hash previous, hash;	/* hash: SHA-256 of this version's text */
	unsigned replicated_k;
	char **replicated_regions;
	size_t n_replicated;
	struct roster_region *regions;
	size_t n_regions;
	uint8_t *note;			/* whole note, as it came; NULL: parsed from a text alone */
	size_t note_bytes;
	size_t text_bytes;		/* length of the text, the front of the note */
	struct arena memory;		/* everything above lives here */
	int refs;			/* atomic */
};

/* Parse and check the form of one note (not its signatures). Detail "line N: …", or the region
 * and what is wrong with it. Errors: IMS_E_SYNTAX, IMS_E_UTF8, IMS_E_LIMIT, IMS_E_TOO_MANY,
 * IMS_E_INVALID, IMS_E_MISSING, IMS_E_DUPLICATE, IMS_E_RANGE, IMS_E_UNSUPPORTED (a key's type),
 * IMS_E_NOMEM. */
IMS_MUST_CHECK int roster_parse(struct bytes note, struct roster **ret, struct errtext *e);
/* The same for a text that nobody has signed yet: the result has no note. */
IMS_MUST_CHECK int roster_parse_text(struct bytes text, struct roster **ret, struct errtext *e);
/* The block of one region alone (`region` line and what belongs to it), as `ims init` makes it:
 * a roster of version 0 with that region, for composing a text. Same errors. */
IMS_MUST_CHECK int roster_parse_card(struct bytes card, const char *federation, struct roster **ret,
				     struct errtext *e);
/* Counted; both may be called by any thread. */
struct roster *roster_ref(const struct roster *r);
void roster_unref(const struct roster *r);

/* R1: does the genesis have this hash? IMS_E_ROSTER if not, or if its version is not 1. */
IMS_MUST_CHECK int roster_check_genesis(const struct roster *r, const struct hash *pinned, struct errtext *e);
/* R2–R5. IMS_E_ROSTER with the first broken rule in e; IMS_E_SIGNATURE when a line of a key that
 * matters does not verify, IMS_E_NO_KEY when none of now's participants has signed. */
IMS_MUST_CHECK int roster_check_successor(const struct roster *now, const struct roster *next,
					  struct errtext *e);

/* What a version needs from whom: the signatures of R2, R3 and R4, and whether they are there. */
enum roster_need_kind {
	ROSTER_NEED_VOTE,	/* a participant of `now`: more than half of these sign */
	ROSTER_NEED_OWN,	/* a region whose own things change: it signs */
	ROSTER_NEED_KEY,	/* a new key: it countersigns */
};
struct roster_need {
	enum roster_need_kind kind;
	const struct roster_region *region;
	const struct note_vkey *key;	/* that signs the note, of type Ed25519; valid during the call */
	const char *what;		/* the key's use; of ROSTER_NEED_OWN, what changes */
	int state;			/* 0 signed, IMS_E_NO_KEY not yet, IMS_E_SIGNATURE wrongly */
};
typedef void roster_need_fn(void *ctx, const struct roster_need *need);
/* Calls `found` for each, votes first. now NULL: a genesis, whose keys are all new (they may
 * countersign; R1 alone decides). A `next` without a note has no signatures. */
void roster_each_need(const struct roster *now, const struct roster *next, roster_need_fn *found, void *ctx);

enum roster_key_use { ROSTER_USE_DELEGATION, ROSTER_USE_LOG, ROSTER_USE_COSIGNER };
/* "delegation", "log-key", "cosigner-key" */
const char *roster_key_use_name(enum roster_key_use use);
typedef void roster_key_fn(void *ctx, const struct roster_region *region, enum roster_key_use use,
			   const struct note_vkey *key);
/* All keys of a roster, in the order of its text. */
void roster_each_key(const struct roster *r, roster_key_fn *found, void *ctx);
/* The key with which `key` signs a roster: itself, or for a cosigner key its Ed25519 twin (R3). */
void roster_signing_key(const struct note_vkey *key, struct note_vkey *ret);

/* ---- look-ups: borrowed pointers, NULL when there is none */
const struct roster_region *roster_region(const struct roster *r, struct bytes code);
/* Region of an origin `<federation>/<region>/<n>` that the roster knows, with its incarnation. */
const struct roster_region *roster_origin(const struct roster *r, struct bytes origin,
					  const struct roster_incarnation **ret_incarnation);
/* Verify a checkpoint note: signed by a log key of its origin valid for its size. Fills *ret.
 * Says nothing of where a closed incarnation ends: evidence verifies after the closing, too.
 * Errors: IMS_E_SYNTAX, IMS_E_ORIGIN (unknown log), IMS_E_NO_KEY, IMS_E_SIGNATURE, IMS_E_RANGE
 * (key not valid at that size). */
IMS_MUST_CHECK int roster_verify_checkpoint(const struct roster *r, struct bytes note, struct note *ret_note,
					    struct checkpoint *ret);
/* Is a checkpoint signed by retired log keys alone, such whose range has an end? Of a note that does not
 * verify: no. */
bool roster_checkpoint_is_retired(const struct roster *r, struct bytes note);
/* Verify cosignature lines on a note: calls `found` for each that verifies with a current key
 * (or a retired one up to its size). Returns how many; lines that do not verify are skipped.
 * Whether a suspended region's count is the caller's question (by->suspended). */
typedef void roster_cosigned_fn(void *ctx, const struct roster_region *by, uint64_t time_s,
				struct bytes line);
size_t roster_verify_cosignatures(const struct roster *r, const struct note *n, const struct checkpoint *c,
				  roster_cosigned_fn *found, void *ctx);

/* Who is this? Roles by pin and URI together. */
enum roster_role { ROSTER_ROLE_NONE, ROSTER_ROLE_NODE, ROSTER_ROLE_OPERATOR, ROSTER_ROLE_AUDITOR };
struct roster_identity {
	enum roster_role role;
	const struct roster_region *region;
	const char *name;		/* of an operator or auditor */
};
/* uri: "ims://<federation>/<region>/node|operator/<name>|auditor/<name>". Errors, for the log and
 * the peer: IMS_E_CERT_SAN (not such a URI), IMS_E_FEDERATION, IMS_E_CERT_REGION (region unknown),
 * IMS_E_CERT_PIN (not pinned for it), IMS_E_SUSPENDED. */
IMS_MUST_CHECK int roster_identify(const struct roster *r, const char *uri, const struct hash *spki,
				   struct roster_identity *ret, struct errtext *e);

/* Text of a version from the structure, in the canonical form; roster_parse() of a note with it
 * gives the same structure. For `ims roster propose`. */
void roster_put_text(const struct roster *r, struct buf *out);
/* Its two parts: the lines above the regions, and the block of one. */
void roster_put_head(const struct roster *r, struct buf *out);
void roster_put_region(const struct roster_region *g, struct buf *out);
/* "participant", "associate", "secretariat" */
const char *roster_class_name(enum roster_class class);

/* ---- forms of the words of a roster */
bool roster_federation_is_valid(struct bytes name);	/* [a-z0-9] and inside also '.', '-' */
bool roster_code_is_valid(struct bytes code);		/* not `journal`, which is reserved */
bool roster_person_is_valid(struct bytes name);		/* [a-z][a-z0-9._-]{0,31} */
bool roster_address_is_valid(struct bytes address);	/* 192.0.2.1:7443, [2001:db8::1]:7443 */

#endif
