// The far side of the tunnel: Listener accepts, and each TargetConnection becomes what its first bytes ask
// for: an echo, the source or the sink of a flow, or both.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "bulk.h"
#include "connection.h"

namespace serialtcp::bench {

class Listener : public Connection {
 public:
  using Accepted = std::function<void(Socket)>;

  Listener(int fd, Accepted accepted) : socket_(fd), accepted_(std::move(accepted)) { set_up(fd); }
  int fd() const override { return socket_.fd(); }
  short events() const override;
  void ready(short events) override;

 private:
  Socket socket_;
  Accepted accepted_;
};

class TargetConnection : public Connection {
 public:
  using NewSink = std::function<std::shared_ptr<Sink>(unsigned flow)>;

  TargetConnection(Socket socket, const Payload& payload, NewSink new_sink)
      : socket_(std::move(socket)), payload_(payload), new_sink_(std::move(new_sink)) {}

  int fd() const override { return socket_.fd(); }
  short events() const override;
  void ready(short events) override;
  bool finished() const { return finished_; }

 private:
  enum class Kind : std::uint8_t { unknown, echo, bulk };

  void receive();
  void classify(ByteView bytes);
  void become_bulk();
  void echo(ByteView bytes);

  Socket socket_;
  const Payload& payload_;
  NewSink new_sink_;
  Kind kind_ = Kind::unknown;
  bool finished_ = false;
  Bytes opening_;
  std::optional<Source> source_;
  std::shared_ptr<Sink> sink_;
};

}  // namespace serialtcp::bench
