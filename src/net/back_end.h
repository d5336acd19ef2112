// BackEnd: the target of a service on this machine: makes a connected socket for each connection that comes
// through the cable. Does not know streams.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <string>

#include "os/asio.h"
#include "serialtcp/event.h"

namespace serialtcp::io {

/// What it means when the other side of a socket has closed although there was something for it to read.
enum class Gone : std::uint8_t {
  is_reset,  ///< a connection of which something was lost, as in TCP
  is_end,    ///< a program that did not read everything
};

/// Whether anything was delivered to a target before its connection was reset.
enum class Delivered : std::uint8_t { nothing, some };

/// An attempt to connect to a target, and what was made for the connection while it lasts.
class Attempt {
 public:
  virtual ~Attempt() = default;
  /// Bytes per second that the connection may expect of the line. Called directly after reach(), or never if
  /// it is not a connection of the line.
  virtual void expect(std::uint64_t) {}
  /// The connection is given up: the attempt calls nothing afterwards, and what it has made ends.
  virtual void cancel() = 0;
  /// The connection was reset, and its socket is closed. A target that got some bytes may still process them
  /// before it is cancelled.
  virtual void give_up(Delivered) { cancel(); }
};

class BackEnd {
 public:
  using Done = std::move_only_function<void(std::expected<StreamSocket, ResetReason>)>;

  virtual ~BackEnd() = default;

  /// `done` is called once from the loop, never directly from this call, and not at all after cancel().
  /// `connection` is the number of the connection, for the log.
  virtual std::shared_ptr<Attempt> reach(std::uint64_t connection, Done done) = 0;
  /// Bytes per second that the next connection may expect of the line.
  virtual void expect(std::uint64_t) {}
  /// The target, for the log: "192.168.0.1:22".
  virtual std::string name() const = 0;
  virtual Gone when_gone() const { return Gone::is_reset; }
  /// Ends what was made for connections and has outlived them.
  virtual void stop() {}
  /// Some of it has not ended yet.
  virtual bool busy() const { return false; }
};

}  // namespace serialtcp::io
