/* SPDX-License-Identifier: Apache-2.0 */
/*
 * powerloss --seeds A..B [--states N] [--steps K]
 * powerloss --replay SEED:STATE [--steps K]
 *
 * Each seed is a node's life of K turns on recorded files (story.h). Each state of it is a loss of
 * power between two calls that changed a file, with an outcome that the disk's model allows
 * (disk.h), and half of them a second loss during the start after it; then the node is started on
 * the files that are left, and judged (verdict.h), in a process of its own. Everything follows from
 * the two numbers of a state and K. Exit 1 if any state is bad.
 */
#include "powerloss/verdict.h"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#define STATE_S 30	/* then a state hangs */
#define SHOWN_MAX 20	/* bad states that are told */

struct args {
	unsigned long from, to, states, steps, only; /* only: a single state, 0: all */
};

struct state {
	unsigned long number;
	size_t cut; /* operations that happened */
	struct rng rng;
};

static struct {
	unsigned long states, bad;
} total;

/* ---- one state, in a child */

/* The second loss: at a moment of the start that followed the first one. */
static int lose_again(struct story *s, struct disk *d, struct state *st, struct buf *wrong)
{
	int err = story_go_on(s, st->cut, &d->names);

	if (err) {
		buf_printf(wrong, "does not go on: %s: %s\n", ims_strerror(err), s->node->why.text);
		return err;
	}
	st->cut = rng_below(&st->rng, (unsigned)s->calls.n + 1);
	for (size_t i = 0; i < st->cut; i++)
		disk_apply(d, &s->calls.ops[i]);
	disk_crash(d, &st->rng);
	disk_write_out(d, s->node->dir);
	return 0;
}

static void judge(struct story *s, struct disk *d, struct state *st, const char *name)
{
	struct buf wrong = {0};
	int err = 0;

	alarm(STATE_S);
	rng_init(&s->rng, rng_next(&st->rng));
	disk_crash(d, &st->rng);
	disk_write_out(d, s->node->dir);
	if (rng_percent(&st->rng, 50))
		err = lose_again(s, d, st, &wrong);
	if (!err)
		verdict_of(s, st->cut, &wrong);
	if (wrong.n && total.bad < SHOWN_MAX)
		printf("%s BAD\n%s", name, buf_text(&wrong));
	fflush(stdout);
	_exit(wrong.n ? 1 : 0);
}

static void run_state(struct story *s, struct disk *d, struct state *st, unsigned long seed)
{
	char name[96];
	int status;
	pid_t pid;

	snprintf(name, sizeof(name), "state %lu:%lu, after %zu of %zu calls:", seed, st->number, st->cut,
		 s->calls.n);
	fflush(stdout);
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0)
		judge(s, d, st, name);
	CHECK(waitpid(pid, &status, 0) == pid);
	total.states++;
	if (status == 0)
		return;
	total.bad++;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 1)
		printf("%s BAD\ndied: %s %d\n", name, WIFSIGNALED(status) ? "signal" : "exit",
		       WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
}

/* ---- the states of a seed */

static int by_cut(const void *a, const void *b)
{
	const struct state *x = a, *y = b;

	if (x->cut != y->cut)
		return x->cut < y->cut ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

/* Moments at which a loss has more than one outcome. */
static size_t *find_moments(const struct story *s, size_t *ret_n)
{
	size_t *moments = mem_zalloc((s->calls.n + 1) * sizeof(*moments)), n = 0;
	struct disk d;

	disk_init(&d);
	for (size_t i = 0; i < s->calls.n; i++) {
		disk_apply(&d, &s->calls.ops[i]);
		if (disk_is_unsure(&d))
			moments[n++] = i + 1;
	}
	disk_fini(&d);
	CHECK(n > 0);
	*ret_n = n;
	return moments;
}

static struct state *choose_states(const struct story *s, const struct args *a, unsigned long seed)
{
	struct state *states = mem_zalloc(a->states * sizeof(*states));
	size_t n, *moments = find_moments(s, &n);

	for (unsigned long i = 0; i < a->states; i++) {
		struct state *st = &states[i];

		st->number = a->only ? a->only : i + 1;
		rng_init(&st->rng, seed << 32 | st->number);
		st->cut = moments[rng_below(&st->rng, (unsigned)n)];
	}
	free(moments);
	qsort(states, a->states, sizeof(*states), by_cut);
	return states;
}

static void run_seed(const struct args *a, unsigned long seed)
{
	struct story *s = story_new(seed);
	struct state *states;
	struct disk d;
	size_t done = 0;

	story_tell(s, (unsigned)a->steps);
	states = choose_states(s, a, seed);
	disk_init(&d);
	for (unsigned long i = 0; i < a->states; i++) {
		for (; done < states[i].cut; done++)
			disk_apply(&d, &s->calls.ops[done]);
		run_state(s, &d, &states[i], seed);
	}
	disk_fini(&d);
	free(states);
	story_free(s);
}

/* ---- the program */

static bool two_numbers(const char *text, const char *between, unsigned long *a, unsigned long *b)
{
	char *end;

	*a = strtoul(text, &end, 10);
	if (end == text || strncmp(end, between, strlen(between)) != 0)
		return false;
	text = end + strlen(between);
	*b = strtoul(text, &end, 10);
	return end != text && !*end;
}

static bool args_parse(int argc, char **argv, struct args *a)
{
	*a = (struct args){.states = 100, .steps = 60};
	for (int i = 1; i + 1 < argc; i += 2) {
		if (strcmp(argv[i], "--seeds") == 0 && two_numbers(argv[i + 1], "..", &a->from, &a->to))
			continue;
		if (strcmp(argv[i], "--replay") == 0 && two_numbers(argv[i + 1], ":", &a->from, &a->only)) {
			a->to = a->from;
			continue;
		}
		if (strcmp(argv[i], "--states") == 0)
			a->states = strtoul(argv[i + 1], NULL, 10);
		else if (strcmp(argv[i], "--steps") == 0)
			a->steps = strtoul(argv[i + 1], NULL, 10);
		else
			return false;
	}
	if (a->only)
		a->states = 1;
	return argc % 2 == 1 && a->from > 0 && a->from <= a->to && a->states > 0;
}

static double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	double began = now_s(), took;
	struct args a;

	if (!args_parse(argc, argv, &a)) {
		fputs("usage: powerloss --seeds A..B [--states N] | --replay SEED:STATE  [--steps K]\n", stderr);
		return 2;
	}
	for (unsigned long seed = a.from; seed <= a.to; seed++)
		run_seed(&a, seed);
	took = now_s() - began;
	printf("%lu states of %lu lives, %lu bad, %.0f states/s\n", total.states, a.to - a.from + 1, total.bad,
	       (double)total.states / took);
	return total.bad ? 1 : 0;
}
