/* SPDX-License-Identifier: Apache-2.0 */
/* Writing a record that a command has made, and what it needs for that from the node. */
#ifndef CLI_PUT_RECORD_H
#define CLI_PUT_RECORD_H

#include "cli/cli.h"
#include "registry/registry.h"

struct Ims__Ctl__Record;
struct Ims__Registry__Citation;

/* Check by the shared rules, every wrong field on a line of standard error, and write; --wait and --for
 * count. `id` NULL: new, or by its natural key. `object` names it in messages. With `shows` the answer is printed.
 * Reports failure. */
IMS_MUST_CHECK int put_record(struct cli *cli, const char *object, const char *kind, const char *id,
			      const struct ProtobufCMessage *m, bool shows);
/* The same of a new need; of an anonymous one the initiative (else NULL) is kept beside it for the home alone. */
IMS_MUST_CHECK int put_need(struct cli *cli, const char *object, const char *owner, const struct ProtobufCMessage *m);
/* A payload by the shared rules; every wrong field on a line of standard error. Reports failure. */
IMS_MUST_CHECK int check_payload(const char *object, const struct kind *k, struct bytes payload);
/* "/title: required" lines → one line each on standard error, with what they are about in front. */
int tell_problems(const char *object, int err, const struct buf *problems);
/* A record as it is now, in the arena, which is begun here and ended by the caller on success. Reports failure; also
 * when it is of another kind (NULL: any), or not live. */
IMS_MUST_CHECK int get_record(struct cli *cli, const char *id, const char *kind, struct arena *a,
			      struct Ims__Ctl__Record **ret);
/* The SHA-256 that a document's record says, by --revision if the command has it. Reports failure. */
struct hash;
IMS_MUST_CHECK int document_sha256(struct cli *cli, const char *id, struct hash *ret);
/* Its payload, decoded, in another arena, which is begun here and ended by the caller on success; reports failure. */
IMS_MUST_CHECK int open_record(const struct Ims__Ctl__Record *r, struct arena *a, struct ProtobufCMessage **ret);
/* A citation of the entry that a record stands in now. */
void cite_record(const struct Ims__Ctl__Record *r, struct Ims__Registry__Citation *ret);
/* Today, UTC. */
const char *today(char out[16]);

#endif
