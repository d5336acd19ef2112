#include "cli/key_file.h"

#include <fmt/format.h>

#include <cerrno>
#include <string_view>
#include <utility>

#include "os/error_text.h"
#include "os/private_file.h"

namespace serialtcp::io {

namespace {

constexpr std::string_view kMakeOne = "serialtcp keygen FILE makes a key";

std::unexpected<std::string> unusable(const std::string& path, std::string_view why) {
  return std::unexpected(fmt::format("Could not use the key file {}: {}", path, why));
}

std::string problem_text(const PrivateFileError& error) {
  switch (error.number) {
    case ENOENT:
      return fmt::format("no such file; {}", kMakeOne);
    case ENOTDIR:
      return "a part of its path is not a directory";
    case EACCES:
    case EPERM:
      return "permission denied: it must be readable for the user that runs serialtcp";
    default:
      return error.text;
  }
}

std::string text_of(KeyError error) {
  switch (error) {
    case KeyError::empty:
      return fmt::format("it is empty; {}", kMakeOne);
    case KeyError::too_short:
      return "it ends in the middle of the key: copy the file again";
    case KeyError::too_long:
      return "it contains more than one key: a key file has one line";
    case KeyError::not_a_key:
      return fmt::format("it does not contain a key of serialtcp; {}", kMakeOne);
  }
  return "";
}

}  // namespace

std::expected<LoadedKey, std::string> read_key_file(const std::string& path, UnsafeKeyFile policy) {
  auto file = read_private_file(path, kMaxKeyText + 1);
  if (!file) return unusable(path, problem_text(file.error()));
  const auto key = parse_key(file->text);
  wipe(file->text);
  std::optional<std::string> warning;
  if (const auto& danger = file->danger) {
    if (policy == UnsafeKeyFile::refuse) {
      return unusable(path, fmt::format("{} it: {}", danger->who_can, danger->remedy));
    }
    warning = fmt::format("WARNING: {} the key file {}: {}", danger->who_can, path, danger->remedy);
  }
  if (!key) return unusable(path, text_of(key.error()));
  return LoadedKey{*key, std::move(warning)};
}

std::expected<void, std::string> write_key_file(const std::string& path, const Key& key) {
  const auto failed = [&](std::string_view why) {
    return std::unexpected(fmt::format("Could not write the key to {}: {}", path, why));
  };
  std::string text = format_key(key);
  const int error = write_new_private_file(path, text);
  wipe(text);
  if (error == 0) return {};
  if (error == EEXIST)
    return failed("it exists already, and a key is never overwritten: choose another name");
  return failed(error == ENOENT ? "there is no such directory" : plain_text(error));
}

}  // namespace serialtcp::io
