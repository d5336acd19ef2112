#include "cli/start_checker.h"

#include <fmt/format.h>

#include "net/listen_addresses.h"
#include "port/line_factory.h"
#include "port/serial_ports.h"
#include "service/service_kinds.h"

namespace serialtcp::cli {

void StartChecker::check_device(const std::string& device, IfMissing if_missing) {
  if (auto misspelt = io::misspelt_port(device)) return add(Weight::mistake, "port", std::move(*misspelt));
  const auto seen = io::look_at_line(device);
  if (seen) return;
  const std::string why = seen.error().text + io::other_ports(device);
  const bool waits = seen.error().kind != io::OpenError::Kind::unusable && if_missing == IfMissing::waits;
  if (!waits)
    return add(Weight::mistake, "port", fmt::format("Could not open serial port {}: {}", device, why));
  add(Weight::warning, "port", fmt::format("{} would be waited for: {}", device, why));
}

void StartChecker::check_place(std::string_view option, std::size_t index, const io::ListenPlace& place) {
  const auto host = place.host();
  io::ListenPlace::Addresses addresses;
  if (host) {
    addresses = io::known_addresses_to_listen_at(*host);
    if (addresses.empty()) return;  // a name
  }
  const auto obstacle = place.try_out(site_.context, addresses);
  if (!obstacle) return;
  using Kind = io::Obstacle::Kind;
  if (obstacle->kind == Kind::in_use && site_.becomes_free(place)) return;
  if (obstacle->kind == Kind::not_passed && site_.passed == StartSite::Passed::to_another) return;
  add(Weight::mistake, option, obstacle->text, index);
}

}  // namespace serialtcp::cli
