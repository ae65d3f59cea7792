/* SPDX-License-Identifier: Apache-2.0 */
/* How the other nodes are, as status and list show it. Loop's thread. */
#ifndef CTL_PEERS_H
#define CTL_PEERS_H

#include <stddef.h>

struct ctl_call;
struct Ims__Ctl__PeerStatus;

/* All regions but the own one, in the call's arena; NULL when it is too small. */
struct Ims__Ctl__PeerStatus **peers_read(struct ctl_call *call, size_t *ret_n);

#endif
