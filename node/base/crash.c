/* SPDX-License-Identifier: Apache-2.0 */
#include "base/crash.h"

#include <signal.h>
#include <stddef.h>

#define STACK_BYTES 32768

static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
#define N_SIGNALS (sizeof(signals) / sizeof(signals[0]))

static struct sigaction before[N_SIGNALS];
static void (*last_word)(int signo);
static _Thread_local unsigned char stack[STACK_BYTES];

static void on_signal(int signo, siginfo_t *info, void *context)
{
	(void)context;
	last_word(signo);
	for (size_t i = 0; i < N_SIGNALS; i++)
		if (signals[i] == signo)
			sigaction(signo, &before[i], NULL);
	/* A fault comes again when this returns; what was sent has to be sent again. */
	if (info->si_code <= 0)
		raise(signo);
}

void crash_watch(void (*fn)(int signo))
{
	struct sigaction a = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_ONSTACK};

	last_word = fn;
	sigemptyset(&a.sa_mask);
	for (size_t i = 0; i < N_SIGNALS; i++)
		sigaction(signals[i], &a, &before[i]);
}

void crash_own_stack(void)
{
	stack_t now, own = {.ss_sp = stack, .ss_size = sizeof(stack)};

	if (sigaltstack(NULL, &now) == 0 && (now.ss_flags & SS_DISABLE)) /* a sanitizer may have set one */
		sigaltstack(&own, NULL);
}
