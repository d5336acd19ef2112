// QueryDosDevice(), which knows all names of devices.
#include "port/com_name_windows.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>

#include "os/wide_text_windows.h"
#include "os/windows.h"

namespace serialtcp::io {

namespace {

constexpr std::string_view kDevicePrefix = R"(\\.\)";

std::optional<unsigned> com_number(std::string_view name) {
  constexpr std::string_view kWord = "COM";
  if (name.size() <= kWord.size()) return std::nullopt;
  const bool is_com = std::equal(kWord.begin(), kWord.end(), name.begin(), [](char wanted, char letter) {
    return wanted == (letter >= 'a' && letter <= 'z' ? letter - 'a' + 'A' : letter);
  });
  const std::string_view digits = name.substr(kWord.size());
  unsigned number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  const bool is_number = error == std::errc() && end == digits.data() + digits.size() && digits[0] != '0';
  if (!is_com || !is_number || number > kMaxComNumber) return std::nullopt;
  return number;
}

std::set<std::string>& own_ports() {
  static std::set<std::string> ports;
  return ports;
}

}  // namespace

std::string com_path(std::string_view name) {
  const std::string_view own = name.starts_with(kDevicePrefix) ? name.substr(kDevicePrefix.size()) : name;
  const auto number = com_number(own);
  return number ? std::string(kDevicePrefix) + "COM" + std::to_string(*number) : std::string(name);
}

bool is_device_there(std::string_view name) {
  const std::string own(name.starts_with(kDevicePrefix) ? name.substr(kDevicePrefix.size()) : name);
  if (own.find_first_of("\\/:") != std::string::npos)
    return ::GetFileAttributesW(wide_text(own).c_str()) != INVALID_FILE_ATTRIBUTES;
  std::wstring target(4096, L'\0');
  return ::QueryDosDeviceW(wide_text(own).c_str(), target.data(), static_cast<DWORD>(target.size())) != 0;
}

std::vector<std::string> com_ports() {
  std::vector<unsigned> numbers;
  std::wstring names(65536, L'\0');
  const DWORD size = ::QueryDosDeviceW(nullptr, names.data(), static_cast<DWORD>(names.size()));
  std::wstring_view rest = std::wstring_view(names).substr(0, size);
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(L'\0'), rest.size());
    if (const auto number = com_number(narrow_text(rest.substr(0, end)))) numbers.push_back(*number);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  std::sort(numbers.begin(), numbers.end());
  std::vector<std::string> ports;
  for (const unsigned number : numbers) ports.push_back("COM" + std::to_string(number));
  return ports;
}

void note_own_port(const std::string& path) {
  own_ports().insert(path);
}

void forget_own_port(const std::string& path) {
  own_ports().erase(path);
}

bool is_own_port(const std::string& path) {
  return own_ports().contains(path);
}

}  // namespace serialtcp::io
