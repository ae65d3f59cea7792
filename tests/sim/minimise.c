/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A failing run made short: delta debugging over its schedule (Zeller's ddmin, complements only).
 * Steps are taken away in ever smaller pieces as long as what is left fails in the same way; then
 * counts and waits of those that stay are made small. Each try runs in a child: a CHECK that breaks,
 * or a signal, is a failure like any other.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "sim/sim.h"

#define TRIES_MAX 20000
#define CLASS_BYTES 40

struct search {
	struct sim_opts o;
	struct schedule left;  /* the shortest that fails */
	struct schedule piece; /* what is tried */
	char class[CLASS_BYTES];
	unsigned tries;
};

/* "inv. 3" of "inv. 3 broken: …": by this two failures are the same. */
static void class_of(const struct sim *s, char ret[CLASS_BYTES])
{
	const char *end = strstr(s->why, " broken:");
	size_t n = end ? (size_t)(end - s->why) : 0;

	memset(ret, 0, CLASS_BYTES);
	memcpy(ret, s->why, n < CLASS_BYTES - 1 ? n : CLASS_BYTES - 1);
}

static void child(const struct schedule *what, const struct sim_opts *o, int out)
{
	struct sim *s = mem_new(struct sim);
	int null = open("/dev/null", O_WRONLY);
	char class[CLASS_BYTES] = "";

	dup2(null, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	if (!sim_replay(s, what, o))
		class_of(s, class);
	_exit(write(out, class, sizeof(class)) == sizeof(class) ? 0 : 1);
}

/* How it fails; empty: it does not. */
static void try_it(struct search *f, const struct schedule *what, char ret[CLASS_BYTES])
{
	int ends[2], status = 0;
	ssize_t n = 0;
	pid_t pid;

	f->tries++;
	memset(ret, 0, CLASS_BYTES);
	if (pipe(ends))
		return;
	fflush(NULL);
	pid = fork();
	if (pid == 0)
		child(what, &f->o, ends[1]);
	close(ends[1]);
	if (pid > 0) {
		n = read(ends[0], ret, CLASS_BYTES);
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			continue;
	}
	close(ends[0]);
	if (pid > 0 && n != CLASS_BYTES) {
		memset(ret, 0, CLASS_BYTES);
		memcpy(ret, "a signal", 8);
	}
}

static bool still_fails(struct search *f, const struct schedule *what)
{
	char class[CLASS_BYTES];

	if (f->tries >= TRIES_MAX)
		return false;
	try_it(f, what, class);
	return strcmp(class, f->class) == 0;
}

static void copy(struct schedule *to, const struct schedule *from)
{
	to->seed = from->seed;
	to->nodes = from->nodes;
	to->n = 0;
	for (size_t i = 0; i < from->n; i++)
		schedule_add(to, &from->step[i]);
}

/* Without steps [from, from + n). */
static bool without(struct search *f, size_t from, size_t n)
{
	copy(&f->piece, &f->left);
	memmove(f->piece.step + from, f->piece.step + from + n,
		(f->piece.n - from - n) * sizeof(*f->piece.step));
	f->piece.n -= n;
	if (!still_fails(f, &f->piece))
		return false;
	copy(&f->left, &f->piece);
	return true;
}

/* From the end: what came after the failure goes first. True: some went. */
static bool take_away(struct search *f, size_t n)
{
	size_t before = f->left.n, end = f->left.n;

	while (end > 0) {
		size_t from = end > n ? end - n : 0;

		without(f, from, end - from);
		end = from;
	}
	return f->left.n < before;
}

static bool smaller(struct search *f, size_t i, unsigned n, unsigned us)
{
	struct step was = f->left.step[i];

	if (was.n == n && was.us == us)
		return false;
	f->left.step[i].n = n;
	f->left.step[i].us = us;
	if (still_fails(f, &f->left))
		return true;
	f->left.step[i] = was;
	return false;
}

static void make_small(struct search *f)
{
	for (size_t i = 0; i < f->left.n; i++) {
		smaller(f, i, 1, f->left.step[i].us);
		smaller(f, i, f->left.step[i].n, 0);
	}
}

static int put(const struct search *f, const char *path)
{
	FILE *out = path ? fopen(path, "w") : stdout;
	bool failed;

	if (!out) {
		fprintf(stderr, "sim: %s: %s\n", path, strerror(errno));
		return 2;
	}
	schedule_print(&f->left, out);
	failed = ferror(out);
	if (path)
		failed |= fclose(out) != 0;
	return failed ? 2 : 0;
}

/* The seed's own schedule, as far as it came; a CHECK that breaks takes it along, so it is drawn by a
 * child that runs the seed and tells each step before it does it. */
static void record(struct search *f, uint64_t seed)
{
	FILE *kept = tmpfile();
	unsigned line;
	pid_t pid;

	if (!kept)
		return;
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		struct sim *s = mem_new(struct sim);

		f->o.record = kept;
		sim_run(s, seed, &f->o);
		fflush(kept);
		_exit(0);
	}
	if (pid > 0)
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			continue;
	rewind(kept);
	schedule_read(kept, &f->left, &line);
	fclose(kept);
}

int minimise(uint64_t seed, const struct sim_opts *o, const char *path)
{
	struct search f = {.o = *o};
	size_t before;
	int ret = 1;

	f.o.trace = f.o.verbose = false;
	record(&f, seed);
	before = f.left.n;
	try_it(&f, &f.left, f.class);
	if (f.class[0]) {
		for (size_t n = (before + 1) / 2; n; n = n / 2)
			take_away(&f, n);
		make_small(&f);
		while (take_away(&f, 1) && f.tries < TRIES_MAX)
			continue;
		ret = put(&f, path);
		fprintf(stderr, "seed %llu: %s broken: %zu steps, %zu of them are enough (%u tries)\n",
			(unsigned long long)seed, f.class, before, f.left.n, f.tries);
	} else {
		fprintf(stderr, "seed %llu does not fail\n", (unsigned long long)seed);
	}
	schedule_fini(&f.left);
	schedule_fini(&f.piece);
	return ret;
}
