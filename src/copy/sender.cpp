#include "copy/sender.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <ctime>
#include <utility>
#include <vector>

#include "base/cursor.h"
#include "copy/names.h"
#include "os/digest.h"
#include "os/error_text.h"
#include "os/text.h"

namespace serialtcp::io::copy {

namespace {

constexpr std::uint32_t kSentModes = 07777;
constexpr std::uint32_t kUsualMode = 0644;

/// Closes a descriptor.
class Open {
 public:
  explicit Open(int fd) : fd_(fd) {}
  ~Open() {
    if (fd_ > STDIN_FILENO) ::close(fd_);
  }
  Open(const Open&) = delete;
  Open& operator=(const Open&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

/// Waits, also where the descriptor is non-blocking. 0 at the end; -1 with errno.
ssize_t read_piece(int fd, MutableByteView room) {
  for (;;) {
    const ssize_t count = ::read(fd, room.data(), room.size());
    if (count >= 0 || errno != EINTR) return count;
  }
}

std::vector<std::string> entries_of(int fd) {
  std::vector<std::string> names;
  DIR* const folder = ::fdopendir(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
  if (folder == nullptr) return names;
  while (const dirent* const entry = ::readdir(folder)) {
    if (is_entry_name(entry->d_name)) names.emplace_back(entry->d_name);
  }
  ::closedir(folder);
  std::ranges::sort(names);
  return names;
}

Payload described(std::uint32_t mode, std::int64_t time) {
  Payload payload;
  payload.number(mode & kSentModes, 4).number(static_cast<std::uint64_t>(time), 8);
  return payload;
}

}  // namespace

void Sender::send(const std::string& path, const std::string& name) {
  if (path == "-") return send_file(STDIN_FILENO, name, path, kUnknownSize, kUsualMode, std::time(nullptr));
  send_entry(AT_FDCWD, path, name, path, true);
}

void Sender::send_entry(int folder, const std::string& entry, const std::string& name,
                        const std::string& path, bool follow) {
  struct stat found {};
  if (::fstatat(folder, entry.c_str(), &found, follow ? 0 : AT_SYMLINK_NOFOLLOW) != 0)
    return fail(path, plain_text(errno));
  if (S_ISLNK(found.st_mode)) return send_link(folder, entry, name, path);
  const bool is_folder = S_ISDIR(found.st_mode);
  if (is_folder && folders_ == Folders::refused)
    return fail(path, "it is a folder: with -r, it is copied with all that is in it");
  if (!is_folder && !S_ISREG(found.st_mode)) return fail(path, "it is neither a file nor a folder");
  const int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | (follow ? 0 : O_NOFOLLOW);
  const Open open(::openat(folder, entry.c_str(), flags));
  if (open.get() < 0 || ::fstat(open.get(), &found) != 0) return fail(path, plain_text(errno));
  const auto time = static_cast<std::int64_t>(found.st_mtim.tv_sec);
  if (S_ISDIR(found.st_mode)) return send_folder(open.get(), name, path, found.st_mode, time);
  send_file(open.get(), name, path, static_cast<std::uint64_t>(found.st_size), found.st_mode, time);
}

void Sender::send_folder(int fd, const std::string& name, const std::string& path, std::uint32_t mode,
                         std::int64_t time) {
  peer_.send(Type::folder, described(mode, time).text(name));
  asked_.push_back(path);
  for (const std::string& entry : entries_of(fd))
    send_entry(fd, entry, entry, fmt::format("{}/{}", path, entry), false);
  peer_.send(Type::leave);
}

void Sender::send_link(int folder, const std::string& entry, const std::string& name,
                       const std::string& path) {
  std::array<char, PATH_MAX> target;
  const ssize_t length = ::readlinkat(folder, entry.c_str(), target.data(), target.size());
  if (length < 0) return fail(path, plain_text(errno));
  const std::string_view to(target.data(), static_cast<std::size_t>(length));
  peer_.send(Type::link, Payload().number(to.size(), 2).text(to).text(name));
  asked_.push_back(path);
}

void Sender::send_file(int fd, const std::string& name, const std::string& path, std::uint64_t size,
                       std::uint32_t mode, std::int64_t time) {
  peer_.send(Type::file, described(mode, time).number(size, 8).text(name));
  asked_.push_back(path);
  size_ = size;
  Digest digest;
  const bool asks = size >= kWorthAnOffer && size != kUnknownSize;
  if (asks && !continue_file(fd, digest)) return;
  send_data(fd, digest);
}

/// Begins behind what the other end has, if that is the beginning of this file. False if it does not want it.
bool Sender::continue_file(int fd, Digest& digest) {
  Record answer = peer_.receive();
  while (take(answer)) answer = peer_.receive();
  if (answer.type == Type::refuse) return false;
  base::Reader reader{ByteView(answer.payload)};
  std::uint64_t there = reader.little(8);
  Digest::Value of_other{};
  std::ranges::copy(reader.take(of_other.size()), of_other.begin());
  if (answer.type != Type::offer || !reader.good())
    throw Peer::Broken{"what the other end says makes no sense"};
  Bytes piece(kMostData);
  for (std::uint64_t left = there; left > 0;) {
    const ssize_t count =
        read_piece(fd, MutableByteView(piece).first(std::min<std::uint64_t>(left, piece.size())));
    if (count <= 0) break;
    digest.add(ByteView(piece).first(static_cast<std::size_t>(count)));
    left -= static_cast<std::uint64_t>(count);
  }
  if (there > 0 && digest.value() != of_other) {
    there = 0;
    digest = Digest();
    ::lseek(fd, 0, SEEK_SET);
  }
  peer_.send(Type::begin, Payload().number(there, 8));
  return true;
}

void Sender::send_data(int fd, Digest& digest) {
  Bytes piece(kMostData);
  for (;;) {
    const ssize_t count = read_piece(fd, piece);
    if (count == 0) break;
    if (count < 0) return peer_.send(Type::failed, plain_text(errno));
    const ByteView bytes = ByteView(piece).first(static_cast<std::size_t>(count));
    digest.add(bytes);
    peer_.send(Type::data, bytes);
    if (refused_meanwhile()) return peer_.send(Type::failed);
  }
  peer_.send(Type::end, digest.value());
}

bool Sender::refused_meanwhile() {
  while (const auto record = peer_.receive_now()) {
    if (!take(*record)) return record->type == Type::refuse;
  }
  return false;
}

void Sender::fail(const std::string& path, const std::string& why) {
  good_ = false;
  calls_.failed(fmt::format("{}: {}", printable(path), why));
}

/// False if it is for the caller.
bool Sender::take(const Record& record) {
  base::Reader reader{ByteView(record.payload)};
  if (record.type == Type::result) {
    const bool good = reader.u8() != 0;
    const ByteView text = reader.take_all();
    if (asked_.empty()) throw Peer::Broken{"what the other end says makes no sense"};
    const std::string path = std::move(asked_.front());
    asked_.pop_front();
    if (!good) fail(path, printable(std::string(text.begin(), text.end())));
    return true;
  }
  // The refusal of an earlier file comes before its result.
  if (record.type == Type::refuse && asked_.size() > 1) return true;
  if (record.type != Type::arrived) return false;
  if (calls_.progress && !asked_.empty()) calls_.progress(asked_.back(), reader.little(8), size_);
  return true;
}

bool Sender::finish() {
  peer_.send(Type::all_sent);
  for (;;) {
    const Record record = peer_.receive();
    if (record.type == Type::done) return good_;
    if (!take(record) && record.type != Type::refuse)
      throw Peer::Broken{"what the other end says makes no sense"};
  }
}

}  // namespace serialtcp::io::copy
