#include "io/udp_target.h"

#include <fmt/format.h>

#include <memory>
#include <utility>

#include "io/error_text.h"
#include "io/text.h"

namespace serialtcp::io {

/// One association's socket.
class UdpTarget::Outlet final : public Association, public std::enable_shared_from_this<Outlet> {
 public:
  Outlet(UdpTarget& target, StreamId id, std::uint64_t number)
      : Association(target.associations_, id, number),
        target_(target),
        socket_(target.associations_.connections().context()) {}

  void start() {
    const auto addresses = known_addresses(target_.target_.host, target_.target_.family);
    if (!addresses.empty()) return resolved(addresses);
    ticket_ = resolver().look_up(target_.target_.host, target_.target_.family,
                                 [self = shared_from_this()](const Resolver::Result& result) {
                                   self->ticket_ = 0;
                                   self->resolved(result);
                                 });
  }

 private:
  Resolver& resolver() { return all().connections().resolver(); }

  void resolved(const Resolver::Result& result) {
    if (over_) return;
    if (!result) return fail(result.error());
    ResetReason failure = ResetReason::name_not_found;
    for (const asio::ip::address& address : *result) {
      const ErrorCode error = connect(udp::endpoint(address, target_.target_.port));
      if (!error) {
        connected_ = true;
        wait();
        return readable();
      }
      failure = connect_reason(error.value());
    }
    fail(failure);
  }

  ErrorCode connect(const udp::endpoint& endpoint) {
    ErrorCode error;
    socket_.close(error);
    socket_.open(endpoint.protocol(), error);
    if (!error) socket_.non_blocking(true, error);
    if (!error) socket_.connect(endpoint, error);
    return error;
  }

  void fail(ResetReason reason) {
    end(reason, fmt::format("{}{}", describe(reason),
                            reason == ResetReason::no_resources ? ": raise the limit with ulimit -n" : ""));
  }

  void wait() {
    if (!socket_.is_open()) return;
    socket_.async_wait(udp::socket::wait_read, [self = shared_from_this()](ErrorCode error) {
      if (error == asio::error::operation_aborted || self->over_) return;
      take_datagrams(self->socket_, self->target_.buffer_,
                     [&self](ByteView datagram, const udp::endpoint&) { self->take(datagram); });
      self->wait();
    });
  }

  bool ready() const override { return connected_; }

  void deliver(ByteView datagram) override {
    ErrorCode ignored;  // also what came back for an earlier one: nobody is there
    const auto buffer = asio::buffer(datagram.data(), datagram.size());
    socket_.send(buffer, 0, ignored);
    // That was for an earlier one; this one is still to be sent.
    if (ignored == asio::error::connection_refused) socket_.send(buffer, 0, ignored);
  }

  void close() override {
    over_ = true;
    if (ticket_ != 0) resolver().withdraw(std::exchange(ticket_, 0));
    ErrorCode ignored;
    socket_.close(ignored);
  }

  UdpTarget& target_;
  udp::socket socket_;
  Resolver::Ticket ticket_ = 0;
  bool connected_ = false;
  bool over_ = false;
};

void UdpTarget::opened(StreamId id) {
  const std::uint64_t number = associations_.connections().next_number();
  const auto outlet = std::make_shared<Outlet>(*this, id, number);
  associations_.add(outlet, fmt::format("{}to {}", service_label(service_), name()));
  outlet->start();
}

}  // namespace serialtcp::io
