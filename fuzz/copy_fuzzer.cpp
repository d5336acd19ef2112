// A copy whose other end sends arbitrary records: nothing is written outside of the chosen folder, and the receiver ends. Its
// input is a list of records; that of a file's end may get the right digest.
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <filesystem>

#include "copy/partial_file.h"
#include "copy/receiver.h"
#include "input.h"

namespace serialtcp::fuzz {
namespace {

namespace fs = std::filesystem;
using namespace io::copy;

/// Fits into the buffer of a socket.
constexpr std::size_t kMostBytes = 32 * 1024;

/// .../inside is the folder of the copy, .../outside beside it must stay empty.
class Place {
 public:
  Place() {
    std::string folder = (fs::temp_directory_path() / "serialtcp-copy-fuzzer-XXXXXX").string();
    demand(::mkdtemp(folder.data()) != nullptr, "there is a folder");
    root_ = folder;
    fs::create_directory(root_ / "outside");
  }
  ~Place() { fs::remove_all(root_); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  void clear() const {
    fs::remove_all(root_ / "inside");
    fs::create_directory(root_ / "inside");
  }
  fs::path inside() const { return root_ / "inside"; }
  void look() const {
    demand(fs::is_empty(root_ / "outside"), "nothing is written beside the folder");
    demand(std::distance(fs::directory_iterator(root_), fs::directory_iterator()) == 2, "nor above it");
    constexpr auto kSpecial = fs::perms::set_uid | fs::perms::set_gid;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(inside())) {
      const fs::file_status status = entry.symlink_status();
      const bool known = fs::is_regular_file(status) || fs::is_directory(status) || fs::is_symlink(status);
      demand(known, "only files, folders and links are made");
      if (fs::is_regular_file(status))
        demand((status.permissions() & kSpecial) == fs::perms::none,
               "no file gets the rights of another user");
    }
  }

 private:
  fs::path root_;
};

/// The records of the input, written to the socket.
void say(Peer& peer, Input& input) {
  constexpr Byte kRightDigest = 0xFF;
  io::Digest digest;
  std::size_t said = 0;
  while (!input.empty() && said < kMostBytes) {
    const Byte type = input.u8();
    const Bytes payload = input.bytes(input.u8());
    said += payload.size() + 40;
    if (type == kRightDigest) {
      peer.send(Type::end, digest.value());
      digest = {};
      continue;
    }
    if (Type{type} == Type::data) digest.add(payload);
    if (Type{type} == Type::file) digest = {};
    peer.send(Type{type}, payload);
  }
}

void receive(const Place& place, Input& input) {
  std::array<int, 2> sockets{};
  demand(::socketpair(AF_UNIX, SOCK_STREAM, 0, sockets.data()) == 0, "there are sockets");
  place.clear();
  const std::string only = (input.u8() & 1U) != 0 ? "only" : "";
  {
    Peer other(sockets[0], sockets[0]);
    say(other, input);
    other.flush();
    ::shutdown(sockets[0], SHUT_WR);
    Peer own(sockets[1], sockets[1]);
    Receiver receiver(own, {.dealt_with = [](const std::string&, const std::string&) {},
                            .progress = [](const std::string&, std::uint64_t, std::uint64_t) {}});
    try {
      static_cast<void>(receiver.run({.folder = place.inside().string(), .name = only}));
    } catch (const Peer::Broken& broken) {
      demand(!broken.text.empty(), "it is said why");
    }
  }
  for (const int fd : sockets) ::close(fd);
  place.look();
}

}  // namespace
}  // namespace serialtcp::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace serialtcp;
  static const fuzz::Place place;
  fuzz::Input input(data, size);
  fuzz::receive(place, input);
  return 0;
}
