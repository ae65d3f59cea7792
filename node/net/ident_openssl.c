/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who a certificate says its holder is, and whether it can be used at all.
 *
 * Certificates are self-signed and pinned by the roster, so there is no chain to build: each is
 * verified as its own and only trust anchor. What that still checks: time, purpose, key strength,
 * unknown critical extensions, and its signature by itself.
 */
#include <string.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "crypto/hash.h"
#include "net/net_int.h"

#define SECURITY_LEVEL 2 /* OpenSSL's: 112 bits */
#define SECURITY_BITS 112

static void take_spki(X509 *cert, struct net_ident *ret)
{
	unsigned char *der = NULL;
	int n = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert), &der);

	if (n > 0)
		crypto_sha256(BYTES(der, (size_t)n), &ret->spki);
	else
		ret->defect = IMS_E_CERT_INVALID;
	OPENSSL_free(der);
}

static bool seconds_of(const ASN1_TIME *t, int64_t *ret)
{
	struct tm tm;

	if (!t || !ASN1_TIME_to_tm(t, &tm))
		return false;
	*ret = timegm(&tm);
	return true;
}

/* An ims:// URI of visible ASCII that fits; a NUL in it would hide what follows. */
static bool take_uri(const ASN1_IA5STRING *s, struct net_ident *ret)
{
	const unsigned char *p = ASN1_STRING_get0_data(s);
	int n = ASN1_STRING_length(s);

	if (n < 7 || n >= (int)sizeof(ret->uri) || memcmp(p, "ims://", 6) != 0)
		return false;
	for (int i = 0; i < n; i++)
		if (p[i] <= 0x20 || p[i] >= 0x7f)
			return false;
	memcpy(ret->uri, p, (size_t)n);
	ret->uri[n] = '\0';
	return true;
}

static void take_names(X509 *cert, struct net_ident *ret)
{
	int critical = -1;
	GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name, &critical, NULL);
	bool ok = false;

	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);

		if (name->type != GEN_URI)
			continue;
		if (ret->n_uris++ == 0)
			ok = take_uri(name->d.uniformResourceIdentifier, ret);
	}
	GENERAL_NAMES_free(names);
	if (ret->n_uris == 1 && ok)
		return;
	ret->uri[0] = '\0';
	if (!ret->defect)
		ret->defect = IMS_E_CERT_SAN;
}

static int defect_of(int verify_error)
{
	switch (verify_error) {
	case X509_V_ERR_CERT_NOT_YET_VALID:
	case X509_V_ERR_CERT_HAS_EXPIRED:
		return IMS_E_CERT_EXPIRED;
	case X509_V_ERR_INVALID_PURPOSE:
		return IMS_E_CERT_PURPOSE;
	default:
		return IMS_E_CERT_INVALID;
	}
}

/* X509_verify_cert() trusts the anchor's signature whatever its algorithm; we do not. */
static bool signature_is_strong(X509 *cert)
{
	int bits = 0;

	return X509_get_signature_info(cert, NULL, NULL, &bits, NULL) == 1 && bits >= SECURITY_BITS;
}

static int verify(X509 *cert, enum net_role role)
{
	static const int purposes[] = {
		[NET_ROLE_ANY] = X509_PURPOSE_ANY,
		[NET_ROLE_CLIENT] = X509_PURPOSE_SSL_CLIENT,
		[NET_ROLE_SERVER] = X509_PURPOSE_SSL_SERVER,
	};
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	X509_VERIFY_PARAM *param;
	int r = IMS_E_CERT_INVALID;

	if (store && ctx && X509_STORE_add_cert(store, cert) == 1 &&
	    X509_STORE_CTX_init(ctx, store, cert, NULL) == 1) {
		param = X509_STORE_CTX_get0_param(ctx);
		X509_VERIFY_PARAM_set_flags(param,
					    X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_CHECK_SS_SIGNATURE);
		X509_VERIFY_PARAM_set_auth_level(param, SECURITY_LEVEL);
		if (X509_STORE_CTX_set_purpose(ctx, purposes[role]) == 1) {
			if (X509_verify_cert(ctx) == 1)
				r = signature_is_strong(cert) ? 0 : IMS_E_CERT_INVALID;
			else
				r = defect_of(X509_STORE_CTX_get_error(ctx));
		}
	}
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	ERR_clear_error();
	return r;
}

void net_ident_of_cert(X509 *cert, enum net_role role, struct net_ident *ret)
{
	ret->defect = verify(cert, role);
	take_spki(cert, ret);
	if (!seconds_of(X509_get0_notBefore(cert), &ret->not_before_s) ||
	    !seconds_of(X509_get0_notAfter(cert), &ret->not_after_s))
		ret->defect = IMS_E_CERT_INVALID;
	take_names(cert, ret);
}
