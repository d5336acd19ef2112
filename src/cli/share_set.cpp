#include "cli/share_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "control/link_state.h"

namespace serialtcp::cli {

namespace {

/// "8N1"
std::string format_of(const io::SerialSettings& settings) {
  static constexpr std::string_view kParities = "NEOSM";
  const std::string_view stop = settings.stop_bits == io::StopBits::one   ? "1"
                                : settings.stop_bits == io::StopBits::two ? "2"
                                                                          : "1.5";
  return fmt::format("{}{}{}", settings.data_bits, kParities[static_cast<std::size_t>(settings.parity)],
                     stop);
}

}  // namespace

bool ShareSet::has_logs() const {
  return std::ranges::any_of(entries(),
                             [](const auto& entry) { return !entry->options.share.log_file.empty(); });
}

void ShareSet::reopen_logs() {
  for (const auto& entry : entries()) {
    if (entry->thing) entry->thing->reopen_log();
  }
}

std::vector<control::ShareStatus> ShareSet::status(const std::string& name) const {
  std::vector<control::ShareStatus> list;
  for (const auto& entry : entries()) {
    const ShareOptions& options = entry->options;
    if (!is_called(options, name)) continue;
    control::ShareStatus& status = list.emplace_back();
    status.name = options.name;
    status.device = options.share.device;
    put_trouble(*entry, status);
    if (!entry->thing) continue;
    const share::Share::Figures now = entry->thing->figures();
    status.state = now.open ? "open" : std::string(control::link_state::kWaitingForDevice);
    status.baud = now.settings.baud;
    status.format = format_of(now.settings);
    status.places = now.places;
    status.clients_now = now.clients;
    status.writer = now.writer;
    status.received_bytes = now.received;
    status.written_bytes = now.written;
    status.lost_bytes = now.lost;
  }
  return list;
}

}  // namespace serialtcp::cli
