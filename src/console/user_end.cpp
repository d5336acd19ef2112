#include "console/user_end.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "console/console_signals.h"

namespace serialtcp::console {

using io::LineStatus;

UserEnd::UserEnd(io::asio::io_context& context, io::GivenFile input, io::GivenFile output, User& user)
    : user_(user),
      input_(context, input, io::GivenStream::Way::input),
      output_(context, output, io::GivenStream::Way::output) {}

std::optional<std::string> UserEnd::open() {
  if (const auto problem = input_.open()) return fmt::format("standard input cannot be used: {}", *problem);
  if (const auto problem = output_.open()) return fmt::format("standard output cannot be used: {}", *problem);
  keys_ = io::is_terminal(input_.file());
  screen_ = io::is_terminal(output_.file());
  if (!keys_) return std::nullopt;
  if (const auto problem = terminal_.set(input_.file()))
    return fmt::format("the terminal cannot be set raw: {}", *problem);
  return std::nullopt;
}

void UserEnd::close() {
  terminal_.put_back();
  input_.close();
  output_.close();
}

void UserEnd::stop() {
  const bool raw = terminal_.is_set();
  terminal_.put_back();
  stop_process();
  if (raw) terminal_.set(input_.file());
}

// ---- Input ----

void UserEnd::wait_input() {
  if (ended_ || !input_.is_open()) return;
  held_ = !user_.input_wanted();
  if (!held_) input_.when_readable([this] { readable(); });
}

void UserEnd::resume_input() {
  if (std::exchange(held_, false)) wait_input();
}

void UserEnd::readable() {
  std::array<Byte, kReadAtOnce> buffer;
  const io::LineResult result = input_.read(buffer);
  if (result.status == LineStatus::ok) user_.user_typed(ByteView(buffer).first(result.count));
  if (result.status == LineStatus::gone) {
    ended_ = true;
    return user_.input_ended();
  }
  wait_input();
}

// ---- Output ----

void UserEnd::show(ByteView bytes) {
  if (!output_.is_open()) return;
  if (screen_ && pending_.size() - sent_ + bytes.size() > kMostPending) {
    lost_ += bytes.size();
    return;
  }
  put_mark();
  pending_.insert(pending_.end(), bytes.begin(), bytes.end());
  if (!waits_) flush();
}

void UserEnd::put_mark() {
  if (lost_ == 0) return;
  const std::string mark = fmt::format("\r\n[serialtcp: {} bytes lost]\r\n", std::exchange(lost_, 0));
  pending_.insert(pending_.end(), mark.begin(), mark.end());
}

void UserEnd::flush() {
  while (sent_ < pending_.size()) {
    const io::LineResult result = output_.write(ByteView(pending_).subspan(sent_));
    if (result.status == LineStatus::gone) {
      output_.close();
      pending_.clear();
      sent_ = 0;
      return user_.output_lost();
    }
    if (result.status != LineStatus::ok) break;
    sent_ += result.count;
  }
  if (sent_ == pending_.size()) put_mark();
  if (sent_ >= kMostPending / 4 || sent_ == pending_.size()) {
    pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(sent_));
    sent_ = 0;
  }
  if (!has_pending()) return;
  waits_ = true;
  output_.when_writable([this] {
    waits_ = false;
    flush();
    user_.output_accepted();
  });
}

}  // namespace serialtcp::console
