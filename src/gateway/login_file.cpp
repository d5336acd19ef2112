#include "gateway/login_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "os/file_text.h"
#include "os/private_file.h"
#include "serialtcp/key.h"

namespace serialtcp::gateway {

namespace {

constexpr std::string_view kBlanks = " \t\r";

std::string_view without_blanks(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  return text.substr(0, text.find_last_not_of(kBlanks) + 1);
}

bool is_text(std::string_view line) {
  return std::ranges::all_of(line, [](char c) { return c == '\t' || static_cast<unsigned char>(c) >= ' '; });
}

/// Of a line that is not empty. The error completes "line 3: ...".
std::expected<ppp::Login, std::string> parse_login(std::string_view line) {
  if (!is_text(line)) return std::unexpected("it has a character that is no text");
  const std::string_view name = line.substr(0, line.find_first_of(kBlanks));
  const std::string_view password = without_blanks(line.substr(name.size()));
  if (password.empty()) return std::unexpected("NAME PASSWORD is expected, and there is no password");
  if (name.size() > kMostLoginWord || password.size() > kMostLoginWord)
    return std::unexpected(fmt::format("a name or a password has more than {} characters", kMostLoginWord));
  return ppp::Login{std::string(name), std::string(password)};
}

}  // namespace

std::expected<std::vector<ppp::Login>, std::string> parse_logins(std::string_view text) {
  std::vector<ppp::Login> logins;
  if (text.size() > kMostLoginText)
    return std::unexpected(fmt::format("it has more than {} bytes", kMostLoginText));
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::string_view line = without_blanks(io::take_line(text));
    if (line.empty() || line.starts_with('#')) continue;
    auto login = parse_login(line);
    if (!login) return std::unexpected(fmt::format("line {}: {}", number, login.error()));
    if (std::ranges::find(logins, login->name, &ppp::Login::name) != logins.end())
      return std::unexpected(fmt::format("line {}: there is a password for this name above", number));
    if (logins.size() == kMostLogins)
      return std::unexpected(fmt::format("it has more than {} names", kMostLogins));
    logins.push_back(std::move(*login));
  }
  if (logins.empty()) return std::unexpected("there is no name in it: write a line NAME PASSWORD");
  return logins;
}

std::expected<std::vector<ppp::Login>, std::string> read_login_file(const std::string& path) {
  const auto unusable = [&path](std::string_view why) {
    return std::unexpected(fmt::format("Could not use the login file {}: {}", path, why));
  };
  auto file = io::read_private_file(path, kMostLoginText + 1);
  if (!file) return unusable(file.error().text);
  if (const auto& danger = file->danger)
    return unusable(fmt::format("{} it: {}", danger->who_can, danger->remedy));
  auto logins = parse_logins(file->text);
  wipe(file->text);
  if (!logins) return unusable(logins.error());
  return logins;
}

}  // namespace serialtcp::gateway
