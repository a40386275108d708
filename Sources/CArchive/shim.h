// libarchive for Swift: one header exported, nothing added.
#include <archive.h>
#include <archive_entry.h>
