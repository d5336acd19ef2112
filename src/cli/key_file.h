// Key files: reads one, with a message for each thing that can be wrong with it, and creates one.
#pragma once

#include <expected>
#include <optional>
#include <string>

#include "serialtcp/key.h"

namespace serialtcp::io {

/// What is done with a key file that other users can read, change or replace. Whoever can change it can choose
/// the key, which is as bad as knowing it.
enum class UnsafeKeyFile : std::uint8_t {
  warn,
  refuse,
};

struct LoadedKey {
  Key key;
  std::optional<std::string> warning = {};  ///< a whole sentence
};

/// The error is a sentence that names the file and says what to do.
std::expected<LoadedKey, std::string> read_key_file(const std::string& path, UnsafeKeyFile policy);

/// Creates the file, readable by its owner only; never changes an existing one. The error is as above.
std::expected<void, std::string> write_key_file(const std::string& path, const Key& key);

}  // namespace serialtcp::io
