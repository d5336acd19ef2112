// LineKind: one kind of line, such as a serial port or a TCP connection that replaces one. To add a kind,
// write its Line and its LineKind in a file of their own, and add a row to line_kinds_full.cpp.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "net/program_watcher.h"
#include "os/asio.h"
#include "os/observer.h"
#include "port/line.h"
#include "port/serial_settings.h"

namespace serialtcp::io {

/// What a line is for. A link sets it as it was configured. A user's terminal leaves pins as they are when it opens and
/// closes a serial port, and a serial server's settings, too, unless they were chosen.
struct LineUse {
  enum class By : std::uint8_t { link, terminal } by = By::link;
  enum class Settings : std::uint8_t { usual, chosen } settings = Settings::usual;

  /// Whether the settings of a serial server stay as they are.
  bool keeps_far_settings() const { return by == By::terminal && settings == Settings::usual; }
};

/// What a line is made from. Everything except `name` must outlive the line.
struct LineRequest {
  asio::io_context& context;
  const std::string& name;  ///< as the user wrote it, with the prefix
  const SerialSettings& settings;
  Observer& observer;
  /// For a line that is a program; that of all programs of this process.
  std::shared_ptr<ProgramWatcher> watcher = std::make_shared<ProgramWatcher>();
  LineUse use = {};

  /// The name without the prefix of its kind.
  std::string_view rest(std::string_view prefix) const {
    return std::string_view(name).substr(prefix.size());
  }
};

/// What a user can look at when nobody answers on a line of some kind.
struct SilenceAdvice {
  /// What is often wrong: completes "Usual reasons: serialtcp does not run at the other end; ...".
  std::string_view reasons;
  /// Completes "start serialtcp at the other end; ...".
  std::string_view check;
  /// Whether the ends have to be set to the same speed.
  enum class Speed : std::uint8_t { none, of_both_ends } speed;
};

/// Of a cable between two serial ports.
inline constexpr SilenceAdvice kCableAdvice = {
    .reasons = "the cable is wrong (RX and TX not crossed, no ground, another port)",
    .check = "check the cable (RX and TX crossed? ground?)",
    .speed = SilenceAdvice::Speed::of_both_ends,
};
/// Of a serial server in a network, which has the cable.
inline constexpr SilenceAdvice kServerAdvice = {
    .reasons = "the serial server has the cable at another port, or has no client at it; its cable is wrong",
    .check = "check the port and the cable of the serial server",
    .speed = SilenceAdvice::Speed::of_both_ends,
};

/// No member has a default: a kind that leaves one out does not compile.
struct LineKind {
  /// The prefix of the names of this kind: "socket://". Empty for the kind of all names without a known
  /// prefix.
  std::string_view prefix;

  /// The syntax of names, for messages and --help: "socket://HOST:PORT". Empty for another way to write a kind.
  std::string_view form;

  /// Makes the line and opens nothing. The error completes "Could not open serial port X: ...".
  std::expected<std::unique_ptr<Line>, std::string> (*make)(const LineRequest& request);

  /// Whether it can be opened, as far as that can be seen without opening it. The kind of the error says whether a
  /// start would wait for it.
  std::expected<void, OpenError> (*look)(const std::string& name);

  /// The same text for two names of one device that two links cannot share; empty if they can share it.
  std::optional<std::string> (*exclusive)(const std::string& name);

  SilenceAdvice advice;
};

}  // namespace serialtcp::io
