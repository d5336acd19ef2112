#include "install/programs.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "os/own_program.h"

namespace serialtcp::install {

namespace {

std::optional<Bytes> content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  Bytes bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (file.bad() || bytes.empty()) return std::nullopt;
  return bytes;
}

}  // namespace

std::optional<Program> Programs::find(std::string_view arch) const {
  for (const std::string& folder : folders_) {
    const std::string path = fmt::format("{}/serialtcp-{}-lite", folder, arch);
    auto plain = content_of(path);
    if (plain) return Program{path, std::move(*plain), content_of(path + ".xz"), content_of(path + ".gz")};
  }
  return std::nullopt;
}

std::vector<std::string> Programs::usual_folders(const std::optional<std::string>& given) {
  if (given) return {*given};
  std::vector<std::string> folders;
  if (const std::filesystem::path own = io::own_program(); !own.empty()) {
    const std::filesystem::path beside = own.parent_path();
    folders = {(beside.parent_path() / "share/serialtcp/boards").string(), beside.string(),
               (beside / "boards").string()};
  }
  folders.emplace_back("/usr/local/share/serialtcp/boards");
  folders.emplace_back("/usr/share/serialtcp/boards");
  return folders;
}

}  // namespace serialtcp::install
