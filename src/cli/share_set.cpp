// The shared ports of a configuration, beside its links.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cli/share_reporter.h"
#include "cli/share_table.h"
#include "cli/started_set.h"
#include "control/link_state.h"
#include "share/share.h"

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

struct ShareKind {
  using Options = ShareOptions;
  using Thing = share::Share;
  using Reporter = ShareReporter;
  static constexpr std::string_view kWord = "shared port";

  static const std::string& device(const Options& options) { return options.share.device; }
  static LinkOptions options_for_log(const Options& options) {
    return serialtcp::cli::options_for_log(options.share);
  }
  static std::unique_ptr<Thing> make(io::asio::io_context& context, const Options& options,
                                     Reporter& reporter) {
    return std::make_unique<Thing>(context, options.share, reporter);
  }

  static std::vector<control::ShareStatus>& list(control::ProcessStatus& all) { return all.shares; }
  static void describe(const Options& options, control::ShareStatus& status) {
    status.device = options.share.device;
  }
  static void put_figures(const share::Share::Figures& now, control::ShareStatus& status) {
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
};

class ShareSet final : public StartedSet<ShareKind> {
 public:
  using StartedSet::StartedSet;

  void reopen_logs() override {
    for (const auto& entry : entries()) {
      if (entry->thing) entry->thing->reopen_log();
    }
  }
  bool has_logs() const override {
    return std::ranges::any_of(entries(),
                               [](const auto& entry) { return !entry->options.share.log_file.empty(); });
  }
};

}  // namespace

std::unique_ptr<TableSet> make_share_set(io::asio::io_context& context, Log& log) {
  return std::make_unique<ShareSet>(context, log);
}

}  // namespace serialtcp::cli
