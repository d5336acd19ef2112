// Each value is judged by the row of its option, so that each message says what was expected; then all of them together.
#include "cli/link_options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "cli/edition.h"
#include "cli/judge.h"
#include "cli/option_table.h"
#include "service/forward_targets.h"

namespace serialtcp::cli {

namespace {

/// "--allow, --server and --client".
std::string listed(std::span<const Section> sections) {
  std::vector<std::string> names;
  for (const Option& option : option_table()) {
    const bool wanted = std::ranges::find(sections, option.section) != sections.end();
    if (wanted && option.stands == Stands::anywhere) names.push_back(spelling(option));
  }
  const std::string last = std::move(names.back());
  names.pop_back();
  return fmt::format("{} and {}", fmt::join(names, ", "), last);
}

using LinkJudge = Judge<PutInLink, LinkOptions>;

void judge_together(const Given& given, const LinkOptions& link, LinkJudge& judge) {
  static constexpr Section kForwarding[] = {Section::forwarding};
  const bool key = given.contains("key");
  judge.require(
      !any_given(given, Section::forwarding) || link.protocol != Protocol::original, "protocol",
      fmt::format(
          "--protocol original excludes {}: the original's protocol has only the service without a name",
          listed(kForwarding)));
  judge.require(!key || link.protocol != Protocol::original, "protocol",
                "--key and --protocol original exclude each other: the original's protocol cannot be sealed");
  judge.require(!link.seek_speed || (!link.getty.wanted && !link.install.wanted), "baudrate",
                "BAUDRATE auto is for links only: a console needs a speed that is known");
  judge.require(!given.contains("rs485") || !given.contains("rts"), "rs485",
                "--rs485 and --rts exclude each other: with --rs485, the driver switches RTS");
  const bool climbs = link.climbing.where == io::Climbing::Where::everywhere;
  judge.require(!link.getty.wanted || !climbs, "climb",
                "--climb and a console at the same port exclude each other: the console has one speed");
  judge.require(!link.seek_speed || !climbs, "climb",
                "--climb and BAUDRATE auto exclude each other: give the speed from which both ends climb");
  judge.require(key || !given.contains("strict"), "strict",
                "--strict is about the file of --key, and there is no --key");
  judge.require(
      !key || !link.install.wanted || link.install.arguments, "key",
      "--key and --login exclude each other, unless --as has the options of the other end: it has no key file");
  if (!judge.mistakes().empty()) return;  // names may be missing
  if (const auto problem = conflict(link.servers, link.clients))
    judge.require(false, problem->option, problem->text, problem->index);
}

/// What stands against raising the speed where nobody has asked for it: a console, at this end or the other one; others on the
/// same bus; what is known to pass bytes on that are not all values.
bool keeps_its_speed(const LinkOptions& link) {
  const bool console = link.getty.wanted || link.install.wanted;
  const bool bus = link.duplex == Duplex::half || link.serial.rs485.has_value();
  const bool coded = link.clean.mode == CleanMode::seven_bits || link.clean.mode == CleanMode::escape ||
                     link.clean.avoided.any() || link.serial.flow_control == io::FlowControl::xon_xoff;
  return console || bus || coded || link.seek_speed || link.protocol == Protocol::original;
}

}  // namespace

Duration request_patience(const LinkOptions& options) {
  return io::kRequestPatience + std::min<Duration>(options.hold, std::chrono::hours(24));
}

Roles forward_roles(const LinkOptions& options) {
  const bool listens = !options.remote_forwards.empty() || !options.allowed_listen.empty();
  Roles roles;
  const bool session = options.connects && options.connects->service.service != ServiceId{};
  const bool connects = options.connects && (options.connects->address || session);
  roles.server = listens || connects || options.install.wanted || options.getty.wanted ||
                 !options.local_forwards.empty() || !options.dynamic_forwards.empty();
  roles.client = listens || options.getty.wanted || options.allow_shell || !options.allowed.empty();
  return roles;
}

Role original_role(const LinkOptions& options) {
  const auto has_default = [](const auto& specs) {
    return std::ranges::any_of(specs, [](const io::ServiceTerms& spec) { return spec.name.empty(); });
  };
  const bool wants_default =
      options.connects && !options.connects->address && options.connects->service == Purpose();
  if (wants_default || has_default(options.servers)) return Role::server;
  if (has_default(options.clients)) return Role::client;
  const bool server = !options.servers.empty() || options.connects ||
                      (options.clients.empty() && forward_roles(options).server);
  return server ? Role::server : Role::client;
}

std::string Mistake::message() const {
  return form == Form::sentence ? text : fmt::format("argument {}: {}", spelling(*option), text);
}

std::expected<LinkOptions, Mistakes> judge_link(const Given& given) {
  static constexpr Section kWork[] = {Section::services, Section::forwarding};
  LinkOptions link;
  LinkJudge judge(option_table(), given, link);
  judge.require(any_given(given, Section::services) || any_given(given, Section::forwarding) ||
                    given.contains("connect") || given.contains("session") || given.contains("install") ||
                    given.contains("getty"),
                "", fmt::format("one of {} is required", listed(kWork)));
  const auto port = given.find("port");
  judge.require(port != given.end() && !port->second.front().empty(), "port",
                fmt::format("SERIALPORT is required, as in {}", edition().wording.port));
  judge.all_values();
  judge_together(given, link, judge);
  const bool unasked = link.climbing.where == io::Climbing::Where::on_hardware;
  if (unasked && keeps_its_speed(link)) link.climbing.where = io::Climbing::Where::nowhere;
  if (!judge.mistakes().empty()) return std::unexpected(judge.mistakes());
  return link;
}

}  // namespace serialtcp::cli
