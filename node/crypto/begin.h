/* SPDX-License-Identifier: Apache-2.0 */
/* OpenSSL takes its memory from base/mem.h: version 3.0 crashes, or writes where it must not, on some of
 * its ways out of a failed small allocation. */
#ifndef CRYPTO_BEGIN_H
#define CRYPTO_BEGIN_H

/* First thing in a daemon's main(), before any other call of OpenSSL. */
void crypto_begin(void);

#endif
