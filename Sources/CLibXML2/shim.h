// libxml2 for Swift. Only what Swift cannot call (macros, variadic functions) is wrapped here.
#include <libxml/encoding.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/tree.h>
#include <libxml/xmlerror.h>
#include <libxml/xmlschemas.h>
