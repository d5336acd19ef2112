// Connecting, and what a server says that refuses.
#include "port/socket_line.h"

#include <fmt/format.h>

#include <algorithm>

#include "net/target_text.h"
#include "net/tcp_options.h"
#include "os/error_text.h"

namespace serialtcp::io {

namespace {

/// Bytes that are a short text, made printable; "" for any others.
std::string readable_text(ByteView bytes) {
  if (bytes.size() > SocketLine::kToldBytes) return "";
  std::string text;
  for (const Byte byte : bytes) {
    if (byte == '\r' || byte == '\n' || byte == '\t') {
      if (!text.empty() && text.back() != ' ') text += ' ';
    } else if (byte < 0x20 || byte > 0x7E) {
      return "";
    } else {
      text += static_cast<char>(byte);
    }
  }
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return text;
}

OpenError open_error(ResetReason reason) {
  using enum OpenError::Kind;
  switch (reason) {
    case ResetReason::refused:
      return {missing, "nothing listens there: is the other program running?"};
    case ResetReason::timed_out:
      return {missing, "no answer: is the address right?"};
    case ResetReason::unreachable:
    case ResetReason::network_unreachable:
      return {missing, "no route to that host: is the network up?"};
    case ResetReason::name_not_found:
      return {unusable, "there is no host of that name"};
    case ResetReason::not_allowed:
      return {unusable, "connecting there is not allowed: a firewall rule forbids it"};
    case ResetReason::no_resources:
      return {passing, fmt::format("no file descriptor or port is free: {}", kMoreDescriptors)};
    default:
      return {passing, "the connection failed: is the address right?"};
  }
}

}  // namespace

SocketLine::SocketLine(asio::io_context& context, Target target)
    : ConnectedLine(context, "socket://" + to_string(target)),
      context_(context),
      resolver_(context),
      target_(std::move(target)) {}

constinit const LineKind kSocketLineKind = {
    .prefix = "socket://",
    .form = "socket://HOST:PORT",
    .make = [](const LineRequest& request) -> std::expected<std::unique_ptr<Line>, std::string> {
      auto target = parse_target(request.rest(kSocketLineKind.prefix), Family::any);
      if (!target) return std::unexpected(target.error());
      return std::make_unique<SocketLine>(request.context, std::move(*target));
    },
    .look = [](const std::string& name) -> std::expected<void, OpenError> {
      auto target = parse_target(std::string_view(name).substr(kSocketLineKind.prefix.size()), Family::any);
      if (!target) return std::unexpected(OpenError{.text = std::move(target.error())});
      return {};
    },
    .exclusive = [](const std::string& name) -> std::optional<std::string> { return name; },
    .advice = kServerAdvice,
};

SocketLine::~SocketLine() {
  SocketLine::close();
}

void SocketLine::open(Opened opened) {
  attempt_ = ConnectAttempt::begin(context_, resolver_, target_, kConnectTimeout,
                                   [this, opened = std::move(opened)](auto result) mutable {
                                     attempt_.reset();
                                     opened(take_over(std::move(result)));
                                   });
}

std::expected<void, OpenError> SocketLine::take_over(std::expected<StreamSocket, ResetReason> result) {
  if (!result) return std::unexpected(open_error(result.error()));
  set_line_options(*result);
  adopt(std::move(*result));
  beginning_.clear();
  return {};
}

LineResult SocketLine::read(MutableByteView into) {
  LineResult result = ConnectedLine::read(into);
  if (result.status == LineStatus::ok) acknowledge_now(socket().native_handle());
  if (result.status == LineStatus::ok && beginning_.size() <= kToldBytes) {
    const std::size_t more = std::min(result.count, kToldBytes + 1 - beginning_.size());
    beginning_.insert(beginning_.end(), into.begin(), into.begin() + static_cast<std::ptrdiff_t>(more));
  }
  if (result.status == LineStatus::gone) {
    if (const std::string said = readable_text(beginning_); !said.empty())
      result.reason += fmt::format(", after it had sent the text \"{}\"", said);
  }
  return result;
}

void SocketLine::close() {
  if (attempt_) attempt_->cancel();
  attempt_.reset();
  ConnectedLine::close();
}

}  // namespace serialtcp::io
