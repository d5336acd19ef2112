// A file that a RecordOutput writes to, as an operating system has it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace serialtcp::io {

struct RecordFile {
  int number = -1;         ///< in the C library; whoever has it closes it
  bool regular = false;    ///< no terminal, no pipe
  std::uint64_t size = 0;  ///< of a regular one
};

/// Whether what is in a file already stays there.
enum class RecordContents : std::uint8_t { kept, replaced };

/// A new file can only be read by its owner. The error is an errno.
std::expected<RecordFile, int> open_record(const std::string& path, RecordContents contents);
/// Standard error, as one of this process alone.
std::expected<RecordFile, int> open_standard_error();
void close_record(int number);

/// Returns how many bytes were written: none if that would have to wait for a reader. The error is an errno.
std::expected<std::size_t, int> write_record(int number, std::string_view text);

/// After an error of write_record(): the disk is full.
bool may_have_room_again(int error);

/// Replaces `to`, while `from` may be open here. Returns an errno: ENOENT if there is no such file.
int rename_record(const std::string& from, const std::string& to);

}  // namespace serialtcp::io
