// BulkEcho: sends so many bytes as fast as the near end takes them, which the target echoes, and measures the time from the first
// byte sent to the last one back.
#pragma once

#include <optional>

#include "echo.h"
#include "payload.h"

namespace serialtcp::bench {

class BulkEcho : public Connection {
 public:
  /// The bytes begin when the window does. Each is checked. The only sample is that of all of them.
  BulkEcho(std::uint16_t port, std::uint64_t bytes, const Payload& payload, const Window& window,
           Samples& samples);

  int fd() const override { return socket_.fd(); }
  short events() const override;
  void ready(short events) override;
  SteadyTime due() const override;
  void tick() override;
  /// The target knows that it is an echo.
  bool established() const override { return established_; }

 private:
  static constexpr unsigned kFlow = 0;

  bool may_send() const;
  void send();
  void receive();

  Socket socket_;
  std::uint64_t bytes_;
  const Payload& payload_;
  const Window& window_;
  Samples& samples_;
  bool asked_ = false;
  bool established_ = false;
  std::optional<SteadyTime> began_;
  std::uint64_t sent_ = 0;
  std::uint64_t received_ = 0;
};

}  // namespace serialtcp::bench
