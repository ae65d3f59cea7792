/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The recorder: this program's own open(), pwrite(), writev(), fdatasync(), ... stand before
 * libc's, for the node's code and for liblmdb alike. What they do to plain files of one directory
 * is kept while a recording runs. Flushes reach no disk: what is on it, the model says. One thread.
 */
#ifndef POWERLOSS_RECORD_H
#define POWERLOSS_RECORD_H

#include "powerloss/disk.h"

#define RECORD_MAX_BYTES (1u << 30)

struct recording {
	struct op *ops;
	size_t n, capacity;
	uint64_t bytes;
};

/* Begin; `before` are the files that are there. LMDB's lock file, which does not outlive a start,
 * is left out. */
void record_begin(struct recording *r, const char *dir, const struct names *before);
void record_end(void);
void record_fini(struct recording *r);
/* From here on getrandom() gives numbers of this seed. */
void record_seed(uint64_t seed);

#endif
