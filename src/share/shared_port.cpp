#include "share/shared_port.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "os/files.h"

namespace serialtcp::share {

namespace {

using Ports = std::map<std::pair<io::asio::io_context*, std::string>, std::weak_ptr<SharedPort>>;

Ports& ports_of_this_process() {
  static Ports ports;
  return ports;
}

}  // namespace

std::shared_ptr<SharedPort> SharedPort::of(io::asio::io_context& context, const std::string& device) {
  Ports& ports = ports_of_this_process();
  std::erase_if(ports, [](const auto& one) { return one.second.expired(); });
  auto& known = ports[{&context, io::resolved_path(device)}];
  if (auto port = known.lock()) return port;
  auto port = std::make_shared<SharedPort>(context, device);
  known = port;
  return port;
}

SharedPort::SharedPort(io::asio::io_context& context, std::string device)
    : context_(context), device_(std::move(device)) {}

SharedPort::~SharedPort() = default;

void SharedPort::forget(io::Observer& observer) {
  const auto one = std::ranges::find(observers_, &observer);
  if (one != observers_.end()) observers_.erase(one);
}

std::expected<void, std::string> SharedPort::join(io::StreamSocket socket, const std::string& from,
                                                  Protocol protocol, const io::SerialSettings& settings) {
  if (!share_) {
    settings_ = settings;
    const ShareConfig config{.device = device_, .serial = settings};
    io::Observer& observer = *this;
    auto share = std::make_unique<Share>(context_, config, observer);
    if (auto started = share->start(); !started) return started;
    share->when_unused([this] { share_.reset(); });
    share_ = std::move(share);
  } else if (settings != settings_) {
    note(fmt::format(
        "WARNING: {} is in use already, at {} baud: the settings of another service for it are without effect",
        device_, settings_.baud));
  }
  share_->join(std::move(socket), from, protocol);
  return {};
}

// ---- What links are told. A link has a line of its own, so this is said as notes. ----

void SharedPort::note(std::string_view text) {
  std::vector<io::Observer*> told;
  for (io::Observer* const observer : observers_) {
    if (std::ranges::find(told, observer) != told.end()) continue;
    told.push_back(observer);
    observer->note(text);
  }
}

void SharedPort::line_opened(std::string_view line, std::string_view how) {
  note(fmt::format("{} opened {} for streams", line, how));
}

void SharedPort::line_awaited(std::string_view line, std::string_view reason) {
  note(fmt::format("WARNING: streams wait for {}: {}", line, reason));
}

void SharedPort::line_found(std::string_view line) {
  note(fmt::format("{} is there", line));
}

void SharedPort::line_lost(std::string_view line, std::string_view reason) {
  note(fmt::format("WARNING: lost {}: {}; streams wait until it returns", line, reason));
}

void SharedPort::line_back(std::string_view line, Duration away) {
  note(fmt::format("{} is back after {:.0f} s", line, to_seconds(away)));
}

void SharedPort::line_not_back_yet(std::string_view line, std::string_view reason) {
  note(fmt::format("WARNING: streams still wait for {}: {}", line, reason));
}

void SharedPort::line_still_away(std::string_view line, std::string_view reason, Duration) {
  line_not_back_yet(line, reason);
}

}  // namespace serialtcp::share
