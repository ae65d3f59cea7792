/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What people write in other forms than the stored one is brought into it, before a payload is packed: on
 * the client's side, so that what is checked, signed and stored is what was sent.
 *
 *   organisation  ror: as pasted, "https://ror.org/03yrm5c26"; pic: with spaces
 *   moa           sha256 of a text that stands there, where none is given
 */
#ifndef REGISTRY_TIDY_H
#define REGISTRY_TIDY_H

#include "registry/registry.h"

#define TIDY_MAX_BYTES 4096 /* that it takes of the arena, of what a list of a kind may hold */
/* A message of kind `k`, changed in place; new texts are in the arena, and one that fails is left as it is. */
void registry_tidy(const struct kind *k, struct ProtobufCMessage *m, struct arena *a);

#endif
