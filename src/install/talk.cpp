#include "install/talk.h"

#include <algorithm>
#include <utility>

#include "wire/codec.h"
#include "wire/kernel_message.h"

namespace serialtcp::install {

namespace {

using namespace std::chrono_literals;

constexpr Duration kPaceInterval = 10ms;
constexpr char kEscapeKey = '\x1B';
constexpr char kBell = '\x07';
constexpr char kBackspace = '\b';

/// Behind the escape sequence that begins at `at`.
std::size_t after_sequence(std::string_view raw, std::size_t at) {
  std::size_t i = at + 1;
  if (i >= raw.size()) return raw.size();
  if (raw[i] == '[') {
    for (++i; i < raw.size() && (raw[i] < '@' || raw[i] > '~');) ++i;
    return std::min(i + 1, raw.size());
  }
  if (raw[i] == ']') {
    while (i < raw.size() && raw[i] != kBell && raw[i] != kEscapeKey) ++i;
    return i < raw.size() && raw[i] == kEscapeKey ? std::min(i + 2, raw.size()) : std::min(i + 1, raw.size());
  }
  return i + 1;
}

}  // namespace

std::string plain_console_text(std::string_view raw) {
  std::string text;
  std::size_t line = 0;  // where the current one begins
  for (std::size_t i = 0; i < raw.size();) {
    const char c = raw[i];
    if (c == kEscapeKey) {
      i = after_sequence(raw, i);
      continue;
    }
    ++i;
    if (c == '\r' || c == '\0' || c == kBell) continue;
    if (c == kBackspace) {
      if (text.size() > line) text.pop_back();
      continue;
    }
    if (c != '\n') {
      text += c;
      continue;
    }
    const std::size_t message = wire::kernel_message(std::string_view(text).substr(line));
    if (message != std::string_view::npos) {
      text.resize(line + message);  // the line goes on behind it
    } else {
      text += c;
      line = text.size();
    }
  }
  const std::size_t message = wire::kernel_message(std::string_view(text).substr(line));
  if (message != std::string_view::npos) text.resize(line + message);
  return text;
}

// ---- For its owner ----

void Talk::feed(ByteView bytes, Time now) {
  now_ = now;
  if (bytes.empty()) return;
  last_heard_ = now;
  console_.heard(bytes, now);
  std::string_view heard(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  raw_.append(heard);
  if (raw_.size() > kMostHeard) {
    raw_.erase(0, raw_.size() - kMostHeard / 2);
    text_of_ = 0;
  }
  if (hides_) {
    const std::size_t end = heard.find('\n');
    hides_ = end == std::string_view::npos;
    heard.remove_prefix(hides_ ? heard.size() : end);
  }
  if (!heard.empty()) witness_.record(Witness::Way::heard, heard);
  if (waits_for_ == For::text) wake(Woken::by_event);
}

void Talk::tick(Time now) {
  now_ = now;
  if (waits_for_ != For::nothing && now >= until_) wake(Woken::by_time);
}

Time Talk::deadline() const {
  Time due = waits_for_ == For::nothing ? kNever : until_;
  if (!output_.empty() && paced_until_ > now_) due = std::min(due, paced_until_);
  return due;
}

ByteView Talk::output() const {
  if (pace_ == 0) return output_;
  if (now_ < paced_until_) return {};
  return ByteView(output_).first(std::min(pace_, output_.size()));
}

void Talk::written(std::size_t count, Time now) {
  now_ = now;
  output_.erase(output_.begin(), output_.begin() + static_cast<std::ptrdiff_t>(count));
  if (pace_ > 0) paced_until_ = now + kPaceInterval;
  if (output_.empty() && waits_for_ == For::room) wake(Woken::by_event);
}

void Talk::answer(std::optional<std::string> text) {
  answer_ = std::move(text);
  if (waits_for_ == For::user) wake(Woken::by_event);
}

/// The last thing that is done in each of the above.
void Talk::wake(Woken by) {
  woken_ = by;
  waits_for_ = For::nothing;
  if (const auto waiter = std::exchange(waiter_, nullptr)) waiter.resume();
}

// ---- For the dialogue ----

Talk::Waiting Talk::wait(For what, Time until) {
  waits_for_ = what;
  until_ = until;
  return {*this};
}

Talk::Waiting Talk::heard_or(Time until) {
  return wait(For::text, until);
}

Talk::Waiting Talk::pause(Time until) {
  return wait(For::time, until);
}

Talk::Waiting Talk::sent() {
  return wait(For::room, output_.empty() ? now_ : kNever);
}

Talk::Waiting Talk::asked() {
  return wait(For::user, kNever);
}

void Talk::type(std::string_view text, Secret secret) {
  output_.insert(output_.end(), text.begin(), text.end());
  hides_ = hides_ || secret == Secret::yes;
  witness_.record(Witness::Way::typed, secret == Secret::yes ? "(the password)\n" : text);
}

void Talk::type_bytes(ByteView bytes) {
  output_.insert(output_.end(), bytes.begin(), bytes.end());
}

const std::string& Talk::text() {
  if (text_of_ != raw_.size()) {
    text_ = plain_console_text(raw_);
    text_of_ = raw_.size();
  }
  return text_;
}

void Talk::forget() {
  raw_.clear();
  text_.clear();
  text_of_ = 0;
}

const wire::ConsoleWatch& Talk::console() {
  console_.look(now_);
  return console_;
}

bool Talk::is_serialtcp() const {
  constexpr std::string_view kEnds[] = {"\x1F~", "\x1F|"};
  std::size_t ends = 0;
  for (const std::string_view end : kEnds) {
    for (std::size_t at = raw_.find(end); at != std::string::npos; at = raw_.find(end, at + 1)) ++ends;
  }
  static_assert(wire::kEscape == 0x1F && wire::kEndPlain == '~' && wire::kEndWithAck == '|');
  return ends >= 2;
}

}  // namespace serialtcp::install
