#include "control/stream_query.h"

#include <algorithm>
#include <boost/json/object.hpp>
#include <chrono>
#include <thread>
#include <utility>

#include "control/json_members.h"
#include "control/status_json.h"

namespace serialtcp::control {

namespace json = boost::json;

namespace {

/// Between two questions whether a stream has ended.
constexpr std::chrono::milliseconds kFirstPause{5};
constexpr std::chrono::milliseconds kLongestPause{500};

std::unexpected<Failure> not_understood() {
  return std::unexpected(
      Failure{Failure::Kind::no_answer, "the answer is none of this version of serialtcp"});
}

}  // namespace

std::expected<ProcessStatus, Failure> ask_for_links(Client& client, const std::string& link) {
  const auto answer = client.ask({{"request", "status"}, {"link", link}, {"connections_most", 0}});
  if (!answer) return std::unexpected(answer.error());
  const json::value* const member = answer->if_contains("status");
  if (member == nullptr) return not_understood();
  auto status = status_from_json(*member);
  if (!status) return std::unexpected(Failure{Failure::Kind::no_answer, std::move(status.error())});
  return std::move(*status);
}

std::expected<std::string, Failure> ask_for_stream(Client& client, const std::string& link,
                                                   const StreamGoal& goal) {
  json::object request{{"request", "connect"}, {"link", link}};
  if (goal.noise) {
    request["noise"] = true;
  } else if (goal.session) {
    request["session"] = true;
    if (goal.interactive) request["interactive"] = true;
  } else {
    request[goal.to ? "to" : "service"] = goal.to ? *goal.to : goal.service;
  }
  if (const auto posted = client.post(request); !posted) return std::unexpected(posted.error());
  for (;;) {
    const auto answer = client.take_answer();
    if (!answer) return std::unexpected(answer.error());
    if (*answer) {
      auto connection = text_member(**answer, "connection");
      if (!connection) return not_understood();
      return std::move(*connection);
    }
    static_cast<void>(client.wait_readable());
  }
}

std::expected<StreamEnd, Failure> wait_for_end(Client& client, const std::string& connection) {
  for (auto pause = kFirstPause;; pause = std::min(2 * pause, kLongestPause)) {
    const auto answer = client.ask({{"request", "end"}, {"connection", connection}});
    if (!answer) return std::unexpected(answer.error());
    const auto ended = flag_member(*answer, "ended");
    if (!ended) return not_understood();
    if (*ended) {
      const auto in_order = flag_member(*answer, "in_order");
      auto text = text_member(*answer, "text");
      if (!in_order || !text) return not_understood();
      return StreamEnd{*in_order, std::move(*text)};
    }
    std::this_thread::sleep_for(pause);
  }
}

}  // namespace serialtcp::control
