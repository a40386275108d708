// OpenSSL's libcrypto for Swift. Only what Swift cannot call (macros, variadic functions) is wrapped here.
#ifndef TENDERBRIDGE_COPENSSL_SHIM_H
#define TENDERBRIDGE_COPENSSL_SHIM_H

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

// EVP_EC_gen is a macro over the variadic EVP_PKEY_Q_keygen.
static inline EVP_PKEY *tenderbridge_generate_ec_key(const char *curve) { return EVP_EC_gen(curve); }

// BIO_get_mem_data is a macro over BIO_ctrl with a pointer to a pointer.
static inline long tenderbridge_bio_memory(BIO *bio, char **data) { return BIO_get_mem_data(bio, data); }

// XN_FLAG_RFC2253 without ASN1_STRFLGS_ESC_MSB: a macro of casts; UTF-8 is shown to people as it is.
static inline unsigned long tenderbridge_name_flags(void) { return XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB; }

// Typed stacks are macros over casts; these are the three operations used on stacks of certificates.
static inline STACK_OF(X509) * tenderbridge_certificates_new(void) { return sk_X509_new_null(); }
static inline int tenderbridge_certificates_push(STACK_OF(X509) *stack, X509 *certificate) {
    return sk_X509_push(stack, certificate);
}
static inline void tenderbridge_certificates_free(STACK_OF(X509) *stack) { sk_X509_free(stack); }

#endif
