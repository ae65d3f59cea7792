/* SPDX-License-Identifier: Apache-2.0 */
/* What comes from outside: writes of operators (client.c), faults (faults.c), mischief and lies. */
#ifndef SIM_FAULTS_H
#define SIM_FAULTS_H

#include "sim/sim.h"

void client_write(struct host *h);
/* The node is down: its ring gets an entry that its own code would not have made. */
void mischief(struct host *h);
void fault(struct sim *s, enum fault_kind kind);
enum fault_kind fault_draw(struct sim *s);
/* No more of them: what was armed is taken back. */
void faults_end(struct sim *s);
/* The roster ends a log at what others have of it, or keeps not `all` of that. False: that may not be. */
bool fault_close_log(struct sim *s, struct host *h, bool all);
void faults_init(struct sim *s);
/* Can this log be frozen somewhere? Its writer has forked it. */
bool liar_forked(const struct sim *s, const char *origin);
/* msg_encode(), of a liar perhaps something else. */
int liar_encode(struct host *h, const struct msg *m, struct buf *out);
bool liar_is(const struct host *h);

#endif
