// From a link's options to a running driver.
#include "cli/link.h"

#include <fmt/format.h>

#include <utility>

#include "cli/link_services.h"
#include "port/line_factory.h"
#include "port/serial_ports.h"

namespace serialtcp::cli {

namespace {

std::string cannot_open(const std::string& port, const std::string& reason) {
  return fmt::format("Could not open serial port {}: {}", port, reason);
}

}  // namespace

Link::Link(io::asio::io_context& context, Log& log, LinkOptions options, const io::ProcessShares& shares)
    : context_(context), options_(std::move(options)), shares_(shares), reporter_(context, log, options_) {}

void Link::start(std::optional<Key> key, Started started, Ended ended) {
  listeners_.reset();  // of an earlier attempt
  driver_.reset();
  key_ = std::move(key);
  started_ = std::move(started);
  auto line = io::make_line({context_, options_.port, options_.serial, reporter_, shares_.watcher});
  if (!line) return fail({cannot_open(options_.port, line.error()), StartFailure::Of::line});
  driver_ = std::make_unique<io::Driver>(context_, driver_config(), std::move(*line), reporter_,
                                         std::move(ended), shares_);
  driver_->open([this](const std::expected<void, io::OpenError>& result) { opened(result); });
}

void Link::opened(const std::expected<void, io::OpenError>& result) {
  if (!started_) return;
  if (!result) {
    const std::string why = result.error().text + io::other_ports(options_.port);
    return fail({cannot_open(options_.port, why), StartFailure::Of::line});
  }
  set_up_offers(options_, shares_, *driver_, reporter_);
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
  config.endpoint.forwards = forward_roles(options_);
  config.endpoint.protocol = options_.protocol;
  config.endpoint.hold = options_.hold;
  config.endpoint.compression = options_.compression;
  config.endpoint.duplex = options_.duplex;
  config.endpoint.at_prompt = options_.at_prompt;
  config.endpoint.key = key_;
  config.endpoint.connect_timeout = options_.connect_timeout;
  config.endpoint.nominal_rate = io::nominal_rate(options_.serial);
  config.sync_timeout = options_.sync_timeout;
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

bool Link::adopt(const LinkOptions& options) {
  LinkOptions other = options;
  other.name = options_.name;
  other.missing = options_.missing;
  if (other != options_) return false;
  options_ = options;
  return true;
}

}  // namespace serialtcp::cli
