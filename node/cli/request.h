/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A fresh message of ctl.proto as a value: REQUEST(LogRequest, log_request). protobuf-c's own __INIT
 * macros cast away const, which our warnings do not allow.
 */
#ifndef CLI_REQUEST_H
#define CLI_REQUEST_H

#define REQUEST(Message, message)                                                                            \
	({                                                                                                   \
		Ims__Ctl__##Message fresh_;                                                                  \
		ims__ctl__##message##__init(&fresh_);                                                        \
		fresh_;                                                                                      \
	})

#endif
