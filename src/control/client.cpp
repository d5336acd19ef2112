#include "control/client.h"

#include <fmt/format.h>

#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cerrno>
#include <string_view>
#include <utility>

#include "control/json_members.h"
#include "os/error_text.h"
#include "os/text.h"

namespace serialtcp::control {

namespace json = boost::json;

namespace {

constexpr std::size_t kReadAtOnce = 64 * 1024;

}  // namespace

std::expected<Client, Failure> Client::connect(const std::string& path) {
  auto channel = open_channel(path);
  if (!channel) return std::unexpected(std::move(channel.error()));
  return Client(std::move(*channel), path);
}

std::pair<io::NativeHandle, std::string> Client::release() {
  std::string received = std::exchange(input_, {});
  const io::NativeHandle handle = channel_->release(received);
  return {handle, std::move(received)};
}

Failure Client::no_answer(const std::string& why) const {
  return {Failure::Kind::no_answer, fmt::format("no answer from {}: {}", path_, why)};
}

std::expected<json::object, Failure> Client::ask(const json::object& request) {
  if (const auto sent = send(json::serialize(request) + "\n", Patience::some); !sent)
    return std::unexpected(sent.error());
  for (;;) {
    auto answer = take_answer();
    if (!answer) return std::unexpected(answer.error());
    if (*answer) return std::move(**answer);
    if (const auto readable = wait_readable(); !readable) return std::unexpected(readable.error());
  }
}

std::expected<void, Failure> Client::post(const json::object& request) {
  return send(json::serialize(request) + "\n", Patience::none);
}

std::expected<void, Failure> Client::wait_readable() {
  if (channel_->wait_readable(kPatience)) return {};
  return std::unexpected(no_answer(fmt::format("nothing for {} s", kPatience.count())));
}

std::expected<std::optional<json::object>, Failure> Client::take_answer() {
  const auto line = take_line();
  if (!line) return std::unexpected(line.error());
  if (!*line) return std::nullopt;
  json::error_code error;
  json::value value = json::parse(**line, error);
  json::object* const answer = error ? nullptr : value.if_object();
  const auto ok = answer != nullptr ? flag_member(*answer, "ok") : std::nullopt;
  if (!ok) return std::unexpected(no_answer("what it says is none of this version of serialtcp"));
  if (*ok) return std::move(*answer);
  const json::value* const why = answer->if_contains("error");
  auto text = why != nullptr && why->is_object() ? text_member(why->get_object(), "text") : std::nullopt;
  if (!text) return std::unexpected(no_answer("it refuses, and does not say why"));
  return std::unexpected(Failure{Failure::Kind::refused, std::move(*text)});
}

std::expected<void, Failure> Client::send(const std::string& line, Patience patience) {
  for (std::size_t sent = 0; sent < line.size();) {
    const auto count = channel_->send(std::string_view(line).substr(sent));
    if (count) {
      sent += *count;
    } else if (count.error() == EAGAIN) {
      if (patience == Patience::none || !channel_->wait_writable(kPatience))
        return std::unexpected(no_answer("it does not read the request"));
    } else {
      return std::unexpected(no_answer(io::plain_text(count.error())));
    }
  }
  return {};
}

std::expected<std::optional<std::string>, Failure> Client::take_line() {
  std::array<char, kReadAtOnce> buffer;
  for (;;) {
    if (const std::size_t end = input_.find('\n', searched_); end != std::string::npos) {
      std::string line = input_.substr(0, end);
      input_.erase(0, end + 1);
      searched_ = 0;
      return line;
    }
    searched_ = input_.size();
    if (input_.size() > kMaxAnswer) return std::unexpected(no_answer("it has no end"));
    const auto count = channel_->receive(buffer);
    if (!count && count.error() == EAGAIN) return std::nullopt;
    if (!count) return std::unexpected(no_answer(io::plain_text(count.error())));
    if (*count == 0) return std::unexpected(no_answer("it has closed the connection"));
    input_.append(buffer.data(), *count);
  }
}

}  // namespace serialtcp::control
