#include "console/user_end.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <utility>

#include "os/error_text.h"

namespace serialtcp::console {

using io::LineStatus;

UserEnd::UserEnd(io::asio::io_context& context, int input, int output, User& user)
    : user_(user), given_input_(input), given_output_(output), input_(context), output_(context) {}

std::optional<std::string> UserEnd::open() {
  const auto in = given_input_.own();
  if (!in) return fmt::format("standard input cannot be used: {}", io::plain_text(in.error()));
  input_.adopt(*in);
  const auto out = given_output_.own();
  if (!out) return fmt::format("standard output cannot be used: {}", io::plain_text(out.error()));
  output_.adopt(*out);
  keys_ = ::isatty(input_.fd()) == 1;
  screen_ = ::isatty(output_.fd()) == 1;
  if (!keys_) return std::nullopt;
  if (const int error = terminal_.set(input_.fd()))
    return fmt::format("the terminal cannot be set raw: {}", io::plain_text(error));
  return std::nullopt;
}

void UserEnd::close() {
  terminal_.put_back();
  if (input_.is_open()) input_.close();
  if (output_.is_open()) output_.close();
  given_input_.put_back();
  given_output_.put_back();
}

void UserEnd::stop() {
  const bool raw = terminal_.is_set();
  terminal_.put_back();
  std::raise(SIGSTOP);
  if (raw) terminal_.set(input_.fd());
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
