#include "service/udp_target.h"

#include <fmt/format.h>

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "net/datagram_path.h"
#include "os/clock.h"
#include "os/error_text.h"
#include "os/text.h"

namespace serialtcp::io {

namespace {

/// How long a target that refuses a datagram may take until it accepts the next one, so that a server which
/// is being started is found; and how long new datagrams can extend this.
constexpr Duration kRefusedFor = std::chrono::milliseconds(200);
constexpr Duration kRefusedAtMost = std::chrono::seconds(1);
/// Longer datagrams are not kept for sending them again.
constexpr std::size_t kMostKept = 1500;
/// After this time without an answer, the server on another port has ended.
constexpr Duration kOtherPortFor = std::chrono::seconds(10);

}  // namespace

/// The socket of one association.
class UdpTarget::Outlet final : public Association, public std::enable_shared_from_this<Outlet> {
 public:
  Outlet(UdpTarget& target, StreamId id, std::uint64_t number)
      : Association(target.associations_, id, number),
        target_(target),
        socket_(target.associations_.connections().context()),
        refusal_timer_(target.associations_.connections().context()) {}

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
  bool any_port() const { return target_.answers_ == Answers::from_any_port; }

  void resolved(const Resolver::Result& result) {
    if (over_) return;
    if (!result) return fail(result.error());
    addresses_ = *result;
    const auto failure = use_next_address();
    if (failure) return fail(*failure);
    readable();
  }

  /// Uses the next address that a socket can be made for; returns the reason if there is none.
  std::optional<ResetReason> use_next_address() {
    ResetReason failure = ResetReason::name_not_found;
    while (next_address_ < addresses_.size()) {
      to_ = udp::endpoint(addresses_[next_address_++], target_.target_.port);
      const ErrorCode error = open();
      if (!error) {
        ready_ = true;
        wait();
        return std::nullopt;
      }
      failure = connect_reason(error_number(error));
    }
    return failure;
  }

  /// Connected, so that datagrams from other addresses are not received; but not if answers may come from
  /// another port.
  ErrorCode open() {
    ErrorCode ignored;
    ++generation_;
    socket_.close(ignored);
    asio::io_context& context = all().connections().context();
    auto socket = any_port() ? bound_udp_socket(context, udp::endpoint(to_.protocol(), 0), Ipv4Too::yes)
                             : connected_udp_socket(context, to_);
    if (!socket) return socket.error();
    socket_ = std::move(*socket);
    want_failures(socket_);
    return {};
  }

  void fail(ResetReason reason) {
    const bool resources = reason == ResetReason::no_resources;
    end(reason, fmt::format("{}{}{}", describe(reason), resources ? ": " : "",
                            resources ? io::kMoreDescriptors : ""));
  }

  void wait() {
    if (!socket_.is_open()) return;
    socket_.async_wait(udp::socket::wait_read,
                       [self = shared_from_this(), generation = generation_](ErrorCode error) {
                         if (error == asio::error::operation_aborted || self->over_) return;
                         if (generation == self->generation_) self->readable_socket();
                       });
  }

  void readable_socket() {
    const std::uint64_t generation = generation_;
    take_failures();
    if (over_ || generation != generation_) return;
    take_datagrams(socket_, target_.buffer_, [this](ByteView datagram, const udp::endpoint& from) {
      if (answered(from)) take(datagram);
    });
    if (!over_) wait();
  }

  // ---- To the target ----

  bool ready() const override { return ready_; }

  void deliver(ByteView datagram) override {
    take_failures();
    if (over_) return;
    const bool put_off = refused_since_ == Time::min() || now() - refused_since_ < kRefusedAtMost;
    if (put_off) refusal_timer_.cancel();
    keep(datagram);
    if (other_port_ && now() - other_port_heard_ > kOtherPortFor) other_port_.reset();
    send(datagram);
  }

  /// For the next address, or for the service's own port, if this one refuses it.
  void keep(ByteView datagram) {
    last_.reset();
    const bool useful = any_port() || (!answered_ && next_address_ < addresses_.size());
    if (useful && datagram.size() <= kMostKept) last_.emplace(datagram.begin(), datagram.end());
  }

  void send_again() {
    if (last_) send(*last_);
  }

  void send(ByteView datagram) {
    const udp::endpoint to(to_.address(), other_port_.value_or(to_.port()));
    const auto buffer = asio::buffer(datagram.data(), datagram.size());
    for (int i = 0; i < 2; ++i) {
      ErrorCode error;
      if (any_port()) {
        socket_.send_to(buffer, to, 0, error);
      } else {
        socket_.send(buffer, 0, error);
      }
      // The error was about an earlier datagram; this one still has to be sent.
      if (error != asio::error::connection_refused && error != asio::error::host_unreachable) return;
    }
  }

  // ---- From the target ----

  /// Whether a datagram from there is an answer.
  bool answered(const udp::endpoint& from) {
    if (any_port()) {
      if (from.address() != to_.address()) return false;
      // The first other port is used: a repeated request may have caused an answer from a second one.
      if (from.port() != to_.port()) {
        if (other_port_ && *other_port_ != from.port() && now() - other_port_heard_ <= kOtherPortFor)
          return false;
        other_port_ = from.port();
        other_port_heard_ = now();
      }
    }
    answered_ = true;
    if (!any_port()) last_.reset();
    refused_since_ = Time::min();
    refusal_timer_.cancel();
    return true;
  }

  void take_failures() {
    while (socket_.is_open()) {
      const auto failure = take_failure(socket_);
      if (!failure) return;
      const ResetReason reason = connect_reason(failure->error);
      const bool final = reason == ResetReason::refused || reason == ResetReason::unreachable ||
                         reason == ResetReason::network_unreachable;
      if (final) return refused(reason, failure->to.port());
    }
  }

  /// The server on the other port has ended: the service's own port is used again. Or there is no receiver:
  /// another address may have the service, otherwise the client is notified.
  void refused(ResetReason reason, std::uint16_t port) {
    if (other_port_ && port == *other_port_) {
      other_port_.reset();
      return send_again();
    }
    if (!answered_ && next_address_ < addresses_.size()) {
      const auto failure = use_next_address();
      if (!failure) return send_again();
    }
    if (refused_since_ == Time::min()) refused_since_ = now();
    refusal_timer_.expires_after(kRefusedFor);
    refusal_timer_.async_wait([self = shared_from_this(), reason](ErrorCode cancelled) {
      if (!cancelled && !self->over_)
        self->end(reason, reason == ResetReason::refused ? "nobody listens there: start the program that does"
                                                         : std::string(describe(reason)));
    });
  }

  void close() override {
    over_ = true;
    if (ticket_ != 0) resolver().withdraw(std::exchange(ticket_, 0));
    refusal_timer_.cancel();
    ErrorCode ignored;
    socket_.close(ignored);
  }

  UdpTarget& target_;
  udp::socket socket_;
  asio::steady_timer refusal_timer_;
  Resolver::Ticket ticket_ = 0;
  std::vector<asio::ip::address> addresses_;
  std::size_t next_address_ = 0;
  udp::endpoint to_;
  std::uint64_t generation_ = 0;  ///< of the socket: waits of older ones have no effect
  std::optional<std::uint16_t> other_port_;
  Time other_port_heard_ = Time::min();
  std::optional<Bytes> last_;  ///< what was sent, if it may have to be sent again
  Time refused_since_ = Time::min();
  bool answered_ = false;
  bool ready_ = false;
  bool over_ = false;
};

void UdpTarget::opened(StreamId id) {
  const std::uint64_t number = associations_.connections().next_number();
  const auto outlet = std::make_shared<Outlet>(*this, id, number);
  associations_.add(outlet, fmt::format("{}to {}", service_label(service_), name()), {.target = name()});
  outlet->start();
}

}  // namespace serialtcp::io
