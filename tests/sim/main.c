/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim --seeds A..B [--nodes N] [--writes K] [--twice] [--all] [--counts] [-v]
 * sim --trace SEED
 * sim --minimise SEED [-o FILE]
 * sim --replay FILE
 *
 * Runs each seed; the first that breaks an invariant is named with it, exit 1; with --all the
 * others run, too. --twice runs each seed once more from the schedule of its first run, and compares
 * the hashes of what happened. --trace tells all that happens in a seed. --minimise makes a failing
 * seed's schedule short, and --replay tells what happens in it. --counts tells in how many seeds each fault
 * happened.
 */
#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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
	bool twice, all, counts, minimise;
	const char *replay, *out;
};

static int usage(void)
{
	fputs("usage: sim --seeds A..B [--nodes 2..9] [--writes N] [--twice] [--all] [--counts] [-v]\n"
	      "       sim --trace SEED\n"
	      "       sim --minimise SEED [-o FILE]\n"
	      "       sim --replay FILE\n",
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

/* An option and its value; false: it is none of these. */
static bool option(struct args *a, const char *name, const char *value)
{
	if (strcmp(name, "--trace") == 0)
		a->o.trace = true;
	if (strcmp(name, "--minimise") == 0)
		a->minimise = true;
	if (strcmp(name, "--replay") == 0)
		a->replay = value;
	else if (strcmp(name, "-o") == 0)
		a->out = value;
	else if (strcmp(name, "--nodes") == 0)
		return small(value, 2, SIM_HOSTS_MAX, &a->o.nodes);
	else if (strcmp(name, "--writes") == 0)
		return small(value, 1, 1000000, &a->o.writes);
	else
		return (a->o.trace || a->minimise || strcmp(name, "--seeds") == 0) && seeds(value, a);
	return *value != '\0';
}

static bool args_parse(int argc, char **argv, struct args *a)
{
	*a = (struct args){.from = 1, .to = 100};
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "-v") == 0)
			a->o.verbose = true;
		else if (strcmp(argv[i], "--twice") == 0)
			a->twice = true;
		else if (strcmp(argv[i], "--all") == 0)
			a->all = true;
		else if (strcmp(argv[i], "--counts") == 0)
			a->counts = true;
		else if (i + 1 == argc || !option(a, argv[i], argv[i + 1]))
			return false;
		else
			i++;
	}
	return true;
}

static void tell(const struct args *a, bool ok)
{
	if (!ok)
		fprintf(stderr, "seed %llu: %s\n", (unsigned long long)now.seed, now.why);
	if (a->o.verbose)
		printf("seed %llu: %u nodes%s, %llu events, %u acknowledged, %u crashes, %u breaks, hash "
		       "%016llx\n",
		       (unsigned long long)now.seed, now.p.hosts, now.p.late ? " (one late)" : "",
		       (unsigned long long)now.events, now.acked, now.crashes, now.breaks,
		       (unsigned long long)now.hash);
}

/* In how many seeds each of these happened. */
static unsigned long seeds_with[FAULT_COUNT], seeds_rolled_back, seeds_recovered, seeds_beyond, seeds_live;

static void count(void)
{
	for (unsigned i = 0; i < FAULT_COUNT; i++)
		seeds_with[i] += now.happened[i] > 0;
	seeds_rolled_back += now.rolled_back > 0;
	seeds_recovered += now.recovered > 0;
	seeds_beyond += now.beyond_recovery;
	seeds_live += now.live > 0;
}

static void tell_counts(void)
{
	for (unsigned i = 0; i < FAULT_COUNT; i++)
		printf("%6lu seeds: %s\n", seeds_with[i], fault_word((enum fault_kind)i));
	printf("%6lu seeds: a node is rolled back\n%6lu seeds: and recovered\n"
	       "%6lu seeds: and cannot: nobody has all that it signed\n"
	       "%6lu seeds: packages are in the commit log before they are in the database\n",
	       seeds_rolled_back, seeds_recovered, seeds_beyond, seeds_live);
}

/* One seed, and its schedule once more. */
static bool run(uint64_t seed, const struct args *a)
{
	bool ok = sim_run(&now, seed, &a->o);
	struct schedule done = now.done;
	uint64_t hash = now.hash;

	tell(a, ok);
	count();
	now.done = (struct schedule){0};
	sim_fini(&now);
	if (ok && a->twice) {
		ok = sim_replay(&now, &done, &a->o) && now.hash == hash;
		if (!ok)
			fprintf(stderr, "seed %llu: determinism broken: two runs differ\n",
				(unsigned long long)seed);
		sim_fini(&now);
	}
	schedule_fini(&done);
	return ok;
}

static int replay(struct args *a)
{
	FILE *f = fopen(a->replay, "r");
	struct schedule what = {0};
	unsigned line = 0;
	bool ok = f && schedule_read(f, &what, &line);

	if (f)
		fclose(f);
	if (!ok) {
		fprintf(stderr, "sim: %s: line %u is none of a schedule\n", a->replay, line);
		schedule_fini(&what);
		return 2;
	}
	a->o.trace = true;
	ok = sim_replay(&now, &what, &a->o);
	tell(a, ok);
	sim_fini(&now);
	schedule_fini(&what);
	return ok ? 0 : 1;
}

static int run_seeds(const struct args *a)
{
	uint64_t n = 0, failed = 0;
	struct timespec took;
	double took_s;

	for (uint64_t seed = a->from; seed <= a->to && (a->all || !failed); seed++, n++)
		failed += !run(seed, a);
	if (a->counts)
		tell_counts();
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &took); /* whatever else the machine does */
	took_s = (double)took.tv_sec + (double)took.tv_nsec / 1e9;
	printf("%llu seeds, %llu failed, %.0f seeds/s of processor time\n", (unsigned long long)n,
	       (unsigned long long)failed, took_s > 0 ? (double)n / took_s : 0);
	return failed ? 1 : 0;
}

int main(int argc, char **argv)
{
	struct args a;
	int ret;

	if (!args_parse(argc, argv, &a))
		return usage();
	a.o.hashed = a.o.verbose || a.twice;
	mallopt(M_TOP_PAD, 16 << 20); /* a run's memory is the next one's */
	mallopt(M_TRIM_THRESHOLD, 256 << 20);
	mallopt(M_MMAP_THRESHOLD, 256 << 20);
	if (a.minimise) {
		ret = minimise(a.from, &a.o, a.out);
	} else {
		signal(SIGABRT, on_fault);
		signal(SIGSEGV, on_fault);
		ret = a.replay ? replay(&a) : run_seeds(&a);
	}
	federations_free();
	return ret;
}
