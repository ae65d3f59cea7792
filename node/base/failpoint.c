/* SPDX-License-Identifier: Apache-2.0 */
#include "base/failpoint.h"

#ifdef IMS_FAILPOINTS

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/say.h"
#include "base/text.h"
#include "ims/err.h"

#define EXIT_BAD_RULE 2
#define RULES_MAX 8

enum action { ACTION_KILL, ACTION_ABORT, ACTION_ERROR, ACTION_PAUSE };

struct rule {
	enum failpoint at;
	char *where; /* NULL: anywhere */
	uint64_t n, hits;
	bool ever_after;
	enum action action;
	int err;
	char *fifo;
};

static const struct {
	const char *name;
	bool can_fail;
} points[] = {
#define FAIL(name, text, can_fail, promise) {text, can_fail},
#include "base/failpoint.def"
#undef FAIL
};

static struct rule rules[RULES_MAX];
static size_t n_rules;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static _Noreturn void bad_rule(const char *text)
{
	say(SAY_ERROR, "failpoint", "IMS_FAILPOINT: cannot read '%s'", text);
	_exit(EXIT_BAD_RULE);
}

static bool find_point(const char *name, enum failpoint *ret)
{
	for (size_t i = 0; i < FAILPOINT_COUNT; i++)
		if (strcmp(points[i].name, name) == 0) {
			*ret = (enum failpoint)i;
			return true;
		}
	return false;
}

static bool find_error(const char *name, int *ret)
{
	size_t n;
	const struct ims_error *rows = ims_error_all(&n);

	for (size_t i = 0; i < n; i++)
		if (strcmp(rows[i].name, name) == 0) {
			*ret = rows[i].code;
			return true;
		}
	return false;
}

static bool read_action(struct rule *r, const char *text)
{
	if (strcmp(text, "kill") == 0) {
		r->action = ACTION_KILL;
	} else if (strcmp(text, "abort") == 0) {
		r->action = ACTION_ABORT;
	} else if (strncmp(text, "error=", 6) == 0) {
		r->action = ACTION_ERROR;
		return points[r->at].can_fail && find_error(text + 6, &r->err);
	} else if (strncmp(text, "pause=", 6) == 0) {
		r->action = ACTION_PAUSE;
		r->fifo = mem_strdup(text + 6);
	} else {
		return false;
	}
	return true;
}

/* name[@where]:n[+]:action, which is cut to pieces. */
static bool read_rule(struct rule *r, char *text)
{
	char *number = strchr(text, ':'), *action = number ? strchr(number + 1, ':') : NULL, *where, *end;

	if (!action)
		return false;
	*number++ = '\0';
	*action++ = '\0';
	where = strchr(text, '@');
	if (where) {
		*where = '\0';
		r->where = mem_strdup(where + 1);
	}
	r->n = strtoull(number, &end, 10);
	r->ever_after = *end == '+';
	return r->n > 0 && end > number && (*end == '\0' || strcmp(end, "+") == 0) &&
	       find_point(text, &r->at) && read_action(r, action);
}

static void read_rules(void)
{
	const char *given = getenv("IMS_FAILPOINT");
	char *copy, *next = NULL;

	if (!given)
		return;
	copy = mem_strdup(given);
	for (char *one = strtok_r(copy, ",", &next); one; one = strtok_r(NULL, ",", &next)) {
		char *shown = mem_strdup(one);

		if (n_rules == RULES_MAX || !read_rule(&rules[n_rules], one))
			bad_rule(shown);
		n_rules++;
		free(shown);
	}
	free(copy);
}

/* Reads and writes of a FIFO wait for the other side to open it. */
static void wait_at(const struct rule *r)
{
	char *reached = mem_printf("%s.reached", r->fifo), *go = mem_printf("%s.go", r->fifo);
	const char *name = points[r->at].name;
	int out = open(reached, O_WRONLY | O_CLOEXEC), in;

	if (out < 0 || write(out, name, strlen(name)) < 0)
		bad_rule(reached);
	close(out);
	in = open(go, O_RDONLY | O_CLOEXEC);
	if (in < 0)
		bad_rule(go);
	close(in);
	free(reached);
	free(go);
}

static int act(const struct rule *r)
{
	switch (r->action) {
	case ACTION_KILL:
		kill(getpid(), SIGKILL);
		pause();
		break;
	case ACTION_ABORT:
		abort();
	case ACTION_ERROR:
		return r->err;
	case ACTION_PAUSE:
		wait_at(r);
		break;
	}
	return 0;
}

static bool is_here(const struct rule *r, const char *origin, uint64_t index)
{
	char *here;
	bool same;

	if (!r->where)
		return true;
	if (!origin)
		return false;
	here = mem_printf("%s/%llu", origin, (unsigned long long)index);
	same = strcmp(here, r->where) == 0;
	free(here);
	return same;
}

int failpoint_hit(enum failpoint f, const char *origin, uint64_t index)
{
	int err = 0;

	pthread_once(&once, read_rules);
	for (size_t i = 0; i < n_rules; i++) {
		struct rule *r = &rules[i];
		uint64_t hit;

		if (r->at != f || !is_here(r, origin, index))
			continue;
		hit = __atomic_add_fetch(&r->hits, 1, __ATOMIC_RELAXED);
		if (hit == r->n || (r->ever_after && hit > r->n))
			err = act(r);
	}
	return err;
}

#endif
