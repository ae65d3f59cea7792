/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The library's own beginning. OpenSSL 3.0 goes on with what it could not allocate while it set itself
 * up, and crashes later; so until the first digest is there, no memory is the declared end
 * (base/mem.h). After that a failed allocation is an ordinary error of the call.
 */
#ifndef CRYPTO_BEGIN_H
#define CRYPTO_BEGIN_H

/* First thing in a daemon's main(), before any other thread and any call of OpenSSL. */
void crypto_begin(void);

#endif
