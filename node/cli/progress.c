/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/progress.h"

#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/human.h"

#define REDRAW_MS 100
#define BAR_COLUMNS 30

void progress_init(struct progress *p)
{
	*p = (struct progress){.shown = cli_has_terminal()};
}

void progress_at(struct progress *p, const char *what, uint64_t done, uint64_t total)
{
	char a[HUMAN_BYTES], b[HUMAN_BYTES], bar[BAR_COLUMNS + 1];
	bool bytes = strstr(what, "bytes") != NULL;
	int filled;

	if (!p->shown || mono_ms_between(p->next, clock_mono()) < 0)
		return;
	p->next = mono_plus_ms(clock_mono(), REDRAW_MS);
	p->drawn = true;
	bytes ? human_size(done, a) : human_count(done, a);
	bytes ? human_size(total, b) : human_count(total, b);
	if (total == 0) {
		fprintf(stderr, "\r\x1b[K%s %s", a, what);
		return;
	}
	filled = done >= total ? BAR_COLUMNS : (int)((double)done / (double)total * BAR_COLUMNS);
	memset(bar, '.', BAR_COLUMNS);
	memset(bar, '#', (size_t)filled);
	bar[BAR_COLUMNS] = '\0';
	fprintf(stderr, "\r\x1b[K[%s] %s of %s %s", bar, a, b, what);
}

void progress_clear(struct progress *p)
{
	if (p->drawn)
		fputs("\r\x1b[K", stderr);
	p->drawn = false;
}
