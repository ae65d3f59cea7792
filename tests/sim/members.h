/* SPDX-License-Identifier: Apache-2.0 */
/* Who takes part in a simulation, with all keys, and the versions of its roster. */
#ifndef SIM_MEMBERS_H
#define SIM_MEMBERS_H

#include "note/note.h"
#include "replication/roster.h"

#define SIM_HOSTS_MAX 9
#define SIM_ROSTERS_MAX 8
#define SIM_SCRIPTS 8 /* of rosters */

struct member {
	char code[13], origin[64], name[64]; /* name: of the cosigner, <federation>/<code> */
	bool secretariat;
	struct note_signer delegation;
	struct note_signer log[2], cosigner[2], cosigner_note[2]; /* [1]: of a later version */
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
};

#define SIM_FEDERATION "sim.example"

/* Made once, freed by federations_free(). */
const struct federation *federation_of(unsigned n, bool late, unsigned script);
void federations_free(void);
/* The member of an origin, n when there is none. */
unsigned federation_find(const struct federation *f, struct bytes origin);

#endif
