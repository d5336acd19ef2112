// From a link's options to a running driver.
#include "cli/link.h"

#include <fmt/format.h>

#include <utility>

#include "cli/link_services.h"
#include "io/line_factory.h"

namespace serialtcp::cli {

namespace {

std::unexpected<std::string> cannot_open(const std::string& port, const std::string& reason) {
  return std::unexpected(fmt::format("Could not open serial port {}: {}", port, reason));
}

}  // namespace

Link::Link(io::asio::io_context& context, Log& log, LinkOptions options, std::optional<Key> key,
           const io::ProcessShares& shares)
    : context_(context),
      options_(std::move(options)),
      key_(std::move(key)),
      shares_(shares),
      reporter_(log, options_) {}

void Link::start(Started started, Ended ended) {
  auto line = io::make_line(context_, options_.port, options_.serial, reporter_);
  if (!line) return started(cannot_open(options_.port, line.error()));
  driver_ = std::make_unique<io::Driver>(context_, driver_config(), std::move(*line), reporter_,
                                         std::move(ended), shares_);
  driver_->open(
      [this, started = std::move(started)](const std::expected<void, io::OpenError>& result) mutable {
        if (!result) return started(cannot_open(options_.port, result.error().text));
        started(set_up_services(options_, shares_, *driver_, context_, reporter_));
      });
}

io::Driver::Config Link::driver_config() const {
  io::Driver::Config config;
  config.endpoint.role = original_role(options_);
  config.endpoint.services = service_names(options_.servers, options_.clients);
  config.endpoint.forwards = forward_roles(options_);
  config.endpoint.protocol = options_.protocol;
  config.endpoint.hold = options_.hold;
  config.endpoint.compression = options_.compression;
  config.endpoint.key = key_;
  config.endpoint.connect_timeout = options_.connect_timeout;
  config.endpoint.nominal_rate = io::nominal_rate(options_.serial);
  config.sync_timeout = options_.sync_timeout;
  config.missing = options_.missing;
  return config;
}

void Link::stop() {
  if (driver_) driver_->stop();
}

void Link::close_line() {
  if (driver_) driver_->close_line();
}

}  // namespace serialtcp::cli
