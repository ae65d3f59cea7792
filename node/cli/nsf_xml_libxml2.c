/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/nsf_xml.h"

#include <libxml/parser.h>
#include <libxml/tree.h>

static const xmlNode *child(const xmlNode *node, const char *name)
{
	if (!node)
		return NULL;
	for (node = node->children; node; node = node->next)
		if (node->type == XML_ELEMENT_NODE && xmlStrEqual(node->name, (const xmlChar *)name))
			return node;
	return NULL;
}

static struct bytes content(const xmlNode *node, struct arena *a)
{
	xmlChar *text = node ? xmlNodeGetContent(node) : NULL;
	struct bytes copy = arena_dup(a, bytes_of((const char *)text));

	xmlFree(text);
	return copy;
}

static void take(const xmlNode *award, struct arena *a, struct nsf_award *ret)
{
	const xmlNode *institution = child(award, "Institution");

	*ret = (struct nsf_award){
		.id = content(child(award, "AwardID"), a),
		.title = content(child(award, "AwardTitle"), a),
		.abstract = content(child(award, "AbstractNarration"), a),
		.effective = content(child(award, "AwardEffectiveDate"), a),
		.expiration = content(child(award, "AwardExpirationDate"), a),
		.amount = content(child(award, "AwardAmount"), a),
		.programme = content(child(child(award, "ProgramElement"), "Text"), a),
		.institution = content(child(institution, "Name"), a),
		.city = content(child(institution, "CityName"), a),
		.country = content(child(institution, "CountryName"), a),
	};
}

static int no_document(struct errtext *e)
{
	const xmlError *why = xmlGetLastError();
	size_t n = why && why->message ? strcspn(why->message, "\n") : 0;

	return errtext_set(e, IMS_E_SYNTAX, "line %d: %.*s", why ? why->line : 0, (int)n,
			   n ? why->message : "");
}

int nsf_xml_parse(struct bytes xml, struct arena *a, struct nsf_award *ret, struct errtext *e)
{
	const xmlNode *award;
	xmlDoc *doc;
	int err = 0;

	if (xml.n > NSF_XML_MAX_BYTES)
		return errtext_set(e, IMS_E_LIMIT, "%zu bytes", xml.n);
	xmlResetLastError();
	doc = xmlReadMemory((const char *)xml.p, (int)xml.n, NULL, NULL,
			    XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NOCDATA);
	if (!doc)
		return no_document(e);
	award = child(xmlDocGetRootElement(doc), "Award");
	if (doc->intSubset || doc->extSubset)
		err = errtext_set(e, IMS_E_SYNTAX, "has a document type");
	else if (!award)
		err = errtext_set(e, IMS_E_SYNTAX, "holds no Award");
	else
		take(award, a, ret);
	xmlFreeDoc(doc);
	return err ? err : arena_failed(a) ? IMS_E_NOMEM : 0;
}
