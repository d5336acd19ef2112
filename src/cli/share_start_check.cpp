// What a shared port needs.
#include <fmt/format.h>

#include <map>
#include <utility>

#include "cli/share_paths.h"
#include "cli/share_table.h"
#include "cli/start_checker.h"
#include "os/error_text.h"
#include "service/service_kinds.h"

namespace serialtcp::cli {

namespace {

class ShareCheck : StartChecker {
 public:
  ShareCheck(const share::ShareConfig& config, const StartSite& site) : StartChecker(site), config_(config) {}

  std::vector<StartProblem> problems() && {
    const bool waits = config_.missing == share::ShareConfig::Missing::wait;
    check_device(config_.device, waits ? IfMissing::waits : IfMissing::fails);
    std::map<std::string_view, std::size_t> counts;
    for (const share::Place& place : config_.places) {
      const std::string_view option = option_of(place);
      check_client_place(place, option, counts[option]++);
    }
    if (!config_.log_file.empty()) {
      if (const int error = log_error(config_.log_file))
        add(Weight::mistake, "log",
            fmt::format("nothing could be written to {}: {}: choose another file", config_.log_file,
                        io::plain_text(error)));
    }
    return take();
  }

 private:
  static std::string_view option_of(const share::Place& place) {
    using Kind = share::Place::Kind;
    if (place.kind == Kind::unix_socket) return "unix";
    if (place.kind == Kind::dialled) return "client";
    return place.kind == Kind::pty ? "pty" : share::protocol_name(place.protocol);
  }

  void check_client_place(const share::Place& place, std::string_view option, std::size_t index) {
    using Kind = share::Place::Kind;
    if (const auto* const path = std::get_if<std::string>(&place.where)) {
      if (auto problem = problem_of_share_path(place.kind, *path))
        add(Weight::mistake, option, std::move(*problem), index);
      return;
    }
    if (place.kind == Kind::dialled) return;
    check_place(option, index, *io::tcp_place(std::get<io::Target>(place.where)));
  }

  const share::ShareConfig& config_;
};

}  // namespace

std::vector<StartProblem> share_start_problems(const ShareOptions& options, const StartSite& site) {
  return ShareCheck(options.share, site).problems();
}

}  // namespace serialtcp::cli
