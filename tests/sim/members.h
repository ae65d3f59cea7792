/* SPDX-License-Identifier: Apache-2.0 */
/* Who takes part in a simulation, with all keys, and the versions of its roster. */
#ifndef SIM_MEMBERS_H
#define SIM_MEMBERS_H

#include "note/note.h"
#include "replication/roster.h"

#define SIM_HOSTS_MAX 9
#define SIM_LOGS_MAX (2 * SIM_HOSTS_MAX) /* first incarnations by member, then second ones */
#define SIM_ROSTERS_MAX 9
#define SIM_SCRIPTS 8 /* of rosters */

struct member {
	char code[13], origin[64], next_origin[64], name[64]; /* name: of the cosigner, <federation>/<code> */
	bool secretariat;
	struct note_signer delegation;
	struct note_signer log[2], cosigner[2], cosigner_note[2]; /* [1]: of a later version */
	struct note_signer next_log; /* of the second incarnation */
};

/* A version, as it is made from the one before. */
struct shape {
	unsigned n;	    /* of the first members */
	unsigned suspended; /* bits */
	unsigned rekeyed;
	struct {
		bool closed; /* the first incarnation, and the second is open */
		uint64_t size;
		struct hash root;
	} end[SIM_HOSTS_MAX];
};

/*
 * Rosters of n members. When the last of them is late, version 1 is without it; a script may suspend
 * a member for some versions, or give one new keys beside its old ones. In the last version all
 * take part.
 */
struct federation {
	unsigned n, script;
	bool late;
	struct member member[SIM_HOSTS_MAX];
	struct roster *roster[SIM_ROSTERS_MAX]; /* version i + 1 */
	unsigned n_rosters;
	struct shape is; /* of the last version */
};

#define SIM_FEDERATION "sim.example"

/* Made once, freed by federations_free(). */
const struct federation *federation_of(unsigned n, bool late, unsigned script);
void federations_free(void);
/* A run's own, which may close logs: one version more. */
void federation_copy(const struct federation *from, struct federation *to);
void federation_drop(struct federation *f);
bool federation_may_close(const struct federation *f, unsigned member);
void federation_close(struct federation *f, unsigned member, uint64_t size, const struct hash *root);
/* The member that writes a log. */
static inline unsigned federation_writer(unsigned log)
{
	return log % SIM_HOSTS_MAX;
}
const char *federation_origin(const struct federation *f, unsigned log);
/* Does the last version name this log? */
bool federation_has(const struct federation *f, unsigned log);
/* The log of an origin, SIM_LOGS_MAX when there is none. */
unsigned federation_find(const struct federation *f, struct bytes origin);

#endif
