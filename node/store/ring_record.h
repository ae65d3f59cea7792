/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bytes of the ring file, big-endian.
 *
 *   block 0   4096 bytes: magic "imsring\n", u32 version 1, u32 0, u64 size of the file,
 *             u64 salt, 16 bytes instance id, u32 CRC-32C of what stands before it, zeros
 *   then      the data area: records one behind the other, each padded with zeros to 512
 *             bytes; one that reaches the end of the area goes on at its beginning
 *
 * A record: u32 magic, u32 bytes of the body, u64 sequence number, u64 position, u32 bytes of
 * the previous body, u32 checksum of the previous record, u32 0, u32 checksum; then the body.
 * The position counts bytes since the file was made and never turns back: modulo the area it
 * is where the record stands. The checksum is a CRC-32C over the salt, the header before the
 * checksum and the body. The salt is random and in this file only, so that nobody can write
 * a body that looks like a record when the scan meets its middle.
 */
#ifndef STORE_RING_RECORD_H
#define STORE_RING_RECORD_H

#include <stdbool.h>

#include "base/bytes.h"
#include "store/ring.h"

#define RING_HEADER_BYTES 4096
#define RING_BLOCK_BYTES 512
#define RING_RECORD_HEADER_BYTES 40
#define RING_MIN_BYTES 65536

struct ring_header {
	uint64_t size_bytes, salt;
	uint8_t instance[RING_INSTANCE_BYTES];
};

void ring_header_put(uint8_t out[RING_HEADER_BYTES], const struct ring_header *h);
/* False when it is damaged or of another version. */
bool ring_header_get(const uint8_t in[RING_HEADER_BYTES], struct ring_header *ret);

struct ring_record {
	uint64_t seq, pos;
	uint32_t body_bytes, crc;
	uint32_t prev_body_bytes, prev_crc;
};

/* The size of a new file: whole blocks, and room for two records. */
static inline uint64_t ring_round_size(uint64_t size_bytes)
{
	if (size_bytes < RING_MIN_BYTES)
		return RING_MIN_BYTES;
	return size_bytes / RING_HEADER_BYTES * RING_HEADER_BYTES;
}

/* What a record takes of the data area. */
static inline uint64_t ring_record_bytes(uint64_t body_bytes)
{
	uint64_t n = RING_RECORD_HEADER_BYTES + body_bytes;

	return (n + RING_BLOCK_BYTES - 1) / RING_BLOCK_BYTES * RING_BLOCK_BYTES;
}

/* The largest body: its record takes no more than half the data area, so that it always fits
 * beside the newest. */
static inline uint64_t ring_body_max(uint64_t data_bytes)
{
	uint64_t half = data_bytes / 2 / RING_BLOCK_BYTES * RING_BLOCK_BYTES - RING_RECORD_HEADER_BYTES;

	return half < UINT32_MAX / 2 ? half : UINT32_MAX / 2;
}

/* Write the header before a body that stands at out + RING_RECORD_HEADER_BYTES already, and
 * set rec->crc. */
void ring_record_put(uint8_t *out, struct ring_record *rec, uint64_t salt);
/* Read a header; false when it is none. Says nothing of the body. */
bool ring_record_get(const uint8_t *in, struct ring_record *ret);
/* Whether the header and the body behind it (all of it readable) have the checksum. */
bool ring_record_is_whole(const uint8_t *in, const struct ring_record *rec, uint64_t salt);
/* `prev` is the record that `rec` was written behind. */
bool ring_record_follows(const struct ring_record *rec, const struct ring_record *prev);

#endif
