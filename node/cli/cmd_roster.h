/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `ims roster` on files: making the next version, signing it, checking a chain, printing one.
 *
 *   ims roster propose --genesis --federation NAME [--rules N] [--replicated K REGION...] CARD...
 *   ims roster propose --from NOTE [--add CARD] [--set-card CARD] [--suspend CODE] [--resume CODE]
 *            [--close CODE SIZE ROOT] [--open CODE VKEY] [--rules N] [--replicated K REGION...]
 *       The text of a version, unsigned, to standard output or (-o FILE). Cards are what `ims init`
 *       makes; a word that is a region's code counts as one, so a card of such a name is ./code.
 *       --open puts the next incarnation with this log key. Values of several words may stand as
 *       one, CODE:SIZE:ROOT and CODE:VKEY. Tells who has to sign.
 *   ims roster sign --key KEYFILE [--key KEYFILE]... FILE
 *       Appends a line for each key; a key that has signed already changes nothing. A delegation
 *       signs one version n only: KEYFILE.signed remembers which (IMS_E_PERMISSION else).
 *   ims roster verify [--genesis-hash HEX] [--json] FILE...
 *       Checks files in the order given, says who signed and who is missing; exit 5: not valid.
 *       A chain that does not begin with version 1 is checked from its first file on.
 */
#ifndef CLI_CMD_ROSTER_H
#define CLI_CMD_ROSTER_H

#include <stdio.h>

#include "replication/roster.h"

/* A note, or a text that nobody has signed. Errors: those of roster_parse(). */
IMS_MUST_CHECK int roster_parse_either(struct bytes file, struct roster **ret, struct errtext *e);
/* A file as a note, or as a text that nobody has signed; detail begins with the path. Errors: those
 * of file_read() and roster_parse(). */
IMS_MUST_CHECK int roster_read(const char *path, struct roster **ret, struct errtext *e);

/* One version in a chain: what it is, whether it holds (err, with its reason), who signed. `before` is
 * NULL for the first. JSON: an object without a newline. */
void roster_print_check(const struct roster *before, const struct roster *r, int err, const char *reason,
			FILE *f);
void roster_print_check_json(const struct roster *before, const struct roster *r, int err, const char *reason,
			     FILE *f);
/* "signed", "missing", "bad" of a need's state; "vote", "own", "key" of its kind. */
const char *roster_need_state_name(int state);
const char *roster_need_kind_name(enum roster_need_kind kind);

#endif
