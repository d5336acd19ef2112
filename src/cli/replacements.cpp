#include "cli/replacements.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "cli/start_check.h"
#include "port/line_factory.h"

namespace serialtcp::cli {

namespace {

/// What only one link can have: its device, and where it listens. Ports count for all addresses.
std::set<std::string> spaces_of(const LinkOptions& options) {
  std::set<std::string> spaces;
  for (const ListenOption& one : listen_options(options)) {
    const auto claim = one.place->claim();
    if (!claim) continue;
    const bool by_port = claim->space.find(':') != std::string::npos;
    spaces.insert(by_port ? claim->space : claim->space + ":" + claim->key);
  }
  return spaces;
}

struct Replacement {
  std::size_t old;
  std::size_t wanted;
  std::optional<std::string> why_not = {};
  bool stays = false;
};

class Plan {
 public:
  Plan(io::asio::io_context& context, const OldLinks& old, const std::vector<LinkOptions>& wanted)
      : context_(context), old_(old.running), wanted_(wanted) {
    for (const auto* const list : {&old.running, &old.ending}) {
      for (const LinkOptions* const options : *list) free_.merge(spaces_of(*options));
    }
    for (const std::uint16_t port : old.ports) free_.insert(fmt::format("tcp:{}", port));
  }

  std::vector<NotReplaced> not_replaceable() {
    for (std::size_t i = 0; i < wanted_.size(); ++i) {
      if (const auto old = predecessor(wanted_[i]))
        pairs_.push_back({.old = *old, .wanted = i, .why_not = problem_of(wanted_[i])});
    }
    std::vector<NotReplaced> result;
    while (const auto next = next_that_stays()) {
      next->stays = true;
      result.push_back({next->old, next->wanted, *next->why_not});
    }
    return result;
  }

 private:
  /// By its name; a link that is called otherwise now is the one with the same device.
  std::optional<std::size_t> predecessor(const LinkOptions& options) const {
    const auto device = io::exclusive_line(options.port);
    std::optional<std::size_t> by_device;
    for (std::size_t i = 0; i < old_.size(); ++i) {
      if (old_[i]->name == options.name) return i;
      const bool renamed = std::ranges::find(wanted_, old_[i]->name, &LinkOptions::name) == wanted_.end();
      if (renamed && device && device == io::exclusive_line(old_[i]->port)) by_device = i;
    }
    return by_device;
  }

  std::optional<std::string> problem_of(const LinkOptions& options) const {
    const auto becomes_free = [this](const io::ListenPlace& place) {
      const auto claim = place.claim();
      return claim && (free_.contains(claim->space) || free_.contains(claim->space + ":" + claim->key));
    };
    for (StartProblem& problem : start_problems(options, {context_, becomes_free})) {
      if (problem.weight == StartProblem::Weight::mistake) return std::move(problem.text);
    }
    return std::nullopt;
  }

  Replacement* next_that_stays() {
    for (Replacement& one : pairs_) {
      if (one.stays) continue;
      if (!one.why_not) one.why_not = conflict(one);
      if (one.why_not) return &one;
    }
    return nullptr;
  }

  /// With a link that stays.
  std::optional<std::string> conflict(const Replacement& one) const {
    const LinkOptions& options = wanted_[one.wanted];
    const auto device = io::exclusive_line(options.port);
    const std::set<std::string> spaces = spaces_of(options);
    for (const Replacement& other : pairs_) {
      if (!other.stays || &other == &one) continue;
      const LinkOptions& kept = *old_[other.old];
      if (device && device == io::exclusive_line(kept.port))
        return fmt::format("it needs {}, which the link {} has, and that was not replaced", options.port,
                           kept.name);
      for (const std::string& space : spaces_of(kept)) {
        if (spaces.contains(space))
          return fmt::format("it would listen where the link {} does ({}), and that was not replaced",
                             kept.name, space);
      }
    }
    return std::nullopt;
  }

  io::asio::io_context& context_;
  const std::vector<const LinkOptions*>& old_;
  const std::vector<LinkOptions>& wanted_;
  std::set<std::string> free_;  ///< what the old ones have
  std::vector<Replacement> pairs_;
};

}  // namespace

std::vector<NotReplaced> not_replaceable(io::asio::io_context& context, const OldLinks& old,
                                         const std::vector<LinkOptions>& wanted) {
  return Plan(context, old, wanted).not_replaceable();
}

}  // namespace serialtcp::cli
