/* SPDX-License-Identifier: Apache-2.0 */
#include "store/ring_record.h"

#include "store/crc32c.h"

#define RECORD_MAGIC 0x494d5352u /* "IMSR" */
#define HEADER_VERSION 1u

static const uint8_t header_magic[8] = "imsring\n";

void ring_header_put(uint8_t out[RING_HEADER_BYTES], const struct ring_header *h)
{
	memset(out, 0, RING_HEADER_BYTES);
	memcpy(out, header_magic, 8);
	be32_put(out + 8, HEADER_VERSION);
	be64_put(out + 16, h->size_bytes);
	be64_put(out + 24, h->salt);
	memcpy(out + 32, h->instance, RING_INSTANCE_BYTES);
	be32_put(out + 48, crc32c(0, BYTES(out, 48)));
}

bool ring_header_get(const uint8_t in[RING_HEADER_BYTES], struct ring_header *ret)
{
	if (memcmp(in, header_magic, 8) != 0 || be32_get(in + 8) != HEADER_VERSION ||
	    be32_get(in + 48) != crc32c(0, BYTES(in, 48)))
		return false;
	ret->size_bytes = be64_get(in + 16);
	ret->salt = be64_get(in + 24);
	memcpy(ret->instance, in + 32, RING_INSTANCE_BYTES);
	return ret->size_bytes == ring_round_size(ret->size_bytes);
}

static uint32_t checksum(const uint8_t *record, uint32_t body_bytes, uint64_t salt)
{
	uint8_t salt_bytes[8];
	uint32_t crc;

	be64_put(salt_bytes, salt);
	crc = crc32c(0, BYTES(salt_bytes, 8));
	crc = crc32c(crc, BYTES(record, RING_RECORD_HEADER_BYTES - 4));
	return crc32c(crc, BYTES(record + RING_RECORD_HEADER_BYTES, body_bytes));
}

void ring_record_put(uint8_t *out, struct ring_record *rec, uint64_t salt)
{
	be32_put(out, RECORD_MAGIC);
	be32_put(out + 4, rec->body_bytes);
	be64_put(out + 8, rec->seq);
	be64_put(out + 16, rec->pos);
	be32_put(out + 24, rec->prev_body_bytes);
	be32_put(out + 28, rec->prev_crc);
	be32_put(out + 32, 0);
	rec->crc = checksum(out, rec->body_bytes, salt);
	be32_put(out + 36, rec->crc);
}

bool ring_record_get(const uint8_t *in, struct ring_record *ret)
{
	if (be32_get(in) != RECORD_MAGIC || be32_get(in + 32) != 0)
		return false;
	*ret = (struct ring_record){
		.body_bytes = be32_get(in + 4),
		.seq = be64_get(in + 8),
		.pos = be64_get(in + 16),
		.prev_body_bytes = be32_get(in + 24),
		.prev_crc = be32_get(in + 28),
		.crc = be32_get(in + 36),
	};
	return ret->seq > 0;
}

bool ring_record_is_whole(const uint8_t *in, const struct ring_record *rec, uint64_t salt)
{
	return checksum(in, rec->body_bytes, salt) == rec->crc;
}

bool ring_record_follows(const struct ring_record *rec, const struct ring_record *prev)
{
	return rec->seq == prev->seq + 1 && rec->pos == prev->pos + ring_record_bytes(prev->body_bytes) &&
	       rec->prev_crc == prev->crc && rec->prev_body_bytes == prev->body_bytes;
}
