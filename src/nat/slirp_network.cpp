// The only file that includes libslirp. The library has no loop: it names the sockets that it waits for, and the time after
// which it wants to be called in any case (slirp_pollfds_fill), and is told later which are ready (slirp_pollfds_poll). The
// waits are those of the loop here. When one ends, and when packets came in, one turn follows: what is ready is asked for
// (poll(2), which does not wait), the library works, and what it waits for then is waited for.
#include <arpa/inet.h>
#include <libslirp.h>
#include <poll.h>

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "ip/packet.h"
#include "nat/ethernet.h"
#include "nat/network.h"
#include "nat/socket_watch.h"
#include "os/alarm.h"
#include "os/clock.h"
#include "os/lifetime.h"

namespace serialtcp::nat {

namespace {

/// The library's clock stands still between its turns, and what begins then is as old as the latest turn.
constexpr Duration kClockMayStand = std::chrono::milliseconds(250);
/// Its slow timers have nothing to do when no socket is open: fragments are not passed on to it.
constexpr std::uint32_t kNoHurry = UINT32_MAX;
constexpr std::size_t kLargestMtu = 9000;

in6_addr ipv6_address(std::uint64_t prefix, std::uint64_t interface_id) {
  in6_addr address{};
  std::ranges::copy(ip::Address::v6(prefix, interface_id).bytes, address.s6_addr);
  return address;
}

SlirpConfig slirp_config(const NetworkConfig& from) {
  SlirpConfig config{};
  config.version = 4;
  config.in_enabled = true;
  config.vnetwork = {htonl(from.network)};
  config.vnetmask = {htonl(from.prefix == 0 ? 0 : UINT32_MAX << (32U - from.prefix))};
  config.vhost = {htonl(from.gateway)};
  config.vdhcp_start = {htonl(from.device)};
  config.vnameserver = {htonl(from.name_server)};
  config.in6_enabled = from.ipv6;
  config.vprefix_addr6 = ipv6_address(from.ipv6_prefix, 0);
  config.vprefix_len = 64;
  config.vhost6 = ipv6_address(from.ipv6_prefix, kGatewayId);
  config.vnameserver6 = ipv6_address(from.ipv6_prefix, kNameServerId);
  config.if_mtu = std::clamp<std::size_t>(from.mtu, 68, kLargestMtu);
  config.if_mru = config.if_mtu;
  config.disable_host_loopback = !from.loopback;
  config.disable_dhcp = true;
  return config;
}

short poll_events(int events) {
  int result = 0;
  if ((events & SLIRP_POLL_IN) != 0) result |= POLLIN;
  if ((events & SLIRP_POLL_OUT) != 0) result |= POLLOUT;
  if ((events & SLIRP_POLL_PRI) != 0) result |= POLLPRI;
  return static_cast<short>(result);
}

int slirp_events(short events) {
  int result = 0;
  if ((events & POLLIN) != 0) result |= SLIRP_POLL_IN;
  if ((events & POLLOUT) != 0) result |= SLIRP_POLL_OUT;
  if ((events & POLLPRI) != 0) result |= SLIRP_POLL_PRI;
  if ((events & POLLERR) != 0) result |= SLIRP_POLL_ERR;
  if ((events & POLLHUP) != 0) result |= SLIRP_POLL_HUP;
  return result;
}

class SlirpNetwork final : public Network {
 public:
  SlirpNetwork(io::asio::io_context& context, const NetworkConfig& config, NetworkUser& user)
      : context_(context), user_(user), watch_(context, [this] { soon(); }), alarm_(context) {
    const SlirpConfig settings = slirp_config(config);
    slirp_ = slirp_new(&settings, &kCalls, this);
    if (slirp_ == nullptr) return;
    set_clock();  // at first, it is that of no time at all, and what begins then would be over at once
    frame_from_device(ethernet::announcement(config.device));
    soon();
  }
  ~SlirpNetwork() override {
    if (slirp_ != nullptr) slirp_cleanup(slirp_);
  }

  bool works() const { return slirp_ != nullptr; }

  void input(ByteView packet) override {
    if (io::now() - turned_ >= kClockMayStand) set_clock();
    frame_from_device(ethernet::framed(packet));
    soon();
  }

  std::expected<std::uint16_t, std::string> entrance(std::uint32_t device, std::uint16_t port) override;
  void close_entrance(std::uint16_t entrance) override {
    slirp_remove_hostfwd(slirp_, 0, {htonl(INADDR_LOOPBACK)}, entrance);
  }
  void solicit_router(std::uint64_t interface_id) override {
    if (io::now() - turned_ >= kClockMayStand) set_clock();
    frame_from_device(ethernet::router_solicitation(interface_id));
    soon();
  }
  std::size_t sockets() const override { return sockets_.size(); }

 private:
  /// A timer of the library.
  struct Timer {
    Timer(io::asio::io_context& context, SlirpTimerCb callback, void* of_callback)
        : alarm(context), call(callback), argument(of_callback) {}
    io::Alarm alarm;
    SlirpTimerCb call;
    void* argument;
  };

  static SlirpNetwork& self(void* opaque) { return *static_cast<SlirpNetwork*>(opaque); }
  static ssize_t send_packet(const void* frame, size_t length, void* opaque);
  static int64_t clock_get_ns(void*) { return io::now().time_since_epoch().count(); }
  static void* timer_new(SlirpTimerCb call, void* argument, void* opaque);
  static void timer_free(void* timer, void*) { delete static_cast<Timer*>(timer); }
  static void timer_mod(void* timer, int64_t milliseconds, void* opaque);
  static int add_poll(int socket, int events, void* opaque);
  static int get_revents(int index, void* opaque);

  static const SlirpCb kCalls;

  void frame_from_device(const Bytes& frame) {
    slirp_input(slirp_, frame.data(), static_cast<int>(frame.size()));
  }
  std::uint32_t ask_what_is_awaited();
  void set_clock();
  void soon();
  void turn();
  void wait();

  io::asio::io_context& context_;
  NetworkUser& user_;
  SocketWatch watch_;
  io::Alarm alarm_;
  Slirp* slirp_ = nullptr;
  std::set<int> sockets_;       ///< not those that listen: the library only says when they are closed
  std::vector<pollfd> polled_;  ///< what the library has named last
  bool turn_due_ = false;
  Time turned_ = {};
  io::Lifetime lifetime_;
};

const SlirpCb SlirpNetwork::kCalls = {
    .send_packet = &send_packet,
    .guest_error = [](const char*, void*) {},  // packets are counted where they are judged
    .clock_get_ns = &clock_get_ns,
    .timer_new = &timer_new,
    .timer_free = &timer_free,
    .timer_mod = &timer_mod,
    .register_poll_fd = [](int socket, void* opaque) { self(opaque).sockets_.insert(socket); },
    .unregister_poll_fd =
        [](int socket, void* opaque) {
          SlirpNetwork& network = self(opaque);
          network.watch_.forget(socket);
          network.sockets_.erase(socket);
        },
    .notify = [](void* opaque) { self(opaque).soon(); },
    .init_completed = nullptr,
    .timer_new_opaque = nullptr};

ssize_t SlirpNetwork::send_packet(const void* frame, size_t length, void* opaque) {
  SlirpNetwork& network = self(opaque);
  const ByteView view(static_cast<const Byte*>(frame), length);
  if (const auto answer = ethernet::resolution(view)) {
    network.frame_from_device(*answer);
  } else if (const ByteView packet = ethernet::packet_in(view); !packet.empty()) {
    network.user_.packet_for_device(packet);
  }
  return static_cast<ssize_t>(length);
}

void* SlirpNetwork::timer_new(SlirpTimerCb call, void* argument, void* opaque) {
  return new Timer(self(opaque).context_, call, argument);
}

void SlirpNetwork::timer_mod(void* timer, int64_t milliseconds, void* opaque) {
  auto& changed = *static_cast<Timer*>(timer);
  SlirpNetwork& network = self(opaque);
  changed.alarm.start_at(Time(std::chrono::milliseconds(milliseconds)), [&network, &changed] {
    changed.call(changed.argument);
    network.soon();
  });
}

int SlirpNetwork::add_poll(int socket, int events, void* opaque) {
  std::vector<pollfd>& polled = self(opaque).polled_;
  polled.push_back({.fd = socket, .events = poll_events(events), .revents = 0});
  return static_cast<int>(polled.size()) - 1;
}

int SlirpNetwork::get_revents(int index, void* opaque) {
  const std::vector<pollfd>& polled = self(opaque).polled_;
  return slirp_events(polled[static_cast<std::size_t>(index)].revents);
}

/// Returns after how many milliseconds it wants to be called in any case.
std::uint32_t SlirpNetwork::ask_what_is_awaited() {
  polled_.clear();
  std::uint32_t timeout = kNoHurry;
  slirp_pollfds_fill(slirp_, &timeout, &add_poll, this);
  return timeout;
}

void SlirpNetwork::set_clock() {
  turned_ = io::now();
  slirp_pollfds_poll(slirp_, 1, &get_revents, this);
}

void SlirpNetwork::soon() {
  if (std::exchange(turn_due_, true)) return;
  io::asio::post(context_, lifetime_.guard([this] { turn(); }));
}

void SlirpNetwork::turn() {
  static_cast<void>(ask_what_is_awaited());
  turned_ = io::now();
  const int ready = polled_.empty() ? 0 : ::poll(polled_.data(), polled_.size(), 0);
  slirp_pollfds_poll(slirp_, ready < 0 ? 1 : 0, &get_revents, this);
  turn_due_ = false;  // what the turn itself has asked for, it does next
  wait();
}

void SlirpNetwork::wait() {
  const std::uint32_t timeout = ask_what_is_awaited();
  for (const pollfd& one : polled_) {
    if ((one.events & (POLLIN | POLLPRI)) != 0) watch_.wait(one.fd, SocketWatch::For::reading);
    if ((one.events & POLLOUT) != 0) watch_.wait(one.fd, SocketWatch::For::writing);
  }
  if (sockets_.empty()) return alarm_.cancel();
  alarm_.start(std::chrono::milliseconds(timeout), [this] { soon(); });
}

std::expected<std::uint16_t, std::string> SlirpNetwork::entrance(std::uint32_t device, std::uint16_t port) {
  if (slirp_add_hostfwd(slirp_, 0, {htonl(INADDR_LOOPBACK)}, 0, {htonl(device)}, port) != 0)
    return std::unexpected("no port of this machine's loopback is free");
  static_cast<void>(ask_what_is_awaited());
  // It has become the first of the TCP sockets.
  sockaddr_in at{};
  socklen_t size = sizeof at;
  if (polled_.empty() || ::getsockname(polled_.front().fd, reinterpret_cast<sockaddr*>(&at), &size) != 0)
    return std::unexpected("a port of this machine's loopback could not be opened");
  soon();
  return ntohs(at.sin_port);
}

}  // namespace

std::string Network::missing() {
  return {};
}

std::string Network::library_version() {
  return slirp_version_string();
}

std::expected<std::unique_ptr<Network>, std::string> Network::make(io::asio::io_context& context,
                                                                   const NetworkConfig& config,
                                                                   NetworkUser& user) {
  auto network = std::make_unique<SlirpNetwork>(context, config, user);
  if (!network->works()) return std::unexpected("libslirp could not be started");
  return network;
}

}  // namespace serialtcp::nat
