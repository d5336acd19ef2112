#include "install/shell.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace serialtcp::install {

namespace {

using namespace std::chrono_literals;

/// Bytes in 10 ms, for a shell that loses what is typed ahead; 0: as fast as the line is.
constexpr std::array<std::size_t, 5> kPaces = {0, 0, 32, 8, 1};
/// The value of a variable of the shell, by which it is known.
constexpr char kSign = 'q';
constexpr Duration kSettle = 400ms;
constexpr Duration kGreeting = 5s;
constexpr int kGreetings = 3;

}  // namespace

std::string quoted(std::string_view text) {
  std::string word = "'";
  for (const char c : text) {
    if (c == '\'') {
      word += "'\\''";
    } else {
      word += c;
    }
  }
  return word + "'";
}

std::string last_words(std::string_view text) {
  constexpr std::size_t kMost = 100;
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.remove_suffix(1);
  if (const std::size_t line = text.rfind('\n'); line != std::string_view::npos) text.remove_prefix(line + 1);
  if (text.size() > kMost) text.remove_prefix(text.size() - kMost);
  std::string words(text);
  std::ranges::replace_if(
      words, [](char c) { return c < ' ' || c > '~'; }, '.');
  return words;
}

Task<> Shell::greet() {
  for (int tries = 0; tries < kGreetings; ++tries) {
    talk_.forget();
    talk_.type(" echo \"<$((40+2))a>\"\n");
    co_await talk_.sent();
    const Time end = talk_.now() + kGreeting;
    while (talk_.now() < end && talk_.text().find("<42a>") == std::string::npos) {
      co_await talk_.heard_or(end);
    }
    if (talk_.text().find("<42a>") != std::string::npos) {
      co_await talk_.pause(talk_.now() + kSettle / 2);
      const std::string sign = fmt::format("Z={}", kSign);
      co_await run(sign);
      signed_ = true;
      co_return;
    }
    expect_same_life();
    co_await recover();
  }
  throw Failure(Failure::Kind::cannot,
                fmt::format("what is at the other end does not do what a shell does: it says \"{}\"",
                            last_words(talk_.text())));
}

Task<Shell::Result> Shell::run(std::string command, Duration limit) {
  for (std::size_t tries = 0; tries <= kPaces.size(); ++tries) {
    std::optional<Result> result = co_await once(command, limit);
    if (result) co_return std::move(*result);
    expect_same_life();
    if (tries > 0) slower_ = std::min<unsigned>(slower_ + 1, kPaces.size() - 1);
    talk_.set_pace(kPaces[slower_]);
    co_await recover();
  }
  throw Failure(Failure::Kind::cannot,
                fmt::format("the shell at the other end does not answer any more: it says \"{}\"",
                            last_words(talk_.text())));
}

Task<std::optional<Shell::Result>> Shell::once(std::string command, Duration limit, ByteView input) {
  const unsigned number = ++number_;
  if (const std::size_t mark = command.find('%'); !input.empty() && mark != std::string::npos)
    command.replace(mark, 1, fmt::format("{}", number));
  talk_.forget();
  talk_.forget_console();
  talk_.set_reading(!input.empty());  // from now on: it may begin at any time
  talk_.type(fmt::format(" echo \"<\"{0}a\">\";{1};echo \"<\"{0}z$?$Z\">\"\n", number, command));
  co_await talk_.sent();
  Time end = talk_.now() + limit;
  bool fed = input.empty();
  const std::string reads = fmt::format("<{}g>", number);
  for (;;) {
    if (!fed && talk_.text().find(reads) != std::string::npos) {
      fed = true;
      const std::size_t pace = talk_.pace();
      talk_.set_pace(slower_ > 1 ? pace : 0);
      talk_.type_bytes(input);
      co_await talk_.sent();
      talk_.set_pace(pace);
      end = talk_.now() + limit;
    }
    const std::string done = fmt::format("<{}z", number);
    const std::size_t at = talk_.text().rfind(done);
    const bool answered = at != std::string::npos && talk_.text().find('>', at) != std::string::npos;
    if (answered || talk_.now() >= end) {
      talk_.set_reading(false);
      co_return answered ? result(number) : std::nullopt;
    }
    co_await talk_.heard_or(end);
  }
}

/// None if a mark was damaged.
std::optional<Shell::Result> Shell::result(unsigned number) {
  const std::string& text = talk_.text();
  const std::string first = fmt::format("<{}a>\n", number);
  const std::string last = fmt::format("<{}z", number);
  const std::size_t begin = text.find(first);
  const std::size_t end = text.rfind(last);
  if (begin == std::string::npos || end < begin + first.size()) return std::nullopt;
  Result result;
  std::size_t i = end + last.size();
  for (; text[i] != '>' && text[i] != kSign; ++i) {
    if (text[i] < '0' || text[i] > '9' || result.status > 255) return std::nullopt;
    result.status = result.status * 10 + (text[i] - '0');
  }
  if (signed_ && text[i] != kSign)
    throw Failure(Failure::Kind::restart,
                  "the shell at the other end is another one: it has begun again, or its terminal has");
  const std::size_t from = begin + first.size();
  result.output = text.substr(from, end - from);
  while (!result.output.empty() && result.output.back() == '\n') result.output.pop_back();
  return result;
}

/// Ctrl-Q, since a stray XOFF stops all output; Ctrl-C, since a quote may be open.
Task<> Shell::recover() {
  talk_.drop_output();
  talk_.type("\x11\x03");
  co_await talk_.sent();
  co_await talk_.pause(talk_.now() + kSettle);
  talk_.type(terminal_known_ ? " stty $S\n" : "\n");
  co_await talk_.sent();
  do {
    co_await talk_.pause(talk_.now() + kSettle);
  } while (talk_.now() - talk_.last_heard() < kSettle / 2);
}

void Shell::expect_same_life() {
  using enum wire::Prompt;
  const wire::Prompt prompt = talk_.console().prompt();
  const bool other = prompt == user_name || prompt == password || prompt == activate || prompt == autoboot ||
                     prompt == boot_loader;
  const bool boots = talk_.text().find("Linux version ") != std::string::npos ||
                     talk_.text().find("U-Boot ") != std::string::npos;
  if (other || boots)
    throw Failure(Failure::Kind::restart, "the other end has begun again: it is waited for");
}

}  // namespace serialtcp::install
