#include "service/pty_front_end.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "net/socket_pair.h"
#include "os/error_text.h"

namespace serialtcp::io {

PtyFrontEnd::PtyFrontEnd(asio::io_context& context, std::string path, Far far, Observer& observer)
    : context_(context),
      terminal_(context, std::move(path), SerialSettings{}, *this),
      far_(far),
      observer_(observer) {}

PtyFrontEnd::~PtyFrontEnd() = default;

// ---- Started and stopped ----

void PtyFrontEnd::refuse_while_stopped() {
  refuses_ = true;
  hide_or_show();
}

void PtyFrontEnd::start() {
  if (state_ == State::closed) return;
  state_ = State::started;
  hide_or_show();
  accept();
}

void PtyFrontEnd::stop() {
  if (state_ == State::closed) return;
  state_ = State::stopped;
  hide_or_show();
}

void PtyFrontEnd::close() {
  state_ = State::closed;
  if (current() == nullptr) terminal_.stop();
}

std::size_t PtyFrontEnd::waiting() const {
  return state_ == State::stopped && terminal_.is_open() ? 1 : 0;
}

void PtyFrontEnd::resume() {
  if (std::exchange(short_, false)) accept();
}

/// A program that has it open goes on with its connection.
void PtyFrontEnd::hide_or_show() {
  const bool hidden = state_ == State::closed || (state_ == State::stopped && refuses_);
  if (hidden && current() == nullptr) terminal_.stop();
  if (hidden) return;
  if (const auto made = terminal_.start(); !made)
    observer_.note(fmt::format("WARNING: {} cannot be made again: {}", name(), made.error()));
}

// ---- Connections ----

/// Of the program that has it open.
PtyStream* PtyFrontEnd::current() {
  return streams_.empty() || streams_.back()->is_closed() ? nullptr : streams_.back().get();
}

void PtyFrontEnd::accept() {
  if (state_ != State::started || !terminal_.is_open() || current() != nullptr) return;
  auto pair = socket_pair(context_);
  if (!pair) {
    short_ = true;
    observer_.note(fmt::format("WARNING: {}: a program has to wait: {}", name(), plain_text(pair.error())));
    return;
  }
  if (streams_.size() > kMostDraining) streams_.pop_front();
  auto own = std::make_shared<const PtyStream*>(nullptr);
  PtyStream::Calls calls;
  calls.over = [this, own](PtyStream::Over how, const std::string& why) { over(*own, how, why); };
  calls.problem = [this](const std::string& text) {
    observer_.note(fmt::format("WARNING: {}: {}", name(), text));
  };
  streams_.push_back(std::make_unique<PtyStream>(terminal_, std::move(pair->second), far_, std::move(calls)));
  *own = streams_.back().get();
  accepted_(std::move(pair->first), name());
  if (PtyStream* const stream = current()) stream->start();
}

void PtyFrontEnd::over(const PtyStream* stream, PtyStream::Over how, const std::string& why) {
  std::erase_if(streams_, [stream](const auto& one) { return one.get() == stream; });
  if (how == PtyStream::Over::hang_up) hang_up(why);
}

/// As when an adapter is unplugged and plugged in again.
void PtyFrontEnd::hang_up(const std::string& why) {
  observer_.note(fmt::format("{} is hung up: {}", name(), why));
  terminal_.stop();
  hide_or_show();
}

// ---- What programs do ----

void PtyFrontEnd::terminal_closed() {
  if (PtyStream* const stream = current()) stream->closed();
  hide_or_show();
}

void PtyFrontEnd::terminal_set(const SerialSettings& settings) {
  if (PtyStream* const stream = current()) stream->set(settings);
}

void PtyFrontEnd::terminal_dropped() {
  if (PtyStream* const stream = current()) stream->dropped();
}

}  // namespace serialtcp::io
