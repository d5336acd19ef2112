// Source and Sink, the ends of a bulk flow, and BulkClient, the connection that has them at the near end of
// the tunnel. A source sends as fast as it may. A sink checks every byte and measures between two arrivals:
// the first in the window and the first after it, so that neither the size of the chunks nor a pause at the
// end changes the result.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "connection.h"
#include "payload.h"

namespace serialtcp::bench {

class Source {
 public:
  Source(const Payload& payload, unsigned flow) : payload_(payload), flow_(flow) {}
  /// Sends what the socket takes.
  void push(int fd);
  bool done() const { return payload_.ends_at(offset_); }

 private:
  const Payload& payload_;
  unsigned flow_;
  std::uint64_t offset_ = 0;
};

class Sink {
 public:
  Sink(const Payload& payload, const Window& window, unsigned flow, std::string name)
      : payload_(payload), window_(window), flow_(flow), name_(std::move(name)) {}

  /// Reads what there is.
  void pull(int fd);
  void take(ByteView bytes);

  const std::string& name() const { return name_; }
  std::uint64_t received() const { return received_; }
  bool measured() const { return last_.has_value(); }
  /// The window is long over and nothing came: it counts until now.
  void give_up();
  double seconds() const { return std::chrono::duration<double>(last_->time - first_->time).count(); }
  std::uint64_t bytes() const { return last_->received - first_->received; }

 private:
  struct Edge {
    SteadyTime time;
    std::uint64_t received;
  };

  const Payload& payload_;
  const Window& window_;
  unsigned flow_;
  std::string name_;
  std::uint64_t received_ = 0;
  std::optional<Edge> first_;
  std::optional<Edge> last_;
};

/// On the line a flow opens with two bytes, so that the target knows what it is: the direction and the flow's
/// number.
enum class Direction : char { up = 'u', down = 'd', both = 'b' };
inline constexpr std::size_t kOpening = 2;

class BulkClient : public Connection {
 public:
  BulkClient(std::uint16_t port, Direction direction, unsigned flow, std::optional<Source> source,
             std::shared_ptr<Sink> sink);

  int fd() const override { return socket_.fd(); }
  short events() const override;
  void ready(short events) override;

 private:
  void send_opening();

  Socket socket_;
  Direction direction_;
  unsigned flow_;
  bool opened_ = false;
  std::optional<Source> source_;
  std::shared_ptr<Sink> sink_;
};

}  // namespace serialtcp::bench
