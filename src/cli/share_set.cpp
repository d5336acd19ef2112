#include "cli/share_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include "control/link_state.h"
#include "os/clock.h"
#include "os/files.h"

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

bool is_called(const ShareOptions& options, std::string_view name) {
  const std::string_view own = options.name;
  return own == name || options.share.device == name || io::file_name(own) == name;
}

}  // namespace

void ShareSet::tell(LogEvent event, const std::string& name, std::string_view what) {
  const std::string text = fmt::format("shared port {} {}", name, what);
  log_.write({.level = LogLevel::info, .event = event, .link = name, .text = text});
}

std::size_t ShareSet::keep(const std::vector<ShareOptions>& wanted) {
  wanted_ = wanted;
  std::set<std::string> changed;
  std::erase_if(entries_, [&](const std::unique_ptr<Entry>& entry) {
    const auto same = std::ranges::find(wanted_, entry->options);
    if (same != wanted_.end()) {
      wanted_.erase(same);
      return false;
    }
    const std::string& name = entry->options.name;
    const bool stays = std::ranges::find(wanted_, name, &ShareOptions::name) != wanted_.end();
    if (stays) changed.insert(name);
    tell(stays ? LogEvent::link_changed : LogEvent::link_removed, name,
         stays ? "has changed: it is started again with its new options" : "is no longer there: it is ended");
    return true;
  });
  for (const ShareOptions& options : wanted_) {
    if (started_ && !changed.contains(options.name))
      tell(LogEvent::link_added, options.name, "is new: it is started");
  }
  started_ = true;
  return entries_.size();
}

std::optional<std::string> ShareSet::start_wanted(OnFailure on_failure) {
  for (const auto& entry : entries_) {
    if (entry->share) continue;
    entry->retry.hurry(io::now());
    attempt_or_retry(*entry);
  }
  for (ShareOptions& options : std::exchange(wanted_, {})) {
    Entry& entry = *entries_.emplace_back(std::make_unique<Entry>(context_, log_, std::move(options)));
    if (labels_) entry.reporter.set_style({.label = entry.options.name});
    if (on_failure == OnFailure::retry) {
      attempt_or_retry(entry);
    } else if (const auto started = attempt(entry); !started) {
      const std::string why = entry.reporter.labelled(started.error());
      entries_.pop_back();
      return why;
    }
  }
  return std::nullopt;
}

std::expected<void, std::string> ShareSet::attempt(Entry& entry) {
  entry.alarm.cancel();
  entry.share = std::make_unique<share::Share>(context_, entry.options.share, entry.reporter);
  auto started = entry.share->start();
  if (!started) entry.share.reset();
  return started;
}

void ShareSet::attempt_or_retry(Entry& entry) {
  if (const auto started = attempt(entry); !started) {
    if (const auto text = entry.retry.failed(started.error(), io::now())) entry.reporter.cannot_start(*text);
    entry.alarm.start_at(entry.retry.failure()->next, [this, &entry] { attempt_or_retry(entry); });
  } else if (const auto text = entry.retry.started(io::now())) {
    entry.reporter.has_started(*text);
  }
}

void ShareSet::stop() {
  entries_.clear();
  wanted_.clear();
}

bool ShareSet::has_logs() const {
  return std::ranges::any_of(entries_,
                             [](const auto& entry) { return !entry->options.share.log_file.empty(); });
}

void ShareSet::reopen_logs() {
  for (const auto& entry : entries_) {
    if (entry->share) entry->share->reopen_log();
  }
}

void ShareSet::set_labels(bool labels) {
  labels_ = labels;
  for (const auto& entry : entries_) entry->reporter.set_style({.label = labels ? entry->options.name : ""});
}

std::vector<control::ShareStatus> ShareSet::status(const std::string& name) const {
  std::vector<control::ShareStatus> list;
  for (const auto& entry : entries_) {
    const ShareOptions& options = entry->options;
    if (!name.empty() && !is_called(options, name)) continue;
    control::ShareStatus& status = list.emplace_back();
    status.name = options.name;
    status.device = options.share.device;
    if (const auto& trouble = entry->reporter.trouble()) status.trouble = trouble->text;
    if (!entry->share) {
      status.state = control::link_state::kCannotStart;
      status.trouble = entry->retry.failure()->reason;
      status.retry_seconds = std::max(to_seconds(entry->retry.failure()->next - io::now()), 0.0);
      continue;
    }
    const share::Share::Figures now = entry->share->figures();
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
