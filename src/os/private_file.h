// Files with secrets: keys and passwords. What one of them contains is worth something only if nobody else can read or change
// it, so that is found out as it is read.
#pragma once

#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace serialtcp::io {

/// Other users who have access to a file. Whoever can change it can choose the secret, which is as bad as knowing it.
struct FileDanger {
  std::string who_can;  ///< "other users can read"
  std::string remedy;   ///< "chmod 600 FILE"
};

struct PrivateFile {
  std::string text;  ///< the caller wipes it
  std::optional<FileDanger> danger = {};
};

struct PrivateFileError {
  int number = 0;         ///< of the system; 0: none
  std::string text = {};  ///< completes "Could not use the key file X: ..."
};

/// The first `most` bytes. The file has to be a regular one; it belongs to this user or root, nobody else can read or write it,
/// and its folder is not one in which others can replace it: else there is a danger. A credential of the service manager
/// (LoadCredential= of systemd) is private. Never waits for a FIFO. On Windows, its access control list decides, in which only
/// this user, SYSTEM and the administrators may stand; the folder is not looked at.
std::expected<PrivateFile, PrivateFileError> read_private_file(const std::string& path, std::size_t most);

/// Makes a file that nobody else can read, with this text, and has it on the disk; never changes one that exists. An errno, or 0:
/// then there is no such file.
int write_new_private_file(const std::string& path, std::string_view text);

}  // namespace serialtcp::io
