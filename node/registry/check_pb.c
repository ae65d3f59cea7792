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

static int check(const struct kind *k, struct bytes payload, const struct reference *ref, struct arena *a,
		 struct buf *lines)
{
	struct problems p = {.ref = ref, .lines = lines};
	ProtobufCMessage *m;
	int err = unpack(k, payload, a, &m, lines);

	if (err)
		return err;
	check_header(&p, header_of(m));
	k->validate(m, &p);
	if (p.n > PROBLEMS_MAX && lines)
		buf_printf(lines, "/: and %zu more\n", p.n - PROBLEMS_MAX);
	return p.n ? IMS_E_INVALID : 0;
}

int registry_check(const struct kind *k, struct bytes payload, struct arena *a, struct buf *problems)
{
	return check(k, payload, NULL, a, problems);
}

int registry_admit(const struct kind *k, struct bytes payload, const struct reference *ref, struct arena *a,
		   struct buf *problems)
{
	return check(k, payload, ref, a, problems);
}

int registry_keys_of(const struct kind *k, struct bytes payload, struct arena *a, struct registry_keys *ret)
{
	struct registry_keys keys = {.arena = a};
	ProtobufCMessage *m;
	int err = unpack(k, payload, a, &m, NULL);

	if (err)
		return err;
	k->keys(m, &keys);
	if (arena_failed(a))
		return IMS_E_NOMEM;
	*ret = keys;
	return 0;
}
