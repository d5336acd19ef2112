#include "gateway/gateway.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <utility>

#include "gateway/device_network.h"
#include "gateway/login_file.h"
#include "gateway/subnet.h"
#include "gateway/tun_network.h"
#include "ip/mss.h"
#include "os/clock.h"
#include "port/line_factory.h"
#include "port/tun_port.h"

namespace serialtcp::gateway {

namespace {

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
      begin_again_(context),
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

std::expected<void, std::string> Gateway::start() {
  if (auto read = read_logins(); !read) return read;
  std::string remark;
  if (uplink_ == nullptr) {
    auto opened = open_network();
    if (!opened) return std::unexpected(std::move(opened.error()));
    remark = std::move(*opened);
    uplink_ = network_.get();
  }
  if (auto done = open_forwards(); !done) return done;
  auto line = io::make_line(
      {.context = context_, .name = config_.device, .settings = config_.serial, .observer = observer_});
  if (!line) return std::unexpected(fmt::format("Could not open {}: {}", config_.device, line.error()));
  line_ = std::move(*line);
  if (!remark.empty()) say(std::move(remark));
  if (network_) describe_start();
  keeper_.emplace(context_, *line_, observer_, static_cast<io::LineKeeper::User&>(*this));
  keeper_->start();
  started_ = true;
  if (unusable_)
    return std::unexpected(fmt::format("Could not open serial port {}: {}", config_.device, *unusable_));
  return {};
}

/// Returns a remark on the addresses for the log, or nothing.
std::expected<std::string, std::string> Gateway::open_network() {
  if (!config_.tun.empty()) {
    if (auto opened = open_interface(); !opened) return std::unexpected(std::move(opened.error()));
    return "";
  }
  if (auto missing = nat::Network::missing(); !missing.empty()) return std::unexpected(std::move(missing));
  SubnetChoice choice = choose_subnet(config_.net, own_subnets());
  addresses_ = addresses_in(choice.subnet);
  network_ = std::make_unique<DeviceNetwork>(context_, config_.device, permissions_of(config_), addresses_,
                                             observer_, [this](ByteView packet) { to_device(packet); });
  return std::move(choice.remark);
}

std::expected<void, std::string> Gateway::open_interface() {
  auto port = std::make_unique<io::TunPort>(context_, config_.tun);
  const InterfaceAddresses found = addresses_of_interface(config_.tun);
  auto network = std::make_unique<TunNetwork>(std::move(port),
                                              TunNetwork::Setup{config_.device, config_.tun, {}, found.v6},
                                              observer_, [this](ByteView packet) { to_device(packet); });
  if (auto opened = network->open([this](const std::string& why) { interface_lost(why); }); !opened)
    return opened;
  auto addresses = addresses_by(found, config_.net, config_.tun);
  if (!addresses) return std::unexpected(std::move(addresses.error()));
  addresses_ = *addresses;
  network->set_addresses(addresses_);
  network_ = std::move(network);
  return {};
}

void Gateway::interface_lost(const std::string& why) {
  drop_link();
  if (ended_) ended_(fmt::format("{}: {}", config_.device, why));
}

/// 0: none. Behind an interface there is none of ours.
std::uint32_t Gateway::told_name_server() const {
  using NameServer = GatewayConfig::NameServer;
  if (config_.name_server == NameServer::other) return config_.other_name_server;
  return config_.name_server == NameServer::none || !config_.tun.empty() ? 0 : addresses_.name_server;
}

void Gateway::describe_start() {
  const std::uint32_t told = told_name_server();
  const bool ours = told != 0 && config_.name_server == GatewayConfig::NameServer::of_this_machine;
  const std::string name_server =
      told == 0 ? "none" : ipv4_text(told) + (ours ? " (that of this machine)" : "");
  say(fmt::format("the device is {} in {}, its gateway {}, its name server {}", ipv4_text(addresses_.device),
                  to_string(ip::NetworkV4{addresses_.network, addresses_.prefix}),
                  ipv4_text(addresses_.gateway), name_server));
  say(fmt::format("the device reaches {}", network_->permissions()));
  if (device_logs_in()) say(fmt::format("the device has to log in, with PPP ({})", config_.login_file));
  for (const auto& forward : forwards_) say(fmt::format("listening on {}", forward->text()));
}

std::expected<void, std::string> Gateway::read_logins() {
  if (config_.login_file.empty()) return {};
  if (!undumpable_) undumpable_.emplace();
  auto logins = read_login_file(config_.login_file);
  if (!logins) return std::unexpected(std::move(logins.error()));
  logins_ = std::move(*logins);
  return {};
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
  begin_again_.cancel();
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

Speech Gateway::speech() const {
  return finds_out() ? detector_.speech() : known_speech();
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
        take_datagram(std::move(report->datagram), now);
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

void Gateway::take_datagram(Bytes datagram, Time now) {
  ++received_packets_;
  if (segment_mtu_ != 0) ip::limit_mss(datagram, segment_mtu_);
  uplink_->from_device(datagram, now);
}

// ---- Figures ----

Gateway::Figures Gateway::figures() const {
  Figures figures;
  figures.open = keeper_ && keeper_->is_open();
  figures.speech = speech();
  figures.up = link_ && link_->is_up();
  figures.network = to_string(ip::NetworkV4{addresses_.network, addresses_.prefix});
  figures.device = ipv4_text(network_ ? network_->device() : addresses_.device);
  figures.gateway = ipv4_text(addresses_.gateway);
  if (const std::uint32_t told = told_name_server(); told != 0) figures.name_server = ipv4_text(told);
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
