/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Heap memory in two grades.
 *
 * mem_* never fail: small bookkeeping whose size no stranger chooses; when the system has
 * nothing left the process stops (durability does not depend on a clean exit). Anything whose
 * size comes from outside is bounded first and allocated with malloc(), arena or buf, whose
 * failure is an ordinary IMS_E_NOMEM.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"

/* End the process with a declared code: nothing is lost, what was acknowledged is on the disk. For
 * libraries, too, that fail for no other reason. */
_Noreturn void mem_none_left(void);
/* A library's call that fails for want of memory only has succeeded; else the same end. */
void mem_must(bool done);
/* Zeroed memory; ends the process when there is none. Free with free(). */
void *mem_zalloc(size_t n_bytes);
void *mem_realloc(void *p, size_t n_bytes);
char *mem_strdup(const char *text);
/* NUL-terminated copy of a span. */
char *mem_strndup(struct bytes b);
char *mem_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void *mem_dup(const void *p, size_t n_bytes);

#define mem_new(type) ((type *)mem_zalloc(sizeof(type)))

/* malloc() and realloc(), but what is small, and so bookkeeping, is there or the process ends; what is
 * larger than MEM_SMALL_BYTES may be NULL. For libraries, whose own ways out of a failed allocation
 * crash here and there, and for arenas and buffers: want of memory is not taken for what an entry says,
 * and who wrote hears that it is done. */
#define MEM_SMALL_BYTES 16384
void *mem_try(size_t n_bytes);
void *mem_try_again(void *p, size_t n_bytes);

/* What is freed stays for what comes next, MEM_KEPT_BYTES of it at most. The C library gives it back at once
 * and takes it again, and the kernel clears each page before: a quarter of what a serving origin's loop did.
 * Once, when the process begins. */
#define MEM_KEPT_BYTES (4 << 20)
void mem_keep_freed(void);

/* Grow an array `p` of `elem` bytes an item so that at least `need` items fit; doubles. */
void *mem_grow(void *p, size_t *capacity, size_t need, size_t elem);

#endif
