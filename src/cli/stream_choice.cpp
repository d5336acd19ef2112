#include "cli/stream_choice.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "cli/running_processes.h"
#include "control/stream_query.h"
#include "net/address.h"

namespace serialtcp::cli {

namespace {

/// A link that may be meant.
struct Candidate {
  RunningProcess* process;
  const control::LinkStatus* link;
};

/// Of each process, the links that are called so.
void find_links(RunningProcesses& running, const std::string& link) {
  std::erase_if(running.processes, [&](RunningProcess& process) {
    auto status = control::ask_for_links(process.client, link);
    if (status) {
      process.status = std::move(*status);
      return false;
    }
    if (status.error().kind != control::Failure::Kind::refused)
      running.problems.push_back(status.error().text);
    return true;
  });
}

std::vector<Candidate> all_links(RunningProcesses& running) {
  std::vector<Candidate> found;
  for (RunningProcess& process : running.processes) {
    for (const control::LinkStatus& link : process.status.links) found.push_back({&process, &link});
  }
  return found;
}

bool listens_for(const control::LinkStatus& link, const std::string& service) {
  return std::ranges::any_of(link.listeners, [&service](const control::ListenerStatus& listener) {
    return listener.kind == "service" && listener.service == service;
  });
}

/// Those that fit, unless none does.
template <typename Fits>
void prefer(std::vector<Candidate>& candidates, Fits fits) {
  if (std::ranges::any_of(candidates, fits))
    std::erase_if(candidates, [&fits](const auto& one) { return !fits(one); });
}

std::string names_of(const std::vector<Candidate>& candidates) {
  std::vector<std::string> names;
  for (const Candidate& one : candidates)
    names.push_back(fmt::format("{} of process {}", one.link->name, one.process->status.pid));
  return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace

std::expected<ChosenStream, NoStream> choose_stream(const StreamWish& wish) {
  RunningProcesses running = find_running(wish.control);
  find_links(running, wish.link.value_or(""));
  std::vector<Candidate> candidates = all_links(running);
  if (candidates.empty())
    return std::unexpected(NoStream{nothing_found(running, wish.link.value_or("")), true});
  const bool session = wish.wanted.service.service == services::kSession;
  bool is_link_name = false;
  if (!wish.wanted.address && !wish.text.empty() && !wish.link) {
    const auto is_called = [&wish](const Candidate& one) { return one.link->name == wish.text; };
    is_link_name = std::ranges::any_of(candidates, is_called);
    prefer(candidates, is_called);
  }
  if (!wish.wanted.address && !session && !is_link_name)
    prefer(candidates,
           [&wish](const Candidate& one) { return listens_for(*one.link, wish.wanted.service.name); });
  if (candidates.size() > 1) {
    return std::unexpected(
        NoStream{fmt::format("{} links are running: choose one with {}its process with --control: {}",
                             candidates.size(), session ? "" : "--link, or ", names_of(candidates))});
  }
  const Candidate& chosen = candidates.front();
  control::StreamGoal goal{.service = is_link_name ? "" : wish.wanted.service.name,
                           .session = session,
                           .interactive = wish.wanted.service.priority == Priority::interactive,
                           .noise = wish.noise};
  if (wish.wanted.address) goal.to = io::to_string(*wish.wanted.address);
  const auto connection = control::ask_for_stream(chosen.process->client, chosen.link->name, goal);
  if (!connection) return std::unexpected(NoStream{connection.error().text});
  return ChosenStream{std::move(chosen.process->client), *connection};
}

}  // namespace serialtcp::cli
