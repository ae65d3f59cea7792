/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by admit.c (a client's write) and again.c (one that was acknowledged before): which record an
 * entry is about, and the entry itself. */
#ifndef VIEW_ADMIT_INT_H
#define VIEW_ADMIT_INT_H

#include "view/commit_int.h"
#include "view/record.h"

/* What a write is about, found out step by step. */
struct admission {
	struct commit *c;
	struct commit_put *put;	 /* NULL: again.c's */
	const struct kind *kind; /* NULL: not known, or a withdrawal of a client */
	bool withdraw;
	int audience;	      /* enum entry_audience */
	int64_t time_ms;      /* of the entry, never below the log's newest */
	struct bytes payload; /* with its header */
	struct bytes packed;  /* the same, if the job brought it so */
	struct registry_keys keys; /* its keys, once it was judged */
	char id[RECORD_ID_MAX_BYTES + 1];
	struct record now; /* state 0: new */
	struct arena arena;
};

struct bytes admit_without_header(struct bytes payload);
/* The record of this region that has a natural key: its id. IMS_E_NOT_FOUND. */
IMS_MUST_CHECK int admit_find_by_key(struct admission *a, const struct registry_key *key);
/* The next free number of the kind. */
IMS_MUST_CHECK int admit_new_id(struct admission *a);
/* A random one, which says nothing. */
void admit_sealed_id(struct admission *a);
/* admit_case_pb.c: what the payload cites is here, and the programme's rules allow it. */
IMS_MUST_CHECK int admit_check_case(struct admission *a, struct errtext *why);
/* admit_partners_pb.c: what the header says of who acted where a name would tell too early whose a need is: of an
 * anonymous need, and of every answer but an acceptance. */
#define ADMIT_ANONYMOUS "secretariat"
const char *admit_header_name(const struct commit_put *p, const struct kind *k, struct bytes payload);
/* Payload, without header, of the record that says whose the need a->id is. */
void admit_owner_payload(const struct admission *a, struct buf *out);
/* Needs, owners, interests and answers beside what is here, sealed records that this node may read included. The
 * logs are flushed. */
IMS_MUST_CHECK int admit_check_partners(struct admission *a, const struct kind *k,
					const struct ProtobufCMessage *m, struct arena *memory);
/* admit_texts_pb.c: a document that is an agreement's text has the hash that is signed, and its bytes are here: else
 * lines among the put's problems. */
IMS_MUST_CHECK int admit_check_texts(struct admission *a, const struct kind *k, const struct ProtobufCMessage *m);
/* An act on an initiative: makes the put that it is. */
IMS_MUST_CHECK int admit_step(struct admission *a, struct errtext *why);
/* The next entry of the own log with its payload, in `memory`; the log's newest time moves on. */
IMS_MUST_CHECK int admit_make_item(struct admission *a, struct arena *memory, struct ledger_item *ret);

#endif
