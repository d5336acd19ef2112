// BackEnd: what a service stands for on this machine: makes a connected socket for each connection that comes
// through the cable. Does not know streams.
#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <string>

#include "io/asio.h"
#include "serialtcp/event.h"

namespace serialtcp::io {

/// Reaching a target, under way. Lives until it is done or cancelled, whoever else holds it.
class Attempt {
 public:
  virtual ~Attempt() = default;
  /// Nothing is heard of it afterwards.
  virtual void cancel() = 0;
};

class BackEnd {
 public:
  using Done = std::move_only_function<void(std::expected<StreamSocket, ResetReason>)>;

  virtual ~BackEnd() = default;

  /// `done` is called once from the loop, never from within this call, and not at all after cancel().
  virtual std::shared_ptr<Attempt> reach(Done done) = 0;
  /// What it reaches, for the log: "192.168.0.1:22".
  virtual std::string name() const = 0;
};

}  // namespace serialtcp::io
