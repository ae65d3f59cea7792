/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loop over libevent. The base is created without libevent's locks: what other threads may
 * do is append to one queue under our mutex and ring an eventfd, which the loop watches. Its change
 * list (EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST) stays off: a descriptor that is closed and given out
 * again within a turn is not waited for.
 */
#include "loop/loop.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/time.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/check.h"
#include "base/mem.h"

#define LOOP_MAGIC 0x6c6f6f70u
#define TIMER_MAGIC 0x74696d65u
#define FD_MAGIC 0x66646664u
#define SIGNAL_MAGIC 0x7369676eu

struct post {
	struct post *next;
	void (*fn)(void *arg);
	void *arg;
};

struct loop {
	unsigned magic;
	struct event_base *base;
	int wake_fd;
	struct event *wake;
	atomic_bool stopping;
	bool running;
	struct loop_hook *hooks;

	/* loop_now(): the turn is told by libevent's cached time of day */
	struct timeval turn;
	struct mono now;

	pthread_mutex_t lock;
	struct post *first, **last; /* under lock */
};

struct loop_timer {
	unsigned magic;
	struct loop *loop;
	struct event *ev;
	struct mono due;
	void (*fn)(void *ctx);
	void *ctx;
};

struct loop_fd {
	unsigned magic;
	struct event *ev;
	void (*fn)(void *ctx);
	void *ctx;
};

struct loop_signal {
	unsigned magic;
	struct event *ev;
	void (*fn)(void *ctx);
	void *ctx;
};

/* ---- posts -------------------------------------------------------------------------------- */

static void ring(struct loop *l)
{
	uint64_t one = 1;
	ssize_t n;

	do
		n = write(l->wake_fd, &one, sizeof(one));
	while (n < 0 && errno == EINTR);
	/* EAGAIN would mean a counter of 2^64-2: it rings anyway */
	CHECK(n == sizeof(one) || errno == EAGAIN);
}

/* Run what is queued now; what that posts in turn waits for the next call. */
static bool run_posts(struct loop *l)
{
	struct post *p, *next;

	pthread_mutex_lock(&l->lock);
	p = l->first;
	l->first = NULL;
	l->last = &l->first;
	pthread_mutex_unlock(&l->lock);
	if (!p)
		return false;
	for (; p; p = next) {
		next = p->next;
		p->fn(p->arg);
		free(p);
	}
	return true;
}

static void on_wake(evutil_socket_t fd, short what, void *arg)
{
	struct loop *l = arg;
	uint64_t count;

	(void)what;
	OBJ_CHECK(l, LOOP_MAGIC);
	/* Empty the counter before the queue, or a post between the two would never ring. */
	if (read(fd, &count, sizeof(count)) < 0)
		CHECK(errno == EAGAIN || errno == EINTR);
	run_posts(l);
	if (atomic_exchange(&l->stopping, false))
		event_base_loopbreak(l->base);
}

void loop_post(struct loop *l, void (*fn)(void *arg), void *arg)
{
	struct post *p = mem_new(struct post);
	bool was_empty;

	OBJ_CHECK(l, LOOP_MAGIC);
	p->fn = fn;
	p->arg = arg;
	pthread_mutex_lock(&l->lock);
	was_empty = l->first == NULL;
	*l->last = p;
	l->last = &p->next;
	pthread_mutex_unlock(&l->lock);
	if (was_empty)
		ring(l);
}

void loop_settle(struct loop *l)
{
	OBJ_CHECK(l, LOOP_MAGIC);
	while (run_posts(l))
		;
}

/* ---- the loop ----------------------------------------------------------------------------- */

int loop_new(struct loop **ret)
{
	struct loop *l = mem_new(struct loop);

	signal(SIGPIPE, SIG_IGN);
	l->magic = LOOP_MAGIC;
	l->last = &l->first;
	pthread_mutex_init(&l->lock, NULL);
	l->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	/* 2.1 crashes on some ways out of a failed allocation */
	event_set_mem_functions(mem_try, mem_try_again, free);
	l->base = event_base_new();
	if (l->base && l->wake_fd >= 0)
		l->wake = event_new(l->base, l->wake_fd, EV_READ | EV_PERSIST, on_wake, l);
	if (!l->wake || event_add(l->wake, NULL) != 0) {
		loop_free(l);
		return IMS_E_IO;
	}
	*ret = l;
	return 0;
}

void loop_free(struct loop *l)
{
	if (!l)
		return;
	OBJ_CHECK(l, LOOP_MAGIC);
	CHECK(!l->running);
	while (run_posts(l) || l->hooks) {
		struct loop_hook *h = l->hooks;

		if (h) {
			loop_hook_remove(h);
			h->fn(h->arg);
		}
	}
	if (l->wake)
		event_free(l->wake);
	/* libevent frees a bufferevent in the turn after; give it that turn */
	if (l->base)
		event_base_loop(l->base, EVLOOP_NONBLOCK);
	if (l->base)
		event_base_free(l->base);
	if (l->wake_fd >= 0)
		close(l->wake_fd);
	pthread_mutex_destroy(&l->lock);
	l->magic = 0;
	free(l);
}

int loop_run(struct loop *l)
{
	int r;

	OBJ_CHECK(l, LOOP_MAGIC);
	CHECK(!l->running);
	l->running = true;
	r = event_base_dispatch(l->base);
	l->running = false;
	return r < 0 ? IMS_E_IO : 0;
}

void loop_stop(struct loop *l)
{
	OBJ_CHECK(l, LOOP_MAGIC);
	atomic_store(&l->stopping, true);
	ring(l);
}

struct mono loop_now(struct loop *l)
{
	struct timeval turn;

	OBJ_CHECK(l, LOOP_MAGIC);
	/* Inside a turn libevent answers from its cache, so an equal answer is the same turn. */
	event_base_gettimeofday_cached(l->base, &turn);
	if (evutil_timercmp(&turn, &l->turn, !=) || l->now.ns == 0) {
		l->turn = turn;
		l->now = clock_mono();
	}
	return l->now;
}

void *loop_raw(struct loop *l)
{
	OBJ_CHECK(l, LOOP_MAGIC);
	return l->base;
}

void loop_hook_add(struct loop *l, struct loop_hook *h, void (*fn)(void *arg), void *arg)
{
	OBJ_CHECK(l, LOOP_MAGIC);
	CHECK(h->link == NULL);
	*h = (struct loop_hook){fn, arg, l->hooks, &l->hooks};
	if (h->next)
		h->next->link = &h->next;
	l->hooks = h;
}

void loop_hook_remove(struct loop_hook *h)
{
	if (!h->link)
		return;
	*h->link = h->next;
	if (h->next)
		h->next->link = h->link;
	h->next = NULL;
	h->link = NULL;
}

/* ---- timers ------------------------------------------------------------------------------- */

/* Microseconds, rounded up, of a delay that is not negative. */
static void add_delay(struct loop_timer *t, int64_t delay_ns)
{
	int64_t us = (delay_ns + 999) / 1000;
	struct timeval tv = {us / 1000000, us % 1000000};

	mem_must(event_add(t->ev, &tv) == 0);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct loop_timer *t = arg;
	int64_t early_ns;

	(void)fd;
	(void)what;
	OBJ_CHECK(t, TIMER_MAGIC);
	/* libevent's clock is coarse (some 4 ms): it may be early, never by much */
	early_ns = t->due.ns - loop_now(t->loop).ns;
	if (early_ns > 0)
		add_delay(t, early_ns);
	else
		t->fn(t->ctx);
}

struct loop_timer *loop_timer_new(struct loop *l, void (*fn)(void *ctx), void *ctx)
{
	struct loop_timer *t = mem_new(struct loop_timer);

	OBJ_CHECK(l, LOOP_MAGIC);
	*t = (struct loop_timer){.magic = TIMER_MAGIC, .loop = l, .fn = fn, .ctx = ctx};
	t->ev = evtimer_new(l->base, on_timer, t);
	mem_must(t->ev != NULL);
	return t;
}

void loop_timer_free(struct loop_timer *t)
{
	if (!t)
		return;
	OBJ_CHECK(t, TIMER_MAGIC);
	event_free(t->ev);
	t->magic = 0;
	free(t);
}

void loop_timer_arm_ms(struct loop_timer *t, int64_t delay_ms)
{
	OBJ_CHECK(t, TIMER_MAGIC);
	if (delay_ms < 0)
		delay_ms = 0;
	t->due = mono_plus_ms(loop_now(t->loop), delay_ms);
	add_delay(t, delay_ms * 1000000);
}

void loop_timer_disarm(struct loop_timer *t)
{
	OBJ_CHECK(t, TIMER_MAGIC);
	event_del(t->ev);
}

bool loop_timer_is_armed(const struct loop_timer *t)
{
	OBJ_CHECK(t, TIMER_MAGIC);
	return event_pending(t->ev, EV_TIMEOUT, NULL) != 0;
}

/* ---- descriptors and signals -------------------------------------------------------------- */

static void on_fd(evutil_socket_t fd, short what, void *arg)
{
	struct loop_fd *f = arg;

	(void)fd;
	(void)what;
	OBJ_CHECK(f, FD_MAGIC);
	f->fn(f->ctx);
}

struct loop_fd *loop_fd_new(struct loop *l, int fd, void (*fn)(void *ctx), void *ctx)
{
	struct loop_fd *f = mem_new(struct loop_fd);

	OBJ_CHECK(l, LOOP_MAGIC);
	*f = (struct loop_fd){.magic = FD_MAGIC, .fn = fn, .ctx = ctx};
	f->ev = event_new(l->base, fd, EV_READ | EV_PERSIST, on_fd, f);
	mem_must(f->ev != NULL && event_add(f->ev, NULL) == 0);
	return f;
}

void loop_fd_free(struct loop_fd *f)
{
	if (!f)
		return;
	OBJ_CHECK(f, FD_MAGIC);
	event_free(f->ev);
	f->magic = 0;
	free(f);
}

static void on_signal(evutil_socket_t signo, short what, void *arg)
{
	struct loop_signal *s = arg;

	(void)signo;
	(void)what;
	OBJ_CHECK(s, SIGNAL_MAGIC);
	s->fn(s->ctx);
}

struct loop_signal *loop_signal_new(struct loop *l, int signo, void (*fn)(void *ctx), void *ctx)
{
	struct loop_signal *s = mem_new(struct loop_signal);

	OBJ_CHECK(l, LOOP_MAGIC);
	*s = (struct loop_signal){.magic = SIGNAL_MAGIC, .fn = fn, .ctx = ctx};
	s->ev = evsignal_new(l->base, signo, on_signal, s);
	mem_must(s->ev != NULL && evsignal_add(s->ev, NULL) == 0);
	return s;
}

void loop_signal_free(struct loop_signal *s)
{
	if (!s)
		return;
	OBJ_CHECK(s, SIGNAL_MAGIC);
	event_free(s->ev);
	s->magic = 0;
	free(s);
}
