/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store/ring.h in memory, for the simulator: linked before the store's archive it takes the
 * place of the ring file. One thread. Records are kept by path and survive ring_close(). The
 * space rules (R2) count as the real ring does.
 */
#ifndef SIM_RING_FAKE_H
#define SIM_RING_FAKE_H

#include "store/ring.h"

/* Kill -9: the ring refuses all further work with IMS_E_IO and is to be closed; the path can be
 * opened again at once. */
void ring_fake_crash(struct ring *r);

enum ring_fake_fate {
	RING_FAKE_DURABLE,	/* as it should be */
	RING_FAKE_LOST,		/* a crash before the flush, nothing is on the disk: IMS_E_IO, dead */
	RING_FAKE_UNANSWERED,	/* on the disk, but the answer is IMS_E_IO, dead */
};

/* Asked at each append, before anything is written; NULL: all are durable. */
typedef enum ring_fake_fate (*ring_fake_hook)(void *arg, const char *path, uint64_t seq);
void ring_fake_set_hook(ring_fake_hook hook, void *arg);

/* The closed ring loses its newest n records, as one restored from a backup does. */
void ring_fake_lose_newest(const char *path, uint64_t n);
/* The content of `from` also becomes that of `to`, which is closed. */
void ring_fake_copy(const char *from, const char *to);
/* Forget one closed ring, or all (none may be open but crashed ones) and the hook. */
void ring_fake_remove(const char *path);
void ring_fake_reset(void);

#endif
