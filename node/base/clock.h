/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two clocks that cannot be mixed: wall time is written into entries and shown to people;
 * monotonic time runs timers and is never stored.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

/* Milliseconds since 1970-01-01T00:00:00Z. */
struct wall {
	int64_t ms;
};

/* Nanoseconds since an arbitrary start; never goes back. */
struct mono {
	int64_t ns;
};

struct wall clock_wall(void);
struct mono clock_mono(void);
/* What this thread has worked since it began; waiting does not count. */
int64_t clock_cpu_us(void);

static inline int64_t mono_us_between(struct mono from, struct mono to)
{
	return (to.ns - from.ns) / 1000;
}

static inline int64_t mono_ms_between(struct mono from, struct mono to)
{
	return (to.ns - from.ns) / 1000000;
}

static inline struct mono mono_plus_ms(struct mono t, int64_t ms)
{
	return (struct mono){t.ns + ms * 1000000};
}

#define CLOCK_TEXT_BYTES 32
/* "2026-11-22T09:24:08.123Z" into `out`; returns `out`. */
char *clock_wall_text(struct wall t, char out[CLOCK_TEXT_BYTES]);

#endif
