// From a link's options to a running driver.
#include "cli/link.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "cli/edition.h"
#include "cli/link_services.h"
#include "cli/option_values.h"
#include "port/line_factory.h"
#include "port/serial_ports.h"
#include "wire/line_coding.h"

namespace serialtcp::cli {

namespace {

/// With software flow control, its bytes cannot be data.
CleanLine clean_line(const LinkOptions& options) {
  CleanLine clean = options.clean;
  const bool flow = options.serial.flow_control == io::FlowControl::xon_xoff;
  if (flow && (clean.mode == CleanMode::automatic || clean.mode == CleanMode::escape)) {
    const std::bitset<256> all = clean.avoided | flow_control_values();
    if (all.count() <= wire::kMostEscaped) clean.avoided = all;
  }
  // It may be ssh.
  if (clean.mode == CleanMode::automatic && io::is_program(options.port)) clean.avoided.set('~');
  return clean;
}

std::string cannot_open(const std::string& port, const std::string& reason) {
  return fmt::format("Could not open serial port {}: {}", port, reason);
}

/// Why nothing can be opened, while the link is not up.
std::string no_stream(const std::string& name, const io::Driver* driver) {
  using enum io::LinkState;
  switch (driver == nullptr ? starting : driver->figures().state) {
    case starting:
      return fmt::format("link {} has not started: serialtcp status says why", name);
    case waiting_for_device:
      return fmt::format("there is no link at {}: the device is not there", name);
    case held:
      return fmt::format("the other end of {} does not answer at the moment: try again when it does", name);
    case stopping:
      return fmt::format("link {} is ending", name);
    case no_peer:
    case up:
      break;
  }
  return fmt::format("there is no link at {}: the other end does not answer", name);
}

}  // namespace

Link::Link(io::asio::io_context& context, Log& log, LinkOptions options, const io::ProcessShares& shares,
           std::shared_ptr<io::SpeedMemory> speeds)
    : context_(context),
      options_(std::move(options)),
      shares_(shares),
      speeds_(std::move(speeds)),
      reporter_(context, log, options_) {}

void Link::start(std::optional<Key> key, Started started, Ended ended) {
  listeners_.reset();  // of an earlier attempt
  streams_ = nullptr;
  driver_.reset();
  console_.reset();
  getty_watch_.reset();
  key_ = std::move(key);
  started_ = std::move(started);
  auto line = io::make_line({context_, options_.port, options_.serial, reporter_, shares_.watcher});
  if (!line) return fail({cannot_open(options_.port, line.error()), StartFailure::Of::line});
  if (options_.install.wanted) {
    line = edition().install(context_, std::move(*line), options_, reporter_);
    if (!line) return fail({line.error(), StartFailure::Of::rest});
  }
  if (options_.getty.wanted) {
    auto getty = edition().getty(context_, std::move(*line), options_, shares_.watcher, reporter_);
    console_ = std::move(getty.console);
    getty_watch_ = std::move(getty.watch);
    line = std::move(getty.line);
  }
  driver_ = std::make_unique<io::Driver>(context_, driver_config(), std::move(*line), reporter_,
                                         std::move(ended), shares_);
  driver_->open([this](const std::expected<void, io::OpenError>& result) { opened(result); });
}

void Link::opened(const std::expected<void, io::OpenError>& result) {
  if (!started_) return;
  if (!result && result.error().of == io::OpenError::Of::other_end)
    return fail({fmt::format("{}: {}", options_.port, result.error().text)});
  if (!result) {
    const std::string why = result.error().text + io::other_ports(options_.port);
    return fail({cannot_open(options_.port, why), StartFailure::Of::line});
  }
  set_up_offers(options_, shares_, console_, *driver_, reporter_);
  if (getty_watch_) driver_->connections().add(std::move(getty_watch_));
  auto streams = std::make_unique<io::StreamRequests>(driver_->connections());
  streams_ = streams.get();
  driver_->connections().add(std::move(streams));
  listeners_ = std::make_unique<LinkListeners>(options_, shares_, *driver_, context_, reporter_);
  listeners_->start([this](const std::expected<std::vector<std::uint16_t>, std::string>& ports) {
    if (!started_) return;
    if (!ports) return fail({ports.error()});
    std::exchange(started_, nullptr)(*ports);
  });
}

/// Some services may have been set up, and the link may even be up already.
void Link::fail(const StartFailure& why) {
  if (driver_) driver_->abort();
  std::exchange(started_, nullptr)(std::unexpected(why));
}

io::Driver::Config Link::driver_config() const {
  io::Driver::Config config;
  config.endpoint.role = original_role(options_);
  config.endpoint.services = service_names(options_.servers, options_.clients);
  if (options_.connects && !options_.connects->address && options_.connects->service.service == ServiceId{})
    config.endpoint.services.wanted.push_back(options_.connects->service.name);
  config.endpoint.forwards = forward_roles(options_);
  config.endpoint.protocol = options_.protocol;
  config.endpoint.hold = options_.hold;
  config.endpoint.compression = options_.compression;
  config.endpoint.duplex = options_.duplex;
  config.endpoint.clean = clean_line(options_);
  config.endpoint.at_prompt = options_.at_prompt;
  config.endpoint.key = key_;
  config.endpoint.connect_timeout = options_.connect_timeout;
  config.endpoint.nominal_rate = io::nominal_rate(options_.serial);
  if (options_.seek_speed) config.seek_speed = io::bits_per_byte(options_.serial);
  config.climbing = options_.climbing;
  config.speeds = speeds_;
  config.sync_timeout = options_.sync_timeout;
  config.once = options_.once;
  config.missing = options_.missing;
  config.drain = options_.drain;
  return config;
}

void Link::stop() {
  started_ = nullptr;
  if (listeners_) listeners_->stop();
  if (driver_) driver_->stop();
}

void Link::abort() {
  started_ = nullptr;
  if (listeners_) listeners_->stop();
  if (driver_) driver_->abort();
}

// ---- Streams ----

std::expected<std::shared_ptr<void>, std::string> Link::open_stream(io::StreamRequests::Wanted wanted,
                                                                    std::string client,
                                                                    io::StreamRequests::Answered answered,
                                                                    io::StreamRequests::Over over) {
  if (!up() || streams_ == nullptr) return std::unexpected(no_stream(name(), driver_.get()));
  const auto same = std::ranges::find(options_.servers, wanted.service.name, &ServerSpec::name);
  const bool by_name = wanted.service.service == ServiceId{};
  if (by_name && same != options_.servers.end()) wanted.service.priority = same->priority;
  auto request = streams_->open(wanted, std::move(client), std::move(answered), std::move(over));
  if (!request)
    return std::unexpected(fmt::format("nothing can be opened at {}: {}", name(), request.error()));
  return *request;
}

bool Link::adopt(const LinkOptions& options) {
  LinkOptions other = options;
  other.name = options_.name;
  other.missing = options_.missing;
  if (other != options_) return false;
  options_ = options;
  return true;
}

}  // namespace serialtcp::cli
