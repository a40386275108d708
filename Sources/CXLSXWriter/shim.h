// libxlsxwriter for Swift: one header exported, nothing added.
#include <xlsxwriter.h>
