/* SPDX-License-Identifier: Apache-2.0 */
#include "base/say.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static atomic_int max_level = SAY_INFO;

static const struct {
	const char *name;
	int syslog_priority;
} levels[] = {
	[SAY_ERROR] = {"error", 3},
	[SAY_WARN] = {"warn", 4},
	[SAY_INFO] = {"info", 6},
	[SAY_DEBUG] = {"debug", 7},
};

void say_set_level(enum say_level level)
{
	atomic_store(&max_level, (int)level);
}

int say_level_of(const char *name)
{
	for (int i = 0; i < (int)(sizeof(levels) / sizeof(levels[0])); i++)
		if (strcmp(levels[i].name, name) == 0)
			return i;
	return -1;
}

static int prefix(char *line, size_t size, enum say_level level, const char *area)
{
	struct timespec ts;
	struct tm tm;
	char utc[32];

	if (getenv("JOURNAL_STREAM"))
		return snprintf(line, size, "<%d>%s: ", levels[level].syslog_priority, area);
	clock_gettime(CLOCK_REALTIME, &ts);
	gmtime_r(&ts.tv_sec, &tm);
	strftime(utc, sizeof(utc), "%Y-%m-%dT%H:%M:%S", &tm);
	return snprintf(line, size, "%s.%03ldZ %s %s: ", utc, ts.tv_nsec / 1000000,
			levels[level].name, area);
}

void say(enum say_level level, const char *area, const char *fmt, ...)
{
	char line[1024];
	va_list ap;
	int n, m;

	if ((int)level > atomic_load(&max_level))
		return;
	n = prefix(line, sizeof(line) - 1, level, area);
	va_start(ap, fmt);
	m = vsnprintf(line + n, sizeof(line) - 1 - (size_t)n, fmt, ap);
	va_end(ap);
	n += m < 0 ? 0 : m;
	if (n > (int)sizeof(line) - 2)
		n = (int)sizeof(line) - 2;
	for (int i = 0; i < n; i++)
		if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
			line[i] = '?';
	line[n++] = '\n';
	if (write(STDERR_FILENO, line, (size_t)n) < 0)
		return; /* nowhere left to say it */
}
