/* SPDX-License-Identifier: Apache-2.0 */
/* The loop: order and completeness of posts, timers that are never early, signals, hooks. */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "loop/loop.h"

enum { THREADS = 4, POSTS = 20000, DEADLINE_MS = 10000 };

struct bench {
	struct loop *loop;
	struct loop_timer *deadline;
	int next[THREADS];
	int done;
	int count;
};

static void on_deadline(void *ctx)
{
	(void)ctx;
	fail_msg("deadline passed");
}

static int setup(void **state)
{
	static struct bench b;

	b = (struct bench){0};
	assert_int_equal(loop_new(&b.loop), 0);
	b.deadline = loop_timer_new(b.loop, on_deadline, NULL);
	loop_timer_arm_ms(b.deadline, DEADLINE_MS);
	*state = &b;
	return 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;

	loop_timer_free(b->deadline);
	loop_free(b->loop);
	return 0;
}

/* ---- posts ---- */

struct numbered {
	struct bench *b;
	int thread, number;
};

static struct numbered posts[THREADS][POSTS];

static void on_post(void *arg)
{
	struct numbered *p = arg;

	assert_int_equal(p->number, p->b->next[p->thread]);
	p->b->next[p->thread]++;
	if (++p->b->done == THREADS * POSTS)
		loop_stop(p->b->loop);
}

static void *poster(void *arg)
{
	struct numbered *first = arg;

	for (int i = 0; i < POSTS; i++)
		loop_post(first->b->loop, on_post, &first[i]);
	return NULL;
}

static void posts_of_threads_arrive_all_and_in_order(void **state)
{
	struct bench *b = *state;
	pthread_t t[THREADS];

	for (int i = 0; i < THREADS; i++) {
		for (int k = 0; k < POSTS; k++)
			posts[i][k] = (struct numbered){b, i, k};
		assert_int_equal(pthread_create(&t[i], NULL, poster, posts[i]), 0);
	}
	assert_int_equal(loop_run(b->loop), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	assert_int_equal(b->done, THREADS * POSTS);
}

static void count_up(void *arg)
{
	((struct bench *)arg)->count++;
}

static void post_again(void *arg)
{
	struct bench *b = arg;

	b->count++;
	if (b->count < 10)
		loop_post(b->loop, post_again, b);
	else
		loop_stop(b->loop);
}

static void a_post_may_post(void **state)
{
	struct bench *b = *state;

	loop_post(b->loop, post_again, b);
	assert_int_equal(loop_run(b->loop), 0);
	assert_int_equal(b->count, 10);
}

static void a_stop_before_the_run_counts_once(void **state)
{
	struct bench *b = *state;

	loop_post(b->loop, count_up, b);
	loop_stop(b->loop);
	assert_int_equal(loop_run(b->loop), 0);
	assert_int_equal(b->count, 1);
	loop_post(b->loop, post_again, b);
	assert_int_equal(loop_run(b->loop), 0);
	assert_int_equal(b->count, 10);
}

static void what_is_posted_runs_when_the_loop_is_freed(void **state)
{
	struct loop *l;
	struct bench *b = *state;

	assert_int_equal(loop_new(&l), 0);
	loop_post(l, count_up, b);
	loop_post(l, count_up, b);
	loop_free(l);
	assert_int_equal(b->count, 2);
	loop_free(NULL);
}

static void settling_runs_what_posts_post(void **state)
{
	struct bench *b = *state;

	b->count = 5;
	loop_post(b->loop, post_again, b);
	loop_settle(b->loop);
	assert_int_equal(b->count, 10);
	loop_settle(b->loop);
	assert_int_equal(b->count, 10);
}

static void hooks_left_are_called_when_the_loop_is_freed(void **state)
{
	struct bench *b = *state;
	struct loop_hook kept = {0}, removed = {0};
	struct loop *l;

	assert_int_equal(loop_new(&l), 0);
	loop_hook_add(l, &removed, count_up, b);
	loop_hook_add(l, &kept, count_up, b);
	loop_hook_remove(&removed);
	loop_hook_remove(&removed);
	loop_free(l);
	assert_int_equal(b->count, 1);
	loop_hook_remove(&kept);
}

/* ---- timers ---- */

struct timed {
	struct bench *b;
	struct loop_timer *t;
	struct mono armed;
	int64_t delay_ms;
};

static void on_timed(void *ctx)
{
	struct timed *x = ctx;

	assert_false(loop_timer_is_armed(x->t));
	assert_true(loop_now(x->b->loop).ns - x->armed.ns >= x->delay_ms * 1000000);
	x->b->count++;
	loop_timer_free(x->t);
	if (x->b->count == 20)
		loop_stop(x->b->loop);
}

static void timers_are_never_early_and_may_free_themselves(void **state)
{
	struct bench *b = *state;
	struct timed x[20];

	for (int i = 0; i < 20; i++) {
		x[i] = (struct timed){.b = b, .delay_ms = (i * 7) % 20 - 1};
		x[i].t = loop_timer_new(b->loop, on_timed, &x[i]);
		assert_false(loop_timer_is_armed(x[i].t));
		x[i].armed = loop_now(b->loop);
		loop_timer_arm_ms(x[i].t, x[i].delay_ms);
		assert_true(loop_timer_is_armed(x[i].t));
	}
	assert_int_equal(loop_run(b->loop), 0);
	assert_int_equal(b->count, 20);
}

static void stop_it(void *ctx)
{
	loop_stop(((struct bench *)ctx)->loop);
}

static void a_timer_moves_and_is_disarmed(void **state)
{
	struct bench *b = *state;
	struct loop_timer *moved = loop_timer_new(b->loop, stop_it, b);
	struct loop_timer *off = loop_timer_new(b->loop, on_deadline, NULL);

	loop_timer_arm_ms(moved, DEADLINE_MS);
	loop_timer_arm_ms(moved, 5);
	loop_timer_arm_ms(off, 1);
	loop_timer_disarm(off);
	assert_false(loop_timer_is_armed(off));
	assert_int_equal(loop_run(b->loop), 0);
	loop_timer_free(moved);
	loop_timer_free(off);
	loop_timer_free(NULL);
}

static void check_now(void *ctx)
{
	struct bench *b = ctx;
	struct mono first = loop_now(b->loop), spin = clock_mono();

	while (clock_mono().ns - spin.ns < 200000)
		;
	assert_true(loop_now(b->loop).ns == first.ns);
	assert_true(first.ns <= clock_mono().ns);
	loop_stop(b->loop);
}

static void time_stands_still_within_a_turn(void **state)
{
	struct bench *b = *state;
	struct mono before = loop_now(b->loop);

	loop_post(b->loop, check_now, b);
	assert_int_equal(loop_run(b->loop), 0);
	assert_true(loop_now(b->loop).ns >= before.ns);
}

/* ---- descriptors and signals ---- */

struct piped {
	struct bench *b;
	struct loop_fd *f;
	int fd[2];
};

static void on_readable(void *ctx)
{
	struct piped *p = ctx;
	char c;

	assert_int_equal(read(p->fd[0], &c, 1), 1);
	if (++p->b->count == 3) {
		loop_fd_free(p->f);
		loop_stop(p->b->loop);
	}
}

static void readiness_is_told_until_all_is_read(void **state)
{
	struct bench *b = *state;
	struct piped p = {.b = b};

	assert_int_equal(pipe(p.fd), 0);
	assert_int_equal(write(p.fd[1], "abc", 3), 3);
	p.f = loop_fd_new(b->loop, p.fd[0], on_readable, &p);
	assert_int_equal(loop_run(b->loop), 0);
	assert_int_equal(b->count, 3);
	loop_fd_free(NULL);
	close(p.fd[0]);
	close(p.fd[1]);
}

static void raise_it(void *arg)
{
	(void)arg;
	raise(SIGUSR1);
}

static void signals_stop_the_loop(void **state)
{
	struct bench *b = *state;
	struct loop_signal *s = loop_signal_new(b->loop, SIGUSR1, stop_it, b);

	loop_post(b->loop, raise_it, NULL);
	assert_int_equal(loop_run(b->loop), 0);
	loop_signal_free(s);
	loop_signal_free(NULL);
}

static void a_broken_pipe_does_not_kill(void **state)
{
	int fd[2];

	(void)state;
	assert_int_equal(pipe(fd), 0);
	close(fd[0]);
	assert_int_equal(write(fd[1], "x", 1), -1);
	close(fd[1]);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(posts_of_threads_arrive_all_and_in_order),
		T(a_post_may_post),
		T(a_stop_before_the_run_counts_once),
		T(what_is_posted_runs_when_the_loop_is_freed),
		T(settling_runs_what_posts_post),
		T(hooks_left_are_called_when_the_loop_is_freed),
		T(timers_are_never_early_and_may_free_themselves),
		T(a_timer_moves_and_is_disarmed),
		T(time_stands_still_within_a_turn),
		T(readiness_is_told_until_all_is_read),
		T(signals_stop_the_loop),
		T(a_broken_pipe_does_not_kill),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
