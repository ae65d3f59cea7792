/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kinds of records: what a payload must look like and under which keys it is found. Pure
 * functions of bytes; two stages, because the view may depend on nothing local (invariant 7):
 *
 *   registry_check()   structure and rules every node applies alike, in the fold
 *   registry_admit()   the above and the reference lists, applied once, at the origin
 */
#ifndef REGISTRY_REGISTRY_H
#define REGISTRY_REGISTRY_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "ims/err.h"
#include "wire/entry.h"

#define REGISTRY_RULES_VERSION 1	/* of the checks and keys below; part of the view digest */

struct ProtobufCMessageDescriptor;
struct ProtobufCMessage;
struct reference;

enum kind_erase { KIND_ERASE_HOME, KIND_ERASE_RESOLUTION };

/* Row of kinds.def. */
struct kind {
	const char *name, *letter, *help;
	size_t max_bytes;
	enum entry_audience audience;
	enum kind_erase erase;
	const struct ProtobufCMessageDescriptor *descriptor;
	/* The kind's two functions, in kind_<name>_pb.c; see kind_int.h. */
	void (*validate)(const struct ProtobufCMessage *m, const struct reference *ref, void *problems);
	void (*keys)(const struct ProtobufCMessage *m, void *keys);
};

/* NULL when unknown. Static. */
const struct kind *kind_by_name(struct bytes name);
const struct kind *kind_by_letter(struct bytes letter);
const struct kind *kind_all(size_t *ret_count);

/* ---- record ids: <region>-<letter>-<number>, number >= 1 without leading zeros */
#define RECORD_ID_MAX_BYTES 48
struct record_id {
	struct bytes region, letter;	/* into the input */
	uint64_t number;
};
IMS_MUST_CHECK int record_id_parse(struct bytes text, struct record_id *ret);
/* `[a-z][a-z0-9]{1,11}`, not "irs" nor "journal" unless allowed. */
bool region_code_is_valid(struct bytes code, bool allow_irs);
/* <federation>/<region>/<incarnation>; journal origins are not log origins. */
struct origin_parts {
	struct bytes federation, region;
	uint64_t incarnation;
};
IMS_MUST_CHECK int origin_parse(struct bytes text, struct origin_parts *ret);
#define ORIGIN_MAX_BYTES 160

/* ---- checking */
/* Structure and shared rules. `problems` (may be NULL) gets a line "<JSON pointer>: <what>" for
 * each wrong field, all at once. Errors: IMS_E_UNKNOWN_KIND, IMS_E_LIMIT, those of
 * codec_unpack(), IMS_E_INVALID. */
IMS_MUST_CHECK int registry_check(const struct kind *k, struct bytes payload, struct arena *a,
				  struct buf *problems);
/* registry_check() and every code against the reference lists. */
IMS_MUST_CHECK int registry_admit(const struct kind *k, struct bytes payload, const struct reference *ref,
				  struct arena *a, struct buf *problems);

/* ---- keys of a payload that passed registry_check()
 * Each is a name and a value (both texts, value at most 256 bytes, longer ones are cut at a hash:
 * first 223 bytes, '#', 32 hex digits of its SHA-256). Order and content depend on nothing else.
 * A key whose name starts with "natural" identifies: a put without id that meets a record of the
 * same home with the same natural key is an update of it. At most one a payload. */
struct registry_key {
	const char *name;
	struct bytes value;	/* in the arena */
};
struct registry_keys {
	struct arena *arena;
	struct registry_key *key;
	size_t n, capacity;
};
IMS_MUST_CHECK int registry_keys_of(const struct kind *k, struct bytes payload, struct arena *a,
				    struct registry_keys *ret);
/* The natural key, or NULL. */
const struct registry_key *registry_natural_key(const struct registry_keys *keys);

/* ---- reference lists: data files, never constants */
/* Loads *.csv of a directory (config/reference): id column first, header line, RFC 4180.
 * Errors: IMS_E_IO, IMS_E_SYNTAX with file:line. Immutable afterwards, any thread. */
IMS_MUST_CHECK int reference_load(const char *dir, struct reference **ret, struct errtext *e);
void reference_free(struct reference *r);
/* Is `id` in list "platforms" (file platforms.csv)? */
bool reference_has(const struct reference *r, const char *list, struct bytes id);
/* Column of a row; {NULL,0} when there is no such row or column. Borrowed. */
struct bytes reference_get(const struct reference *r, const char *list, struct bytes id, const char *column);
/* Walk a list: ids in file order; false at the end. */
bool reference_row(const struct reference *r, const char *list, size_t row, struct bytes *ret_id);

#endif
