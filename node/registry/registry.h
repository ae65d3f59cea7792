/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kinds of records: what a payload must look like and under which keys it is found. Pure
 * functions of bytes; two stages, because the view may depend on nothing local (invariant 7):
 *
 *   registry_check()   structure and rules every node applies alike, in the fold
 *   registry_admit()   the above and the reference lists, applied once, at the origin
 *   registry_judge()   either, and the keys
 */
#ifndef REGISTRY_REGISTRY_H
#define REGISTRY_REGISTRY_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "ims/err.h"
#include "wire/entry.h"

/* Of the checks and keys below; part of the view digest. A view that was made by other rules is made again at
 * start (view/fold.h). The roster's `rules` is the least that whoever writes must know: a node that knows fewer
 * takes no writes and says so. */
#define REGISTRY_RULES_VERSION 2

struct ProtobufCMessageDescriptor;
struct ProtobufCMessage;
struct problems;
struct reference;
struct registry_keys;

enum kind_erase { KIND_ERASE_HOME, KIND_ERASE_RESOLUTION };

/* Row of kinds.def. */
struct kind {
	const char *name, *letter, *help;
	const char *key_names; /* "country type": of its index keys, a space between */
	size_t max_bytes;
	enum entry_audience audience;
	enum kind_erase erase;
	const struct ProtobufCMessageDescriptor *descriptor;
	/* The kind's two functions, in kind_<name>_pb.c; see kind_int.h. */
	void (*validate)(const struct ProtobufCMessage *m, struct problems *p);
	void (*keys)(const struct ProtobufCMessage *m, struct registry_keys *keys);
};

/* NULL when unknown. Static. */
const struct kind *kind_by_name(struct bytes name);
const struct kind *kind_by_letter(struct bytes letter);
const struct kind *kind_all(size_t *ret_count);
/* Has a record of this kind one revision, which is never withdrawn? */
bool kind_is_once(const struct kind *k);

/* ---- record ids: <region>-<letter>-<number>, number >= 1 without leading zeros. The region may
 * be "irs"; the letter is one to four of [a-z] and need not be a known kind's. All: IMS_E_SYNTAX. */
#define RECORD_ID_MAX_BYTES 48
struct record_id {
	struct bytes region, letter;	/* into the input */
	uint64_t number;
};
IMS_MUST_CHECK int record_id_parse(struct bytes text, struct record_id *ret);
/* `[a-z][a-z0-9]{1,11}`, not "irs" nor "journal" unless allowed. */
bool region_code_is_valid(struct bytes code, bool allow_irs);
/* <federation>/<region>/<incarnation>; journal origins are not log origins. The federation is 1 to
 * 100 of [a-z0-9.-], the region may be "irs", the incarnation is 1 or more. */
struct origin_parts {
	struct bytes federation, region;
	uint64_t incarnation;
};
IMS_MUST_CHECK int origin_parse(struct bytes text, struct origin_parts *ret);
#define ORIGIN_MAX_BYTES 160

/* ---- checking: each call, like registry_keys_of(), is content with an arena of
 * codec_budget(payload.n) (wire/codec.h) of its own; two calls in one need twice that. */
/* Structure and shared rules. `problems` (may be NULL) gets a line "<JSON pointer>: <what>" for
 * each wrong field, all at once (past 100 only their number). A NULL kind is an unknown one.
 * Errors: IMS_E_UNKNOWN_KIND, IMS_E_LIMIT, those of codec_unpack(), IMS_E_INVALID. */
IMS_MUST_CHECK int registry_check(const struct kind *k, struct bytes payload, struct arena *a,
				  struct buf *problems);
/* registry_check() and every code against the reference lists. */
IMS_MUST_CHECK int registry_admit(const struct kind *k, struct bytes payload, const struct reference *ref,
				  struct arena *a, struct buf *problems);

/* ---- keys of a payload that passed registry_check()
 *
 * `about` is the record that a payload speaks about. An item of a list is a key of its own; "a of b" is
 * member a of b (of each item of b). A citation's key is the id of its record.
 *
 *   organisation     natural.name = fold(name) "|" country; country; type; source = sources; ror; pic;
 *                    domain = domains; platform = platforms
 *   initiative       natural.source = source, when there is one; source; acronym = fold(acronym); state;
 *                    platform; domain = domains; participant = organisation of participants;
 *                    country = country of participants; originator
 *   contact          organisation; role
 *   region           natural.region = "only"; country = countries; host
 *   secretariat      natural.secretariat = "only"; country; host; contact = contacts
 *   need             about = initiative; state; domain = domains; platform = platforms;
 *                    type = organisation_types; region = regions; country = countries; role
 *   owner            about = need; about = initiative                              sealed
 *   interest         about = need; organisation                                   sealed
 *   answer           about = interest; about = initiative; decision               sealed
 *   template         natural.template = name "|" version; name
 *   description      natural.description = initiative "|" fold(lang); about = initiative;
 *                    lang = fold(lang); template
 *   assignment       about = initiative; coach
 *   note             about = initiative; topic
 *   waiver           natural.waiver = initiative "|" step; about = initiative; step
 *   moa              about = initiative; party = organisation of parties; region = region of parties
 *   signature        about = agreement; organisation; region
 *   conclusion       about = initiative; about = agreement; signature = signature of counted
 *   endorsement      natural.endorsement = subject; about = subject
 *   notice           about = initiative
 *   acknowledgement  natural.acknowledgement = notice; about = notice
 *   overlap          natural.overlap = the two ids, the lower first bytewise, "|" between; about = one;
 *                    about = other; relation
 *   merge            natural.merge = initiative; about = initiative; into
 *   document         natural.sha256 = sha256 in hex; sha256; type = media_type
 *
 * Kinds that are sealed leave no keys in the shared view. A source is written scheme ":" id. fold():
 * every run of space, tab, newline and carriage return becomes one space, none at either end, A-Z
 * become a-z; no other byte changes. An empty value gives no key; of equal keys the first stays; the
 * order is that above, items in the order of the payload. A value of more than 256 bytes is cut at a
 * hash: its first 223 bytes (be that inside a character), '#', the first 32 digits of the lower-case hex
 * SHA-256 of all of it.
 * A key whose name starts with "natural" identifies: a put without id that meets a record of the
 * same home with the same natural key is an update of it. At most one a payload. */
#define REGISTRY_KEY_MAX_BYTES 256
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
/* registry_admit(), without lists registry_check(), and of what passes registry_keys_of(), from one
 * unpacking. `home` is the region of the record: what may only stand there is asked for too. */
IMS_MUST_CHECK int registry_judge(const struct kind *k, struct bytes payload, struct bytes home,
				  const struct reference *ref, struct arena *a, struct buf *problems,
				  struct registry_keys *ret);
/* The natural key, or NULL. */
const struct registry_key *registry_natural_key(const struct registry_keys *keys);
/* fold() as above, a copy in the arena; {NULL, 0} when empty or the arena failed. */
struct bytes registry_fold(struct bytes text, struct arena *a);

/* ---- reference lists: data files, never constants */
/* Loads every NAME.csv of a directory (config/reference) as list NAME: header line, id column
 * first and unique, all rows as wide as the header (csv.h, comma). At most 64 lists, 4 MiB each.
 * Errors: IMS_E_IO, IMS_E_SYNTAX with file:line, IMS_E_LIMIT, IMS_E_NOMEM. Immutable afterwards,
 * any thread. */
IMS_MUST_CHECK int reference_load(const char *dir, struct reference **ret, struct errtext *e);
void reference_free(struct reference *r);
/* Is `id` in list "platforms" (file platforms.csv)? */
bool reference_has(const struct reference *r, const char *list, struct bytes id);
/* For going through a list: how many rows, 0 when there is no such list; the id of row i, from 0, in the
 * order of the file, {NULL, 0} past the end. Borrowed. */
size_t reference_count(const struct reference *r, const char *list);
struct bytes reference_id(const struct reference *r, const char *list, size_t i);
/* Column of a row; {NULL,0} when there is no such row or column. Borrowed. */
struct bytes reference_get(const struct reference *r, const char *list, struct bytes id, const char *column);
/* The first row whose column, taken as values between ';', holds `value` (ASCII case aside): its
 * id, borrowed; {NULL, 0} when there is none. For the columns that map foreign codes to ours. */
struct bytes reference_find(const struct reference *r, const char *list, const char *column,
			    struct bytes value);
/* The largest id of a list that is not above `id`, bytewise: of dated rows ("EUR-2026-01-02") the newest by then.
 * Borrowed; {NULL, 0} when all are above. */
struct bytes reference_at_or_before(const struct reference *r, const char *list, struct bytes id);

#endif
