/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>

#include "base/check.h"
#include "registry/kind_int.h"

void problem_add(struct problems *p, const char *field, const char *fmt, ...)
{
	char what[200];
	va_list ap;

	if (p->n++ >= PROBLEMS_MAX || !p->lines)
		return;
	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	for (size_t i = 0; i < p->depth; i++) {
		buf_printf(p->lines, "/%s", p->in[i].field);
		if (p->in[i].i != PROBLEM_ONE)
			buf_printf(p->lines, "/%zu", p->in[i].i);
	}
	buf_printf(p->lines, "%s%s: %s\n", field[0] ? "/" : "", field, what);
}

void problem_enter(struct problems *p, const char *field, size_t i)
{
	CHECK(p->depth < PROBLEMS_DEPTH_MAX); /* how deep it goes is ours */
	p->in[p->depth].field = field;
	p->in[p->depth++].i = i;
}

void problem_leave(struct problems *p)
{
	CHECK(p->depth > 0);
	p->depth--;
}

struct item_name item_name(const char *field, size_t i)
{
	struct item_name name;

	snprintf(name.text, sizeof(name.text), "%s/%zu", field, i);
	return name;
}
