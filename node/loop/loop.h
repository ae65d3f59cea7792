/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The event loop: timers, signals, file descriptors, work posted from other threads.
 * loop_libevent.c implements it. Everything but loop_post() and loop_stop() belongs to the
 * loop's own thread. Callbacks run one after the other and must not block; they may free the
 * very object that calls them.
 *
 * Objects are freed by their owners before the loop is. Those that nobody owns any more (a
 * connection that only flushes its last bytes) hang on a loop_hook, which loop_free() calls.
 */
#ifndef LOOP_LOOP_H
#define LOOP_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "ims/err.h"

struct loop;
struct loop_timer;
struct loop_fd;
struct loop_signal;

/* Also makes the process ignore SIGPIPE: a peer that goes away during a write must cost a
 * connection, not the node. Errors: IMS_E_NOMEM, IMS_E_IO (no descriptors). */
IMS_MUST_CHECK int loop_new(struct loop **ret);
/* NULL is allowed. Runs what is still posted, then the hooks. Not inside loop_run(). */
void loop_free(struct loop *l);
/* Run until loop_stop(); a stop asked for before counts. 0 or IMS_E_IO. May be called again. */
int loop_run(struct loop *l);
/* Any thread, and signal callbacks. What was posted before is run first. */
void loop_stop(struct loop *l);
/* Time of this turn: read when first asked for, the same until the next turn. */
struct mono loop_now(struct loop *l);

/* One-shot; created disarmed. Re-arming moves it. Never fires before loop_now() is at least
 * delay_ms after loop_now() at the time of arming; a negative delay counts as 0. */
struct loop_timer *loop_timer_new(struct loop *l, void (*fn)(void *ctx), void *ctx);
void loop_timer_free(struct loop_timer *t);
void loop_timer_arm_ms(struct loop_timer *t, int64_t delay_ms);
void loop_timer_disarm(struct loop_timer *t);
bool loop_timer_is_armed(const struct loop_timer *t);

/* Level-triggered readiness for reading of a descriptor that the caller owns and closes. */
struct loop_fd *loop_fd_new(struct loop *l, int fd, void (*fn)(void *ctx), void *ctx);
void loop_fd_free(struct loop_fd *f);

/* Signals are delivered as callbacks on the loop's thread; one loop of a process may have them. */
struct loop_signal *loop_signal_new(struct loop *l, int signo, void (*fn)(void *ctx), void *ctx);
void loop_signal_free(struct loop_signal *s);

/* Any thread: run fn(arg) on the loop's thread, in the order of posting. Unbounded by itself:
 * callers bound what they have in flight. Posts still queued when the loop is freed are run. */
void loop_post(struct loop *l, void (*fn)(void *arg), void *arg);
/* Run what is posted, and what that posts, now: for an owner that ends with the loop, and whose
 * posts must not find it gone. Not from within a callback. */
void loop_settle(struct loop *l);

/* Called by loop_free() if still there; fn frees arg. Embedded in the object; added and removed
 * by its owner, removed by the loop just before it is called. */
struct loop_hook {
	void (*fn)(void *arg);
	void *arg;
	struct loop_hook *next, **link;
};
void loop_hook_add(struct loop *l, struct loop_hook *h, void (*fn)(void *arg), void *arg);
/* Does nothing when it is not added (all zero). */
void loop_hook_remove(struct loop_hook *h);

/* Raw handle for net/ (struct event_base *). */
void *loop_raw(struct loop *l);

#endif
