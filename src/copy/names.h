// Which names of files are accepted from the other end, how a partial file is called, and what a user means by NAME:PATH.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace serialtcp::io::copy {

/// Whether it is the name of one entry of a folder: not empty, not "." or "..", without '/' and zero bytes, and not longer than
/// a file system takes.
bool is_entry_name(std::string_view name);

/// "x" of "/a/x", "a/x/" and "x"; empty if there is none, as in "/", "." and "a/..".
std::string entry_name(std::string_view path);

/// Of what has arrived of an entry, beside it: ".NAME.serialtcp-part". Unique for each name, and not too long either.
std::string partial_name(std::string_view name);

/// A place of `serialtcp cp`.
struct Place {
  std::optional<std::string> line = {};  ///< DEV|NAME; none: a path of this machine
  std::string path = {};

  bool operator==(const Place&) const = default;
};

/// As scp has it: a colon before the first slash ends a name. A text with a slash before the colon is a path of this machine,
/// unless what stands before one of its colons is a device: `is_device` says so. "-" is standard input or output.
Place parse_place(std::string_view text, const std::function<bool(const std::string& path)>& is_device);

}  // namespace serialtcp::io::copy
