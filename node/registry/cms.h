/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CMS signatures (RFC 5652), as `openssl cms -sign` and the signing programs of authorities make them: taken
 * apart once, at the origin, into what any node needs to verify them for ever without reading CMS, X.509 or
 * trusting a certificate authority. Who holds the key is the word of the region whose log has the signature.
 *
 *   C1. Only the parts are judged: the same answer on every node (inv. 7).
 *   C2. The signature is over signed attributes, DER of a SET OF: they hold the content type `data` once and
 *       the message digest of the content once. A signature without them is not taken: what it is over could
 *       be taken for attributes of another.
 *   C3. Keys: RSA of 2048 to 8192 bits, ECDSA on P-256 and P-384, Ed25519.
 *
 * Pure, any thread.
 */
#ifndef REGISTRY_CMS_H
#define REGISTRY_CMS_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "ims/err.h"

#define CMS_FILE_MAX_BYTES (64u << 10)		/* a .p7s that holds its content, and a chain of certificates */
#define CMS_KEY_MAX_BYTES 2048
#define CMS_ATTRIBUTES_MAX_BYTES 4096
#define CMS_SIGNATURE_MAX_BYTES 2048

/* As in message CmsParts. */
struct cms_parts {
	struct bytes key;		/* SubjectPublicKeyInfo, DER */
	const char *algorithm;		/* signature-algorithms.csv: "rsa-pss-sha256" */
	struct bytes signed_bytes;	/* the signed attributes */
	struct bytes signature;
	struct hash certificate_sha256;	/* of the signer's certificate, for people; not judged */
};

/* Into its parts, in the arena: DER or PEM, with its content or detached, by exactly one signer whose
 * certificate is inside. Errors, in words: IMS_E_LIMIT, IMS_E_SYNTAX, IMS_E_UNSUPPORTED (an algorithm, no
 * signed attributes, several signers), IMS_E_MISSING (the certificate), IMS_E_NOMEM. What comes out of it
 * has been through cms_verify(): IMS_E_SIGNATURE. */
IMS_MUST_CHECK int cms_take_apart(struct bytes p7s, struct arena *a, struct cms_parts *ret, struct errtext *why);

/* Do the parts hang together (C2, C3), and does the signature verify? IMS_E_UNSUPPORTED, IMS_E_SYNTAX,
 * IMS_E_SIGNATURE. Costs one verification of a signature. */
IMS_MUST_CHECK int cms_verify(const struct cms_parts *p, struct errtext *why);
/* Is the content the one that was signed? Of parts that verify. */
bool cms_is_over(const struct cms_parts *p, struct bytes content);

#endif
