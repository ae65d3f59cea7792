/* SPDX-License-Identifier: Apache-2.0 */
#include "pb/registry.pb-c.h"

#include "registry/kind_int.h"

#define CHANNELS_MAX 30

void registry_validate_acknowledgement(const ProtobufCMessage *base, struct problems *p)
{
	const Ims__Registry__Acknowledgement *m = (const Ims__Registry__Acknowledgement *)base;

	check_citation(p, "notice", m->notice, FIELD_REQUIRED, "mn");
	check_day(p, "published", m->published, FIELD_REQUIRED);
	check_range(p, "reach", m->reach, 0, INT64_MAX);
	check_codes(p, "channels", m->channels, m->n_channels, CHANNELS_MAX, "marketing-channels");
	check_texts(p, "note", m->note, m->n_note, FIELD_OPTIONAL, TEXT_LONG);
}

void registry_keys_acknowledgement(const ProtobufCMessage *base, struct registry_keys *keys)
{
	const Ims__Registry__Acknowledgement *m = (const Ims__Registry__Acknowledgement *)base;

	key_put_cited(keys, "natural.acknowledgement", m->notice);
	key_put_cited(keys, "about", m->notice);
}
