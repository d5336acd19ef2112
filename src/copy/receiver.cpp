#include "copy/receiver.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "base/cursor.h"
#include "copy/names.h"
#include "os/error_text.h"
#include "os/text.h"

namespace serialtcp::io::copy {

namespace {

constexpr mode_t kFolderModes = 0777;

std::string text_of(ByteView bytes) {
  return {bytes.begin(), bytes.end()};
}

[[noreturn]] void violation() {
  throw Peer::Broken{"what the other end says makes no sense"};
}

}  // namespace

Receiver::~Receiver() {
  for (const Folder& folder : folders_) {
    if (folder.fd >= 0) ::close(folder.fd);
  }
}

bool Receiver::run(const Target& target) {
  target_ = target;
  named_ = false;
  good_ = true;
  Folder root{.path = target.folder};
  if (!calls_.pipe) {
    root.fd = ::open(target.folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (root.fd < 0) root.problem = fmt::format("{}: {}", printable(target.folder), plain_text(errno));
  }
  folders_.push_back(std::move(root));
  for (;;) {
    const Record record = peer_.receive();
    if (record.type == Type::all_sent) break;
    take(record);
  }
  while (!folders_.empty()) leave();
  return good_;
}

void Receiver::take(const Record& record) {
  switch (record.type) {
    case Type::folder:
      return enter(record);
    case Type::leave:
      if (folders_.size() < 2) violation();
      return leave();
    case Type::file:
      return take_file(record);
    case Type::link:
      return take_link(record);
    case Type::failed:
      good_ = false;
      return calls_.dealt_with("", record.text());
    default:
      violation();
  }
}

/// Its name, and whether it can be received.
void Receiver::choose(Entry& entry) {
  const Folder& folder = folders_.back();
  const bool only = folders_.size() == 1 && !target_.name.empty();
  if (only && std::exchange(named_, true)) entry.problem = "it is more than was asked for";
  if (only) entry.name = target_.name;
  const bool good_name = is_entry_name(entry.name);
  entry.path = folder.path == "." ? entry.name : fmt::format("{}/{}", folder.path, entry.name);
  if (!good_name) entry.problem = "that is no name of an entry";
  if (entry.name.empty()) entry.problem = "it is a folder: give the name of a file in it";
  if (folder.fd < 0 && !calls_.pipe && entry.problem.empty())
    entry.problem = folder.problem.empty() ? "its folder is not there" : folder.problem;
}

void Receiver::report(const Entry& entry) {
  if (!entry.problem.empty()) good_ = false;
  calls_.dealt_with(entry.path, entry.problem);
}

// ---- Folders ----

void Receiver::enter(const Record& record) {
  base::Reader reader{ByteView(record.payload)};
  Entry entry;
  entry.attributes.mode = static_cast<mode_t>(reader.little(4));
  entry.attributes.time = static_cast<std::int64_t>(reader.little(8));
  entry.name = text_of(reader.take_all());
  if (!reader.good()) violation();
  choose(entry);
  if (calls_.pipe) entry.problem = "it is a folder, and cannot go to standard output";
  if (folders_.size() >= kMostDepth)
    throw Peer::Broken{fmt::format("more than {} folders in each other", kMostDepth)};
  Folder folder{.path = entry.path};
  if (entry.problem.empty()) {
    const int above = folders_.back().fd;
    const bool made = ::mkdirat(above, entry.name.c_str(), 0700) == 0;
    if (made) folder.attributes = entry.attributes;
    const int error = errno;
    folder.fd = ::openat(above, entry.name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (folder.fd < 0)
      entry.problem = made || error == EEXIST ? "something is there that is no folder" : plain_text(error);
  }
  folders_.push_back(std::move(folder));
  report(entry);
}

void Receiver::leave() {
  const Folder folder = std::move(folders_.back());
  folders_.pop_back();
  if (folder.fd < 0) return;
  if (folder.attributes) {
    const timespec time{.tv_sec = static_cast<time_t>(folder.attributes->time), .tv_nsec = 0};
    const std::array<timespec, 2> times{time, time};
    [[maybe_unused]] const int ignored = ::fchmod(folder.fd, folder.attributes->mode & kFolderModes);
    ::futimens(folder.fd, times.data());
  }
  ::close(folder.fd);
}

// ---- Symbolic links ----

void Receiver::take_link(const Record& record) {
  base::Reader reader{ByteView(record.payload)};
  const auto length = static_cast<std::size_t>(reader.little(2));
  const std::string to = text_of(reader.take(length));
  Entry entry;
  entry.name = text_of(reader.take_all());
  if (!reader.good()) violation();
  choose(entry);
  if (calls_.pipe) entry.problem = "it is a symbolic link, and cannot go to standard output";
  if (to.empty() || to.find('\0') != std::string::npos) entry.problem = "its target is no path";
  if (entry.problem.empty()) make_link(entry, to);
  report(entry);
}

/// It is not followed, whatever it says.
void Receiver::make_link(Entry& entry, const std::string& to) {
  const int folder = folders_.back().fd;
  const std::string partial = partial_name(entry.name);
  struct stat found {};
  if (::fstatat(folder, entry.name.c_str(), &found, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(found.st_mode)) {
    entry.problem = "a folder is there";
    return;
  }
  ::unlinkat(folder, partial.c_str(), 0);
  if (::symlinkat(to.c_str(), folder, partial.c_str()) != 0 ||
      ::renameat(folder, partial.c_str(), folder, entry.name.c_str()) != 0)
    entry.problem = plain_text(errno);
}

// ---- Files ----

void Receiver::take_file(const Record& record) {
  base::Reader reader{ByteView(record.payload)};
  Entry entry;
  entry.attributes.mode = static_cast<mode_t>(reader.little(4));
  entry.attributes.time = static_cast<std::int64_t>(reader.little(8));
  entry.size = reader.little(8);
  entry.name = text_of(reader.take_all());
  if (!reader.good()) violation();
  choose(entry);
  there_ = 0;
  pipe_digest_ = Digest();
  PartialFile file(folders_.back().fd, is_entry_name(entry.name) ? entry.name : "x");
  if (entry.problem.empty() && !calls_.pipe) {
    if (const auto opened = file.open(); !opened) entry.problem = opened.error();
  }
  const bool offers = entry.size >= kWorthAnOffer && entry.size != kUnknownSize;
  if (!offers && entry.problem.empty() && !calls_.pipe) {
    if (const auto begun = file.begin(0); !begun) entry.problem = begun.error();
  }
  if (!offers && !entry.problem.empty()) peer_.send(Type::refuse, std::string_view(entry.problem));
  if (!offers || negotiate(entry, file)) take_data(entry, calls_.pipe ? nullptr : &file);
  report(entry);
}

/// What is there already is offered. False if nothing follows.
bool Receiver::negotiate(Entry& entry, PartialFile& file) {
  if (!entry.problem.empty()) {
    peer_.send(Type::refuse, std::string_view(entry.problem));
    return false;
  }
  const std::uint64_t there = calls_.pipe || file.there() > entry.size ? 0 : file.there();
  peer_.send(Type::offer, Payload().number(there, 8).raw(file.digest().value()));
  const Record answer = peer_.receive();
  if (answer.type == Type::failed) {
    entry.problem = answer.text();
    return false;
  }
  base::Reader reader{ByteView(answer.payload)};
  const std::uint64_t offset = reader.little(8);
  if (answer.type != Type::begin || !reader.good() || (offset != 0 && offset != there)) violation();
  there_ = offset;
  if (calls_.pipe) return true;
  if (const auto begun = file.begin(offset); !begun) {
    entry.problem = begun.error();
    peer_.send(Type::refuse, std::string_view(entry.problem));
  }
  return true;
}

void Receiver::take_data(Entry& entry, PartialFile* file) {
  for (;;) {
    const Record record = peer_.receive();
    const ByteView payload(record.payload);
    if (record.type == Type::data) {
      if (!take_piece(entry, file, payload)) peer_.send(Type::refuse, std::string_view(entry.problem));
      continue;
    }
    if (record.type == Type::failed) {
      if (entry.problem.empty()) entry.problem = record.text().empty() ? "it was given up" : record.text();
      if (file != nullptr) file->remove();
      return;
    }
    Digest::Value digest;
    if (record.type != Type::end || payload.size() != digest.size()) violation();
    std::ranges::copy(payload, digest.begin());
    if (!entry.problem.empty()) return;
    if (file == nullptr) {
      if (pipe_digest_.value() != digest) entry.problem = "what has arrived differs from what was sent";
    } else if (const auto finished = file->finish(digest, entry.attributes); !finished) {
      entry.problem = finished.error();
    }
    return;
  }
}

/// False if it has just become impossible: the other end need not send the rest.
bool Receiver::take_piece(Entry& entry, PartialFile* file, ByteView bytes) {
  if (!entry.problem.empty()) return true;
  there_ += bytes.size();
  if (file != nullptr) {
    if (const auto written = file->write(bytes); !written) {
      entry.problem = written.error();
      file->remove();
    }
  } else {
    pipe_digest_.add(bytes);
    if (!calls_.pipe(bytes)) entry.problem = "nobody reads it";
  }
  if (calls_.progress) calls_.progress(entry.path, there_, entry.size);
  return entry.problem.empty();
}

}  // namespace serialtcp::io::copy
