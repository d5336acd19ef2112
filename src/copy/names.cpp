#include "copy/names.h"

#include "os/digest.h"
#include "os/files.h"
#include "serialtcp/bytes.h"

namespace serialtcp::io::copy {

namespace {

constexpr std::size_t kMostName = 255;
constexpr std::string_view kPartialEnd = ".serialtcp-part";

std::string hex_of(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  constexpr std::size_t kBytes = 8;
  Digest digest;
  digest.add(ByteView(reinterpret_cast<const Byte*>(text.data()), text.size()));
  const Digest::Value value = digest.value();
  std::string hex;
  for (std::size_t i = 0; i < kBytes; ++i) {
    hex += kDigits[value[i] >> 4U];
    hex += kDigits[value[i] & 15U];
  }
  return hex;
}

}  // namespace

bool is_entry_name(std::string_view name) {
  return !name.empty() && name.size() <= kMostName && name != "." && name != ".." &&
         name.find_first_of(std::string_view("/\0", 2)) == std::string_view::npos;
}

std::string entry_name(std::string_view path) {
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  const std::string_view name = file_name(path);
  return is_entry_name(name) ? std::string(name) : std::string();
}

std::string partial_name(std::string_view name) {
  if (name.size() + 1 + kPartialEnd.size() <= kMostName)
    return "." + std::string(name) + std::string(kPartialEnd);
  return "." + hex_of(name) + std::string(kPartialEnd);
}

Place parse_place(std::string_view text, const std::function<bool(const std::string& path)>& is_device) {
  const std::size_t slash = text.find('/');
  const std::size_t first = text.find(':');
  if (first == std::string_view::npos) return {std::nullopt, std::string(text)};
  if (first < slash) return {std::string(text.substr(0, first)), std::string(text.substr(first + 1))};
  for (std::size_t colon = text.rfind(':'); colon != std::string_view::npos && colon > 0;
       colon = text.rfind(':', colon - 1)) {
    const std::string before(text.substr(0, colon));
    if (is_device(before)) return {before, std::string(text.substr(colon + 1))};
  }
  return {std::nullopt, std::string(text)};
}

}  // namespace serialtcp::io::copy
