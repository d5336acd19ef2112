#include "http/feed.h"

#include <fmt/format.h>

#include <utility>

#include "control/status_json.h"

namespace serialtcp::http {

namespace {

/// A client that has lost the connection tries again after this time.
constexpr int kRetryMilliseconds = 3000;

}  // namespace

Feed::Feed(io::asio::io_context& context, control::Operations& operations, Publish publish)
    : operations_(operations), publish_(std::move(publish)), sampling_(context), telling_(context) {
  sample();
}

std::string Feed::greeting() {
  if (!std::exchange(telling_now_, true)) tell();
  return fmt::format("retry: {}\nevent: history\ndata: {}\n\n{}", kRetryMilliseconds, history_.json(),
                     status_event());
}

/// With as many connections as the control socket puts into an answer.
std::string Feed::status_event() {
  const auto status = operations_.status({});
  if (!status) return ": no status\n\n";
  return fmt::format("event: status\ndata: {}\n\n", control::status_text(*status));
}

void Feed::sample() {
  if (const auto status = operations_.status({.connections_most = 0})) history_.add(*status);
  sampling_.expires_after(History::kInterval);
  sampling_.async_wait(lifetime_.guard([this](io::ErrorCode cancelled) {
    if (!cancelled) sample();
  }));
}

void Feed::tell() {
  telling_.expires_after(kEvery);
  telling_.async_wait(lifetime_.guard([this](io::ErrorCode cancelled) {
    if (cancelled) return;
    telling_now_ = publish_(std::make_shared<const std::string>(status_event()));
    if (telling_now_) tell();
  }));
}

}  // namespace serialtcp::http
