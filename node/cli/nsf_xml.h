/* SPDX-License-Identifier: Apache-2.0 */
/* One NSF award's XML file as the texts that an import needs; persons are not among them. */
#ifndef CLI_NSF_XML_H
#define CLI_NSF_XML_H

#include "base/arena.h"
#include "base/bytes.h"
#include "ims/err.h"

#define NSF_XML_MAX_BYTES ((size_t)1 << 20)

/* Element contents as they stand in the file, in the arena; empty where an element is absent. */
struct nsf_award {
	struct bytes id, title, abstract, effective, expiration, amount, programme;
	struct bytes institution, city, country; /* country: its name */
};

/* Nothing is fetched and no entity expanded: a file with a document type is refused.
 * Errors: IMS_E_LIMIT, IMS_E_SYNTAX, IMS_E_NOMEM. */
IMS_MUST_CHECK int nsf_xml_parse(struct bytes xml, struct arena *a, struct nsf_award *ret, struct errtext *e);

#endif
