// Listening like services do, at a TCP port or at a path (port/listen_path).
#include "port/listen_line.h"

#include <fmt/format.h>

#include <utility>
#include <variant>

#include "net/target_text.h"
#include "net/tcp_listener.h"
#include "net/tcp_options.h"
#include "os/clock.h"
#include "os/files.h"
#include "port/listen_path.h"

namespace serialtcp::io {

namespace {

constexpr std::string_view kListenUnix = "unix:";
/// A client that is refused gets it.
constexpr std::string_view kLineInUse = "serialtcp: the line is in use by another client\r\n";

using LinePlace = std::variant<Target, std::string>;

std::expected<LinePlace, std::string> parse_line_place(std::string_view name) {
  const std::string_view where = name.substr(kListenLineKind.prefix.size());
  if (where.starts_with(kListenUnix)) return parse_listen_path(where.substr(kListenUnix.size()));
  auto target = parse_bind_address(where, Family::any);
  if (!target) return std::unexpected(std::move(target.error()));
  if (target->port == 0)
    return std::unexpected("the port has to be known to the client, and so is 1 to 65535");
  return std::move(*target);
}

struct ListenAt {
  asio::io_context& context;
  Observer& observer;

  using Made = std::expected<std::unique_ptr<FrontEnd>, std::string>;
  Made operator()(const Target& target) const { return TcpListener::listen(context, target, observer); }
  Made operator()(const std::string& path) const { return listen_at_path(context, path, observer); }
};

std::expected<std::unique_ptr<Line>, std::string> make_listen_line(const LineRequest& request) {
  auto place = parse_line_place(request.name);
  if (!place) return std::unexpected(std::move(place.error()));
  return std::make_unique<ListenLine>(
      request, [place = std::move(*place), at = ListenAt{request.context, request.observer}] {
        return std::visit(at, place);
      });
}

/// Whether the port is in use is not asked: it may be in use by the link that is being looked at.
std::expected<void, OpenError> look_at_listen_place(const std::string& name) {
  const auto place = parse_line_place(name);
  if (!place) return std::unexpected(OpenError{.text = place.error()});
  const auto* const path = std::get_if<std::string>(&*place);
  return path == nullptr ? std::expected<void, OpenError>() : look_at_listen_path(*path);
}

std::optional<std::string> listen_place_as_text(const std::string& name) {
  const auto place = parse_line_place(name);
  if (!place) return name;
  if (const auto* const target = std::get_if<Target>(&*place)) return "listen:" + to_string(*target);
  return "listen:unix:" + normal_path(std::get<std::string>(*place));
}

}  // namespace

constinit const LineKind kListenLineKind = {
    .prefix = "listen:",
    .form = "listen:[ADDR:]PORT",
    .make = &make_listen_line,
    .look = &look_at_listen_place,
    .exclusive = &listen_place_as_text,
    .advice = {.reasons = "the client that has connected is not connected to it",
               .check = "check to what the client of this line is connected",
               .speed = SilenceAdvice::Speed::none},
};

ListenLine::ListenLine(const LineRequest& request, Listen listen)
    : ConnectedLine(request.context, request.name), observer_(request.observer), listen_(std::move(listen)) {}

ListenLine::~ListenLine() {
  if (listener_) listener_->close();
  ConnectedLine::close();
}

void ListenLine::open(Opened opened) {
  if (!listener_) {
    auto made = listen_();
    if (!made) return opened(std::unexpected(OpenError{OpenError::Kind::passing, std::move(made.error())}));
    listener_ = std::move(*made);
    listener_->on_accepted(
        [this](StreamSocket client, const std::string& from) { accepted(std::move(client), from); });
    listener_->start();
  }
  listener_->resume();  // a descriptor may be free now
  if (next_) {
    StreamSocket client = std::move(*next_);
    next_.reset();
    take(std::move(client), next_from_);
    return opened({});
  }
  if (!std::exchange(waits_, true)) {
    return opened(std::unexpected(OpenError{OpenError::Kind::missing, "no client has connected to it yet"}));
  }
  opened_ = std::move(opened);
}

void ListenLine::accepted(StreamSocket client, const std::string& from) {
  if (is_open() && client_is_gone()) {
    observer_.note(
        fmt::format("{}: the client {} does not answer any more; {} takes its place", name(), from_, from));
    replaced_ = true;  // read() reports it
    ErrorCode ignored;
    socket().shutdown(StreamSocket::shutdown_receive, ignored);
  } else if (is_open() || next_) {
    return refuse(std::move(client), from);
  }
  if (opened_) {
    take(std::move(client), from);
    return std::exchange(opened_, nullptr)({});
  }
  next_ = std::move(client);
  next_from_ = from;
}

void ListenLine::take(StreamSocket client, const std::string& from) {
  set_line_options(client);
  from_ = from;
  replaced_ = false;
  adopt(std::move(client));
}

bool ListenLine::client_is_gone() {
  if (replaced_) return false;  // and another one waits
  const Acknowledged state = acknowledged(socket());
  return state.asking && state.last_heard >= kClientIsGone;
}

void ListenLine::refuse(StreamSocket client, const std::string& from) {
  ErrorCode ignored;
  client.send(asio::buffer(kLineInUse), 0, ignored);
  client.shutdown(StreamSocket::shutdown_send, ignored);
  ++refused_;
  if (refused_told_ != Time::min() && now() - refused_told_ < kRefusedAgain) return;
  refused_told_ = now();
  const std::string more =
      refused_ == 1 ? "" : fmt::format(" ({} since the last such message)", counted(refused_, "client"));
  observer_.note(fmt::format("{}: the client {} was refused{}, because {} is connected: one at a time",
                             name(), from, more, is_open() ? from_ : next_from_));
  refused_ = 0;
}

LineResult ListenLine::read(MutableByteView into) {
  LineResult result = ConnectedLine::read(into);
  if (result.status == LineStatus::ok) acknowledge_now(socket().native_handle());
  if (result.status != LineStatus::gone) return result;
  result.reason =
      replaced_ ? "another client takes its place" : fmt::format("the client {} has closed", from_);
  return result;
}

std::string ListenLine::opened_as() const {
  return "by the client " + from_;
}

void ListenLine::close() {
  opened_ = nullptr;
  if (is_open()) ConnectedLine::close();
}

}  // namespace serialtcp::io
