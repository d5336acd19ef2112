// The file of --login: names and passwords of PPP (PAP, CHAP), for both directions.
//
//   # a comment
//   NAME PASSWORD
//
// A line each. The name ends at the first blank; the password is the rest of the line, without blanks at its ends. A device
// proves that it is one of these; where it demands that of this end, this end is the first.
#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "ppp/config.h"

namespace serialtcp::gateway {

inline constexpr std::size_t kMostLogins = 256;
/// Of the file, in bytes.
inline constexpr std::size_t kMostLoginText = 64 * 1024;
/// Of a name, and of a password (RFC 1334 section 2.2.1).
inline constexpr std::size_t kMostLoginWord = 255;

/// At least one. The error completes "FILE: ...", and has no password in it.
std::expected<std::vector<ppp::Login>, std::string> parse_logins(std::string_view text);

/// The same of a file, which is refused unless it is private (os/private_file). The error is a sentence.
std::expected<std::vector<ppp::Login>, std::string> read_login_file(const std::string& path);

}  // namespace serialtcp::gateway
