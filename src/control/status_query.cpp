#include "control/status_query.h"

#include <algorithm>
#include <boost/json/object.hpp>
#include <iterator>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "control/status_fields.h"
#include "control/status_json.h"

namespace serialtcp::control {

namespace {

template <typename>
constexpr bool kIsList = false;
template <typename Of>
constexpr bool kIsList<std::vector<Of>> = true;

}  // namespace

std::expected<void, Failure> StatusQuery::begin() {
  return post({.link = link_});
}

std::expected<std::optional<ProcessStatus>, Failure> StatusQuery::advance() {
  for (;;) {
    auto answer = take();
    if (!status_) {
      if (!answer || !*answer) return answer;
      if (!take_first(std::move(**answer)))
        return std::unexpected(Failure{Failure::Kind::no_answer, "an answer has too many links"});
    } else if (answer && !*answer) {
      return std::nullopt;
    } else if (answer) {
      take_more(std::move(**answer));
    } else {
      ++at_;  // this link, or the process, has ended
    }
    if (!ask_for_more()) return std::exchange(status_, {});
  }
}

std::expected<void, Failure> StatusQuery::post(const StatusRequest& request) {
  return client_.post({{"request", "status"},
                       {"link", request.link},
                       {"connections_after", request.connections_after},
                       {"connections_most", request.connections_most}});
}

std::expected<std::optional<ProcessStatus>, Failure> StatusQuery::take() {
  const auto answer = client_.take_answer();
  if (!answer) return std::unexpected(answer.error());
  if (!*answer) return std::nullopt;
  const auto* const member = (*answer)->if_contains("status");
  if (member == nullptr) return std::unexpected(Failure{Failure::Kind::no_answer, "an answer has no status"});
  auto status = status_from_json(*member);
  if (!status) return std::unexpected(Failure{Failure::Kind::no_answer, status.error()});
  return std::move(*status);
}

bool StatusQuery::take_first(ProcessStatus answer) {
  bool too_many = false;
  for_each_field(answer, [&too_many](std::string_view, const auto& list) {
    if constexpr (kIsList<std::remove_cvref_t<decltype(list)>>)
      too_many = too_many || list.size() > kMaxLinks;
  });
  if (too_many) return false;
  for (const LinkStatus& link : answer.links) connections_ += link.connections.size();
  status_ = std::move(answer);
  return true;
}

void StatusQuery::take_more(ProcessStatus answer) {
  LinkStatus& link = status_->links[at_];
  const bool usable = answer.links.size() == 1 && !answer.links.front().connections.empty() &&
                      connection_number(answer.links.front().connections.front().id) > after_;
  if (!usable) {  // they have ended, or it is not what was asked for
    ++at_;
    return;
  }
  auto& more = answer.links.front().connections;
  link.connections_now = answer.links.front().connections_now;
  connections_ += more.size();
  std::ranges::move(more, std::back_inserter(link.connections));
}

/// An answer has a bounded number of connections. False if there are no more.
bool StatusQuery::ask_for_more() {
  for (; at_ < status_->links.size() && connections_ < kMaxConnectionsOfAll; ++at_) {
    const LinkStatus& link = status_->links[at_];
    if (link.connections.size() >= link.connections_now) continue;
    after_ = link.connections.empty() ? 0 : connection_number(link.connections.back().id);
    return post({.link = link.name, .connections_after = after_}).has_value();
  }
  return false;
}

}  // namespace serialtcp::control
