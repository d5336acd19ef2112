// Relay: two connected sockets, of which each gets what the other one delivers, until both have ended.
#pragma once

#include <array>
#include <cstddef>
#include <memory>

#include "os/asio.h"
#include "serialtcp/bytes.h"

namespace serialtcp::gateway {

class Relay : public std::enable_shared_from_this<Relay> {
 public:
  /// Of each direction, between two reads.
  static constexpr std::size_t kBuffer = 16 * 1024;

  /// Lives until it has ended, or is stopped.
  static std::shared_ptr<Relay> start(io::StreamSocket one, io::StreamSocket other);
  /// Closes both at once.
  void stop();

 private:
  struct Side {
    io::StreamSocket socket;
    std::array<Byte, kBuffer> buffer = {};  ///< what it has delivered
  };

  Relay(io::StreamSocket one, io::StreamSocket other) : one_{std::move(one)}, other_{std::move(other)} {}
  void read(Side& from, Side& to);
  void write(Side& from, Side& to, std::size_t begin, std::size_t end);
  void ended(Side& to);

  Side one_;
  Side other_;
  int ended_ = 0;
};

}  // namespace serialtcp::gateway
