// BackEnd: what a service stands for on this machine: makes a connected socket for each connection that comes
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

/// What it means when the other side of a socket has gone although there was something to read for it.
enum class Gone : std::uint8_t {
  is_reset,  ///< a connection of which something was lost, as in TCP
  is_end,    ///< a program that did not want to read all
};

/// Whether anything was delivered to a target before its connection was reset.
enum class Delivered : std::uint8_t { nothing, some };

/// Reaching a target, and what is behind it as long as the connection lasts.
class Attempt {
 public:
  virtual ~Attempt() = default;
  /// Bytes per second that the connection may expect of the line. Called at once, or never for what is no connection
  /// of the line.
  virtual void expect(std::uint64_t) {}
  /// The connection is given up: nothing is heard of the attempt afterwards, and what it has made ends.
  virtual void cancel() = 0;
  /// The connection was reset, and its socket is closed. What got some bytes may still deal with them before it
  /// is cancelled.
  virtual void give_up(Delivered) { cancel(); }
};

class BackEnd {
 public:
  using Done = std::move_only_function<void(std::expected<StreamSocket, ResetReason>)>;

  virtual ~BackEnd() = default;

  /// `done` is called once from the loop, never from within this call, and not at all after cancel().
  /// `connection` is its number, for the log.
  virtual std::shared_ptr<Attempt> reach(std::uint64_t connection, Done done) = 0;
  /// Bytes per second that the next connection may expect of the line.
  virtual void expect(std::uint64_t) {}
  /// What it reaches, for the log: "192.168.0.1:22".
  virtual std::string name() const = 0;
  virtual Gone when_gone() const { return Gone::is_reset; }
  /// Whatever was made for connections, and has outlived them, ends.
  virtual void stop() {}
  /// Something of that has not ended yet.
  virtual bool busy() const { return false; }
};

}  // namespace serialtcp::io
