#include "cli/program_control.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "cli/messages.h"
#include "cli/status_table.h"
#include "cli/stream_text.h"
#include "control/place.h"
#include "net/address.h"
#include "os/clock.h"

namespace serialtcp::cli {

namespace {

constexpr std::pair<control::Level, Verbosity> kVerbosities[] = {
    {control::Level::warning, Verbosity::quiet},
    {control::Level::info, Verbosity::normal},
    {control::Level::verbose, Verbosity::verbose},
    {control::Level::debug, Verbosity::debug},
};

Verbosity verbosity_of(control::Level level) {
  return std::ranges::find(kVerbosities, level, &std::pair<control::Level, Verbosity>::first)->second;
}

control::Level level_of(Verbosity verbosity) {
  return std::ranges::find(kVerbosities, verbosity, &std::pair<control::Level, Verbosity>::second)->first;
}

}  // namespace

ProgramControl::ProgramControl(io::asio::io_context& context, Log& log, LinkSet& links,
                               const TableSets& tables, const RunOptions& options, Reload reload)
    : context_(context),
      log_(log),
      links_(links),
      tables_(tables),
      options_(options),
      reload_(std::move(reload)),
      started_(io::now()) {}

// ---- The socket ----

void ProgramControl::listen(const ControlChoice& choice) {
  if (choice_ == choice) return;
  choice_ = choice;
  io::asio::post(context_, lifetime_.guard([this] { listen_now(); }));
}

void ProgramControl::listen_now() {
  server_.reset();
  if (choice_->use == ControlChoice::Use::none) return;
  std::expected<std::string, std::string> path = choice_->path;
  if (choice_->use == ControlChoice::Use::by_default) {
    path = control::own_folder(control::surroundings());
    if (path) path = control::prepare(*path);
  }
  if (!path) return log_.line(fmt::format("no control socket: {}", path.error()));
  auto server = std::make_unique<control::Server>(context_, *this);
  if (const auto listening = server->listen(*path); !listening)
    return log_.line(fmt::format("no control socket at {}: {}", *path, listening.error()));
  server_ = std::move(server);
}

// ---- SIGUSR1 ----

void ProgramControl::log_status() {
  if (status_logged_ != Time::min() && io::now() - status_logged_ < kStatusAgain) return;
  status_logged_ = io::now();
  const Verbosity before = log_.verbosity();
  if (!log_.shows(LogLevel::info)) log_.set_verbosity(Verbosity::normal);
  log_.line(fmt::format("status: process {}, running for {}, {} links", ::getpid(),
                        seconds_text(status_logged_ - started_), links_.size()));
  for (const Link* const link : links_.links()) {
    const control::LinkStatus status = link->status(0, 0);
    for (const std::string& line : link_lines(status))
      log_.line(fmt::format("status: {}{}", line.starts_with(status.name) ? "" : status.name + ": ", line));
    log_.line(fmt::format("status: {}: {} connections", status.name, status.connections_now));
  }
  for (const auto& [name, lines] : tables_.status_lines()) {
    for (const std::string& line : lines)
      log_.line(fmt::format("status: {}{}", line.starts_with(name) ? "" : name + ": ", line));
  }
  log_.set_verbosity(before);
}

// ---- Requests ----

std::vector<Link*> ProgramControl::called(const std::string& name) const {
  std::vector<Link*> links = links_.links();
  const auto exactly = [&name](const Link* link) { return link->name() == name; };
  const bool exact = std::ranges::any_of(links, exactly);
  if (!name.empty())
    std::erase_if(links, [&](const Link* link) { return exact ? !exactly(link) : !link->is_called(name); });
  return links;
}

std::expected<control::ProcessStatus, control::Error> ProgramControl::status(
    const control::StatusRequest& request) {
  const std::vector<Link*> links = called(request.link);
  control::ProcessStatus status;
  const bool any = tables_.add_status(request.link, status) || !links.empty();
  if (!any && !request.link.empty())
    return std::unexpected(
        control::Error{control::kNotFound, fmt::format("there is no link '{}'", request.link)});
  status.version = version();
  status.pid = static_cast<std::uint64_t>(::getpid());
  status.uptime_seconds = to_seconds(io::now() - started_);
  status.config_file = options_.config_file.value_or("");
  status.log_level = control::level_name(level_of(log_.verbosity()));
  std::uint64_t most = request.connections_most;
  for (const Link* const link : links) {
    status.links.push_back(link->status(request.connections_after, most));
    most -= status.links.back().connections.size();
  }
  return status;
}

/// `example` follows the name of a link, to show how one of several is meant.
std::expected<Link*, control::Error> ProgramControl::only_one(const std::string& name,
                                                              const std::string& example) const {
  const std::vector<Link*> links = called(name);
  if (links.size() == 1) return links.front();
  return std::unexpected(control::Error{
      control::kNotFound, links.empty() ? fmt::format("there is no link '{}'", name)
                                        : fmt::format("{} links are meant: name one of them, as in {}{}",
                                                      links.size(), links.front()->name(), example)});
}

std::expected<void, control::Error> ProgramControl::close(const control::CloseRequest& request,
                                                          const std::string& who) {
  const auto link = only_one(request.link, fmt::format("#{}", request.number));
  if (!link) return std::unexpected(link.error());
  if ((*link)->close_connection(request.number, fmt::format("reset by serialtcp close ({})", who))) return {};
  return std::unexpected(control::Error{
      control::kNotFound,
      fmt::format("there is no connection {}#{} (any more)", (*link)->name(), request.number)});
}

// ---- Streams ----

std::expected<std::shared_ptr<void>, control::Error> ProgramControl::connect(
    const control::ConnectRequest& request, const std::string& who, Connected connected) {
  const auto link = only_one(request.link, "");
  if (!link) return std::unexpected(link.error());
  if (request.noise) return tap_noise(**link, std::move(connected));
  io::StreamRequests::Wanted wanted;
  wanted.service.name = request.service;
  if (request.session) wanted = request.interactive ? console_wanted() : session_wanted();
  if (request.target) wanted.address = io::to_address(request.target->host, request.target->port);
  const std::string name = (*link)->name();
  std::string what = fmt::format("{} through {}", stream_text(wanted), name);
  auto stream = (*link)->open_stream(
      std::move(wanted), who,
      [name, what, connected = std::move(connected)](
          std::expected<io::StreamRequests::Opened, std::string> opened) mutable {
        if (!opened)
          return connected(std::unexpected(control::Error{
              control::kRefused, fmt::format("no connection to {}: {}", what, opened.error())}));
        connected(Stream{fmt::format("{}#{}", name, opened->number), std::move(opened->attach)});
      });
  if (!stream) return std::unexpected(control::Error{control::kRefused, std::move(stream.error())});
  return std::move(*stream);
}

/// Answered later, as a stream is.
std::shared_ptr<void> ProgramControl::tap_noise(const Link& link, Connected connected) {
  const auto request = std::make_shared<char>();
  io::asio::post(context_, lifetime_.guard([this, name = link.name(), weak = std::weak_ptr<char>(request),
                                            connected = std::move(connected)]() mutable {
    if (weak.expired()) return;
    connected(Stream{name + "#noise", [this, name](io::StreamSocket socket, const Bytes&) {
                       if (const auto there = only_one(name, "")) (*there)->tap_noise(std::move(socket));
                     }});
  }));
  return request;
}

std::expected<std::optional<control::Operations::End>, control::Error> ProgramControl::end(
    const control::EndRequest& request) {
  const auto link = only_one(request.link, fmt::format("#{}", request.number));
  if (!link) return std::unexpected(link.error());
  const io::StreamRequests* const streams = (*link)->streams();
  if (const auto end = streams != nullptr ? streams->end_of(request.number) : std::nullopt)
    return End{end->ending == io::Observer::Ending::in_order, end->how};
  if (streams != nullptr && streams->carries(request.number)) return std::nullopt;
  return std::unexpected(control::Error{
      control::kNotFound,
      fmt::format("no connection {}#{} was requested by connect lately", (*link)->name(), request.number)});
}

std::expected<control::Operations::Reloaded, control::Error> ProgramControl::reload(const std::string& who) {
  if (!options_.config_file)
    return std::unexpected(control::Error{
        control::kRefused,
        "this process was started without --config, so there is no file to be read again: start it again"});
  if (links_.stopping()) return std::unexpected(control::Error{control::kRefused, "this process is ending"});
  auto reloaded = reload_(fmt::format("serialtcp reload ({})", who));
  if (!reloaded) return std::unexpected(control::Error{control::kRefused, std::move(reloaded.error())});
  return *reloaded;
}

void ProgramControl::set_level(control::Level level, const std::string& who) {
  const std::string text = fmt::format("serialtcp log ({}): the log is as with level {} from now on", who,
                                       control::level_name(level));
  // The line is in the log if it would be there before or after.
  const bool before = log_.shows(LogLevel::info);
  if (before) log_.line(text);
  log_.set_verbosity(verbosity_of(level));
  if (!before) log_.line(text);
}

std::string ProgramControl::version() const {
  return SERIALTCP_VERSION;
}

}  // namespace serialtcp::cli
