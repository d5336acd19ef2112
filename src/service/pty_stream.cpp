#include "service/pty_stream.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <utility>

#include "os/clock.h"
#include "os/error_text.h"
#include "port/port_wish.h"
#include "port/telnet_text.h"

namespace serialtcp::io {

namespace {

void erase_first(Bytes& bytes, std::size_t count) {
  bytes.erase(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(count));
}

}  // namespace

PtyStream::PtyStream(ServedTerminal& terminal, StreamSocket socket, Far far, Calls calls)
    : terminal_(&terminal),
      socket_(std::move(socket)),
      calls_(std::move(calls)),
      alarm_(socket_.get_executor()) {
  if (far != Far::rfc2217) return;
  telnet::Listener& listener = *this;
  session_.emplace(port_wish(terminal.settings()), listener, now());
  ready_ = false;
}

void PtyStream::start() {
  if (session_) {
    session_->start();
    flush();
    alarm_.start(kAnswers, [this] {
      if (!ready_)
        far_ended(fmt::format(
            "no serial port with RFC 2217 has answered within {} s: the other end needs --client serial:DEVICE,rfc2217, "
            "or this one no rfc2217",
            std::chrono::duration_cast<std::chrono::seconds>(kAnswers).count()));
    });
  }
  carry_up();
  carry_down();
}

// ---- What the program does ----

void PtyStream::set(const SerialSettings& settings) {
  if (!session_) return;
  session_->change(port_wish(settings));
  flush();
}

void PtyStream::dropped() {
  down_.clear();
  if (session_ && ready_) session_->purge(telnet::com_port::kPurgeReceived);
  flush();
}

void PtyStream::closed() {
  terminal_ = nullptr;
  down_.clear();
  alarm_.start(kDraining, [this] { end(Over::done, ""); });
  flush();
  carry_down();
}

// ---- From the program to the socket ----

void PtyStream::carry_up() {
  while (ready_ && !over_ && take_from_program()) {
    const std::size_t taken = encode(up_);
    erase_first(up_, taken);
    flush();
    if (taken == 0) return;  // until the socket accepts more, or the far port does
  }
}

/// Whether there is something.
bool PtyStream::take_from_program() {
  if (!up_.empty()) return true;
  if (terminal_ == nullptr) return false;
  std::array<Byte, ServedTerminal::kChunk> buffer;
  const std::size_t count = terminal_->read(buffer);
  up_.assign(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(count));
  if (count == 0) terminal_->when_readable(lifetime_.guard([this] { carry_up(); }));
  return count > 0;
}

std::size_t PtyStream::encode(ByteView data) {
  if (session_) return session_->send(data);
  if (out_.size() >= kMostPending) return 0;
  out_.insert(out_.end(), data.begin(), data.end());
  return data.size();
}

ByteView PtyStream::pending() const {
  return session_ ? session_->pending() : ByteView(out_);
}

void PtyStream::sent(std::size_t count) {
  if (session_) return session_->sent(count);
  erase_first(out_, count);
}

void PtyStream::flush() {
  while (!over_ && !pending().empty() && !write_wait_) {
    ErrorCode error;
    const std::size_t count =
        socket_.send(asio::buffer(pending().data(), pending().size()), MSG_NOSIGNAL, error);
    if (error == asio::error::interrupted) continue;
    if (error == asio::error::would_block) {
      write_wait_ = true;
      return socket_.async_wait(asio::socket_base::wait_write, lifetime_.guard([this](ErrorCode) {
        write_wait_ = false;
        flush();
        carry_up();
      }));
    }
    if (error) return;  // reading tells why
    sent(count);
  }
  const bool all_sent = terminal_ == nullptr && up_.empty() && pending().empty();
  if (!all_sent || over_ || std::exchange(half_closed_, true)) return;
  ErrorCode ignored;
  socket_.shutdown(StreamSocket::shutdown_send, ignored);
}

// ---- From the socket to the program ----

void PtyStream::carry_down() {
  while (!over_) {
    if (terminal_ == nullptr) down_.clear();
    if (!down_.empty()) {
      const std::size_t count = terminal_->write(down_);
      erase_first(down_, count);
      if (!down_.empty()) return terminal_->when_writable(lifetime_.guard([this] { carry_down(); }));
    }
    if (far_ended_ || !take_from_socket()) break;
  }
  if (far_ended_ && !over_) end(terminal_ == nullptr ? Over::done : Over::hang_up, why_);
}

/// False if nothing is there now.
bool PtyStream::take_from_socket() {
  std::array<Byte, ServedTerminal::kChunk> buffer;
  ErrorCode error;
  const std::size_t count = socket_.receive(asio::buffer(buffer), 0, error);
  if (error == asio::error::interrupted) return true;
  if (error == asio::error::would_block) {
    wait_for_socket();
    return false;
  }
  if (error) {
    far_ended_ = true;
    why_ = error == asio::error::eof
               ? "the other end has closed the connection"
               : fmt::format("the connection has failed: {}", plain_text(error_number(error)));
    return false;
  }
  const ByteView bytes = ByteView(buffer).first(count);
  if (!session_) {
    down_.assign(bytes.begin(), bytes.end());
    return true;
  }
  session_->receive(bytes, now(), down_);
  if (session_->failure() != telnet::Session::Failure::none) {
    far_ended_ = true;
    why_ = "the other end does not keep to telnet (RFC 854)";
  }
  look_at_answers();
  flush();
  return true;
}

void PtyStream::wait_for_socket() {
  if (std::exchange(read_wait_, true)) return;
  socket_.async_wait(asio::socket_base::wait_read, lifetime_.guard([this](ErrorCode error) {
    read_wait_ = false;
    if (error != asio::error::operation_aborted) carry_down();
  }));
}

// ---- The far port ----

void PtyStream::look_at_answers() {
  if (!asked_ && session_->has_port()) {
    asked_ = true;
    if (terminal_ != nullptr) session_->change(port_wish(terminal_->settings()));
    session_->set_port();
  }
  if (!asked_ || !session_->port()->answered()) return;
  tell_problems();
  if (std::exchange(ready_, true)) return;
  if (terminal_ != nullptr) alarm_.cancel();
  carry_up();
}

void PtyStream::tell_problems() {
  std::string text = fmt::format("{}", fmt::join(session_problems(*session_), "; "));
  if (std::exchange(problems_told_, text) == text || text.empty()) return;
  calls_.problem(text);
}

void PtyStream::port_told(const telnet::ComPort::Heard& heard) {
  if (heard.kind == telnet::ComPort::Heard::Kind::resumed)
    asio::post(socket_.get_executor(), lifetime_.guard([this] { carry_up(); }));
}

// ---- The end ----

void PtyStream::far_ended(const std::string& why) {
  far_ended_ = true;
  why_ = why;
  carry_down();
}

void PtyStream::end(Over how, const std::string& why) {
  if (std::exchange(over_, true)) return;
  ErrorCode ignored;
  socket_.close(ignored);
  const Duration after = how == Over::hang_up ? kBeforeHangUp : Duration{};
  alarm_.start(after, [this, how, why] {
    const auto over = calls_.over;  // this object may be gone after it
    over(how, why);
  });
}

}  // namespace serialtcp::io
