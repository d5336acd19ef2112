// SocketWatch: waits for sockets of a library that opens and closes them itself, on the loop. Does not own them.
#pragma once

#include <functional>
#include <map>
#include <memory>

#include "os/asio.h"
#include "os/lifetime.h"

namespace serialtcp::nat {

class SocketWatch {
 public:
  /// `ready` is called from the loop when a socket may have something, once for each wait that has ended.
  SocketWatch(io::asio::io_context& context, std::function<void()> ready)
      : context_(context), ready_(std::move(ready)) {}
  ~SocketWatch() { forget_all(); }
  SocketWatch(const SocketWatch&) = delete;
  SocketWatch& operator=(const SocketWatch&) = delete;

  enum class For : std::uint8_t { reading, writing };
  /// Waits, unless a wait of this kind is under way.
  void wait(int socket, For what);
  /// The owner is about to close it.
  void forget(int socket) { watched_.erase(socket); }
  void forget_all() { watched_.clear(); }

 private:
  struct Watched {
    explicit Watched(io::asio::io_context& context, int socket) : descriptor(context, socket) {}
    ~Watched() { descriptor.release(); }
    Watched(const Watched&) = delete;
    Watched& operator=(const Watched&) = delete;

    io::asio::posix::stream_descriptor descriptor;
    bool reads = false;
    bool writes = false;
    io::Lifetime lifetime;
  };

  io::asio::io_context& context_;
  std::function<void()> ready_;
  std::map<int, std::unique_ptr<Watched>> watched_;
};

}  // namespace serialtcp::nat
