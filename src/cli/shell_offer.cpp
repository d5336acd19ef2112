// Requests are answered also if nothing is allowed: the refusal says which option would allow it.
#include "cli/shell_offer.h"

#include <functional>
#include <utility>

#include "cli/cp_far_command.h"
#include "getty/board_console.h"
#include "session/service.h"

namespace serialtcp::cli {

namespace {

/// Sessions may live longer than the link.
std::function<std::expected<io::session::Running, wire::session::Refused>(wire::session::Size)> viewers_of(
    const std::shared_ptr<getty::BoardConsole>& console) {
  if (!console) return {};
  return [weak = std::weak_ptr(console)](
             wire::session::Size size) -> std::expected<io::session::Running, wire::session::Refused> {
    const auto there = weak.lock();
    if (there) return there->attach(size);
    return std::unexpected(
        wire::session::Refused{wire::session::Reason::other, "the console is not there any more"});
  };
}

}  // namespace

void offer_sessions(const LinkOptions& options, const io::ProcessShares& shares,
                    const std::shared_ptr<getty::BoardConsole>& console, io::Connections& connections) {
  using io::session::SessionService;
  using Shells = SessionService::Config::Shells;
  connections.add(
      std::make_unique<SessionService>(
          connections, shares,
          SessionService::Config{.shells = options.allow_shell ? Shells::allowed : Shells::refused,
                                 .repertoire = {{{kCopySubsystem, copy_words()}}, viewers_of(console)},
                                 .patience = request_patience(options)}),
      services::kSession);
}

}  // namespace serialtcp::cli
