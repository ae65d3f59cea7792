/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A directory on a disk that may lose power, and the calls that changed it.
 *
 * The model: a write reaches the page cache at once; of each 512-byte sector the disk has what it
 * had at the last flush, or any later version, whatever it has of other sectors. A file's length
 * is one of those since the flush. fsync and fdatasync make the file's bytes and length certain,
 * a write through an O_DSYNC descriptor its own sectors. Names change in order, and are certain
 * after an fsync of the directory; what is in no directory is lost. A sector is atomic.
 */
#ifndef POWERLOSS_DISK_H
#define POWERLOSS_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/rng.h"

#define SECTOR_BYTES 512
#define DISK_FILES_MAX 16
#define DISK_NAME_BYTES 32

enum op_type {
	OP_WRITE,	/* file, offset, n, data */
	OP_LENGTH,	/* file, offset: the new length */
	OP_FLUSH,	/* file */
	OP_FLUSH_RANGE, /* file, offset, n */
	OP_CREATE,	/* file, name */
	OP_RENAME,	/* name, to */
	OP_REMOVE,	/* name */
	OP_FLUSH_NAMES,
};

struct op {
	enum op_type type;
	int file;
	uint64_t offset;
	size_t n;
	uint8_t *data; /* owned */
	char name[DISK_NAME_BYTES], to[DISK_NAME_BYTES];
};

/* Names and the files that they stand for; "" is a free row. */
struct names {
	struct {
		char name[DISK_NAME_BYTES];
		int file;
	} row[DISK_FILES_MAX];
};

/* -1: there is none. */
int names_find(const struct names *n, const char *name);
/* What an operation makes of them. */
void names_apply(struct names *n, const struct op *op);

/* A version of a sector, or a length, that the disk may have by now. */
struct unsure {
	bool is_length;
	uint64_t where; /* number of the sector, or the length */
	uint8_t data[SECTOR_BYTES];
};

struct file {
	uint8_t *cache, *disk; /* size bytes each, zeros where nothing was written */
	uint64_t size, cache_length, disk_length;
	struct unsure *unsure; /* in order */
	size_t n_unsure, capacity;
};

struct disk {
	struct file files[DISK_FILES_MAX];
	struct names names;
	struct op *renames; /* of names, not yet certain; borrowed data */
	size_t n_renames, capacity;
};

void disk_init(struct disk *d);
void disk_fini(struct disk *d);
void disk_apply(struct disk *d, const struct op *op);
/* Whether a loss of power now has more than one outcome. */
bool disk_is_unsure(const struct disk *d);
/* Lose power: what is unsure is decided by chance, for each file in its own way. *after is a disk
 * whose memory is used again. */
void disk_crash(const struct disk *d, struct rng *r, struct disk *after);
/* Make a directory hold the files that are certain, and nothing else. */
void disk_write_out(const struct disk *d, const char *dir);

#endif
