#include "cli/start_check.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "cli/key_file.h"
#include "cli/start_checker.h"
#include "net/address.h"
#include "os/error_text.h"
#include "os/files.h"
#include "service/service_kinds.h"

namespace serialtcp::cli {

namespace {

using Weight = StartProblem::Weight;

/// For -L and -D.
std::shared_ptr<const io::ListenPlace> forward_place(const wire::Address& at, io::Family family) {
  return io::tcp_place({io::host_text(at), at.port, family});
}

class LinkCheck : StartChecker {
 public:
  LinkCheck(const LinkOptions& options, const StartSite& site) : StartChecker(site), options_(options) {}

  std::vector<StartProblem> problems() && {
    check_key();
    const bool waits = options_.missing == io::LinePump::Missing::wait;
    check_device(options_.port, waits ? IfMissing::waits : IfMissing::fails);
    for (const auto& [option, index, place] : listen_options(options_)) check_place(option, index, *place);
    return take();
  }

 private:
  void check_key() {
    if (!options_.key_file) return;
    const auto loaded = io::read_key_file(*options_.key_file, options_.unsafe_key_file);
    if (!loaded) return add(Weight::mistake, "key", loaded.error());
    constexpr std::string_view kMark = "WARNING: ";  // of the log
    if (!loaded->warning) return;
    const bool marked = loaded->warning->starts_with(kMark);
    add(Weight::warning, "key", loaded->warning->substr(marked ? kMark.size() : 0));
  }

  const LinkOptions& options_;
};

}  // namespace

std::vector<StartProblem> start_problems(const LinkOptions& options, const StartSite& site) {
  return LinkCheck(options, site).problems();
}

int log_error(const std::string& path) {
  return io::why_not_writable(path);
}

std::vector<ListenOption> listen_options(const LinkOptions& options) {
  std::vector<ListenOption> all;
  for (std::size_t i = 0; i < options.servers.size(); ++i)
    all.push_back({"server", i, options.servers[i].place});
  for (std::size_t i = 0; i < options.local_forwards.size(); ++i)
    all.push_back({"local-forward", i, forward_place(options.local_forwards[i].listen, options.family)});
  for (std::size_t i = 0; i < options.dynamic_forwards.size(); ++i)
    all.push_back({"dynamic-forward", i, forward_place(options.dynamic_forwards[i], options.family)});
  return all;
}

}  // namespace serialtcp::cli
