// Text of Windows, which has 16 bits a character, and ours, which is UTF-8.
#pragma once

#include <string>
#include <string_view>

namespace serialtcp::io {

/// What is no UTF-8 becomes U+FFFD.
std::wstring wide_text(std::string_view text);

/// Half a pair of surrogates becomes U+FFFD.
std::string narrow_text(std::wstring_view text);

}  // namespace serialtcp::io
