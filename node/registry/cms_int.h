/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by cms_openssl.c (apart) and cms_verify_openssl.c: the algorithms. */
#ifndef REGISTRY_CMS_INT_H
#define REGISTRY_CMS_INT_H

#include "registry/cms.h"

enum cms_key { CMS_RSA_PKCS1, CMS_RSA_PSS, CMS_ECDSA, CMS_ED25519 };

struct cms_algorithm {
	const char *id;
	enum cms_key key;
	const char *hash; /* OpenSSL's name: of the message digest, and of the signature */
};
/* NULL when there is none. */
const struct cms_algorithm *cms_algorithm_by_id(const char *id);
const struct cms_algorithm *cms_algorithm_of(enum cms_key key, const char *hash);

#endif
