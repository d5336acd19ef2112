#include "top/processes.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "control/place.h"
#include "os/text.h"

namespace serialtcp::top {

using control::Failure;

void Processes::ask(Time now) {
  ++rounds_;
  look();
  for (const auto& process : processes_) {
    if (!process->query) start(*process, now);
  }
}

/// Adds those that are new.
void Processes::look() {
  control::Found found;
  if (path_) {
    found.sockets = {*path_};
  } else {
    found = control::find_sockets(control::surroundings());
  }
  refused_.clear();
  for (const std::string& folder : found.refused)
    refused_.push_back(fmt::format(
        "{}: processes of another user may be there, and you have no permission: use sudo", folder));
  for (std::string& path : found.sockets) {
    const auto known = [&path](const auto& process) { return process->path == path; };
    if (std::ranges::none_of(processes_, known))
      processes_.push_back(
          std::make_unique<Process>(Process{.number = ++last_number_, .path = std::move(path)}));
  }
}

void Processes::start(Process& process, Time now) {
  process.asked = now;
  process.problem.clear();
  process.gone = false;
  if (process.client && begin(process, link_)) return;
  // An idle client is disconnected after a while, so this need not be the end of the process.
  connect(process);
  if (process.client && !begin(process, link_))
    process.problem = fmt::format("no answer from {}", process.path);
}

bool Processes::begin(Process& process, const std::string& link) {
  process.query.emplace(*process.client, link);
  if (process.query->begin()) return true;
  process.query.reset();
  process.client.reset();
  return false;
}

void Processes::connect(Process& process) {
  process.query.reset();
  process.client.reset();
  auto client = control::Client::connect(process.path);
  if (client) {
    process.client.emplace(std::move(*client));
  } else if (client.error().kind == Failure::Kind::nobody) {
    process.gone = true;
  } else {
    process.problem = client.error().text;
  }
}

void Processes::close(const Key& connection) {
  const auto process = std::ranges::find(processes_, connection.process, &Process::number);
  const std::string name = io::printable(connection.name);
  if (process == processes_.end() || closes_.size() >= kMaxCloses) {
    news_.push_back(fmt::format("{} was not closed: its process does not answer", name));
    return;
  }
  // Not on the connection on which an answer may be awaited.
  auto client = control::Client::connect((*process)->path);
  if (!client) {
    news_.push_back(client.error().text);
    return;
  }
  if (const auto posted = client->post({{"request", "close"}, {"connection", connection.name}}); !posted) {
    news_.push_back(posted.error().text);
    return;
  }
  closes_.push_back({name, std::move(*client)});
}

std::vector<pollfd> Processes::descriptors() const {
  std::vector<pollfd> result;
  for (const auto& process : processes_) {
    if (process->query) result.push_back({process->client->descriptor(), POLLIN, 0});
  }
  for (const Close& one : closes_) result.push_back({one.client.descriptor(), POLLIN, 0});
  return result;
}

bool Processes::take(Model& model) {
  bool any = take_closes();
  for (const auto& process : processes_) {
    if (!process->query) continue;
    auto status = process->query->advance();
    if (status && !*status) continue;
    any = true;
    process->query.reset();
    if (status) {
      take_status(*process, std::move(**status), model);
    } else {
      take_failure(*process, status.error());
      if (!process->pid) model.remove(process->number);
    }
  }
  remove_gone(model);
  return any;
}

void Processes::take_status(Process& process, control::ProcessStatus status, Model& model) {
  if (process.pid && *process.pid != status.pid) {
    news_.push_back(fmt::format("process {} has ended", *process.pid));
    process.pid.reset();
  }
  if (!process.pid && rounds_ > 1) news_.push_back(fmt::format("process {} has started", status.pid));
  process.pid = status.pid;
  model.take(process.number, status);
}

void Processes::take_failure(Process& process, const Failure& failure) {
  if (failure.kind == Failure::Kind::refused) {  // it has no such link
    process.pid.reset();
    return;
  }
  connect(process);
  if (!process.gone && process.problem.empty()) process.problem = failure.text;
}

void Processes::remove_gone(Model& model) {
  for (const auto& process : processes_) {
    if (!process->gone) continue;
    if (process->pid) news_.push_back(fmt::format("process {} has ended", *process->pid));
    model.remove(process->number);
  }
  std::erase_if(processes_, [](const auto& process) { return process->gone; });
}

bool Processes::take_closes() {
  return std::erase_if(closes_, [this](Close& close) {
           const auto answer = close.client.take_answer();
           if (answer && !*answer) return false;
           news_.push_back(answer ? fmt::format("{} was reset", close.name) : answer.error().text);
           return true;
         }) > 0;
}

bool Processes::is_complete() const {
  return std::ranges::none_of(processes_, [](const auto& process) { return process->query.has_value(); });
}

std::vector<std::string> Processes::news() {
  return std::exchange(news_, {});
}

std::vector<std::string> Processes::problems(Time now) const {
  std::vector<std::string> problems;
  bool shown = false, awaited = false;
  for (const auto& process : processes_) {
    shown = shown || process->pid;
    awaited = awaited || process->query;
    if (!process->problem.empty()) problems.push_back(process->problem);
    if (!process->query || now - process->asked < kSlow) continue;
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now - process->asked).count();
    const std::string name = process->pid ? fmt::format("process {}", *process->pid) : process->path;
    problems.push_back(fmt::format("{} has not answered for {} s", name, seconds));
  }
  if (problems.empty() && !shown && !awaited) problems.push_back(nothing());
  return problems;
}

std::string Processes::nothing() const {
  if (!link_.empty() && !processes_.empty())
    return fmt::format("No running serialtcp has a link '{}'. Waiting for one.", link_);
  if (path_) return fmt::format("No serialtcp process listens at {}. Waiting for one.", *path_);
  std::string text = "No running serialtcp was found. Waiting for one.";
  if (refused_.empty()) return text + " (One that listens elsewhere is found with --control PATH.)";
  for (const std::string& folder : refused_) text += " " + folder + ".";
  return text;
}

}  // namespace serialtcp::top
