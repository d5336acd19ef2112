#include "echo.h"

#include <poll.h>

namespace serialtcp::bench {

using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t kSeed = 7;
constexpr auto kRetry = 500us;

/// False if the socket does not accept it now.
bool send_byte(int fd) {
  if (::send(fd, &kEchoByte, 1, MSG_NOSIGNAL) == 1) return true;
  if (try_again(errno)) return false;
  throw Failure(std::string("cannot reach the near end: ") + std::strerror(errno));
}

/// False if nothing is there yet.
bool receive_byte(int fd) {
  char byte = 0;
  const ssize_t count = ::recv(fd, &byte, 1, 0);
  if (count == 0) throw Failure("an echo connection ended");
  if (count < 0 && try_again(errno)) return false;
  if (count < 0) throw Failure(std::string("an echo connection broke: ") + std::strerror(errno));
  if (byte != kEchoByte) throw Failure("another byte came back than was sent");
  return true;
}

double milliseconds(SteadyTime from, SteadyTime to) {
  return std::chrono::duration<double, std::milli>(to - from).count();
}

}  // namespace

// ---- EchoClient ----

EchoClient::EchoClient(std::uint16_t port, std::chrono::nanoseconds interval, const Window& window,
                       Samples& samples)
    : socket_(connect_to(port)),
      periodic_(interval > 0ns),
      rhythm_(interval, kSeed),
      window_(window),
      samples_(samples) {}

short EchoClient::events() const {
  return connecting_ ? POLLOUT : POLLIN;
}

void EchoClient::ready(short) {
  if (connecting_) {
    send();
    connecting_ = false;
  } else {
    receive();
  }
}

void EchoClient::send() {
  sent_ = steady_now();
  due_ = SteadyTime::max();
  if (!send_byte(fd())) throw Failure("a socket takes not even one byte");
}

void EchoClient::receive() {
  if (!receive_byte(fd())) return;
  const SteadyTime now = steady_now();
  if (window_.contains(sent_)) samples_.push_back(milliseconds(sent_, now));
  established_ = true;
  if (periodic_) due_ = std::max(rhythm_.next(sent_), now);
}

void EchoClient::tick() {
  send();
}

// ---- OpenClient ----

OpenClient::OpenClient(std::uint16_t port, std::chrono::nanoseconds interval, const Window& window,
                       Samples& samples)
    : port_(port), rhythm_(interval, kSeed), window_(window), samples_(samples) {}

short OpenClient::events() const {
  switch (state_) {
    case State::resting:
      return 0;
    case State::connecting:
      return POLLOUT;
    case State::waiting:
      return POLLIN;
  }
  return 0;
}

void OpenClient::ready(short) {
  if (state_ == State::connecting) {
    if (send_byte(fd())) state_ = State::waiting;
  } else if (state_ == State::waiting && receive_byte(fd())) {
    if (window_.contains(began_)) samples_.push_back(milliseconds(began_, steady_now()));
    established_ = true;
    state_ = State::resting;
    socket_ = {};
    due_ = rhythm_.next(steady_now());
  }
}

void OpenClient::tick() {
  began_ = steady_now();
  due_ = SteadyTime::max();
  socket_ = connect_to(port_);
  state_ = State::connecting;
}

// ---- FirstEcho ----

short FirstEcho::events() const {
  if (socket_.fd() < 0 || established()) return 0;
  return sent_ ? POLLIN : POLLOUT;
}

void FirstEcho::ready(short) {
  try {
    if (!sent_) {
      sent_ = send_byte(fd());
    } else if (receive_byte(fd())) {
      echoed_ = steady_now();
    }
  } catch (const Failure&) {
    again();
  }
}

void FirstEcho::tick() {
  socket_ = connect_to(port_);
  sent_ = false;
  due_ = SteadyTime::max();
}

void FirstEcho::again() {
  socket_ = {};
  due_ = steady_now() + kRetry;
}

}  // namespace serialtcp::bench
