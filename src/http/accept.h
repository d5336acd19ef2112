// What a client takes for an answer, by its field Accept (RFC 9110, 12.5.1).
#pragma once

#include <string_view>

namespace serialtcp::http {

/// How much it wants this type, from 0 (not at all) to 1. Only what is named exactly counts, not "*/*".
double quality_of(std::string_view accept, std::string_view type);

}  // namespace serialtcp::http
