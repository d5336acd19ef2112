// LineKind: one kind of line, such as a serial port or a TCP connection that stands for one. To add a kind, write its
// Line and its LineKind in a file of their own, and give line_factory.cpp a row.
#pragma once

#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "os/asio.h"
#include "os/observer.h"
#include "port/line.h"
#include "port/serial_settings.h"

namespace serialtcp::io {

/// What a line is made from. All of it outlives the line, except for `name`.
struct LineRequest {
  asio::io_context& context;
  const std::string& name;  ///< as the user wrote it, with the prefix
  const SerialSettings& settings;
  Observer& observer;

  /// The name without the prefix of its kind.
  std::string_view rest(std::string_view prefix) const {
    return std::string_view(name).substr(prefix.size());
  }
};

/// No member has a default: the compiler rejects a kind that leaves one out.
struct LineKind {
  /// How the names of this kind begin: "socket://". Empty for the kind of all names that no other kind has.
  std::string_view prefix;

  /// What users write, for messages and --help: "socket://HOST:PORT".
  std::string_view form;

  /// Makes the line and opens nothing. The error completes "Could not open serial port X: ...".
  std::expected<std::unique_ptr<Line>, std::string> (*make)(const LineRequest& request);

  /// The same text for two names of one device that two links cannot share; nothing when they can.
  std::optional<std::string> (*exclusive)(const std::string& name);
};

}  // namespace serialtcp::io
