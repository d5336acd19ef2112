#include "net/said_lines.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "os/clock.h"
#include "os/text.h"

namespace serialtcp::io {

void SaidLines::take(std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::size_t room = kMaxLine - line_.size();
    const std::size_t count = std::min({end, text.size(), room});
    line_ += text.substr(0, count);
    text.remove_prefix(count);
    const bool ended = !text.empty() && text.front() == '\n';
    if (ended) text.remove_prefix(1);
    if (ended || line_.size() == kMaxLine) report(std::exchange(line_, {}));
  }
}

void SaidLines::end() {
  if (!line_.empty()) report(std::exchange(line_, {}));
  tell_missing();
}

void SaidLines::report(std::string_view line) {
  if (!lines_.try_take(now())) {
    ++missing_;
    return;
  }
  tell_missing();
  if (line.ends_with('\r')) line.remove_suffix(1);  // as programs of Windows end lines
  say(printable(line));
}

void SaidLines::tell_missing() {
  if (missing_ == 0) return;
  say(fmt::format("({} more lines, not shown)", missing_));
  missing_ = 0;
}

void SaidLines::say(std::string_view line) const {
  if (said_) said_(line);
}

}  // namespace serialtcp::io
