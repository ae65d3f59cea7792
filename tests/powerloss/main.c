/* SPDX-License-Identifier: Apache-2.0 */
/*
 * powerloss --seeds A..B [--states N] [--steps K]
 * powerloss --replay SEED:STATE [--steps K]
 *
 * Each seed is a node's life of K turns on recorded files (story.h). Each state of it is a loss of
 * power between two calls that changed a file, with an outcome that the disk's model allows
 * (disk.h), half of them while the node comes back (back.h), and half with a second loss during the
 * start after it; then the node is started on the files that are left, and judged (verdict.h), in a
 * process of its own. Everything follows from the two numbers of a state and K. Exit 1 if any is bad.
 */
#include "powerloss/verdict.h"

#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>

#define STATE_S 30   /* then a state hangs */
#define SHOWN_MAX 20 /* bad states that are told */

struct args {
	unsigned long from, to, states, steps, only; /* only: a single state, 0: all */
};

struct state {
	unsigned long number;
	size_t cut; /* operations that happened */
	struct rng rng;
};

/* What the children of a seed share: its story, what they found, which state is at hand. */
struct life {
	unsigned long seed, n_states;
	struct story *story;
	struct story_end *end;
	struct state *states;
	volatile unsigned long *at; /* in memory that they write and the parent reads */
};

static struct {
	unsigned long states, back, bad; /* back: within coming back */
} total;

/* ---- one state */

/* The second loss: at a moment of the start that followed the first one. */
static void lose_again(struct story *s, struct disk *d, struct state *st, struct buf *wrong)
{
	struct recording calls;
	struct disk after;
	int err = story_go_on(s, st->cut, &d->names, &calls);

	if (err) {
		buf_printf(wrong, "does not go on: %s: %s\n", ims_strerror(err), s->node->why.text);
		return;
	}
	disk_init(&after);
	st->cut = rng_below(&st->rng, (unsigned)calls.n + 1);
	for (size_t i = 0; i < st->cut; i++)
		disk_apply(d, &calls.ops[i]);
	disk_crash(d, &st->rng, &after);
	disk_write_out(&after, s->node->dir);
	disk_fini(&after);
	record_fini(&calls);
}

static void judge(struct life *l, const struct disk *d, struct disk *after, struct state *st)
{
	struct story *s = l->story;
	size_t cut = st->cut;
	struct buf wrong = {0};

	alarm(STATE_S);
	story_back_to(s, l->end, rng_next(&st->rng));
	disk_crash(d, &st->rng, after);
	disk_write_out(after, s->node->dir);
	if (rng_percent(&st->rng, 50))
		lose_again(s, after, st, &wrong);
	if (!wrong.n)
		verdict_of(s, st->cut, &wrong);
	if (!wrong.n)
		return;
	if (total.bad < SHOWN_MAX)
		printf("state %lu:%lu, after %zu of %zu calls: BAD\n%s", l->seed, st->number, cut, s->calls.n,
		       buf_text(&wrong));
	fflush(stdout);
	_exit(1); /* with whatever it left open */
}

/* ---- a child: states from `first` on, up to a bad one */

static void work(struct life *l, unsigned long first)
{
	struct disk d, after;
	size_t done = 0;

	disk_init(&d);
	disk_init(&after);
	for (unsigned long i = first; i < l->n_states; i++) {
		*l->at = i;
		for (; done < l->states[i].cut; done++)
			disk_apply(&d, &l->story->calls.ops[done]);
		judge(l, &d, &after, &l->states[i]);
	}
	_exit(0);
}

/* The state from which to go on. */
static unsigned long run_child(struct life *l, unsigned long first)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0)
		work(l, first);
	CHECK(waitpid(pid, &status, 0) == pid);
	if (status == 0)
		return l->n_states;
	total.bad++;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 1)
		printf("state %lu:%lu: BAD\ndied: %s %d\n", l->seed, l->states[*l->at].number,
		       WIFSIGNALED(status) ? "signal" : "exit",
		       WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	return *l->at + 1;
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

/* Of every two states one is in the middle of coming back, where the life has that. */
static size_t choose_cut(const struct story *s, struct state *st, const size_t *moments, size_t n)
{
	size_t from = 0, to = n;

	if (s->back.signed_size && st->number % 2) {
		while (from < n && moments[from] < s->back.began)
			from++;
		while (to > from && moments[to - 1] >= s->back.ended)
			to--;
	}
	if (from == to)
		return moments[rng_below(&st->rng, (unsigned)n)];
	return moments[from + rng_below(&st->rng, (unsigned)(to - from))];
}

static struct state *choose_states(const struct story *s, const struct args *a, unsigned long seed)
{
	struct state *states = mem_zalloc(a->states * sizeof(*states));
	size_t n, *moments = find_moments(s, &n);

	for (unsigned long i = 0; i < a->states; i++) {
		struct state *st = &states[i];

		st->number = a->only ? a->only : i + 1;
		rng_init(&st->rng, seed << 32 | st->number);
		st->cut = choose_cut(s, st, moments, n);
		total.back += s->back.signed_size && s->back.began <= st->cut && st->cut < s->back.ended;
	}
	free(moments);
	qsort(states, a->states, sizeof(*states), by_cut);
	return states;
}

static void run_seed(const struct args *a, unsigned long seed)
{
	struct life l = {.seed = seed, .n_states = a->states, .story = story_new(seed)};

	story_tell(l.story, (unsigned)a->steps);
	l.end = story_end_of(l.story);
	l.states = choose_states(l.story, a, seed);
	l.at = mmap(NULL, sizeof(*l.at), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(l.at != MAP_FAILED);
	for (unsigned long i = 0; i < l.n_states;)
		i = run_child(&l, i);
	total.states += l.n_states;
	munmap((void *)(uintptr_t)l.at, sizeof(*l.at));
	free(l.states);
	story_end_free(l.end);
	story_free(l.story);
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
	*a = (struct args){.states = 100, .steps = 80};
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

	if (access("/dev/shm", W_OK) == 0)
		setenv("TMPDIR", "/dev/shm", 1); /* what is never on a disk costs none */
	if (!args_parse(argc, argv, &a)) {
		fputs("usage: powerloss --seeds A..B [--states N] | --replay SEED:STATE  [--steps K]\n",
		      stderr);
		return 2;
	}
	for (unsigned long seed = a.from; seed <= a.to; seed++)
		run_seed(&a, seed);
	took = now_s() - began;
	printf("%lu states of %lu lives, %lu while the node comes back, %lu bad, %.0f states/s\n", total.states,
	       a.to - a.from + 1, total.back, total.bad, (double)total.states / took);
	return total.bad ? 1 : 0;
}
