// Key files: reading one with a message for everything that can be wrong with it, and making one.
#pragma once

#include <expected>
#include <optional>
#include <string>

#include "serialtcp/key.h"

namespace serialtcp::io {

/// What becomes of a key file that other users can read, change or replace. Who can change it can choose the
/// key, which is as bad as knowing it.
enum class UnsafeKeyFile : std::uint8_t {
  warn,
  refuse,
};

struct LoadedKey {
  Key key;
  std::optional<std::string> warning = {};  ///< a whole sentence
};

/// The error is a sentence that names the file, and says what to do.
std::expected<LoadedKey, std::string> read_key_file(const std::string& path, UnsafeKeyFile policy);

/// Makes the file, for its owner only; never touches one that is there. The error is as above.
std::expected<void, std::string> write_key_file(const std::string& path, const Key& key);

}  // namespace serialtcp::io
