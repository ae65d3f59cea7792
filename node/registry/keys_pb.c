/* SPDX-License-Identifier: Apache-2.0 */
#include "pb/registry.pb-c.h"

#include "base/text.h"
#include "crypto/hash.h"
#include "registry/kind_int.h"

#define CUT_BYTES 223
#define CUT_HASH_BYTES 16 /* 32 digits */

static bool is_space(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

struct bytes registry_fold(struct bytes text, struct arena *a)
{
	uint8_t *out = text.n ? arena_alloc(a, text.n) : NULL;
	size_t n = 0;

	if (!out)
		return BYTES_NONE;
	for (size_t i = 0; i < text.n; i++) {
		uint8_t c = text.p[i];

		if (is_space(c)) {
			if (n && out[n - 1] != ' ')
				out[n++] = ' ';
		} else {
			out[n++] = c >= 'A' && c <= 'Z' ? (uint8_t)(c - 'A' + 'a') : c;
		}
	}
	if (n && out[n - 1] == ' ')
		n--;
	return n ? BYTES(out, n) : BYTES_NONE;
}

static struct bytes value_of(struct bytes value, struct arena *a)
{
	char digits[2 * CUT_HASH_BYTES + 1];
	struct hash h;
	uint8_t *cut;

	_Static_assert(CUT_BYTES + 1 + 2 * CUT_HASH_BYTES == REGISTRY_KEY_MAX_BYTES, "registry.h's rule");
	if (value.n <= REGISTRY_KEY_MAX_BYTES)
		return arena_dup(a, value);
	cut = arena_alloc(a, REGISTRY_KEY_MAX_BYTES);
	if (!cut)
		return BYTES_NONE;
	crypto_sha256(value, &h);
	hex_put(digits, BYTES(h.b, CUT_HASH_BYTES));
	memcpy(cut, value.p, CUT_BYTES);
	cut[CUT_BYTES] = '#';
	memcpy(cut + CUT_BYTES + 1, digits, 2 * CUT_HASH_BYTES);
	return BYTES(cut, REGISTRY_KEY_MAX_BYTES);
}

static bool keys_grow(struct registry_keys *k)
{
	size_t capacity = k->capacity ? 2 * k->capacity : 16;
	struct registry_key *key;

	if (k->n < k->capacity)
		return true;
	key = arena_array(k->arena, capacity, sizeof(*key));
	if (!key)
		return false;
	if (k->n)
		memcpy(key, k->key, k->n * sizeof(*key));
	k->key = key;
	k->capacity = capacity;
	return true;
}

/* The arena's sticky failure is looked at once, in registry_keys_of(). */
void key_put(struct registry_keys *k, const char *name, struct bytes value)
{
	value = value_of(value, k->arena);
	if (!value.n)
		return;
	for (size_t i = 0; i < k->n; i++)
		if (strcmp(k->key[i].name, name) == 0 && bytes_eq(k->key[i].value, value))
			return;
	if (keys_grow(k))
		k->key[k->n++] = (struct registry_key){name, value};
}

void key_put_text(struct registry_keys *k, const char *name, const char *text)
{
	key_put(k, name, bytes_of(text));
}

void key_put_texts(struct registry_keys *k, const char *name, char *const *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		key_put_text(k, name, text[i]);
}

void key_put_cited(struct registry_keys *k, const char *name, const Ims__Registry__Citation *c)
{
	if (c)
		key_put_text(k, name, c->record);
}

struct bytes key_join(struct registry_keys *k, struct bytes a, char between, struct bytes b)
{
	uint8_t *text = arena_alloc(k->arena, a.n + 1 + b.n);

	if (!text)
		return BYTES_NONE;
	if (a.n)
		memcpy(text, a.p, a.n);
	text[a.n] = (uint8_t)between;
	if (b.n)
		memcpy(text + a.n + 1, b.p, b.n);
	return BYTES(text, a.n + 1 + b.n);
}

struct bytes key_number(struct registry_keys *k, uint64_t number)
{
	return bytes_of(arena_printf(k->arena, "%llu", (unsigned long long)number));
}

struct bytes key_hex(struct registry_keys *k, const ProtobufCBinaryData *b)
{
	char *text = arena_alloc(k->arena, 2 * b->len + 1);

	return text ? bytes_of(hex_put(text, BYTES(b->data, b->len))) : BYTES_NONE;
}

void key_put_source(struct registry_keys *k, const char *name, const Ims__Registry__Source *s)
{
	if (s)
		key_put(k, name, key_join(k, bytes_of(s->scheme), ':', bytes_of(s->id)));
}

const struct registry_key *registry_natural_key(const struct registry_keys *keys)
{
	for (size_t i = 0; i < keys->n; i++)
		if (strncmp(keys->key[i].name, "natural", strlen("natural")) == 0)
			return &keys->key[i];
	return NULL;
}
