#include "cli/full_administration.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "cli/log_choice.h"
#include "cli/run.h"

namespace serialtcp::cli {

FullAdministration::FullAdministration(const Site& site, const Configuration& config)
    : site_(site),
      tables_(site.context, site.log),
      control_(site.context, site.log, site.links, tables_, site.options,
               [this](const std::string& who) { return reload(who); }),
      http_(site.context, site.log, control_) {
  choose_control(config);
  choose_http(config);
  if (const auto& joint = site.options.joint) own_stream_ = joint->make(site.context, site.links, *joint);
  announce(config);
  tables_.keep(config);
}

/// How many there are.
void FullAdministration::announce(const Configuration& config) {
  site_.links.go_on_without_links(!config.tables.empty());
  tables_.set_labels(config.links.size() + config.tables.size() > 1);
}

void FullAdministration::start() {
  const OnStartFailure on_failure = site_.links.strict() ? OnStartFailure::give_up : OnStartFailure::retry;
  // The only one of a program without a file.
  if (!site_.options.config_file) {
    tables_.when_ended([this](const std::string& why) {
      site_.links.complain(why);
      site_.links.stop(kExitCannotOpen);
    });
  }
  const auto problem = tables_.start_wanted(on_failure);
  if (!problem) return;
  site_.links.complain(*problem);
  site_.links.stop(kExitCannotOpen);
}

bool FullAdministration::reopen_logs() {
  tables_.reopen_logs();
  return tables_.has_logs();
}

void FullAdministration::look() {
  if (own_stream_) own_stream_->look();
}

void FullAdministration::read_again() {
  if (!site_.links.stopping()) static_cast<void>(reload("SIGHUP"));
}

/// The command line goes before the file.
void FullAdministration::choose_control(const Configuration& config) {
  const bool by_file = site_.options.control.use == ControlChoice::Use::by_default;
  control_.listen(by_file ? config.control : site_.options.control);
}

void FullAdministration::choose_http(const Configuration& config) {
  http_.listen(site_.options.http ? site_.options.http : config.http);
}

std::expected<control::Operations::Reloaded, std::string> FullAdministration::reload(const std::string& who) {
  const std::string& file = *site_.options.config_file;
  site_.report.reloading();
  const auto config = read_config_again(file);
  if (!config) {
    for (std::string_view lines = config.error(); !lines.empty();) {
      const std::size_t end = std::min(lines.find('\n'), lines.size());
      site_.log.line(lines.substr(0, end));
      lines.remove_prefix(std::min(end + 1, lines.size()));
    }
    site_.log.line(fmt::format("{}: nothing was changed, because {} cannot be used", who, file));
    return std::unexpected(config.error());
  }
  const auto reopened = site_.log.reopen(log_file(site_.options, *config), log_style(site_.options, *config));
  if (!reopened) site_.log.line(reopened.error());
  choose_control(*config);
  choose_http(*config);
  announce(*config);
  tables_.reopen_logs();
  // What ends may have what others need.
  tables_.keep(*config, [&](std::size_t unchanged, std::size_t wanted, std::string_view noun) {
    site_.log.line(fmt::format("{}: {} of {} {}s are unchanged", who, unchanged, wanted, noun));
  });
  auto reloaded = site_.links.reload(*config, who);
  tables_.start_wanted(OnStartFailure::retry);
  return reloaded;
}

std::unique_ptr<Administration> make_full_administration(const Administration::Site& site,
                                                         const Configuration& config) {
  return std::make_unique<FullAdministration>(site, config);
}

}  // namespace serialtcp::cli
