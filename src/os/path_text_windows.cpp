// Paths of Windows: slashes of both kinds; a drive, a share (\\server\share) or a device (\\.\COM12) may stand in front.
#include <algorithm>
#include <cctype>
#include <vector>

#include "os/files.h"

namespace serialtcp::io {

namespace {

constexpr std::string_view kSlashes = "\\/";

bool is_slash(char c) {
  return kSlashes.find(c) != std::string_view::npos;
}

/// What stands in front of the parts: "C:", "C:\", "\", "\\".
std::size_t size_of_root(std::string_view path) {
  std::size_t size = 0;
  if (path.size() >= 2 && path[1] == ':' && std::isalpha(static_cast<unsigned char>(path[0])) != 0) size = 2;
  while (size < path.size() && is_slash(path[size])) ++size;
  return size;
}

}  // namespace

std::string_view file_name(std::string_view path) {
  const std::size_t slash = path.find_last_of(kSlashes);
  const std::size_t begin = slash == std::string_view::npos ? 0 : slash + 1;
  return path.substr(std::max(begin, std::min(size_of_root(path), path.size())));
}

std::string folder_of(std::string_view path) {
  const std::size_t root = size_of_root(path);
  const std::size_t slash = path.find_last_of(kSlashes);
  if (slash == std::string_view::npos || slash < root)
    return root == 0 ? "." : std::string(path.substr(0, root));
  std::size_t end = slash;
  while (end > root && is_slash(path[end - 1])) --end;
  return std::string(path.substr(0, end));
}

std::string normal_path(std::string_view path) {
  const std::size_t root = size_of_root(path);
  std::string normal(path.substr(0, root));
  std::ranges::replace(normal, '/', '\\');
  const bool absolute = !normal.empty() && normal.back() == '\\';
  path.remove_prefix(root);
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find_first_of(kSlashes), path.size());
    const std::string_view part = path.substr(0, end);
    path.remove_prefix(std::min(end + 1, path.size()));
    if (part.empty() || part == ".") continue;
    if (part == ".." && !parts.empty() && parts.back() != "..") {
      parts.pop_back();
    } else if (part != ".." || !absolute) {
      parts.push_back(part);
    }
  }
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) normal += '\\';
    normal += parts[i];
  }
  return normal.empty() ? "." : normal;
}

std::string null_device() {
  return "NUL";
}

}  // namespace serialtcp::io
