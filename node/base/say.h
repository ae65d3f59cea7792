/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Log lines: one line an event, on standard error, `LEVEL area: text`; under systemd
 * (JOURNAL_STREAM set) with the priority prefix it reads, elsewhere with a UTC time.
 * Threads: any; a line is one write(2). Control characters in the text become '?'.
 */
#ifndef BASE_SAY_H
#define BASE_SAY_H

enum say_level { SAY_ERROR, SAY_WARN, SAY_INFO, SAY_DEBUG };

/* Lines above this level are dropped; SAY_INFO at start. */
void say_set_level(enum say_level level);
/* "error", "warn", "info", "debug" → level; -1 if none of these. */
int say_level_of(const char *name);

void say(enum say_level level, const char *area, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
