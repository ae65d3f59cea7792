/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"

#include <malloc.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/say.h"
#include "ims/err.h"

void mem_none_left(void)
{
	say(SAY_ERROR, "memory", "out of memory; stopping");
	_exit(ims_error(IMS_E_NOMEM)->exit_code);
}

void mem_must(bool done)
{
	if (!done)
		mem_none_left();
}

static void *must_have(void *p)
{
	mem_must(p != NULL);
	return p;
}

void *mem_zalloc(size_t n_bytes)
{
	return must_have(calloc(1, n_bytes ? n_bytes : 1));
}

void *mem_realloc(void *p, size_t n_bytes)
{
	return must_have(realloc(p, n_bytes ? n_bytes : 1));
}

char *mem_strdup(const char *text)
{
	return mem_strndup(bytes_of(text));
}

char *mem_strndup(struct bytes b)
{
	char *s = mem_zalloc(b.n + 1);

	if (b.n)
		memcpy(s, b.p, b.n);
	return s;
}

char *mem_printf(const char *fmt, ...)
{
	va_list ap;
	char *s = NULL;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&s, fmt, ap);
	va_end(ap);
	return must_have(n < 0 ? NULL : s);
}

void *mem_dup(const void *p, size_t n_bytes)
{
	void *q = mem_zalloc(n_bytes);

	if (n_bytes)
		memcpy(q, p, n_bytes);
	return q;
}

void *mem_try(size_t n_bytes)
{
	return mem_try_again(NULL, n_bytes ? n_bytes : 1);
}

void *mem_try_again(void *p, size_t n_bytes)
{
	void *q = realloc(p, n_bytes);

	mem_must(q || n_bytes == 0 || n_bytes > MEM_SMALL_BYTES);
	return q;
}

void mem_keep_freed(void)
{
	(void)mallopt(M_TRIM_THRESHOLD, MEM_KEPT_BYTES);
	(void)mallopt(M_MMAP_THRESHOLD, MEM_KEPT_BYTES / 4); /* most frames are no map of their own */
}

void *mem_grow(void *p, size_t *capacity, size_t need, size_t elem)
{
	size_t n = *capacity ? *capacity : 8;

	if (need <= *capacity)
		return p;
	while (n < need)
		n *= 2;
	*capacity = n;
	return mem_realloc(p, n * elem);
}
