#include "share/dialler.h"

#include <fmt/format.h>

#include <utility>

namespace serialtcp::share {

Dialler::Dialler(io::asio::io_context& context, const io::Target& target, std::string device,
                 io::Observer& observer)
    : context_(context),
      target_(target),
      device_(std::move(device)),
      observer_(observer),
      resolver_(context),
      alarm_(context) {}

void Dialler::start() {
  if (!std::exchange(started_, true)) dial();
}

void Dialler::close() {
  started_ = false;
  alarm_.cancel();
  if (attempt_) attempt_->cancel();
  attempt_.reset();
}

void Dialler::over() {
  if (started_) alarm_.start(kPause, [this] { dial(); });
}

void Dialler::dial() {
  attempt_ = io::ConnectAttempt::begin(
      context_, resolver_, target_, kTimeout,
      [this](std::expected<io::StreamSocket, ResetReason> result) { dialled(std::move(result)); });
}

void Dialler::dialled(std::expected<io::StreamSocket, ResetReason> result) {
  attempt_.reset();
  if (result) {
    failure_told_ = false;
    return accepted_(std::move(*result), io::to_string(target_));
  }
  if (!std::exchange(failure_told_, true)) {
    observer_.note(fmt::format("WARNING: {}: could not connect to {}: {}; trying again every 5 s", device_,
                               io::to_string(target_), describe(result.error())));
  }
  over();
}

}  // namespace serialtcp::share
