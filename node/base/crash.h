/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A last word before the process dies of SIGSEGV, SIGBUS, SIGFPE, SIGILL or SIGABRT: fn(signo) runs
 * on the thread that got it, then whoever handled the signal before (a sanitizer, the system) has it.
 */
#ifndef BASE_CRASH_H
#define BASE_CRASH_H

/* Once a process. fn may do only what a signal handler may. */
void crash_watch(void (*fn)(int signo));
/* Give the calling thread a stack for that moment, so that even one that has run out of stack gets there. */
void crash_own_stack(void);

#endif
