/* SPDX-License-Identifier: Apache-2.0 */
/* From a kind and a payload's bytes to problems or keys. */
#include "pb/registry.pb-c.h"

#include "registry/kind_int.h"
#include "wire/codec.h"

/* The codec names fields "items[3].entry"; we write JSON pointers, "/items/3/entry". */
static void put_codec_problem(struct buf *problems, int err, const char *detail)
{
	if (!problems)
		return;
	buf_put_u8(problems, '/');
	if (strspn(detail, "abcdefghijklmnopqrstuvwxyz_0123456789.[]") == strlen(detail)) {
		for (; *detail; detail++)
			if (*detail != ']')
				buf_put_u8(problems,
					   *detail == '.' || *detail == '[' ? '/' : (uint8_t)*detail);
		buf_printf(problems, ": %s\n", ims_strerror(err));
	} else {
		buf_printf(problems, ": %s: %s\n", ims_strerror(err), detail);
	}
}

static int unpack(const struct kind *k, struct bytes payload, struct arena *a, ProtobufCMessage **ret,
		  struct buf *problems)
{
	struct errtext e = {""};
	int err;

	if (!k)
		return IMS_E_UNKNOWN_KIND;
	if (payload.n > k->max_bytes) {
		if (problems)
			buf_printf(problems, "/: %zu bytes, at most %zu\n", payload.n, k->max_bytes);
		return IMS_E_LIMIT;
	}
	err = codec_unpack(k->descriptor, payload, a, ret, &e);
	if (err)
		put_codec_problem(problems, err, e.text);
	return err;
}

/* Field 1 of every kind. */
static const Ims__Registry__Header *header_of(const ProtobufCMessage *m)
{
	const ProtobufCFieldDescriptor *f = protobuf_c_message_descriptor_get_field(m->descriptor, 1);

	return *(Ims__Registry__Header *const *)(const void *)((const char *)m + f->offset);
}

static int check(const struct kind *k, struct bytes payload, struct bytes home, const struct reference *ref,
		 struct arena *a, struct buf *lines, ProtobufCMessage **ret)
{
	struct problems p = {.ref = ref, .lines = lines, .home = home};
	ProtobufCMessage *m;
	int err = unpack(k, payload, a, &m, lines);

	if (err)
		return err;
	check_header(&p, header_of(m));
	k->validate(m, &p);
	if (p.n > PROBLEMS_MAX && lines)
		buf_printf(lines, "/: and %zu more\n", p.n - PROBLEMS_MAX);
	*ret = m;
	return p.n ? IMS_E_INVALID : 0;
}

int registry_check(const struct kind *k, struct bytes payload, struct arena *a, struct buf *problems)
{
	ProtobufCMessage *m;

	return check(k, payload, BYTES_NONE, NULL, a, problems, &m);
}

int registry_admit(const struct kind *k, struct bytes payload, const struct reference *ref, struct arena *a,
		   struct buf *problems)
{
	ProtobufCMessage *m;

	return check(k, payload, BYTES_NONE, ref, a, problems, &m);
}

static int keys_of(const struct kind *k, const ProtobufCMessage *m, struct arena *a,
		   struct registry_keys *ret)
{
	struct registry_keys keys = {.arena = a};

	k->keys(m, &keys);
	if (arena_failed(a))
		return arena_error(a);
	*ret = keys;
	return 0;
}

int registry_keys_of(const struct kind *k, struct bytes payload, struct arena *a, struct registry_keys *ret)
{
	ProtobufCMessage *m;
	int err = unpack(k, payload, a, &m, NULL);

	return err ? err : keys_of(k, m, a, ret);
}

int registry_judge(const struct kind *k, struct bytes payload, struct bytes home, const struct reference *ref,
		   struct arena *a, struct buf *problems, struct registry_keys *ret)
{
	ProtobufCMessage *m;
	int err = check(k, payload, home, ref, a, problems, &m);

	return err ? err : keys_of(k, m, a, ret);
}
