// The connection is a pair of sockets: one end is the stream's, the other one a client of the shared port.
#include "service/serial_target.h"

#include <fmt/format.h>

#include <utility>

#include "net/socket_pair.h"
#include "os/error_text.h"

namespace serialtcp::io {

namespace {

class SerialAttempt final : public Attempt {
 public:
  explicit SerialAttempt(BackEnd::Done done) : done_(std::move(done)) {}

  void finish(std::expected<StreamSocket, ResetReason> result) {
    if (BackEnd::Done done = std::exchange(done_, nullptr)) done(std::move(result));
  }
  void cancel() override { done_ = nullptr; }

 private:
  BackEnd::Done done_;
};

}  // namespace

std::string to_string(const SerialPlace& place) {
  return fmt::format("serial:{}", place.device);
}

SerialTarget::SerialTarget(asio::io_context& context, SerialPlace place, Observer& observer)
    : context_(context),
      place_(std::move(place)),
      observer_(observer),
      port_(share::SharedPort::of(context, place_.device)) {
  port_->tell(observer_);
}

SerialTarget::~SerialTarget() {
  port_->forget(observer_);
}

std::shared_ptr<Attempt> SerialTarget::reach(std::uint64_t connection, Done done) {
  auto attempt = std::make_shared<SerialAttempt>(std::move(done));
  std::expected<StreamSocket, ResetReason> result = std::unexpected(ResetReason::refused);
  if (auto pair = socket_pair(context_); !pair) {
    observer_.connection(connection, fmt::format("could not reach {}: {}", name(), plain_text(pair.error())));
    result = std::unexpected(connect_reason(pair.error()));
  } else if (const auto joined =
                 port_->join(std::move(pair->second), fmt::format("connection {}", connection),
                             place_.protocol, place_.settings);
             !joined) {
    observer_.connection(connection, fmt::format("could not reach {}: {}", name(), joined.error()));
  } else {
    result = std::move(pair->first);
  }
  asio::post(context_,
             [attempt, result = std::move(result)]() mutable { attempt->finish(std::move(result)); });
  return attempt;
}

}  // namespace serialtcp::io
