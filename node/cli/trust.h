/* SPDX-License-Identifier: Apache-2.0 */
/* What the person at the command line believes: --roster (or IMS_ROSTER) and --vkey. */
#ifndef CLI_TRUST_H
#define CLI_TRUST_H

#include "cli/cli.h"
#include "cli/proof_file.h"

struct trust {
	struct proof_trust proof;	/* both absent when nothing was given */
	struct roster *roster;
	struct note_vkey *vkeys;
};

/* Reports failure. Ended by the caller on success. */
IMS_MUST_CHECK int trust_load(const struct cli *cli, struct trust *ret);
/* Take a roster note as the one to believe. Reports failure. */
IMS_MUST_CHECK int trust_set_roster(struct trust *t, const char *object, struct bytes note);
void trust_fini(struct trust *t);

#endif
