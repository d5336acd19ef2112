#include "gateway/gateway.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <utility>

#include "gateway/link_maker.h"
#include "gateway/subnet.h"
#include "os/clock.h"
#include "port/line_factory.h"

namespace serialtcp::gateway {

namespace {

/// For the queue, where the line has no speed: as of a fast one.
constexpr std::uint64_t kUnknownRate = 1'000'000;

PermissionsConfig permissions_of(const GatewayConfig& config) {
  using NameServer = GatewayConfig::NameServer;
  PermissionsConfig permissions{.allow = config.allow};
  permissions.name_server = config.name_server == NameServer::of_this_machine;
  if (config.name_server == NameServer::other) permissions.other_name_server = config.other_name_server;
  return permissions;
}

}  // namespace

Gateway::Gateway(io::asio::io_context& context, const GatewayConfig& config, io::Observer& observer)
    : context_(context),
      config_(config),
      observer_(observer),
      uplink_(nullptr),
      modem_(config.serial.baud),
      detector_(Speech::unknown),
      alarm_(context),
      patience_(context) {}

Gateway::Gateway(io::asio::io_context& context, const GatewayConfig& config, io::Observer& observer,
                 Uplink& uplink, const nat::NetworkConfig& addresses)
    : Gateway(context, config, observer) {
  uplink_ = &uplink;
  addresses_ = addresses;
}

Gateway::~Gateway() {
  stop();
}

void Gateway::say(std::string text) {
  observer_.note(fmt::format("{}: {}", config_.device, text));
}

// ---- Start and end ----

std::expected<void, std::string> Gateway::make_network() {
  if (auto missing = nat::Network::missing(); !missing.empty()) return std::unexpected(std::move(missing));
  const SubnetChoice choice = choose_subnet(config_.net, own_subnets());
  addresses_ = addresses_in(choice.subnet);
  network_ = std::make_unique<DeviceNetwork>(context_, config_.device, permissions_of(config_), addresses_,
                                             observer_, [this](ByteView packet) { to_device(packet); });
  uplink_ = network_.get();
  if (!choice.remark.empty()) say(choice.remark);
  return {};
}

std::expected<void, std::string> Gateway::start() {
  if (uplink_ == nullptr) {
    if (auto made = make_network(); !made) return made;
  }
  if (auto done = open_forwards(); !done) return done;
  auto line = io::make_line(
      {.context = context_, .name = config_.device, .settings = config_.serial, .observer = observer_});
  if (!line) return std::unexpected(fmt::format("Could not open {}: {}", config_.device, line.error()));
  line_ = std::move(*line);
  if (network_) describe_start();
  keeper_.emplace(context_, *line_, observer_, static_cast<io::LineKeeper::User&>(*this));
  keeper_->start();
  started_ = true;
  if (unusable_)
    return std::unexpected(fmt::format("Could not open serial port {}: {}", config_.device, *unusable_));
  return {};
}

void Gateway::describe_start() {
  using NameServer = GatewayConfig::NameServer;
  const std::string name_server =
      config_.name_server == NameServer::none ? "none"
      : config_.name_server == NameServer::other
          ? ipv4_text(config_.other_name_server)
          : fmt::format("{} (that of this machine)", ipv4_text(addresses_.name_server));
  say(fmt::format("the device is {} in {}, its gateway {}, its name server {}", ipv4_text(addresses_.device),
                  to_string(ip::NetworkV4{addresses_.network, addresses_.prefix}),
                  ipv4_text(addresses_.gateway), name_server));
  say(fmt::format("the device reaches {}", network_->permissions()));
  for (const auto& forward : forwards_) say(fmt::format("listening on {}", forward->text()));
}

std::expected<void, std::string> Gateway::open_forwards() {
  for (const ForwardWish& wish : config_.forwards) {
    auto made = PortForward::listen(context_, wish, config_.device, observer_,
                                    [this](std::uint16_t port) -> std::expected<std::uint16_t, std::string> {
                                      if (!link_ || !link_->is_up())
                                        return std::unexpected("the device is not there");
                                      return network_->entrance(port);
                                    });
    if (!made) return std::unexpected(std::move(made.error()));
    forwards_.push_back(std::move(*made));
  }
  return {};
}

void Gateway::stop() {
  alarm_.cancel();
  patience_.cancel();
  forwards_.clear();
  if (link_ && keeper_ && keeper_->is_open()) {
    const Time now = io::now();
    link_->close(now, "this end was stopped");
    static_cast<void>(keeper_->write(link_->transmit(Pace::kUnbounded)));
  }
  link_.reset();
  if (keeper_) keeper_->close();
  network_.reset();
}

// ---- The line ----

Speech Gateway::known_speech() const {
  switch (config_.protocol) {
    case GatewayConfig::Protocol::automatic:
      break;
    case GatewayConfig::Protocol::ppp:
      return Speech::ppp;
    case GatewayConfig::Protocol::slip:
      return Speech::slip;
    case GatewayConfig::Protocol::cslip:
      return Speech::cslip;
  }
  return Speech::unknown;
}

void Gateway::line_opened() {
  const std::uint32_t speed = line_->speed();
  io::SerialSettings settings = config_.serial;
  if (speed != 0) settings.baud = speed;
  pace_.set_rate(speed != 0 ? io::nominal_rate(settings) : 0);
  unwritten_.clear();
  received_since_open_ = 0;
  modem_ = Modem(settings.baud);
  detector_ = Detector();
  if (!config_.modem && !finds_out()) start_link(known_speech());
  patience_.start(kPatience, [this] { tell_silence(); });
  schedule();
}

void Gateway::line_lost() {
  drop_link();
  alarm_.cancel();
  patience_.cancel();
}

void Gateway::line_unusable(const std::string& reason) {
  unusable_ = reason;
  if (started_ && ended_) ended_(fmt::format("Could not open serial port {}: {}", config_.device, reason));
}

void Gateway::line_ended(const std::string& reason) {
  drop_link();
  if (ended_) ended_(reason);
}

void Gateway::tell_silence() {
  const bool is_up = link_ && link_->is_up();
  // SLIP is up from the start, whoever is there.
  const bool proven = known_speech() == Speech::ppp || received_packets_ > 0;
  if (detector_.understood() || (is_up && proven)) return;
  if (received_since_open_ == 0) {
    return say(
        "the device has said nothing for 10 s; it has to speak PPP or SLIP (or to dial, with AT commands), at the "
        "speed that is set here; check the cable");
  }
  if (config_.modem && !modem_.is_online())
    return say("the device has not called for 10 s: it has to send ATD, or CLIENT; or start without --modem");
  if (received_packets_ == 0)
    say(
        fmt::format("the device has sent {} bytes in 10 s, and nothing of them is PPP or SLIP that can be "
                    "understood: are speed and parity those of the device, and no console on the line?",
                    received_since_open_));
}

// ---- From the device ----

void Gateway::line_delivered(ByteView bytes) {
  const Time now = io::now();
  received_bytes_ += bytes.size();
  received_since_open_ += bytes.size();
  if (answers_calls()) {
    maybe_a_call(bytes, now);
    const bool was_online = modem_.is_online();
    const Bytes data = modem_.take(bytes, now);
    obey_modem();
    if (modem_.is_online()) {
      take(data, now);
    } else if (!config_.modem && !was_online) {
      take(bytes, now);
    }
  } else {
    take(bytes, now);
  }
  heard_ = now;
  pump();
}

/// A device that was replaced, or has started again, may dial in the midst of what was a link.
void Gateway::maybe_a_call(ByteView bytes, Time now) {
  const int first = std::toupper(bytes.empty() ? 0 : bytes.front());
  if (modem_.is_online() && now - heard_ >= Modem::kGuard && (first == 'A' || first == 'C'))
    modem_.listen_again();
}

void Gateway::obey_modem() {
  const bool called = modem_.has_called();
  if (modem_.has_hung_up() || called) drop_link();
  if (!called) return;
  detector_ = Detector();
  say("the device has called");
  if (!finds_out()) start_link(known_speech());
}

void Gateway::take(ByteView bytes, Time now) {
  if (bytes.empty()) return;
  if (!finds_out()) {
    static_cast<void>(detector_.take(bytes, now));  // whether anything is understood
    detector_.release();
    return feed(bytes, now);
  }
  const Detector::Heard heard = detector_.take(bytes, now);
  if (heard != Detector::Heard::nothing && !modem_.is_online()) modem_.answer_silently();
  if (heard == Detector::Heard::another) {
    say(fmt::format("the device speaks {}", name_of(detector_.speech())));
    start_link(detector_.speech());
    const Bytes held(detector_.held().begin(), detector_.held().end());
    detector_.release();
    feed(held, now);
  } else {
    feed(bytes, now);
  }
}

void Gateway::feed(ByteView bytes, Time now) {
  if (!link_) return;
  link_->receive(bytes, now);
  take_reports(now);
}

void Gateway::take_reports(Time now) {
  using Kind = ip::LinkReport::Kind;
  while (link_) {
    auto report = link_->poll();
    if (!report) return;
    switch (report->kind) {
      case Kind::datagram:
        ++received_packets_;
        uplink_->from_device(report->datagram, now);
        break;
      case Kind::up:
        link_is_up();
        break;
      case Kind::down:
        up_told_ = false;
        queue_.reset();
        say(report->text);
        modem_.hang_up();
        break;
      case Kind::note:
        say(report->text);
        break;
    }
  }
}

// ---- The link ----

void Gateway::start_link(Speech speech) {
  using NameServer = GatewayConfig::NameServer;
  drop_link();
  const std::uint32_t name_server = config_.name_server == NameServer::none    ? 0
                                    : config_.name_server == NameServer::other ? config_.other_name_server
                                                                               : addresses_.name_server;
  const Time now = io::now();
  link_ = make_link({.speech = speech,
                     .known = finds_out() ? LinkWish::Known::heard : LinkWish::Known::told,
                     .rate = pace_.rate(),
                     .name_server = name_server},
                    addresses_, now);
  if (link_->is_up()) link_is_up();
  take_reports(now);
}

void Gateway::drop_link() {
  link_.reset();
  up_told_ = false;
  queue_.reset();
}

void Gateway::link_is_up() {
  const ip::LinkAddresses addresses = link_->addresses();
  const std::uint64_t rate = pace_.rate() != 0 ? pace_.rate() : kUnknownRate;
  const Duration longest = link_->compresses_headers() ? kLongestPacket : kLongestWithHeader;
  const auto affordable =
      static_cast<std::size_t>(rate * static_cast<std::uint64_t>(longest.count()) / 1'000'000'000);
  const std::size_t largest = std::clamp<std::size_t>(addresses.mtu, 68, kMostMtu);
  mtu_ = uplink_->mtu(std::min(std::max(affordable, kLeastMtu), largest), largest);
  if (queue_) {
    queue_->set_line(rate, mtu_);
  } else {
    queue_.emplace(rate, mtu_,
                   ip::FlowQueueLimits{.packets = kMostPackets, .bytes = kMostQueued, .spared = kSpared});
  }
  if (const auto attached = uplink_->attach(mtu_, window(), addresses.peer_id); !attached) {
    say(fmt::format("WARNING: {}", attached.error()));
    return drop_link();
  }
  if (!std::exchange(up_told_, true)) say(fmt::format("packets pass, of up to {} bytes to the device", mtu_));
}

/// The sender of a connection to the device is this machine: what it has under way is bounded here, and nothing need be dropped.
std::uint16_t Gateway::window() const {
  return static_cast<std::uint16_t>(queue_->spared() * (mtu_ - ip::kIpv4Header - ip::kTcpHeader));
}

void Gateway::to_device(ByteView packet) {
  if (!queue_ || !link_ || !link_->is_up()) return;
  queue_->push(Bytes(packet.begin(), packet.end()), io::now());
  pump();
}

// ---- To the line ----

/// What is sent next is decided now: the link never has more than the line takes at once.
void Gateway::fill_link(std::size_t room, Time now) {
  while (queue_ && link_->is_up() && link_->pending() < room) {
    auto next = queue_->pop(now);
    if (!next) return;
    ++sent_packets_;
    link_->send(*next, now);
  }
}

void Gateway::pump() {
  if (!keeper_ || !keeper_->is_open() || std::exchange(pumping_, true)) return;
  for (;;) {
    if (!unwritten_.empty()) {
      const std::size_t count = keeper_->write(unwritten_);
      sent_bytes_ += count;
      unwritten_.erase(unwritten_.begin(), unwritten_.begin() + static_cast<std::ptrdiff_t>(count));
      if (!unwritten_.empty() || !keeper_->is_open()) break;  // line_writable() follows
    }
    const Time now = io::now();
    if (const std::string answers = modem_.answers(); !answers.empty()) {
      unwritten_.assign(answers.begin(), answers.end());
    } else if (const std::size_t room = pace_.room(now, line_->unsent()); link_ && room > 0) {
      fill_link(room, now);
      unwritten_ = link_->transmit(room);
    }
    if (unwritten_.empty()) break;
    pace_.wrote(unwritten_.size(), now);
  }
  pumping_ = false;
  schedule();
}

void Gateway::schedule() {
  const Time now = io::now();
  Time next = modem_.deadline();
  if (link_) {
    next = std::min(next, link_->deadline());
    const bool waits = link_->pending() > 0 || (queue_ && !queue_->empty());
    if (waits && unwritten_.empty()) next = std::min(next, pace_.again(now));
  }
  if (next == kNever) return alarm_.cancel();
  alarm_.start_at(next, [this] { due(); });
}

void Gateway::due() {
  const Time now = io::now();
  modem_.tick(now);
  if (link_ && now >= link_->deadline()) {
    link_->tick(now);
    take_reports(now);
  }
  pump();
}

// ---- Figures ----

Gateway::Figures Gateway::figures() const {
  using NameServer = GatewayConfig::NameServer;
  Figures figures;
  figures.open = keeper_ && keeper_->is_open();
  figures.speech = finds_out() ? detector_.speech() : known_speech();
  figures.up = link_ && link_->is_up();
  figures.network = to_string(ip::NetworkV4{addresses_.network, addresses_.prefix});
  figures.device = ipv4_text(network_ ? network_->device() : addresses_.device);
  figures.gateway = ipv4_text(addresses_.gateway);
  if (config_.name_server != NameServer::none)
    figures.name_server = ipv4_text(config_.name_server == NameServer::other ? config_.other_name_server
                                                                             : addresses_.name_server);
  for (const auto& forward : forwards_) figures.places.push_back(forward->text());
  figures.received_bytes = received_bytes_;
  figures.sent_bytes = sent_bytes_;
  figures.received_packets = received_packets_;
  figures.sent_packets = sent_packets_;
  if (network_) {
    figures.connections = network_->sockets();
    figures.packets = network_->counts();
  }
  if (queue_) {
    figures.queue = queue_->counters();
    figures.queued_packets = queue_->packets();
  }
  return figures;
}

}  // namespace serialtcp::gateway
