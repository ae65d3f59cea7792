/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim --seeds A..B [--nodes N] [--steps K] [--twice] [--all] [-v] [--trace]
 *
 * Runs each seed; the first that breaks an invariant is named with it, exit 1; with --all the
 * others run, too. --twice runs each
 * seed two times and compares the hashes of what happened. The same seed with --trace tells all.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/check.h"
#include "sim/sim.h"

static struct sim now;

/* In the place of base's: whatever stops the code under test belongs to a seed. */
void check_failed(const char *file, int line, const char *func, const char *what)
{
	fflush(stdout);
	fprintf(stderr, "seed %llu: CHECK broken: %s:%d %s: %s does not hold\n", (unsigned long long)now.seed,
		file, line, func, what);
	abort();
}

bool bug_seen(const char *file, int line, const char *func, const char *what)
{
	sim_fail(&now, "BUG", "%s:%d %s: %s", file, line, func, what);
	return true;
}

static void on_fault(int sig)
{
	char text[64];
	int n = snprintf(text, sizeof(text), "seed %llu: signal %d\n", (unsigned long long)now.seed, sig);

	if (n > 0 && write(STDERR_FILENO, text, (size_t)n) < 0)
		_exit(3);
	signal(sig, SIG_DFL);
	raise(sig);
}

struct args {
	uint64_t from, to;
	struct sim_opts o;
	bool twice, all;
};

static int usage(void)
{
	fputs("usage: sim --seeds A..B [--nodes 2..5] [--steps WRITES] [--twice] [--all] [-v] [--trace]\n",
	      stderr);
	return 2;
}

static bool number(const char *text, uint64_t *ret, const char **ret_end)
{
	char *end;

	errno = 0;
	*ret = strtoull(text, &end, 10);
	*ret_end = end;
	return !errno && end != text;
}

static bool seeds(const char *text, struct args *a)
{
	const char *end;

	if (!number(text, &a->from, &end))
		return false;
	a->to = a->from;
	if (strncmp(end, "..", 2) == 0 && !number(end + 2, &a->to, &end))
		return false;
	return *end == '\0' && a->from <= a->to;
}

static bool small(const char *text, uint64_t min, uint64_t max, unsigned *ret)
{
	const char *end;
	uint64_t n;

	if (!number(text, &n, &end) || *end || n < min || n > max)
		return false;
	*ret = (unsigned)n;
	return true;
}

static bool args_parse(int argc, char **argv, struct args *a)
{
	*a = (struct args){.from = 1, .to = 100, .o = {.steps = 60}};
	for (int i = 1; i < argc; i++) {
		const char *value = i + 1 < argc ? argv[i + 1] : "";

		if (strcmp(argv[i], "-v") == 0)
			a->o.verbose = true;
		else if (strcmp(argv[i], "--trace") == 0)
			a->o.trace = true;
		else if (strcmp(argv[i], "--twice") == 0)
			a->twice = true;
		else if (strcmp(argv[i], "--all") == 0)
			a->all = true;
		else if (strcmp(argv[i], "--seeds") == 0 && seeds(value, a))
			i++;
		else if (strcmp(argv[i], "--nodes") == 0 && small(value, 2, SIM_HOSTS_MAX, &a->o.nodes))
			i++;
		else if (strcmp(argv[i], "--steps") == 0 && small(value, 0, 1000000, &a->o.steps))
			i++;
		else
			return false;
	}
	return true;
}

/* One seed, its hash. */
static bool run(uint64_t seed, const struct args *a, uint64_t *ret_hash)
{
	bool ok = sim_run(&now, seed, &a->o);

	*ret_hash = now.hash;
	if (!ok)
		fprintf(stderr, "seed %llu: %s\n", (unsigned long long)seed, now.why);
	if (a->o.verbose)
		printf("seed %llu: %u nodes%s, %llu events, %u acknowledged, %u crashes, %u breaks, hash "
		       "%016llx\n",
		       (unsigned long long)seed, now.p.hosts, now.p.late ? " (one late)" : "",
		       (unsigned long long)now.events, now.acked, now.crashes, now.breaks,
		       (unsigned long long)now.hash);
	sim_fini(&now);
	return ok;
}

int main(int argc, char **argv)
{
	struct timespec began, ended;
	uint64_t hash, again, n = 0, failed = 0;
	struct args a;
	double took_s;

	if (!args_parse(argc, argv, &a))
		return usage();
	signal(SIGABRT, on_fault);
	signal(SIGSEGV, on_fault);
	clock_gettime(CLOCK_MONOTONIC, &began);
	for (uint64_t seed = a.from; seed <= a.to && (a.all || !failed); seed++, n++) {
		bool ok = run(seed, &a, &hash);

		if (ok && a.twice && run(seed, &a, &again) && hash != again) {
			fprintf(stderr, "seed %llu: determinism broken: two runs differ\n",
				(unsigned long long)seed);
			ok = false;
		}
		failed += !ok;
	}
	clock_gettime(CLOCK_MONOTONIC, &ended);
	federations_free();
	took_s = (double)(ended.tv_sec - began.tv_sec) + (double)(ended.tv_nsec - began.tv_nsec) / 1e9;
	printf("%llu seeds, %llu failed, %.0f seeds/s\n", (unsigned long long)n, (unsigned long long)failed,
	       took_s > 0 ? (double)n / took_s : 0);
	return failed ? 1 : 0;
}
