/* SPDX-License-Identifier: Apache-2.0 */
#include "replication/distrust.h"

#include <stdio.h>
#include <string.h>

static struct distrust *find(struct distrust *list, const char *region)
{
	for (size_t i = 0; i < SYNC_DISTRUSTED_MAX; i++)
		if (strcmp(list[i].region, region) == 0)
			return &list[i];
	return NULL;
}

bool distrust_holds(const struct distrust list[SYNC_DISTRUSTED_MAX], const char *region, struct mono now)
{
	for (size_t i = 0; i < SYNC_DISTRUSTED_MAX; i++)
		if (strcmp(list[i].region, region) == 0)
			return now.ns < list[i].until.ns;
	return false;
}

/* A place to remember a peer in; of none left, that of who would be asked again the soonest. */
static struct distrust *place(struct distrust *list, const char *region)
{
	struct distrust *d = find(list, region);

	if (d)
		return d;
	d = &list[0];
	for (size_t i = 1; i < SYNC_DISTRUSTED_MAX; i++)
		if (list[i].until.ns < d->until.ns)
			d = &list[i];
	*d = (struct distrust){.ms = SYNC_DISTRUST_MS / 2};
	snprintf(d->region, sizeof(d->region), "%s", region);
	return d;
}

void distrust_note(struct distrust list[SYNC_DISTRUSTED_MAX], const char *region, struct mono now)
{
	struct distrust *d = place(list, region);

	d->ms = d->ms < SYNC_DISTRUST_MAX_MS / 2 ? d->ms * 2 : SYNC_DISTRUST_MAX_MS;
	d->until = mono_plus_ms(now, d->ms);
}

void distrust_pause(struct distrust list[SYNC_DISTRUSTED_MAX], const char *region, struct mono now,
		    int64_t ms)
{
	place(list, region)->until = mono_plus_ms(now, ms);
}

void distrust_end(struct distrust list[SYNC_DISTRUSTED_MAX], const char *region)
{
	struct distrust *d = find(list, region);

	if (d)
		*d = (struct distrust){0};
}
