// Paths, and what is at them. std::filesystem is not used: it brings the streams and the locales of the C++ library into a
// static program, a third of its size.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <system_error>

namespace serialtcp::io {

// ---- The text of a path, by the rules of this system ----

/// What is behind the last slash (on Windows: of either kind). `path` must live as long.
std::string_view file_name(std::string_view path);
/// What is before it: "." if there is none, "/" of a file at the root.
std::string folder_of(std::string_view path);
/// Without empty parts, "." and "x/..", and without a slash at the end.
std::string normal_path(std::string_view path);

/// A file that takes everything and has nothing.
std::string null_device();

// ---- What is there ----

/// What a path names; links are not followed.
enum class FileKind : std::uint8_t { none, link, other, unknown };

/// `unknown`: it cannot be looked at, and `error` says why.
FileKind file_kind(const std::string& path, std::error_code& error);

/// The rest follows links.
bool exists(const std::string& path);
bool is_character_device(const std::string& path);
enum class PathKind : std::uint8_t { none, regular, folder, other };
/// `none`: it cannot be looked at, and `error` says why: an errno.
PathKind path_kind(const std::string& path, std::error_code& error);
/// Why a file could not be appended to, or made: an errno; 0 if it can be. Changes nothing.
int why_not_writable(const std::string& path);
/// Two names of one file, both of which exist.
bool is_same_file(const std::string& one, const std::string& other);

/// Absolute, without links, "." and ".."; empty if there is no such file.
std::string real_path(const std::string& path);
/// The same of a file which need not exist: of the folders that do.
std::string resolved_path(const std::string& path);
/// What a link says; empty if it is none.
std::string link_target(const std::string& path);

/// The names in a folder, in no order, at most so many; none if it cannot be read.
void for_each_name(const std::string& folder, std::size_t most,
                   const std::function<void(const std::string& name)>& each);

}  // namespace serialtcp::io
