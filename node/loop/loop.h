/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The event loop: timers, signals, file descriptors, work posted from other threads.
 * loop_libevent.c implements it. Everything but loop_post() and loop_stop() belongs to the
 * loop's own thread. Callbacks run one after the other and must not block.
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

IMS_MUST_CHECK int loop_new(struct loop **ret);
void loop_free(struct loop *l);
/* Run until loop_stop(). */
int loop_run(struct loop *l);
/* Any thread, and signal callbacks. */
void loop_stop(struct loop *l);
/* Time cached at the start of this turn. */
struct mono loop_now(struct loop *l);

/* One-shot; created disarmed. Re-arming moves it. */
struct loop_timer *loop_timer_new(struct loop *l, void (*fn)(void *ctx), void *ctx);
void loop_timer_free(struct loop_timer *t);
void loop_timer_arm_ms(struct loop_timer *t, int64_t delay_ms);
void loop_timer_disarm(struct loop_timer *t);
bool loop_timer_is_armed(const struct loop_timer *t);

/* Level-triggered readiness for reading of a descriptor that the caller owns and closes. */
struct loop_fd *loop_fd_new(struct loop *l, int fd, void (*fn)(void *ctx), void *ctx);
void loop_fd_free(struct loop_fd *f);

struct loop_signal *loop_signal_new(struct loop *l, int signo, void (*fn)(void *ctx), void *ctx);
void loop_signal_free(struct loop_signal *s);

/* Any thread: run fn(arg) on the loop's thread, in the order of posting. Unbounded by itself:
 * callers bound what they have in flight. Posts still queued when the loop is freed are run. */
void loop_post(struct loop *l, void (*fn)(void *arg), void *arg);

/* Raw handle for net/ (struct event_base *). */
void *loop_raw(struct loop *l);

#endif
