// The lists in the manual pages that are made from the option table. Each stands between two comments:
//     .\" begin options: link
//     .\" end options
// What stands below the head of an option there is prose that is written by hand, and stays. An option that has none yet
// gets its line of --help.
#pragma once

#include <expected>
#include <string>

namespace serialtcp::tools {

/// serialtcp(1) with the heads of all options in the order of the table. The error is a sentence.
std::expected<std::string, std::string> with_options(const std::string& page);

/// serialtcp.toml(5) with all keys.
std::expected<std::string, std::string> with_keys(const std::string& page);

}  // namespace serialtcp::tools
