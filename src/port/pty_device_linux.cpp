// /dev/pts and ptsname_r(3).
#include "port/pty_device.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "os/error_text.h"
#include "os/files.h"

namespace serialtcp::io {

namespace {

constexpr std::string_view kSlaveFolder = "/dev/pts/";
constexpr Duration kLookForRoom = std::chrono::milliseconds(50);

std::string cannot_make(const std::string& path, int error) {
  const std::string_view what_to_do = error == ENOENT ? "make the folder first" : "choose another path";
  return fmt::format("cannot make {}: {}; {}", path, plain_text(error), what_to_do);
}

}  // namespace

std::expected<void, std::string> PtyDevice::plug() {
  if (is_plugged()) return {};
  if (!claim_.take(path_)) {
    return std::unexpected(fmt::format(
        "{} belongs to another serialtcp that is running: stop that one, or choose another path", path_));
  }
  auto plugged = free_path();
  if (plugged) plugged = make_pty();
  if (!plugged) unplug();
  return plugged;
}

std::optional<std::string> PtyDevice::problem_at(const std::string& path) {
  std::error_code error;
  const FileKind kind = file_kind(path, error);
  if (kind == FileKind::none) {
    if (::access(folder_of(path).c_str(), W_OK | X_OK) == 0) return std::nullopt;
    return cannot_make(path, errno);
  }
  if (kind != FileKind::link) {
    const std::string why =
        error ? plain_text(error.value()) : "something that is not a symbolic link is there already";
    return fmt::format("cannot make {}: {}; remove it or choose another path", path, why);
  }
  const std::string target = link_target(path);
  if (target.starts_with(kSlaveFolder)) return std::nullopt;
  return fmt::format(
      "cannot make {}: it is a link to {}, which no serialtcp made; remove it or choose another path", path,
      target);
}

std::expected<void, std::string> PtyDevice::free_path() const {
  if (auto problem = problem_at(path_)) return std::unexpected(std::move(*problem));
  ::unlink(path_.c_str());
  return {};
}

std::expected<void, std::string> PtyDevice::make_pty() {
  const int fd = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (fd < 0) return std::unexpected(fmt::format("cannot make a pty for {}: {}", path_, plain_text(errno)));
  master_.adopt(fd);
  std::array<char, 64> name{};
  if (::grantpt(fd) != 0 || ::unlockpt(fd) != 0 || ::ptsname_r(fd, name.data(), name.size()) != 0) {
    return std::unexpected(
        fmt::format("cannot make a pty for {}: {}; is /dev/pts mounted?", path_, plain_text(errno)));
  }
  slave_name_ = name.data();
  if (modes_) {
    restore_modes(fd, *modes_);
  } else if (const auto before = save_modes(fd)) {
    apply_modes(fd, *before, SerialSettings{});
  }
  // A pty reports that its holder has closed it only after there was one.
  if (const auto slave = open_slave()) ::close(*slave);

  if (::symlink(slave_name_.c_str(), path_.c_str()) == 0) return {};
  const int error = errno;
  slave_name_.clear();
  return std::unexpected(cannot_make(path_, error));
}

void PtyDevice::unplug() {
  if (is_plugged()) {
    if (const auto modes = save_modes(fd())) modes_ = *modes;
    if (!slave_name_.empty() && link_target(path_) == slave_name_) ::unlink(path_.c_str());
    slave_name_.clear();
    master_.close();
  }
  room_alarm_.cancel();
  writable_ = nullptr;
  write_wait_ = false;
  claim_.release();
}

std::optional<int> PtyDevice::open_slave() {
  const int slave = ::open(slave_name_.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
  return slave >= 0 ? std::optional(slave) : std::nullopt;
}

void PtyDevice::when_writable(Line::Ready ready) {
  writable_ = std::move(ready);
  look_for_room();
  if (std::exchange(write_wait_, true)) return;
  master_.when_writable([this] {
    write_wait_ = false;
    room_found();
  });
}

/// When a program drops what it has not read (tcflush(3)), Linux does not wake the writer: only reading does.
void PtyDevice::look_for_room() {
  room_alarm_.start(kLookForRoom, [this] {
    pollfd room{.fd = fd(), .events = POLLOUT, .revents = 0};
    const bool found = ::poll(&room, 1, 0) > 0;
    found ? room_found() : look_for_room();
  });
}

void PtyDevice::room_found() {
  room_alarm_.cancel();
  if (auto call = std::exchange(writable_, nullptr)) call();
}

PtyHolder PtyDevice::holder() {
  pollfd master{.fd = fd(), .events = 0, .revents = 0};
  ::poll(&master, 1, 0);
  return (master.revents & POLLHUP) != 0 ? PtyHolder::nobody : PtyHolder::somebody;
}

void PtyDevice::holder_left() {
  if (const auto slave = open_slave()) {
    ::tcflush(*slave, TCIFLUSH);  // on the master, Linux does not discard these bytes
    ::close(*slave);
  } else if (errno == EBUSY && holder() == PtyHolder::nobody) {
    // On a pty, in contrast to a serial port, TIOCEXCL outlives its holder. Only a new pty is free of it.
    unplug();
    static_cast<void>(plug());
  }
}

std::size_t PtyDevice::read(MutableByteView into) {
  return master_.read(into).count;
}

std::size_t PtyDevice::write(ByteView bytes) {
  return master_.write(bytes).count;
}

}  // namespace serialtcp::io
