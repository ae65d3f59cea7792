/* SPDX-License-Identifier: Apache-2.0 */
#include "base/sched.h"

#include <sched.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SHORT_NS 100000 /* the least that the kernel takes; 0 is its own, some 3 ms */
#define RESET_ON_FORK 1 /* SCHED_FLAG_RESET_ON_FORK */

/* Debian 12's libc has neither the calls nor this. The first version of it: kernels take any that they know. */
struct attributes {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime_ns, deadline_ns, period_ns;
};

void sched_ask_slice(enum sched_slice slice)
{
	struct attributes a = {0};

	if (syscall(SYS_sched_getattr, 0, &a, sizeof(a), 0) != 0 || a.policy != SCHED_OTHER)
		return;
	a.size = sizeof(a);
	a.flags = RESET_ON_FORK;
	a.runtime_ns = slice == SCHED_SHORT ? SHORT_NS : 0;
	(void)syscall(SYS_sched_setattr, 0, &a, 0);
}

void sched_stand_back(void)
{
	/* on Linux nice is a thread's, and 0 is who calls */
	int nice = getpriority(PRIO_PROCESS, 0);

	(void)setpriority(PRIO_PROCESS, 0, nice < 9 ? nice + 10 : 19);
}
