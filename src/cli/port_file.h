// The file that tells a test which ports were chosen.
#pragma once

#include <cstdint>
#include <expected>
#include <span>
#include <string>

namespace serialtcp::cli {

/// One port in each line. Written to a temporary file and renamed, so that a reader finds all of it or
/// nothing. The error is a whole sentence.
std::expected<void, std::string> write_port_file(const std::string& path,
                                                 std::span<const std::uint16_t> ports);

}  // namespace serialtcp::cli
