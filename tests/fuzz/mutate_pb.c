/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz/mutate_pb.h"

#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 6
#define FIELDS_MAX 256
#define WIRE_BYTES 2

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);

/* A field of a message: its key at `at`, its content at `body`, the next one at `end`. */
struct field {
	size_t at, body, end;
	uint64_t key;
};

static unsigned pick(unsigned *state, size_t n)
{
	*state = *state * 1664525u + 1013904223u;
	return n ? (unsigned)((*state >> 8) % n) : 0;
}

static size_t get_varint(const uint8_t *p, size_t n, uint64_t *ret)
{
	*ret = 0;
	for (size_t i = 0; i < n && i < 10; i++) {
		*ret |= (uint64_t)(p[i] & 0x7f) << (7 * i);
		if (!(p[i] & 0x80))
			return i + 1;
	}
	return 0;
}

static size_t put_varint(uint8_t *p, uint64_t v)
{
	size_t n = 0;

	for (; v >= 0x80; v >>= 7)
		p[n++] = (uint8_t)(v | 0x80);
	p[n++] = (uint8_t)v;
	return n;
}

/* The fields in front of the first byte that is none. */
static size_t fields_of(const uint8_t *p, size_t n, struct field f[FIELDS_MAX])
{
	size_t at = 0, k = 0;

	while (at < n && k < FIELDS_MAX) {
		uint64_t key, length = 0;
		size_t used = get_varint(p + at, n - at, &key), body = at + used;

		if (!used)
			break;
		switch (key & 7) {
		case 0:
			length = get_varint(p + body, n - body, &(uint64_t){0});
			if (!length)
				return k;
			break;
		case 1:
			length = 8;
			break;
		case WIRE_BYTES:
			used = get_varint(p + body, n - body, &length);
			if (!used)
				return k;
			body += used;
			break;
		case 5:
			length = 4;
			break;
		default:
			return k;
		}
		if (length > n - body)
			break;
		f[k++] = (struct field){at, body, body + (size_t)length, key};
		at = body + (size_t)length;
	}
	return k;
}

/* p[from, to) becomes these bytes; the new size, or the old one when there is no room. */
static size_t replace(uint8_t *p, size_t n, size_t max, size_t from, size_t to, const uint8_t *with, size_t m)
{
	if (n - (to - from) + m > max)
		return n;
	memmove(p + from + m, p + to, n - to);
	memcpy(p + from, with, m);
	return n - (to - from) + m;
}

static size_t mutate(uint8_t *p, size_t n, size_t max, unsigned depth, unsigned *state);

/* The content changes, and the length before it follows. */
static size_t mutate_content(uint8_t *p, size_t n, size_t max, const struct field *f, unsigned depth,
			     unsigned *state)
{
	size_t room = f->end - f->body + 64, size = f->end - f->body, used;
	uint8_t *with = malloc(room + 20), *body = with + 20;

	if (!with)
		return n;
	memcpy(body, p + f->body, size);
	if ((f->key & 7) == WIRE_BYTES && depth < DEPTH_MAX && pick(state, 3))
		size = mutate(body, size, room, depth + 1, state);
	else if ((f->key & 7) == 0)
		size = put_varint(body, pick(state, 2) ? pick(state, 300) : UINT64_MAX >> pick(state, 64));
	else if ((f->key & 7) == WIRE_BYTES)
		size = LLVMFuzzerMutate(body, size, room);
	else
		LLVMFuzzerMutate(body, size, size);
	used = put_varint(with, f->key);
	if ((f->key & 7) == WIRE_BYTES)
		used += put_varint(with + used, size);
	memmove(with + used, body, size);
	n = replace(p, n, max, f->at, f->end, with, used + size);
	free(with);
	return n;
}

static size_t mutate(uint8_t *p, size_t n, size_t max, unsigned depth, unsigned *state)
{
	struct field f[FIELDS_MAX];
	size_t k = fields_of(p, n, f), i, j, size;
	uint8_t key[10], *copy;

	if (!k)
		return LLVMFuzzerMutate(p, n, max);
	i = pick(state, k);
	switch (pick(state, 8)) {
	case 0:
		return replace(p, n, max, f[i].at, f[i].end, key, 0);
	case 1:
	case 2: /* another field once more, here */
		j = pick(state, k);
		size = f[j].end - f[j].at;
		copy = malloc(size);
		if (!copy)
			return n;
		memcpy(copy, p + f[j].at, size);
		n = replace(p, n, max, f[i].at, pick(state, 2) ? f[i].at : f[i].end, copy, size);
		free(copy);
		return n;
	case 3:
		size = put_varint(key, (uint64_t)(1 + pick(state, 24)) << 3 | (f[i].key & 7));
		return replace(p, n, max, f[i].at,
			       f[i].at + get_varint(p + f[i].at, n - f[i].at, &(uint64_t){0}), key, size);
	default:
		return mutate_content(p, n, max, &f[i], depth, state);
	}
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
	static int first = -1;
	unsigned state = seed;
	size_t n;

	if (first == -1)
		first = getenv("FUZZ_FIRST_BYTE") ? (int)strtol(getenv("FUZZ_FIRST_BYTE"), NULL, 10) : -2;
	if (size <= mutate_pb_prefix || pick(&state, 4) == 0)
		n = LLVMFuzzerMutate(data, size, max_size);
	else
		n = mutate_pb_prefix + mutate(data + mutate_pb_prefix, size - mutate_pb_prefix,
					      max_size - mutate_pb_prefix, 1, &state);
	if (first >= 0 && n)
		data[0] = (uint8_t)first;
	return n;
}
