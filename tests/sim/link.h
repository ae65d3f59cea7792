/* SPDX-License-Identifier: Apache-2.0 */
/* Lines between nodes: link.c opens and breaks them and carries frames, arrive.c hands those over. */
#ifndef SIM_LINK_H
#define SIM_LINK_H

#include "sim/sim.h"

void link_init(struct sim *s);
void link_fini(struct sim *s);
struct link *link_of(struct sim *s, unsigned a, unsigned b);
struct link_side *link_other_side(struct link_side *side);
void link_connect(struct sim *s, struct link *l);
void link_break(struct sim *s, struct link *l);
void link_break_all_of(struct host *h);
int link_send(struct sim *s, struct link_side *from, const struct msg *m);
/* The next frame of a side's inbox; `stays`: and it will come again. */
void link_deliver(struct sim *s, struct link_side *to, bool stays);
bool link_may_deliver(const struct sim *s, const struct link_side *to);
/* Only one end learns of it; what the other sends is lost, until it learns, too. */
void link_break_half(struct sim *s, struct link_side *aware);
/* It learns. */
void link_notice(struct sim *s, struct link_side *unaware);
void link_arrive(struct sim *s, struct link_side *to, struct bytes bytes);
/* Tell a side that its output has room again. */
void link_drain(struct sim *s, struct link_side *from);
bool link_may_drain(const struct sim *s, const struct link_side *from);
/* A frame of an earlier connection comes once more. */
void link_replay(struct sim *s, struct link_side *to);
/* No frame of earlier connections comes again: what a log has lost must not, and TLS sees to it. */
void link_forget_old(struct sim *s);
/* A version took effect: it is told to all, and who is out of it is hung up on. */
void link_tell_roster(struct host *h);

#endif
