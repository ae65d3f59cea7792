/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a thread asks of the kernel's scheduler. The loop and the writer work in short bursts, and each write
 * passes from one to the other several times, here and at the peers: beside programs that never rest, the
 * time until they get a processor is most of what a write takes.
 *
 * Since Linux 6.12 a thread of the normal policy may ask for a shorter time slice (sched_setattr(2),
 * sched_runtime). It gets no more of the processor for it, only sooner: who wakes with the shorter one runs
 * before who has the longer one. Older kernels, and a sandbox that refuses the call, change nothing.
 */
#ifndef BASE_SCHED_H
#define BASE_SCHED_H

/* The calling thread's; not that of those it starts. Another policy than the normal one stays, and so does nice.
 * SCHED_USUAL: the kernel's own again, for who works without rest and would stand before all who wake. */
enum sched_slice { SCHED_SHORT, SCHED_USUAL };
void sched_ask_slice(enum sched_slice slice);
/* The calling thread takes a tenth of a processor that others want too, and all of one that nobody wants: nice, 10 more
 * than it was. For work that nobody waits for; who holds a lock that others want is held up as well. */
void sched_stand_back(void);

#endif
