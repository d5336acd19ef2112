// ShareSet: the shared ports of a configuration, beside its links.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cli/share_options.h"
#include "cli/share_reporter.h"
#include "cli/started_set.h"
#include "control/status.h"
#include "share/share.h"

namespace serialtcp::cli {

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
};

class ShareSet : public StartedSet<ShareKind> {
 public:
  using StartedSet::StartedSet;

  /// Those of --log: they may have been renamed.
  void reopen_logs();
  bool has_logs() const;
  /// Of all, or of those that a user may mean.
  std::vector<control::ShareStatus> status(const std::string& name) const;
};

}  // namespace serialtcp::cli
