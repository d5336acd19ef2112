#include "cli/port_file.h"

#include <fmt/format.h>

#include <cstdio>

namespace serialtcp::cli {

std::expected<void, std::string> write_port_file(const std::string& path,
                                                 std::span<const std::uint16_t> ports) {
  std::string text;
  for (const std::uint16_t port : ports) text += fmt::format("{}\n", port);
  const std::string beside = path + ".new";
  std::FILE* const file = std::fopen(beside.c_str(), "we");
  bool good = file != nullptr && std::fwrite(text.data(), 1, text.size(), file) == text.size();
  if (file != nullptr && std::fclose(file) != 0) good = false;
  if (good && std::rename(beside.c_str(), path.c_str()) == 0) return {};
  return std::unexpected(fmt::format("Could not write {}: choose another file for --test-port-file", path));
}

}  // namespace serialtcp::cli
