#include "gateway/modem.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <utility>

namespace serialtcp::gateway {

namespace {

constexpr std::string_view kCable = "CLIENT";
constexpr std::string_view kCableAnswer = "CLIENTSERVER";
constexpr std::size_t kPlusses = 3;

char upper(char c) {
  return static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
}

/// The number that a command has behind it; 0 if none.
unsigned number_after(std::string_view& rest) {
  unsigned number = 0;
  while (!rest.empty() && std::isdigit(static_cast<unsigned char>(rest.front())) != 0) {
    number = (number * 10 + static_cast<unsigned>(rest.front() - '0')) % 1000;
    rest.remove_prefix(1);
  }
  return number;
}

}  // namespace

Bytes Modem::take(ByteView bytes, Time now) {
  Bytes rest;
  std::size_t i = 0;
  for (; i < bytes.size() && state_ == State::command; ++i) typed(bytes[i], now);
  if (i < bytes.size()) {
    const ByteView data = bytes.subspan(i);
    if (dialled_) watch_for_escape(data, now);
    rest.assign(data.begin(), data.end());
  }
  heard_ = now;
  return rest;
}

/// A line begins with AT after a pause or the end of another; anything else is noise, and is not echoed.
void Modem::typed(Byte byte, Time now) {
  const char c = upper(static_cast<char>(byte & 0x7FU));
  if (c == '\r' || c == '\n') {
    const std::string command = std::exchange(line_, {});
    if (!command.starts_with("AT")) return;
    if (answers_.size() >= kMostAnswers) return;
    if (echo_) answers_ += '\r';
    obey(std::string_view(command).substr(2));
    return;
  }
  if (now - heard_ >= kGuard && !line_.starts_with("AT")) line_.clear();
  heard_ = now;
  if (c == '\b' || c == 0x7F) {
    if (line_.size() > 2) line_.pop_back();
    return;
  }
  if (line_.size() == kLongestCommand) return;
  line_ += c;
  if (line_ == kCable) {
    line_.clear();
    answers_ += kCableAnswer;
    connect();
    return;
  }
  if (line_ == "A/") line_.clear();  // again what was said last: there is no line to be dialled again
  if (!echo_ || !line_.starts_with("AT") || answers_.size() >= kMostAnswers) return;
  if (line_ == "AT") answers_ += "AT";
  if (line_.size() > 2) answers_ += static_cast<char>(byte & 0x7FU);
}

void Modem::obey(std::string_view command) {
  used_ = true;
  while (!command.empty()) {
    if (command.front() == ' ' || command.front() == ';') {
      command.remove_prefix(1);
    } else if (one(command) == Next::done) {
      return;
    }
  }
  say(Code::ok);
}

/// One command of the line.
Modem::Next Modem::one(std::string_view& rest) {
  const char letter = rest.front();
  if (letter == '+' || letter == '#' || letter == '&' || letter == '\\' || letter == '%' || letter == 'S')
    return extended(rest);
  rest.remove_prefix(1);
  if (letter == 'D' || letter == 'A') {
    dialled_ = true;
    connect();
    say(Code::connect);
    return Next::done;
  }
  const unsigned number = number_after(rest);
  if (letter == 'O' && on_call_) {
    state_ = State::online;
    say(Code::connect);
    return Next::done;
  }
  if (std::isalpha(static_cast<unsigned char>(letter)) == 0 || letter == 'O') {
    say(Code::error);
    return Next::done;
  }
  if (letter == 'E') echo_ = number != 0;
  if (letter == 'V') words_ = number != 0;
  if (letter == 'Q') quiet_ = number != 0;
  if (letter == 'H' || letter == 'Z') drop_call();
  if (letter == 'I') answers_ += "\r\nserialtcp\r\n";
  if (letter == 'Z') echo_ = words_ = true;
  if (letter == 'Z') quiet_ = false;
  return Next::more;
}

/// Settings of a modem that there is none of: every one is accepted.
Modem::Next Modem::extended(std::string_view& rest) {
  const bool word = rest.front() == '+' || rest.front() == '#';
  rest.remove_prefix(1);
  if (word) {
    rest.remove_prefix(std::min(rest.find(';'), rest.size()));
    return Next::more;
  }
  if (!rest.empty() && std::isalpha(static_cast<unsigned char>(rest.front())) != 0) rest.remove_prefix(1);
  static_cast<void>(number_after(rest));
  while (!rest.empty() && (rest.front() == '=' || rest.front() == '?')) {
    rest.remove_prefix(1);
    static_cast<void>(number_after(rest));
  }
  return Next::more;
}

void Modem::connect() {
  used_ = true;
  state_ = State::online;
  on_call_ = true;
  called_ = true;
  plus_ = 0;
}

void Modem::answer_silently() {
  line_.clear();
  state_ = State::online;
  on_call_ = true;
}

void Modem::listen_again() {
  state_ = State::command;
  line_.clear();
}

void Modem::drop_call() {
  if (std::exchange(on_call_, false)) hung_up_ = true;
  dialled_ = false;
}

void Modem::hang_up() {
  if (!on_call_) return;
  on_call_ = false;
  state_ = State::command;
  if (std::exchange(dialled_, false)) say(Code::no_carrier);
}

void Modem::say(Code code) {
  if (quiet_) return;
  if (!words_) {
    answers_ += fmt::format("{}\r", static_cast<unsigned>(code));
    return;
  }
  std::string text = "OK";
  if (code == Code::connect) text = fmt::format("CONNECT {}", speed_);
  if (code == Code::no_carrier) text = "NO CARRIER";
  if (code == Code::error) text = "ERROR";
  answers_ += fmt::format("\r\n{}\r\n", text);
}

// ---- +++ ----

void Modem::watch_for_escape(ByteView bytes, Time now) {
  if (plus_ == 0 && now - heard_ < kGuard) return;
  for (const Byte byte : bytes) {
    if (byte != '+' || plus_ == kPlusses) {
      plus_ = 0;
      return;
    }
    ++plus_;
  }
}

Time Modem::deadline() const {
  return state_ == State::online && plus_ == kPlusses ? heard_ + kGuard : kNever;
}

void Modem::tick(Time now) {
  if (now < deadline()) return;
  plus_ = 0;
  state_ = State::command;
  say(Code::ok);
}

}  // namespace serialtcp::gateway
