#include "install/programs.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>

#include "os/files.h"
#include "os/own_program.h"

namespace serialtcp::install {

namespace {

/// A plain file, whole; none if there is no such file.
std::optional<Bytes> content_of(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return std::nullopt;
  Bytes bytes;
  std::array<Byte, 65536> buffer;
  ssize_t count = 0;
  while ((count = ::read(fd, buffer.data(), buffer.size())) > 0)
    bytes.insert(bytes.end(), buffer.begin(), buffer.begin() + count);
  ::close(fd);
  if (count < 0 || bytes.empty()) return std::nullopt;
  return bytes;
}

}  // namespace

std::optional<Program> Programs::find(std::string_view arch) const {
  for (const std::string& folder : folders_) {
    const std::string path = fmt::format("{}/serialtcp-{}-lite", folder, arch);
    auto plain = content_of(path);
    if (!plain) continue;
    auto loader = content_of(fmt::format("{}/serialtcp-{}-loader", folder, arch));
    if (loader && loader->size() > kMostLoader) loader.reset();
    return Program{path, std::move(*plain), content_of(path + ".xz"), content_of(path + ".gz"),
                   std::move(loader)};
  }
  return std::nullopt;
}

std::vector<std::string> Programs::usual_folders(const std::optional<std::string>& given) {
  if (given) return {*given};
  std::vector<std::string> folders;
  if (const std::string own = io::own_program_path(); !own.empty()) {
    const std::string beside = io::folder_of(own);
    folders = {io::folder_of(beside) + "/share/serialtcp/boards", beside, beside + "/boards"};
  }
  folders.emplace_back("/usr/local/share/serialtcp/boards");
  folders.emplace_back("/usr/share/serialtcp/boards");
  return folders;
}

}  // namespace serialtcp::install
