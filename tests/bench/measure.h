/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the programs of the benchmark share: ending with a message, numbers of the command line,
 * latencies and their quantiles. One thread. Results go to standard output, a JSON object a line.
 */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"

/* A failed operation ends the run: a rate with errors in it is none. */
static inline _Noreturn void __attribute__((format(printf, 1, 2))) die(const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	fputs("bench: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(1);
}

static inline uint64_t number(const char *what, const char *text)
{
	uint64_t v;

	if (!dec_get_u64(bytes_of(text), &v))
		die("%s: '%s' is not a number", what, text);
	return v;
}

static inline double seconds_between(struct mono from, struct mono to)
{
	return (double)(to.ns - from.ns) / 1e9;
}

/* xorshift64*: fast, seeded, good enough to choose records. */
static inline uint64_t chance(uint64_t *state)
{
	uint64_t x = *state ? *state : 0x9e3779b97f4a7c15u;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	*state = x;
	return x * 0x2545f4914f6cdd1du;
}

struct latencies {
	double *ms;
	size_t n, capacity;
};

static inline void latency_add(struct latencies *l, double ms)
{
	l->ms = mem_grow(l->ms, &l->capacity, l->n + 1, sizeof(*l->ms));
	l->ms[l->n++] = ms;
}

static inline int latency_order(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* The object's rest: count, seconds, rate, quantiles; frees the latencies. */
static inline void latency_report(struct latencies *l, size_t n, double seconds)
{
	printf("{\"n\": %zu, \"seconds\": %.6f, \"rate\": %.3f", n, seconds, (double)n / seconds);
	if (l->n) {
		qsort(l->ms, l->n, sizeof(*l->ms), latency_order);
		printf(", \"p50_ms\": %.4f, \"p99_ms\": %.4f, \"max_ms\": %.4f", l->ms[l->n / 2],
		       l->ms[l->n * 99 / 100], l->ms[l->n - 1]);
	}
	puts("}");
	free(l->ms);
	*l = (struct latencies){0};
}

#endif
