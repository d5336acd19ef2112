// The texts, with what to do about the programs that usually are in the way.
#include "port/port_users.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <cerrno>
#include <string_view>

#include "os/clock.h"
#include "os/files.h"
#include "port/port_holder.h"
#include "port/port_text_posix.h"

namespace serialtcp::io {

namespace {

struct Remedy {
  std::string_view command;  ///< its beginning
  std::string_view text;     ///< {} is the name of the device
};

constexpr std::array kRemedies = {
    Remedy{"agetty", "disable its login with systemctl disable --now serial-getty@{}"},
    Remedy{"getty", "remove its line from /etc/inittab"},
    Remedy{"login", "log out there, and disable the login with systemctl disable --now serial-getty@{}"},
    Remedy{"screen", "end that session (screen -ls shows it)"},
    Remedy{"SCREEN", "end that session (screen -ls shows it)"},
    Remedy{"ModemManager", "have a udev rule set ID_MM_DEVICE_IGNORE for {} (man serialtcp)"},
    Remedy{"brltty", "remove the package brltty if there is no Braille display"},
};

std::string remedy_for(const std::string& command, const std::string& path) {
  for (const Remedy& remedy : kRemedies) {
    if (!command.starts_with(remedy.command)) continue;
    const std::string device = real_path(path);
    return fmt::format(fmt::runtime(remedy.text), file_name(device));
  }
  return "end that program";
}

std::string in_use_by(const Holder& holder, const std::string& path, std::string_view how = "") {
  return fmt::format("in use by another program, {}{}: {}", text_of(holder), how,
                     remedy_for(holder.command, path));
}

/// Not all of them have locked it.
std::string in_use_by(const std::vector<Holder>& holders, const std::string& path) {
  if (holders.empty()) return port_open_error(EBUSY).text;
  if (holders.size() == 1) return in_use_by(holders.front(), path);
  std::vector<std::string> texts;
  for (const Holder& holder : holders) texts.push_back(text_of(holder));
  return fmt::format("in use by another program, {}: end that program", fmt::join(texts, " or "));
}

}  // namespace

std::expected<void, OpenError> PortUsers::claim() {
  const auto taken = lock_.take(path_);
  if (taken) return {};
  const LockFile::Taken& by = taken.error();
  std::string text =
      by.holder.process == 0
          ? fmt::format("in use by another program, which is making the lock file {}", by.file)
          : in_use_by(by.holder, path_, fmt::format(", which has made the lock file {}", by.file));
  return std::unexpected(OpenError{OpenError::Kind::passing, std::move(text)});
}

OpenError PortUsers::busy() {
  if (may_look(looked_when_busy_)) {
    const auto holder = flock_holder_of(path_);
    // A lock outlives its program where a child has inherited it.
    const bool known = holder && !holder->command.empty();
    busy_ = known ? in_use_by(*holder, path_) : in_use_by(look_.holders_of(path_), path_);
  }
  return {OpenError::Kind::passing, busy_};
}

std::vector<std::string> PortUsers::warnings() {
  std::vector<std::string> texts;
  if (auto problem = lock_.take_problem()) texts.push_back(fmt::format("{}: {}", path_, *problem));
  if (!may_look(looked_when_open_)) return texts;
  for (const Holder& holder : look_.holders_of(path_)) {
    texts.push_back(
        fmt::format("WARNING: {} is open in another program, too: {}, which may take what arrives: {}", path_,
                    text_of(holder), remedy_for(holder.command, path_)));
  }
  return texts;
}

bool PortUsers::may_look(Time& last) {
  if (last != Time::min() && now() - last < kLookAgain) return false;
  last = now();
  return true;
}

}  // namespace serialtcp::io
