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
 *   rules <n>
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
 *
 * R1. Version 1 is trusted by the hash of its text, nothing else.
 * R2. Version n+1 names the hash of version n and is signed by a majority (more than half) of
 *     version n's participant delegations that are not suspended.
 * R3. Keys new in n+1 (log, cosigner, delegation) countersign it.
 * R4. A region's own keys, pins, addresses, operators and auditors change only with that region's
 *     delegation among the signers; a majority alone may suspend a region, close an incarnation,
 *     or close and re-key it into the next one.
 * R5. Rules version and the roster version an entry names never go back.
 */
#ifndef REPLICATION_ROSTER_H
#define REPLICATION_ROSTER_H

#include "base/buf.h"
#include "base/bytes.h"
#include "ims/err.h"
#include "note/note.h"

#define ROSTER_REGIONS_MAX 64
#define ROSTER_NOTE_MAX_BYTES 65536

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
	char code[13];
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
	uint8_t *note;			/* whole note, as it came */
	size_t note_bytes;
	int refs;			/* atomic */
};

/* Parse and check the form of one note (not its signatures). Errors: IMS_E_SYNTAX, IMS_E_LIMIT,
 * IMS_E_INVALID…, detail "line N: …". */
IMS_MUST_CHECK int roster_parse(struct bytes note, struct roster **ret, struct errtext *e);
struct roster *roster_ref(const struct roster *r);
void roster_unref(const struct roster *r);

/* R1: does the genesis have this hash? IMS_E_ROSTER if not, or if its version is not 1. */
IMS_MUST_CHECK int roster_check_genesis(const struct roster *r, const struct hash *pinned, struct errtext *e);
/* R2–R5. IMS_E_ROSTER with the first broken rule in e; IMS_E_SIGNATURE, IMS_E_NO_KEY. */
IMS_MUST_CHECK int roster_check_successor(const struct roster *now, const struct roster *next,
					  struct errtext *e);

/* ---- look-ups: borrowed pointers, NULL when there is none */
const struct roster_region *roster_region(const struct roster *r, struct bytes code);
/* Region of an origin `<federation>/<region>/<n>` that the roster knows, with its incarnation. */
const struct roster_region *roster_origin(const struct roster *r, struct bytes origin,
					  const struct roster_incarnation **ret_incarnation);
/* Verify a checkpoint note: signed by a log key of its origin valid for its size. Fills *ret.
 * Errors: IMS_E_SYNTAX, IMS_E_ORIGIN (unknown log), IMS_E_NO_KEY, IMS_E_SIGNATURE, IMS_E_RANGE
 * (key not valid at that size). */
IMS_MUST_CHECK int roster_verify_checkpoint(const struct roster *r, struct bytes note, struct note *ret_note,
					    struct checkpoint *ret);
/* Verify cosignature lines on a note: calls `found` for each that verifies with a current key
 * (or a retired one up to its size). Returns how many; lines that do not verify are skipped. */
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

#endif
