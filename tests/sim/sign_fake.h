/* SPDX-License-Identifier: Apache-2.0 */
/* What the simulator asks of its signatures beside crypto/sign.h. */
#ifndef SIM_SIGN_FAKE_H
#define SIM_SIGN_FAKE_H

/* Called after each signature that is made, NULL: nobody. */
typedef void (*sign_fake_hook)(void *arg);
void sign_fake_set_hook(sign_fake_hook hook, void *arg);

#endif
