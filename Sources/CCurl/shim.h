// libcurl for Swift. curl_easy_setopt, curl_easy_getinfo and curl_multi_setopt are variadic macros: Swift calls wrappers.
#include <curl/curl.h>
