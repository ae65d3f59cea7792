/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Self-signed certificates of nodes and people (DESIGN section 4, Identity): P-256, one URI name,
 * no CA. Trust comes from the pin of the key in the roster; the certificate only carries the name.
 */
#ifndef CLI_CERT_H
#define CLI_CERT_H

#include <stdbool.h>

#include "base/bytes.h"
#include "ims/err.h"

#define CERT_DAYS_DEFAULT 730
#define CERT_DAYS_MAX 3650

struct cert_spec {
	const char *uri;	/* "ims://<federation>/<region>/node", the one subject alternative name */
	const char *name;	/* common name, for people; at most 64 bytes */
	bool is_server;		/* a node serves and connects; a person only connects */
	unsigned days;		/* from now on, 1 to CERT_DAYS_MAX; it begins 5 minutes earlier */
};

/* Make key_path (PEM, 0600) unless it is there, in which case it is used, and with it crt_path (PEM,
 * 0644), which is replaced. *ret_pin: SHA-256 of the SubjectPublicKeyInfo.
 * Errors: IMS_E_TLS (the key file is not a key, the library refuses), those of save_file(). */
IMS_MUST_CHECK int cert_make(const char *key_path, const char *crt_path, const struct cert_spec *spec,
			     struct hash *ret_pin, struct errtext *e);

#endif
