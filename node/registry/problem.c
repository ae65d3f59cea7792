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
	buf_printf(p->lines, "%s/%s: %s\n", p->where, field, what);
}

void problem_enter(struct problems *p, const char *field, size_t i)
{
	size_t n = strlen(p->where);
	int more = i == PROBLEM_ONE ? snprintf(p->where + n, sizeof(p->where) - n, "/%s", field)
				    : snprintf(p->where + n, sizeof(p->where) - n, "/%s/%zu", field, i);

	CHECK(more > 0 && (size_t)more < sizeof(p->where) - n); /* names and depth are ours */
}

void problem_leave(struct problems *p)
{
	char *slash = strrchr(p->where, '/');

	CHECK(slash != NULL);
	if (slash > p->where && slash[1] >= '0' && slash[1] <= '9') { /* an index goes with its list */
		*slash = '\0';
		slash = strrchr(p->where, '/');
	}
	*slash = '\0';
}

struct item_name item_name(const char *field, size_t i)
{
	struct item_name name;

	snprintf(name.text, sizeof(name.text), "%s/%zu", field, i);
	return name;
}
