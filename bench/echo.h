// The connections that measure time: EchoClient sends one byte at a time on a connection that stays,
// OpenClient makes a new connection for each byte, FirstEcho tries until the first byte comes back. All send
// kEchoByte, which is at once what tells the target to be an echo.
#pragma once

#include <chrono>
#include <vector>

#include "base/prng.h"
#include "connection.h"

namespace serialtcp::bench {

inline constexpr char kEchoByte = 'e';

/// Milliseconds from a byte (or connect) to its echo, of those that began in the window.
using Samples = std::vector<double>;

/// When the next sample is taken: about every `interval`, never in step with the timers of what is measured.
class Rhythm {
 public:
  Rhythm(std::chrono::nanoseconds interval, std::uint64_t seed) : interval_(interval), prng_(seed) {}
  SteadyTime next(SteadyTime after) {
    const double factor = 0.75 + prng_.unit() / 2;
    return after + std::chrono::duration_cast<std::chrono::nanoseconds>(interval_ * factor);
  }

 private:
  std::chrono::nanoseconds interval_;
  base::Prng prng_;
};

class EchoClient : public Connection {
 public:
  /// An interval of 0: one echo to establish it, then silence.
  EchoClient(std::uint16_t port, std::chrono::nanoseconds interval, const Window& window, Samples& samples);

  int fd() const override { return socket_.fd(); }
  short events() const override;
  void ready(short events) override;
  SteadyTime due() const override { return due_; }
  void tick() override;
  bool established() const override { return established_; }

 private:
  void send();
  void receive();

  Socket socket_;
  bool periodic_;
  Rhythm rhythm_;
  const Window& window_;
  Samples& samples_;
  bool connecting_ = true;
  bool established_ = false;
  SteadyTime sent_{};
  SteadyTime due_ = SteadyTime::max();
};

class OpenClient : public Connection {
 public:
  OpenClient(std::uint16_t port, std::chrono::nanoseconds interval, const Window& window, Samples& samples);

  int fd() const override { return socket_.fd(); }
  short events() const override;
  void ready(short events) override;
  SteadyTime due() const override { return due_; }
  void tick() override;
  bool established() const override { return established_; }

 private:
  enum class State : std::uint8_t { resting, connecting, waiting };

  void send();
  void receive();

  std::uint16_t port_;
  Socket socket_;
  State state_ = State::resting;
  Rhythm rhythm_;
  const Window& window_;
  Samples& samples_;
  bool established_ = false;
  SteadyTime began_{};
  SteadyTime due_ = SteadyTime::min();
};

/// Whatever goes wrong only makes it try again at once.
class FirstEcho : public Connection {
 public:
  explicit FirstEcho(std::uint16_t port) : port_(port) {}

  int fd() const override { return socket_.fd(); }
  short events() const override;
  void ready(short events) override;
  SteadyTime due() const override { return due_; }
  void tick() override;
  bool established() const override { return echoed_ != SteadyTime{}; }
  /// On the system's monotonic clock.
  SteadyTime echoed() const { return echoed_; }

 private:
  void again();

  std::uint16_t port_;
  Socket socket_;
  bool sent_ = false;
  SteadyTime echoed_{};
  SteadyTime due_ = SteadyTime::min();
};

}  // namespace serialtcp::bench
