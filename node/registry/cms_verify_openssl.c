/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of a CMS signature: do they hang together, does the signature verify? Reads untrusted bytes. */
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "registry/cms_int.h"

#define RSA_BITS_MIN 2048
#define RSA_BITS_MAX 8192
#define ATTRIBUTES_MAX 64

static const struct cms_algorithm algorithms[] = {
	{"rsa-pss-sha256", CMS_RSA_PSS, "SHA256"}, {"rsa-pss-sha384", CMS_RSA_PSS, "SHA384"},
	{"rsa-pss-sha512", CMS_RSA_PSS, "SHA512"}, {"rsa-sha256", CMS_RSA_PKCS1, "SHA256"},
	{"rsa-sha384", CMS_RSA_PKCS1, "SHA384"},   {"rsa-sha512", CMS_RSA_PKCS1, "SHA512"},
	{"ecdsa-sha256", CMS_ECDSA, "SHA256"},	   {"ecdsa-sha384", CMS_ECDSA, "SHA384"},
	{"ecdsa-sha512", CMS_ECDSA, "SHA512"},	   {"ed25519", CMS_ED25519, "SHA512"}, /* RFC 8419 */
};
#define ALGORITHMS_COUNT (sizeof(algorithms) / sizeof(algorithms[0]))

const struct cms_algorithm *cms_algorithm_by_id(const char *id)
{
	for (size_t i = 0; i < ALGORITHMS_COUNT; i++)
		if (strcmp(algorithms[i].id, id) == 0)
			return &algorithms[i];
	return NULL;
}

const struct cms_algorithm *cms_algorithm_of(enum cms_key key, const char *hash)
{
	for (size_t i = 0; i < ALGORITHMS_COUNT; i++)
		if (algorithms[i].key == key && strcmp(algorithms[i].hash, hash) == 0)
			return &algorithms[i];
	return NULL;
}

/* ---- signed attributes */

/* One attribute from the front; NULL at the end or when it is none. */
static X509_ATTRIBUTE *take_attribute(const unsigned char **p, const unsigned char *end)
{
	return *p < end ? d2i_X509_ATTRIBUTE(NULL, p, end - *p) : NULL;
}

/* The inside of a SET that is all of `b`. */
static bool open_set(struct bytes b, const unsigned char **ret, const unsigned char **ret_end)
{
	const unsigned char *p = b.p;
	long n;
	int tag, class;

	if (ASN1_get_object(&p, &n, &tag, &class, (long)b.n) != V_ASN1_CONSTRUCTED || tag != V_ASN1_SET ||
	    class != V_ASN1_UNIVERSAL || p + n != b.p + b.n)
		return false;
	*ret = p;
	*ret_end = p + n;
	return true;
}

/* What the attributes say, once each. */
struct attributes {
	unsigned types, digests;
	bool is_data;
	struct bytes digest; /* into the input */
};

static void look_at(X509_ATTRIBUTE *attr, struct bytes der, struct attributes *ret)
{
	int nid = OBJ_obj2nid(X509_ATTRIBUTE_get0_object(attr));
	const ASN1_OBJECT *type;
	const ASN1_OCTET_STRING *digest;

	if (nid == NID_pkcs9_contentType) {
		type = X509_ATTRIBUTE_get0_data(attr, 0, V_ASN1_OBJECT, NULL);
		ret->types++;
		ret->is_data = X509_ATTRIBUTE_count(attr) == 1 && type && OBJ_obj2nid(type) == NID_pkcs7_data;
	} else if (nid == NID_pkcs9_messageDigest) {
		digest = X509_ATTRIBUTE_get0_data(attr, 0, V_ASN1_OCTET_STRING, NULL);
		ret->digests++;
		/* it is the end of its attribute: an OCTET STRING inside a SET inside a SEQUENCE */
		if (X509_ATTRIBUTE_count(attr) == 1 && digest && (size_t)ASN1_STRING_length(digest) <= der.n)
			ret->digest = BYTES(der.p + der.n - ASN1_STRING_length(digest),
					    (size_t)ASN1_STRING_length(digest));
	}
}

static bool read_attributes(struct bytes der, struct attributes *ret)
{
	const unsigned char *p, *end;
	X509_ATTRIBUTE *attr;

	*ret = (struct attributes){0};
	if (!open_set(der, &p, &end))
		return false;
	for (unsigned n = 0; n < ATTRIBUTES_MAX && p < end; n++) {
		const unsigned char *from = p;

		attr = take_attribute(&p, end);
		if (!attr)
			return false;
		look_at(attr, BYTES(from, (size_t)(p - from)), ret);
		X509_ATTRIBUTE_free(attr);
	}
	return p == end;
}

/* ---- keys */
static EVP_PKEY *read_key(struct bytes der)
{
	const unsigned char *p = der.p;
	EVP_PKEY *key = d2i_PUBKEY(NULL, &p, (long)der.n);

	if (key && p != der.p + der.n) {
		EVP_PKEY_free(key);
		return NULL;
	}
	return key;
}

static bool is_on_curve(const EVP_PKEY *key, const char *curve)
{
	char name[32];
	size_t n;

	return EVP_PKEY_is_a(key, "EC") && EVP_PKEY_get_group_name(key, name, sizeof(name), &n) &&
	       strcmp(name, curve) == 0;
}

static bool key_is_fit(const EVP_PKEY *key, enum cms_key use)
{
	switch (use) {
	case CMS_RSA_PKCS1:
	case CMS_RSA_PSS:
		return (EVP_PKEY_is_a(key, "RSA") || (use == CMS_RSA_PSS && EVP_PKEY_is_a(key, "RSA-PSS"))) &&
		       EVP_PKEY_get_bits(key) >= RSA_BITS_MIN && EVP_PKEY_get_bits(key) <= RSA_BITS_MAX;
	case CMS_ECDSA:
		return is_on_curve(key, "prime256v1") || is_on_curve(key, "secp384r1");
	case CMS_ED25519:
		return EVP_PKEY_is_a(key, "ED25519");
	}
	return false;
}

static bool signature_is_right(EVP_PKEY *key, const struct cms_algorithm *alg, const struct cms_parts *p)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	const char *hash = alg->key == CMS_ED25519 ? NULL : alg->hash;
	EVP_PKEY_CTX *pctx;
	bool ok = ctx && EVP_DigestVerifyInit_ex(ctx, &pctx, hash, NULL, NULL, key, NULL) == 1;

	if (ok && alg->key == CMS_RSA_PSS) /* any length of salt: the signature says it */
		ok = EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PSS_PADDING) == 1 &&
		     EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx, RSA_PSS_SALTLEN_AUTO) == 1;
	ok = ok &&
	     EVP_DigestVerify(ctx, p->signature.p, p->signature.n, p->signed_bytes.p, p->signed_bytes.n) == 1;
	EVP_MD_CTX_free(ctx);
	return ok;
}

static int verify(const struct cms_parts *p, struct errtext *why)
{
	const struct cms_algorithm *alg = cms_algorithm_by_id(p->algorithm);
	struct attributes attrs;
	EVP_PKEY *key;
	bool fit, ok;

	if (!alg)
		return errtext_set(why, IMS_E_UNSUPPORTED, "no algorithm '%.32s'", p->algorithm);
	if (p->key.n > CMS_KEY_MAX_BYTES || p->signed_bytes.n > CMS_ATTRIBUTES_MAX_BYTES ||
	    p->signature.n > CMS_SIGNATURE_MAX_BYTES)
		return errtext_set(why, IMS_E_LIMIT, "a part is larger than any of these algorithms needs");
	if (!p->signed_bytes.n || !read_attributes(p->signed_bytes, &attrs))
		return errtext_set(why, IMS_E_SYNTAX, "signed attributes are missing or not DER");
	if (attrs.types != 1 || !attrs.is_data || attrs.digests != 1 ||
	    attrs.digest.n != (size_t)EVP_MD_get_size(EVP_get_digestbyname(alg->hash)))
		return errtext_set(why, IMS_E_SYNTAX,
				   "signed attributes need the content type 'data' and one message digest");
	key = read_key(p->key);
	fit = key && key_is_fit(key, alg->key);
	ok = fit && signature_is_right(key, alg, p);
	EVP_PKEY_free(key);
	if (!fit)
		return errtext_set(why, IMS_E_UNSUPPORTED,
				   "not a key for %s: RSA of 2048 to 8192 bits, P-256, P-384 or Ed25519",
				   alg->id);
	return ok ? 0 : errtext_set(why, IMS_E_SIGNATURE, "the signature does not verify by the key");
}

int cms_verify(const struct cms_parts *p, struct errtext *why)
{
	int err = verify(p, why);

	ERR_clear_error();
	return err;
}

bool cms_is_over(const struct cms_parts *p, struct bytes content)
{
	const struct cms_algorithm *alg = cms_algorithm_by_id(p->algorithm);
	unsigned char digest[EVP_MAX_MD_SIZE];
	struct attributes attrs;
	size_t n = 0;
	bool is;

	is = alg && read_attributes(p->signed_bytes, &attrs) &&
	     EVP_Q_digest(NULL, alg->hash, NULL, content.p ? (const void *)content.p : "", content.n, digest,
			  &n) &&
	     bytes_eq(BYTES(digest, n), attrs.digest);
	ERR_clear_error();
	return is;
}
